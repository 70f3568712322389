//! Invoice, permit, acta, witnesses, notice.

use std::collections::BTreeSet;

use crate::law::Parameters;
use crate::{Book, CountReason, Movement, MovementKind, MovementLine, Origin, Refusal};

/// The longest text of a paper, in bytes.
const MAX_TEXT: usize = 120;

/// Whether the movement has the papers that its kind needs.
pub(super) fn complete(movement: &Movement, parameters: Parameters) -> Vec<Refusal> {
    let kind = movement.kind;
    let mut refusals = Vec::new();
    if needs_document(kind) && movement.document.is_none() {
        refusals.push(Refusal::DocumentMissing { kind });
    }
    if needs_permit(movement, parameters) && movement.permit.is_none() {
        refusals.push(Refusal::PermitMissing { kind });
    }
    let least = parameters.destruction_witnesses;
    let distinct: BTreeSet<_> = movement.witnesses.iter().collect();
    if kind == MovementKind::Destruction
        && (distinct.len() < usize::from(least) || distinct.len() < movement.witnesses.len())
    {
        refusals.push(Refusal::WitnessesMissing { least });
    }
    if !texts(movement).all(printable) {
        refusals.push(Refusal::TextNotPrintable);
    }
    refusals
}

fn needs_document(kind: MovementKind) -> bool {
    match kind {
        MovementKind::Manufacture
        | MovementKind::Import
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
        | MovementKind::Release => false,
    }
}

/// Every import of a controlled medicine ([`law::LGS_375_IX`](crate::law::LGS_375_IX)), and trade in
/// fraction I ([`law::LGS_236`](crate::law::LGS_236), [`law::LGS_250`](crate::law::LGS_250)).
fn needs_permit(movement: &Movement, parameters: Parameters) -> bool {
    let any = |wanted: fn(Book) -> bool| movement.lines.iter().any(|line| wanted(line.book));
    let ordered = matches!(movement.origin, Origin::Register { .. });
    match movement.kind {
        MovementKind::Import => any(Book::is_controlled),
        MovementKind::Purchase | MovementKind::Shipment | MovementKind::Return => {
            ordered && parameters.fraction_i_trade_permit && any(|book| book == Book::I)
        }
        MovementKind::Opening
        | MovementKind::Manufacture
        | MovementKind::Receipt
        | MovementKind::Dispensing
        | MovementKind::Destruction
        | MovementKind::Loss
        | MovementKind::Theft
        | MovementKind::Count
        | MovementKind::Release => false,
    }
}

/// Whether COFEPRIS must be given notice: of a loss or theft of a controlled medicine, found in a
/// count or not.
pub(super) fn needs_notice(kind: MovementKind, lines: &[MovementLine]) -> bool {
    lines.iter().any(|line| {
        let reason = line.counted.and_then(|counted| counted.reason);
        let found = matches!(reason, Some(CountReason::Breakage | CountReason::Theft));
        line.book.is_controlled() && (kind.needs_notice() || found)
    })
}

fn texts(movement: &Movement) -> impl Iterator<Item = &String> {
    let papers = [&movement.document, &movement.permit, &movement.notice];
    papers.into_iter().flatten().chain(&movement.witnesses)
}

fn printable(text: &String) -> bool {
    !text.is_empty()
        && text.len() <= MAX_TEXT
        && text.trim() == text
        && !text.chars().any(char::is_control)
}
