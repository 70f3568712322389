//! A checked movement is signed, written down and delivered.

use jiff::Timestamp;

use super::draft::{Against, Checked, Draft};
use super::on_hand::OnHand;
use super::order::MovementOrder;
use crate::counter::Counter;
use crate::declare::{DeclareError, Declared, declare, earlier, signed};
use crate::identity::IdentityError;
use crate::service::ServiceError;
use crate::store::{ActId, Statement, StatementKind};

/// Where movements are posted.
const PATH: &str = "/stock/movements";

/// The own stock, where the service tells it: without it a movement is checked less closely.
///
/// # Errors
/// [`ServiceError`] that is no outage.
pub fn stock_if_reachable(counter: &Counter) -> Result<Option<OnHand>, ServiceError> {
    match counter.service.on_hand() {
        Ok(stock) => Ok(Some(stock)),
        Err(error) if error.is_outage() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a draft is held against at `counter`.
#[must_use]
pub fn against<'a>(counter: &'a Counter, stock: Option<&'a OnHand>, now: Timestamp) -> Against<'a> {
    Against {
        clues: &counter.config.clues,
        catalog: &counter.catalog,
        licensed: counter.config.controlled_licence.is_some(),
        stock,
        now,
        today: counter.day(now),
    }
}

/// Signs, writes down and delivers. The same number again is no second movement.
///
/// # Errors
/// [`DeclareError`]; nothing was stated.
pub fn submit(
    counter: &Counter,
    id: &ActId,
    draft: &Draft,
    checked: &Checked,
) -> Result<Declared, DeclareError> {
    let now = checked.order.at;
    if let Some(declared) = earlier(counter, id, now)? {
        return Ok(declared);
    }
    let summary = summary(draft, checked);
    let statement = statement(counter, id.clone(), &checked.order, summary)?;
    Ok(declare(counter, &statement, now)?)
}

/// A signed movement.
///
/// # Errors
/// [`IdentityError::Sign`].
pub fn statement(
    counter: &Counter,
    id: ActId,
    order: &MovementOrder,
    summary: String,
) -> Result<Statement, IdentityError> {
    Ok(Statement {
        id,
        kind: StatementKind::Movement,
        at: order.at,
        path: PATH.to_owned(),
        submission: signed(order, &counter.identity)?,
        summary,
    })
}

/// One sentence for the list of what was stated.
fn summary(draft: &Draft, checked: &Checked) -> String {
    let mut words = vec![draft.kind.in_spanish().to_owned()];
    let order = &checked.order;
    words.extend(order.document.clone());
    let other = draft.counterparty.trim().to_uppercase();
    words.extend(Some(other).filter(|other| !other.is_empty()));
    let what = checked.lines.iter().map(|(_, line)| {
        let units = line.measure.words(line.units);
        format!("{} lote {}: {units}", line.name, line.lot)
    });
    let shown: Vec<_> = what.take(3).collect();
    let more = match checked.lines.len() - shown.len() {
        0 => String::new(),
        more => format!("; y {more} renglones más"),
    };
    format!("{}. {}{more}.", words.join(", "), shown.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, CONTROLLED, now};
    use crate::stock::{Kind, TypedLine};

    fn draft() -> Draft {
        let line = TypedLine {
            medicine: CONTROLLED.to_owned(),
            lot: "L1".to_owned(),
            expiry: "2027-09".to_owned(),
            packages: "2".to_owned(),
            units: String::new(),
        };
        Draft {
            document: "F-1".to_owned(),
            counterparty: "ALM010101AAA".to_owned(),
            licence: "LS-99".to_owned(),
            lines: vec![line],
            ..Draft::blank(Kind::Purchase)
        }
    }

    #[test]
    fn the_service_can_verify_what_was_checked_and_the_same_form_twice_is_one_movement() {
        let (_folder, counter) = fixture::counter();
        assert_eq!(stock_if_reachable(&counter), Ok(None));
        let id: ActId = "a".repeat(32).parse().unwrap();
        for _ in 0..2 {
            let checked = draft().check(&against(&counter, None, now())).unwrap();
            let done = submit(&counter, &id, &draft(), &checked).unwrap();
            assert!(matches!(done, Declared::Unknown { outage: true, .. }));
        }
        let [pending] = counter
            .store()
            .pending_statements()
            .unwrap()
            .try_into()
            .unwrap();
        let statement = pending.statement;
        assert!(
            statement
                .summary
                .starts_with("Llegada de proveedor, F-1, ALM010101AAA. Clonaz")
        );
        assert!(
            statement
                .summary
                .ends_with("lote L1: 60 tabletas (2 envases).")
        );
        let cose = data_encoding::BASE64URL_NOPAD
            .decode(statement.submission.signature.as_bytes())
            .unwrap();
        let (_, spki) = crate::identity::PharmacyIdentity::for_tests();
        let document = &statement.submission.document;
        assert!(signing::cose::verify_detached(&cose, document, &spki).is_ok());
        let order: MovementOrder = serde_json::from_slice(document).unwrap();
        assert_eq!((order.kind, order.lines[0].units), (Kind::Purchase, 60));
    }
}
