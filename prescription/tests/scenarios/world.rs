//! A lawful order and what becomes of it: `given` changes it, `act` carries it out, and here is what
//! came of it.

mod act;
mod given;

use std::sync::LazyLock;

use cofepris::Catalog;
use jiff::civil::date;
use prescription::dispense::PharmacyFacts;
use prescription::event::Setting;
use prescription::issue::{
    Holding, IssueCommand, IssueFacts, MedicineClass, MedicineFacts, PrescriberFacts, Profession,
    RequestedLine, SpecialFolioFacts, Subject,
};
use prescription::law::{Article, Parameters};
use prescription::{
    Dispensed, Dosage, DoseUnit, Folio, Fraction, MapSecret, Packages, Period, Prescription,
    Refusal, Route,
};

use super::step::{Then, phase};

const HOSPITAL: &str = "HGIMB000011";
const PHARMACY: &str = "HGSSA000025";
const OTHER_PHARMACY: &str = "MCSSA000013";
const PRESCRIBER: &str = "1234567";
const GROUP: &str = "benzodiazepine";

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());

/// A lawful order, and what has become of it.
pub(super) struct World {
    command: IssueCommand,
    facts: IssueFacts,
    parameters: Parameters,
    pharmacy: PharmacyFacts,
    receta: Option<Prescription>,
    refusals: Vec<Refusal>,
    dispensed: Option<Dispensed>,
}

fn other_folio() -> Folio {
    Folio::from_random([9; 10])
}

fn line(number: u8) -> RequestedLine {
    RequestedLine {
        clave: format!("010.000.{number:04}.00").parse().unwrap(),
        packages: Packages::new(2),
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
        refill_interval: None,
        overlap: None,
    }
}

fn medicine(number: u8, fraction: Fraction) -> MedicineFacts {
    let substance = format!("substance {number}");
    MedicineFacts {
        class: MedicineClass::Sold(fraction),
        antibiotic: false,
        map_key: MapSecret::new([5; 32]).blind(&substance),
        substance,
        max_daily_milli: None,
        group: None,
        units_per_package: None,
        nurse_listed: None,
    }
}

fn holding(substance: &str) -> Holding {
    Holding {
        folio: other_folio(),
        clave: None,
        substance: substance.to_owned(),
        group: None,
        fraction: Fraction::II,
        remainder: Packages::ZERO,
        supply_until: None,
    }
}

impl Default for World {
    fn default() -> Self {
        let day = date(2026, 6, 1);
        Self {
            command: IssueCommand {
                folio: Folio::from_random([3; 10]),
                at: "2026-06-01T16:00:00Z".parse().unwrap(),
                today: day,
                written_on: day,
                patient: "0123456789abcdef0123456789abcdef".parse().unwrap(),
                subject: Subject::Person,
                setting: Setting::Outpatient,
                prescriber: PRESCRIBER.parse().unwrap(),
                establishment: HOSPITAL.parse().unwrap(),
                special_folio: None,
                has_address: true,
                has_diagnosis: true,
                diagnoses: Vec::new(),
                lines: vec![line(1)],
            },
            facts: IssueFacts {
                prescriber: PrescriberFacts {
                    profession: Profession::Physician,
                    active: true,
                    establishments: vec![HOSPITAL.parse().unwrap()],
                },
                medicines: vec![medicine(1, Fraction::IV)],
                special_folio: SpecialFolioFacts::NotGiven,
                holdings: Vec::new(),
                consent: true,
            },
            parameters: Parameters::default(),
            pharmacy: PharmacyFacts {
                clues: PHARMACY.parse().unwrap(),
                controlled_licence: true,
                online: true,
                today: Vec::new(),
            },
            receta: None,
            refusals: Vec::new(),
            dispensed: None,
        }
    }
}

impl World {
    pub(super) fn then(&self, then: &Then, article: Article, told: &str) {
        let codes: Vec<_> = self.refusals.iter().map(Refusal::code).collect();
        let line = || {
            let receta = self.receta.as_ref().unwrap();
            receta.line(1).unwrap()
        };
        match then {
            Then::Accepted => assert!(codes.is_empty(), "{told}: {codes:?}"),
            Then::Refused(code) => {
                assert_eq!(codes, [*code], "{told}");
                let law = self.refusals[0].law().unwrap();
                assert_eq!(law.symbol, article.symbol, "{told}");
            }
            Then::RefusedByUs(code) => {
                assert_eq!(codes, [*code], "{told}");
            }
            Then::ValidUntil(until) => assert_eq!(line().0.valid_until, *until, "{told}"),
            Then::Class(fraction) => assert_eq!(line().0.fraction, *fraction, "{told}"),
            Then::Retained(retained) => {
                let dispensed = self.dispensed.as_ref().unwrap();
                assert_eq!(dispensed.lines[0].retained, *retained, "{told}");
            }
            Then::Owed(count) => {
                let (issued, state) = line();
                let owed = state.owed_in_fill(issued).map(|(owed, _)| owed.count());
                assert_eq!(owed, Some(*count), "{told}");
            }
            Then::Closed => {
                let (issued, state) = line();
                assert_eq!(state.owed_in_fill(issued), None, "{told}");
            }
            Then::Is(word) => {
                let receta = self.receta.as_ref().unwrap();
                assert_eq!(phase(receta.status, receta.is_touched()), *word, "{told}");
            }
            Then::Units(units) => {
                let dispensed = self.dispensed.as_ref().unwrap();
                assert_eq!(dispensed.lines[0].units, Some(*units), "{told}");
            }
        }
    }
}
