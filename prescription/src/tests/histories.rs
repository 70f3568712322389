//! Random lives of prescriptions: whatever is asked, by whomever and whenever, every life that
//! results is lawful.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::fixture::{ISSUED_AT, PRESCRIBER, TODAY, date, issue, pharmacy};
use crate::cancel::{self, CancelCommand};
use crate::dispense::{self, DispenseCommand, HandedOver, PharmacyFacts};
use crate::event::CancelReason;
use crate::law::{Parameters, FRACTION_II_MAX_PACKAGES, FRACTION_III_MAX_FILLS};
use crate::{
    Dispensed, DispensedLine, Event, Fraction, Issued, LineState, Packages, Prescription, Refusal,
    Status, expire,
};

/// What somebody tries.
#[derive(Debug, Clone)]
pub(super) enum Attempt {
    /// A pharmacy hands over packages, `day` days after the date written.
    Visit {
        day: i16,
        lines: Vec<(u8, u32)>,
        licensed: bool,
        online: bool,
        with_lot: bool,
    },
    /// The prescriber, or somebody else, cancels.
    Cancel { own: bool },
    /// The clock passes, `day` days after the date written.
    Expire { day: i16 },
}

/// Lawful prescriptions of one to four lines.
fn issued() -> impl Strategy<Value = Issued> {
    let line = (0_usize..6, any::<bool>(), 1_u32..=4, 1_u8..=4);
    (any::<bool>(), vec(line, 1..=4)).prop_map(|(special, lines)| {
        let fraction_of = |index: usize| {
            // A recetario especial has nothing else on it.
            if special {
                Fraction::I
            } else {
                Fraction::ALL[index.max(1)]
            }
        };
        let fractions: Vec<_> = lines.iter().map(|line| fraction_of(line.0)).collect();
        let answer = issue(&fractions, |command, facts| {
            for (index, (_, antibiotic, packages, fills)) in lines.iter().enumerate() {
                let asked = &mut command.lines[index];
                let ii = fractions[index] == Fraction::II;
                let most = if ii {
                    FRACTION_II_MAX_PACKAGES
                } else {
                    u32::MAX
                };
                asked.packages = Packages::new((*packages).min(most));
                asked.fills = (*fills).min(asked.fills);
                facts.medicines[index].antibiotic = *antibiotic;
            }
        });
        answer.unwrap()
    })
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let day = prop_oneof![4 => 0_i16..=30, 1 => -1_i16..=190];
    let visit = (
        day,
        vec((0_u8..=5, 0_u32..=4), 0..=4),
        prop::array::uniform3(0_u8..10),
    )
        .prop_map(|(day, lines, dice)| {
            let [licensed, online, with_lot] = dice.map(|die| die > 0);
            Attempt::Visit {
                day,
                lines,
                licensed,
                online,
                with_lot,
            }
        });
    prop_oneof![
        12 => visit,
        1 => any::<bool>().prop_map(|own| Attempt::Cancel { own }),
        1 => (-1_i16..=200).prop_map(|day| Attempt::Expire { day }),
    ]
}

/// The events of a life: an issue, and whatever of the attempts was not refused.
pub(super) fn history() -> impl Strategy<Value = Vec<Event>> {
    (issued(), vec(attempt(), 0..12)).prop_map(|(issued, attempts)| {
        let mut state = Prescription::new(issued.clone());
        let mut events = vec![Event::Issued(issued)];
        for attempt in attempts {
            if let Ok(event) = decide(&state, &attempt) {
                state = state.apply(&event).unwrap();
                events.push(event);
            }
        }
        events
    })
}

fn after(days: i16) -> Date {
    date(TODAY).saturating_add(Span::new().days(days))
}

fn decide(state: &Prescription, attempt: &Attempt) -> Result<Event, Vec<Refusal>> {
    let at: Timestamp = ISSUED_AT.parse().unwrap();
    match attempt {
        Attempt::Visit {
            day,
            lines,
            licensed,
            online,
            with_lot,
        } => {
            let handed = |&(line, packages): &(u8, u32)| HandedOver {
                line,
                packages: Packages::new(packages),
                clave: None,
                brand: None,
                retained_number: None,
                lot: with_lot.then(|| "L-001".to_owned()),
                expiry: with_lot.then(|| after(365)),
            };
            let lines = lines.iter().map(handed).collect();
            let command = DispenseCommand {
                at,
                on: after(*day),
                lines,
            };
            let place = PharmacyFacts {
                controlled_licence: *licensed,
                online: *online,
                ..pharmacy()
            };
            let answer = dispense::decide(state, &command, &place, &Parameters::default()).map(Event::Dispensed);
            if answer.is_ok() && !(*licensed && *online && *with_lot) {
                assert_nothing_controlled(state, &command);
            }
            answer
        }
        Attempt::Cancel { own } => {
            let by = if *own { PRESCRIBER } else { "7654321" };
            let reason = CancelReason::TherapyChanged;
            let command = CancelCommand {
                at,
                by: by.parse().unwrap(),
                reason,
            };
            let answer = cancel::decide(state, &command);
            answer
                .map(Event::Cancelled)
                .map_err(|refusal| vec![refusal])
        }
        Attempt::Expire { day } => {
            let answer = expire::decide(state, at, after(*day));
            answer.map(Event::Expired).map_err(|refusal| vec![refusal])
        }
    }
}

fn assert_nothing_controlled(state: &Prescription, command: &DispenseCommand) {
    for handed in &command.lines {
        let (line, _) = state.line(handed.line).unwrap();
        assert!(!line.fraction.is_controlled());
    }
}

/// What was handed over of a line, visit by visit.
fn visits_of(history: &[Event], number: u8) -> Vec<(&Dispensed, &DispensedLine)> {
    let mut visits = Vec::new();
    for event in history {
        if let Event::Dispensed(visit) = event {
            let parts = visit.lines.iter().filter(|part| part.line == number);
            visits.extend(parts.map(|part| (visit, part)));
        }
    }
    visits
}

/// The invariants. Of each line: (1) the state counts what was handed over, and never more than
/// was prescribed; (2) every visit was within the validity; (3) fractions I and II were filled
/// once and collected; (4) fraction III at most three times, and collected at the third only;
/// (5) IV and below were collected only if antibiotics, complete; (6) a closed line stays closed.
/// Of the whole: (7) it is completed if and only if all lines are closed; (8) nothing follows its
/// end.
fn assert_lawful(state: &Prescription, history: &[Event]) {
    for (number, (line, line_state)) in (1..).zip(state.issued.lines.iter().zip(&state.lines)) {
        let visits = visits_of(history, number);
        let total: u32 = visits.iter().map(|(_, part)| part.packages.count()).sum();
        assert_eq!(total, line_state.dispensed().count());
        assert!(total <= line.packages.count() * u32::from(line.fills));
        let written_on = state.issued.written_on;
        assert!(
            visits
                .iter()
                .all(|(visit, _)| (written_on..=line.valid_until).contains(&visit.on))
        );

        let kept: Vec<_> = visits.iter().map(|(_, part)| part.retained).collect();
        match line.fraction {
            Fraction::I | Fraction::II => assert!(kept.is_empty() || kept == [true]),
            Fraction::III => {
                let third = usize::from(FRACTION_III_MAX_FILLS) - 1;
                assert!(kept.len() <= third + 1);
                assert!(
                    kept.iter()
                        .enumerate()
                        .all(|(index, kept)| *kept == (index == third))
                );
            }
            Fraction::IV | Fraction::V | Fraction::VI => {
                let complete = total == line.packages.count() * u32::from(line.fills);
                assert_eq!(kept.contains(&true), line.antibiotic && complete);
            }
        }
        let retained = matches!(line_state, LineState::Closed { retained: true, .. });
        assert_eq!(retained, kept.last() == Some(&true));
        assert!(!kept.iter().rev().skip(1).any(|kept| *kept));
    }
    let all_closed = state
        .lines
        .iter()
        .all(|line| matches!(line, LineState::Closed { .. }));
    assert_eq!(all_closed, matches!(state.status, Status::Completed { .. }));
    let ends = history
        .iter()
        .filter(|e| matches!(e, Event::Cancelled(_) | Event::Expired(_)));
    let ends = ends.count();
    let ended = matches!(
        state.status,
        Status::Cancelled { .. } | Status::Expired { .. }
    );
    assert_eq!(ends, usize::from(ended));
    let last = history.last();
    assert_eq!(
        ended,
        matches!(last, Some(Event::Cancelled(_) | Event::Expired(_)))
    );
}

proptest! {
    /// Every decision is accepted by `apply`, every refusal says why and changes nothing, and
    /// every state on the way is lawful and is what its history amounts to.
    #[test]
    fn every_life_is_lawful(issued in issued(), attempts in vec(attempt(), 0..16)) {
        let mut state = Prescription::new(issued.clone());
        let mut history = vec![Event::Issued(issued)];
        for attempt in attempts {
            let before = state.clone();
            match decide(&state, &attempt) {
                Ok(event) => {
                    state = state.apply(&event).unwrap();
                    prop_assert_ne!(&state, &before);
                    history.push(event);
                }
                Err(refusals) => {
                    prop_assert!(!refusals.is_empty());
                    prop_assert_eq!(&state, &before);
                }
            }
            assert_lawful(&state, &history);
            prop_assert_eq!(&Prescription::from_history(&history).unwrap(), &state);
        }
    }

    /// The record survives its own format.
    #[test]
    fn a_history_reads_back(history in history()) {
        let written = serde_json::to_string(&history).unwrap();
        let read: Vec<Event> = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(read, history);
    }

    /// No life gets stuck: what is not at its end can still be cancelled, and expires in time.
    #[test]
    fn every_open_life_ends(history in history()) {
        let state = Prescription::from_history(&history).unwrap();
        if state.ensure_active().is_ok() {
            let expired = decide(&state, &Attempt::Expire { day: 200 });
            prop_assert!(expired.is_ok());
            let cancelled = decide(&state, &Attempt::Cancel { own: true });
            prop_assert!(cancelled.is_ok());
        }
    }
}
