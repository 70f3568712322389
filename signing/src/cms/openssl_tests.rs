//! Interoperability with OpenSSL, in both directions. Skipped, visibly, where it is missing.

use std::path::Path;
use std::process::{Command, Output};

use jiff::Timestamp;
use rcgen::KeyUsagePurpose;

use super::cades::verify;
use super::structure_tests::strip;
use super::test_signer::{CONTENT, check, edit_signer, signed};
use super::{CmsError, signed_data};
use crate::ecdsa;
use crate::trust::test_pki::{LEAF_SEED, Pki, TestCa, at, ca_params, key_pair, leaf_params};
use crate::trust::{AnchorPolicy, RevocationPolicy, SignerKey, Trust, TrustStore};

/// Runs OpenSSL inside `folder`; `None` when it is not installed.
pub(super) fn openssl(folder: &Path, arguments: &str) -> Option<Output> {
    let run = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output();
    if run.is_err() {
        eprintln!("SKIPPED: openssl is not installed");
    }
    run.ok()
}

pub(super) fn write_pem(folder: &Path, name: &str, label: &str, ders: &[&[u8]]) {
    let blocks = ders.iter().map(|der| {
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
    });
    std::fs::write(folder.join(name), blocks.collect::<String>()).unwrap();
}

/// A folder with everything a command needs: the content, the CAs, the leaf and its key.
pub(super) fn folder(pki: &Pki) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("content"), CONTENT).unwrap();
    write_pem(folder.path(), "ca.pem", "CERTIFICATE", &[&pki.root.der]);
    write_pem(
        folder.path(),
        "issuing.pem",
        "CERTIFICATE",
        &[&pki.issuing.der],
    );
    write_pem(folder.path(), "leaf.pem", "CERTIFICATE", &[&pki.leaf]);
    write_pem(
        folder.path(),
        "key.pem",
        "PRIVATE KEY",
        &[key_pair(LEAF_SEED).serialized_der()],
    );
    folder
}

pub(super) const VERIFY: &str = "cms -verify -cades -binary -inform DER -in x.p7s -content content \
                      -CAfile ca.pem -purpose any -out out -attime ";

fn openssl_verifies(folder: &Path) -> Option<bool> {
    let output = openssl(folder, &format!("{VERIFY}{}", at().as_second()))?;
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Some(output.status.success())
}

#[test]
fn openssl_verifies_ours() {
    let pki = Pki::new();
    let folder = folder(&pki);
    std::fs::write(folder.path().join("x.p7s"), signed(&pki)).unwrap();
    let Some(verified) = openssl_verifies(folder.path()) else {
        return;
    };
    assert!(verified);
    std::fs::write(folder.path().join("content"), b"otro").unwrap();
    assert_eq!(openssl_verifies(folder.path()), Some(false));
}

/// OpenSSL signs at its own clock and with S in either half: the signature is normalised, which
/// the holder of no key can do, and the time of verification is OpenSSL's own.
#[test]
fn ours_verifies_openssl_with_p_256() {
    let mut params = leaf_params();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2048, 1, 1);
    let pki = Pki::with_leaf(&params);
    let folder = folder(&pki);
    let sign = "cms -sign -cades -binary -outform DER -md sha256 -in content -signer leaf.pem \
                -inkey key.pem -certfile issuing.pem -out x.p7s";
    let Some(output) = openssl(folder.path(), sign) else {
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let p7s = std::fs::read(folder.path().join("x.p7s")).unwrap();
    let p7s = edit_signer(&p7s, |signer| {
        let signature = p256::ecdsa::Signature::from_der(signer.signature.as_bytes()).unwrap();
        let low = ecdsa::to_der(&signature.normalize_s().to_bytes().into()).unwrap();
        signer.signature = der::asn1::OctetString::new(low).unwrap();
    });
    let at = signing_time_of(&p7s);
    let verified = verify(CONTENT, &p7s, &Trust::Store(&pki.store()), at).unwrap();
    assert_eq!(verified.signing_time(), at);
    assert_eq!(verified.signer().der(), pki.leaf);
}

/// The signer's claim: tests must not depend on the day they run.
pub(super) fn signing_time_of(p7s: &[u8]) -> Timestamp {
    let attributes = signed_data::parse(p7s).unwrap().signer.signed_attributes;
    super::attributes::SignedAttributes::parse(attributes)
        .unwrap()
        .signing_time
}

/// An e.firma as the SAT issues it: RSA-2048, no document-signing purpose, FIEL key usage. A
/// folder with its certificate, key and [`CONTENT`], and a store that trusts it.
pub(super) fn efirma() -> Option<(tempfile::TempDir, TrustStore)> {
    let root = TestCa::root(ca_params("AC SAT de pruebas"), 1);
    let mut params = leaf_params();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2048, 1, 1);
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::EmailProtection];
    params.key_usages.extend([
        KeyUsagePurpose::DataEncipherment,
        KeyUsagePurpose::KeyAgreement,
    ]);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("content"), CONTENT).unwrap();
    let genrsa = "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem";
    assert!(openssl(path, genrsa)?.status.success());
    openssl(path, "pkey -in key.pem -pubout -out public.pem").unwrap();
    let public = std::fs::read_to_string(path.join("public.pem")).unwrap();
    let public = rcgen::SubjectPublicKeyInfo::from_pem(&public).unwrap();
    let leaf = root.issue_for(&params, &public);
    write_pem(path, "leaf.pem", "CERTIFICATE", &[&leaf]);
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    store.add_anchor(&root.der, AnchorPolicy::Efirma).unwrap();
    Some((folder, store))
}

#[test]
fn ours_verifies_openssl_with_an_rsa_efirma() {
    let Some((folder, store)) = efirma() else {
        return;
    };
    let path = folder.path();
    let sign = "cms -sign -cades -binary -outform DER -md sha256 -in content -signer leaf.pem \
                -inkey key.pem -out x.p7s";
    let output = openssl(path, sign).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let p7s = std::fs::read(path.join("x.p7s")).unwrap();

    let trust = Trust::Store(&store);
    let verified = verify(CONTENT, &p7s, &trust, signing_time_of(&p7s)).unwrap();
    assert!(matches!(verified.signer().key(), SignerKey::Rsa(_)));
    let forged = edit_signer(&p7s, |signer| {
        signer.signature = der::asn1::OctetString::new(vec![1; 256]).unwrap();
    });
    let refused = verify(CONTENT, &forged, &trust, signing_time_of(&p7s));
    assert_eq!(refused, Err(CmsError::BadSignature));
}

/// Documents the hole: OpenSSL 3.0 takes the stripped signature for a signature of its own
/// attributes. Should a later OpenSSL refuse it, all the better; ours refuses it in any case.
#[test]
fn openssl_takes_stripped_attributes_and_we_do_not() {
    let pki = Pki::new();
    let (content, stripped) = strip(&signed(&pki));
    assert_eq!(
        check(&pki, &stripped),
        Err(CmsError::SignedAttributesMissing)
    );
    let folder = folder(&pki);
    std::fs::write(folder.path().join("content"), content).unwrap();
    std::fs::write(folder.path().join("x.p7s"), stripped).unwrap();
    let Some(accepted) = openssl_verifies(folder.path()) else {
        return;
    };
    eprintln!("openssl accepts stripped attributes: {accepted}");
}
