//! Who prescribes, and for whom: articles 28 Bis and 240.

use Given::{Animal, CedulaSuspended, Diagnosis, InternsMayTreat, NurseListed};
use Then::{Accepted, Refused};
use When::Prescribed;
use prescription::Fraction;
use prescription::issue::Profession;
use prescription::law::{LGS_28_BIS, LGS_240};

use crate::step::{Given, Then, When};
use crate::{Scenario, scenario};

const DENTAL: &str = "K04.7";
const BACK_PAIN: &str = "M54.5";

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = accepted();
    all.extend(refused());
    all
}

fn by(profession: Profession, fraction: Fraction) -> impl Fn(Scenario) -> Scenario {
    move |scenario| {
        let scenario = scenario.given(Given::Profession(profession));
        scenario.given(Given::Fraction(fraction))
    }
}

fn accepted() -> Vec<Scenario> {
    let all = vec![
        by(Profession::Physician, Fraction::IV)(scenario(LGS_28_BIS, "Médico")),
        by(Profession::Homeopath, Fraction::IV)(scenario(LGS_28_BIS, "Médico homeópata")),
        by(Profession::Dentist, Fraction::II)(scenario(LGS_28_BIS, "Cirujano dentista")),
        by(Profession::Veterinarian, Fraction::IV)(scenario(LGS_28_BIS, "Médico veterinario"))
            .given(Animal("perro")),
        by(Profession::Nurse, Fraction::IV)(scenario(LGS_28_BIS, "Enfermería, de la lista"))
            .given(NurseListed(true)),
        by(Profession::MedicalIntern, Fraction::IV)(scenario(LGS_28_BIS, "Pasante")),
        by(Profession::Physician, Fraction::I)(scenario(LGS_240, "Médico cirujano")),
        by(Profession::Veterinarian, Fraction::I)(scenario(LGS_240, "Veterinario, en animales"))
            .given(Animal("caballo")),
        by(Profession::Dentist, Fraction::I)(scenario(LGS_240, "Dentista, caso odontológico"))
            .given(Diagnosis(DENTAL)),
        by(Profession::MedicalIntern, Fraction::I)(scenario(LGS_240, "Pasante, dentro del límite"))
            .given(InternsMayTreat(7)),
    ];
    let all = all.into_iter();
    all.map(|one| one.when(Prescribed).then(Accepted)).collect()
}

fn refused() -> Vec<Scenario> {
    let refused = "profession-may-not-prescribe";
    vec![
        scenario(LGS_28_BIS, "Sin cédula vigente nadie prescribe")
            .given(CedulaSuspended)
            .when(Prescribed)
            .then(Refused("prescriber-not-active")),
        by(Profession::Nurse, Fraction::IV)(scenario(LGS_28_BIS, "Enfermería, fuera de la lista"))
            .given(NurseListed(false))
            .when(Prescribed)
            .then(Refused("not-on-nurse-list")),
        by(Profession::Nurse, Fraction::II)(scenario(LGS_28_BIS, "Enfermería, psicotrópicos"))
            .given(NurseListed(true))
            .when(Prescribed)
            .then(Refused(refused)),
        by(Profession::Homeopath, Fraction::III)(scenario(LGS_28_BIS, "Homeópata, psicotrópicos"))
            .when(Prescribed)
            .then(Refused(refused)),
        by(Profession::Veterinarian, Fraction::IV)(scenario(LGS_28_BIS, "Veterinario, a personas"))
            .when(Prescribed)
            .then(Refused(refused)),
        by(Profession::Physician, Fraction::IV)(scenario(LGS_28_BIS, "Médico, a un animal"))
            .given(Animal("gato"))
            .when(Prescribed)
            .then(Refused("not-for-animals")),
        by(Profession::Nurse, Fraction::I)(scenario(LGS_240, "Enfermería"))
            .when(Prescribed)
            .then(Refused(refused)),
        by(Profession::Homeopath, Fraction::I)(scenario(LGS_240, "Médico homeópata"))
            .when(Prescribed)
            .then(Refused(refused)),
        by(Profession::Dentist, Fraction::I)(scenario(LGS_240, "Dentista, otro caso"))
            .given(Diagnosis(BACK_PAIN))
            .when(Prescribed)
            .then(Refused("not-dental")),
        by(Profession::MedicalIntern, Fraction::I)(scenario(LGS_240, "Pasante, sin permiso"))
            .when(Prescribed)
            .then(Refused(refused)),
        by(Profession::MedicalIntern, Fraction::I)(scenario(LGS_240, "Pasante, más de su límite"))
            .given(InternsMayTreat(7))
            .given(Given::Days(8))
            .when(Prescribed)
            .then(Refused("intern-treatment-too-long")),
    ]
}
