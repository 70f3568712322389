//! Bodies against leaves and against the law: each opens its commitment, says what its leaf says,
//! and the events of each prescription fold into a lawful history.

use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use prescription::body::{EventBody, commitment};
use prescription::leaf::{Leaf, LeafKind, Pseudonym};
use prescription::{Dispensed, Event, Issued, Prescription, Returned, Transferred};

use super::bodies::BodyRecord;
use super::{Finding, Findings};

/// What a body and its leaf can disagree about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafField {
    /// What happened.
    Kind,
    /// To which prescription.
    Pseudonym,
    /// The state before.
    Before,
    /// The state after.
    After,
    /// The controlled medicines and their quantities.
    Controlled,
    /// Where.
    Establishment,
    /// When, to the second.
    Time,
    /// Packages handed over and prescribed.
    Totals,
    /// The places taken in the map.
    Claimed,
    /// The places given back in the map.
    Released,
    /// The entries whose bodies were destroyed.
    Erased,
}

impl LeafField {
    pub(super) fn in_spanish(self) -> &'static str {
        match self {
            Self::Kind => "el tipo de acto",
            Self::Pseudonym => "la receta (seudónimo del folio)",
            Self::Before => "el estado anterior",
            Self::After => "el estado posterior",
            Self::Controlled => "los medicamentos controlados",
            Self::Establishment => "el establecimiento",
            Self::Time => "la hora",
            Self::Totals => "los envases surtidos y recetados",
            Self::Claimed => "los lugares que toma en el mapa",
            Self::Released => "los lugares que devuelve en el mapa",
            Self::Erased => "las entradas destruidas",
        }
    }
}

/// One entry with its body, opened.
pub(super) struct Step<'a> {
    pub(super) index: u64,
    pub(super) leaf: &'a Leaf,
    pub(super) body: &'a EventBody,
    /// Findings before this entry.
    pub(super) found: u64,
}

/// A prescription that is not at its end, folded from its bodies so far.
#[derive(Debug)]
pub(super) struct Open {
    state: Prescription,
    /// SHA-256 of its QR: what a pharmacy that dispenses has read.
    pub(super) qr_digest: Option<[u8; 32]>,
}

impl Open {
    pub(super) fn issued(&self) -> &Issued {
        &self.state.issued
    }
}

/// How long after its end a prescription of which something was handed over is kept: medicine may
/// still come back. No pharmacy has that long; a return that comes later is not judged.
const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(24 * 92);

/// The prescriptions that are not at their end, or were a short while ago. One whose earlier bodies
/// are not all there is not here.
#[derive(Debug, Default)]
pub(super) struct Folds {
    open: HashMap<Pseudonym, Open>,
    /// Those at their end among them, in the order in which they ended.
    ended: VecDeque<(Timestamp, Pseudonym)>,
}

impl Folds {
    /// Takes a prescription out; [`Folds::step`] puts it back. Also how one is given up whose
    /// next body is missing or wrong.
    pub(super) fn take(&mut self, pseudonym: Pseudonym) -> Option<Open> {
        self.open.remove(&pseudonym)
    }

    /// Applies the event of `step` to `known`, what came before it. Returns whether the history
    /// could be judged: not without the body of every earlier event. `tell` hears of a step in which
    /// nothing is wrong.
    pub(super) fn step(
        &mut self,
        step: &Step<'_>,
        known: Option<Open>,
        qr_digest: Option<[u8; 32]>,
        findings: &mut Findings,
        tell: &mut dyn FnMut(Option<&Prescription>, &Prescription),
    ) -> bool {
        let (index, event) = (step.index, &step.body.event);
        let folio = event.folio();
        check_days(step, known.as_ref(), findings);
        let qr_digest = known.as_ref().map_or(qr_digest, |open| open.qr_digest);
        let before = known.map(|open| open.state);
        let applied = match (&before, event) {
            (Some(before), _) => before.clone().apply(event),
            (None, Event::Issued(issued)) => Ok(Prescription::new(issued.clone())),
            (
                None,
                Event::Dispensed(_)
                | Event::Cancelled(_)
                | Event::Expired(_)
                | Event::Suspended(_)
                | Event::Resumed(_)
                | Event::Returned(_)
                | Event::Transferred(_),
            ) => {
                compare_alone(step, findings);
                return false;
            }
            // What is erased is at its end, and what is at its end is not kept. The chain of leaves
            // has judged when it happened and to which entries.
            (None, Event::Erased(_)) => {
                compare_alone(step, findings);
                return true;
            }
        };
        match applied {
            Err(reason) => findings.push(Finding::HistoryUnlawful {
                index,
                folio,
                reason,
            }),
            Ok(after) => {
                compare(step, before.as_ref(), &after, findings);
                if findings.total() == step.found {
                    tell(before.as_ref(), &after);
                }
                self.keep(step.leaf.pseudonym, after, qr_digest);
                self.forget_ended_before(step.leaf.at);
            }
        }
        true
    }
}

impl Folds {
    fn keep(&mut self, pseudonym: Pseudonym, after: Prescription, qr_digest: Option<[u8; 32]>) {
        if !can_go_on(&after) {
            return;
        }
        if let Some(at) = after.status.ended_at() {
            self.ended.push_back((at, pseudonym));
        }
        let state = without_words(after);
        self.open.insert(pseudonym, Open { state, qr_digest });
    }

    fn forget_ended_before(&mut self, now: Timestamp) {
        while let Some((at, pseudonym)) = self.ended.front().copied() {
            if now.duration_since(at) <= KEPT_AFTER_END {
                break;
            }
            self.ended.pop_front();
            // A correction may have opened it again.
            let known = self.open.get(&pseudonym);
            if known.is_some_and(|open| open.state.status.ended_at() == Some(at)) {
                self.open.remove(&pseudonym);
            }
        }
    }
}

/// Whether anything but an erasure can follow that needs the earlier bodies: of what was handed
/// over, something may still come back after the end.
fn can_go_on(state: &Prescription) -> bool {
    state.erased.is_none() && (state.status.ended_at().is_none() || state.is_touched())
}

/// What no later event needs is not kept: there are many open prescriptions.
fn without_words(mut state: Prescription) -> Prescription {
    for line in &mut state.issued.lines {
        line.substance = String::new();
        line.brand = None;
    }
    state
}

/// Opens the commitment of `leaf` and reads the body, which must be of the leaf's prescription.
pub(super) fn open_body(
    index: u64,
    leaf: &Leaf,
    record: &BodyRecord,
    findings: &mut Findings,
) -> Option<EventBody> {
    if commitment(&record.salt, &record.body) != leaf.commitment {
        findings.push(Finding::CommitmentMismatch { index });
        return None;
    }
    let Ok(body) = EventBody::from_canonical(&record.body) else {
        findings.push(Finding::BodyMalformed { index });
        return None;
    };
    let folio = body.event.folio();
    if Pseudonym::of(folio) != leaf.pseudonym {
        let field = LeafField::Pseudonym;
        findings.push(Finding::EventDiffersFromLeaf {
            index,
            folio,
            field,
        });
        return None;
    }
    Some(body)
}

/// Compares the leaf with the one that the event would have had.
fn compare(
    step: &Step<'_>,
    before: Option<&Prescription>,
    after: &Prescription,
    findings: &mut Findings,
) {
    let leaf = step.leaf;
    let due = Leaf::of(&step.body.event, before, after, leaf.commitment);
    let differing = [
        (due.kind != leaf.kind, LeafField::Kind),
        (due.before != leaf.before, LeafField::Before),
        (due.after != leaf.after, LeafField::After),
        (due.controlled != leaf.controlled, LeafField::Controlled),
        (
            due.establishment != leaf.establishment,
            LeafField::Establishment,
        ),
        (due.at.as_second() != leaf.at.as_second(), LeafField::Time),
        (due.totals != leaf.totals, LeafField::Totals),
        (due.claimed != leaf.claimed, LeafField::Claimed),
        (due.released != leaf.released, LeafField::Released),
        (due.erased != leaf.erased, LeafField::Erased),
    ];
    report(step, &differing, findings);
}

/// What can be compared without the rest of the history.
fn compare_alone(step: &Step<'_>, findings: &mut Findings) {
    let (leaf, event) = (step.leaf, &step.body.event);
    let (kind, elsewhere) = match event {
        Event::Issued(_) => (LeafKind::Issued, false),
        Event::Dispensed(dispensed) => (
            LeafKind::Dispensed,
            leaf.establishment.as_ref() != Some(&dispensed.pharmacy),
        ),
        Event::Cancelled(_) => (LeafKind::Cancelled, false),
        Event::Expired(_) => (LeafKind::Expired, false),
        Event::Erased(_) => (LeafKind::Erased, false),
        Event::Suspended(_) => (LeafKind::Suspended, false),
        Event::Resumed(_) => (LeafKind::Resumed, false),
        Event::Returned(returned) => (
            LeafKind::Returned,
            leaf.establishment.as_ref() != Some(&returned.pharmacy),
        ),
        Event::Transferred(transferred) => (
            LeafKind::Transferred,
            leaf.establishment.as_ref() != Some(transferred.recorder()),
        ),
    };
    let others = match event {
        Event::Erased(erased) => erased.entries != leaf.erased,
        Event::Issued(_)
        | Event::Dispensed(_)
        | Event::Cancelled(_)
        | Event::Expired(_)
        | Event::Suspended(_)
        | Event::Resumed(_)
        | Event::Returned(_)
        | Event::Transferred(_) => false,
    };
    let differing = [
        (kind != leaf.kind, LeafField::Kind),
        (others, LeafField::Erased),
        (elsewhere, LeafField::Establishment),
        (
            event.at().as_second() != leaf.at.as_second(),
            LeafField::Time,
        ),
    ];
    report(step, &differing, findings);
}

fn report(step: &Step<'_>, differing: &[(bool, LeafField)], findings: &mut Findings) {
    let (index, folio) = (step.index, step.body.event.folio());
    for (_, field) in differing.iter().filter(|(differs, _)| *differs) {
        findings.push(Finding::EventDiffersFromLeaf {
            index,
            folio,
            field: *field,
        });
    }
}

/// The law counts days where the act happens. The ledger does not say in which zone that is, but
/// all of Mexico lies between UTC−8 and UTC−5 (Ley de los Husos Horarios, 2022).
fn check_days(step: &Step<'_>, known: Option<&Open>, findings: &mut Findings) {
    let (index, event) = (step.index, &step.body.event);
    let (folio, at) = (event.folio(), event.at());
    let days = days_of(at);
    let (first, last) = (*days.start(), *days.end());
    match event {
        // A receta may be dated back, which the rules of issue bound, but not ahead.
        Event::Issued(issued) if issued.written_on > last => {
            findings.push(Finding::DayDiffers { index, folio });
        }
        Event::Dispensed(Dispensed { on, .. })
        | Event::Returned(Returned { on, .. })
        | Event::Transferred(Transferred { on, .. })
            if !(first..=last).contains(on) =>
        {
            findings.push(Finding::DayDiffers { index, folio });
        }
        Event::Expired(_) => {
            let until = known.map(|open| open.state.valid_until());
            if let Some(until) = until.filter(|until| last <= *until) {
                findings.push(Finding::ExpiredTooEarly {
                    index,
                    folio,
                    until,
                });
            }
        }
        Event::Issued(_)
        | Event::Dispensed(_)
        | Event::Cancelled(_)
        | Event::Erased(_)
        | Event::Suspended(_)
        | Event::Resumed(_)
        | Event::Returned(_)
        | Event::Transferred(_) => {}
    }
}

/// The days that it is somewhere in Mexico.
pub(super) fn days_of(at: Timestamp) -> RangeInclusive<Date> {
    day_at(at, -8)..=day_at(at, -5)
}

fn day_at(at: Timestamp, hours: i8) -> Date {
    TimeZone::fixed(Offset::constant(hours))
        .to_datetime(at)
        .date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_mexico() {
        // 21:30 in Tijuana (UTC−8, still the 1st), 00:30 in Cancún (UTC−5, already the 2nd).
        let at: Timestamp = "2026-12-02T05:30:00Z".parse().unwrap();
        assert_eq!(day_at(at, -8), "2026-12-01".parse().unwrap());
        assert_eq!(day_at(at, -5), "2026-12-02".parse().unwrap());
    }
}
