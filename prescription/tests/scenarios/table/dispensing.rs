//! The counter: articles 198, 227 Bis, 233 and 242, and what may follow a dispensing.

use Then::{Accepted, Closed, Is, Owed, Refused, RefusedByUs, Retained};
use When::{
    BroughtBack, ElsewhereHandedOver, HandedOver, HandedOverExpiring, HandedOverWithoutLot,
    Prescribed, Resumed, Suspended, Transferred,
};
use jiff::civil::{Date, date};
use prescription::Fraction;
use prescription::event::{Destination, ReturnReason};
use prescription::law::{
    Article, LGS_198_I, LGS_226_IV, LGS_227_BIS, LGS_233, LGS_242, LGS_251, LGS_252,
};

use crate::step::{Given, Then, When};
use crate::{Scenario, scenario};

const JUNE_1: Date = date(2026, 6, 1);
const JUNE_2: Date = date(2026, 6, 2);

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = licences();
    all.extend(collected());
    all.extend(rest());
    all.extend(returned());
    all.extend(corrected_and_replaced());
    all
}

fn prescribed(article: Article, title: &'static str, fraction: Fraction) -> Scenario {
    scenario(article, title).given(Given::Fraction(fraction))
}

fn licences() -> Vec<Scenario> {
    let unlicensed = |article, title, fraction| {
        prescribed(article, title, fraction)
            .given(Given::PharmacyUnlicensed)
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(1, JUNE_1))
            .then(Refused("pharmacy-not-licensed"))
    };
    vec![
        unlicensed(
            LGS_198_I,
            "Sin licencia no se entregan psicotrópicos",
            Fraction::III,
        ),
        unlicensed(
            LGS_227_BIS,
            "Sin licencia no se suministra la fracción II",
            Fraction::II,
        ),
        unlicensed(
            LGS_242,
            "Sin autorización no se surten estupefacientes",
            Fraction::I,
        ),
        prescribed(
            LGS_233,
            "El día de la caducidad aún se entrega",
            Fraction::IV,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOverExpiring(JUNE_2, JUNE_2))
        .then(Accepted),
        prescribed(LGS_233, "Al día siguiente no", Fraction::IV)
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOverExpiring(JUNE_1, JUNE_2))
            .then(Refused("medicine-expired")),
    ]
}

fn collected() -> Vec<Scenario> {
    vec![
        prescribed(
            LGS_242,
            "Se recoge siempre, y quien la recogió debe el resto",
            Fraction::I,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(1, JUNE_1))
        .then(Retained(true))
        .then(Owed(1))
        .when(ElsewhereHandedOver(1, date(2026, 6, 20)))
        .then(Refused("owed-elsewhere"))
        .when(Transferred(JUNE_2))
        .then(Refused("retained-not-transferable"))
        .when(HandedOver(1, date(2026, 6, 20)))
        .then(Closed)
        .then(Is("surtida por completo")),
        prescribed(
            LGS_242,
            "Se asienta en el libro con lote y caducidad",
            Fraction::I,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOverWithoutLot(1, JUNE_1))
        .then(Refused("lot-missing")),
        prescribed(
            LGS_242,
            "Los asientos van en el orden de los días",
            Fraction::I,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(1, JUNE_2))
        .then(Accepted)
        .when(HandedOver(1, JUNE_1))
        .then(RefusedByUs("back-dated")),
        prescribed(LGS_242, "Se surte una receta, no más", Fraction::I)
            .given(Given::Fills(2))
            .when(Prescribed)
            .then(Refused("too-many-fills")),
    ]
}

fn rest() -> Vec<Scenario> {
    vec![
        prescribed(
            LGS_226_IV,
            "Quien empieza un surtido debe el resto",
            Fraction::IV,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(1, JUNE_1))
        .then(Owed(1))
        .when(ElsewhereHandedOver(1, JUNE_2))
        .then(RefusedByUs("owed-elsewhere"))
        .when(Transferred(JUNE_2))
        .then(Accepted)
        .when(ElsewhereHandedOver(1, JUNE_2))
        .then(Closed),
        prescribed(
            LGS_226_IV,
            "Pasados unos días, cualquiera lo entrega",
            Fraction::IV,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(1, JUNE_1))
        .then(Owed(1))
        .when(ElsewhereHandedOver(1, date(2026, 6, 9)))
        .then(Closed),
        prescribed(
            LGS_226_IV,
            "Lo indica quien prescribe: también que espere",
            Fraction::IV,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(Suspended)
        .then(Is("suspendida"))
        .when(HandedOver(1, JUNE_1))
        .then(RefusedByUs("suspended"))
        .when(Resumed)
        .then(Is("vigente"))
        .when(HandedOver(1, JUNE_1))
        .then(Owed(1)),
    ]
}

fn returned() -> Vec<Scenario> {
    let error = ReturnReason::EnteredInError;
    let (shelf, quarantine) = (Destination::Shelf, Destination::Quarantine);
    vec![
        prescribed(
            LGS_251,
            "Un surtido registrado por error no es una vez",
            Fraction::II,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(2, JUNE_1))
        .then(Closed)
        .when(BroughtBack(2, error, shelf, JUNE_2))
        .then(Owed(2))
        .then(Is("vigente")),
        prescribed(
            LGS_251,
            "Lo devuelto por el paciente no se vuelve a surtir",
            Fraction::II,
        )
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(2, JUNE_1))
        .then(Closed)
        .when(BroughtBack(1, ReturnReason::PatientReturn, shelf, JUNE_2))
        .then(RefusedByUs("not-to-the-shelf"))
        .when(BroughtBack(
            1,
            ReturnReason::PatientReturn,
            quarantine,
            JUNE_2,
        ))
        .then(Closed)
        .when(BroughtBack(2, error, shelf, JUNE_2))
        .then(RefusedByUs("more-than-handed-over")),
        prescribed(LGS_251, "Un lote retirado no da otra vez", Fraction::II)
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(2, JUNE_1))
            .then(Closed)
            .when(BroughtBack(
                2,
                ReturnReason::RecalledLot,
                quarantine,
                JUNE_2,
            ))
            .then(Closed),
    ]
}

fn corrected_and_replaced() -> Vec<Scenario> {
    let error = ReturnReason::EnteredInError;
    let (shelf, quarantine) = (Destination::Shelf, Destination::Quarantine);
    vec![
        prescribed(
            LGS_252,
            "De tres veces, la registrada por error no cuenta",
            Fraction::III,
        )
        .given(Given::Fills(3))
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(2, JUNE_1))
        .then(Owed(2))
        .when(HandedOver(2, JUNE_1))
        .then(Owed(2))
        .when(HandedOver(2, JUNE_1))
        .then(Closed)
        .when(BroughtBack(2, error, shelf, JUNE_2))
        .then(Owed(2)),
        prescribed(LGS_226_IV, "Un lote retirado se repone", Fraction::IV)
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(2, JUNE_1))
            .then(Closed)
            .when(BroughtBack(
                2,
                ReturnReason::RecalledLot,
                quarantine,
                JUNE_2,
            ))
            .then(Owed(2)),
        prescribed(LGS_226_IV, "La devolución tiene su plazo", Fraction::IV)
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(2, JUNE_1))
            .then(Closed)
            .when(BroughtBack(
                1,
                ReturnReason::Damaged,
                quarantine,
                date(2026, 7, 2),
            ))
            .then(RefusedByUs("return-window-over")),
    ]
}
