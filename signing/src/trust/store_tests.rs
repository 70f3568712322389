//! Paths: every refusal of [`TrustStore::validate`] by its name.

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, date_time_ymd,
};

use super::test_pki::{
    CEDULA, CURP, Pki, TestCa, at, ca_params, custom, issuing_params, leaf_params,
};
use super::{
    AnchorPolicy, IdentityError, KeyError, RevocationPolicy, Trust, TrustError, TrustStore,
    TrustedCertificate,
};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Validates a leaf of these parameters under the standard CAs.
fn validate_leaf(params: &CertificateParams) -> Result<TrustedCertificate, TrustError> {
    let pki = Pki::with_leaf(params);
    pki.store().validate(&pki.leaf, &[&pki.issuing.der], at())
}

/// Validates a standard leaf under CAs of these parameters.
fn validate_under(
    root: CertificateParams,
    issuing: CertificateParams,
) -> Result<TrustedCertificate, TrustError> {
    let root = TestCa::root(root, 1);
    let issuing = root.subordinate(issuing, 2);
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    store.add_anchor(&root.der, AnchorPolicy::Professional)?;
    store.validate(&issuing.issue(&leaf_params()), &[&issuing.der], at())
}

#[test]
fn a_professional_path_validates_and_names_the_person() {
    let pki = Pki::new();
    let trusted = pki
        .store()
        .validate(&pki.leaf, &[&pki.issuing.der], at())
        .unwrap();
    assert_eq!(trusted.identity().curp, CURP);
    assert_eq!(trusted.identity().cedula.as_deref(), Some(CEDULA));
    assert_eq!(trusted.identity().rfc, None);
    assert_eq!(trusted.identity().serial, "4a01");
    assert_eq!(trusted.policy(), AnchorPolicy::Professional);
    assert_eq!(trusted.der(), pki.leaf);
    assert_eq!(
        trusted.issuers(),
        [pki.issuing.der.clone(), pki.root.der.clone()]
    );
    assert_eq!(trusted.not_before(), time("2026-01-01T00:00:00Z"));
    assert_eq!(trusted.not_after(), time("2029-01-01T00:00:00Z"));
}

#[test]
fn the_issuing_ca_may_come_from_the_store() {
    let pki = Pki::new();
    let mut store = pki.store();
    assert_eq!(
        store.validate(&pki.leaf, &[], at()),
        Err(TrustError::UnknownIssuer)
    );
    store.add_issuer(&pki.issuing.der).unwrap();
    assert!(store.validate(&pki.leaf, &[], at()).is_ok());
}

#[test]
fn validity_is_judged_at_the_given_time() {
    let pki = Pki::new();
    let store = pki.store();
    let validate = |at: &str| {
        store
            .validate(&pki.leaf, &[&pki.issuing.der], time(at))
            .map(drop)
    };
    assert_eq!(
        validate("2025-12-31T23:59:59Z"),
        Err(TrustError::NotYetValid)
    );
    assert_eq!(validate("2026-01-01T00:00:00Z"), Ok(()));
    assert_eq!(validate("2029-01-01T00:00:00Z"), Ok(()));
    assert_eq!(validate("2029-01-01T00:00:01Z"), Err(TrustError::Expired));
    assert_eq!(
        validate("1950-01-01T00:00:00Z"),
        Err(TrustError::NotYetValid)
    );
}

#[test]
fn expired_cas_are_refused_even_as_anchor() {
    let mut expired = issuing_params("AC vencida");
    expired.not_after = date_time_ymd(2026, 2, 1);
    let result = validate_under(ca_params("Raíz"), expired);
    assert_eq!(result, Err(TrustError::IssuerOutsideValidity));

    let mut expired = ca_params("Raíz vencida");
    expired.not_after = date_time_ymd(2026, 2, 1);
    let result = validate_under(expired, issuing_params("AC"));
    assert_eq!(result, Err(TrustError::IssuerOutsideValidity));
}

#[test]
fn leaf_must_be_a_signing_certificate() {
    let mut params = leaf_params();
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert_eq!(validate_leaf(&params), Err(TrustError::LeafKeyUsage));
    params.key_usages = vec![];
    assert_eq!(validate_leaf(&params), Err(TrustError::LeafKeyUsage));
    for enough in [
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ] {
        params.key_usages = vec![enough];
        assert!(validate_leaf(&params).is_ok());
    }
}

#[test]
fn document_signing_is_required_on_leaf_and_issuing_ca() {
    let mut params = leaf_params();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    assert_eq!(
        validate_leaf(&params),
        Err(TrustError::LeafNotForDocumentSigning)
    );
    params.extended_key_usages = vec![];
    assert_eq!(
        validate_leaf(&params),
        Err(TrustError::LeafNotForDocumentSigning)
    );

    let result = validate_under(ca_params("Raíz"), ca_params("AC sin propósito"));
    assert_eq!(result, Err(TrustError::IssuerNotForDocumentSigning));

    let mut tls_root = ca_params("Raíz TLS");
    tls_root.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let result = validate_under(tls_root, issuing_params("AC"));
    assert_eq!(result, Err(TrustError::IssuerNotForDocumentSigning));
}

#[test]
fn cas_must_have_key_cert_sign() {
    let mut params = issuing_params("AC");
    params.key_usages = vec![KeyUsagePurpose::CrlSign];
    let result = validate_under(ca_params("Raíz"), params.clone());
    assert_eq!(result, Err(TrustError::IssuerKeyUsage));
    assert_eq!(
        validate_under(params, issuing_params("AC")),
        Err(TrustError::IssuerKeyUsage)
    );
}

#[test]
fn a_seal_is_refused_by_its_name() {
    let mut params = leaf_params();
    params
        .distinguished_name
        .push(DnType::OrganizationalUnitName, "Sucursal 1");
    assert_eq!(validate_leaf(&params), Err(TrustError::SatSeal));
    params.key_usages.extend([
        KeyUsagePurpose::DataEncipherment,
        KeyUsagePurpose::KeyAgreement,
    ]);
    assert!(validate_leaf(&params).is_ok());
}

#[test]
fn efirma_needs_no_purpose_but_the_usage_of_a_fiel() {
    let root = TestCa::root(ca_params("AC SAT de pruebas"), 1);
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    store.add_anchor(&root.der, AnchorPolicy::Efirma).unwrap();
    let mut params = leaf_params();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    assert_eq!(
        store.validate(&root.issue(&params), &[], at()),
        Err(TrustError::SatSeal)
    );
    params.key_usages.extend([
        KeyUsagePurpose::DataEncipherment,
        KeyUsagePurpose::KeyAgreement,
    ]);
    let trusted = store.validate(&root.issue(&params), &[], at()).unwrap();
    assert_eq!(trusted.policy(), AnchorPolicy::Efirma);
}

#[test]
fn only_cas_issue_and_only_persons_sign() {
    let pki = Pki::new();
    let store = pki.store();
    let mut ca = issuing_params("AC que firma");
    ca.key_usages.push(KeyUsagePurpose::DigitalSignature);
    let ca = pki.root.subordinate(ca, 5);
    assert_eq!(
        store.validate(&ca.der, &[], at()),
        Err(TrustError::CaAsLeaf)
    );

    let mut person = issuing_params("Persona que emite");
    person.is_ca = IsCa::ExplicitNoCa;
    let person = pki.root.subordinate(person, 5);
    let leaf = person.issue(&leaf_params());
    assert_eq!(
        store.validate(&leaf, &[&person.der], at()),
        Err(TrustError::NotACa)
    );
    assert_eq!(
        TrustStore::add_issuer(&mut pki.store(), &person.der),
        Err(TrustError::NotACa)
    );
    let anchor = pki
        .store()
        .add_anchor(&pki.leaf, AnchorPolicy::Professional);
    assert_eq!(anchor, Err(TrustError::NotACa));
}

#[test]
fn a_forged_issuer_is_refused() {
    let pki = Pki::new();
    let forger = TestCa::root(pki.issuing.params.clone(), 9);
    let leaf = forger.issue(&leaf_params());
    let result = pki.store().validate(&leaf, &[&pki.issuing.der], at());
    assert_eq!(result, Err(TrustError::BadPathSignature));
}

#[test]
fn paths_are_bounded() {
    let pki = Pki::new();
    let many = vec![pki.issuing.der.as_slice(); 5];
    let result = pki.store().validate(&pki.leaf, &many, at());
    assert_eq!(result, Err(TrustError::TooManyCertificates));

    let first = pki.root.subordinate(issuing_params("1"), 11);
    let second = first.subordinate(issuing_params("2"), 12);
    let third = second.subordinate(issuing_params("3"), 13);
    let fourth = third.subordinate(issuing_params("4"), 14);
    let path = [&*first.der, &*second.der, &*third.der, &*fourth.der];
    let leaf = third.issue(&leaf_params());
    assert!(pki.store().validate(&leaf, &path, at()).is_ok());
    let leaf = fourth.issue(&leaf_params());
    assert_eq!(
        pki.store().validate(&leaf, &path, at()),
        Err(TrustError::PathTooLong)
    );
}

#[test]
fn the_anchors_own_path_length_counts() {
    let mut root = ca_params("Raíz");
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let result = validate_under(root, issuing_params("AC"));
    assert_eq!(result, Err(TrustError::PathTooLong));
}

#[test]
fn anchors_come_as_der_or_one_pem_block_and_once() {
    let pki = Pki::new();
    let der = rustls_pki_types::CertificateDer::from(pki.root.der.clone());
    let body = data_encoding::BASE64.encode(&der);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    store
        .add_anchor(pem.as_bytes(), AnchorPolicy::Professional)
        .unwrap();
    assert!(store.validate(&pki.leaf, &[&pki.issuing.der], at()).is_ok());
    let again = store.add_anchor(&der, AnchorPolicy::Efirma);
    assert_eq!(again, Err(TrustError::DuplicateAnchor));
    for bad in [pem.repeat(2).as_bytes(), b"", b"hola", &pki.root.der[..40]] {
        let result = store.add_anchor(bad, AnchorPolicy::Professional);
        assert_eq!(result, Err(TrustError::MalformedCertificate));
    }
}

#[test]
fn a_cached_leaf_is_that_leaf_within_its_validity() {
    let pki = Pki::new();
    let trusted = pki
        .store()
        .validate(&pki.leaf, &[&pki.issuing.der], at())
        .unwrap();
    let trust = Trust::CachedLeaf(&trusted);
    assert_eq!(trust.validate(&pki.leaf, &[], at()).as_ref(), Ok(&trusted));
    let late = time("2030-01-01T00:00:00Z");
    assert_eq!(
        trust.validate(&pki.leaf, &[], late),
        Err(TrustError::Expired)
    );
    let early = time("2020-01-01T00:00:00Z");
    assert_eq!(
        trust.validate(&pki.leaf, &[], early),
        Err(TrustError::NotYetValid)
    );
    let other = trust.validate(&pki.issuing.der, &[], at());
    assert_eq!(other, Err(TrustError::NotTheCachedLeaf));
}

#[test]
fn what_is_wrong_with_a_leaf_is_named() {
    let mut params = leaf_params();
    params.key_usages = vec![];
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![1])];
    assert_eq!(validate_leaf(&params), Err(TrustError::MalformedExtension));

    let mut params = leaf_params();
    let mut unknown = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 9], vec![5, 0]);
    unknown.set_criticality(true);
    params.custom_extensions = vec![unknown];
    let expected = TrustError::Path(webpki::Error::UnsupportedCriticalExtension);
    assert_eq!(validate_leaf(&params), Err(expected));

    let mut params = leaf_params();
    params.distinguished_name.remove(custom(&[2, 5, 4, 5]));
    let expected = TrustError::Identity(IdentityError::MissingCurp);
    assert_eq!(validate_leaf(&params), Err(expected));

    let pki = Pki::new();
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let leaf = pki.issuing.issue_for(&leaf_params(), &p384);
    let expected = TrustError::Key(KeyError::UnsupportedKey);
    assert_eq!(
        pki.store().validate(&leaf, &[&pki.issuing.der], at()),
        Err(expected)
    );
    let trailing = [pki.leaf.as_slice(), &[0]].concat();
    let result = pki.store().validate(&trailing, &[&pki.issuing.der], at());
    assert_eq!(result, Err(TrustError::MalformedCertificate));
}
