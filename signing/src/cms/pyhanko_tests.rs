//! pyHanko as an independent CAdES signer and verifier, over files.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use der::asn1::OctetString;
use p256::ecdsa::Signature;

use super::CmsError;
use super::ber::import;
use super::cades::{VerifiedCades, verify};
use super::openssl_tests::{efirma, folder, write_pem};
use super::structure_tests::strip;
use super::test_signer::{CONTENT, edit_signer, signed};
use crate::ecdsa;
use crate::python::python_with;
use crate::trust::test_pki::{Pki, at};
use crate::trust::{Trust, TrustStore};

/// What pyHanko says of each file, by the file's name.
type Said = BTreeMap<String, String>;

fn pyhanko(verb: &str, folder: &Path) -> Option<Said> {
    let python = python_with(
        "pyhanko",
        &["pyHanko==0.35.2", "pyhanko-certvalidator==0.31.4"],
    )?;
    std::fs::write(folder.join("at"), at().as_second().to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cms/pyhanko_judge.py");
    let output = Command::new(python)
        .arg("-B")
        .arg(script)
        .arg(verb)
        .arg(folder)
        .output();
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    let said = lines.lines().filter_map(|line| line.split_once(' '));
    Some(
        said.map(|(name, said)| (name.to_owned(), said.to_owned()))
            .collect(),
    )
}

fn put(folder: &Path, name: &str, p7s: &[u8], document: &[u8]) {
    std::fs::write(folder.join(name).with_extension("p7s"), p7s).unwrap();
    std::fs::write(folder.join(name).with_extension("doc"), document).unwrap();
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name).with_extension("p7s")).unwrap()
}

#[test]
fn pyhanko_verifies_ours_and_no_other() {
    let pki = Pki::new();
    let folder = folder(&pki);
    let path = folder.path();
    let p7s = signed(&pki);
    put(path, "ours", &p7s, CONTENT);
    put(path, "other-document", &p7s, b"otro");
    let bad = edit_signer(&p7s, |signer| {
        let signature = Signature::from_der(signer.signature.as_bytes()).unwrap();
        let (r, s) = signature.split_scalars();
        let swapped = Signature::from_scalars(s.to_bytes(), r.to_bytes()).unwrap();
        signer.signature = OctetString::new(swapped.to_der().as_bytes()).unwrap();
    });
    put(path, "bad-signature", &bad, CONTENT);
    // The same signature of another mind: valid to FIPS 186-5, refused here.
    let twin = edit_signer(&p7s, |signer| {
        let signature = Signature::from_der(signer.signature.as_bytes()).unwrap();
        let (r, s) = signature.split_scalars();
        let high = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        signer.signature = OctetString::new(high.to_der().as_bytes()).unwrap();
    });
    put(path, "high-s", &twin, CONTENT);
    let (attributes, stripped) = strip(&p7s);
    put(path, "stripped", &stripped, &attributes);
    let Some(said) = pyhanko("verify", path) else {
        return;
    };
    assert_eq!(said["ours"], "intact=True valid=True trusted=True");
    assert!(
        said["other-document"].starts_with("intact=False"),
        "{said:?}"
    );
    assert!(said["bad-signature"].contains("valid=False"), "{said:?}");
    assert_eq!(said["high-s"], "intact=True valid=True trusted=True");
    let ours = verify(CONTENT, &twin, &Trust::Store(&pki.store()), at());
    assert_eq!(ours, Err(CmsError::HighS));
    eprintln!("pyHanko on stripped attributes: {}", said["stripped"]);

    // Another root of the same name is another CA.
    let other = crate::trust::test_pki::TestCa::root(pki.root.params.clone(), 77);
    write_pem(path, "ca.pem", "CERTIFICATE", &[&other.der]);
    let said = pyhanko("verify", path).unwrap();
    assert!(!said["ours"].contains("trusted=True"), "{said:?}");
}

/// Lowers S, which needs no key: pyHanko, like most signers, leaves it as it falls.
fn low_s(p7s: &[u8]) -> Vec<u8> {
    edit_signer(p7s, |signer| {
        let signature = Signature::from_der(signer.signature.as_bytes()).unwrap();
        let low = ecdsa::to_der(&signature.normalize_s().to_bytes().into()).unwrap();
        signer.signature = OctetString::new(low).unwrap();
    })
}

fn check(store: &TrustStore, p7s: &[u8]) -> Result<VerifiedCades, CmsError> {
    verify(CONTENT, p7s, &Trust::Store(store), at())
}

#[test]
fn ours_verifies_pyhanko_with_p_256() {
    let pki = Pki::new();
    let folder = folder(&pki);
    std::fs::write(folder.path().join("content.doc"), CONTENT).unwrap();
    if pyhanko("sign", folder.path()).is_none() {
        return;
    }
    let store = pki.store();
    for name in ["cades", "algorithm-protection"] {
        let imported = import(CONTENT, &read(folder.path(), name)).unwrap();
        let verified = check(&store, &low_s(&imported));
        assert_eq!(verified.map(|good| good.signing_time()), Ok(at()), "{name}");
    }
}

#[test]
fn ours_verifies_pyhanko_with_an_rsa_efirma_or_says_why_not() {
    let Some((folder, store)) = efirma() else {
        return;
    };
    let path = folder.path();
    std::fs::write(path.join("content.doc"), CONTENT).unwrap();
    if pyhanko("sign", path).is_none() {
        return;
    }
    let cades = read(path, "cades");
    assert_eq!(
        import(CONTENT, &cades).as_ref(),
        Ok(&cades),
        "pyHanko writes DER"
    );
    assert_eq!(
        check(&store, &cades).map(|good| good.signing_time()),
        Ok(at())
    );
    assert!(check(&store, &read(path, "algorithm-protection")).is_ok());

    let attached = read(path, "attached");
    assert_eq!(check(&store, &attached), Err(CmsError::EncapsulatedContent));
    assert!(check(&store, &import(CONTENT, &attached).unwrap()).is_ok());
    let sha512 = check(&store, &read(path, "sha512"));
    assert_eq!(sha512, Err(CmsError::UnsupportedDigest));
    let pss = check(&store, &read(path, "pss"));
    assert_eq!(pss, Err(CmsError::UnsupportedSignatureAlgorithm));
}
