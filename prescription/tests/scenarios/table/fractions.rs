//! The six fractions of article 226, the psychotropics of 248 to 252, and what changed in 2026.

use Given::{Antibiotic, Fills, Interval, Medicine, Packages, Prohibited, Substance, Written};
use Then::{Accepted, Class, Closed, Is, Owed, Refused, RefusedByUs, Retained, ValidUntil};
use When::{Comes, ElsewhereHandedOver, HandedOver, Prescribed};
use jiff::civil::date;
use prescription::Fraction;
use prescription::issue::Profession;
use prescription::law::{
    ACUERDO_ANTIBIOTICOS_2010, DECRETO_2026_01_15, LGS_226_I, LGS_226_II, LGS_226_III, LGS_226_IV,
    LGS_226_V_VI, LGS_237, LGS_248, LGS_250, LGS_251, LGS_252,
};

use crate::step::{Given, Then, When};
use crate::{Scenario, scenario};

const TRAMADOL: Given = Medicine("040.000.6140.00", "tramadol");
const CARBAMAZEPINA: Given = Medicine("040.000.2608.00", "carbamazepina");

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = special_and_once();
    all.extend(three_times());
    all.extend(as_often_as_indicated());
    all.extend(prohibited());
    all.extend(reform());
    all
}

fn special_and_once() -> Vec<Scenario> {
    let (june_1, june_2) = (date(2026, 6, 1), date(2026, 6, 2));
    let ii = || Given::Fraction(Fraction::II);
    vec![
        scenario(LGS_226_I, "Sólo con receta especial")
            .given(Given::Fraction(Fraction::I))
            .given(Given::NoSpecialFolio)
            .when(Prescribed)
            .then(Refused("special-folio-missing")),
        scenario(LGS_226_I, "Con receta especial")
            .given(Given::Fraction(Fraction::I))
            .when(Prescribed)
            .then(Accepted),
        scenario(LGS_226_II, "Dos presentaciones como máximo")
            .given(ii())
            .given(Packages(2))
            .when(Prescribed)
            .then(Accepted),
        scenario(LGS_226_II, "Tres presentaciones son de más")
            .given(ii())
            .given(Packages(3))
            .when(Prescribed)
            .then(Refused("fraction-ii-packages")),
        scenario(LGS_226_II, "Treinta días de vigencia")
            .given(ii())
            .when(Prescribed)
            .then(ValidUntil(date(2026, 7, 1)))
            .when(HandedOver(1, date(2026, 7, 2)))
            .then(RefusedByUs("already-expired"))
            .when(Comes(date(2026, 7, 2)))
            .then(Is("vencida")),
        scenario(LGS_226_II, "El último día todavía se surte")
            .given(ii())
            .when(Prescribed)
            .then(Accepted)
            .when(Comes(date(2026, 7, 1)))
            .then(RefusedByUs("still-valid"))
            .when(HandedOver(2, date(2026, 7, 1)))
            .then(Retained(true)),
        scenario(LGS_226_II, "Se registra en el libro con lote y caducidad")
            .given(ii())
            .when(Prescribed)
            .then(Accepted)
            .when(When::HandedOverWithoutLot(1, june_1))
            .then(Refused("lot-missing")),
        scenario(LGS_251, "Se surte una sola vez, aunque falte una parte")
            .given(ii())
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(1, june_1))
            .then(Retained(true))
            .then(Closed)
            .then(Is("surtida por completo"))
            .when(ElsewhereHandedOver(1, june_2))
            .then(RefusedByUs("already-completed")),
        scenario(LGS_251, "No lleva resurtidos")
            .given(ii())
            .given(Fills(2))
            .when(Prescribed)
            .then(Refused("too-many-fills")),
    ]
}

fn three_times() -> Vec<Scenario> {
    let (june_1, june_2) = (date(2026, 6, 1), date(2026, 6, 2));
    let iii = || Given::Fraction(Fraction::III);
    vec![
        scenario(LGS_226_III, "Tres veces, y a la tercera se retiene")
            .given(iii())
            .given(Fills(3))
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(2, june_1))
            .then(Retained(false))
            .when(HandedOver(1, june_2))
            .then(Retained(false))
            .then(Owed(2))
            .when(ElsewhereHandedOver(2, date(2026, 8, 1)))
            .then(Retained(true))
            .then(Closed),
        scenario(LGS_226_III, "No cuatro veces")
            .given(iii())
            .given(Fills(4))
            .when(Prescribed)
            .then(Refused("too-many-fills")),
        scenario(LGS_226_III, "Se registra cada vez")
            .given(iii())
            .given(Fills(3))
            .when(Prescribed)
            .then(Accepted)
            .when(When::HandedOverWithoutLot(1, june_1))
            .then(Refused("lot-missing")),
        scenario(LGS_252, "Seis meses de vigencia")
            .given(iii())
            .given(Fills(3))
            .given(Written(date(2026, 8, 31)))
            .when(Prescribed)
            .then(ValidUntil(date(2027, 2, 28)))
            .when(HandedOver(2, date(2027, 3, 1)))
            .then(RefusedByUs("already-expired")),
    ]
}

fn as_often_as_indicated() -> Vec<Scenario> {
    let (june_1, june_2) = (date(2026, 6, 1), date(2026, 6, 2));
    let free = |fraction| {
        scenario(
            LGS_226_V_VI,
            if fraction == Fraction::V {
                "Sin receta en farmacias"
            } else {
                "Sin receta en otros comercios"
            },
        )
        .given(Given::Fraction(fraction))
        .given(Given::Profession(Profession::Nurse))
        .given(Given::PharmacyUnlicensed)
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(2, june_1))
        .then(Retained(false))
    };
    vec![
        scenario(LGS_226_IV, "Se resurte tantas veces como se indique")
            .given(Given::Fraction(Fraction::IV))
            .given(Fills(12))
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(2, june_1))
            .then(Retained(false))
            .then(Owed(2)),
        scenario(LGS_226_IV, "Y cada cuanto se indique")
            .given(Given::Fraction(Fraction::IV))
            .given(Fills(3))
            .given(Interval(30))
            .when(Prescribed)
            .then(Accepted)
            .when(HandedOver(2, june_1))
            .then(Accepted)
            .when(HandedOver(2, date(2026, 6, 25)))
            .then(RefusedByUs("too-early"))
            .when(HandedOver(2, date(2026, 6, 26)))
            .then(Accepted),
        free(Fraction::V),
        free(Fraction::VI),
        scenario(
            ACUERDO_ANTIBIOTICOS_2010,
            "Se retiene al completar el tratamiento",
        )
        .given(Antibiotic)
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(1, june_1))
        .then(Retained(false))
        .then(Owed(1))
        .when(HandedOver(1, june_2))
        .then(Retained(true)),
        scenario(
            ACUERDO_ANTIBIOTICOS_2010,
            "Cada venta se registra con lote y caducidad",
        )
        .given(Antibiotic)
        .when(Prescribed)
        .then(Accepted)
        .when(When::HandedOverWithoutLot(1, june_1))
        .then(Refused("lot-missing")),
    ]
}

fn prohibited() -> Vec<Scenario> {
    vec![
        scenario(LGS_237, "Heroína, opio para fumar, adormidera y coca")
            .given(Prohibited { narcotic: true })
            .when(Prescribed)
            .then(Refused("prohibited")),
        scenario(LGS_248, "Psicotrópicos del grupo I")
            .given(Prohibited { narcotic: false })
            .when(Prescribed)
            .then(Refused("prohibited")),
        scenario(LGS_250, "El grupo II va en receta especial")
            .given(Substance("SECOBARBITAL"))
            .when(Prescribed)
            .then(Class(Fraction::I)),
    ]
}

fn reform() -> Vec<Scenario> {
    let of = |title, what: Given, written, fraction| {
        scenario(DECRETO_2026_01_15, title)
            .given(Written(written))
            .given(what)
            .given(Fills(1))
            .when(Prescribed)
            .then(Class(fraction))
    };
    let (before, since) = (date(2026, 7, 13), date(2026, 7, 14));
    vec![
        of("Tramadol, la víspera", TRAMADOL, before, Fraction::III),
        of(
            "Tramadol, desde el 14 de julio",
            TRAMADOL,
            since,
            Fraction::II,
        ),
        of(
            "Carbamazepina, el día de la publicación",
            CARBAMAZEPINA,
            date(2026, 1, 15),
            Fraction::III,
        ),
        of(
            "Carbamazepina, al día siguiente",
            CARBAMAZEPINA,
            date(2026, 1, 16),
            Fraction::IV,
        ),
        of(
            "Pseudoefedrina, la víspera",
            Substance("PSEUDOEFEDRINA"),
            before,
            Fraction::II,
        ),
        of(
            "Pseudoefedrina, desde el 14 de julio",
            Substance("PSEUDOEFEDRINA"),
            since,
            Fraction::I,
        ),
        scenario(DECRETO_2026_01_15, "La receta de la víspera sigue su regla")
            .given(Written(before))
            .given(TRAMADOL)
            .given(Fills(3))
            .given(Given::ClassToday(Fraction::II))
            .when(Prescribed)
            .then(ValidUntil(date(2027, 1, 13)))
            .when(HandedOver(2, since))
            .then(Retained(false))
            .then(Owed(2)),
        scenario(
            DECRETO_2026_01_15,
            "Pero la farmacia necesita la licencia de hoy",
        )
        .given(Given::Fraction(Fraction::IV))
        .given(Given::ClassToday(Fraction::II))
        .given(Given::PharmacyUnlicensed)
        .when(Prescribed)
        .then(Accepted)
        .when(HandedOver(2, date(2026, 6, 1)))
        .then(RefusedByUs("pharmacy-not-licensed")),
    ]
}
