//! Prescriptions and their dispensings.

use jiff::civil::Date;
use prescription::{
    Clues, Dispensed, DispensedLine, Dosage, DoseUnit, Folio, Fraction, Issued, IssuedLine,
    MapSecret, Packages, Period, Route,
};

use prescription::event::Setting;

use super::fixture::{clave, lot};
use super::op::Op;
use crate::Book;

/// A prescription of the lines of `op`, and its dispensing at `pharmacy`.
pub(crate) fn visit(op: &Op, on: Date, pharmacy: &Clues) -> (Issued, Dispensed) {
    let at = on.at(18, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
    let folio = Folio::from_random([u8::try_from(op.earlier).unwrap(); 10]);
    let packages = |units: u64| Packages::new(u32::try_from(units / 8 + 1).unwrap());
    let issued = Issued {
        folio,
        at,
        written_on: on,
        animal: None,
        setting: Setting::Outpatient,
        patient: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        prescriber: "1234567".parse().unwrap(),
        establishment: pharmacy.clone(),
        special_folio: None,
        lines: op
            .lines
            .iter()
            .map(|(book, _, units)| prescribed(*book, packages(*units), on))
            .collect(),
    };
    let handed = (1..)
        .zip(&op.lines)
        .map(|(line, (_, number, units))| DispensedLine {
            line,
            packages: packages(*units),
            units: None,
            fill: 1,
            rest_owed: false,
            retained_number: None,
            brand: None,
            retained: true,
            lot: Some(format!("L{number}")),
            expiry: Some(lot("").expiry),
        });
    let dispensed = Dispensed {
        folio,
        at,
        on,
        pharmacy: pharmacy.clone(),
        lines: handed.collect(),
    };
    (issued, dispensed)
}

fn prescribed(book: Book, packages: Packages, on: Date) -> IssuedLine {
    let fraction = match book {
        Book::I => Fraction::I,
        Book::II => Fraction::II,
        Book::III => Fraction::III,
        Book::Antibiotics => Fraction::IV,
    };
    IssuedLine {
        clave: clave(book),
        substance: book.code().to_owned(),
        map_key: MapSecret::new([7; 32]).blind(book.code()),
        fraction,
        antibiotic: book == Book::Antibiotics,
        packages,
        fills: 1,
        dosage: Dosage {
            dose_milli: 1000,
            unit: DoseUnit::Tablet,
            times: 1,
            every: 8,
            period: Period::Hour,
            days: 7,
            route: Route::Oral,
            as_needed: false,
        },
        brand: None,
        no_substitution: false,
        group: None,
        refill_interval: None,
        supply_days: None,
        overlap: None,
        valid_until: on,
    }
}
