//! What the catalog counts a medicine in, which days of supply and largest doses rest on.

use prescription::{Clave, DoseUnit};

use crate::app::App;
use crate::fhir::terms::unit_from_term;

/// Units of a package, where the catalog counts the medicine in the `unit` of the dose.
pub(super) fn units_in_package(app: &App, clave: &Clave, unit: DoseUnit) -> Option<u32> {
    let package = app.catalog.medicine(clave)?.package.as_ref()?;
    // A gragea is a tablet here.
    (unit_from_term(&package.unit) == Some(unit)).then_some(package.units)
}
