//! What the steps do: the same decisions that service and counter take.

use std::sync::LazyLock;

use cofepris::{Catalog, LgsClass};
use jiff::civil::{Date, date};
use prescription::dispense::{DispenseCommand, HandedOver, PharmacyFacts};
use prescription::event::{Overlap, Setting, TransferBasis};
use prescription::issue::{
    Holding, IssueCommand, IssueFacts, MedicineClass, MedicineFacts, PrescriberFacts, Profession,
    RequestedLine, SpecialFolioFacts, Subject,
};
use prescription::law::{Article, Parameters};
use prescription::resume::ResumeCommand;
use prescription::suspend::SuspendCommand;
use prescription::take_back::{BroughtBack, ReturnCommand};
use prescription::transfer::TransferCommand;
use prescription::{
    Clues, Dispensed, Dosage, DoseUnit, Event, Folio, Fraction, MapSecret, Packages, Period,
    Prescription, Refusal, Route, dispense, expire, issue, resume, suspend, take_back, transfer,
};

use super::step::{Given, Then, When, phase};

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
    pub(super) fn given(&mut self, given: &Given) {
        let written_on = self.command.written_on;
        let (asked, medicine_1) = (&mut self.command.lines[0], &mut self.facts.medicines[0]);
        match given {
            Given::Fraction(fraction) => self.is_of(*fraction),
            Given::SecondLine(fraction) => {
                self.command.lines.push(line(2));
                self.facts.medicines.push(medicine(2, *fraction));
            }
            Given::Medicine(clave, name) => {
                asked.clave = clave.parse().unwrap();
                let known = CATALOG.medicine(&asked.clave).unwrap();
                assert!(
                    known
                        .generic_name
                        .to_lowercase()
                        .contains(&name.to_lowercase()),
                    "{name}"
                );
                let class = CATALOG.fraction_on(&asked.clave, written_on).unwrap();
                self.is_of(class.fraction);
            }
            Given::Substance(name) => {
                let class = CATALOG.class_on(name, written_on);
                self.is_of(fraction_of(class));
            }
            Given::Antibiotic => medicine_1.antibiotic = true,
            Given::Prohibited { narcotic: true } => {
                medicine_1.class = MedicineClass::ProhibitedNarcotic;
            }
            Given::Prohibited { narcotic: false } => {
                medicine_1.class = MedicineClass::ProhibitedPsychotropic;
            }
            Given::Profession(profession) => self.facts.prescriber.profession = *profession,
            Given::CedulaSuspended => self.facts.prescriber.active = false,
            Given::NurseListed(listed) => medicine_1.nurse_listed = Some(*listed),
            Given::InternsMayTreat(days) => self.parameters.intern_fraction_i_max_days = *days,
            Given::Animal(species) => {
                let species = (*species).to_owned();
                self.command.subject = Subject::Animal { species };
            }
            Given::Written(on) => (self.command.today, self.command.written_on) = (*on, *on),
            Given::Packages(count) => asked.packages = Packages::new(*count),
            Given::Fills(count) => asked.fills = *count,
            Given::Interval(days) => asked.refill_interval = Some(*days),
            Given::Days(days) => asked.dosage.days = *days,
            Given::DailyMost(most) => medicine_1.max_daily_milli = Some(most * 1000),
            Given::Brand(brand, keep) => {
                asked.brand = Some((*brand).to_owned());
                asked.no_substitution = *keep;
            }
            Given::NoDose => asked.dosage.dose_milli = 0,
            Given::NoSpecialFolio => self.command.special_folio = None,
            Given::FolioProblem(problem) => {
                self.facts.special_folio = SpecialFolioFacts::Problem(*problem);
            }
            Given::NeedlessFolio => {
                self.command.special_folio = Some("SSA-2026-000123".parse().unwrap());
            }
            Given::NoAddress => self.command.has_address = false,
            Given::NoDiagnosis => self.command.has_diagnosis = false,
            Given::Diagnosis(code) => self.command.diagnoses.push((*code).to_owned()),
            Given::Inpatient(units) => {
                self.command.setting = Setting::Inpatient;
                medicine_1.units_per_package = Some(*units);
            }
            Given::HasOpen => {
                let mut open = holding(&medicine_1.substance);
                open.remainder = Packages::new(1);
                self.facts.holdings.push(open);
            }
            Given::HasGroupUntil(until) => {
                medicine_1.group = Some(GROUP.to_owned());
                let mut held = holding("another substance");
                held.group = Some(GROUP.to_owned());
                held.supply_until = Some(*until);
                self.facts.holdings.push(held);
            }
            Given::Reason(reason) => {
                let folios = vec![other_folio()];
                let reason = *reason;
                asked.overlap = Some(Overlap { reason, folios });
            }
            Given::PharmacyUnlicensed => self.pharmacy.controlled_licence = false,
            Given::HospitalPharmacy => self.pharmacy.clues = HOSPITAL.parse().unwrap(),
            Given::ClassToday(fraction) => {
                self.pharmacy.today = vec![(asked.clave.clone(), *fraction)];
            }
        }
    }

    /// Line 1 is of this fraction, with the recetario that it needs.
    fn is_of(&mut self, fraction: Fraction) {
        self.facts.medicines[0].class = MedicineClass::Sold(fraction);
        if fraction == Fraction::I {
            self.command.special_folio = Some("SSA-2026-000123".parse().unwrap());
            self.facts.special_folio = SpecialFolioFacts::Usable;
        }
    }

    pub(super) fn when(&mut self, when: &When) {
        self.refusals.clear();
        let answer = self.decide(when);
        match answer {
            Err(refusals) => self.refusals = refusals,
            Ok(Event::Issued(issued)) => self.receta = Some(Prescription::new(issued)),
            Ok(event) => {
                if let Event::Dispensed(dispensed) = &event {
                    self.dispensed = Some(dispensed.clone());
                }
                let receta = self.receta.take().unwrap();
                self.receta = Some(receta.apply(&event).unwrap());
            }
        }
    }

    fn decide(&self, when: &When) -> Result<Event, Vec<Refusal>> {
        let one = |refusal| vec![refusal];
        let receta = || self.receta.as_ref().unwrap();
        let (at, by) = (self.command.at, self.command.prescriber.clone());
        match when {
            When::Prescribed => {
                let command = self.command.clone();
                issue::decide(command, &self.facts, &self.parameters).map(Event::Issued)
            }
            When::HandedOver(..)
            | When::ElsewhereHandedOver(..)
            | When::HandedOverWithoutLot(..)
            | When::HandedOverExpiring(..)
            | When::HandedOverBrand(..)
            | When::HandedOverOther(..) => self.hand_over(when),
            When::BroughtBack(count, reason, destination, on) => {
                let command = ReturnCommand {
                    at: noon(*on),
                    on: *on,
                    pharmacy: self.pharmacy.clues.clone(),
                    dispensing: 1,
                    reason: *reason,
                    lines: vec![BroughtBack {
                        line: 1,
                        packages: Packages::new(*count),
                        destination: *destination,
                    }],
                };
                take_back::decide(receta(), &command, &self.parameters).map(Event::Returned)
            }
            When::Transferred(on) => {
                let to: Clues = OTHER_PHARMACY.parse().unwrap();
                let command = TransferCommand {
                    at: noon(*on),
                    on: *on,
                    by: to.clone(),
                    from: self.pharmacy.clues.clone(),
                    to,
                    basis: TransferBasis::PatientRequest,
                };
                let answer = transfer::decide(receta(), &command);
                answer.map(Event::Transferred).map_err(one)
            }
            When::Suspended => {
                let reason = prescription::event::SuspendReason::AwaitingResults;
                let answer = suspend::decide(receta(), &SuspendCommand { at, by, reason });
                answer.map(Event::Suspended).map_err(one)
            }
            When::Resumed => {
                let answer = resume::decide(receta(), &ResumeCommand { at, by });
                answer.map(Event::Resumed).map_err(one)
            }
            When::Comes(on) => {
                let answer = expire::decide(receta(), noon(*on), *on);
                answer.map(Event::Expired).map_err(one)
            }
        }
    }

    fn hand_over(&self, when: &When) -> Result<Event, Vec<Refusal>> {
        let mut pharmacy = self.pharmacy.clone();
        let issued = &self.receta.as_ref().unwrap().issued.lines[0];
        let mut handed = HandedOver {
            line: 1,
            packages: Packages::new(1),
            clave: Some(issued.clave.clone()),
            brand: issued.brand.clone(),
            lot: Some("L-001".to_owned()),
            expiry: Some(date(2028, 1, 31)),
            retained_number: Some(1),
        };
        let on = match when {
            When::HandedOver(count, on) => {
                handed.packages = Packages::new(*count);
                *on
            }
            When::ElsewhereHandedOver(count, on) => {
                handed.packages = Packages::new(*count);
                pharmacy.clues = OTHER_PHARMACY.parse().unwrap();
                *on
            }
            When::HandedOverWithoutLot(count, on) => {
                handed.packages = Packages::new(*count);
                handed.lot = None;
                *on
            }
            When::HandedOverExpiring(expiry, on) => {
                handed.expiry = Some(*expiry);
                *on
            }
            When::HandedOverBrand(brand, on) => {
                handed.brand = brand.map(str::to_owned);
                *on
            }
            When::HandedOverOther(on) => {
                handed.clave = Some("010.000.9999.00".parse().unwrap());
                *on
            }
            other => panic!("{other} hands over nothing"),
        };
        let command = DispenseCommand {
            at: noon(on),
            on,
            lines: vec![handed],
        };
        let receta = self.receta.as_ref().unwrap();
        let answer = dispense::decide(receta, &command, &pharmacy, &self.parameters);
        answer.map(Event::Dispensed)
    }

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

fn noon(on: Date) -> jiff::Timestamp {
    format!("{on}T18:00:00Z").parse().unwrap()
}

/// The sale fraction of a class of the lists (LGS arts. 226, 250 to 252).
fn fraction_of(class: Option<LgsClass>) -> Fraction {
    match class {
        Some(LgsClass::Estupefaciente | LgsClass::PsicotropicoII) => Fraction::I,
        Some(LgsClass::PsicotropicoIII) => Fraction::II,
        Some(LgsClass::PsicotropicoIV) => Fraction::III,
        Some(LgsClass::PsicotropicoI | LgsClass::PsicotropicoV) | None => Fraction::IV,
    }
}
