//! What the catalog counts a medicine in, which days of supply and largest doses rest on.

use cofepris::Catalog;
use prescription::{Clave, DoseUnit};

use crate::fhir::terms::unit_from_term;

/// Units of a package, where `catalog` counts the medicine in the `unit` of the dose.
pub(super) fn units_in_package(catalog: &Catalog, clave: &Clave, unit: DoseUnit) -> Option<u32> {
    let package = catalog.medicine(clave)?.package.as_ref()?;
    // A gragea is a tablet here.
    (unit_from_term(&package.unit) == Some(unit)).then_some(package.units)
}
