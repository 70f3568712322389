use super::*;
use crate::event::SuspendReason;
use crate::state::ApplyError;
use crate::suspend::{self, SuspendCommand};
use crate::tests::fixture::{
    ISSUED_AT, PRESCRIBER, TODAY, antibiotic, date, dispense, issue, pharmacy, prescription,
    prescription_of, visit, visited,
};
use crate::{Event, Fraction, LineState, Status, expire, law};

/// The return of packages of line 1 of a dispensing, on 2 June, to the shelf where that may be.
fn command(dispensing: u32, packages: u32, reason: ReturnReason) -> ReturnCommand {
    let entry = reason == ReturnReason::EnteredInError;
    ReturnCommand {
        at: "2026-06-02T18:00:00Z".parse().unwrap(),
        on: date("2026-06-02"),
        pharmacy: pharmacy().clues,
        dispensing,
        reason,
        lines: vec![BroughtBack {
            line: 1,
            packages: Packages::new(packages),
            destination: if entry {
                Destination::Shelf
            } else {
                Destination::Quarantine
            },
        }],
    }
}

fn take_back(
    prescription: &Prescription,
    command: &ReturnCommand,
) -> Result<Returned, Vec<Refusal>> {
    decide(prescription, command, &Parameters::default())
}

/// The prescription after a return, which must be lawful.
fn after(prescription: Prescription, command: &ReturnCommand) -> Prescription {
    let returned = take_back(&prescription, command).unwrap();
    prescription.apply(&Event::Returned(returned)).unwrap()
}

fn open(fill: u8, in_fill: u32, dispensed: u32) -> LineState {
    LineState::Open {
        fill,
        in_fill: Packages::new(in_fill),
        dispensed: Packages::new(dispensed),
    }
}

#[test]
fn a_mistake_was_no_dispensing() {
    for (fraction, article) in [
        (Fraction::I, law::LGS_242),
        (Fraction::II, law::LGS_251),
        (Fraction::III, law::LGS_252),
        (Fraction::IV, law::LGS_226_IV),
    ] {
        for reason in [ReturnReason::EnteredInError, ReturnReason::WrongMedicine] {
            let filled = visited(
                prescription_of(fraction, Packages::new(2), 1),
                TODAY,
                &[(1, 2)],
            );
            assert!(matches!(filled.status, Status::Completed { .. }));
            let corrected = after(filled, &command(1, 2, reason));
            assert_eq!(corrected.lines, [LineState::UNTOUCHED], "{}", article.rule);
            assert_eq!(corrected.status, Status::Active);
            assert_eq!(corrected.open_lines().count(), 1);
            let again = visit("2026-06-02", &[(1, 2)]);
            assert!(dispense(&corrected, &again).is_ok());
        }
    }
}

#[test]
fn a_wrong_quantity_is_put_right_and_the_visit_still_counts_where_the_law_counts_visits() {
    let corrected = |fraction| {
        let filled = visited(
            prescription_of(fraction, Packages::new(2), 1),
            TODAY,
            &[(1, 2)],
        );
        after(filled, &command(1, 1, ReturnReason::EnteredInError)).lines[0]
    };
    let closed = LineState::Closed {
        dispensed: Packages::new(1),
        retained: true,
    };
    assert_eq!(corrected(Fraction::II), closed, "{}", law::LGS_251.rule);
    // Of fraction I the pharmacy holds the receta and owes the rest.
    assert_eq!(
        corrected(Fraction::I),
        open(1, 1, 1),
        "{}",
        law::LGS_242.rule
    );
    assert_eq!(corrected(Fraction::IV), open(1, 1, 1));
}

#[test]
fn of_three_times_a_mistaken_one_is_given_back() {
    let mut active = prescription_of(Fraction::III, Packages::new(2), 3);
    for _ in 0..3 {
        active = visited(active, TODAY, &[(1, 2)]);
    }
    assert!(matches!(
        active.lines[0],
        LineState::Closed { retained: true, .. }
    ));
    let corrected = after(active, &command(1, 2, ReturnReason::EnteredInError));
    assert_eq!(
        corrected.lines,
        [open(3, 0, 4)],
        "{}",
        law::LGS_226_III.rule
    );
    let third = dispense(&corrected, &visit("2026-06-02", &[(1, 2)])).unwrap();
    assert!(third.lines[0].retained);
}

#[test]
fn what_comes_back_rightly_stays_handed_over_and_is_dispensed_to_nobody() {
    for fraction in Fraction::ALL {
        let filled = visited(
            prescription_of(fraction, Packages::new(2), 1),
            TODAY,
            &[(1, 2)],
        );
        let returned = after(filled.clone(), &command(1, 1, ReturnReason::PatientReturn));
        assert_eq!(returned.lines, filled.lines, "{fraction}");
        assert_eq!(returned.status, filled.status);
        assert_eq!(
            returned.dispensings[0].lines[0].returnable(),
            Packages::new(1)
        );
    }
}

#[test]
fn a_recalled_lot_is_replaced_where_the_law_does_not_count_the_times() {
    for reason in [ReturnReason::RecalledLot, ReturnReason::Damaged] {
        for (fraction, replaced) in [
            (Fraction::I, true),
            (Fraction::II, false),
            (Fraction::III, false),
            (Fraction::IV, true),
        ] {
            let filled = visited(
                prescription_of(fraction, Packages::new(2), 1),
                TODAY,
                &[(1, 2)],
            );
            let returned = take_back(&filled, &command(1, 1, reason)).unwrap();
            assert_eq!(returned.lines[0].undoes, replaced, "{fraction}");
        }
    }
}

#[test]
fn the_receta_of_an_antibiotic_goes_on_until_the_treatment_is_complete() {
    let filled = visited(antibiotic(Packages::new(2), 1), TODAY, &[(1, 2)]);
    assert!(matches!(
        filled.lines[0],
        LineState::Closed { retained: true, .. }
    ));
    let corrected = after(filled, &command(1, 1, ReturnReason::EnteredInError));
    let article = law::ACUERDO_ANTIBIOTICOS_2010;
    assert_eq!(corrected.lines, [open(1, 1, 1)], "{}", article.rule);
    let rest = dispense(&corrected, &visit("2026-06-02", &[(1, 1)])).unwrap();
    assert!(rest.lines[0].retained);
}

#[test]
fn a_correction_of_an_earlier_fill_moves_the_later_ones_up() {
    let mut active = prescription_of(Fraction::IV, Packages::new(4), 2);
    for packages in [2, 2, 3] {
        active = visited(active, TODAY, &[(1, packages)]);
    }
    assert_eq!(active.lines, [open(2, 3, 7)]);
    let corrected = after(active, &command(1, 2, ReturnReason::EnteredInError));
    assert_eq!(corrected.lines, [open(2, 1, 5)]);
    let owner = corrected.reservation(1).map(|owed| &owed.pharmacy);
    assert_eq!(owner, Some(&pharmacy().clues));
}

#[test]
fn only_the_pharmacy_that_dispensed_and_only_what_it_did() {
    let filled = visited(prescription(&[Fraction::IV]), TODAY, &[(1, 2)]);
    let error = ReturnReason::EnteredInError;
    let mut stranger = command(1, 1, error);
    stranger.pharmacy = "MCSSA000013".parse().unwrap();
    let answer = take_back(&filled, &stranger);
    assert_eq!(answer, Err(vec![Refusal::NotTheDispensingPharmacy]));
    for dispensing in [0, 2] {
        let answer = take_back(&filled, &command(dispensing, 1, error));
        assert_eq!(answer, Err(vec![Refusal::NoSuchDispensing { dispensing }]));
    }
    let most = |most| Refusal::MoreThanHandedOver {
        line: 1,
        most: Packages::new(most),
    };
    assert_eq!(
        take_back(&filled, &command(1, 3, error)),
        Err(vec![most(2)])
    );
    let once = after(filled, &command(1, 1, ReturnReason::PatientReturn));
    assert_eq!(take_back(&once, &command(1, 2, error)), Err(vec![most(1)]));
    let twice = after(once, &command(1, 1, ReturnReason::PatientReturn));
    assert_eq!(take_back(&twice, &command(1, 1, error)), Err(vec![most(0)]));
    let nothing = Refusal::NothingDispensed { line: 1 };
    assert_eq!(take_back(&twice, &command(1, 0, error)), Err(vec![nothing]));
}

#[test]
fn within_the_days_of_the_window() {
    let filled = visited(prescription(&[Fraction::IV]), TODAY, &[(1, 2)]);
    let bring = |on: &str| {
        let mut command = command(1, 1, ReturnReason::PatientReturn);
        command.on = date(on);
        command.at = format!("{on}T18:00:00Z").parse().unwrap();
        take_back(&filled, &command)
    };
    assert!(bring(TODAY).is_ok() && bring("2026-07-01").is_ok());
    let until = date("2026-07-01");
    assert_eq!(
        bring("2026-07-02"),
        Err(vec![Refusal::ReturnWindowOver { until }])
    );
    assert_eq!(bring("2026-05-31"), Err(vec![Refusal::NotYetValid]));
    let mut dated_back = command(1, 1, ReturnReason::PatientReturn);
    dated_back.on = date("2026-06-01");
    assert_eq!(
        take_back(&filled, &dated_back),
        Err(vec![Refusal::DayOfInstant])
    );
}

#[test]
fn what_left_the_pharmacy_is_not_sold_again() {
    let filled = visited(prescription(&[Fraction::IV]), TODAY, &[(1, 2)]);
    for reason in ReturnReason::ALL {
        for destination in Destination::ALL {
            let mut command = command(1, 1, *reason);
            command.lines[0].destination = *destination;
            let left = *reason != ReturnReason::EnteredInError;
            let shelf = *destination == Destination::Shelf;
            let answer = take_back(&filled, &command);
            if left && shelf {
                assert_eq!(answer, Err(vec![Refusal::NotToTheShelf { line: 1 }]));
            } else {
                assert_eq!(answer.unwrap().lines[0].destination, *destination);
            }
        }
    }
}

#[test]
fn each_line_is_named_once() {
    let filled = visited(prescription(&[Fraction::IV]), TODAY, &[(1, 2)]);
    let mut twice = command(1, 1, ReturnReason::EnteredInError);
    twice.lines.push(twice.lines[0]);
    assert_eq!(
        take_back(&filled, &twice),
        Err(vec![Refusal::LinesOfCommand])
    );
    twice.lines.clear();
    assert_eq!(
        take_back(&filled, &twice),
        Err(vec![Refusal::LinesOfCommand])
    );
}

#[test]
fn mistakes_come_to_light_after_the_end_and_under_suspension_too() {
    let begun = visited(prescription(&[Fraction::IV]), TODAY, &[(1, 2)]);
    let at = ISSUED_AT.parse().unwrap();
    let expired = expire::decide(&begun, at, date("2026-12-01")).unwrap();
    let by = PRESCRIBER.parse().unwrap();
    let reason = SuspendReason::SuspectedFraud;
    let suspended = suspend::decide(&begun, &SuspendCommand { at, by, reason }).unwrap();
    for event in [Event::Expired(expired), Event::Suspended(suspended)] {
        let before = begun.clone().apply(&event).unwrap();
        let corrected = after(before.clone(), &command(1, 2, ReturnReason::EnteredInError));
        assert_eq!(corrected.status, before.status);
        assert_eq!(corrected.lines, [LineState::UNTOUCHED]);
    }
}

#[test]
fn nothing_comes_back_to_what_was_erased() {
    let mut erased = visited(prescription(&[Fraction::II]), TODAY, &[(1, 2)]);
    let at = ISSUED_AT.parse().unwrap();
    erased.erased = Some(at);
    let answer = take_back(&erased, &command(1, 1, ReturnReason::EnteredInError));
    assert_eq!(answer, Err(vec![Refusal::AlreadyErased { at }]));
}

#[test]
fn a_return_that_cannot_have_been_is_no_history() {
    let filled = visited(prescription(&[Fraction::IV]), TODAY, &[(1, 2)]);
    let returned = take_back(&filled, &command(1, 1, ReturnReason::EnteredInError)).unwrap();
    let applied = |change: &dyn Fn(&mut Returned)| {
        let mut tampered = returned.clone();
        change(&mut tampered);
        filled.clone().apply(&Event::Returned(tampered))
    };
    assert!(applied(&|_| {}).is_ok());
    let wrong: [&dyn Fn(&mut Returned); 6] = [
        &|event| event.lines.clear(),
        &|event| event.lines[0].packages = Packages::new(3),
        &|event| event.lines[0].packages = Packages::ZERO,
        &|event| event.lines[0].line = 2,
        &|event| event.lines.push(event.lines[0]),
        &|event| event.pharmacy = "MCSSA000013".parse().unwrap(),
    ];
    for change in wrong {
        assert_eq!(applied(change), Err(ApplyError::Returned(1)));
    }
    let unknown = applied(&|event| event.dispensing = 2);
    assert_eq!(unknown, Err(ApplyError::Returned(2)));
    let before = applied(&|event| event.on = date("2026-05-31"));
    assert_eq!(before, Err(ApplyError::Returned(1)));
}

#[test]
fn the_supply_of_a_fill_that_was_none_does_not_delay_the_next() {
    let issued = issue(&[Fraction::IV], |command, _| {
        command.lines[0].refill_interval = Some(30);
    });
    let active = visited(Prescription::new(issued.unwrap()), TODAY, &[(1, 2)]);
    let corrected = after(active, &command(1, 2, ReturnReason::EnteredInError));
    assert_eq!(corrected.fill_began_on(1, 1), None);
    assert!(dispense(&corrected, &visit("2026-06-02", &[(1, 2)])).is_ok());
}

/// A begins the fill and lacks some; days later B hands over some more, by mistake. With B's
/// correction the rest is A's again, as if B had never been there.
#[test]
fn whoever_handed_over_nothing_as_it_turns_out_owes_nothing() {
    let first = pharmacy().clues;
    let other: crate::Clues = "HGSSA000042".parse().unwrap();
    let begun = visited(
        prescription_of(Fraction::IV, Packages::new(3), 1),
        TODAY,
        &[(1, 1)],
    );
    let later = "2026-06-20";
    let mut elsewhere = pharmacy();
    elsewhere.clues = other.clone();
    let handed = crate::dispense::decide(
        &begun,
        &visit(later, &[(1, 1)]),
        &elsewhere,
        &Parameters::default(),
    );
    let begun = begun.apply(&Event::Dispensed(handed.unwrap())).unwrap();
    assert_eq!(begun.reservation(1).unwrap().pharmacy, other);
    let mistake = ReturnCommand {
        at: "2026-06-20T20:00:00Z".parse().unwrap(),
        on: date(later),
        pharmacy: other,
        ..command(2, 1, ReturnReason::EnteredInError)
    };
    let put_right = after(begun, &mistake);
    assert_eq!(put_right.lines, [open(1, 1, 1)]);
    assert_eq!(put_right.reservation(1).unwrap().pharmacy, first);
}
