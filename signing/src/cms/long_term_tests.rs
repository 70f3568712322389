//! What a signature is worth years later, and every way to make it look worth more.

use der::Decode;
use jiff::Timestamp;
use rcgen::{CertificateRevocationListParams, date_time_ymd};
use simulators::der::{sequence, set_of, tlv};

use super::CmsError;
use super::cades::{Existence, Level, LongTermCades, LongTermTrust, Moment, verify_long_term};
use super::extend::{self, ExtendError, add_evidence, add_timestamp, signature_value};
use super::test_signer::{CONTENT, check, signed};
use crate::timestamp::test_tsa::Stamps;
use crate::timestamp::{TimestampError, TimestampTrust};
use crate::trust::test_pki::{Pki, TestCa, at, leaf_revoked};
use crate::trust::{AnchorPolicy, RevocationEvidence, RevocationPolicy, TrustError, TrustStore};

/// Thirty seconds after the signature.
const STAMPED: &str = "2026-06-01T12:00:30Z";
/// The prescriber's certificate ended in 2029.
const TEN_YEARS_ON: &str = "2036-06-01T12:00:00Z";
/// Every certificate of the simulated authority ended in 2048.
const TOO_LATE: &str = "2048-06-01T12:00:00Z";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) struct Court {
    pub(crate) pki: Pki,
    pub(crate) stamps: Stamps,
}

impl Court {
    pub(crate) fn new() -> Self {
        Self {
            pki: Pki::new(),
            stamps: Stamps::new(),
        }
    }

    pub(crate) fn b_t(&self) -> Vec<u8> {
        self.stamped(STAMPED)
    }

    fn stamped(&self, when: &str) -> Vec<u8> {
        let p7s = signed(&self.pki);
        let token = self
            .stamps
            .token_at(&signature_value(&p7s).unwrap(), time(when));
        add_timestamp(&p7s, &token).unwrap()
    }

    /// A list of each of the four CAs, made in May and good until July of 2026.
    pub(crate) fn evidence(&self) -> RevocationEvidence {
        self.evidence_with(&TestCa::crl_params())
    }

    /// The issuing CA's list is another.
    fn evidence_with(&self, issuing: &CertificateRevocationListParams) -> RevocationEvidence {
        let tsa = &self.stamps.tsa;
        let with_key_id = |list: &CertificateRevocationListParams, key_id| {
            let revoked = list
                .revoked_certs
                .iter()
                .map(|entry| rcgen::RevokedCertParams {
                    serial_number: entry.serial_number.clone(),
                    ..*entry
                });
            CertificateRevocationListParams {
                key_identifier_method: key_id,
                revoked_certs: revoked.collect(),
                this_update: list.this_update,
                next_update: list.next_update,
                ..TestCa::crl_params()
            }
        };
        let theirs = |authority: &simulators::pki::Authority| {
            let list = with_key_id(&TestCa::crl_params(), authority.key_id());
            list.signed_by(authority.issuer()).unwrap().der().to_vec()
        };
        let ours = |ca: &TestCa, list: &CertificateRevocationListParams| {
            ca.crl(&with_key_id(list, ca.params.key_identifier_method.clone()))
        };
        RevocationEvidence {
            crls: vec![
                ours(&self.pki.issuing, issuing),
                ours(&self.pki.root, &TestCa::crl_params()),
                theirs(tsa.issuing()),
                theirs(tsa.root()),
            ],
            ocsps: vec![],
        }
    }

    pub(crate) fn b_lt(&self) -> Vec<u8> {
        add_evidence(&self.b_t(), &[], &self.evidence()).unwrap()
    }

    /// Demands revocation data of every certificate, and holds none: the network is off.
    fn offline(&self) -> (TrustStore, TimestampTrust) {
        let mut signers = TrustStore::new(RevocationPolicy::Required);
        signers
            .add_anchor(&self.pki.root.der, AnchorPolicy::Professional)
            .unwrap();
        let mut timestamps = self.stamps.trust.clone();
        timestamps.authorities = TrustStore::new(RevocationPolicy::Required);
        timestamps
            .authorities
            .add_anchor(self.stamps.tsa.root().der(), AnchorPolicy::Timestamp)
            .unwrap();
        (signers, timestamps)
    }

    fn judge(
        &self,
        p7s: &[u8],
        ledger: Option<&str>,
        now: &str,
    ) -> Result<LongTermCades, CmsError> {
        let (signers, timestamps) = self.offline();
        let trust = LongTermTrust {
            signers: &signers,
            timestamps: Some(&timestamps),
        };
        let when = Moment {
            ledger: ledger.map(time),
            now: time(now),
        };
        verify_long_term(CONTENT, p7s, &trust, when)
    }
}

/// The promise: ten years later, with the network off, the prescriber's certificate long expired.
#[test]
fn ten_years_later_without_a_network() {
    let court = Court::new();
    let judged = court.judge(&court.b_lt(), None, TEN_YEARS_ON).unwrap();
    assert_eq!(judged.level(), Level::BaselineLt);
    // From the latest moment that the authority's accuracy allows.
    assert_eq!(
        judged.existence(),
        Existence::Timestamp(time("2026-06-01T12:00:31.0005Z"))
    );
    assert_eq!(judged.cades().signer().der(), court.pki.leaf);
    assert_eq!(judged.cades().signing_time(), at());
    assert_eq!(judged.timestamp().unwrap().gen_time(), time(STAMPED));
    assert_eq!(judged.holds_until(), Some(time("2048-01-01T00:00:00Z")));
    assert_eq!(
        judged.evidence_made_at(),
        Some(time("2026-05-01T00:00:00Z"))
    );
    assert_eq!(*judged.vouching(), Ok(()));
}

/// Without what B-LT adds nothing can be shown offline.
#[test]
fn a_timestamp_alone_needs_revocation_data_from_elsewhere() {
    let court = Court::new();
    let refused = court.judge(&court.b_t(), None, TEN_YEARS_ON);
    assert_eq!(
        refused,
        Err(CmsError::Timestamp(TimestampError::Trust(
            TrustError::RevocationUnknown
        )))
    );
    let signers = court.pki.store();
    let trust = LongTermTrust {
        signers: &signers,
        timestamps: Some(&court.stamps.trust),
    };
    let when = Moment {
        ledger: None,
        now: time(TEN_YEARS_ON),
    };
    let judged = verify_long_term(CONTENT, &court.b_t(), &trust, when).unwrap();
    assert_eq!(judged.level(), Level::BaselineT);
    assert_eq!(judged.evidence_made_at(), None);
    // B-B has nothing that could speak for 2026.
    let refused = verify_long_term(CONTENT, &signed(&court.pki), &trust, when);
    assert_eq!(refused, Err(CmsError::Trust(TrustError::Expired)));
    let today = Moment {
        ledger: None,
        now: at(),
    };
    let judged = verify_long_term(CONTENT, &signed(&court.pki), &trust, today).unwrap();
    assert_eq!(judged.level(), Level::BaselineB);
    assert_eq!(judged.existence(), Existence::Now(at()));
    assert_eq!(judged.holds_until(), Some(time("2029-01-01T00:00:00Z")));
}

/// The authority's own certificate expires: the timestamp proves nothing any more; the ledger does.
#[test]
fn when_the_authority_has_expired_the_ledger_speaks() {
    let court = Court::new();
    let p7s = court.b_lt();
    assert_eq!(
        court.judge(&p7s, None, TOO_LATE),
        Err(CmsError::TimestampNoLongerProves(TrustError::Expired))
    );
    let ledger = "2026-06-01T12:00:02Z";
    let judged = court.judge(&p7s, Some(ledger), TOO_LATE).unwrap();
    assert_eq!(judged.existence(), Existence::Ledger(time(ledger)));
    assert_eq!(*judged.vouching(), Err(TrustError::Expired));
    assert_eq!(judged.level(), Level::BaselineLt);
    assert_eq!(judged.holds_until(), None);
    // The ledger's word is not bent: a time after the certificate's end does not become 2026.
    let late = court.judge(&p7s, Some("2031-01-01T00:00:00Z"), TOO_LATE);
    assert_eq!(late, Err(CmsError::Trust(TrustError::Expired)));
}

/// A thief with an old key of the authority can make tokens of any date. Once the authority's CA
/// says so, no token of it stands alone.
#[test]
fn a_revoked_authority_no_longer_vouches() {
    let court = Court::new();
    let p7s = court.b_lt();
    let (signers, mut timestamps) = court.offline();
    timestamps
        .authorities
        .add_issuer(court.stamps.tsa.issuing().der())
        .unwrap();
    let mut list = TestCa::crl_params();
    list.this_update = date_time_ymd(2030, 1, 1);
    list.next_update = date_time_ymd(2030, 2, 1);
    list.revoked_certs = vec![rcgen::RevokedCertParams {
        serial_number: rcgen::SerialNumber::from_slice(&[0x51, 9]),
        revocation_time: date_time_ymd(2029, 12, 1),
        reason_code: Some(rcgen::RevocationReason::KeyCompromise),
        invalidity_date: None,
    }];
    let list = list.signed_by(court.stamps.tsa.issuing().issuer()).unwrap();
    timestamps.authorities.add_crl(list.der()).unwrap();
    let trust = LongTermTrust {
        signers: &signers,
        timestamps: Some(&timestamps),
    };
    let mut when = Moment {
        ledger: None,
        now: time("2030-01-15T00:00:00Z"),
    };
    assert_eq!(
        verify_long_term(CONTENT, &p7s, &trust, when),
        Err(CmsError::TimestampNoLongerProves(TrustError::Revoked))
    );
    when.ledger = Some(at());
    let judged = verify_long_term(CONTENT, &p7s, &trust, when).unwrap();
    assert_eq!(*judged.vouching(), Err(TrustError::Revoked));
}

/// Revoked before the timestamp is refused, revoked after it is not, by the data inside alone.
#[test]
fn the_revocation_inside_is_judged_at_the_time_of_the_timestamp() {
    let court = Court::new();
    for (month, due) in [(6, Err(CmsError::Trust(TrustError::Revoked))), (7, Ok(()))] {
        let mut list = TestCa::crl_params();
        list.this_update = date_time_ymd(2026, 6, 2);
        list.revoked_certs = vec![leaf_revoked(month)];
        let p7s = add_evidence(&court.b_t(), &[], &court.evidence_with(&list)).unwrap();
        let judged = court.judge(&p7s, None, TEN_YEARS_ON);
        assert_eq!(
            judged.map(drop),
            due,
            "revoked on the first of month {month}"
        );
    }
}

/// A list that was out of date at the time of the timestamp says nothing about it.
#[test]
fn stale_data_inside_is_not_enough() {
    let court = Court::new();
    let mut list = TestCa::crl_params();
    list.next_update = date_time_ymd(2026, 5, 31);
    let p7s = add_evidence(&court.b_t(), &[], &court.evidence_with(&list)).unwrap();
    let refused = court.judge(&p7s, None, TEN_YEARS_ON);
    assert_eq!(
        refused.map(drop),
        Err(CmsError::Trust(TrustError::StaleCrl))
    );
}

#[test]
fn data_of_others_and_incomplete_data() {
    let court = Court::new();
    let b_t = court.b_t();
    let other = TestCa::root(crate::trust::test_pki::ca_params("AC ajena"), 77);
    let mut evidence = court.evidence();
    evidence.crls.push(other.crl(&TestCa::crl_params()));
    let stray = add_evidence(&b_t, &[], &evidence).unwrap();
    assert_eq!(
        court.judge(&stray, None, STAMPED),
        Err(CmsError::StrayRevocation)
    );
    let with_certificate = add_evidence(&b_t, &[&other.der], &court.evidence()).unwrap();
    assert_eq!(
        court.judge(&with_certificate, None, STAMPED),
        Err(CmsError::StrayCertificate)
    );

    // Incomplete: judged with what the verifier holds, and not called B-LT.
    let mut evidence = court.evidence();
    evidence.crls.truncate(1);
    let partial = add_evidence(&b_t, &[], &evidence).unwrap();
    let signers = court.pki.store();
    let trust = LongTermTrust {
        signers: &signers,
        timestamps: Some(&court.stamps.trust),
    };
    let when = Moment {
        ledger: None,
        now: time(TEN_YEARS_ON),
    };
    let judged = verify_long_term(CONTENT, &partial, &trust, when).unwrap();
    assert_eq!(judged.level(), Level::BaselineT);
    let nobody = LongTermTrust {
        signers: &signers,
        timestamps: None,
    };
    let refused = verify_long_term(CONTENT, &partial, &nobody, when);
    assert_eq!(refused, Err(CmsError::NoTimestampAuthority));
}

/// A timestamp of another signature, and one from before the signature.
#[test]
fn the_timestamp_is_of_this_signature() {
    let court = Court::new();
    let p7s = signed(&court.pki);
    let token = court.stamps.token_at(b"otra firma", time(STAMPED));
    let other = add_timestamp(&p7s, &token).unwrap();
    assert_eq!(
        court.judge(&other, None, STAMPED),
        Err(CmsError::Timestamp(TimestampError::ImprintMismatch))
    );
    let backdated = court.stamped("2026-05-20T12:00:00Z");
    let backdated = add_evidence(&backdated, &[], &court.evidence()).unwrap();
    assert_eq!(
        court.judge(&backdated, None, STAMPED),
        Err(CmsError::SigningTimeInFuture)
    );
    // The ledger's word about the signature does not save a token that contradicts it.
    assert_eq!(
        court.judge(&backdated, Some("2026-06-01T12:00:01Z"), STAMPED),
        Err(CmsError::SigningTimeInFuture)
    );
}

/// The strict reader of B-B takes none of it: what is stored as the original stays one encoding.
#[test]
fn the_baseline_verifier_takes_no_extension() {
    let court = Court::new();
    assert_eq!(
        check(&court.pki, &court.b_t()),
        Err(CmsError::UnsignedAttributes)
    );
    assert_eq!(
        check(&court.pki, &court.b_lt()),
        Err(CmsError::EmbeddedRevocation)
    );
}

#[test]
fn a_signature_is_extended_once_and_in_order() {
    let court = Court::new();
    let (bare, stamped, complete) = (signed(&court.pki), court.b_t(), court.b_lt());
    assert_eq!(
        add_timestamp(&stamped, b"x"),
        Err(ExtendError::AlreadyTimestamped)
    );
    let evidence = court.evidence();
    assert_eq!(
        add_evidence(&bare, &[], &evidence),
        Err(ExtendError::NotTimestamped)
    );
    assert_eq!(
        add_evidence(&complete, &[], &evidence),
        Err(ExtendError::AlreadyLongTerm)
    );
    let mut huge = TestCa::crl_params();
    huge.revoked_certs = (0..13_000_u32)
        .map(|serial| rcgen::RevokedCertParams {
            serial_number: rcgen::SerialNumber::from_slice(&(serial + 0x0100_0000).to_be_bytes()),
            ..leaf_revoked(5)
        })
        .collect();
    let huge = court.evidence_with(&huge);
    let huge = add_evidence(&stamped, &[], &huge).map(drop);
    assert_eq!(huge, Err(ExtendError::TooLarge));
    assert_eq!(
        signature_value(&bare).unwrap(),
        signature_value(&complete).unwrap()
    );
    assert_eq!(
        extend::made_at(&evidence),
        Some(time("2026-05-01T00:00:00Z"))
    );
    assert_eq!(extend::made_at(&RevocationEvidence::default()), None);
}

/// Replaces the unsigned attributes of a B-B signature.
fn with_unsigned(p7s: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    super::test_signer::edit_signer(p7s, |signer| {
        let value = set_of(0x31, attributes);
        signer.unsigned_attrs = Some(x509_cert::attr::Attributes::from_der(&value).unwrap());
    })
}

#[test]
fn no_other_unsigned_attribute() {
    let court = Court::new();
    let p7s = signed(&court.pki);
    let token = court
        .stamps
        .token_at(&signature_value(&p7s).unwrap(), time(STAMPED));
    let stamp = |values: &[Vec<u8>]| {
        let oid = simulators::der::oid("1.2.840.113549.1.9.16.2.14").unwrap();
        sequence(&[oid, set_of(0x31, values)])
    };
    let other = {
        let oid = simulators::der::oid("1.2.840.113549.1.9.6").unwrap();
        sequence(&[oid, set_of(0x31, &[tlv(4, b"contrafirma")])])
    };
    let judge = |attributes: &[Vec<u8>]| {
        court
            .judge(&with_unsigned(&p7s, attributes), None, STAMPED)
            .map(drop)
    };
    assert_eq!(
        judge(std::slice::from_ref(&other)),
        Err(CmsError::UnsignedAttributes)
    );
    assert_eq!(
        judge(&[other, stamp(std::slice::from_ref(&token))]),
        Err(CmsError::UnsignedAttributes)
    );
    let later = court.stamps.token_at(&signature_value(&p7s).unwrap(), at());
    assert_eq!(
        judge(&[stamp(&[token, later])]),
        Err(CmsError::SeveralTimestamps)
    );
    // Revocation data and no timestamp: nothing says when it was good.
    let revocation = super::test_signer::edit(&p7s, |signed_data| {
        let list = court.evidence().crls.remove(0);
        let list = tlv(0x31, &list);
        let choices = cms::revocation::RevocationInfoChoices::from_der(&list);
        signed_data.crls = Some(choices.unwrap());
    });
    assert_eq!(
        court.judge(&revocation, None, STAMPED).map(drop),
        Err(CmsError::EmbeddedRevocation)
    );
}

/// Every byte of B-LT is bound: by the signer, by the authority, by a CA, or by our strictness.
#[test]
fn no_byte_of_a_long_term_signature_changes_unnoticed() {
    let court = Court::new();
    let mut p7s = court.b_lt();
    assert!(court.judge(&p7s, None, TEN_YEARS_ON).is_ok());
    for position in 0..p7s.len() {
        let flip = 1 << (position % 8);
        p7s[position] ^= flip;
        let judged = court.judge(&p7s, None, TEN_YEARS_ON);
        assert!(
            judged.is_err(),
            "byte {position} flipped by {flip:#x} went unnoticed"
        );
        p7s[position] ^= flip;
    }
}

/// OCSP in its envelope (RFC 5940), and every envelope that is not a good answer's.
#[test]
fn ocsp_answers_travel_in_their_envelope() {
    let evidence = RevocationEvidence {
        crls: vec![],
        ocsps: vec![sequence(&[tlv(4, b"respuesta")])],
    };
    let encoded = super::revocation::encode(&evidence).unwrap();
    let set = set_of(0x31, &encoded);
    let (_, value, _) = simulators::der::read(&set).unwrap();
    let read = super::revocation::parse(value).unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].evidence(), evidence);
    assert_eq!(
        super::revocation::version(&read),
        cms::content_info::CmsVersion::V5
    );
    // tryLater instead of successful.
    let status = value
        .windows(3)
        .position(|bytes| bytes == [0x0a, 1, 0])
        .unwrap();
    let mut refused = value.to_vec();
    refused[status + 2] = 3;
    assert_eq!(
        super::revocation::parse(&refused),
        Err(CmsError::MalformedRevocation)
    );
    assert_eq!(
        super::revocation::parse(&[]),
        Err(CmsError::MalformedRevocation)
    );
}
