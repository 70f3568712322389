//! Cases a patient would recognise, and invariants over random histories.

use std::collections::BTreeSet;

use jiff::ToSpan;
use prescription::PatientId;
use proptest::prelude::*;

use super::*;
use crate::consent::Terms;
use crate::request::Relation;
use crate::scope::{DataCategory, Recipient, SensitiveKind};

const HIV: DataCategory = DataCategory::Sensitive(SensitiveKind::Hiv);

fn start() -> Timestamp {
    "2026-01-15T00:00:00Z".parse().unwrap()
}

fn patient() -> PatientId {
    "00112233445566778899aabbccddeeff".parse().unwrap()
}

fn consent(id: &str, effect: Effect, category: DataCategory) -> Consent {
    let terms = Terms {
        patient: patient(),
        effect,
        categories: BTreeSet::from([category]),
        recipients: BTreeSet::from([Recipient::AnyTreating]),
        purposes: BTreeSet::from([Purpose::Care, Purpose::Research]),
        from: start(),
        until: None,
        signed_advanced: true,
    };
    Consent::grant(id.parse().unwrap(), terms, start()).unwrap()
}

fn request(category: DataCategory, purpose: Purpose) -> Request {
    Request {
        patient: patient(),
        category,
        purpose,
        establishment: "HGIMB000011".parse().unwrap(),
        professional: Some("1234567".parse().unwrap()),
        relation: Relation::TreatingPrescriber,
    }
}

fn decide(consents: &[Consent], request: &Request, at: Timestamp) -> Decision {
    evaluate(consents, request, at, DefaultPolicy::default())
}

fn days(count: i64) -> Timestamp {
    start() + (24 * count).hours()
}

#[test]
fn without_consents_only_care_by_who_treats_is_permitted() {
    let care = request(DataCategory::Medication, Purpose::Care);
    assert_eq!(
        decide(&[], &care, start()),
        Decision::Permitted(Permit::CareByLaw)
    );
    let stranger = Request {
        relation: Relation::Other,
        ..care.clone()
    };
    assert_eq!(
        decide(&[], &stranger, start()),
        Decision::Denied(Denial::NoConsent)
    );
    for purpose in [
        Purpose::PublicHealth,
        Purpose::Research,
        Purpose::Management,
    ] {
        let request = request(DataCategory::Medication, purpose);
        assert_eq!(
            decide(&[], &request, start()),
            Decision::Denied(Denial::NoConsent)
        );
    }
    assert_eq!(
        decide(&[], &request(HIV, Purpose::Care), start()),
        Decision::Denied(Denial::NoConsent)
    );
    let strict = DefaultPolicy {
        treating_care: false,
        treating_care_sensitive: true,
    };
    assert_eq!(
        evaluate(&[], &care, start(), strict),
        Decision::Denied(Denial::NoConsent)
    );
    let sensitive = request(HIV, Purpose::Care);
    assert_eq!(
        evaluate(&[], &sensitive, start(), strict),
        Decision::Permitted(Permit::CareByLaw)
    );
}

#[test]
fn a_patient_can_forbid_even_care() {
    let deny = consent("no", Effect::Deny, DataCategory::Medication);
    let care = request(DataCategory::Medication, Purpose::Care);
    let denied = decide(std::slice::from_ref(&deny), &care, start());
    assert_eq!(
        denied,
        Decision::Denied(Denial::ForbiddenByPatient(deny.id.clone()))
    );
    let lifted = deny.revoke(days(1)).unwrap();
    assert_eq!(
        decide(&[lifted], &care, days(1)),
        Decision::Permitted(Permit::CareByLaw)
    );
}

#[test]
fn sensitive_data_needs_a_signature_and_a_confirmation_each_year() {
    let hiv = request(HIV, Purpose::Care);
    let signed = consent("hiv", Effect::Permit, HIV);
    let permitted = Decision::Permitted(Permit::Consent(signed.id.clone()));
    let due = signed.reconfirmation_due().unwrap();
    let just_before = due - 1.nanoseconds();
    assert_eq!(
        decide(std::slice::from_ref(&signed), &hiv, just_before),
        permitted
    );
    assert_eq!(
        decide(std::slice::from_ref(&signed), &hiv, due),
        Decision::Denied(Denial::ReconfirmationDue(signed.id.clone()))
    );
    let confirmed = signed.clone().reconfirm(due).unwrap();
    assert_eq!(decide(&[confirmed], &hiv, due), permitted);

    // A row written before the rule existed: granting would refuse it, evaluating does too.
    let mut unsigned = signed;
    unsigned.terms.signed_advanced = false;
    let id = unsigned.id.clone();
    assert_eq!(
        decide(&[unsigned], &hiv, start()),
        Decision::Denied(Denial::AdvancedSignatureMissing(id))
    );
}

#[test]
fn a_consent_reaches_only_whom_and_what_it_names() {
    let mut permit = consent("p", Effect::Permit, DataCategory::Medication);
    permit.terms.recipients = BTreeSet::from([Recipient::Professional("7654321".parse().unwrap())]);
    let asked = request(DataCategory::Medication, Purpose::Research);
    let consents = [permit.clone()];
    assert_eq!(
        decide(&consents, &asked, start()),
        Decision::Denied(Denial::NoConsent)
    );
    let named = Request {
        professional: Some("7654321".parse().unwrap()),
        ..asked.clone()
    };
    let permitted = Decision::Permitted(Permit::Consent(permit.id));
    assert_eq!(decide(&consents, &named, start()), permitted);
    let other_data = Request {
        category: DataCategory::General,
        ..named.clone()
    };
    assert_eq!(
        decide(&consents, &other_data, start()),
        Decision::Denied(Denial::NoConsent)
    );
    let other_patient = Request {
        patient: "ffeeddccbbaa99887766554433221100".parse().unwrap(),
        ..named
    };
    assert_eq!(
        decide(&consents, &other_patient, start()),
        Decision::Denied(Denial::NoConsent)
    );
}

#[test]
fn the_reason_names_the_defect() {
    let research = request(DataCategory::Medication, Purpose::Research);
    let permit = consent("p", Effect::Permit, DataCategory::Medication);
    let id = permit.id.clone();
    let revoked = permit.clone().revoke(days(1)).unwrap();
    let mut ended = permit.clone();
    ended.terms.until = Some(days(1));
    for (consent, at, denial) in [
        (&revoked, days(1), Denial::Revoked(id.clone())),
        (&ended, days(1), Denial::Expired(id.clone())),
        (&permit, days(-1), Denial::NotYetInForce(id.clone())),
    ] {
        assert_eq!(
            decide(std::slice::from_ref(consent), &research, at),
            Decision::Denied(denial)
        );
    }
}

/// A history of up to eight consents over the same data, in random states.
fn histories() -> impl Strategy<Value = Vec<Consent>> {
    let one = (
        any::<bool>(),
        any::<bool>(),
        0i64..800,
        proptest::option::of(1i64..800),
    );
    (proptest::collection::vec((one, proptest::option::of(0i64..800)), 0..8)).prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .map(|(number, ((deny, sensitive, from, lasts), revoked))| {
                let effect = if deny { Effect::Deny } else { Effect::Permit };
                let category = if sensitive {
                    HIV
                } else {
                    DataCategory::Medication
                };
                let mut consent = consent(&format!("c{number}"), effect, category);
                consent.terms.from = days(from);
                consent.terms.until = lasts.map(|lasts| days(from + lasts));
                consent.revoked_at = revoked.map(days);
                consent
            })
            .collect()
    })
}

fn requests() -> impl Strategy<Value = Request> {
    (any::<bool>(), any::<bool>()).prop_map(|(sensitive, care)| {
        request(
            if sensitive {
                HIV
            } else {
                DataCategory::Medication
            },
            if care {
                Purpose::Care
            } else {
                Purpose::Research
            },
        )
    })
}

proptest! {
    #[test]
    fn a_permitting_consent_is_in_force_and_nobody_forbids(
        consents in histories(), request in requests(), day in 0i64..1000,
    ) {
        let at = days(day);
        if let Decision::Permitted(permit) = decide(&consents, &request, at) {
            let covering = || consents.iter().filter(|c| c.terms.categories.contains(&request.category));
            let in_force = |c: &Consent| {
                c.terms.from <= at
                    && c.terms.until.is_none_or(|until| at < until)
                    && c.revoked_at.is_none_or(|revoked| at < revoked)
            };
            prop_assert!(!covering().any(|c| c.terms.effect == Effect::Deny && in_force(c)));
            match permit {
                Permit::Consent(id) => {
                    let named = covering().find(|c| c.id == id).unwrap();
                    prop_assert!(in_force(named) && named.terms.effect == Effect::Permit);
                }
                Permit::CareByLaw => prop_assert_eq!(request.purpose, Purpose::Care),
            }
        }
    }

    #[test]
    fn order_does_not_matter(
        (consents, shuffled) in histories().prop_flat_map(|c| (Just(c.clone()), Just(c).prop_shuffle())),
        request in requests(), day in 0i64..1000,
    ) {
        let at = days(day);
        prop_assert_eq!(decide(&consents, &request, at), decide(&shuffled, &request, at));
    }

    #[test]
    fn one_more_denial_never_opens_anything(
        consents in histories(), request in requests(), day in 0i64..1000,
    ) {
        let at = days(day);
        let mut more = consents.clone();
        more.push(consent("no", Effect::Deny, request.category));
        prop_assert!(matches!(
            decide(&more, &request, at),
            Decision::Denied(Denial::ForbiddenByPatient(_))
        ));
    }

    #[test]
    fn with_every_consent_revoked_only_the_law_permits(
        mut consents in histories(), request in requests(), day in 0i64..1000,
    ) {
        let at = days(day);
        for consent in &mut consents {
            consent.revoked_at = Some(start());
        }
        let decision = decide(&consents, &request, at);
        let by_consent = matches!(decision, Decision::Permitted(Permit::Consent(_)));
        prop_assert!(!by_consent);
    }
}
