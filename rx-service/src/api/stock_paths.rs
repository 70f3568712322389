//! Where, in what was sent, the thing stands that a rule of stock and books refuses.

use axum::http::StatusCode;
use prescription::refusal::Field;
use substances::Refusal;

use crate::fhir::{Issue, IssueType, OperationOutcome, RequestPaths};
use crate::flow::FlowError;

/// How a movement was sent.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// A movement order, JSON.
    Order,
    /// A `SupplyDelivery`.
    SupplyDelivery,
    /// A CSV file: the line of the file for each line of the movement.
    Csv(Vec<u64>),
}

/// What a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Whole,
    Kind,
    At,
    Document,
    Permit,
    Counterpart,
    Shipment,
    Witnesses,
    Corrects,
    Lines,
    Clave,
    Lot,
    Expiry,
    Amount,
    Reason,
}

/// The answer to a movement that the rules refuse.
pub(super) fn outcome(refusals: &[Refusal], form: &Form) -> OperationOutcome {
    let issues = refusals.iter().map(|refusal| Issue {
        expression: Some(path(form, element(refusal), refusal.line())),
        ..issue(refusal)
    });
    OperationOutcome {
        issues: issues.collect(),
    }
}

/// The answer to a dispensing for which stock or books are not as they must be.
pub(super) fn of_dispensing(
    refusals: &[Refusal],
    paths: Option<&RequestPaths>,
) -> OperationOutcome {
    let issues = refusals.iter().map(|refusal| {
        let field = match element(refusal) {
            Element::At => Field::Date,
            Element::Lot | Element::Expiry | Element::Amount => Field::Lot,
            Element::Clave => Field::Medication,
            Element::Whole
            | Element::Kind
            | Element::Document
            | Element::Permit
            | Element::Counterpart
            | Element::Shipment
            | Element::Witnesses
            | Element::Corrects
            | Element::Lines
            | Element::Reason => Field::Whole,
        };
        let line = refusal.line().and_then(|line| u8::try_from(line).ok());
        let mut issue = issue(refusal);
        if let Refusal::NotEnoughStock { held, .. } = refusal {
            issue.text = format!(
                "No hay existencias suficientes de ese lote: quedan {held} unidades según el \
                 libro. Registre primero la llegada, o revise lote y caducidad."
            );
        }
        issue.expression = paths.map(|paths| paths.of(field, line));
        issue
    });
    OperationOutcome {
        issues: issues.collect(),
    }
}

/// Failures that are about no element of what was sent.
pub(super) fn plain(error: &FlowError) -> (StatusCode, IssueType, &'static str, &'static str) {
    if let FlowError::NoSuchBook(text) = error {
        (
            StatusCode::NOT_FOUND,
            IssueType::NotFound,
            "no-such-book",
            *text,
        )
    } else if let FlowError::TooManyLines = error {
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            IssueType::TooCostly,
            "too-many-lines",
            "El libro tiene demasiados asientos en esos días. Pida menos días.",
        )
    } else {
        (
            StatusCode::CONFLICT,
            IssueType::Transient,
            "busy",
            "Otra operación mueve las mismas existencias. Envíe lo mismo de nuevo.",
        )
    }
}

/// The refusal of a movement that did not happen now.
pub(super) fn not_now(form: &Form) -> Issue {
    let text = "La hora debe ser la actual, o la de un movimiento sin conexión de las últimas 72 \
                horas.";
    Issue {
        expression: Some(path(form, Element::At, None)),
        ..Issue::error(IssueType::Value, "not-now", text)
    }
}

fn issue(refusal: &Refusal) -> Issue {
    Issue {
        law: refusal.law(),
        ..Issue::error(issue_type(refusal), refusal.code(), refusal.in_spanish())
    }
}

/// FHIR's class of a refusal.
fn issue_type(refusal: &Refusal) -> IssueType {
    match refusal {
        Refusal::KindMayNot { .. }
        | Refusal::NotLicensed { .. }
        | Refusal::NoResponsible
        | Refusal::BookNotAuthorised { .. }
        | Refusal::NotTheReceiver
        | Refusal::CounterpartNotLicensed { .. } => IssueType::Forbidden,
        Refusal::MedicineUnknown { .. } => IssueType::CodeInvalid,
        Refusal::CounterpartUnknown | Refusal::ShipmentUnknown => IssueType::NotFound,
        Refusal::NotEnoughStock { .. }
        | Refusal::AlreadyOpened { .. }
        | Refusal::MoreThanShipped { .. }
        | Refusal::MoreThanCorrected { .. }
        | Refusal::BeforeLastEntry { .. } => IssueType::Conflict,
        Refusal::LinesOfOrder { .. }
        | Refusal::InTheFuture
        | Refusal::RecordedWithPrescription
        | Refusal::DocumentMissing { .. }
        | Refusal::TextNotPrintable
        | Refusal::PermitMissing { .. }
        | Refusal::WitnessesMissing { .. }
        | Refusal::NoticeOfNothing
        | Refusal::PapersNotNeeded { .. }
        | Refusal::CounterpartMissing { .. }
        | Refusal::CounterpartIsSelf
        | Refusal::NotControlled { .. }
        | Refusal::UnitsOfLine { .. }
        | Refusal::LotNumber { .. }
        | Refusal::LotExpired { .. }
        | Refusal::TooMany { .. }
        | Refusal::NotInShipment { .. }
        | Refusal::ReasonMissing { .. }
        | Refusal::ReasonDoesNotFit { .. }
        | Refusal::NotCorrectable
        | Refusal::NotInCorrected { .. }
        | Refusal::LotMissing { .. }
        | Refusal::NotOfPrescription => IssueType::BusinessRule,
    }
}

fn element(refusal: &Refusal) -> Element {
    match refusal {
        Refusal::KindMayNot { .. } | Refusal::RecordedWithPrescription => Element::Kind,
        Refusal::LinesOfOrder { .. } => Element::Lines,
        Refusal::InTheFuture | Refusal::BeforeLastEntry { .. } => Element::At,
        Refusal::DocumentMissing { .. } => Element::Document,
        Refusal::PermitMissing { .. } => Element::Permit,
        Refusal::WitnessesMissing { .. } => Element::Witnesses,
        Refusal::CounterpartMissing { .. }
        | Refusal::CounterpartUnknown
        | Refusal::CounterpartIsSelf
        | Refusal::CounterpartNotLicensed { .. } => Element::Counterpart,
        Refusal::ShipmentUnknown | Refusal::NotTheReceiver => Element::Shipment,
        Refusal::NotCorrectable => Element::Corrects,
        Refusal::MedicineUnknown { .. } | Refusal::NotControlled { .. } => Element::Clave,
        Refusal::LotNumber { .. }
        | Refusal::LotMissing { .. }
        | Refusal::AlreadyOpened { .. }
        | Refusal::NotInShipment { .. }
        | Refusal::NotInCorrected { .. } => Element::Lot,
        Refusal::LotExpired { .. } => Element::Expiry,
        Refusal::UnitsOfLine { .. }
        | Refusal::NotEnoughStock { .. }
        | Refusal::TooMany { .. }
        | Refusal::MoreThanShipped { .. }
        | Refusal::MoreThanCorrected { .. } => Element::Amount,
        Refusal::ReasonMissing { .. } | Refusal::ReasonDoesNotFit { .. } => Element::Reason,
        Refusal::NotLicensed { .. }
        | Refusal::NoResponsible
        | Refusal::BookNotAuthorised { .. }
        | Refusal::TextNotPrintable
        | Refusal::NoticeOfNothing
        | Refusal::PapersNotNeeded { .. }
        | Refusal::NotOfPrescription => Element::Whole,
    }
}

fn path(form: &Form, element: Element, line: Option<usize>) -> String {
    let index = line.map_or(0, |line| line.saturating_sub(1));
    match form {
        Form::Order => of_order(element, index),
        Form::SupplyDelivery => of_supply_delivery(element).to_owned(),
        Form::Csv(rows) => match (of_csv(element), rows.get(index)) {
            (column, Some(row)) if line.is_some() => format!("csv:{row}:{column}"),
            (column, _) => format!("csv:{column}"),
        },
    }
}

fn of_order(element: Element, index: usize) -> String {
    let member = match element {
        Element::Whole => return "MovementOrder".to_owned(),
        Element::Kind => "kind",
        Element::At => "at",
        Element::Document => "document",
        Element::Permit => "permit",
        Element::Counterpart => "counterpart",
        Element::Shipment => "shipment",
        Element::Witnesses => "witnesses",
        Element::Corrects => "corrects",
        Element::Lines => "lines",
        Element::Clave => return format!("MovementOrder.lines[{index}].clave"),
        Element::Lot => return format!("MovementOrder.lines[{index}].lot"),
        Element::Expiry => return format!("MovementOrder.lines[{index}].expiry"),
        Element::Amount => return format!("MovementOrder.lines[{index}]"),
        Element::Reason => return format!("MovementOrder.lines[{index}].reason"),
    };
    format!("MovementOrder.{member}")
}

fn of_supply_delivery(element: Element) -> &'static str {
    match element {
        Element::At => "SupplyDelivery.occurrenceDateTime",
        Element::Document | Element::Permit | Element::Shipment => "SupplyDelivery.identifier",
        Element::Counterpart => "SupplyDelivery.supplier",
        Element::Clave => "SupplyDelivery.contained[0].code",
        Element::Lot => "SupplyDelivery.contained[0].batch.lotNumber",
        Element::Expiry => "SupplyDelivery.contained[0].batch.expirationDate",
        Element::Amount => "SupplyDelivery.suppliedItem.quantity",
        Element::Kind => "SupplyDelivery.status",
        Element::Whole
        | Element::Witnesses
        | Element::Corrects
        | Element::Lines
        | Element::Reason => "SupplyDelivery",
    }
}

fn of_csv(element: Element) -> &'static str {
    match element {
        Element::Clave => "clave",
        Element::Lot => "lote",
        Element::Expiry => "caducidad",
        Element::Amount => "envases",
        Element::Kind => "kind",
        Element::At => "at",
        Element::Document => "document",
        Element::Permit => "permit",
        Element::Counterpart => "rfc",
        Element::Shipment => "shipment",
        Element::Whole
        | Element::Witnesses
        | Element::Corrects
        | Element::Lines
        | Element::Reason => "1",
    }
}
