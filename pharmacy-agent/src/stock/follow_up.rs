//! What may follow an own movement: a new entry that takes it back, in whole or in part, or the folio
//! of the notice that was still due. Nothing is erased.

use jiff::Timestamp;
use prescription::Clave;

use super::kind::Kind;
use super::order::{MovementOrder, OrderLine};
use super::submit::statement;
use crate::counter::Counter;
use crate::declare::{DeclareError, Declared, declare, earlier};
use crate::service::MovementAnswer;
use crate::store::{ActId, ActState, RecordedStatement, StatementKind, StoreError};

/// A movement of this counter that the ledger has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What was stated.
    pub order: MovementOrder,
    /// What the service answered.
    pub answer: MovementAnswer,
    /// One sentence.
    pub summary: String,
}

/// Why nothing follows.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    /// No such movement here.
    #[error("Este mostrador no tiene registrado ese movimiento.")]
    NoSuchMovement,
    /// It is corrected otherwise.
    #[error("Un conteo se corrige con otro conteo, y una corrección o un aviso no se corrigen.")]
    NotCorrectable,
    /// A lot that the movement does not have, or more than it moved.
    #[error("El movimiento no tiene tanto de ese lote.")]
    NotInMovement,
    /// Nothing to take back.
    #[error("Indique qué se corrige.")]
    Nothing,
    /// Not stated.
    #[error(transparent)]
    Declare(#[from] DeclareError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Recorded {
    /// The movement of a statement, if it is one that the ledger has.
    #[must_use]
    pub fn of(recorded: &RecordedStatement) -> Option<Self> {
        let statement = &recorded.statement;
        let is_one = statement.kind == StatementKind::Movement;
        if !is_one || recorded.state != ActState::Confirmed {
            return None;
        }
        Some(Self {
            order: serde_json::from_slice(&statement.submission.document).ok()?,
            answer: serde_json::from_str(recorded.answer.as_deref()?).ok()?,
            summary: statement.summary.clone(),
        })
    }

    /// Whether a new entry can take it back.
    #[must_use]
    pub fn is_correctable(&self) -> bool {
        let once = self.order.corrects.is_none();
        once && !matches!(self.order.kind, Kind::Count | Kind::Notice)
    }

    /// The entry that takes back so many units of each lot.
    ///
    /// # Errors
    /// [`FollowUpError`].
    pub fn correction(
        &self,
        back: &[(Clave, String, u64)],
        now: Timestamp,
    ) -> Result<MovementOrder, FollowUpError> {
        if !self.is_correctable() {
            return Err(FollowUpError::NotCorrectable);
        }
        let mut lines = Vec::with_capacity(back.len());
        for (clave, lot, units) in back.iter().filter(|(_, _, units)| *units > 0) {
            let mut moved = self.order.lines.iter();
            let moved = moved.find(|line| line.clave == *clave && line.lot == *lot);
            let moved = moved.filter(|line| line.units >= *units);
            lines.push(OrderLine {
                units: *units,
                ..moved.ok_or(FollowUpError::NotInMovement)?.clone()
            });
        }
        if lines.is_empty() {
            return Err(FollowUpError::Nothing);
        }
        Ok(MovementOrder {
            counterpart: self.order.counterpart.clone(),
            shipment: self.order.shipment.clone(),
            document: self.order.document.clone(),
            corrects: Some(self.answer.number),
            ..MovementOrder::new(self.order.kind, now, lines)
        })
    }

    /// The entry that gives the folio of the notice.
    #[must_use]
    pub fn notice(&self, folio: &str, now: Timestamp) -> MovementOrder {
        MovementOrder {
            notice: Some(folio.trim().to_owned()),
            corrects: Some(self.answer.number),
            ..MovementOrder::new(Kind::Notice, now, Vec::new())
        }
    }
}

/// The movement with this number.
///
/// # Errors
/// [`FollowUpError`].
pub fn of_number(counter: &Counter, number: u64) -> Result<Recorded, FollowUpError> {
    let all = counter.store().statements_since(Timestamp::UNIX_EPOCH)?;
    let mut movements = all.iter().filter_map(Recorded::of);
    let found = movements.find(|it| it.answer.number == number);
    found.ok_or(FollowUpError::NoSuchMovement)
}

/// Signs, writes down and delivers what follows. The same number again is no second entry.
///
/// # Errors
/// [`FollowUpError`]; nothing was stated.
pub fn follow_up(
    counter: &Counter,
    id: &ActId,
    order: &MovementOrder,
) -> Result<Declared, FollowUpError> {
    if let Some(declared) = earlier(counter, id, order.at)? {
        return Ok(declared);
    }
    let number = order.corrects.unwrap_or_default();
    let summary = match &order.notice {
        Some(folio) if order.kind == Kind::Notice => {
            format!("Aviso a COFEPRIS {folio}, del movimiento {number}.")
        }
        _ => format!("Corrección del movimiento {number}."),
    };
    let statement = statement(counter, id.clone(), order, summary);
    let statement = statement.map_err(DeclareError::from)?;
    Ok(declare(counter, &statement, order.at)?)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixture::{self, CONTROLLED, now, receipt};

    fn recorded(kind: Kind) -> (tempfile::TempDir, Counter, Recorded) {
        let (folder, counter) = fixture::counter();
        let line = OrderLine {
            clave: CONTROLLED.parse().unwrap(),
            lot: "A".to_owned(),
            expiry: date(2027, 9, 30),
            units: 60,
            reason: None,
        };
        let order = MovementOrder::new(kind, now(), vec![line]);
        let id: ActId = "c".repeat(32).parse().unwrap();
        let stated = statement(&counter, id.clone(), &order, "x".to_owned()).unwrap();
        let mut store = counter.store();
        store.record_statements(&[stated]).unwrap();
        let pending = store.statement(&id).unwrap().unwrap();
        assert_eq!(
            Recorded::of(&pending),
            None,
            "nothing follows what is pending"
        );
        let answer = r#"{"number": 12, "notice_due": "2026-11-24"}"#;
        store
            .confirm_statement(&id, &receipt(), answer, now())
            .unwrap();
        drop(store);
        let found = of_number(&counter, 12).unwrap();
        (folder, counter, found)
    }

    #[test]
    fn a_correction_takes_back_no_more_than_was_moved() {
        let (_folder, counter, found) = recorded(Kind::Purchase);
        let clave: Clave = CONTROLLED.parse().unwrap();
        let back = |lot: &str, units| [(clave.clone(), lot.to_owned(), units)];
        let order = found.correction(&back("A", 30), now()).unwrap();
        assert_eq!((order.kind, order.corrects), (Kind::Purchase, Some(12)));
        assert_eq!(
            (order.lines[0].units, order.lines[0].lot.as_str()),
            (30, "A")
        );
        for (lot, units, said) in [
            ("A", 61, "no tiene tanto"),
            ("B", 1, "no tiene tanto"),
            ("A", 0, "Indique"),
        ] {
            let refused = found.correction(&back(lot, units), now()).unwrap_err();
            assert!(refused.to_string().contains(said), "{refused}");
        }
        let id: ActId = "d".repeat(32).parse().unwrap();
        for _ in 0..2 {
            follow_up(&counter, &id, &order).unwrap();
        }
        let [pending] = counter
            .store()
            .pending_statements()
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(pending.statement.summary, "Corrección del movimiento 12.");
        assert!(of_number(&counter, 13).is_err());
    }

    #[test]
    fn a_count_is_not_corrected_and_a_theft_gets_its_notice() {
        let (_folder, _counter, count) = recorded(Kind::Count);
        assert!(matches!(
            count.correction(&[], now()),
            Err(FollowUpError::NotCorrectable)
        ));
        let (_folder, _counter, theft) = recorded(Kind::Theft);
        assert!(theft.answer.notice_due.is_some());
        let order = theft.notice(" AV-7 ", now());
        let written = serde_json_canonicalizer::to_string(&order).unwrap();
        let expected = concat!(
            r#"{"at":"2026-11-23T18:00:00Z","corrects":12,"kind":"notice","#,
            r#""notice":"AV-7"}"#
        );
        assert_eq!(written, expected);
    }
}
