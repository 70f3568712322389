//! Refusals speak to programs and to people.

use std::collections::BTreeSet;

use super::fixture::date;
use crate::{Book, MovementKind, Refusal, Units};

/// One of each.
fn all() -> Vec<Refusal> {
    let (kind, book, line) = (MovementKind::Shipment, Book::II, 3);
    let (left, held, expected) = (Units::new(7), Units::new(8), Units::new(9));
    vec![
        Refusal::KindMayNot { kind },
        Refusal::NotLicensed { book },
        Refusal::NoResponsible,
        Refusal::BookNotAuthorised { book },
        Refusal::LinesOfOrder { most: 10 },
        Refusal::InTheFuture,
        Refusal::BeforeLastEntry {
            book,
            last: date("2026-08-02"),
        },
        Refusal::RecordedWithPrescription,
        Refusal::DocumentMissing { kind },
        Refusal::TextNotPrintable,
        Refusal::PermitMissing { kind },
        Refusal::WitnessesMissing { book, least: 2 },
        Refusal::NoticeOfNothing,
        Refusal::PapersNotNeeded { kind },
        Refusal::CounterpartMissing { kind },
        Refusal::CounterpartUnknown,
        Refusal::CounterpartIsSelf,
        Refusal::CounterpartNotLicensed { book },
        Refusal::ShipmentUnknown,
        Refusal::NotTheReceiver,
        Refusal::MedicineUnknown { line },
        Refusal::NotControlled { line },
        Refusal::UnitsOfLine { line },
        Refusal::LotNumber { line },
        Refusal::LotExpired { line },
        Refusal::NotEnoughStock { line, held },
        Refusal::TooMany { line },
        Refusal::AlreadyOpened { line },
        Refusal::NotInShipment { line },
        Refusal::MoreThanShipped { line, left },
        Refusal::ReasonMissing { line, expected },
        Refusal::ReasonDoesNotFit { line },
        Refusal::NotCorrectable,
        Refusal::NotInCorrected { line },
        Refusal::MoreThanCorrected { line, left },
        Refusal::LotMissing { line },
        Refusal::NotOfPrescription,
    ]
}

#[test]
fn codes_differ_and_are_written_alike() {
    let refusals = all();
    let codes: BTreeSet<_> = refusals.iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), refusals.len());
    for refusal in &refusals {
        let code = refusal.code();
        assert!(
            code.bytes().all(|c| c.is_ascii_lowercase() || c == b'-'),
            "{code}"
        );
        assert_eq!(refusal.to_string(), code);
    }
}

#[test]
fn each_says_in_spanish_what_is_wrong_and_under_which_article() {
    let mut texts = BTreeSet::new();
    for refusal in all() {
        let text = refusal.in_spanish();
        assert!(text.contains(". ") || text.ends_with('.'), "{text}");
        assert!(!text.contains(refusal.code()), "{text}");
        if let Some(article) = refusal.law() {
            assert!(text.contains(article.citation), "{text}");
        }
        if let Some(line) = refusal.line() {
            assert!(text.starts_with(&format!("Renglón {line}: ")), "{text}");
        }
        texts.insert(text);
    }
    assert_eq!(texts.len(), all().len());
}

#[test]
fn figures_and_dates_are_said() {
    let left = Units::new(7);
    let more = Refusal::MoreThanShipped { line: 3, left };
    assert_eq!(
        more.in_spanish(),
        "Renglón 3: del envío quedan 7 unidades de ese lote por recibir."
    );
    let book = Book::I;
    let last = date("2026-08-02");
    let text = Refusal::BeforeLastEntry { book, last }.in_spanish();
    assert!(
        text.contains("(02/08/2026)") && text.contains("LGS art. 242"),
        "{text}"
    );
}
