//! Lines of stock and reasons, as they are typed at a command line.

use std::str::FromStr;

use jiff::civil::Date;
use substances::CountReason;

use crate::stock::TypedLine;

/// The reason of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotReason {
    /// The medicine.
    pub clave: prescription::Clave,
    /// The lot.
    pub lot: String,
    /// Why.
    pub reason: CountReason,
}

impl FromStr for LotReason {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = "escriba CLAVE:LOTE=RAZÓN, como 040.000.2612.00:A12=breakage";
        let (lot, reason) = text.rsplit_once('=').ok_or(shape)?;
        let (clave, lot) = lot.split_once(':').ok_or(shape)?;
        let unknown = "la razón es counting-error, not-recorded, measurement, breakage, theft o \
                       unknown";
        Ok(Self {
            clave: clave.parse().map_err(|_| shape)?,
            lot: lot.to_owned(),
            reason: CountReason::from_code(reason).ok_or(unknown)?,
        })
    }
}

impl FromStr for TypedLine {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = "escriba CLAVE=ENVASES:LOTE:CADUCIDAD, como 040.000.2612.00=10:A12:2027-09; \
                     con unidades sueltas, 040.000.2612.00=10+5:A12:2027-09";
        let (medicine, rest) = text.split_once('=').ok_or(shape)?;
        let (quantity, batch) = rest.split_once(':').ok_or(shape)?;
        let (packages, units) = quantity.split_once('+').unwrap_or((quantity, ""));
        // A lot may have a colon; what looks like a day after the last one is the expiry.
        let (lot, expiry) = match batch.rsplit_once(':') {
            Some((lot, expiry)) if crate::dispense::parse_expiry(expiry).is_ok() => (lot, expiry),
            Some(_) | None => (batch, ""),
        };
        Ok(Self {
            medicine: medicine.trim().to_owned(),
            lot: lot.to_owned(),
            expiry: expiry.to_owned(),
            packages: packages.to_owned(),
            units: units.to_owned(),
        })
    }
}

/// Reads a day.
///
/// # Errors
/// Not `AAAA-MM-DD`.
pub(super) fn parse_day(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "la fecha es AAAA-MM-DD")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_packages_loose_units_lot_and_expiry() {
        for (text, fields) in [
            (
                "040.000.2612.00=10:A12:2027-09",
                ["040.000.2612.00", "10", "", "A12", "2027-09"],
            ),
            (
                "clonazepam gotas=2+5:A:1:2027-09-30",
                ["clonazepam gotas", "2", "5", "A:1", "2027-09-30"],
            ),
            ("x=+5:A:1", ["x", "", "5", "A:1", ""]),
        ] {
            let line: TypedLine = text.parse().unwrap();
            let read = [
                &line.medicine,
                &line.packages,
                &line.units,
                &line.lot,
                &line.expiry,
            ];
            assert_eq!(read, fields.map(str::to_owned).each_ref(), "{text}");
        }
        for wrong in [
            "",
            "040.000.2612.00",
            "040.000.2612.00=10",
            "10:A12:2027-09",
        ] {
            let line: Result<TypedLine, _> = wrong.parse();
            assert!(line.unwrap_err().contains("=10+5:"), "{wrong}");
        }
    }

    #[test]
    fn a_reason_is_one_of_the_coded_ones() {
        let reason: LotReason = "040.000.2612.00:A=1=theft".parse().unwrap();
        assert_eq!(
            (reason.lot.as_str(), reason.reason),
            ("A=1", CountReason::Theft)
        );
        for wrong in [
            "040.000.2612.00:A=ratones",
            "x:A=theft",
            "040.000.2612.00=theft",
        ] {
            assert!(wrong.parse::<LotReason>().is_err(), "{wrong}");
        }
    }
}
