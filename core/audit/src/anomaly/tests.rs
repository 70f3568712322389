//! Limits hold exactly, evidence points to the records, memory stays bounded.

use jiff::ToSpan;
use proptest::prelude::*;

use super::*;
use crate::record::{Action, Actor, Outcome, Resource, ResourceKind};

fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A pharmacist in Pachuca reads patient `patient`, `seconds` after the start.
fn read(id: u64, seconds: i64, patient: u64) -> AccessRecord {
    AccessRecord {
        id: RecordId(id),
        at: start() + seconds.seconds(),
        actor: Actor {
            id: "pharmacist-1".parse().unwrap(),
            role: Role::Pharmacist,
            site: Some(site("HGIMB000011", "13048")),
        },
        action: Action::Read,
        resource: Resource {
            kind: ResourceKind::Prescription,
            id: None,
        },
        patient: Some(format!("{patient:032x}").parse().unwrap()),
        origin: "192.0.2.7".parse().unwrap(),
        outcome: Outcome::Success,
    }
}

fn site(clues: &str, municipality: &str) -> Site {
    Site {
        establishment: clues.parse().unwrap(),
        municipality: municipality.parse().unwrap(),
    }
}

fn at_site(mut record: AccessRecord, clues: &str, municipality: &str) -> AccessRecord {
    record.actor.site = Some(site(clues, municipality));
    record
}

fn refused(mut record: AccessRecord) -> AccessRecord {
    record.outcome = Outcome::Refused("no-consent".parse().unwrap());
    record
}

fn kinds(anomalies: &[Anomaly]) -> Vec<AnomalyKind> {
    anomalies.iter().map(|anomaly| anomaly.kind).collect()
}

#[test]
fn a_thousand_patients_in_five_minutes_and_not_one_less() {
    let mut trail: Vec<_> = (0..999).map(|n| read(n, 0, n)).collect();
    assert_eq!(detect(&trail, Thresholds::default()), []);
    trail.push(read(999, 300, 999));
    let found = detect(&trail, Thresholds::default());
    assert_eq!(kinds(&found), [AnomalyKind::ManyPatients]);
    assert_eq!(
        found[0].evidence,
        (0..1000).map(RecordId).collect::<Vec<_>>()
    );
    assert_eq!(found[0].at, start() + 300.seconds());
    // A second later the first ones are out of the span.
    trail[999] = read(999, 301, 999);
    assert_eq!(detect(&trail, Thresholds::default()), []);
}

#[test]
fn two_actors_are_counted_apart() {
    let trail: Vec<_> = (0..1500)
        .map(|n| {
            let mut record = read(n, 0, n);
            record.actor.id = format!("pharmacist-{}", n % 2).parse().unwrap();
            record
        })
        .collect();
    assert_eq!(detect(&trail, Thresholds::default()), []);
}

#[test]
fn one_person_in_two_cities() {
    let pachuca = read(1, 0, 1);
    let tula = at_site(read(2, 600, 1), "HGIMB000028", "13076");
    let found = detect(&[tula.clone(), pachuca.clone()], Thresholds::default());
    assert_eq!(kinds(&found), [AnomalyKind::TwoPlaces]);
    assert_eq!(found[0].evidence, [RecordId(1), RecordId(2)]);

    let later = at_site(read(2, 601, 1), "HGIMB000028", "13076");
    assert_eq!(detect(&[pachuca.clone(), later], Thresholds::default()), []);

    let as_program = [pachuca.clone(), tula].map(|mut record| {
        record.actor.role = Role::System;
        record
    });
    assert_eq!(detect(&as_program, Thresholds::default()), []);

    let next_door = at_site(read(2, 60, 1), "HGIMB000028", "13048");
    let trail = [pachuca, next_door];
    assert_eq!(detect(&trail, Thresholds::default()), []);
    let strict = Thresholds {
        place: Place::Establishment,
        ..Thresholds::default()
    };
    assert_eq!(kinds(&detect(&trail, strict)), [AnomalyKind::TwoPlaces]);
}

#[test]
fn a_burst_of_refusals_counts_attempts_on_one_patient_too() {
    let mut trail: Vec<_> = (0..19).map(|n| refused(read(n, 0, 1))).collect();
    trail.extend((100..200).map(|n| read(n, 1, 1)));
    assert_eq!(detect(&trail, Thresholds::default()), []);
    trail.push(refused(read(200, 2, 1)));
    let found = detect(&trail, Thresholds::default());
    assert_eq!(kinds(&found), [AnomalyKind::RefusalBurst]);
    assert_eq!(found[0].evidence.len(), 20);
}

#[test]
fn a_late_record_is_refused_and_not_counted() {
    let mut detector = Detector::new(Thresholds::default());
    detector.observe(&read(1, 10, 1)).unwrap();
    let late = OutOfOrder {
        record: RecordId(2),
    };
    assert_eq!(detector.observe(&read(2, 9, 2)), Err(late));
    assert_eq!(detector.held(), 2);
}

#[test]
fn memory_is_bounded_by_the_limits_and_idle_actors_are_forgotten() {
    let limits = Thresholds {
        patients: Limit {
            count: 10,
            within: SignedDuration::from_mins(5),
        },
        ..Thresholds::default()
    };
    let mut detector = Detector::new(limits);
    for n in 0..5_000 {
        detector.observe(&refused(read(n, 0, n))).unwrap();
        assert!(detector.held() <= 10 + 2 + 20);
    }
    let mut other = read(5_001, 3_600, 1);
    other.actor.id = "pharmacist-2".parse().unwrap();
    detector.observe(&other).unwrap();
    assert_eq!(detector.held(), 2);
}

/// Small limits, so that random trails cross them often.
fn small() -> Thresholds {
    let limit = |count| Limit {
        count,
        within: SignedDuration::from_secs(10),
    };
    Thresholds {
        patients: limit(4),
        places: limit(2),
        refusals: limit(3),
        ..Thresholds::default()
    }
}

fn trails() -> impl Strategy<Value = Vec<AccessRecord>> {
    let step = (
        0i64..4,
        0u64..6,
        any::<bool>(),
        proptest::bool::weighted(0.2),
    );
    proptest::collection::vec(step, 0..40).prop_map(|steps| {
        let mut seconds = 0;
        (0..)
            .zip(steps)
            .map(|(id, (step, patient, is_refused, elsewhere))| {
                seconds += step;
                let record = read(id, seconds, patient);
                let record = if is_refused { refused(record) } else { record };
                if elsewhere {
                    at_site(record, "HGIMB000028", "13076")
                } else {
                    record
                }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn order_does_not_matter(
        (trail, shuffled) in trails().prop_flat_map(|t| (Just(t.clone()), Just(t).prop_shuffle())),
    ) {
        prop_assert_eq!(detect(&trail, small()), detect(&shuffled, small()));
    }

    #[test]
    fn evidence_is_as_much_as_the_limit_and_within_the_span(trail in trails()) {
        for anomaly in detect(&trail, small()) {
            let expected = match anomaly.kind {
                AnomalyKind::ManyPatients => 4,
                AnomalyKind::TwoPlaces => 2,
                AnomalyKind::RefusalBurst => 3,
            };
            prop_assert_eq!(anomaly.evidence.len(), expected);
            for id in anomaly.evidence {
                let record = trail.iter().find(|record| record.id == id).unwrap();
                prop_assert!(anomaly.at.duration_since(record.at) <= SignedDuration::from_secs(10));
            }
        }
    }

    #[test]
    fn the_growing_trail_alarms_like_the_whole(trail in trails()) {
        let mut detector = Detector::new(small());
        let stepwise: Vec<Anomaly> =
            trail.iter().flat_map(|record| detector.observe(record).unwrap()).collect();
        prop_assert_eq!(stepwise, detect(&trail, small()));
    }
}
