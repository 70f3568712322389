use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::Fraction;
use crate::tests::fixture::{PRESCRIBER, issue};

const RANGE: (&str, &str) = ("HGO-2026-0001", "HGO-2026-0010");

fn cedula() -> Cedula {
    PRESCRIBER.parse().unwrap()
}

fn folio(number: u32) -> SpecialFolio {
    format!("HGO-2026-{number:04}").parse().unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

fn act(verb: FolioVerb, first: &str, last: &str, second: i64) -> FolioAct {
    FolioAct {
        verb,
        first: first.parse().unwrap(),
        last: last.parse().unwrap(),
        at: at(second),
        document: Some("OFICIO-1".to_owned()),
        by: None,
    }
}

fn one(verb: FolioVerb, number: u32, second: i64) -> FolioAct {
    act(verb, folio(number).as_str(), folio(number).as_str(), second)
}

/// Ten folios, in the prescriber's hands.
fn delivered() -> Recetarios {
    let (first, last) = RANGE;
    let all = Recetarios::default();
    let all = all.apply(&cedula(), &act(FolioVerb::Assign, first, last, 0));
    let all = all.unwrap();
    all.apply(&cedula(), &act(FolioVerb::Deliver, first, last, 1))
        .unwrap()
}

/// A prescription on folio number `number`.
fn written(number: u32, second: i64) -> Issued {
    let issued = issue(&[Fraction::I], |command, _| {
        command.special_folio = Some(folio(number));
        command.folio = Folio::from_random([u8::try_from(number).unwrap(); 10]);
    });
    Issued {
        at: at(second),
        ..issued.unwrap()
    }
}

#[test]
fn an_authority_assigns_a_folio_once_and_to_one_prescriber() {
    let all = delivered();
    let again = act(FolioVerb::Assign, "HGO-2026-0010", "HGO-2026-0012", 2);
    let problem = FolioProblem::AlreadyAssigned(folio(10));
    for somebody in ["1234567", "7654321"] {
        let answer = all.clone().apply(&somebody.parse().unwrap(), &again);
        assert_eq!(answer, Err(problem.clone()), "{}", law::LGS_241.rule);
    }
    assert_eq!(problem.law(), law::LGS_241);
    // All of a range, or none of it.
    assert_eq!(all.get(&folio(11)), None);
}

#[test]
fn a_folio_is_usable_from_delivery_to_its_fate_and_once() {
    let (first, last) = RANGE;
    let assigned = Recetarios::default()
        .apply(&cedula(), &act(FolioVerb::Assign, first, last, 0))
        .unwrap();
    let problem = |problem| SpecialFolioFacts::Problem(problem);
    let facts = |all: &Recetarios, number| all.facts(&cedula(), &folio(number));
    assert_eq!(
        facts(&assigned, 1),
        problem(SpecialFolioProblem::NotDelivered)
    );
    let all = delivered();
    assert_eq!(facts(&all, 1), SpecialFolioFacts::Usable);
    assert_eq!(facts(&all, 11), problem(SpecialFolioProblem::Unknown));
    let stranger = all.facts(&"7654321".parse().unwrap(), &folio(1));
    assert_eq!(stranger, problem(SpecialFolioProblem::OfAnother));
    let used = all.issued(&written(1, 5)).unwrap();
    assert_eq!(facts(&used, 1), problem(SpecialFolioProblem::Used));
    assert_eq!(
        used.get(&folio(1)).unwrap().used_by,
        Some(written(1, 5).folio)
    );
    let cloned = used.issued(&written(1, 6));
    assert_eq!(cloned, Err(SpecialFolioProblem::Used));
}

#[test]
fn a_fate_is_for_good() {
    let ends = [
        (FolioVerb::Cancel, Fate::Cancelled),
        (FolioVerb::Lost, Fate::Lost),
        (FolioVerb::Stolen, Fate::Stolen),
        (FolioVerb::Return, Fate::Returned),
    ];
    for (verb, fate) in ends {
        let ended = delivered().apply(&cedula(), &one(verb, 3, 5)).unwrap();
        let void = SpecialFolioFacts::Problem(SpecialFolioProblem::Void);
        assert_eq!(ended.facts(&cedula(), &folio(3)), void);
        for (another, _) in ends {
            let answer = ended.check(&cedula(), &one(another, 3, 6));
            assert_eq!(answer, Err(FolioProblem::Ended(folio(3), fate)));
        }
    }
    let used = delivered().issued(&written(3, 5)).unwrap();
    let answer = used.check(&cedula(), &one(FolioVerb::Stolen, 3, 6));
    assert_eq!(answer, Err(FolioProblem::Ended(folio(3), Fate::Used)));
}

#[test]
fn each_act_has_its_conditions() {
    let (first, last) = RANGE;
    let all = delivered();
    let answer = all.check(&cedula(), &act(FolioVerb::Deliver, first, last, 2));
    assert_eq!(answer, Err(FolioProblem::AlreadyDelivered(folio(1))));
    let answer = all.check(&"7654321".parse().unwrap(), &one(FolioVerb::Cancel, 1, 2));
    assert_eq!(answer, Err(FolioProblem::NotAssigned(folio(1))));
    let assigned = Recetarios::default();
    let assigned = assigned.apply(&cedula(), &act(FolioVerb::Assign, first, last, 0));
    let assigned = assigned.unwrap();
    let answer = assigned.check(&cedula(), &one(FolioVerb::Return, 1, 2));
    assert_eq!(answer, Err(FolioProblem::NotDelivered(folio(1))));
    assert!(
        assigned
            .check(&cedula(), &one(FolioVerb::Stolen, 1, 2))
            .is_ok()
    );
    let mut untold = one(FolioVerb::Stolen, 1, 2);
    untold.document = None;
    let answer = all.check(&cedula(), &untold);
    assert_eq!(answer, Err(FolioProblem::DocumentMissing));
    let backwards = act(FolioVerb::Cancel, last, first, 2);
    let answer = all.check(&cedula(), &backwards);
    assert_eq!(answer, Err(FolioProblem::Range(RangeError::Backwards)));
}

#[test]
fn problems_read_as_sentences_with_the_article() {
    for problem in [
        FolioProblem::Range(RangeError::Series),
        FolioProblem::AlreadyAssigned(folio(1)),
        FolioProblem::NotAssigned(folio(1)),
        FolioProblem::AlreadyDelivered(folio(1)),
        FolioProblem::NotDelivered(folio(1)),
        FolioProblem::Ended(folio(1), Fate::Stolen),
        FolioProblem::DocumentMissing,
    ] {
        let text = problem.in_spanish();
        assert!(text.ends_with(law::LGS_241.rule), "{text}");
        assert!(!text.contains("  "), "{text}");
        assert!(problem.code().starts_with("folio-"));
    }
}

#[test]
fn the_body_of_an_act_does_not_drift() {
    let mut act = one(FolioVerb::Return, 1, 0);
    act.document = None;
    let text = serde_json::to_string(&act).unwrap();
    let expected = r#"{"verb":"return","first":"HGO-2026-0001","last":"HGO-2026-0001","at":"2026-05-28T20:26:40Z"}"#;
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<FolioAct>(&text).unwrap(), act);
    for fate in Fate::ALL {
        assert_eq!(Fate::from_code(fate.code()), Some(fate));
    }
}

#[test]
fn a_period_is_accounted_for() {
    let all = delivered()
        .issued(&written(1, 10))
        .and_then(|all| all.issued(&written(2, 20)))
        .unwrap();
    let all = all
        .apply(&cedula(), &one(FolioVerb::Stolen, 3, 20))
        .unwrap();
    let all = all
        .apply(&cedula(), &one(FolioVerb::Return, 4, 30))
        .unwrap();
    let account = all.reconcile(&cedula(), at(15), at(30));
    let expected = Reconciliation {
        opening: 9,
        delivered: 0,
        used: 1,
        stolen: 1,
        in_hand: 7,
        ..Reconciliation::default()
    };
    assert_eq!(account, expected);
    let in_hand: Vec<_> = all.in_hand_of(&cedula()).cloned().collect();
    assert_eq!(in_hand, (5..=10).map(folio).collect::<Vec<_>>());
}

const VERBS: [FolioVerb; 6] = [
    FolioVerb::Assign,
    FolioVerb::Deliver,
    FolioVerb::Cancel,
    FolioVerb::Lost,
    FolioVerb::Stolen,
    FolioVerb::Return,
];

proptest! {
    /// Whatever is tried, in whatever order: every period balances, and no folio is used twice.
    #[test]
    fn every_folio_is_somewhere(
        tries in vec((0_usize..7, 1_u32..=20, 0_u32..=5), 0..40),
        from in 0_i64..40,
        length in 0_i64..40,
    ) {
        let mut all = Recetarios::default();
        let mut used = Vec::new();
        for (second, (what, first, count)) in (0..).zip(tries) {
            let next = if let Some(verb) = VERBS.get(what) {
                let (first, last) = (folio(first), folio(first + count));
                let act = act(*verb, first.as_str(), last.as_str(), second);
                all.clone().apply(&cedula(), &act).ok()
            } else {
                let next = all.clone().issued(&written(first, second)).ok();
                used.extend(next.as_ref().map(|_| first));
                next
            };
            all = next.unwrap_or(all);
        }
        let account = all.reconcile(&cedula(), at(from), at(from + length));
        prop_assert!(account.is_balanced(), "{account:?}");
        let ever = all.reconcile(&cedula(), at(0), at(1000));
        prop_assert_eq!(ever.used, used.len() as u64);
        used.sort_unstable();
        used.dedup();
        prop_assert_eq!(ever.used, used.len() as u64);
        prop_assert_eq!(all.in_hand_of(&cedula()).count() as u64, ever.in_hand);
    }
}
