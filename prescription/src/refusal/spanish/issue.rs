//! What a prescriber reads.

use jiff::civil::Date;

use super::{day, envases};
use crate::issue::BRAND_MAX_CHARS;
use crate::law::{FRACTION_I_MAX_TREATMENT_DAYS, FRACTION_II_MAX_PACKAGES};
use crate::refusal::SpecialFolioProblem;
use crate::{Folio, Fraction, Packages};

pub(super) const PRESCRIBER_NOT_ACTIVE: &str =
    "Su cédula no está vigente en el registro: regularícela antes de prescribir.";
pub(super) const NOT_AT_ESTABLISHMENT: &str =
    "Usted no está dado de alta en este establecimiento: pida su alta o prescriba desde el suyo.";
pub(super) const WRITTEN_ON: &str =
    "La fecha de la receta es futura o demasiado antigua: escríbala con la fecha de hoy.";
pub(super) const FRACTION_I_MIXED: &str = "Prescriba los medicamentos de la fracción I solos, en \
     su recetario especial, y los demás en otra receta.";
pub(super) const SPECIAL_FOLIO_MISSING: &str =
    "Anote el folio con código de barras de su recetario especial.";
pub(super) const SPECIAL_FOLIO_NOT_NEEDED: &str =
    "Retire el folio del recetario especial: ningún medicamento de esta receta lo requiere.";
pub(super) const ADDRESS_MISSING: &str = "Anote el domicilio del paciente.";
pub(super) const DIAGNOSIS_MISSING: &str = "Anote el diagnóstico.";
pub(super) const CONSENT_DENIED: &str =
    "El paciente no ha dado su consentimiento o lo revocó: pídaselo antes de continuar.";

pub(super) fn profession(line: Option<u8>, fraction: Option<Fraction>) -> String {
    let (Some(line), Some(fraction)) = (line, fraction) else {
        return "Su profesión no prescribe medicamentos para personas: remita al paciente a un \
                médico cirujano."
            .to_owned();
    };
    format!(
        "Renglón {line}: su profesión no puede prescribir medicamentos de la fracción {fraction}; \
         remita al paciente a un médico cirujano."
    )
}

pub(super) fn line_count(most: u8) -> String {
    format!("Prescriba de 1 a {most} medicamentos por receta; si son más, haga otra.")
}

pub(super) fn special_folio(problem: SpecialFolioProblem) -> &'static str {
    match problem {
        SpecialFolioProblem::Unknown => {
            "Ninguna autoridad asignó ese folio de recetario especial: revise que esté bien escrito."
        }
        SpecialFolioProblem::OfAnother => {
            "Ese folio de recetario especial está asignado a otro profesional: use uno de los suyos."
        }
        SpecialFolioProblem::Used => {
            "Ese folio de recetario especial ya se usó: tome el siguiente de su recetario."
        }
        SpecialFolioProblem::NotDelivered => {
            "Ese folio de recetario especial aún no consta como entregado: pida a la autoridad \
             sanitaria que registre la entrega, o use otro de los suyos."
        }
        SpecialFolioProblem::Void => {
            "Ese folio de recetario especial está cancelado, extraviado o robado: tome otro y, si \
             aún tiene el recetario, entréguelo a la autoridad sanitaria."
        }
    }
}

pub(super) fn medicine_unknown(line: u8) -> String {
    format!("Renglón {line}: el catálogo no tiene este medicamento; revise la clave.")
}

pub(super) fn prohibited(line: u8) -> String {
    format!("Renglón {line}: esta substancia está prohibida; prescriba otro medicamento.")
}

pub(super) fn package_count(line: u8, most: u32) -> String {
    format!("Renglón {line}: prescriba de 1 a {most} envases por surtido.")
}

pub(super) fn fraction_ii_packages(line: u8, asked: Packages) -> String {
    let asked = envases(asked.count());
    format!("Renglón {line}: pidió {asked}; prescriba {FRACTION_II_MAX_PACKAGES} como máximo.")
}

pub(super) fn no_fills(line: u8) -> String {
    format!("Renglón {line}: indique cuántas veces se surte, al menos una.")
}

pub(super) fn fills(line: u8, fraction: Fraction, most: u8) -> String {
    if !fraction.is_controlled() {
        return format!("Renglón {line}: prescriba {most} surtidos como máximo.");
    }
    let times = if most == 1 {
        "una sola vez".to_owned()
    } else {
        format!("hasta {most} veces")
    };
    format!("Renglón {line}: la fracción {fraction} se surte {times}; reduzca los surtidos.")
}

pub(super) fn treatment(line: u8, days: u16) -> String {
    format!(
        "Renglón {line}: pidió un tratamiento de {days} días; prescriba \
         {FRACTION_I_MAX_TREATMENT_DAYS} como máximo."
    )
}

pub(super) fn intern(line: u8, days: u16, most: u16) -> String {
    format!(
        "Renglón {line}: pidió un tratamiento de {days} días y un pasante puede prescribir {most} \
         como máximo; acórtelo o remita al paciente a un médico cirujano."
    )
}

pub(super) fn dosage_incomplete(line: u8) -> String {
    format!("Renglón {line}: complete la dosis, la frecuencia y la duración, sin ceros.")
}

pub(super) fn daily_dose(line: u8) -> String {
    format!("Renglón {line}: la dosis por día rebasa la indicación aprobada; redúzcala.")
}

pub(super) fn brand_name(line: u8) -> String {
    format!(
        "Renglón {line}: escriba la denominación distintiva sin espacios al principio ni al final \
         y en {BRAND_MAX_CHARS} caracteres como máximo, o déjela fuera."
    )
}

pub(super) fn duplicate(line: u8, other: Option<Folio>) -> String {
    match other {
        Some(folio) => format!(
            "Renglón {line}: el paciente ya tiene esta substancia en la receta vigente {folio}; \
             pida que la cancelen o espere a que termine."
        ),
        None => format!("Renglón {line}: esta substancia ya está en otro renglón; deje uno solo."),
    }
}

pub(super) const NOT_FOR_ANIMALS: &str =
    "Sólo un médico veterinario prescribe para un animal: remita al dueño con uno.";
pub(super) const SPECIES_MISSING: &str = "Anote la especie del animal.";

pub(super) fn not_dental(line: u8) -> String {
    format!(
        "Renglón {line}: el diagnóstico no es odontológico o no trae su clave CIE; anótela o remita \
         al paciente a un médico cirujano."
    )
}

pub(super) fn nurse_list(line: u8) -> String {
    format!(
        "Renglón {line}: no está en la lista de medicamentos que puede prescribir enfermería; \
         remita al paciente a un médico cirujano."
    )
}

pub(super) fn no_brand(line: u8) -> String {
    format!(
        "Renglón {line}: pidió que no se sustituya y no indicó la denominación distintiva; escríbala \
         o permita la sustitución."
    )
}

pub(super) fn unit_doses(line: u8, most: u32) -> String {
    format!("Renglón {line}: prescriba de 1 a {most} dosis unitarias.")
}

pub(super) fn unit_dose_fills(line: u8) -> String {
    format!(
        "Renglón {line}: las dosis unitarias se indican para una sola vez; haga otra indicación."
    )
}

pub(super) fn refill_interval(line: u8, most: u16) -> String {
    if most == 0 {
        return format!(
            "Renglón {line}: se surte una sola vez; retire el intervalo entre surtidos."
        );
    }
    format!(
        "Renglón {line}: indique de 1 a {most} días entre surtidos, para que quepan en la vigencia \
         de la receta."
    )
}

const OVERRIDE: &str = "si aun así lo requiere, prescriba con un motivo clínico";

pub(super) fn at_hand(line: u8, other: Folio, until: Date) -> String {
    format!(
        "Renglón {line}: al paciente le alcanza esta substancia hasta el {} por la receta {other}; \
         {OVERRIDE}.",
        day(until)
    )
}

pub(super) fn same_group(line: u8, other: Folio, until: Option<Date>) -> String {
    let what = match until {
        Some(until) => format!("le alcanza hasta el {}", day(until)),
        None => "aún está por surtirse".to_owned(),
    };
    format!(
        "Renglón {line}: el paciente ya tiene otro medicamento del mismo grupo terapéutico en la \
         receta {other}, que {what}; {OVERRIDE}."
    )
}

pub(super) fn same_special(line: u8, other: Folio) -> String {
    format!(
        "Renglón {line}: el paciente ya tiene este mismo medicamento por surtir en la receta \
         especial {other}; ningún motivo lo permite dos veces: pida que la cancelen primero."
    )
}
