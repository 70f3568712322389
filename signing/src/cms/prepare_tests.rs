//! A signature made in two steps: what is to be signed, and what may come back.

use jiff::Timestamp;
use rcgen::{CertificateParams, KeyUsagePurpose, PublicKeyData};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384};

use super::build::sha256;
use super::cades::{Prepared, SigningChain, build, complete, prepare, verify};
use super::openssl_tests::{VERIFY, openssl, write_pem};
use super::test_signer::{CONTENT, chain, check, sign, sign_with, signed};
use super::{Attribute, BuildError, CmsError};
use crate::ecdsa::EcdsaError;
use crate::trust::test_pki::{LEAF_SEED, Pki, TestCa, at, ca_params, leaf_params};
use crate::trust::{AnchorPolicy, KeyError, RevocationPolicy, SignerKey, Trust, TrustStore};

/// The `r ‖ s` of `n − s`, which verifies too.
fn high_twin(signature: [u8; 64]) -> [u8; 64] {
    let parsed = p256::ecdsa::Signature::from_slice(&signature).unwrap();
    let (r, s) = parsed.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes());
    twin.unwrap().to_bytes().into()
}

/// A person's e.firma in the SAT's shape: RSA-2048, key usage of a FIEL, no extended purpose.
pub(super) struct Efirma {
    root: TestCa,
    pub(super) leaf: Vec<u8>,
    key: RsaKeyPair,
}

struct Public<'a>(&'a RsaKeyPair);

impl PublicKeyData for Public<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

fn fiel_params() -> CertificateParams {
    let mut params = leaf_params();
    params.extended_key_usages = vec![];
    params.key_usages.extend([
        KeyUsagePurpose::DataEncipherment,
        KeyUsagePurpose::KeyAgreement,
    ]);
    params
}

impl Efirma {
    pub(super) fn new() -> Self {
        let root = TestCa::root(ca_params("AC SAT de pruebas"), 1);
        let key = RsaKeyPair::from_pkcs8(include_bytes!("test_rsa_2048.pk8")).unwrap();
        let leaf = root.issue_for(&fiel_params(), &Public(&key));
        Self { root, leaf, key }
    }

    fn chain(&self) -> SigningChain {
        SigningChain::new(&self.leaf, &[]).unwrap()
    }

    fn store(&self) -> TrustStore {
        let mut store = TrustStore::new(RevocationPolicy::WhenListed);
        store
            .add_anchor(&self.root.der, AnchorPolicy::Efirma)
            .unwrap();
        store
    }

    /// RSASSA-PKCS1-v1_5 over SHA-256 of `message`.
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; 256];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .unwrap();
        signature
    }
}

#[test]
fn what_an_rsa_efirma_signs_outside_verifies() {
    let efirma = Efirma::new();
    let chain = efirma.chain();
    assert!(matches!(chain.key(), SignerKey::Rsa(_)));
    let prepared = prepare(CONTENT, at(), &chain).unwrap();
    assert_eq!(prepared.digest(), sha256(prepared.signed_attributes()));
    let signature = efirma.sign(prepared.signed_attributes());
    let p7s = complete(prepared, &signature).unwrap();

    let verified = verify(CONTENT, &p7s, &Trust::Store(&efirma.store()), at()).unwrap();
    assert_eq!(verified.signer().der(), efirma.leaf);
    assert_eq!(verified.signer().policy(), AnchorPolicy::Efirma);
    assert_eq!(verified.signing_time(), at());
    let other = verify(b"otro", &p7s, &Trust::Store(&efirma.store()), at());
    assert_eq!(other, Err(CmsError::MessageDigestMismatch));
}

/// OpenSSL verifies the same file: parameters, attributes and value are where it looks for them.
#[test]
fn openssl_verifies_the_rsa_signature() {
    let efirma = Efirma::new();
    let chain = efirma.chain();
    let prepared = prepare(CONTENT, at(), &chain).unwrap();
    let signature = efirma.sign(prepared.signed_attributes());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("content"), CONTENT).unwrap();
    write_pem(path, "ca.pem", "CERTIFICATE", &[&efirma.root.der]);
    std::fs::write(path.join("x.p7s"), complete(prepared, &signature).unwrap()).unwrap();
    let command = format!("{VERIFY}{}", at().as_second());
    let Some(output) = openssl(path, &command) else {
        return;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    std::fs::write(path.join("content"), b"otro").unwrap();
    assert!(!openssl(path, &command).unwrap().status.success());
}

/// A signer that is OpenSSL and nothing of ours: `dgst -sign` over the bytes we hand out.
#[test]
fn openssl_signs_the_prepared_bytes() {
    let efirma = Efirma::new();
    let chain = efirma.chain();
    let prepared = prepare(CONTENT, at(), &chain).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let key: &[u8] = include_bytes!("test_rsa_2048.pk8");
    write_pem(path, "key.pem", "PRIVATE KEY", &[key]);
    std::fs::write(path.join("bytes"), prepared.signed_attributes()).unwrap();
    let sign = "dgst -sha256 -sign key.pem -out signature bytes";
    let Some(output) = openssl(path, sign) else {
        return;
    };
    assert!(output.status.success());
    let signature = std::fs::read(path.join("signature")).unwrap();
    let p7s = complete(prepared, &signature).unwrap();
    assert!(verify(CONTENT, &p7s, &Trust::Store(&efirma.store()), at()).is_ok());
}

#[test]
fn a_p_256_key_outside_signs_what_the_hsm_would() {
    let pki = Pki::new();
    let chain = chain(&pki);
    let prepared = prepare(CONTENT, at(), &chain).unwrap();
    let signature = sign_with(LEAF_SEED, prepared.digest());
    let p7s = complete(prepared, &signature).unwrap();
    assert_eq!(p7s, signed(&pki), "deterministic keys: the same file");
    assert!(check(&pki, &p7s).is_ok());
}

#[test]
fn only_the_holders_signature_over_these_attributes_completes() {
    let efirma = Efirma::new();
    let chain = efirma.chain();
    let prepared = || prepare(CONTENT, at(), &chain).unwrap();
    let refused = |signature: &[u8]| complete(prepared(), signature).unwrap_err();
    let wrong = BuildError::WrongSignature(KeyError::BadRsaSignature);
    let good = efirma.sign(prepared().signed_attributes());
    assert!(complete(prepared(), &good).is_ok());

    assert_eq!(refused(&efirma.sign(CONTENT)), wrong, "the document itself");
    let later = prepare(CONTENT, at() + jiff::SignedDuration::from_secs(1), &chain).unwrap();
    assert_eq!(refused(&efirma.sign(later.signed_attributes())), wrong);
    assert_eq!(refused(&good[..255]), wrong, "a byte short");
    assert_eq!(refused(&[&good[..], &[0]].concat()), wrong, "a byte more");
    assert_eq!(refused(&[]), wrong);
    let mut sha384 = vec![0; 256];
    efirma
        .key
        .sign(
            &RSA_PKCS1_SHA384,
            &SystemRandom::new(),
            prepared().signed_attributes(),
            &mut sha384,
        )
        .unwrap();
    assert_eq!(refused(&sha384), wrong, "another digest");
    assert_eq!(refused(&sign_with(LEAF_SEED, prepared().digest())), wrong);
}

#[test]
fn a_p_256_signature_has_64_bytes_and_low_s() {
    let pki = Pki::new();
    let chain = chain(&pki);
    let prepared = || prepare(CONTENT, at(), &chain).unwrap();
    let refused = |signature: &[u8]| complete(prepared(), signature).unwrap_err();
    let wrong = |error: EcdsaError| BuildError::WrongSignature(error.into());
    let good = sign_with(LEAF_SEED, prepared().digest());

    assert_eq!(refused(&good[..63]), wrong(EcdsaError::Malformed));
    let long = [&good[..], &[0]].concat();
    assert_eq!(refused(&long), wrong(EcdsaError::Malformed));
    let der = crate::ecdsa::to_der(&good).unwrap();
    assert_eq!(refused(&der), wrong(EcdsaError::Malformed));
    assert_eq!(refused(&high_twin(good)), wrong(EcdsaError::HighS));
    let other = sign_with(9, prepared().digest());
    assert_eq!(refused(&other), wrong(EcdsaError::BadSignature));
}

#[test]
fn kept_bytes_come_back_only_for_the_same_certificate() {
    let (efirma, pki) = (Efirma::new(), Pki::new());
    let (rsa, p256) = (efirma.chain(), chain(&pki));
    let kept = prepare(CONTENT, at(), &rsa).unwrap();
    let bytes = kept.signed_attributes().to_vec();
    let restored = Prepared::restore(bytes.clone(), &rsa).unwrap();
    assert_eq!(restored.covers(CONTENT), Ok(at()));
    let other = restored.covers(b"otro");
    assert_eq!(other, Err(CmsError::MessageDigestMismatch));
    let signature = efirma.sign(&bytes);
    assert_eq!(
        complete(restored, &signature).unwrap(),
        complete(kept, &signature).unwrap()
    );

    let refused = |bytes: Vec<u8>, chain: &SigningChain| match Prepared::restore(bytes, chain) {
        Err(BuildError::NotPrepared(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(bytes.clone(), &p256),
        CmsError::SigningCertificateMismatch
    );
    let mut truncated = bytes.clone();
    truncated.pop();
    assert_eq!(refused(truncated, &rsa), CmsError::Malformed);
    let trailing = [bytes.as_slice(), &[0]].concat();
    assert_eq!(refused(trailing, &rsa), CmsError::Malformed);
    assert_eq!(
        refused(vec![0x31, 0], &rsa),
        CmsError::MissingAttribute(Attribute::ContentType)
    );
    let mut as_sent = bytes;
    as_sent[0] = 0xa0;
    assert_eq!(refused(as_sent, &rsa), CmsError::Malformed, "the other tag");
}

/// What the document says must not change between the two steps: it is in the attributes.
#[test]
fn completing_does_not_vouch_for_another_document() {
    let efirma = Efirma::new();
    let chain = efirma.chain();
    let prepared = prepare(b"uno", at(), &chain).unwrap();
    let signature = efirma.sign(prepared.signed_attributes());
    let p7s = complete(prepared, &signature).unwrap();
    let refused = verify(b"dos", &p7s, &Trust::Store(&efirma.store()), at());
    assert_eq!(refused, Err(CmsError::MessageDigestMismatch));
}

#[test]
fn the_hsm_does_not_sign_for_an_rsa_certificate() {
    let refused = build(CONTENT, at(), &Efirma::new().chain(), sign);
    assert_eq!(refused, Err(BuildError::UnsupportedKey));
}

#[test]
fn nothing_is_prepared_outside_the_validity() {
    let chain = Efirma::new().chain();
    for at in [
        "2025-12-31T23:59:59Z",
        "2029-01-01T00:00:01Z",
        "1969-12-31T23:59:59Z",
    ] {
        let at: Timestamp = at.parse().unwrap();
        let refused = prepare(CONTENT, at, &chain).map(drop);
        assert_eq!(refused, Err(BuildError::SigningTime));
    }
}
