//! Statements: what the pharmacy signs besides its dispensings, durable before the service hears of
//! it, and what the service said.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::{Params, Transaction, named_params};

use super::act::UnknownCode;
use super::column::Columns;
use super::{ActId, ActState, Store, StoreError, Submission};
use crate::service::Receipt;

/// What kind of statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// A movement of stock.
    Movement,
    /// A return, or the correction of a dispensing.
    Return,
    /// What is owed goes to another pharmacy.
    Transfer,
}

impl StatementKind {
    /// The word in the database and in `--json`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Movement => "movement",
            Self::Return => "return",
            Self::Transfer => "transfer",
        }
    }
}

impl FromStr for StatementKind {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut kinds = [Self::Movement, Self::Return, Self::Transfer].into_iter();
        kinds.find(|kind| kind.code() == text).ok_or(UnknownCode)
    }
}

/// What the pharmacy states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its number, drawn with the form: the same form twice is one statement.
    pub id: ActId,
    /// What kind.
    pub kind: StatementKind,
    /// When it was signed.
    pub at: Timestamp,
    /// Where it is posted, from the root of the service.
    pub path: String,
    /// What is posted.
    pub submission: Submission,
    /// One Spanish sentence, without any patient.
    pub summary: String,
}

/// A statement and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedStatement {
    /// What was stated.
    pub statement: Statement,
    /// Pending, confirmed or refused: nothing has happened before the service agrees.
    pub state: ActState,
    /// How often it was sent.
    pub attempts: u32,
    /// Why it was refused, or is still pending.
    pub reason: Option<String>,
    /// Its index in the ledger.
    pub ledger_index: Option<u64>,
    /// What the service answered.
    pub answer: Option<String>,
}

impl Store {
    /// Writes statements down as pending, all or none.
    ///
    /// Commit point: a crash before it and nothing was stated; a crash after it and `sync` delivers
    /// the same bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record_statements(&mut self, statements: &[Statement]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for statement in statements {
            insert(&transaction, statement)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The statement with this number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn statement(&self, id: &ActId) -> Result<Option<RecordedStatement>, StoreError> {
        Ok(self.statements("id = ?1", [id.to_string()])?.pop())
    }

    /// What is to be sent, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pending_statements(&self) -> Result<Vec<RecordedStatement>, StoreError> {
        self.statements("state = 'pending'", [])
    }

    /// What was stated since an instant, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn statements_since(&self, at: Timestamp) -> Result<Vec<RecordedStatement>, StoreError> {
        self.statements("at >= ?1", [at.as_second()])
    }

    /// The service recorded the statement.
    ///
    /// # Errors
    /// [`StoreError::NotPending`] if it was settled before.
    pub fn confirm_statement(
        &mut self,
        id: &ActId,
        receipt: &Receipt,
        answer: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let index = i64::try_from(receipt.index).map_err(|_| StoreError::Corrupt {
            table: "statement",
            column: "ledger_index",
        })?;
        let changed = self.connection.execute(
            "UPDATE statement SET state = 'confirmed', reason = NULL, settled_at = :at,
                    attempts = attempts + 1, ledger_index = :ledger_index, receipt = :receipt,
                    answer = :answer
             WHERE id = :id AND state = 'pending'",
            named_params! {
                ":id": id.to_string(),
                ":at": at.as_second(),
                ":ledger_index": index,
                ":receipt": receipt.proof,
                ":answer": answer,
            },
        )?;
        was_pending(changed, id)
    }

    /// The service refused the statement: nothing has happened.
    ///
    /// # Errors
    /// [`StoreError::NotPending`] if it was settled before.
    pub fn refuse_statement(
        &mut self,
        id: &ActId,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self.connection.execute(
            "UPDATE statement SET state = 'refused', reason = :reason, settled_at = :at,
                    attempts = attempts + 1
             WHERE id = :id AND state = 'pending'",
            named_params! { ":id": id.to_string(), ":reason": reason, ":at": at.as_second() },
        )?;
        was_pending(changed, id)
    }

    /// The service did not answer: the statement stays pending.
    ///
    /// # Errors
    /// [`StoreError::NotPending`] if it was settled before.
    pub fn note_statement(&mut self, id: &ActId, reason: &str) -> Result<(), StoreError> {
        let changed = self.connection.execute(
            "UPDATE statement SET attempts = attempts + 1, reason = ?2
             WHERE id = ?1 AND state = 'pending'",
            (id.to_string(), reason),
        )?;
        was_pending(changed, id)
    }

    /// `condition` is one of the literals above, never input.
    fn statements(
        &self,
        condition: &'static str,
        parameters: impl Params,
    ) -> Result<Vec<RecordedStatement>, StoreError> {
        let query = format!("SELECT * FROM statement WHERE {condition} ORDER BY at, rowid");
        let mut statement = self.connection.prepare_cached(&query)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(&Columns {
                table: "statement",
                row,
            })?);
        }
        Ok(found)
    }
}

fn read(columns: &Columns<'_>) -> Result<RecordedStatement, StoreError> {
    let index: Option<i64> = columns.raw("ledger_index")?;
    let index = index.map(u64::try_from).transpose();
    Ok(RecordedStatement {
        statement: Statement {
            id: columns.parsed("id")?,
            kind: columns.parsed("kind")?,
            at: columns.instant("at")?,
            path: columns.raw("path")?,
            submission: Submission {
                document: columns.raw("document")?,
                signature: columns.raw("signature")?,
            },
            summary: columns.raw("summary")?,
        },
        state: columns.parsed("state")?,
        attempts: columns.integer("attempts")?,
        reason: columns.raw("reason")?,
        ledger_index: index.map_err(|_| columns.corrupt("ledger_index"))?,
        answer: columns.raw("answer")?,
    })
}

/// Writes one statement down, within a transaction that may write more.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    statement: &Statement,
) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO statement (id, kind, at, path, document, signature, summary, state)
         VALUES (:id, :kind, :at, :path, :document, :signature, :summary, 'pending')",
        named_params! {
            ":id": statement.id.to_string(),
            ":kind": statement.kind.code(),
            ":at": statement.at.as_second(),
            ":path": statement.path,
            ":document": statement.submission.document,
            ":signature": statement.submission.signature,
            ":summary": statement.summary,
        },
    )?;
    Ok(())
}

fn was_pending(changed: usize, id: &ActId) -> Result<(), StoreError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::NotPending(id.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::{statement, submission};
    use crate::fixture::{now, receipt};

    #[test]
    fn a_statement_is_kept_before_it_is_sent_and_settled_once() {
        let (_folder, mut store) = Store::temporary();
        let stated = statement(1);
        store
            .record_statements(std::slice::from_ref(&stated))
            .unwrap();
        let [pending] = store.pending_statements().unwrap().try_into().unwrap();
        assert_eq!(
            (pending.statement, pending.state),
            (stated.clone(), ActState::Pending)
        );
        store.note_statement(&stated.id, "sin red").unwrap();
        store
            .confirm_statement(&stated.id, &receipt(), "{}", now())
            .unwrap();
        let settled = store.statement(&stated.id).unwrap().unwrap();
        assert_eq!((settled.state, settled.attempts), (ActState::Confirmed, 2));
        assert_eq!(
            (settled.ledger_index, settled.answer.as_deref()),
            (Some(7), Some("{}"))
        );
        for again in [
            store.confirm_statement(&stated.id, &receipt(), "{}", now()),
            store.refuse_statement(&stated.id, "no", now()),
            store.note_statement(&stated.id, "no"),
        ] {
            assert!(matches!(again, Err(StoreError::NotPending(_))));
        }
        assert!(
            store.record_statements(&[stated]).is_err(),
            "ids are unique"
        );
    }

    #[test]
    fn several_are_recorded_together_or_not_at_all() {
        let (_folder, mut store) = Store::temporary();
        assert!(
            store
                .record_statements(&[statement(1), statement(1)])
                .is_err()
        );
        assert!(store.pending_statements().unwrap().is_empty());
        store
            .record_statements(&[statement(1), statement(2)])
            .unwrap();
        store
            .refuse_statement(&statement(1).id, "no", now())
            .unwrap();
        assert_eq!(store.pending_statements().unwrap().len(), 1);
        assert_eq!(store.statements_since(now()).unwrap().len(), 2);
        let later = now() + jiff::SignedDuration::from_secs(1);
        assert!(store.statements_since(later).unwrap().is_empty());
    }

    #[test]
    fn what_was_signed_is_not_changed_or_erased() {
        let (_folder, mut store) = Store::temporary();
        store.record_statements(&[statement(1)]).unwrap();
        for change in [
            "DELETE FROM statement",
            "UPDATE statement SET document = x'00'",
            "UPDATE statement SET path = '/x'",
        ] {
            assert!(store.connection.execute(change, []).is_err(), "{change}");
        }
        let [kept] = store.pending_statements().unwrap().try_into().unwrap();
        assert_eq!(kept.statement.submission, submission());
    }
}
