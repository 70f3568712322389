//! Prescriptions and their dispensings.

use jiff::civil::Date;
use prescription::event::Setting;
use prescription::{
    Clues, Dispensed, DispensedLine, Dosage, DoseUnit, Folio, Fraction, Issued, IssuedLine,
    MapSecret, Packages, Period, Route,
};

use super::fixture::{clave, lot};
use crate::Book;

/// A line of a prescription, handed over whole.
pub(crate) struct Wanted {
    pub(crate) book: Book,
    /// The number of the lot, after an L.
    pub(crate) lot: u8,
    pub(crate) packages: u32,
}

/// Prescription `number` of these lines, and its dispensing at `pharmacy`.
pub(crate) fn visit(
    wanted: &[Wanted],
    number: u8,
    on: Date,
    pharmacy: &Clues,
) -> (Issued, Dispensed) {
    let at = on.at(18, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
    let folio = Folio::from_random([number; 10]);
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
        lines: wanted.iter().map(|line| prescribed(line, on)).collect(),
    };
    let handed = (1..).zip(wanted).map(|(line, wanted)| DispensedLine {
        line,
        packages: Packages::new(wanted.packages),
        units: None,
        fill: 1,
        rest_owed: false,
        retained_number: None,
        brand: None,
        retained: true,
        lot: Some(format!("L{}", wanted.lot)),
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

fn prescribed(wanted: &Wanted, on: Date) -> IssuedLine {
    let book = wanted.book;
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
        packages: Packages::new(wanted.packages),
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
