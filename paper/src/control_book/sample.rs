//! Books for the tests: invented pharmacies, medicines of the Compendio.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{BookClass, BookPage, ControlBook, Entry};
use crate::letterhead::{Establishment, Period};

pub(crate) fn pharmacy() -> Establishment {
    Establishment {
        name: "Farmacia Hospitalaria «Dr. José Eleuterio González» de Ñuñoa".into(),
        clues: "NLSSA004023".into(),
        address: "Av. Francisco I. Madero 1500, Mitras Centro, 64460 Monterrey, Nuevo León".into(),
        licence: Some("22-AM-19-039-0001".into()),
        responsible: "Q.F.B. María de los Ángeles Núñez Íñiguez".into(),
        responsible_cedula: "12345678".into(),
    }
}

pub(crate) fn november() -> Period {
    Period {
        from: date(2026, 11, 1),
        to: date(2026, 11, 30),
    }
}

fn entry(number: u64, date: Date, concept: &str) -> Entry {
    Entry {
        number,
        date,
        concept: concept.into(),
        corrects: None,
        movement: Some(900 + number),
        document: None,
        permit: None,
        folio: None,
        retained: None,
        cedula: None,
        counterpart: String::new(),
        lot: Some("B24-1187".into()),
        expiry: Some(date + 18.months()),
        entered: 0,
        left: 0,
        balance: 0,
        ledger_index: Some(48_000 + number),
    }
}

fn purchase(number: u64, date: Date, units: u64) -> Entry {
    Entry {
        document: Some("Factura A-20931".into()),
        permit: Some("263300CO030417".into()),
        counterpart: "Distribuidora Farmacéutica del Noreste, S.A. de C.V.".into(),
        entered: units,
        ..entry(number, date, "Adquisición")
    }
}

fn dispensing(number: u64, date: Date, units: u64) -> Entry {
    Entry {
        movement: None,
        folio: Some("7K3M-9QRT-2ABX-51CD".into()),
        retained: Some(300 + number),
        cedula: Some("87654321".into()),
        counterpart: "Paciente con receta".into(),
        left: units,
        ..entry(number, date, "Surtido")
    }
}

/// Writes the balances that follow from the quantities.
fn balanced(mut page: BookPage) -> BookPage {
    let mut balance = page.opening;
    for entry in &mut page.entries {
        balance = balance + entry.entered - entry.left;
        entry.balance = balance;
    }
    page
}

fn morphine(entries: Vec<Entry>) -> BookPage {
    balanced(BookPage {
        clave: "040.000.2103.00".into(),
        generic_name: "Morfina, sulfato de".into(),
        form: "Tableta".into(),
        strength: "30 mg".into(),
        presentation: "Envase con 20 tabletas".into(),
        unit: "tabletas".into(),
        opening: 120,
        entries,
    })
}

/// One of each kind of entry, with a correction; a clave without movements; long names.
pub(crate) fn book() -> ControlBook {
    let on = |day: i8| date(2026, 11, day);
    let mut correction = dispensing(4, on(9), 0);
    correction.concept = "Devolución de un surtido".into();
    correction.corrects = Some(3);
    correction.entered = 10;
    correction.retained = None;
    let mut destruction = entry(6, on(20), "Destrucción de caducos");
    destruction.document = Some("Acta 0031/2026, con dos testigos".into());
    destruction.counterpart = "Autoridad sanitaria estatal".into();
    destruction.left = 20;
    let mut theft = entry(7, on(21), "Robo");
    theft.document = Some("Aviso a COFEPRIS 26-0098; carpeta CI-FMTY/2026/4431".into());
    theft.left = 40;
    let mut count = entry(8, on(30), "Conteo físico: diferencia por explicar");
    count.left = 1;
    count.ledger_index = None;
    let entries = vec![
        purchase(1, on(2), 400),
        dispensing(2, on(3), 60),
        dispensing(3, on(9), 60),
        correction,
        dispensing(5, on(12), 30),
        destruction,
        theft,
        count,
    ];
    let still = BookPage {
        clave: "040.000.4026.00".into(),
        generic_name: "Fentanilo".into(),
        form: "Solución inyectable".into(),
        strength: "0.5 mg/10 mL".into(),
        presentation: "Envase con 6 ampolletas o frascos ámpula con 10 mL".into(),
        unit: "ampolletas".into(),
        opening: 48,
        entries: Vec::new(),
    };
    ControlBook {
        class: BookClass::I,
        establishment: pharmacy(),
        permit: Some("263300EL950012".into()),
        period: november(),
        ledger: "libro.receta.example/2026".into(),
        pages: vec![morphine(entries), still],
    }
}

/// A book of so many entries: a purchase whenever the stock is low.
pub(crate) fn long_book(count: u64) -> ControlBook {
    let mut book = book();
    let mut balance: u64 = 120;
    let entries = (1..=count).map(|number| {
        let share = (number - 1) * 30 / count.max(1);
        let day = date(2026, 11, 1) + i64::try_from(share).unwrap().days();
        if balance < 60 {
            balance += 2_000;
            purchase(number, day, 2_000)
        } else {
            balance -= 30;
            dispensing(number, day, 30)
        }
    });
    let entries = entries.collect();
    book.pages = vec![morphine(entries)];
    book
}
