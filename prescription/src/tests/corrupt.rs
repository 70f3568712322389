//! Records that cannot be: `apply` refuses a history that was tampered with in the ways that its
//! own content shows. (What it cannot show, such as another lot, the ledger's commitments do.)

use proptest::prelude::*;
use proptest::sample::Index;

use super::fixture::{ISSUED_AT, TODAY, dispense, prescription, prescription_of, visit, visited};
use super::histories::history;
use crate::event::{CancelReason, Cancelled, Expired};
use crate::state::ApplyError;
use crate::{Dispensed, Event, Folio, Fraction, Packages, Prescription};

fn dispensed(prescription: &Prescription, lines: &[(u8, u32)]) -> Dispensed {
    dispense(prescription, &visit(TODAY, lines)).unwrap()
}

/// What `apply` says of a first visit of one package of line 1, after `change`.
fn tampered(
    prescription: &Prescription,
    change: impl FnOnce(&mut Dispensed),
) -> Result<Prescription, ApplyError> {
    let mut visit = dispensed(prescription, &[(1, 1)]);
    change(&mut visit);
    prescription.clone().apply(&Event::Dispensed(visit))
}

#[test]
fn altered_dispensings_are_refused() {
    let active = prescription(&[Fraction::III]);
    let other = Folio::from_random([9; 10]);
    let line = |n| Err(ApplyError::Line(n));
    assert!(tampered(&active, |_| {}).is_ok());
    assert_eq!(
        tampered(&active, |e| e.folio = other),
        Err(ApplyError::Folio)
    );
    assert_eq!(
        tampered(&active, |e| e.lines.clear()),
        Err(ApplyError::Empty)
    );
    assert_eq!(
        tampered(&active, |e| e.lines[0].packages = Packages::new(3)),
        line(1)
    );
    assert_eq!(
        tampered(&active, |e| e.lines[0].packages = Packages::ZERO),
        line(1)
    );
    assert_eq!(tampered(&active, |e| e.lines[0].fill = 2), line(1));
    assert_eq!(tampered(&active, |e| e.lines[0].fill = 0), line(1));
    assert_eq!(tampered(&active, |e| e.lines[0].line = 0), line(0));
    assert_eq!(tampered(&active, |e| e.lines[0].line = 2), line(2));
    let late = |e: &mut Dispensed| e.on = "2026-12-02".parse().unwrap();
    assert_eq!(tampered(&active, late), Err(ApplyError::Day(1)));
    let early = |e: &mut Dispensed| e.on = "2026-05-31".parse().unwrap();
    assert_eq!(tampered(&active, early), Err(ApplyError::Day(1)));
}

#[test]
fn one_line_twice_in_a_visit_is_refused() {
    let active = prescription_of(Fraction::IV, Packages::new(4), 1);
    let twice = |e: &mut Dispensed| e.lines.push(e.lines[0].clone());
    assert_eq!(tampered(&active, twice), Err(ApplyError::Line(1)));
}

#[test]
fn a_repeated_visit_of_a_controlled_medicine_is_refused() {
    for fraction in [Fraction::II, Fraction::III] {
        let active = prescription(&[fraction, fraction]);
        let visit = Event::Dispensed(dispensed(&active, &[(1, 1)]));
        let after = active.apply(&visit).unwrap();
        assert_eq!(after.apply(&visit), Err(ApplyError::Line(1)));
    }
}

#[test]
fn swapped_fills_are_refused() {
    let first = prescription(&[Fraction::III]);
    let second = visited(first.clone(), TODAY, &[(1, 1)]);
    let events = [
        Event::Issued(first.issued.clone()),
        Event::Dispensed(dispensed(&second, &[(1, 1)])),
        Event::Dispensed(dispensed(&first, &[(1, 1)])),
    ];
    assert_eq!(
        Prescription::from_history(&events),
        Err(ApplyError::Line(1))
    );
}

#[test]
fn a_cancellation_by_somebody_else_is_refused() {
    let active = prescription(&[Fraction::IV]);
    let cancelled = Event::Cancelled(Cancelled {
        folio: active.issued.folio,
        at: ISSUED_AT.parse().unwrap(),
        by: "7654321".parse().unwrap(),
        reason: CancelReason::Fraud,
    });
    assert_eq!(active.apply(&cancelled), Err(ApplyError::NotThePrescriber));
}

#[test]
fn no_history_is_no_prescription() {
    assert_eq!(Prescription::from_history([]), Err(ApplyError::Order));
}

proptest! {
    #[test]
    fn an_issue_comes_first_and_once(history in history(), place in any::<Index>()) {
        let issued = history[0].clone();
        prop_assert_eq!(Prescription::from_history(&history[1..]), Err(ApplyError::Order));
        let mut twice = history.clone();
        twice.insert(1 + place.index(history.len()), issued);
        prop_assert!(Prescription::from_history(&twice).is_err());
    }

    #[test]
    fn nothing_follows_an_end(history in history()) {
        let state = Prescription::from_history(&history).unwrap();
        let (folio, at) = (state.issued.folio, ISSUED_AT.parse().unwrap());
        let expired = Event::Expired(Expired { folio, at });
        let after = state.clone().apply(&expired);
        prop_assert_eq!(after.is_ok(), state.ensure_not_ended().is_ok());
        if let Ok(ended) = after {
            prop_assert_eq!(ended.apply(&expired), Err(ApplyError::AfterEnd));
        }
    }

    /// One package more than was handed over in the last visit is either still owed or refused.
    #[test]
    fn quantities_cannot_be_raised_above_the_order(history in history()) {
        let mut raised = history;
        let Some(Event::Dispensed(visit)) = raised.last_mut() else { return Ok(()) };
        let one = Packages::new(1);
        visit.lines[0].packages = visit.lines[0].packages.plus(one).unwrap();
        let number = visit.lines[0].line;
        if let Ok(state) = Prescription::from_history(&raised) {
            let (line, line_state) = state.line(number).unwrap();
            prop_assert!(line_state.dispensed() <= line.packages.times(line.fills).unwrap());
        }
    }
}
