//! Lawful orders, prescriptions and visits. A test takes one and breaks what it is about.

use std::fmt::Debug;

use jiff::civil::Date;

use crate::dispense::{self, DispenseCommand, HandedOver, PharmacyFacts};
use crate::erase::ErasureBasis;
use crate::event::Setting;
use crate::issue::{
    self, Holding, IssueCommand, IssueFacts, MedicineClass, MedicineFacts, PrescriberFacts,
    Profession, RequestedLine, SpecialFolioFacts, Subject,
};
use crate::law::{Article, Parameters};
use crate::{
    Dispensed, Dosage, DoseUnit, Erased, Event, Folio, Fraction, Issued, MapSecret, Packages,
    Period, Prescription, Refusal, Route, SpecialFolio,
};

/// The day on which every order is written.
pub(crate) const TODAY: &str = "2026-06-01";
/// The instant of it.
pub(crate) const ISSUED_AT: &str = "2026-06-01T16:00:00Z";
/// Who writes every order.
pub(crate) const PRESCRIBER: &str = "1234567";

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// The secret of the patient of every order.
pub(crate) fn patient_secret() -> MapSecret {
    MapSecret::new([0x5e; 32])
}

pub(crate) fn special_folio() -> SpecialFolio {
    "SSA-2026-000123".parse().unwrap()
}

const DOSAGE: Dosage = Dosage {
    dose_milli: 1000,
    unit: DoseUnit::Tablet,
    times: 1,
    every: 8,
    period: Period::Hour,
    days: 7,
    route: Route::Oral,
    as_needed: false,
};

/// A lawful order of one line per fraction, with all the fills that the fraction allows (of IV and
/// below: two) and different substances.
pub(crate) fn order(fractions: &[Fraction]) -> (IssueCommand, IssueFacts) {
    let special = fractions.contains(&Fraction::I);
    let command = IssueCommand {
        folio: Folio::from_random([3; 10]),
        at: ISSUED_AT.parse().unwrap(),
        today: date(TODAY),
        written_on: date(TODAY),
        patient: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        subject: Subject::Person,
        setting: Setting::Outpatient,
        prescriber: PRESCRIBER.parse().unwrap(),
        establishment: "HGIMB000011".parse().unwrap(),
        special_folio: special.then(special_folio),
        has_address: true,
        has_diagnosis: true,
        diagnoses: vec!["K04.7".to_owned()],
        lines: (0..)
            .zip(fractions)
            .map(|(index, fraction)| requested(index, *fraction))
            .collect(),
    };
    let facts = IssueFacts {
        prescriber: PrescriberFacts {
            profession: Profession::Physician,
            active: true,
            establishments: vec![command.establishment.clone()],
        },
        medicines: (0..)
            .zip(fractions)
            .map(|(index, f)| medicine(index, *f))
            .collect(),
        special_folio: if special {
            SpecialFolioFacts::Usable
        } else {
            SpecialFolioFacts::NotGiven
        },
        holdings: Vec::new(),
        consent: true,
    };
    (command, facts)
}

fn requested(index: u16, fraction: Fraction) -> RequestedLine {
    RequestedLine {
        clave: format!("010.000.{index:04}.00").parse().unwrap(),
        packages: Packages::new(2),
        fills: match fraction {
            Fraction::I | Fraction::II => 1,
            Fraction::III => 3,
            Fraction::IV | Fraction::V | Fraction::VI => 2,
        },
        dosage: DOSAGE,
        brand: None,
        no_substitution: false,
        refill_interval: None,
        overlap: None,
    }
}

fn medicine(index: u16, fraction: Fraction) -> MedicineFacts {
    MedicineFacts {
        class: MedicineClass::Sold(fraction),
        antibiotic: false,
        substance: format!("substance {index}"),
        map_key: patient_secret().blind(&format!("substance {index}")),
        max_daily_milli: None,
        group: None,
        units_per_package: None,
        nurse_listed: None,
    }
}

/// A line of another prescription that is still to be filled.
pub(crate) fn holding(substance: &str, folio: Folio) -> Holding {
    Holding {
        folio,
        clave: Some("010.000.0999.00".parse().unwrap()),
        substance: substance.to_owned(),
        group: None,
        fraction: Fraction::IV,
        remainder: Packages::new(1),
        supply_until: None,
    }
}

/// What becomes of a lawful order after `change`.
pub(crate) fn issue(
    fractions: &[Fraction],
    change: impl FnOnce(&mut IssueCommand, &mut IssueFacts),
) -> Result<Issued, Vec<Refusal>> {
    issue_under(fractions, &Parameters::default(), change)
}

/// What becomes of a lawful order after `change`, under other parameters.
pub(crate) fn issue_under(
    fractions: &[Fraction],
    parameters: &Parameters,
    change: impl FnOnce(&mut IssueCommand, &mut IssueFacts),
) -> Result<Issued, Vec<Refusal>> {
    let (mut command, mut facts) = order(fractions);
    change(&mut command, &mut facts);
    issue::decide(command, &facts, parameters)
}

/// A prescription of one line per fraction, just issued.
pub(crate) fn prescription(fractions: &[Fraction]) -> Prescription {
    Prescription::new(issue(fractions, |_, _| {}).unwrap())
}

/// A prescription of one line with these packages and fills.
pub(crate) fn prescription_of(fraction: Fraction, packages: Packages, fills: u8) -> Prescription {
    let issued = issue(&[fraction], |command, _| {
        command.lines[0].packages = packages;
        command.lines[0].fills = fills;
    });
    Prescription::new(issued.unwrap())
}

/// A prescription of one antibiotic.
pub(crate) fn antibiotic(packages: Packages, fills: u8) -> Prescription {
    let issued = issue(&[Fraction::IV], |command, facts| {
        facts.medicines[0].antibiotic = true;
        command.lines[0].packages = packages;
        command.lines[0].fills = fills;
    });
    Prescription::new(issued.unwrap())
}

/// A visit to the pharmacy: line and packages.
pub(crate) fn visit(on: &str, lines: &[(u8, u32)]) -> DispenseCommand {
    let handed = |&(line, packages): &(u8, u32)| HandedOver {
        line,
        packages: Packages::new(packages),
        clave: None,
        brand: None,
        retained_number: None,
        lot: Some("L-001".to_owned()),
        expiry: Some(date("2028-01-31")),
    };
    DispenseCommand {
        at: format!("{on}T18:00:00Z").parse().unwrap(),
        on: date(on),
        lines: lines.iter().map(handed).collect(),
    }
}

/// A pharmacy that may hand over everything.
pub(crate) fn pharmacy() -> PharmacyFacts {
    PharmacyFacts {
        clues: "HGSSA000025".parse().unwrap(),
        controlled_licence: true,
        online: true,
        today: Vec::new(),
    }
}

/// What that pharmacy is answered.
pub(crate) fn dispense(
    prescription: &Prescription,
    command: &DispenseCommand,
) -> Result<Dispensed, Vec<Refusal>> {
    dispense::decide(prescription, command, &pharmacy(), &Parameters::default())
}

/// The prescription after a visit, which must be lawful.
pub(crate) fn visited(prescription: Prescription, on: &str, lines: &[(u8, u32)]) -> Prescription {
    let dispensed = dispense(&prescription, &visit(on, lines)).unwrap();
    prescription.apply(&Event::Dispensed(dispensed)).unwrap()
}

/// The erasure of a prescription, years later.
pub(crate) fn erased(folio: Folio) -> Erased {
    Erased {
        folio,
        at: "2040-01-01T00:00:00Z".parse().unwrap(),
        by: "7654321".parse().unwrap(),
        basis: ErasureBasis::RetentionOver,
        entries: vec![0],
    }
}

/// That the answer is this refusal alone, and that it rests on this article.
pub(crate) fn assert_refused<T: Debug>(
    answer: Result<T, Vec<Refusal>>,
    article: Article,
    refusal: &Refusal,
) {
    let refusals = answer.unwrap_err();
    assert_eq!(refusals, std::slice::from_ref(refusal));
    assert_eq!(refusals[0].law(), Some(article));
}

pub(crate) fn codes(refusals: &[Refusal]) -> Vec<&'static str> {
    refusals.iter().map(Refusal::code).collect()
}
