//! OpenSSL as a second authority and a second verifier. Skipped, visibly, where it is missing.

use std::path::Path;
use std::process::{Command, Output};

use jiff::Timestamp;
use p256::pkcs8::{EncodePrivateKey, LineEnding};

use super::test_tsa::{MESSAGE, Stamps};
use super::{AcceptedPolicies, ImprintHash, TimestampError, TimestampRequest, nom151};
use crate::trust::test_pki::signing_key;

/// Runs it in `folder`; `None`, said aloud, where it is missing.
pub(crate) fn openssl(folder: &Path, arguments: &str) -> Option<Output> {
    let run = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output();
    if run.is_err() {
        eprintln!("SKIPPED: openssl is not installed");
    }
    run.ok()
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let body = data_encoding::BASE64.encode(der);
    let lines: Vec<_> = body
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// The simulated authority's certificates, and the key of its seed.
pub(super) fn folder(stamps: &Stamps) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("message", MESSAGE);
    write(
        "root.pem",
        pem("CERTIFICATE", stamps.tsa.root().der()).as_bytes(),
    );
    write(
        "issuing.pem",
        pem("CERTIFICATE", stamps.tsa.issuing().der()).as_bytes(),
    );
    write("leaf.pem", pem("CERTIFICATE", stamps.tsa.leaf()).as_bytes());
    let key = signing_key(43).to_pkcs8_pem(LineEnding::LF).unwrap();
    write("key.pem", key.as_bytes());
    write(
        "ts.cnf",
        b"[tsa]\ndefault_tsa = here\n[here]\nserial = ./serial\ncrypto_device = builtin\n\
          signer_cert = ./leaf.pem\ncerts = ./issuing.pem\nsigner_key = ./key.pem\n\
          signer_digest = sha256\ndefault_policy = 2.16.484.101.10.316.1.2\n\
          digests = sha256, sha384, sha512\naccuracy = secs:1, millisecs:500\nordering = yes\n\
          tsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n",
    );
    folder
}

fn succeeded(output: &Output) -> bool {
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

#[test]
fn openssl_verifies_the_simulated_authority() {
    let stamps = Stamps::new();
    let folder = folder(&stamps);
    let token = stamps.tsa.token(&stamps.draft(MESSAGE)).unwrap();
    std::fs::write(folder.path().join("token"), token).unwrap();
    let verify = format!(
        "ts -verify -data message -in token -token_in -CAfile root.pem -untrusted issuing.pem \
         -attime {}",
        super::test_tsa::at().as_second()
    );
    let Some(output) = openssl(folder.path(), &verify) else {
        return;
    };
    assert!(succeeded(&output));
    std::fs::write(folder.path().join("message"), b"otro").unwrap();
    assert!(!openssl(folder.path(), &verify).unwrap().status.success());
}

/// Our request, OpenSSL's answer at its own clock, with fractions of accuracy, ordering and a
/// name; then the same token as a constancia.
#[test]
fn we_verify_an_answer_of_openssl() {
    let stamps = Stamps::new();
    let folder = folder(&stamps);
    let digest = ImprintHash::Sha256.digest(MESSAGE).try_into().unwrap();
    let request = TimestampRequest::new(digest, [0xc3; 16], None);
    std::fs::write(folder.path().join("query"), request.to_der().unwrap()).unwrap();
    let reply = "ts -reply -config ts.cnf -queryfile query -out reply";
    let Some(output) = openssl(folder.path(), reply) else {
        return;
    };
    assert!(succeeded(&output));
    let response = std::fs::read(folder.path().join("reply")).unwrap();
    // The answer's own time, taken at a wide clock: tests must not depend on the day they run.
    let refused = stamps
        .trust
        .verify_response(&response, &request, Timestamp::UNIX_EPOCH);
    assert_eq!(refused, Err(TimestampError::ClockDisagrees));
    let constancia = nom151::verify(&response, MESSAGE, &stamps.trust).unwrap();
    assert!(constancia.ordering());
    let at = constancia.gen_time();
    let verified = stamps
        .trust
        .verify_response(&response, &request, at)
        .unwrap();
    assert_eq!(verified, constancia);
}

/// Under SHA-512, without our request and thus without nonce or certificates.
#[test]
fn openssl_without_certificates_and_with_another_hash() {
    let mut stamps = Stamps::new();
    let folder = folder(&stamps);
    for (query, due) in [
        ("ts -query -data message -sha512 -cert -out query", None),
        (
            "ts -query -data message -sha256 -out query",
            Some(TimestampError::CertificateMissing),
        ),
    ] {
        let Some(output) = openssl(folder.path(), query) else {
            return;
        };
        assert!(succeeded(&output));
        let reply = "ts -reply -config ts.cnf -queryfile query -token_out -out token";
        assert!(succeeded(&openssl(folder.path(), reply).unwrap()));
        let token = std::fs::read(folder.path().join("token")).unwrap();
        stamps.trust.policies = AcceptedPolicies::Any;
        let verified = stamps.trust.verify_token(&token, MESSAGE);
        assert_eq!(verified.err(), due);
    }
}
