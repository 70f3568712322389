//! `dosageInstruction` ↔ [`Dosage`].

use prescription::{Dosage, DoseUnit, Packages, Period, Route};

use super::node::Node;
use super::primitive;
use super::shape::{Errors, ShapeProblem};
use super::{systems, terms};

/// Elements that would change how the medicine is taken in ways that [`Dosage`], the QR and the
/// counter do not carry. Keeping them silently would sign one order and dispense another.
const DOSAGE_UNSUPPORTED: [&str; 3] = [
    "maxDosePerPeriod",
    "maxDosePerAdministration",
    "maxDosePerLifetime",
];
const RATE_UNSUPPORTED: [&str; 4] = ["doseRange", "rateRatio", "rateRange", "rateQuantity"];
const REPEAT_UNSUPPORTED: [&str; 11] = [
    "boundsRange",
    "boundsPeriod",
    "count",
    "countMax",
    "duration",
    "durationMax",
    "durationUnit",
    "frequencyMax",
    "periodMax",
    "dayOfWeek",
    "offset",
];

/// What `timing.repeat` says.
struct Rhythm {
    times: u16,
    every: u16,
    period: Period,
    days: u16,
}

/// Reads the only `dosageInstruction` of a `MedicationRequest`.
pub(super) fn read(request: &Node<'_>, errors: &mut Errors) -> Option<Dosage> {
    let node = request.only("dosageInstruction", errors)?;
    node.forbid(&DOSAGE_UNSUPPORTED, ShapeProblem::Unsupported, errors);
    let rhythm = read_rhythm(&node, errors);
    let route = node
        .object("route", errors)
        .and_then(|route| read_route(&route, errors));
    let dose = read_dose(&node, errors);
    // Whatever it is needed for stays in the signed document.
    let reason = node.get("asNeededCodeableConcept");
    if reason.is_some() && node.get("asNeededBoolean").is_some() {
        errors.push(node.path_of("asNeededBoolean"), ShapeProblem::Contradiction);
    }
    let as_needed = node.flag("asNeededBoolean", errors) || reason.is_some();
    let Rhythm {
        times,
        every,
        period,
        days,
    } = rhythm?;
    let (dose_milli, unit) = dose?;
    Some(Dosage {
        dose_milli,
        unit,
        times,
        every,
        period,
        days,
        route: route?,
        as_needed,
    })
}

fn read_rhythm(node: &Node<'_>, errors: &mut Errors) -> Option<Rhythm> {
    let timing = node.object("timing", errors)?;
    timing.forbid(&["event"], ShapeProblem::Unsupported, errors);
    let repeat = timing.object("repeat", errors)?;
    repeat.forbid(&REPEAT_UNSUPPORTED, ShapeProblem::Unsupported, errors);
    let times = repeat.number("frequency", errors, small_count);
    let every = repeat.number("period", errors, small_count);
    let period = repeat.text("periodUnit", errors, |code| {
        terms::period_from_code(code).ok_or(ShapeProblem::UnknownCode("h, d, wk"))
    });
    let days = repeat.object("boundsDuration", errors).and_then(|bounds| {
        bounds.forbid(&["comparator"], ShapeProblem::Unsupported, errors);
        bounds.optional_fixed("system", systems::UCUM, errors);
        bounds.fixed("code", "d", errors);
        bounds.number("value", errors, small_count)
    });
    Some(Rhythm {
        times: times?,
        every: every?,
        period: period?,
        days: days?,
    })
}

/// A count that fits the QR's fields. Zero is left to the rules, which refuse it with the article.
fn small_count(number: &serde_json::Number) -> Result<u16, ShapeProblem> {
    let most = u32::from(u16::MAX);
    u16::try_from(primitive::count(number)?)
        .map_err(|_| ShapeProblem::OutOfRange { least: 0, most })
}

/// A SNOMED CT coding, a Spanish text, or both if they agree.
fn read_route(route: &Node<'_>, errors: &mut Errors) -> Option<Route> {
    let codings = route.optional_list("coding", errors);
    let snomed = codings.iter().find(|coding| {
        coding
            .value
            .get("system")
            .is_some_and(|s| s == systems::SNOMED)
    });
    let known = "oral, sublingual, intravenosa, intramuscular, subcutánea, tópica, transdérmica, \
                 oftálmica, ótica, nasal, inhalada, rectal, vaginal, bucal";
    let Some(coding) = snomed else {
        return route.text("text", errors, |text| {
            terms::route_from_term(text).ok_or(ShapeProblem::UnknownCode(known))
        });
    };
    let by_code = coding.text("code", errors, |code| {
        terms::route_from_snomed(code).ok_or(ShapeProblem::UnknownCode(known))
    })?;
    // A free text that is no term of ours ("por la boca") says nothing against the code.
    let by_text = route.optional_text("text", errors, |text| Ok(terms::route_from_term(text)));
    if by_text.flatten().is_some_and(|by_text| by_text != by_code) {
        errors.push(route.path_of("text"), ShapeProblem::Contradiction);
    }
    Some(by_code)
}

fn read_dose(node: &Node<'_>, errors: &mut Errors) -> Option<(u32, DoseUnit)> {
    let rate = node.only("doseAndRate", errors)?;
    rate.forbid(&RATE_UNSUPPORTED, ShapeProblem::Unsupported, errors);
    let quantity = rate.object("doseQuantity", errors)?;
    quantity.forbid(&["comparator"], ShapeProblem::Unsupported, errors);
    let milli = quantity.number("value", errors, |number| {
        u32::try_from(primitive::thousandths(number)?).map_err(|_| ShapeProblem::OutOfRange {
            least: 0,
            most: u32::MAX / 1000,
        })
    });
    let unit = read_unit(&quantity, errors);
    Some((milli?, unit?))
}

/// `code` (UCUM), else `unit` (Spanish). `{…}` annotations and `1` have no meaning in UCUM: there
/// the Spanish term decides.
fn read_unit(quantity: &Node<'_>, errors: &mut Errors) -> Option<DoseUnit> {
    let known = "tableta, cápsula, mL, mg, gota, ampolleta, parche, inhalación, aplicación, UI, \
                 sobre, supositorio, µg, g";
    let unknown = ShapeProblem::UnknownCode(known);
    let from_term = |term| terms::unit_from_term(term).or_else(|| terms::unit_from_ucum(term));
    quantity.optional_fixed("system", systems::UCUM, errors);
    if quantity.get("code").is_none() {
        return quantity.text("unit", errors, |term| from_term(term).ok_or(unknown));
    }
    let code = quantity.text("code", errors, Ok)?;
    let by_term = quantity
        .optional_text("unit", errors, |term| Ok(from_term(term)))
        .flatten();
    match (terms::unit_from_ucum(code), by_term) {
        (Some(by_code), Some(by_term)) if by_code != by_term => {
            errors.push(quantity.path_of("unit"), ShapeProblem::Contradiction);
            None
        }
        (Some(by_code), _) => Some(by_code),
        (None, Some(by_term)) if code == "1" || code.starts_with('{') => Some(by_term),
        (None, _) => {
            errors.push(quantity.path_of("code"), unknown);
            None
        }
    }
}

/// What a Quantity counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// Packages, as they are handed over to a patient.
    Packages,
    /// Unit doses inside a hospital (LGS art. 226 Bis).
    UnitDoses,
}

/// What is ordered, in `quantity`. Tablets taken for packages would be a thirtyfold error, so a unit
/// other than that of `counted` is refused.
pub(super) fn quantity_of(
    parent: &Node<'_>,
    counted: Counted,
    errors: &mut Errors,
) -> Option<Packages> {
    let quantity = parent.object("quantity", errors)?;
    quantity.forbid(&["comparator"], ShapeProblem::Unsupported, errors);
    quantity.text("unit", errors, |unit| match counted {
        Counted::Packages if terms::is_package(unit) => Ok(()),
        Counted::Packages => Err(ShapeProblem::Fixed("envase")),
        Counted::UnitDoses if terms::is_unit_dose(unit) => Ok(()),
        Counted::UnitDoses => Err(ShapeProblem::Fixed("dosis unitaria")),
    });
    let count = quantity.number("value", errors, primitive::count);
    count.map(Packages::new)
}

/// What is handed over or comes back, in `quantity`: packages where no unit says otherwise.
pub(super) fn quantity(parent: &Node<'_>, errors: &mut Errors) -> Option<(Packages, Counted)> {
    let quantity = parent.object("quantity", errors)?;
    read_quantity(&quantity, errors)
}

/// A Quantity of packages or unit doses.
pub(super) fn read_quantity(
    quantity: &Node<'_>,
    errors: &mut Errors,
) -> Option<(Packages, Counted)> {
    quantity.forbid(&["comparator"], ShapeProblem::Unsupported, errors);
    let counted = match quantity.get("unit") {
        None => Some(Counted::Packages),
        Some(_) => quantity.text("unit", errors, |unit| {
            if terms::is_package(unit) {
                Ok(Counted::Packages)
            } else if terms::is_unit_dose(unit) {
                Ok(Counted::UnitDoses)
            } else {
                Err(ShapeProblem::Fixed("envase"))
            }
        }),
    };
    let count = quantity.number("value", errors, primitive::count);
    Some((Packages::new(count?), counted?))
}

/// The number of fills: the first and the repeats.
pub(super) fn fills(dispense_request: &Node<'_>, errors: &mut Errors) -> Option<u8> {
    if dispense_request.get("numberOfRepeatsAllowed").is_none() {
        return Some(1);
    }
    dispense_request.number("numberOfRepeatsAllowed", errors, |number| {
        let most = u32::from(u8::MAX) - 1;
        let repeats = primitive::count(number)?;
        u8::try_from(repeats.saturating_add(1))
            .map_err(|_| ShapeProblem::OutOfRange { least: 0, most })
    })
}

#[cfg(test)]
#[path = "dosage_tests.rs"]
mod tests;
