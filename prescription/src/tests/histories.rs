//! Random lives of prescriptions: whatever is asked, by whomever and whenever, every life that
//! results is lawful. What lawful means, `lawful` states of the history, without the rules.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::fixture::{PRESCRIBER, TODAY, date, issue, pharmacy};
use super::lawful::assert_lawful;
use crate::cancel::{self, CancelCommand};
use crate::dispense::{self, DispenseCommand, HandedOver, PharmacyFacts};
use crate::event::{CancelReason, Destination, ReturnReason, SuspendReason, TransferBasis};
use crate::law::{FRACTION_II_MAX_PACKAGES, Parameters};
use crate::resume::{self, ResumeCommand};
use crate::suspend::{self, SuspendCommand};
use crate::take_back::{self, BroughtBack, ReturnCommand};
use crate::transfer::{self, TransferCommand};
use crate::{Clues, Event, Fraction, Issued, Packages, Prescription, Refusal, expire};

/// The pharmacies that try: that of the fixture, and another.
const OTHER_PHARMACY: &str = "MCSSA000013";

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
        own: bool,
    },
    /// A pharmacy takes back or corrects.
    TakeBack {
        day: i16,
        own: bool,
        dispensing: u32,
        line: (u8, u32),
        reason: ReturnReason,
    },
    /// What is owed goes to the other pharmacy, or back.
    Transfer { day: i16, own: bool, released: bool },
    /// The prescriber, or somebody else, cancels, suspends or resumes.
    Prescriber { own: bool, what: Order },
    /// The clock passes, `day` days after the date written.
    Expire { day: i16 },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Cancel,
    Suspend,
    Resume,
}

/// Lawful prescriptions of one to four lines.
fn issued() -> impl Strategy<Value = Issued> {
    let interval = prop::option::weighted(0.3, 1_u16..=30);
    let line = (0_usize..6, any::<bool>(), 1_u32..=4, 1_u8..=4, interval);
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
            for (index, (_, antibiotic, packages, fills, interval)) in lines.iter().enumerate() {
                let asked = &mut command.lines[index];
                let ii = fractions[index] == Fraction::II;
                let most = if ii {
                    FRACTION_II_MAX_PACKAGES
                } else {
                    u32::MAX
                };
                asked.packages = Packages::new((*packages).min(most));
                asked.fills = (*fills).min(asked.fills);
                asked.refill_interval = interval.filter(|_| asked.fills > 1);
                // Antibiotics are valid for thirty days.
                if *antibiotic {
                    asked.refill_interval = asked.refill_interval.map(|days| days.min(10));
                }
                facts.medicines[index].antibiotic = *antibiotic;
            }
        });
        answer.unwrap()
    })
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let day = || prop_oneof![4 => 0_i16..=30, 1 => -1_i16..=190];
    let visit = (
        day(),
        vec((0_u8..=5, 0_u32..=4), 0..=4),
        prop::array::uniform4(0_u8..10),
    );
    let visit = visit.prop_map(|(day, lines, dice)| {
        let [licensed, online, with_lot, own] = dice.map(|die| die > 0);
        Attempt::Visit {
            day,
            lines,
            licensed,
            online,
            with_lot,
            own,
        }
    });
    let reason = prop::sample::select(ReturnReason::ALL);
    let back = (day(), 0_u32..=4, (1_u8..=4, 0_u32..=4), reason, 0_u8..10);
    let back = back.prop_map(|(day, dispensing, line, reason, own)| Attempt::TakeBack {
        day,
        own: own > 0,
        dispensing,
        line,
        reason,
    });
    let transfer = (day(), any::<bool>(), any::<bool>());
    let transfer =
        transfer.prop_map(|(day, own, released)| Attempt::Transfer { day, own, released });
    let order =
        prop_oneof![1 => Just(Order::Cancel), 2 => Just(Order::Suspend), 4 => Just(Order::Resume)];
    let order = (order, 0_u8..5);
    prop_oneof![
        12 => visit,
        6 => back,
        2 => transfer,
        3 => order.prop_map(|(what, own)| Attempt::Prescriber { own: own > 0, what }),
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

fn instant(days: i16) -> Timestamp {
    format!("{}T18:00:00Z", after(days)).parse().unwrap()
}

fn place(own: bool) -> Clues {
    if own {
        pharmacy().clues
    } else {
        OTHER_PHARMACY.parse().unwrap()
    }
}

fn decide(state: &Prescription, attempt: &Attempt) -> Result<Event, Vec<Refusal>> {
    let one = |refusal| vec![refusal];
    match attempt {
        Attempt::Visit { .. } => visit(state, attempt),
        Attempt::TakeBack { .. } => take_back(state, attempt),
        Attempt::Transfer { day, own, released } => {
            let (from, to) = (place(*own), place(!*own));
            let command = TransferCommand {
                at: instant(*day),
                on: after(*day),
                by: if *released { from.clone() } else { to.clone() },
                from,
                to,
                basis: if *released {
                    TransferBasis::Released
                } else {
                    TransferBasis::PatientRequest
                },
            };
            let answer = transfer::decide(state, &command);
            answer.map(Event::Transferred).map_err(one)
        }
        Attempt::Prescriber { own, what } => order(state, *own, *what).map_err(one),
        Attempt::Expire { day } => {
            let answer = expire::decide(state, instant(*day), after(*day));
            answer.map(Event::Expired).map_err(one)
        }
    }
}

fn order(state: &Prescription, own: bool, what: Order) -> Result<Event, Refusal> {
    let at = instant(0);
    let by = if own { PRESCRIBER } else { "7654321" }.parse().unwrap();
    match what {
        Order::Cancel => {
            let reason = CancelReason::TherapyChanged;
            let command = CancelCommand { at, by, reason };
            cancel::decide(state, &command).map(Event::Cancelled)
        }
        Order::Suspend => {
            let reason = SuspendReason::Interaction;
            let command = SuspendCommand { at, by, reason };
            suspend::decide(state, &command).map(Event::Suspended)
        }
        Order::Resume => resume::decide(state, &ResumeCommand { at, by }).map(Event::Resumed),
    }
}

fn visit(state: &Prescription, attempt: &Attempt) -> Result<Event, Vec<Refusal>> {
    let Attempt::Visit {
        day,
        lines,
        licensed,
        online,
        with_lot,
        own,
    } = attempt
    else {
        return Err(Vec::new());
    };
    let handed = |&(line, packages): &(u8, u32)| HandedOver {
        line,
        packages: Packages::new(packages),
        clave: None,
        brand: None,
        retained_number: None,
        lot: with_lot.then(|| "L-001".to_owned()),
        expiry: with_lot.then(|| after(365)),
    };
    let command = DispenseCommand {
        at: instant(*day),
        on: after(*day),
        lines: lines.iter().map(handed).collect(),
    };
    let facts = PharmacyFacts {
        clues: place(*own),
        controlled_licence: *licensed,
        online: *online,
        today: Vec::new(),
    };
    let answer = dispense::decide(state, &command, &facts, &Parameters::default());
    if answer.is_ok() && !(*licensed && *online && *with_lot) {
        for handed in &command.lines {
            let (line, _) = state.line(handed.line).unwrap();
            assert!(!line.fraction.is_controlled());
        }
    }
    answer.map(Event::Dispensed)
}

fn take_back(state: &Prescription, attempt: &Attempt) -> Result<Event, Vec<Refusal>> {
    let Attempt::TakeBack {
        day,
        own,
        dispensing,
        line: (line, packages),
        reason,
    } = attempt
    else {
        return Err(Vec::new());
    };
    let command = ReturnCommand {
        at: instant(*day),
        on: after(*day),
        pharmacy: place(*own),
        dispensing: *dispensing,
        reason: *reason,
        lines: vec![BroughtBack {
            line: *line,
            packages: Packages::new(*packages),
            destination: Destination::Quarantine,
        }],
    };
    let answer = take_back::decide(state, &command, &Parameters::default());
    answer.map(Event::Returned)
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
        if state.ensure_not_ended().is_ok() {
            let expired = decide(&state, &Attempt::Expire { day: 200 });
            prop_assert!(expired.is_ok());
            let cancelled = order(&state, true, Order::Cancel);
            prop_assert!(cancelled.is_ok());
        }
    }
}
