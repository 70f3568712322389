//! The book as an inspector, a spreadsheet and a program see it.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;

use super::sample::{book, long_book};
use super::{BookError, ControlBook};
use crate::{readers, winansi};

fn text(book: &ControlBook) -> Option<String> {
    readers::text(&book.files().unwrap().pdf)
}

fn records(book: &ControlBook) -> Vec<BTreeMap<String, String>> {
    let csv = book.csv().unwrap();
    let mut reader = ::csv::Reader::from_reader(&csv[..]);
    let records = reader.deserialize();
    records.map(Result::unwrap).collect()
}

#[test]
fn an_inspector_finds_everything() {
    let Some(text) = text(&book()) else { return };
    for expected in [
        "ESTUPEFACIENTES Y PSICOTRÓPICOS DEL GRUPO II",
        "artículos 226 fracción I",
        "NLSSA004023",
        "22-AM-19-039-0001",
        "Q.F.B. María de los Ángeles Núñez Íñiguez",
        "del 1 de noviembre de 2026",
        "263300EL950012",
        "Morfina, sulfato de",
        "Saldo inicial del periodo",
        "Factura A-20931",
        "7K3M-9QRT-2ABX-51CD",
        "263300CO030417",
        "retenida n.º 302",
        "87654321",
        "(corrige",
        "(véase",
        "Conteo físico",
        "pendiente",
        "Sin movimientos en el periodo.",
        "Totales y saldo final",
        "Autoridad sanitaria que revisa",
        "Página 1 de 3",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing in {text}");
    }
}

#[test]
fn the_paper_prints_the_digest_of_the_file() {
    let files = book().files().unwrap();
    assert_eq!(files.csv_sha256, crate::twin::digest(&files.csv));
    let Some(text) = readers::text(&files.pdf) else {
        return;
    };
    assert!(text.contains(&files.csv_sha256), "{text}");
    let mut other = book();
    other.pages[0].entries[0].document = Some("Factura A-20932".into());
    assert_ne!(other.files().unwrap().csv_sha256, files.csv_sha256);
}

#[test]
fn the_file_has_a_record_for_each_entry_between_its_balances() {
    let records = records(&book());
    let rows: Vec<&str> = records.iter().map(|r| r["renglon"].as_str()).collect();
    let mut expected = vec!["saldo_inicial"];
    expected.extend(["asiento"; 8]);
    expected.extend(["saldo_final", "saldo_inicial", "saldo_final"]);
    assert_eq!(rows, expected);
    let correction = &records[4];
    for (column, cell) in [
        ("clues", "NLSSA004023"),
        ("fraccion", "I"),
        ("clave", "040.000.2103.00"),
        ("asiento", "4"),
        ("fecha", "2026-11-09"),
        ("corrige_asiento", "3"),
        ("entrada", "10"),
        ("salida", "0"),
        ("saldo", "410"),
        ("libro_publico", "libro.receta.example/2026"),
        ("indice_libro_publico", "48004"),
    ] {
        assert_eq!(correction[column], cell, "{column}");
    }
    assert_eq!(records[8]["indice_libro_publico"], "");
    assert_eq!(records[9]["saldo"], "319");
}

/// What the book, changed so, is refused for: the PDF and the CSV alike.
fn refused(change: impl FnOnce(&mut ControlBook)) -> Option<BookError> {
    let mut book = book();
    change(&mut book);
    assert_eq!(book.csv().err(), book.files().err());
    book.files().err()
}

fn morphine() -> String {
    "040.000.2103.00".to_owned()
}

#[test]
fn a_balance_that_does_not_follow_is_not_printed() {
    let balance = |number| {
        let clave = morphine();
        Some(BookError::Balance { clave, number })
    };
    let fewer = refused(|book| book.pages[0].entries[2].left = 59);
    assert_eq!(fewer, balance(3));
    let negative = refused(|book| {
        book.pages[0].entries[0].entered = 0;
        book.pages[0].entries[0].left = 121;
    });
    assert_eq!(negative, balance(1));
    let opening = refused(|book| book.pages[0].opening = 121);
    assert_eq!(opening, balance(1));
}

#[test]
fn numbers_have_no_gap_over_all_pages() {
    let gap = refused(|book| {
        book.pages[0].entries.remove(6);
        book.pages[0].entries[6].balance = 359;
    });
    let clave = morphine();
    assert_eq!(gap, Some(BookError::Number { clave, number: 8 }));
    let twice = refused(|book| {
        let mut entry = book.pages[0].entries[7].clone();
        (entry.left, entry.balance) = (0, 48);
        book.pages[1].entries.push(entry);
    });
    let clave = "040.000.4026.00".to_owned();
    assert_eq!(twice, Some(BookError::Number { clave, number: 8 }));
}

#[test]
fn dates_run_forwards_over_all_pages() {
    let clave = morphine();
    let order = refused(|book| book.pages[0].entries[4].date = date(2026, 11, 8));
    assert_eq!(order, Some(BookError::Order { clave, number: 5 }));
    let other_page = refused(|book| {
        let mut entry = book.pages[0].entries[7].clone();
        (entry.number, entry.date) = (9, date(2026, 11, 29));
        (entry.left, entry.balance) = (0, 48);
        book.pages[1].entries.push(entry);
    });
    let clave = "040.000.4026.00".to_owned();
    assert_eq!(other_page, Some(BookError::Order { clave, number: 9 }));
    let clave = morphine();
    let elsewhere = refused(|book| book.pages[0].entries[7].date = date(2026, 12, 1));
    assert_eq!(elsewhere, Some(BookError::OutOfPeriod { clave, number: 8 }));
    let backwards = refused(|book| book.period.to = date(2026, 10, 1));
    assert_eq!(backwards, Some(BookError::Period));
}

#[test]
fn a_correction_names_an_earlier_entry_and_a_clave_has_one_page() {
    let clave = morphine();
    let itself = refused(|book| book.pages[0].entries[3].corrects = Some(4));
    assert_eq!(itself, Some(BookError::Correction { clave, number: 4 }));
    let clave = morphine();
    let twice = refused(|book| book.pages[1].clave = morphine());
    assert_eq!(twice, Some(BookError::Page { clave }));
}

#[test]
fn a_page_that_continues_carries_its_balance() {
    let Some(text) = text(&long_book(100)) else {
        return;
    };
    let pages: Vec<&str> = text.split('\u{c}').collect();
    let carried = |page: &str, words: &str| {
        let line = page.lines().find(|line| line.contains(words));
        line.and_then(|line| line.split_whitespace().last().map(str::to_owned))
    };
    let mut turns = 0;
    for two in pages.windows(2) {
        if let Some(over) = carried(two[0], "Pasa a la página") {
            assert_eq!(carried(two[1], "Viene de la página"), Some(over));
            assert!(two[1].contains("(continúa)") && two[1].contains("Proveedor o destino"));
            turns += 1;
        }
    }
    assert!(turns >= 3, "{turns}");
}

#[test]
fn an_empty_book_is_a_book() {
    let mut empty = book();
    empty.pages.clear();
    let files = empty.files().unwrap();
    assert_eq!(files.csv.split(|byte| *byte == b'\n').count(), 2);
    let Some(text) = readers::text(&files.pdf) else {
        return;
    };
    assert!(text.contains("El libro no tiene claves"), "{text}");
}

#[test]
fn ten_thousand_entries_are_a_sound_file() {
    let files = long_book(10_000).files().unwrap();
    readers::check(&files.pdf);
    assert_eq!(files.csv.split(|byte| *byte == b'\n').count(), 10_004);
}

/// Not a limit that a test could keep: `cargo test --release -p paper -- --ignored --nocapture
/// how_long` prints how long a book of ten thousand entries takes here.
#[test]
#[ignore = "prints a figure"]
fn how_long_ten_thousand_entries_take() {
    let book = long_book(10_000);
    let start = std::time::Instant::now();
    let files = book.files().unwrap();
    println!(
        "10,000 entries: {:?}, PDF {} bytes, CSV {} bytes",
        start.elapsed(),
        files.pdf.len(),
        files.csv.len()
    );
}

#[test]
fn the_same_book_is_the_same_files() {
    assert_eq!(book().files(), book().files());
}

#[test]
fn formulas_do_not_reach_the_spreadsheet() {
    let mut book = book();
    book.pages[0].entries[0].counterpart = "=HYPERLINK(\"http://x\")".into();
    let records = records(&book);
    assert_eq!(
        records[1]["proveedor_o_destino"],
        "'=HYPERLINK(\"http://x\")"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_the_texts_every_letter_of_a_lot_is_printed(
        lot in "[A-Z0-9]{1,80}", name in "\\PC{0,200}", count in 1_u64..40,
    ) {
        let mut book = long_book(count);
        book.pages[0].entries[0].lot = Some(lot.clone());
        book.pages[0].entries[0].counterpart = name.clone();
        book.pages[0].generic_name = name;
        let pages = super::pdf::pages(&book, "0000").unwrap();
        let printed: String = pages.iter().map(|page| crate::page_text(page)).collect();
        let printed = printed.replace(' ', "");
        prop_assert!(winansi::decode(lot.as_bytes()).chars().all(|c| printed.contains(c)));
        crate::geometry::check(crate::sheet::Sheet::LetterLandscape, &pages);
    }
}

#[test]
#[ignore = "writes files to look at"]
fn samples() {
    for (name, book) in [("book", book()), ("long-book", long_book(1_000))] {
        let files = book.files().unwrap();
        readers::leave(&format!("{name}.pdf"), &files.pdf);
        readers::leave(&format!("{name}.csv"), &files.csv);
    }
}
