//! Pairs a reviewer would know: an own, invented set.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::curp::Curp;
use crate::curp_prefix::curp_prefix;
use crate::demographics::Demographics;
use crate::{BirthState, PersonName, Sex};

fn person(given: &str, first: &str, second: &str) -> Demographics {
    Demographics {
        name: PersonName::new(given, first, Some(second)).unwrap(),
        birth_date: Some(date(1987, 5, 12)),
        sex: Some(Sex::Woman),
        birth_state: BirthState::from_code("HG"),
        postal_code: Some("42000".to_owned()),
    }
}

fn curp_of(demographics: &Demographics, homonym: u8) -> Curp {
    let (birth, sex, state) = (
        demographics.birth_date,
        demographics.sex,
        demographics.birth_state,
    );
    curp_prefix(
        &demographics.name,
        birth.unwrap(),
        sex.unwrap(),
        state.unwrap(),
    )
    .fictitious(homonym)
    .unwrap()
}

fn judge(a: &Demographics, b: &Demographics) -> Match {
    let national = Thresholds::for_population(130_000_000);
    let judged = compare(
        &MatchRecord::new(a, None),
        &MatchRecord::new(b, None),
        national,
    );
    let reversed = compare(
        &MatchRecord::new(b, None),
        &MatchRecord::new(a, None),
        national,
    );
    assert_eq!(judged, reversed);
    judged
}

fn judge_curps(a: (&Demographics, &Curp), b: (&Demographics, &Curp)) -> Match {
    let national = Thresholds::for_population(130_000_000);
    compare(
        &MatchRecord::new(a.0, Some(a.1)),
        &MatchRecord::new(b.0, Some(b.1)),
        national,
    )
}

#[test]
fn one_person_written_in_two_ways_is_the_same() {
    let formal = person("María del Carmen", "Muñoz", "de la Cruz");
    for (given, first, second) in [
        ("MA. DEL CARMEN", "MU%OZ", "DE LA CRUZ"),
        ("Ma Carmen", "MUNOZ", "Cruz"),
    ] {
        assert!(
            matches!(
                judge(&formal, &person(given, first, second)),
                Match::Same(_)
            ),
            "{given}"
        );
    }
}

#[test]
fn a_doubt_goes_to_a_reviewer_with_its_reasons() {
    let base = person("Guadalupe", "Hernández", "García");
    let swapped_day = Demographics {
        birth_date: Some(date(1987, 12, 5)),
        ..base.clone()
    };
    let Match::Review(why) = judge(&base, &swapped_day) else {
        panic!("expected a review")
    };
    let closest = why
        .fields
        .iter()
        .find(|field| field.field == Field::BirthDate)
        .unwrap();
    assert_eq!(
        (closest.level, closest.field.in_spanish()),
        (Level::Close, "Fecha de nacimiento")
    );
    assert_eq!(
        why.total,
        why.fields.iter().map(|field| field.weight).sum::<i32>()
    );

    let exchanged = person("Guadalupe", "García", "Hernández");
    assert!(matches!(judge(&base, &exchanged), Match::Review(_)));
}

#[test]
fn relatives_are_never_the_same() {
    let base = person("Guadalupe", "Hernández", "García");
    for relative in [
        // A cousin at the same home, a twin, a twin of the other sex, a daughter.
        person("Guadalupe", "Hernández", "Ortiz"),
        person("Fernanda", "Hernández", "García"),
        Demographics {
            sex: Some(Sex::Man),
            ..person("José", "Hernández", "García")
        },
        Demographics {
            birth_date: Some(date(2011, 5, 12)),
            ..base.clone()
        },
    ] {
        assert!(
            !matches!(judge(&base, &relative), Match::Same(_)),
            "{:?}",
            judge(&base, &relative)
        );
    }
    let stranger = Demographics {
        birth_date: Some(date(1950, 1, 31)),
        postal_code: None,
        ..person("Guadalupe", "Hernández", "García")
    };
    assert!(matches!(judge(&base, &stranger), Match::Different(_)));
}

#[test]
fn equal_curps_decide_unless_the_names_are_strangers() {
    let base = person("Guadalupe", "Hernández", "García");
    let curp = curp_of(&base, 0);
    let married = person("Guadalupe", "Hernández", "de Ortiz");
    let same = judge_curps((&base, &curp), (&married, &curp));
    assert_eq!(same.explanation().rule, Rule::SameCurp);
    assert!(matches!(same, Match::Same(_)));
    let other = person("Tomasa", "Quiroz", "Vidal");
    let shared = judge_curps((&base, &curp), (&other, &curp));
    assert_eq!(shared.explanation().rule, Rule::SharedCurp);
    assert!(matches!(shared, Match::Review(_)));
}

#[test]
fn homonyms_are_two_people_although_everything_else_agrees() {
    let base = person("Guadalupe", "Hernández", "García");
    let judged = judge_curps((&base, &curp_of(&base, 0)), (&base, &curp_of(&base, 1)));
    assert_eq!(judged.explanation().rule, Rule::Homonym);
    assert!(matches!(judged, Match::Different(_)));
}

#[test]
fn two_valid_curps_are_never_the_same_but_may_be_reviewed() {
    let base = person("Guadalupe", "Hernández", "García");
    let elsewhere = Demographics {
        birth_state: BirthState::from_code("DF"),
        ..base.clone()
    };
    let judged = judge_curps(
        (&base, &curp_of(&base, 0)),
        (&base, &curp_of(&elsewhere, 0)),
    );
    assert_eq!(judged.explanation().rule, Rule::TwoCurps);
    assert!(matches!(judged, Match::Review(_)));
}

proptest! {
    #[test]
    fn symmetric_whatever_the_names(
        a in "[A-ZÑ]{2,8}( [A-Z]{2,8})?", b in "[A-ZÑ]{2,8}( [A-Z]{2,8})?",
        c in "[A-ZÑ]{2,8}", d in "[A-ZÑ]{2,8}",
    ) {
        // `judge` asserts that both orders give the same answer and the same reasons.
        judge(&person(&a, &b, &c), &person(&b, &a, &d));
        judge(&person(&a, &b, &c), &person(&c, &d, &b));
    }

    #[test]
    fn a_record_equals_itself(a in "[A-ZÑ]{2,8}", b in "[A-ZÑ]{2,8}", c in "[A-ZÑ]{2,8}") {
        prop_assert!(matches!(judge(&person(&a, &b, &c), &person(&a, &b, &c)), Match::Same(_)));
    }
}
