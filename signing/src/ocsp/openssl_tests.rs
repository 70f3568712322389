//! OpenSSL as an independent responder, by file and over HTTP, and as a reader of our answers.
//! Skipped, visibly, where it is missing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::{SignedDuration, Timestamp};
use p256::pkcs8::{EncodePrivateKey, LineEnding};
use rcgen::{CertificateParams, date_time_ymd};

use super::verify_tests::{CA, RESPONDER, answer, delegate, responder_params, says, sign};
use super::{BasicAnswer, CertIdHash, OcspError, Query, Status, basic_response, respond};
use crate::timestamp::openssl_tests::{openssl, pem};
use crate::trust::TrustError;
use crate::trust::test_pki::{Pki, at, leaf_params, signing_key};

const NONCE: [u8; 32] = [0x5a; 32];
/// As OpenSSL's index of a CA writes the leaf's serial number.
const VALID: &str = "V\t480101000000Z\t\t4A01\tunknown\t/CN=leaf\n";
const REVOKED: &str = "R\t480101000000Z\t250601000000Z,keyCompromise\t4A01\tunknown\t/CN=leaf\n";
const REPLY: &str = "ocsp -index index -CA issuing.pem -rsigner responder.pem -rkey responder.key \
                     -reqin request -respout response -ndays 1";

/// OpenSSL reads the clock: everything is valid for as long as the CAs are.
fn lasting(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2049, 1, 1);
    params
}

fn lasting_pki() -> Pki {
    Pki::with_leaf(&lasting(leaf_params()))
}

fn query(pki: &Pki, hash: CertIdHash) -> Query {
    Query::new(&pki.leaf, &pki.issuing.der, hash, Some(NONCE)).unwrap()
}

fn nothing_listed(_: &[u8], _: Timestamp) -> Option<bool> {
    None
}

/// The CAs, a responder of the issuing one and one of the root, their keys, and a request.
fn folder(pki: &Pki) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let params = lasting(responder_params());
    for (name, der) in [
        ("root.pem", &pki.root.der),
        ("issuing.pem", &pki.issuing.der),
        ("leaf.pem", &pki.leaf),
        ("responder.pem", &delegate(&pki.issuing, &params)),
        ("foreign.pem", &delegate(&pki.root, &params)),
    ] {
        write(name, pem("CERTIFICATE", der).as_bytes());
    }
    for (name, seed) in [("responder.key", RESPONDER), ("issuing.key", CA)] {
        let key = signing_key(seed).to_pkcs8_pem(LineEnding::LF).unwrap();
        write(name, key.as_bytes());
    }
    write("index", VALID.as_bytes());
    write("request", &query(pki, CertIdHash::Sha256).to_der().unwrap());
    folder
}

/// OpenSSL's answer from its index, with some arguments replaced.
fn reply(folder: &Path, index: &str, change: (&str, &str)) -> Option<Vec<u8>> {
    std::fs::write(folder.join("index"), index).unwrap();
    let output = openssl(folder, &REPLY.replace(change.0, change.1))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    Some(std::fs::read(folder.join("response")).unwrap())
}

fn verified(pki: &Pki, response: &[u8]) -> Result<BasicAnswer, OcspError> {
    BasicAnswer::verify(&basic_response(response)?, &pki.issuing.der, nothing_listed)
}

#[test]
fn we_believe_openssl_what_it_says_for_as_long_as_it_says() {
    let pki = lasting_pki();
    let folder = folder(&pki);
    let since: Timestamp = "2025-06-01T00:00:00Z".parse().unwrap();
    for (index, status, due) in [
        (VALID, Status::Good, Ok(())),
        (REVOKED, Status::Revoked(since), Err(TrustError::Revoked)),
        ("", Status::Unknown, Err(TrustError::UnknownToIssuer)),
    ] {
        let Some(response) = reply(folder.path(), index, ("", "")) else {
            return;
        };
        let at = verified(&pki, &response).unwrap().produced_at();
        let query = query(&pki, CertIdHash::Sha256);
        let one = query.check(&response, at, nothing_listed).unwrap();
        assert_eq!(one.status, status);
        let life = one.next_update.duration_since(one.this_update);
        assert_eq!(life, SignedDuration::from_hours(24));
        let late = at + SignedDuration::from_hours(25);
        let stale = query.check(&response, late, nothing_listed);
        assert_eq!(stale, Err(OcspError::Stale));

        // The same answer in a store, which judges the certificate by it.
        let mut store = pki.store();
        store.add_issuer(&pki.issuing.der).unwrap();
        store.add_ocsp(&response).unwrap();
        let judged = |at| store.validate(&pki.leaf, &[], at).map(drop);
        assert_eq!(judged(at), due);
        if due.is_ok() {
            assert_eq!(judged(late), Err(TrustError::StaleOcsp));
        }
    }
}

#[test]
fn each_answer_of_openssl_that_is_no_proof_is_refused() {
    let pki = lasting_pki();
    let folder = folder(&pki);
    for (change, due) in [
        (("", ""), Ok(())),
        // By the CA itself, by name and by key; with SHA-384.
        (("responder.", "issuing."), Ok(())),
        (("-ndays", "-resp_key_id -ndays"), Ok(())),
        (("-ndays", "-rmd sha384 -ndays"), Ok(())),
        (("-ndays", "-rmd sha1 -ndays"), Err(OcspError::Algorithm)),
        (("-ndays", "-badsig -ndays"), Err(OcspError::BadSignature)),
        ((" -ndays 1", ""), Err(OcspError::NoNextUpdate)),
        (
            ("-ndays", "-resp_no_certs -ndays"),
            Err(OcspError::ResponderNotFound),
        ),
        // A responder of another CA, and a physician who plays one.
        (
            ("responder.pem", "foreign.pem"),
            Err(OcspError::ResponderOfOtherCa),
        ),
    ] {
        let Some(response) = reply(folder.path(), VALID, change) else {
            return;
        };
        assert_eq!(verified(&pki, &response).map(drop), due, "{change:?}");
    }
    // Of the root's certificates it speaks as well, which are not those of our CA.
    let response = reply(folder.path(), VALID, ("", "")).unwrap();
    let basic = basic_response(&response).unwrap();
    let other = BasicAnswer::verify(&basic, &pki.root.der, nothing_listed);
    assert_eq!(other, Err(OcspError::OtherIssuer));
    // An answer to somebody else's request is no answer to ours.
    let mine = Query::new(
        &pki.leaf,
        &pki.issuing.der,
        CertIdHash::Sha256,
        Some([1; 32]),
    );
    let at = verified(&pki, &response).unwrap().produced_at();
    let replayed = mine.unwrap().check(&response, at, nothing_listed);
    assert_eq!(replayed, Err(OcspError::NonceMismatch));
}

fn post(address: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST / HTTP/1.0\r\nContent-Type: application/ocsp-request\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    answer.split_off(end.unwrap() + 4)
}

/// Two requests to a responder that listens, one by each hash.
#[test]
fn openssl_answers_over_http() {
    let pki = lasting_pki();
    let folder = folder(&pki);
    let arguments = "ocsp -port 0 -nrequest 2 -index index -CA issuing.pem \
                     -rsigner responder.pem -rkey responder.key -nmin 5";
    let serving = Command::new("openssl")
        .args(arguments.split(' ').filter(|word| !word.is_empty()))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut serving) = serving else {
        eprintln!("SKIPPED: openssl is not installed");
        return;
    };
    // `ACCEPT [::]:36535 PID=17064`
    let mut line = String::new();
    let mut lines = BufReader::new(serving.stdout.take().unwrap());
    lines.read_line(&mut line).unwrap();
    let port = line.split(' ').nth(1).unwrap().rsplit(':').next().unwrap();
    let address = format!("localhost:{port}");
    for hash in [CertIdHash::Sha1, CertIdHash::Sha256] {
        let query = query(&pki, hash);
        let response = post(&address, &query.to_der().unwrap());
        let at = verified(&pki, &response).unwrap().produced_at();
        let one = query.check(&response, at, nothing_listed).unwrap();
        assert_eq!(one.status, Status::Good);
    }
    assert!(serving.wait().unwrap().success());
}

/// Our answers, by the CA and by its responder, to a request that OpenSSL made.
#[test]
fn openssl_verifies_our_answers() {
    let pki = lasting_pki();
    let folder = folder(&pki);
    let ask = "ocsp -sha256 -issuer issuing.pem -cert leaf.pem -reqout asked";
    let Some(output) = openssl(folder.path(), ask) else {
        return;
    };
    assert!(output.status.success());
    let asked = std::fs::read(folder.path().join("asked")).unwrap();
    let asked = super::asked(&asked, &pki.issuing.der).unwrap();
    assert!(asked.nonce.is_some());
    let responder = delegate(&pki.issuing, &lasting(responder_params()));
    let since: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
    for (status, seed, said) in [
        (Status::Good, RESPONDER, "leaf.pem: good"),
        (Status::Revoked(since), RESPONDER, "leaf.pem: revoked"),
        (Status::Unknown, RESPONDER, "leaf.pem: unknown"),
        (Status::Good, CA, "leaf.pem: good"),
    ] {
        let mut new = answer(&pki, (seed == RESPONDER).then_some(&responder[..]));
        new.hash = asked.hash;
        new.nonce.clone_from(&asked.nonce);
        new.says = vec![says(status)];
        let mut response = respond(&new, sign(seed)).unwrap();
        let read = |response: &[u8]| {
            std::fs::write(folder.path().join("response"), response).unwrap();
            let verify = format!(
                "ocsp -respin response -reqin asked -no_nonce -sha256 -issuer issuing.pem -cert leaf.pem -CAfile \
                 root.pem -verify_other issuing.pem -attime {} -validity_period 2000000000",
                at().as_second()
            );
            let output = openssl(folder.path(), &verify).unwrap();
            let [out, err] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
            (out, err)
        };
        let (out, err) = read(&response);
        assert!(err.contains("Response verify OK"), "{err}");
        assert!(!err.contains("WARNING"), "{err}");
        assert!(out.starts_with(said), "{out}");
        // One bit of the signature: of the CA's it is the end of the answer.
        if seed == CA {
            *response.last_mut().unwrap() ^= 1;
            let (_, err) = read(&response);
            assert!(err.contains("Response Verify Failure"), "{err}");
        }
    }
}
