//! Push: an act that is written down is delivered, as the same bytes, until the service answers.

use jiff::Timestamp;

use crate::counter::Counter;
use crate::service::{Receipt, ReceiptError, Reply, ServiceError, StateAnswer};
use crate::store::{ActState, PendingAct, RecordedAct, Store, StoreError};

/// What came of a delivery. It is written down already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The ledger has the act.
    Confirmed {
        /// Its index.
        ledger_index: u64,
    },
    /// The service says no; of an offline act, that is a conflict.
    Refused {
        /// Why.
        reason: String,
    },
    /// No answer: the act stays pending.
    Unanswered(ServiceError),
    /// A yes that the pinned ledger did not sign: the act stays pending.
    BadReceipt(ReceiptError),
}

/// Delivers an act and writes down what came of it.
///
/// # Errors
/// [`StoreError`]: the outcome could not be written down; the act stays pending and is delivered
/// again.
pub fn push(counter: &Counter, act: &PendingAct, now: Timestamp) -> Result<Delivery, StoreError> {
    let _one_at_a_time = counter.delivering();
    let recorded = counter.store().act(&act.act.id)?;
    if let Some(settled) = recorded.and_then(settled) {
        return Ok(settled);
    }
    let answer = counter
        .service
        .dispense(&act.submission, act.act.lines.len());
    let delivery = delivery_of(answer, |header| {
        Receipt::from_header(header, &counter.ledger)
    });
    let delivery = match delivery {
        // What was handed over meanwhile explains a conflict better than the refusal alone.
        Err(Delivery::Refused { reason }) if act.act.offline => {
            let state = counter.service.state(&act.qr);
            Err(Delivery::Refused {
                reason: explained(reason, state.as_ref().ok()),
            })
        }
        other => other,
    };
    settle(&mut counter.store(), act, delivery, now)
}

/// What came of an act that somebody else delivered meanwhile.
fn settled(recorded: RecordedAct) -> Option<Delivery> {
    match (recorded.state, recorded.ledger_index) {
        (ActState::Pending, _) => None,
        (ActState::Confirmed, Some(ledger_index)) => Some(Delivery::Confirmed { ledger_index }),
        (ActState::Confirmed | ActState::Refused | ActState::Conflict, _) => {
            let reason = recorded.reason.unwrap_or_default();
            Some(Delivery::Refused { reason })
        }
    }
}

/// What an answer means for the act: a receipt, or why there is none.
pub(crate) fn delivery_of(
    answer: Result<Reply, ServiceError>,
    read: impl FnOnce(Option<&str>) -> Result<Receipt, ReceiptError>,
) -> Result<Receipt, Delivery> {
    match answer {
        Ok(reply) => read(reply.receipt.as_deref()).map_err(Delivery::BadReceipt),
        Err(ServiceError::Refused(reasons)) => Err(Delivery::Refused {
            reason: reasons.join(" "),
        }),
        Err(error) => Err(Delivery::Unanswered(error)),
    }
}

fn settle(
    store: &mut Store,
    act: &PendingAct,
    delivery: Result<Receipt, Delivery>,
    now: Timestamp,
) -> Result<Delivery, StoreError> {
    let id = &act.act.id;
    match delivery {
        Ok(receipt) => {
            store.confirm_act(id, &receipt, now)?;
            let ledger_index = receipt.index;
            Ok(Delivery::Confirmed { ledger_index })
        }
        Err(delivery) => {
            match &delivery {
                Delivery::Refused { reason } => store.refuse_act(id, reason, now)?,
                Delivery::Unanswered(error) => store.note_attempt(id, &error.to_string())?,
                Delivery::BadReceipt(error) => store.note_attempt(id, &error.to_string())?,
                Delivery::Confirmed { .. } => {}
            }
            Ok(delivery)
        }
    }
}

fn explained(reason: String, state: Option<&StateAnswer>) -> String {
    let Some(state) = state else { return reason };
    let earlier: Vec<_> = state
        .dispensings
        .iter()
        .map(|done| done.at.to_string())
        .collect();
    let phase = state.phase.in_spanish();
    let list = if earlier.is_empty() {
        "ninguno".to_owned()
    } else {
        earlier.join(", ")
    };
    format!("{reason} Estado en el servicio: {phase}; surtidos registrados: {list}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::{act, offline_act, submission};
    use crate::fixture::{answer, now, verified};
    use crate::store::Act;

    fn recorded(act: &Act) -> (tempfile::TempDir, Store, PendingAct) {
        let (folder, mut store) = Store::temporary();
        store.record_act(act, &submission(), "RX1").unwrap();
        let pending = store.pending_acts().unwrap().remove(0);
        (folder, store, pending)
    }

    fn receipt() -> Receipt {
        Receipt {
            index: 5,
            proof: "proof".to_owned(),
        }
    }

    fn yes() -> Reply {
        Reply {
            status: 201,
            receipt: Some("cg==".to_owned()),
            body: vec![],
        }
    }

    #[test]
    fn a_lost_answer_then_a_retry_confirms_once() {
        let (_folder, mut store, pending) = recorded(&act(1));
        let lost = ServiceError::Unreachable("timed out".to_owned());
        let first = delivery_of(Err(lost.clone()), |_| Ok(receipt()));
        let first = settle(&mut store, &pending, first, now()).unwrap();
        assert_eq!(first, Delivery::Unanswered(lost));
        let [again] = store.pending_acts().unwrap().try_into().unwrap();
        assert_eq!(again, pending, "the same bytes");

        assert_eq!(settled(store.act(&pending.act.id).unwrap().unwrap()), None);
        let second = delivery_of(Ok(yes()), |_| Ok(receipt()));
        let second = settle(&mut store, &again, second, now()).unwrap();
        assert_eq!(second, Delivery::Confirmed { ledger_index: 5 });
        assert_eq!(
            settled(store.act(&pending.act.id).unwrap().unwrap()),
            Some(second)
        );
        assert_eq!(store.act(&pending.act.id).unwrap().unwrap().attempts, 2);
    }

    #[test]
    fn a_yes_without_the_pinned_ledgers_receipt_confirms_nothing() {
        let (_folder, mut store, pending) = recorded(&act(1));
        let foreign = delivery_of(Ok(yes()), |_| Err(ReceiptError::Foreign));
        let delivery = settle(&mut store, &pending, foreign, now()).unwrap();
        assert_eq!(delivery, Delivery::BadReceipt(ReceiptError::Foreign));
        assert_eq!(store.pending_acts().unwrap().len(), 1);
    }

    #[test]
    fn a_refusal_is_final_and_a_conflict_explains_itself() {
        let no = || Err(ServiceError::Refused(vec!["Ya se surtió.".to_owned()]));
        let (_folder, mut store, pending) = recorded(&offline_act(1));
        let refused = delivery_of(no(), |_| Ok(receipt()));
        settle(&mut store, &pending, refused, now()).unwrap();
        assert_eq!(store.conflicts().unwrap()[0].state, ActState::Conflict);

        let fresh = prescription::Prescription::new(crate::status::issued(&verified()).unwrap());
        let text = explained("Ya se surtió.".to_owned(), Some(&answer(&fresh)));
        assert!(
            text.contains("vigente") && text.contains("ninguno"),
            "{text}"
        );
        assert_eq!(explained("no".to_owned(), None), "no");
    }
}
