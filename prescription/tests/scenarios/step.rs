//! The sentences.

use std::fmt;

use jiff::civil::Date;
use prescription::event::{Destination, OverlapReason, ReturnReason};
use prescription::issue::Profession;
use prescription::refusal::SpecialFolioProblem;
use prescription::spanish::day;
use prescription::{Fraction, Status};

/// What is so. Without any, everything is lawful.
#[derive(Debug, Clone)]
pub(super) enum Given {
    /// Line 1 is of this fraction.
    Fraction(Fraction),
    /// A second line, of this fraction.
    SecondLine(Fraction),
    /// Line 1 is this medicine, with its class by the catalog of COFEPRIS on the day written.
    Medicine(&'static str, &'static str),
    /// Line 1 has this substance, with its class by the lists on the day written.
    Substance(&'static str),
    /// It is an antibiotic.
    Antibiotic,
    /// Its substance is prohibited: estupefaciente, or psychotropic group I.
    Prohibited { narcotic: bool },
    /// Who writes.
    Profession(Profession),
    /// The cédula is not in force.
    CedulaSuspended,
    /// Whether the Secretaría's list for nurses has it.
    NurseListed(bool),
    /// Pasantes may treat with fraction I for so many days.
    InternsMayTreat(u16),
    /// It is for an animal.
    Animal(&'static str),
    /// The day written.
    Written(Date),
    /// Packages of a fill.
    Packages(u32),
    /// Fills.
    Fills(u8),
    /// Days between fills.
    Interval(u16),
    /// Days of treatment.
    Days(u16),
    /// The most units a day of the approved indication.
    DailyMost(u64),
    /// A brand, and whether to keep to it.
    Brand(&'static str, bool),
    /// No dose.
    NoDose,
    /// No special recetario.
    NoSpecialFolio,
    /// A special folio that is not usable.
    FolioProblem(SpecialFolioProblem),
    /// A special folio where none is needed.
    NeedlessFolio,
    /// No address of the patient's.
    NoAddress,
    /// No diagnosis.
    NoDiagnosis,
    /// The diagnosis.
    Diagnosis(&'static str),
    /// Unit doses in hospital, and units in a package.
    Inpatient(u32),
    /// The patient has the same substance still to be filled.
    HasOpen,
    /// The patient has another medicine of the group, enough until this day.
    HasGroupUntil(Date),
    /// The prescriber saw it and has a reason.
    Reason(OverlapReason),
    /// The pharmacy has no licence for controlled medicines.
    PharmacyUnlicensed,
    /// The pharmacy is the hospital's own.
    HospitalPharmacy,
    /// The catalog on the day of the dispensing.
    ClassToday(Fraction),
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum When {
    /// The receta is written.
    Prescribed,
    /// The pharmacy hands over packages of line 1.
    HandedOver(u32, Date),
    /// Another pharmacy does.
    ElsewhereHandedOver(u32, Date),
    /// Without lot and expiry.
    HandedOverWithoutLot(u32, Date),
    /// A lot that expired on this day.
    HandedOverExpiring(Date, Date),
    /// Another brand than asked; `None`: the generic.
    HandedOverBrand(Option<&'static str>, Date),
    /// Another clave.
    HandedOverOther(Date),
    /// Packages of dispensing number 1 come back.
    BroughtBack(u32, ReturnReason, Destination, Date),
    /// The patient asks for the rest at the other pharmacy.
    Transferred(Date),
    /// The prescriber suspends.
    Suspended,
    /// The prescriber resumes.
    Resumed,
    /// The day comes.
    Comes(Date),
}

/// What comes of it.
#[derive(Debug, Clone)]
pub(super) enum Then {
    /// It is lawful.
    Accepted,
    /// It is refused by the scenario's article, with this code.
    Refused(&'static str),
    /// It is refused by a rule that no article sets.
    RefusedByUs(&'static str),
    /// The last day of line 1.
    ValidUntil(Date),
    /// The fraction with which line 1 is recorded.
    Class(Fraction),
    /// The receta stays at the pharmacy, or with the patient.
    Retained(bool),
    /// Packages of line 1 that are owed in the fill under way.
    Owed(u32),
    /// Nothing more is owed of line 1.
    Closed,
    /// What has become of the whole: by its phase.
    Is(&'static str),
    /// The units that the event says.
    Units(u32),
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fraction(fraction) => write!(f, "el medicamento es de la fracción {fraction}"),
            Self::SecondLine(fraction) => write!(f, "lleva otro renglón de la fracción {fraction}"),
            Self::Medicine(_, name) => write!(f, "el medicamento es {name}"),
            Self::Substance(name) => write!(f, "la substancia es {}", name.to_lowercase()),
            Self::Antibiotic => f.write_str("es un antibiótico"),
            Self::Prohibited { narcotic: true } => f.write_str("es un estupefaciente prohibido"),
            Self::Prohibited { narcotic: false } => f.write_str("es un psicotrópico del grupo I"),
            Self::Profession(profession) => write!(f, "prescribe {}", who(*profession)),
            Self::CedulaSuspended => f.write_str("la cédula de quien prescribe no está vigente"),
            Self::NurseListed(true) => f.write_str("la lista de la Secretaría lo incluye"),
            Self::NurseListed(false) => f.write_str("la lista de la Secretaría no lo incluye"),
            Self::InternsMayTreat(days) => write!(
                f,
                "la Secretaría permite a los pasantes tratamientos de {days} días"
            ),
            Self::Animal(species) => write!(f, "es para un animal ({species})"),
            Self::Written(on) => write!(f, "se escribe el {}", day(*on)),
            Self::Packages(count) => write!(f, "se piden {count} presentaciones por surtido"),
            Self::Fills(count) => write!(f, "se piden {count} surtidos"),
            Self::Interval(days) => write!(f, "quien prescribe indica un surtido cada {days} días"),
            Self::Days(days) => write!(f, "el tratamiento es de {days} días"),
            Self::DailyMost(most) => {
                write!(f, "la indicación aprobada admite {most} tabletas al día")
            }
            Self::Brand(brand, false) => write!(f, "prefiere la distintiva «{brand}»"),
            Self::Brand(brand, true) => write!(f, "exige la distintiva «{brand}» sin sustitución"),
            Self::NoDose => f.write_str("no se escribe la dosis"),
            Self::NoSpecialFolio => f.write_str("no hay folio de recetario especial"),
            Self::FolioProblem(problem) => write!(f, "el folio especial {}", folio(*problem)),
            Self::NeedlessFolio => f.write_str("se escribe en un recetario especial"),
            Self::NoAddress => f.write_str("falta el domicilio del paciente"),
            Self::NoDiagnosis => f.write_str("falta el diagnóstico"),
            Self::Diagnosis(code) => write!(f, "el diagnóstico es {code}"),
            Self::Inpatient(units) => write!(
                f,
                "el paciente está hospitalizado y se piden dosis unitarias (envase de {units})"
            ),
            Self::HasOpen => {
                f.write_str("el paciente tiene la misma substancia por surtir en otra receta")
            }
            Self::HasGroupUntil(until) => write!(
                f,
                "al paciente le alcanza otro medicamento del mismo grupo hasta el {}",
                day(*until)
            ),
            Self::Reason(reason) => {
                write!(f, "quien prescribe lo vio y dice: {}", reason.in_spanish())
            }
            Self::PharmacyUnlicensed => f.write_str("la farmacia no tiene licencia sanitaria"),
            Self::HospitalPharmacy => f.write_str("la farmacia es la del hospital"),
            Self::ClassToday(fraction) => write!(
                f,
                "el día de la entrega el medicamento ya es de la fracción {fraction}"
            ),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prescribed => f.write_str("se prescribe"),
            Self::HandedOver(count, on) => write!(f, "la farmacia entrega {count} el {}", day(*on)),
            Self::ElsewhereHandedOver(count, on) => {
                write!(f, "otra farmacia entrega {count} el {}", day(*on))
            }
            Self::HandedOverWithoutLot(count, on) => {
                write!(
                    f,
                    "la farmacia entrega {count} sin anotar lote el {}",
                    day(*on)
                )
            }
            Self::HandedOverExpiring(expiry, on) => write!(
                f,
                "la farmacia entrega el {} un lote que caduca el {}",
                day(*on),
                day(*expiry)
            ),
            Self::HandedOverBrand(Some(brand), on) => {
                write!(f, "la farmacia entrega «{brand}» el {}", day(*on))
            }
            Self::HandedOverBrand(None, on) => {
                write!(f, "la farmacia entrega el genérico el {}", day(*on))
            }
            Self::HandedOverOther(on) => {
                write!(f, "la farmacia toma otro medicamento el {}", day(*on))
            }
            Self::BroughtBack(count, reason, destination, on) => write!(
                f,
                "el {} la farmacia recibe o corrige {count} ({}; {})",
                day(*on),
                reason.in_spanish(),
                destination.in_spanish()
            ),
            Self::Transferred(on) => write!(
                f,
                "el {} el paciente pide el resto en otra farmacia",
                day(*on)
            ),
            Self::Suspended => f.write_str("quien prescribió la suspende"),
            Self::Resumed => f.write_str("quien prescribió la reanuda"),
            Self::Comes(on) => write!(f, "llega el {}", day(*on)),
        }
    }
}

impl fmt::Display for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("se acepta"),
            Self::Refused(code) => write!(f, "se niega por este artículo (`{code}`)"),
            Self::RefusedByUs(code) => write!(f, "se niega (`{code}`)"),
            Self::ValidUntil(until) => write!(f, "vale hasta el {}", day(*until)),
            Self::Class(fraction) => write!(f, "se registra en la fracción {fraction}"),
            Self::Retained(true) => f.write_str("la receta se retiene"),
            Self::Retained(false) => f.write_str("la receta sigue con el paciente"),
            Self::Owed(count) => write!(f, "se deben {count}"),
            Self::Closed => f.write_str("no se debe nada más"),
            Self::Is(phase) => write!(f, "la receta queda {phase}"),
            Self::Units(units) => write!(f, "consta la entrega de {units} unidades"),
        }
    }
}

fn who(profession: Profession) -> &'static str {
    match profession {
        Profession::Physician => "un médico cirujano",
        Profession::Homeopath => "un médico homeópata",
        Profession::Dentist => "un cirujano dentista",
        Profession::Veterinarian => "un médico veterinario",
        Profession::Nurse => "un licenciado en enfermería",
        Profession::MedicalIntern => "un pasante de medicina",
    }
}

fn folio(problem: SpecialFolioProblem) -> &'static str {
    match problem {
        SpecialFolioProblem::Unknown => "no lo asignó ninguna autoridad",
        SpecialFolioProblem::OfAnother => "está asignado a otro",
        SpecialFolioProblem::Used => "ya se usó",
        SpecialFolioProblem::Void => "está cancelado, extraviado o robado",
        SpecialFolioProblem::NotDelivered => "aún no se entrega",
    }
}

/// The word of the phase, as the page says it.
pub(super) fn phase(status: Status, touched: bool) -> &'static str {
    match status {
        Status::Active if touched => "surtida en parte",
        Status::Active => "vigente",
        Status::Completed { .. } => "surtida por completo",
        Status::Cancelled { .. } => "cancelada",
        Status::Expired { .. } => "vencida",
        Status::Suspended { .. } => "suspendida",
    }
}
