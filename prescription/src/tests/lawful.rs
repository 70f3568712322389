//! What a lawful life is, stated of its history and not of the rules.

use jiff::civil::Date;

use crate::law::{FRACTION_III_MAX_FILLS, Parameters};
use crate::{
    Clues, Dispensed, DispensedLine, Event, Fraction, IssuedLine, LineState, Prescription, Status,
};

/// One visit as it counts: without what a correction undid.
#[derive(Debug)]
struct Visit<'h> {
    event: &'h Dispensed,
    part: &'h DispensedLine,
    counted: u32,
}

/// Of each line: (1) the state counts what was handed over, and never more than was prescribed; (2)
/// every visit was within the validity; (3) fraction I was handed over by whoever collected it, and
/// collected every time; (4) fraction II was filled once and collected; (5) fraction III at most
/// three times; (6) IV and below were collected only if antibiotics; (7) no fill came before its
/// time. Of each dispensing: (8) no more came back than went out, to the pharmacy that dispensed, in
/// its window. Of the whole: (9) it is completed if and only if all lines are closed; (10) after its
/// end only returns; (11) nothing was handed over or transferred while it was suspended.
pub(super) fn assert_lawful(state: &Prescription, history: &[Event]) {
    for (number, (line, line_state)) in (1..).zip(state.issued.lines.iter().zip(&state.lines)) {
        let visits = visits_of(history, number);
        let counted: Vec<_> = visits.iter().filter(|visit| visit.counted > 0).collect();
        let total: u32 = counted.iter().map(|visit| visit.counted).sum();
        assert_eq!(total, line_state.dispensed().count());
        assert!(total <= line.packages.count() * u32::from(line.fills));
        let validity = state.issued.written_on..=line.valid_until;
        assert!(
            visits
                .iter()
                .all(|visit| validity.contains(&visit.event.on))
        );
        assert_fraction(line, &counted, *line_state);
        assert_intervals(line, history, &visits);
    }
    assert_returns(history);
    assert_ends(state, history);
    assert_suspensions(history);
}

fn assert_fraction(line: &IssuedLine, visits: &[&Visit<'_>], state: LineState) {
    let retained = matches!(state, LineState::Closed { retained: true, .. });
    let total: u32 = visits.iter().map(|visit| visit.counted).sum();
    match line.fraction {
        Fraction::I => {
            assert!(visits.iter().all(|visit| visit.part.retained));
            let places: Vec<_> = visits.iter().map(|visit| &visit.event.pharmacy).collect();
            assert!(places.windows(2).all(|pair| pair[0] == pair[1]));
            assert_eq!(retained, total == line.packages.count());
        }
        Fraction::II => {
            assert!(visits.len() <= 1 && visits.iter().all(|visit| visit.part.retained));
            assert_eq!(retained, !visits.is_empty());
        }
        Fraction::III => {
            assert!(visits.len() <= usize::from(FRACTION_III_MAX_FILLS.min(line.fills)));
            let closed = matches!(state, LineState::Closed { .. });
            assert_eq!(closed, visits.len() == usize::from(line.fills));
        }
        Fraction::IV | Fraction::V | Fraction::VI => {
            let complete = total == line.packages.count() * u32::from(line.fills);
            assert_eq!(matches!(state, LineState::Closed { .. }), complete);
            assert!(!retained || (line.antibiotic && complete));
        }
    }
}

/// Where nothing was corrected, a fill that begins does so an interval, less the tolerance, after
/// the one before.
fn assert_intervals(line: &IssuedLine, history: &[Event], visits: &[Visit<'_>]) {
    let corrected = history
        .iter()
        .any(|event| matches!(event, Event::Returned(_)));
    let Some(interval) = line.refill_interval.filter(|_| !corrected) else {
        return;
    };
    let tolerance = Parameters::default()
        .refill_tolerance_days
        .min(interval / 4);
    let mut begins: Vec<(u8, Date)> = Vec::new();
    for visit in visits {
        if begins
            .last()
            .is_none_or(|(fill, _)| *fill < visit.part.fill)
        {
            begins.push((visit.part.fill, visit.event.on));
        }
    }
    for pair in begins.windows(2) {
        let days = (pair[1].1 - pair[0].1).get_days();
        assert!(days >= i32::from(interval - tolerance), "{days} {interval}");
    }
}

/// What was handed over of a line, visit by visit, without what was undone.
fn visits_of(history: &[Event], number: u8) -> Vec<Visit<'_>> {
    let mut visits = Vec::new();
    for (ordinal, event) in (1..).zip(dispensings(history)) {
        let undone = back(history, ordinal, number, true);
        let parts = event.lines.iter().filter(|part| part.line == number);
        visits.extend(parts.map(|part| Visit {
            event,
            part,
            counted: part.packages.count() - undone,
        }));
    }
    visits
}

fn dispensings(history: &[Event]) -> impl Iterator<Item = &Dispensed> {
    history.iter().filter_map(|event| {
        let Event::Dispensed(event) = event else {
            return None;
        };
        Some(event)
    })
}

/// Packages of a line of dispensing number `ordinal` that came back; only those that were undone
/// with `undone`.
fn back(history: &[Event], ordinal: u32, number: u8, undone: bool) -> u32 {
    let returns = history.iter().filter_map(|event| {
        let Event::Returned(event) = event else {
            return None;
        };
        (event.dispensing == ordinal).then_some(&event.lines)
    });
    let lines = returns.flatten().filter(|line| line.line == number);
    let lines = lines.filter(|line| line.undoes || !undone);
    lines.map(|line| line.packages.count()).sum()
}

fn assert_returns(history: &[Event]) {
    for (ordinal, event) in (1..).zip(dispensings(history)) {
        for part in &event.lines {
            assert!(back(history, ordinal, part.line, false) <= part.packages.count());
        }
    }
    let dispensings: Vec<_> = dispensings(history).collect();
    for event in history {
        if let Event::Returned(event) = event {
            let of = dispensings[usize::try_from(event.dispensing).unwrap() - 1];
            assert_eq!(event.pharmacy, of.pharmacy);
            assert!((0..=30).contains(&(event.on - of.on).get_days()));
        }
    }
}

fn assert_ends(state: &Prescription, history: &[Event]) {
    let mut lines = state.lines.iter();
    let all_closed = lines.all(|line| matches!(line, LineState::Closed { .. }));
    match state.status {
        Status::Completed { .. } => assert!(all_closed),
        Status::Active => assert!(!all_closed),
        Status::Cancelled { .. } | Status::Expired { .. } => {
            let end = |event: &Event| matches!(event, Event::Cancelled(_) | Event::Expired(_));
            let at = history.iter().position(end).unwrap();
            let mut rest = history[at + 1..].iter();
            assert!(rest.all(|event| matches!(event, Event::Returned(_))));
        }
        Status::Suspended { .. } => {}
    }
}

fn assert_suspensions(history: &[Event]) {
    let (mut suspended, mut owner): (bool, Option<&Clues>) = (false, None);
    for event in history {
        match event {
            Event::Suspended(_) => suspended = true,
            Event::Resumed(_) => suspended = false,
            Event::Dispensed(event) => {
                assert!(!suspended);
                owner = Some(&event.pharmacy);
            }
            Event::Transferred(event) => {
                assert!(!suspended && owner.is_some() && event.from != event.to);
            }
            Event::Issued(_)
            | Event::Cancelled(_)
            | Event::Expired(_)
            | Event::Erased(_)
            | Event::Returned(_) => {}
        }
    }
}
