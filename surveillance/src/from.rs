//! Facts from what the ledger's bodies say: movements, and the steps of prescriptions.
//!
//! Whoever calls these has verified the bodies.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use prescription::leaf::Pseudonym;
use prescription::{Clues, Event, Issued, Packages, Prescription};
use substances::{CountReason, Counterpart, Movement, MovementKind, MovementLine, Origin, Outside};

use crate::code::{CedulaCode, ClaveCode, CluesCode, PatientCode, RecetaCode};
use crate::day::Day;
use crate::fact::{Act, Fact, Flow, Handed, Source};
use crate::product::{Class, Products};

/// The facts of a movement of the register; of one that is derived from a prescription none, since
/// [`of_event`] gives them.
#[must_use]
pub fn of_movement(movement: &Movement, source: Source) -> Vec<Fact> {
    if !matches!(movement.origin, Origin::Register { .. }) {
        return Vec::new();
    }
    let fact = |act| Fact {
        source,
        at: movement.at.as_second(),
        day: movement.on.into(),
        establishment: CluesCode::from(&movement.establishment),
        act,
    };
    let acts = movement
        .lines
        .iter()
        .filter_map(|line| act_of(movement, line));
    acts.map(fact).collect()
}

fn act_of(movement: &Movement, line: &MovementLine) -> Option<Act> {
    let (flow, units) = flow_of(movement, line)?;
    let units = i64::try_from(units).unwrap_or(i64::MAX);
    Some(Act::Moved {
        clave: ClaveCode::from(&line.clave),
        flow,
        units: if movement.corrects.is_some() {
            -units
        } else {
            units
        },
        other: far_end(movement).map(CluesCode::from),
    })
}

fn flow_of(movement: &Movement, line: &MovementLine) -> Option<(Flow, u64)> {
    let on_the_way = movement.shipment.is_some();
    let taken_back = movement
        .shipment
        .as_ref()
        .is_some_and(|one| one.from == movement.establishment);
    let flow = match movement.kind {
        MovementKind::Opening => Flow::Opening,
        MovementKind::Manufacture => Flow::Manufactured,
        MovementKind::Import => Flow::Imported,
        MovementKind::Purchase => Flow::Bought,
        MovementKind::Shipment => Flow::Shipped,
        MovementKind::Receipt if taken_back => Flow::TakenBack,
        MovementKind::Receipt => Flow::Received,
        MovementKind::Export => Flow::Exported,
        MovementKind::Return => Flow::SentBack,
        MovementKind::Destruction => Flow::Destroyed,
        MovementKind::Loss | MovementKind::Theft if on_the_way => Flow::LostOnTheWay,
        MovementKind::Loss => Flow::Lost,
        MovementKind::Theft => Flow::Stolen,
        MovementKind::Release => Flow::Released,
        MovementKind::Count => return difference(line),
        MovementKind::Dispensing | MovementKind::Notice => return None,
    };
    Some((flow, line.units.count()))
}

/// What a count changes; nothing where it found what was expected.
fn difference(line: &MovementLine) -> Option<(Flow, u64)> {
    let counted = line.counted?;
    let (found, expected) = (line.units.count(), counted.expected.count());
    if found > expected {
        return Some((Flow::Found, found - expected));
    }
    let outside = counted
        .reason
        .map_or(Outside::Unexplained, CountReason::outside);
    let flow = match outside {
        Outside::Lost => Flow::Lost,
        Outside::Stolen => Flow::Stolen,
        Outside::Unexplained
        | Outside::Opening
        | Outside::Manufacture
        | Outside::Import
        | Outside::Export
        | Outside::Supplier
        | Outside::Patients
        | Outside::Destroyed => Flow::Missing,
    };
    (found < expected).then_some((flow, expected - found))
}

/// The establishment at the other end: of what is under way, the one that is not here.
fn far_end(movement: &Movement) -> Option<&Clues> {
    match (&movement.shipment, &movement.counterpart) {
        (Some(shipment), _) if shipment.from == movement.establishment => Some(&shipment.to),
        (Some(shipment), _) => Some(&shipment.from),
        (None, Some(Counterpart::Establishment(other))) => Some(other),
        (None, Some(Counterpart::Supplier { .. }) | None) => None,
    }
}

/// The facts of a step in the life of a prescription: its state `before`, where it had one, and
/// `after`.
#[must_use]
pub fn of_event(
    event: &Event,
    before: Option<&Prescription>,
    after: &Prescription,
    source: Source,
    products: &Products,
) -> Vec<Fact> {
    let step = Step {
        event,
        after,
        source,
        products,
    };
    let mut facts = match event {
        Event::Issued(issued) => step.issue(issued),
        Event::Dispensed(dispensed) => {
            let lines = dispensed.lines.iter();
            let lines = lines.map(|part| (part.line, part.packages));
            step.hand_over(
                &dispensed.pharmacy,
                dispensed.on.into(),
                lines,
                Act::Dispensed,
            )
        }
        // Wherever it goes from there, it came back: the patient does not have it.
        Event::Returned(returned) => {
            let lines = returned.lines.iter();
            let lines = lines.map(|part| (part.line, part.packages));
            step.hand_over(&returned.pharmacy, returned.on.into(), lines, Act::Returned)
        }
        Event::Cancelled(_)
        | Event::Expired(_)
        | Event::Erased(_)
        | Event::Suspended(_)
        | Event::Resumed(_)
        | Event::Transferred(_) => Vec::new(),
    };
    facts.extend(step.lapse(before));
    facts
}

struct Step<'s> {
    event: &'s Event,
    after: &'s Prescription,
    source: Source,
    products: &'s Products,
}

impl Step<'_> {
    fn issue(&self, issued: &Issued) -> Vec<Fact> {
        let (prescriber, receta) = self.by();
        let day = day_of(issued.at);
        let fact = |act| self.fact(&issued.establishment, day, act);
        let mut facts = vec![fact(Act::Issued { prescriber, receta })];
        for line in &issued.lines {
            let clave = ClaveCode::from(&line.clave);
            if self.products.class_on(clave, day) != Class::Other {
                facts.push(fact(Act::Prescribed {
                    clave,
                    units: self.units(clave, line.packages, line.fills),
                    prescriber,
                    patient: PatientCode::from(&issued.patient),
                    receta,
                }));
            }
        }
        facts
    }

    fn hand_over(
        &self,
        pharmacy: &Clues,
        day: Day,
        lines: impl Iterator<Item = (u8, Packages)>,
        act: impl Fn(Handed) -> Act,
    ) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (number, packages) in lines {
            let Some((line, _)) = self.after.line(number) else {
                continue;
            };
            let clave = ClaveCode::from(&line.clave);
            if self.products.class_on(clave, day) == Class::Other {
                continue;
            }
            let handed = Handed {
                clave,
                units: self.units(clave, packages, 1),
                patient: Some(PatientCode::from(&self.after.issued.patient)),
                prescribed: Some(self.by()),
            };
            facts.push(self.fact(pharmacy, day, act(handed)));
        }
        facts
    }

    /// What will never be handed over any more, or after all will, by this step.
    fn lapse(&self, before: Option<&Prescription>) -> Vec<Fact> {
        let issued = &self.after.issued;
        let day = day_of(self.event.at());
        let (_, receta) = self.by();
        let lines = issued.lines.iter().enumerate();
        let changed = lines.filter_map(|(at, line)| {
            let clave = ClaveCode::from(&line.clave);
            let was = before.map_or(0, |before| self.left_for_good(before, at));
            let units = self.left_for_good(self.after, at) - was;
            let booked = self.products.class_on(clave, day) != Class::Other;
            (booked && units != 0).then_some(Act::Lapsed {
                clave,
                units,
                receta,
            })
        });
        changed
            .map(|act| self.fact(&issued.establishment, day, act))
            .collect()
    }

    /// Units of a line that nobody will hand over, because the prescription ended in this state.
    fn left_for_good(&self, state: &Prescription, at: usize) -> i64 {
        let line = state.issued.lines.get(at).zip(state.lines.get(at));
        let Some((line, progress)) = line.filter(|_| state.status.ended_at().is_some()) else {
            return 0;
        };
        let clave = ClaveCode::from(&line.clave);
        let prescribed = self.units(clave, line.packages, line.fills);
        let handed = self.units(clave, progress.dispensed(), 1);
        i64::try_from(prescribed.saturating_sub(handed)).unwrap_or(i64::MAX)
    }

    fn fact(&self, establishment: &Clues, day: Day, act: Act) -> Fact {
        Fact {
            source: self.source,
            at: self.event.at().as_second(),
            day,
            establishment: CluesCode::from(establishment),
            act,
        }
    }

    fn by(&self) -> (CedulaCode, RecetaCode) {
        let issued = &self.after.issued;
        let receta = RecetaCode::from(Pseudonym::of(issued.folio));
        (CedulaCode::from(&issued.prescriber), receta)
    }

    fn units(&self, clave: ClaveCode, packages: Packages, fills: u8) -> u64 {
        // Of a prescription in unit doses, what counts as packages are units (LGS art. 226 Bis).
        let product = self.products.get(clave);
        let product = product.filter(|_| self.after.issued.setting.is_outpatient());
        let units = product.map_or(1, |product| product.units_per_package);
        let packages = u64::from(packages.count());
        packages
            .saturating_mul(u64::from(units))
            .saturating_mul(u64::from(fills))
    }
}

/// The day in the centre of the country (UTC−6), where most of it lives: an act that names no law's
/// day is told by it.
fn day_of(at: Timestamp) -> Day {
    TimeZone::fixed(Offset::constant(-6))
        .to_datetime(at)
        .date()
        .into()
}

#[cfg(test)]
mod tests;
