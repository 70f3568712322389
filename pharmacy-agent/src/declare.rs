//! Declare: what the pharmacy states besides its dispensings is written down, then delivered, as the
//! same signed bytes, until the service answers.

use jiff::Timestamp;
use serde::Serialize;

use crate::counter::Counter;
use crate::identity::{IdentityError, PharmacyIdentity};
use crate::push::{Delivery, delivery_of};
use crate::service::{Receipt, Reply, ServiceError};
use crate::store::{ActId, ActState, RecordedStatement, Statement, StoreError, Submission};

/// What came of a statement. Nothing has happened unless it is [`Declared::Confirmed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// The ledger has it.
    Confirmed {
        /// Its index.
        ledger_index: u64,
        /// What the service answered.
        answer: String,
    },
    /// The service says no: nothing has happened.
    Refused {
        /// Why.
        reason: String,
    },
    /// No answer: it may or may not have been recorded, and is delivered again.
    Unknown {
        /// Why.
        reason: String,
        /// Whether the network or the service is down.
        outage: bool,
    },
}

/// Nothing was stated.
#[derive(Debug, thiserror::Error)]
pub enum DeclareError {
    /// It cannot be signed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// It cannot be written down.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The canonical bytes (RFC 8785) of `resource` and the pharmacy's signature over them.
///
/// # Errors
/// [`IdentityError::Sign`].
pub fn signed(
    resource: &impl Serialize,
    identity: &PharmacyIdentity,
) -> Result<Submission, IdentityError> {
    let document = serde_json_canonicalizer::to_vec(resource).map_err(|_| IdentityError::Sign)?;
    let signature = identity.sign(&document)?;
    Ok(Submission {
        document,
        signature,
    })
}

/// What came of the statement with this number, if there is one: a reloaded page or a lost answer
/// makes no second statement. One that is pending is delivered again.
///
/// # Errors
/// [`StoreError`].
pub fn earlier(
    counter: &Counter,
    id: &ActId,
    now: Timestamp,
) -> Result<Option<Declared>, StoreError> {
    let recorded = counter.store().statement(id)?;
    recorded.map(|it| deliver(counter, &it, now)).transpose()
}

/// Writes a statement down and delivers it.
///
/// # Errors
/// [`StoreError`].
pub fn declare(
    counter: &Counter,
    statement: &Statement,
    now: Timestamp,
) -> Result<Declared, StoreError> {
    counter
        .store()
        .record_statements(std::slice::from_ref(statement))?;
    deliver_id(counter, &statement.id, now)
}

/// Delivers a statement that is written down.
///
/// # Errors
/// [`StoreError`].
pub fn deliver_id(counter: &Counter, id: &ActId, now: Timestamp) -> Result<Declared, StoreError> {
    earlier(counter, id, now)?.ok_or_else(|| StoreError::NotPending(id.to_string()))
}

/// Delivers a statement and writes down what came of it.
///
/// # Errors
/// [`StoreError`]: the outcome could not be written down; the statement stays pending.
pub fn deliver(
    counter: &Counter,
    recorded: &RecordedStatement,
    now: Timestamp,
) -> Result<Declared, StoreError> {
    let _one_at_a_time = counter.delivering();
    let id = &recorded.statement.id;
    let current = counter.store().statement(id)?;
    if let Some(settled) = current.and_then(settled) {
        return Ok(settled);
    }
    let answer = counter.service.state_to(&recorded.statement);
    settle(counter, id, answer, now)
}

/// What came of a statement that is not pending any more.
#[must_use]
pub fn settled(recorded: RecordedStatement) -> Option<Declared> {
    match (recorded.state, recorded.ledger_index) {
        (ActState::Pending, _) => None,
        (ActState::Confirmed, Some(ledger_index)) => Some(Declared::Confirmed {
            ledger_index,
            answer: recorded.answer.unwrap_or_default(),
        }),
        (ActState::Confirmed | ActState::Refused | ActState::Conflict, _) => {
            let reason = recorded.reason.unwrap_or_default();
            Some(Declared::Refused { reason })
        }
    }
}

fn settle(
    counter: &Counter,
    id: &ActId,
    answer: Result<Reply, ServiceError>,
    now: Timestamp,
) -> Result<Declared, StoreError> {
    let body = answer.as_ref().map(|reply| reply.body.clone());
    let body = String::from_utf8(body.unwrap_or_default()).unwrap_or_default();
    let receipt = delivery_of(answer, |header| {
        Receipt::from_header(header, &counter.ledger)
    });
    let mut store = counter.store();
    match receipt {
        Ok(receipt) => {
            store.confirm_statement(id, &receipt, &body, now)?;
            Ok(Declared::Confirmed {
                ledger_index: receipt.index,
                answer: body,
            })
        }
        Err(Delivery::Refused { reason }) => {
            store.refuse_statement(id, &reason, now)?;
            Ok(Declared::Refused { reason })
        }
        Err(Delivery::Unanswered(error)) => {
            let (reason, outage) = (error.to_string(), error.is_outage());
            store.note_statement(id, &reason)?;
            Ok(Declared::Unknown { reason, outage })
        }
        Err(Delivery::BadReceipt(error)) => {
            let reason = error.to_string();
            store.note_statement(id, &reason)?;
            let outage = false;
            Ok(Declared::Unknown { reason, outage })
        }
        Err(Delivery::Confirmed { ledger_index }) => Ok(Declared::Confirmed {
            ledger_index,
            answer: body,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::statement;
    use crate::fixture::{self, now, receipt_header};

    fn reply(receipt: Option<String>) -> Reply {
        Reply {
            status: 201,
            receipt,
            body: br#"{"number":1}"#.to_vec(),
        }
    }

    #[test]
    fn without_a_network_a_statement_waits_and_is_made_once() {
        let (_folder, counter) = fixture::counter();
        let stated = statement(1);
        assert_eq!(earlier(&counter, &stated.id, now()).unwrap(), None);
        let first = declare(&counter, &stated, now()).unwrap();
        assert!(
            matches!(first, Declared::Unknown { outage: true, .. }),
            "{first:?}"
        );
        let again = earlier(&counter, &stated.id, now()).unwrap();
        assert_eq!(again, Some(first));
        let pending = counter.store().pending_statements().unwrap();
        assert_eq!((pending.len(), pending[0].attempts), (1, 2));
    }

    #[test]
    fn only_the_pinned_ledger_confirms_and_a_refusal_is_final() {
        let (_folder, counter) = fixture::counter();
        let (good, foreign) = (receipt_header(), "AAAA".to_owned());
        for (n, answer, confirmed) in [
            (1, Ok(reply(Some(foreign))), None),
            (2, Ok(reply(None)), None),
            (3, Ok(reply(Some(good))), Some(true)),
            (
                4,
                Err(ServiceError::Refused(vec!["No hay.".to_owned()])),
                Some(false),
            ),
        ] {
            let stated = statement(n);
            counter
                .store()
                .record_statements(std::slice::from_ref(&stated))
                .unwrap();
            let done = settle(&counter, &stated.id, answer, now()).unwrap();
            let kept = counter.store().statement(&stated.id).unwrap().unwrap();
            match confirmed {
                None => assert!(matches!(done, Declared::Unknown { outage: false, .. })),
                Some(true) => {
                    let answer = r#"{"number":1}"#.to_owned();
                    let ledger_index = 0;
                    assert_eq!(
                        done,
                        Declared::Confirmed {
                            ledger_index,
                            answer
                        }
                    );
                    assert_eq!(settled(kept), Some(done));
                }
                Some(false) => {
                    assert_eq!(
                        done,
                        Declared::Refused {
                            reason: "No hay.".to_owned()
                        }
                    );
                    assert_eq!(settled(kept), Some(done));
                }
            }
        }
        assert_eq!(counter.store().pending_statements().unwrap().len(), 2);
    }
}
