//! An example of every refusal.

use super::fixture::{ISSUED_AT, date};
use crate::event::{CancelReason, SuspendReason};
use crate::refusal::SpecialFolioProblem;
use crate::{Folio, Fraction, Packages, Refusal};

/// Every kind of refusal, and more than one where what a person reads differs.
pub(crate) fn every_refusal() -> Vec<Refusal> {
    let mut all = of_the_receta();
    all.extend(of_a_line());
    all.extend(of_what_the_patient_has());
    all.extend(of_dispensing());
    all.extend(of_the_day_and_the_place());
    all.extend(of_life_after_issue());
    all
}

fn of_the_receta() -> Vec<Refusal> {
    vec![
        Refusal::ProfessionMayNotPrescribe {
            line: None,
            fraction: None,
        },
        Refusal::ProfessionMayNotPrescribe {
            line: Some(2),
            fraction: Some(Fraction::I),
        },
        Refusal::ProfessionMayNotPrescribe {
            line: Some(2),
            fraction: Some(Fraction::III),
        },
        Refusal::NotForAnimals,
        Refusal::SpeciesMissing,
        Refusal::PrescriberNotActive,
        Refusal::PrescriberNotAtEstablishment,
        Refusal::LineCount { most: 6 },
        Refusal::WrittenOn,
        Refusal::FractionIMixed,
        Refusal::SpecialFolioMissing,
        Refusal::SpecialFolioNotUsable(SpecialFolioProblem::Unknown),
        Refusal::SpecialFolioNotUsable(SpecialFolioProblem::OfAnother),
        Refusal::SpecialFolioNotUsable(SpecialFolioProblem::Used),
        Refusal::SpecialFolioNotUsable(SpecialFolioProblem::Void),
        Refusal::SpecialFolioNotUsable(SpecialFolioProblem::NotDelivered),
        Refusal::SpecialFolioNotNeeded,
        Refusal::AddressMissing,
        Refusal::DiagnosisMissing,
        Refusal::ConsentDenied,
    ]
}

fn of_a_line() -> Vec<Refusal> {
    vec![
        Refusal::MedicineUnknown { line: 2 },
        Refusal::Prohibited {
            line: 2,
            narcotic: true,
        },
        Refusal::Prohibited {
            line: 2,
            narcotic: false,
        },
        Refusal::PackageCount { line: 2, most: 30 },
        Refusal::FractionIIPackages {
            line: 2,
            asked: Packages::new(3),
        },
        Refusal::NoFills { line: 2 },
        Refusal::TooManyFills {
            line: 2,
            fraction: Fraction::I,
            most: 1,
        },
        Refusal::TooManyFills {
            line: 2,
            fraction: Fraction::III,
            most: 3,
        },
        Refusal::TooManyFills {
            line: 2,
            fraction: Fraction::IV,
            most: 12,
        },
        Refusal::TreatmentTooLong { line: 2, days: 31 },
        Refusal::InternTreatmentTooLong {
            line: 2,
            days: 8,
            most: 7,
        },
        Refusal::NotDental { line: 2 },
        Refusal::NotOnNurseList { line: 2 },
        Refusal::NoBrandToKeep { line: 2 },
        Refusal::UnitDoseCount { line: 2, most: 100 },
        Refusal::UnitDoseFills { line: 2 },
        Refusal::RefillInterval { line: 2, most: 36 },
        Refusal::RefillInterval { line: 2, most: 0 },
        Refusal::DosageIncomplete { line: 2 },
        Refusal::DailyDoseAboveIndication { line: 2 },
        Refusal::BrandName { line: 2 },
        Refusal::DuplicateSubstance {
            line: 2,
            other: None,
        },
        Refusal::DuplicateSubstance {
            line: 2,
            other: Some(Folio::from_random([9; 10])),
        },
    ]
}

fn of_dispensing() -> Vec<Refusal> {
    let at = ISSUED_AT.parse().unwrap();
    let valid_until = date("2026-07-01");
    let lot_missing = |fraction, antibiotic| Refusal::LotMissing {
        line: 2,
        fraction,
        antibiotic,
    };
    vec![
        Refusal::AlreadyCompleted { at },
        Refusal::AlreadyCancelled {
            at,
            reason: CancelReason::Fraud,
        },
        Refusal::AlreadyExpired {
            line: None,
            valid_until,
        },
        Refusal::AlreadyExpired {
            line: Some(2),
            valid_until,
        },
        Refusal::NotYetValid,
        Refusal::StillValid { until: valid_until },
        Refusal::LinesOfCommand,
        Refusal::NoSuchLine { line: 2 },
        Refusal::LineClosed {
            line: 2,
            retained: true,
        },
        Refusal::LineClosed {
            line: 2,
            retained: false,
        },
        Refusal::MoreThanOwed {
            line: 2,
            owed: Packages::new(1),
        },
        Refusal::NothingDispensed { line: 2 },
        Refusal::PharmacyNotLicensed {
            line: 2,
            fraction: Fraction::I,
        },
        lot_missing(Fraction::II, false),
        lot_missing(Fraction::IV, true),
        Refusal::MedicineExpired { line: 2 },
        Refusal::OnlineOnly { line: 2 },
        Refusal::NotThePrescriber,
        Refusal::NotAtEnd,
        Refusal::RetentionNotOver { until: valid_until },
        Refusal::AlreadyErased { at },
    ]
}

fn of_what_the_patient_has() -> Vec<Refusal> {
    let (line, other) = (2, Folio::from_random([9; 10]));
    let until = date("2026-06-20");
    vec![
        Refusal::SupplyAtHand { line, other, until },
        Refusal::SameGroup {
            line,
            other,
            until: Some(until),
        },
        Refusal::SameGroup {
            line,
            other,
            until: None,
        },
        Refusal::SameSpecialRecetaOpen { line, other },
    ]
}

fn of_the_day_and_the_place() -> Vec<Refusal> {
    let (line, day) = (2, date("2026-06-20"));
    vec![
        Refusal::WrongMedicine { line },
        Refusal::SubstitutionNotAllowed { line },
        Refusal::TooEarly { line, from: day },
        Refusal::OwedElsewhere {
            line,
            until: Some(day),
        },
        Refusal::OwedElsewhere { line, until: None },
        Refusal::UnitDoseElsewhere { line },
        Refusal::DayOfInstant,
        Refusal::BackDated { line, last: day },
    ]
}

fn of_life_after_issue() -> Vec<Refusal> {
    let most = |most| Refusal::MoreThanHandedOver {
        line: 2,
        most: Packages::new(most),
    };
    vec![
        Refusal::Suspended {
            at: ISSUED_AT.parse().unwrap(),
            reason: SuspendReason::Interaction,
        },
        Refusal::NotSuspended,
        Refusal::NoSuchDispensing { dispensing: 3 },
        Refusal::NotTheDispensingPharmacy,
        Refusal::ReturnWindowOver {
            until: date("2026-06-20"),
        },
        most(1),
        most(0),
        Refusal::NotToTheShelf { line: 2 },
        Refusal::NothingToTransfer,
        Refusal::RetainedNotTransferable { line: 2 },
    ]
}
