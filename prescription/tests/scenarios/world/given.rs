//! What is so.

use cofepris::LgsClass;
use prescription::event::{Overlap, Setting};
use prescription::issue::{MedicineClass, SpecialFolioFacts, Subject};
use prescription::{Fraction, Packages};

use super::{CATALOG, GROUP, HOSPITAL, World, holding, line, medicine, other_folio};
use crate::step::Given;

impl World {
    /// The medicine and who prescribes it; the rest of the order follows.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other half is in the other function"
    )]
    pub(crate) fn given(&mut self, given: &Given) {
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
            _ => self.given_of_the_order(given),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other half is in the other function"
    )]
    /// What the receta says of line 1, what it carries, what the patient has and who dispenses.
    fn given_of_the_order(&mut self, given: &Given) {
        let (asked, medicine_1) = (&mut self.command.lines[0], &mut self.facts.medicines[0]);
        match given {
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
            _ => panic!("{given} is of the medicine or of who prescribes"),
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
