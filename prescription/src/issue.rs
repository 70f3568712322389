//! Issue: may this prescriber order this, for this patient, for this long?
//!
//! `prescriber` asks who writes and for whom, `document` what the receta carries, `special` what
//! fraction I adds, `line` what each medicine allows, `inpatient` what unit doses do, `refill` when
//! the next fill is due, `overlap` what the patient already has, and `validity` until when it can
//! be filled. One rule, one function.

mod document;
mod inpatient;
mod line;
mod overlap;
mod prescriber;
mod refill;
mod special;
mod validity;

use jiff::Timestamp;
use jiff::civil::Date;

pub use self::line::BRAND_MAX_CHARS;
use self::line::SoldLine;
use crate::event::{Overlap, Setting};
use crate::law::Parameters;
use crate::{
    BlindedKey, Cedula, Clave, Clues, Dosage, Folio, Fraction, Issued, IssuedLine, Packages,
    PatientId, Refusal, SpecialFolio,
};

/// What a prescriber asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueCommand {
    /// The number that the prescription will have.
    pub folio: Folio,
    /// Instant of issue.
    pub at: Timestamp,
    /// The day of `at` in the time zone of the establishment.
    pub today: Date,
    /// Date written, as the document says.
    pub written_on: Date,
    /// Who it is for; of an animal, its owner.
    pub patient: PatientId,
    /// Whether that is the one who takes it.
    pub subject: Subject,
    /// Where the medicine is taken.
    pub setting: Setting,
    /// Who writes it.
    pub prescriber: Cedula,
    /// Where.
    pub establishment: Clues,
    /// The authority's folio, if the document carries one.
    pub special_folio: Option<SpecialFolio>,
    /// Whether the document carries the patient's address.
    pub has_address: bool,
    /// Whether the document carries a diagnosis.
    pub has_diagnosis: bool,
    /// The diagnoses of the document that have a code of CIE-10, as written (`K04.7`).
    pub diagnoses: Vec<String>,
    /// What is prescribed.
    pub lines: Vec<RequestedLine>,
}

/// Who takes the medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The patient.
    Person,
    /// An animal of the patient's.
    Animal {
        /// Its species, in words.
        species: String,
    },
}

/// One medicine that a prescriber asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedLine {
    /// The medicine.
    pub clave: Clave,
    /// Packages of one fill; units where unit doses are ordered.
    pub packages: Packages,
    /// Fills, the first included.
    pub fills: u8,
    /// How it is taken.
    pub dosage: Dosage,
    /// The brand preferred.
    pub brand: Option<String>,
    /// Only that brand.
    pub no_substitution: bool,
    /// Days from one fill to the next.
    pub refill_interval: Option<u16>,
    /// The prescriber saw that these overlap, and goes on for this reason.
    pub overlap: Option<Overlap>,
}

/// What others know that bears on the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueFacts {
    /// The prescriber, from the register.
    pub prescriber: PrescriberFacts,
    /// Each medicine, from the catalog, in the order of the command's lines.
    pub medicines: Vec<MedicineFacts>,
    /// What is known of the special folio that the command names.
    pub special_folio: SpecialFolioFacts,
    /// What the patient has by other prescriptions, still to be filled or still at hand.
    pub holdings: Vec<Holding>,
    /// Whether consent allows it.
    pub consent: bool,
}

/// What a patient has by a line of another prescription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The prescription.
    pub folio: Folio,
    /// The medicine, where it is known.
    pub clave: Option<Clave>,
    /// Active ingredients in canonical form.
    pub substance: String,
    /// Therapeutic group, if the catalog has one.
    pub group: Option<String>,
    /// Its fraction when it was issued.
    pub fraction: Fraction,
    /// Packages that can still be handed over.
    pub remainder: Packages,
    /// The last day for which what was handed over is enough; `None` where nothing was.
    pub supply_until: Option<Date>,
}

/// A prescriber, from the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrescriberFacts {
    /// Profession.
    pub profession: Profession,
    /// The cédula is in force.
    pub active: bool,
    /// Where the prescriber is enrolled.
    pub establishments: Vec<Clues>,
}

/// Professions that may prescribe (LGS art. 28 Bis).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profession {
    /// Médico cirujano, general or specialist.
    Physician,
    /// Médico homeópata.
    Homeopath,
    /// Cirujano dentista.
    Dentist,
    /// Médico veterinario.
    Veterinarian,
    /// Licenciado en enfermería.
    Nurse,
    /// Pasante de medicina in social service.
    MedicalIntern,
}

/// A medicine, from the catalog, as classified on the date written
/// ([`DECRETO_2026_01_15`](crate::law::DECRETO_2026_01_15)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MedicineFacts {
    /// Its fraction, or what prohibits it.
    pub class: MedicineClass,
    /// Whether it is an antibiotic.
    pub antibiotic: bool,
    /// Active ingredients in canonical form.
    pub substance: String,
    /// The same, blinded with the patient's secret.
    pub map_key: BlindedKey,
    /// The most that the approved indication allows in a day, in thousandths of the dose unit;
    /// `None` where the catalog has no figure.
    pub max_daily_milli: Option<u64>,
    /// Therapeutic group, if the catalog has one.
    pub group: Option<String>,
    /// Units in a package, where the catalog has a figure and a dose is counted in such units:
    /// tablets, capsules, ampoules.
    pub units_per_package: Option<u32>,
    /// Whether nurses may prescribe it by the Secretaría's list; `None` where no list is loaded.
    pub nurse_listed: Option<bool>,
}

/// What the law says of a medicine on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MedicineClass {
    /// Sold under this fraction.
    Sold(Fraction),
    /// Prohibited estupefaciente (LGS art. 237).
    ProhibitedNarcotic,
    /// Psychotropic group I (LGS art. 248).
    ProhibitedPsychotropic,
}

/// What is known of a special folio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialFolioFacts {
    /// The command names none.
    NotGiven,
    /// Assigned to this prescriber and unused.
    Usable,
    /// Not usable.
    Problem(crate::refusal::SpecialFolioProblem),
}

/// Decides an issue.
///
/// # Errors
/// Every reason found, so that a prescriber corrects all of them at once. Of a medicine that is
/// unknown or prohibited nothing else is said.
pub fn decide(
    command: IssueCommand,
    facts: &IssueFacts,
    parameters: &Parameters,
) -> Result<Issued, Vec<Refusal>> {
    let mut refusals = Vec::new();
    let lines = line::sold(&command, facts, &mut refusals);

    refusals.extend(prescriber::is_active(&facts.prescriber));
    refusals.extend(prescriber::is_enrolled(&command, &facts.prescriber));
    refusals.extend(prescriber::treats(&facts.prescriber, &command.subject));

    refusals.extend(document::has_lines(&command, parameters));
    refusals.extend(document::is_dated(&command, parameters));
    refusals.extend(document::has_consent(facts));
    refusals.extend(document::names_the_species(&command));

    refusals.extend(special::is_alone(&lines));
    refusals.extend(special::has_folio(&command, facts, &lines));
    refusals.extend(special::has_address(&command, &lines));
    refusals.extend(special::has_diagnosis(&command, &lines));

    let mut issued = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        check_line(line, &command, &facts.prescriber, parameters, &mut refusals);
        refusals.extend(overlap::within(line, &lines[..index]));
        let holdings = &facts.holdings;
        let overlap = overlap::elsewhere(line, holdings, command.written_on, parameters);
        refusals.extend(overlap.refused);
        issued.push(issued_line(line, &command, overlap.accepted, parameters));
    }

    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(Issued {
        folio: command.folio,
        at: command.at,
        written_on: command.written_on,
        patient: command.patient,
        animal: match command.subject {
            Subject::Person => None,
            Subject::Animal { species } => Some(species),
        },
        setting: command.setting,
        prescriber: command.prescriber,
        establishment: command.establishment,
        special_folio: command.special_folio,
        lines: issued,
    })
}

/// What each medicine allows, the patient's other prescriptions aside.
fn check_line(
    line: &SoldLine<'_>,
    command: &IssueCommand,
    prescriber: &PrescriberFacts,
    parameters: &Parameters,
    refusals: &mut Vec<Refusal>,
) {
    refusals.extend(prescriber::may_prescribe(prescriber, line, parameters));
    let diagnoses = &command.diagnoses;
    refusals.extend(prescriber::is_dental(
        prescriber, line, diagnoses, parameters,
    ));
    if command.setting.is_outpatient() {
        refusals.extend(line::packages(line, parameters));
        refusals.extend(line::fills(line, parameters));
        refusals.extend(refill::interval(line, parameters));
    } else {
        refusals.extend(inpatient::units(line, parameters));
        refusals.extend(inpatient::once(line));
    }
    refusals.extend(line::dosage_is_complete(line));
    refusals.extend(line::treatment(line));
    refusals.extend(prescriber::intern_treatment(prescriber, line, parameters));
    refusals.extend(line::daily_dose(line));
    refusals.extend(line::brand(line));
    refusals.extend(line::brand_to_keep(line));
}

/// The line as it is recorded: with its class of the day, and until when it can be filled.
fn issued_line(
    line: &SoldLine<'_>,
    command: &IssueCommand,
    overlap: Option<Overlap>,
    parameters: &Parameters,
) -> IssuedLine {
    let valid_until = validity::valid_until(command.written_on, line, parameters);
    IssuedLine {
        clave: line.asked.clave.clone(),
        substance: line.medicine.substance.clone(),
        map_key: line.medicine.map_key,
        fraction: line.fraction,
        antibiotic: line.medicine.antibiotic,
        packages: line.asked.packages,
        fills: line.asked.fills,
        dosage: line.asked.dosage,
        brand: line.asked.brand.clone(),
        no_substitution: line.asked.no_substitution,
        group: line.medicine.group.clone(),
        refill_interval: refill::recorded(line, parameters),
        supply_days: refill::supply_days(line),
        overlap,
        valid_until: if command.setting.is_outpatient() {
            valid_until
        } else {
            inpatient::valid_until(command.written_on, valid_until, parameters)
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Parameters;
    use crate::tests::fixture::{codes, issue, order};

    #[test]
    fn a_lawful_order_is_issued_as_it_was_asked() {
        for fraction in Fraction::ALL {
            let (command, facts) = order(&[fraction]);
            let issued = decide(command.clone(), &facts, &Parameters::default()).unwrap();
            assert_eq!(issued.folio, command.folio);
            assert_eq!(issued.special_folio, command.special_folio);
            let [line] = issued.lines.as_slice() else {
                panic!("one line")
            };
            assert_eq!(
                (line.fraction, line.fills),
                (fraction, command.lines[0].fills)
            );
            assert_eq!(line.packages, command.lines[0].packages);
            assert_eq!(line.substance, facts.medicines[0].substance);
            assert_eq!(line.map_key, facts.medicines[0].map_key);
        }
    }

    #[test]
    fn all_reasons_come_at_once() {
        let refusals = issue(&[Fraction::II, Fraction::IV], |command, facts| {
            facts.prescriber.active = false;
            facts.consent = false;
            command.lines[0].packages = Packages::new(3);
            command.lines[1].dosage.days = 0;
        })
        .unwrap_err();
        assert_eq!(
            codes(&refusals),
            [
                "prescriber-not-active",
                "consent-denied",
                "fraction-ii-packages",
                "dosage-incomplete"
            ]
        );
    }
}
