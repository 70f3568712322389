//! Revocation: judged at the time of signing, by lists whose signer may sign them.

use der::Decode;
use jiff::Timestamp;
use proptest::prelude::*;
use rcgen::{
    CrlDistributionPoint, CrlIssuingDistributionPoint, KeyUsagePurpose, RevocationReason,
    SerialNumber, date_time_ymd,
};

use super::test_pki::{Pki, TestCa, at, issuing_params, leaf_revoked};
use super::{AnchorPolicy, RevocationPolicy, TrustError, TrustStore};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn store_with(pki: &Pki, crl: &[u8]) -> Result<TrustStore, TrustError> {
    let mut store = pki.store();
    store.add_issuer(&pki.issuing.der)?;
    store.add_crl(crl)?;
    Ok(store)
}

#[test]
fn a_signature_before_the_revocation_stays_valid() {
    let pki = Pki::new();
    let mut params = TestCa::crl_params();
    params.revoked_certs = vec![leaf_revoked(5)];
    let store = store_with(&pki, &pki.issuing.crl(&params)).unwrap();
    let before = time("2026-04-30T23:59:59Z");
    assert!(store.validate(&pki.leaf, &[], before).is_ok());
    assert_eq!(
        store.validate(&pki.leaf, &[], at()),
        Err(TrustError::Revoked)
    );
}

#[test]
fn the_day_the_key_was_stolen_counts() {
    let pki = Pki::new();
    let mut params = TestCa::crl_params();
    let mut entry = leaf_revoked(5);
    entry.reason_code = Some(RevocationReason::KeyCompromise);
    entry.invalidity_date = Some(date_time_ymd(2026, 3, 1));
    params.revoked_certs = vec![entry];
    let store = store_with(&pki, &pki.issuing.crl(&params)).unwrap();
    let between = time("2026-04-01T00:00:00Z");
    assert_eq!(
        store.validate(&pki.leaf, &[], between),
        Err(TrustError::Revoked)
    );
    assert!(
        store
            .validate(&pki.leaf, &[], time("2026-02-01T00:00:00Z"))
            .is_ok()
    );
}

#[test]
fn another_serial_does_not_matter_and_a_revoked_ca_does() {
    let pki = Pki::new();
    let mut params = TestCa::crl_params();
    let mut other = leaf_revoked(5);
    other.serial_number = SerialNumber::from_slice(&[0x77]);
    params.revoked_certs = vec![other.clone()];
    let mut store = store_with(&pki, &pki.issuing.crl(&params)).unwrap();
    assert!(store.validate(&pki.leaf, &[], at()).is_ok());

    let issuing = x509_cert::Certificate::from_der(&pki.issuing.der).unwrap();
    let issuing = issuing.tbs_certificate().serial_number().as_bytes();
    other.serial_number = SerialNumber::from_slice(issuing);
    params.revoked_certs = vec![other];
    store.add_crl(&pki.root.crl(&params)).unwrap();
    assert_eq!(
        store.validate(&pki.leaf, &[], at()),
        Err(TrustError::Revoked)
    );
}

#[test]
fn a_list_that_does_not_reach_the_time_is_stale() {
    let pki = Pki::new();
    let crl = pki.issuing.crl(&TestCa::crl_params());
    let store = store_with(&pki, &crl).unwrap();
    assert!(
        store
            .validate(&pki.leaf, &[], time("2026-07-01T00:00:00Z"))
            .is_ok()
    );
    let after = time("2026-07-01T00:00:01Z");
    assert_eq!(
        store.validate(&pki.leaf, &[], after),
        Err(TrustError::StaleCrl)
    );
}

#[test]
fn required_revocation_needs_a_list_of_every_issuer() {
    let pki = Pki::new();
    let mut store = TrustStore::new(RevocationPolicy::Required);
    store
        .add_anchor(&pki.root.der, AnchorPolicy::Professional)
        .unwrap();
    store.add_issuer(&pki.issuing.der).unwrap();
    let params = TestCa::crl_params();
    assert_eq!(
        store.validate(&pki.leaf, &[], at()),
        Err(TrustError::RevocationUnknown)
    );
    store.add_crl(&pki.issuing.crl(&params)).unwrap();
    assert_eq!(
        store.validate(&pki.leaf, &[], at()),
        Err(TrustError::RevocationUnknown)
    );
    store.add_crl(&pki.root.crl(&params)).unwrap();
    assert!(store.validate(&pki.leaf, &[], at()).is_ok());
}

#[test]
fn only_a_crl_signer_we_know_may_sign_lists() {
    let pki = Pki::new();
    let params = TestCa::crl_params();
    let unknown = pki.store().add_crl(&pki.issuing.crl(&params));
    assert_eq!(unknown, Err(TrustError::UnknownCrlIssuer));

    let forger = TestCa::root(pki.issuing.params.clone(), 9);
    let result = store_with(&pki, &forger.crl(&params));
    assert_eq!(result.map(drop), Err(TrustError::BadCrlSignature));

    // rcgen refuses to sign a list without cRLSign: sign with the key under other parameters.
    let mut weak = issuing_params("AC sin cRLSign");
    weak.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let weak = pki.root.subordinate(weak, 6);
    let signer = TestCa::root(issuing_params("AC sin cRLSign"), 6);
    let mut store = pki.store();
    store.add_issuer(&weak.der).unwrap();
    let result = store.add_crl(&signer.crl(&params));
    assert_eq!(result, Err(TrustError::CrlIssuerKeyUsage));
}

#[test]
fn lists_do_not_roll_back() {
    let pki = Pki::new();
    let mut params = TestCa::crl_params();
    let old = pki.issuing.crl(&params);
    params.this_update = date_time_ymd(2026, 5, 2);
    params.revoked_certs = vec![leaf_revoked(5)];
    let mut store = store_with(&pki, &old).unwrap();
    store.add_crl(&pki.issuing.crl(&params)).unwrap();
    assert_eq!(store.add_crl(&old), Err(TrustError::CrlRollback));
    assert_eq!(
        store.validate(&pki.leaf, &[], at()),
        Err(TrustError::Revoked)
    );
}

#[test]
fn partitioned_and_malformed_lists_are_refused() {
    let pki = Pki::new();
    let mut params = TestCa::crl_params();
    let whole = pki.issuing.crl(&params);
    params.issuing_distribution_point = Some(CrlIssuingDistributionPoint {
        distribution_point: CrlDistributionPoint {
            uris: vec!["http://ac.example/1".into()],
        },
        scope: None,
    });
    let partitioned = store_with(&pki, &pki.issuing.crl(&params));
    assert_eq!(partitioned.map(drop), Err(TrustError::UnsupportedCrl));
    let trailing = [whole.as_slice(), &[0]].concat();
    for bad in [&whole[..50], &trailing, b"", b"-----BEGIN X509 CRL-----"] {
        assert_eq!(
            store_with(&pki, bad).map(drop),
            Err(TrustError::MalformedCrl)
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_as_list_or_anchor_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..128),
        from in 0_usize..400,
    ) {
        let pki = Pki::new();
        let mut crl = pki.issuing.crl(&TestCa::crl_params());
        let original = crl.clone();
        for (byte, new) in crl[from.min(original.len())..].iter_mut().zip(&bytes) {
            *byte = *new;
        }
        prop_assert_eq!(store_with(&pki, &crl).is_ok(), crl == original);
        prop_assert!(store_with(&pki, &bytes).is_err());
        prop_assert!(pki.store().add_anchor(&bytes, AnchorPolicy::Efirma).is_err());
    }
}
