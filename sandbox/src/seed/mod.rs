//! Prescriptions to send: built in code, with invented patients and medicines of the real catalog.

mod dispense;
mod fhir;
mod medicines;
mod stock;

use jiff::civil::Date;

use crate::cast::{Person, Prescriber};
pub use dispense::{HandOver, cancellation};
pub use stock::{LOT, opening};

/// A prescription as an EHR would write it. Change any field to make it wrong on purpose.
#[derive(Debug, Clone)]
pub struct Prescription {
    /// Who takes it.
    pub patient: Person,
    /// The patient's CURP as it is sent; the true one by default.
    pub curp: String,
    /// The patient's address, if any.
    pub address: Option<String>,
    /// Cédula of who signs.
    pub cedula: String,
    /// Name of who signs.
    pub prescriber: String,
    /// Date written.
    pub written_on: Date,
    /// The authority's folio, for fraction I.
    pub special_folio: Option<String>,
    /// The EHR's own number: its idempotency key.
    pub identifier: Option<String>,
    /// Diagnosis: ICD-10 code and text.
    pub diagnosis: Option<(&'static str, &'static str)>,
    /// What is prescribed.
    pub lines: Vec<Line>,
}

impl Prescription {
    /// A prescription without special folio or diagnosis.
    #[must_use]
    pub fn new(
        patient: &Person,
        prescriber: &Prescriber,
        written_on: Date,
        lines: Vec<Line>,
    ) -> Self {
        Self {
            patient: patient.clone(),
            curp: patient.curp.as_str().to_owned(),
            address: None,
            cedula: prescriber.cedula.to_owned(),
            prescriber: prescriber.display(),
            written_on,
            special_folio: None,
            identifier: None,
            diagnosis: None,
            lines,
        }
    }

    /// With the EHR's own number.
    #[must_use]
    pub fn identified(mut self, identifier: impl Into<String>) -> Self {
        self.identifier = Some(identifier.into());
        self
    }

    /// With what fraction I needs besides: special folio, address and diagnosis (LGS 241, RIS 30).
    #[must_use]
    pub fn on_special_recetario(mut self, folio: &str) -> Self {
        self.special_folio = Some(folio.to_owned());
        self.address = Some("Av. Juárez 45, Centro, 42500 Actopan, Hidalgo".to_owned());
        self.diagnosis = Some(("C61", "Tumor maligno de la próstata, dolor oncológico"));
        self
    }
}

/// One line of a prescription.
#[derive(Debug, Clone)]
pub struct Line {
    /// Clave of the Compendio.
    pub clave: String,
    /// Generic name, form and strength.
    pub display: String,
    /// Dose in thousandths of `unit`.
    pub dose_milli: u32,
    /// Spanish term of the unit.
    pub unit: &'static str,
    /// Times per period.
    pub times: u16,
    /// Length of the period, in `period_unit`.
    pub every: u16,
    /// `h`, `d` or `wk`.
    pub period_unit: &'static str,
    /// Days of treatment.
    pub days: u16,
    /// Only when needed.
    pub as_needed: bool,
    /// Spanish term of the route.
    pub route: &'static str,
    /// Packages per fill.
    pub packages: u32,
    /// Fills.
    pub fills: u8,
}

/// A CURP with another check digit than its own.
#[must_use]
pub fn wrong_check_digit(curp: &str) -> String {
    let (first, last) = curp.split_at(curp.len().saturating_sub(1));
    let other = if last == "9" { '0' } else { '9' };
    format!("{first}{other}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use prescription::Fraction;

    use super::*;
    use crate::cast::prescribers;

    fn fraction(line: &Line) -> (Fraction, bool) {
        let catalog = cofepris::Catalog::embedded().unwrap();
        let clave = line.clave.parse().unwrap();
        let class = catalog.fraction_on(&clave, date(2026, 11, 23)).unwrap();
        (class.fraction, class.antibiotic)
    }

    #[test]
    fn medicines_are_in_the_fraction_that_the_story_says() {
        assert_eq!(fraction(&Line::amoxicillin()), (Fraction::IV, true));
        assert_eq!(fraction(&Line::metformin()), (Fraction::IV, false));
        assert_eq!(fraction(&Line::losartan()), (Fraction::IV, false));
        assert_eq!(fraction(&Line::clonazepam()), (Fraction::II, false));
        assert_eq!(fraction(&Line::morphine()), (Fraction::I, false));
    }

    #[test]
    fn the_unknown_medicine_is_unknown() {
        let catalog = cofepris::Catalog::embedded().unwrap();
        assert!(
            catalog
                .medicine(&Line::unknown().clave.parse().unwrap())
                .is_none()
        );
    }

    #[test]
    fn the_wrong_check_digit_is_wrong() {
        let [doctor, _] = prescribers().unwrap();
        let right = doctor.person.curp.as_str();
        let wrong = crate::seed::wrong_check_digit(right);
        assert_eq!(right[..17], wrong[..17]);
        assert!(wrong.parse::<mpi::Curp>().is_err());
    }
}
