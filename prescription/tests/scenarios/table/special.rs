//! The receta itself: its content, the special recetario, and what the patient already has.

use Given::{
    Brand, DailyMost, Days, HasGroupUntil, HasOpen, Inpatient, NoAddress, NoDiagnosis, NoDose,
    Reason,
};
use Then::{Accepted, Refused, RefusedByUs, Units, ValidUntil};
use When::{HandedOver, Prescribed};
use jiff::civil::date;
use prescription::Fraction;
use prescription::event::OverlapReason;
use prescription::law::{
    LGS_225, LGS_226_BIS, LGS_226_GENERICA, LGS_241, LGS_241_I, LGS_241_II, RIS_29_30,
};
use prescription::refusal::SpecialFolioProblem;

use crate::step::{Given, Then, When};
use crate::{Scenario, scenario};

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = names();
    all.extend(recetario());
    all.extend(content());
    all.extend(overlaps());
    all
}

fn names() -> Vec<Scenario> {
    let june_1 = date(2026, 6, 1);
    vec![
        scenario(LGS_225, "Basta la denominación genérica")
            .when(Prescribed)
            .then(Accepted)
            .when(When::HandedOverBrand(Some("Una marca"), june_1))
            .then(Accepted),
        scenario(LGS_226_GENERICA, "La distintiva es una preferencia")
            .given(Brand("Tempra", false))
            .when(Prescribed)
            .then(Accepted)
            .when(When::HandedOverBrand(None, june_1))
            .then(Accepted),
        scenario(
            LGS_226_GENERICA,
            "Quien prescribe puede no autorizar la sustitución",
        )
        .given(Brand("Tempra", true))
        .when(Prescribed)
        .then(Accepted)
        .when(When::HandedOverBrand(None, june_1))
        .then(Refused("substitution-not-allowed"))
        .when(When::HandedOverBrand(Some("Otra"), june_1))
        .then(Refused("substitution-not-allowed"))
        .when(When::HandedOverBrand(Some("Tempra"), june_1))
        .then(Accepted),
        scenario(LGS_226_GENERICA, "Otro medicamento no es una sustitución")
            .when(Prescribed)
            .then(Accepted)
            .when(When::HandedOverOther(june_1))
            .then(RefusedByUs("wrong-medicine")),
        scenario(LGS_226_BIS, "Dosis exactas en el hospital")
            .given(Inpatient(30))
            .given(Given::Packages(3))
            .given(Given::HospitalPharmacy)
            .when(Prescribed)
            .then(ValidUntil(date(2026, 6, 2)))
            .when(HandedOver(3, june_1))
            .then(Units(3)),
        scenario(LGS_226_BIS, "No se surten en la calle")
            .given(Inpatient(30))
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(1, june_1))
            .then(Refused("unit-dose-elsewhere")),
        scenario(
            LGS_226_BIS,
            "No rebasan las dos presentaciones de la fracción II",
        )
        .given(Given::Fraction(Fraction::II))
        .given(Inpatient(10))
        .given(Given::Packages(21))
        .when(Prescribed)
        .then(Refused("unit-dose-count")),
    ]
}

fn recetario() -> Vec<Scenario> {
    let i = || Given::Fraction(Fraction::I);
    let folio = |title, problem| {
        scenario(LGS_241, title)
            .given(i())
            .given(Given::FolioProblem(problem))
            .when(Prescribed)
            .then(Refused("special-folio-not-usable"))
    };
    vec![
        folio("Folio que nadie asignó", SpecialFolioProblem::Unknown),
        folio("Folio de otro", SpecialFolioProblem::OfAnother),
        folio("Folio ya usado", SpecialFolioProblem::Used),
        folio("Folio robado", SpecialFolioProblem::Void),
        folio("Folio sin entregar", SpecialFolioProblem::NotDelivered),
        scenario(LGS_241, "En el recetario especial no va nada más")
            .given(i())
            .given(Given::SecondLine(Fraction::IV))
            .when(Prescribed)
            .then(Refused("fraction-i-mixed")),
        scenario(LGS_241, "El recetario especial no es para lo demás")
            .given(Given::Fraction(Fraction::II))
            .given(Given::NeedlessFolio)
            .when(Prescribed)
            .then(Refused("special-folio-not-needed")),
        scenario(LGS_241_I, "Treinta días de tratamiento")
            .given(i())
            .given(Days(30))
            .when(Prescribed)
            .then(Accepted),
        scenario(LGS_241_I, "Treinta y uno son de más")
            .given(i())
            .given(Days(31))
            .when(Prescribed)
            .then(Refused("treatment-too-long")),
        scenario(LGS_241_II, "Dentro de la indicación")
            .given(i())
            .given(DailyMost(3))
            .when(Prescribed)
            .then(Accepted),
        scenario(LGS_241_II, "Más unidades por día que la indicación")
            .given(i())
            .given(DailyMost(2))
            .when(Prescribed)
            .then(Refused("daily-dose-above-indication")),
    ]
}

fn content() -> Vec<Scenario> {
    let i = || Given::Fraction(Fraction::I);
    vec![
        scenario(RIS_29_30, "Toda receta lleva dosis, frecuencia y duración")
            .given(NoDose)
            .when(Prescribed)
            .then(Refused("dosage-incomplete")),
        scenario(RIS_29_30, "La especial lleva domicilio")
            .given(i())
            .given(NoAddress)
            .when(Prescribed)
            .then(Refused("address-missing")),
        scenario(RIS_29_30, "La especial lleva diagnóstico")
            .given(i())
            .given(NoDiagnosis)
            .when(Prescribed)
            .then(Refused("diagnosis-missing")),
        scenario(RIS_29_30, "Las demás no")
            .given(Given::Fraction(Fraction::II))
            .given(NoAddress)
            .given(NoDiagnosis)
            .when(Prescribed)
            .then(Accepted),
    ]
}

/// Not of an article but of the national guide; told where the dose of a day is limited.
fn overlaps() -> Vec<Scenario> {
    let group = || HasGroupUntil(date(2026, 6, 20));
    let ii = || Given::Fraction(Fraction::II);
    vec![
        scenario(LGS_241_II, "Ni dos recetas de la misma substancia a la vez")
            .given(ii())
            .given(HasOpen)
            .when(Prescribed)
            .then(RefusedByUs("duplicate-substance")),
        scenario(
            LGS_241_II,
            "Ni dos del mismo grupo mientras alcance la anterior",
        )
        .given(ii())
        .given(group())
        .when(Prescribed)
        .then(RefusedByUs("same-group")),
        scenario(LGS_241_II, "Salvo con motivo clínico, que se registra")
            .given(ii())
            .given(group())
            .given(Reason(OverlapReason::Switching))
            .when(Prescribed)
            .then(Accepted),
    ]
}
