//! Invoice, permit, acta, witnesses, notice.

use std::collections::BTreeSet;

use crate::law::Parameters;
use crate::{
    Book, CountReason, Movement, MovementFacts, MovementKind, MovementLine, MovementOrder, Refusal,
};

/// The longest text of a paper, in bytes.
const MAX_TEXT: usize = 120;

/// Whether the movement has the papers that its kind needs, and none that belong to another. A
/// correction needs none: it refers to the entry that had them.
pub(super) fn complete(movement: &Movement, facts: &MovementFacts) -> Vec<Refusal> {
    let kind = movement.kind;
    let mut refusals = Vec::new();
    if movement.corrects.is_none() {
        refusals.extend(needed(movement, facts.parameters));
    }
    if movement.notice.is_some() && !may_have_notice(movement) {
        refusals.push(Refusal::PapersNotNeeded { kind });
    }
    if kind == MovementKind::Notice && !gives_notice(movement, facts) {
        refusals.push(Refusal::NoticeOfNothing);
    }
    if !texts(movement).all(is_printable) {
        refusals.push(Refusal::TextNotPrintable);
    }
    refusals
}

fn needed(movement: &Movement, parameters: Parameters) -> Vec<Refusal> {
    let kind = movement.kind;
    let mut refusals = Vec::new();
    if needs_document(kind) && movement.document.is_none() {
        refusals.push(Refusal::DocumentMissing { kind });
    }
    if needs_permit(movement, parameters) && movement.permit.is_none() {
        refusals.push(Refusal::PermitMissing { kind });
    }
    if kind == MovementKind::Destruction {
        refusals.extend(witnesses(movement, parameters.destruction_witnesses));
    }
    refusals
}

fn needs_document(kind: MovementKind) -> bool {
    match kind {
        MovementKind::Manufacture
        | MovementKind::Import
        | MovementKind::Export
        | MovementKind::Purchase
        | MovementKind::Shipment
        | MovementKind::Return
        | MovementKind::Destruction
        | MovementKind::Theft => true,
        MovementKind::Opening
        | MovementKind::Receipt
        | MovementKind::Dispensing
        | MovementKind::Loss
        | MovementKind::Count
        | MovementKind::Release
        | MovementKind::Notice => false,
    }
}

/// Every import and export of a controlled medicine ([`law::LGS_375_IX`](crate::law::LGS_375_IX)),
/// and trade in fraction I ([`law::LGS_236`](crate::law::LGS_236)), where psychotropic group II
/// belongs too ([`law::LGS_250`](crate::law::LGS_250)).
fn needs_permit(movement: &Movement, parameters: Parameters) -> bool {
    let books = || movement.lines.iter().map(|line| line.book);
    match movement.kind {
        MovementKind::Import | MovementKind::Export => books().any(Book::is_controlled),
        MovementKind::Purchase | MovementKind::Shipment | MovementKind::Return => {
            parameters.fraction_i_trade_permit && books().any(|book| book == Book::I)
        }
        MovementKind::Opening
        | MovementKind::Manufacture
        | MovementKind::Receipt
        | MovementKind::Dispensing
        | MovementKind::Destruction
        | MovementKind::Loss
        | MovementKind::Theft
        | MovementKind::Count
        | MovementKind::Release
        | MovementKind::Notice => false,
    }
}

/// Destruction is an act that needs authorisation ([`law::LGS_235`](crate::law::LGS_235),
/// [`law::LGS_247`](crate::law::LGS_247)), and is seen by several: names that differ, each once.
fn witnesses(movement: &Movement, least: u8) -> Option<Refusal> {
    let book = movement.lines.iter().map(|line| line.book).min()?;
    let names = movement.witnesses.iter().map(|name| name.to_lowercase());
    let distinct: BTreeSet<_> = names.collect();
    let enough = distinct.len() >= usize::from(least);
    let once = distinct.len() == movement.witnesses.len();
    (!(enough && once)).then_some(Refusal::WitnessesMissing { book, least })
}

/// Whether COFEPRIS must be given notice: of a loss or theft of a controlled medicine, found in a
/// count or not.
pub(super) fn needs_notice(order: &MovementOrder, lines: &[MovementLine]) -> bool {
    let gone = order.kind.needs_notice() && order.corrects.is_none();
    lines
        .iter()
        .any(|line| line.book.is_controlled() && (gone || found_gone(line)))
}

fn found_gone(line: &MovementLine) -> bool {
    let reason = line.counted.and_then(|counted| counted.reason);
    matches!(reason, Some(CountReason::Breakage | CountReason::Theft))
}

fn may_have_notice(movement: &Movement) -> bool {
    movement.kind == MovementKind::Notice
        || movement.kind.needs_notice()
        || movement.lines.iter().any(found_gone)
}

/// A notice names its folio and a movement of this establishment whose notice is due.
fn gives_notice(movement: &Movement, facts: &MovementFacts) -> bool {
    let about = facts.corrected.as_ref().map(|earlier| &earlier.movement);
    movement.notice.is_some()
        && about.is_some_and(|about| {
            about.establishment == movement.establishment
                && movement.corrects.is_some()
                && about.number() == movement.corrects
                && about.notice_due.is_some()
        })
}

fn texts(movement: &Movement) -> impl Iterator<Item = &str> {
    let papers = [&movement.document, &movement.permit, &movement.notice];
    let papers = papers.into_iter().flatten().chain(&movement.witnesses);
    papers.map(String::as_str)
}

/// Whether a text can stand in a column of the book.
pub(super) fn is_printable(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_TEXT
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::tests::fixture::{Case, date, lawful, ordered, recorded, refused};

    #[test]
    fn each_kind_has_its_document() {
        for kind in ordered() {
            let refusals = refused(kind, Book::II, |case| case.order.document = None);
            let expected = needs_document(kind).then_some(Refusal::DocumentMissing { kind });
            assert_eq!(refusals, Vec::from_iter(expected));
        }
    }

    #[test]
    fn trade_with_other_countries_needs_a_permit() {
        for kind in [MovementKind::Import, MovementKind::Export] {
            for book in [Book::I, Book::II, Book::III] {
                let refusals = refused(kind, book, |case| case.order.permit = None);
                assert_eq!(refusals, [Refusal::PermitMissing { kind }]);
                assert_eq!(refusals[0].law(), Some(law::LGS_375_IX));
            }
            let free = refused(kind, Book::Antibiotics, |case| case.order.permit = None);
            assert!(free.is_empty());
        }
    }

    #[test]
    fn trade_in_fraction_i_needs_a_special_permit() {
        for kind in [
            MovementKind::Purchase,
            MovementKind::Shipment,
            MovementKind::Return,
        ] {
            let refusals = refused(kind, Book::I, |case| case.order.permit = None);
            assert_eq!(refusals, [Refusal::PermitMissing { kind }]);
            assert_eq!(refusals[0].law(), Some(law::LGS_236));
            let relaxed = refused(kind, Book::I, |case| {
                case.order.permit = None;
                case.facts.parameters.fraction_i_trade_permit = false;
            });
            assert!(relaxed.is_empty());
            assert!(refused(kind, Book::II, |case| case.order.permit = None).is_empty());
        }
    }

    #[test]
    fn a_destruction_is_seen_by_two_who_are_not_the_same() {
        let of = |book, names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            refused(MovementKind::Destruction, book, |case| {
                case.order.witnesses = names;
            })
        };
        for (book, article) in [
            (Book::I, law::LGS_235),
            (Book::II, law::LGS_247),
            (Book::III, law::LGS_247),
            (Book::Antibiotics, law::ACUERDO_ANTIBIOTICOS_2010),
        ] {
            let missing = [Refusal::WitnessesMissing { book, least: 2 }];
            assert_eq!(missing[0].law(), Some(article));
            assert_eq!(of(book, &[]), missing);
            assert_eq!(of(book, &["Ana Ruiz"]), missing);
            assert_eq!(of(book, &["Ana Ruiz", "ANA RUIZ"]), missing);
            assert_eq!(of(book, &["Ana Ruiz", "Luis Paz", "Luis Paz"]), missing);
            assert_eq!(of(book, &["Ana Ruiz", "Luis Paz"]), []);
        }
    }

    #[test]
    fn the_notice_of_a_theft_is_given_or_due() {
        for kind in [MovementKind::Loss, MovementKind::Theft] {
            let due = recorded(lawful(kind, Book::III));
            assert_eq!(due.notice_due, Some(date("2026-08-04")));
            let mut case = lawful(kind, Book::III);
            case.order.notice = Some("AV-9".to_owned());
            assert_eq!(recorded(case).notice_due, None);
            assert_eq!(recorded(lawful(kind, Book::Antibiotics)).notice_due, None);
        }
        let needless = refused(MovementKind::Purchase, Book::I, |case| {
            case.order.notice = Some("AV-9".to_owned());
        });
        let kind = MovementKind::Purchase;
        assert_eq!(needless, [Refusal::PapersNotNeeded { kind }]);
    }

    #[test]
    fn a_notice_is_about_something_due() {
        let wrong: [fn(&mut Case); 4] = [
            |case| case.order.notice = None,
            |case| case.order.corrects = None,
            |case| case.facts.corrected = None,
            |case| {
                if let Some(earlier) = &mut case.facts.corrected {
                    earlier.movement.notice_due = None;
                }
            },
        ];
        for change in wrong {
            let refusals = refused(MovementKind::Notice, Book::I, change);
            assert_eq!(refusals, [Refusal::NoticeOfNothing]);
        }
    }

    /// The theft may have been on the way: the notice is about it, and refers to no shipment itself.
    #[test]
    fn a_notice_of_what_was_lost_on_the_way_can_be_given() {
        let mut stolen = lawful(MovementKind::Receipt, Book::I);
        stolen.order.kind = MovementKind::Theft;
        let mut stolen = recorded(stolen);
        stolen.origin = crate::Origin::Register { number: 7 };
        let mut case = lawful(MovementKind::Notice, Book::I);
        case.facts.corrected = Some(crate::EarlierFacts::of(stolen, []));
        let notice = recorded(case);
        assert_eq!((notice.corrects, notice.shipment), (Some(7), None));
    }

    #[test]
    fn texts_can_be_printed() {
        for text in ["", " F1", "F\n1", &"9".repeat(121)] {
            let refusals = refused(MovementKind::Purchase, Book::I, |case| {
                case.order.document = Some(text.to_owned());
            });
            assert_eq!(refusals, [Refusal::TextNotPrintable], "{text:?}");
        }
    }
}
