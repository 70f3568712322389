//! Reading acts back.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{Folio, Packages};
use rusqlite::Params;

use super::column::Columns;
use super::{Act, ActId, ActLine, ActState, Store, StoreError, Submission};

/// An act that the service has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAct {
    /// What was handed over, or is about to be.
    pub act: Act,
    /// What is sent, again.
    pub submission: Submission,
    /// The QR, to ask about the prescription.
    pub qr: String,
}

/// An act and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAct {
    /// What was handed over.
    pub act: Act,
    /// What has become of it.
    pub state: ActState,
    /// How often it was sent.
    pub attempts: u32,
    /// When the service settled it.
    pub settled_at: Option<Timestamp>,
    /// Why it was refused, or is still pending.
    pub reason: Option<String>,
    /// Its index in the ledger.
    pub ledger_index: Option<u64>,
}

impl Store {
    /// The act with this number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn act(&self, id: &ActId) -> Result<Option<RecordedAct>, StoreError> {
        Ok(self.acts("id = ?1", [id.to_string()])?.pop())
    }

    /// The acts of a prescription, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn acts_of(&self, folio: Folio) -> Result<Vec<RecordedAct>, StoreError> {
        self.acts("folio = ?1", [folio.to_string()])
    }

    /// The acts of a day, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn acts_on(&self, day: Date) -> Result<Vec<RecordedAct>, StoreError> {
        self.acts("on_day = ?1", [day.to_string()])
    }

    /// What waits for the service and what contradicts it, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn queue(&self) -> Result<Vec<RecordedAct>, StoreError> {
        self.acts("state IN ('pending', 'conflict')", [])
    }

    /// What was handed over and refused afterwards, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn conflicts(&self) -> Result<Vec<RecordedAct>, StoreError> {
        self.acts("state = 'conflict'", [])
    }

    /// What is to be sent, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn pending_acts(&self) -> Result<Vec<PendingAct>, StoreError> {
        let query = "SELECT * FROM act WHERE state = 'pending' ORDER BY at, rowid";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([])?;
        let mut acts = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = Columns { table: "act", row };
            acts.push(PendingAct {
                act: self.read_act(&columns)?,
                submission: Submission {
                    document: columns.raw("document")?,
                    signature: columns.raw("signature")?,
                },
                qr: columns.raw("qr")?,
            });
        }
        Ok(acts)
    }

    /// `condition` is one of the literals above, never input.
    fn acts(
        &self,
        condition: &'static str,
        parameters: impl Params,
    ) -> Result<Vec<RecordedAct>, StoreError> {
        let query = format!("SELECT * FROM act WHERE {condition} ORDER BY at, rowid");
        let mut statement = self.connection.prepare_cached(&query)?;
        let mut rows = statement.query(parameters)?;
        let mut acts = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = Columns { table: "act", row };
            let settled_at: Option<i64> = columns.raw("settled_at")?;
            let index: Option<i64> = columns.raw("ledger_index")?;
            acts.push(RecordedAct {
                act: self.read_act(&columns)?,
                state: columns.parsed("state")?,
                attempts: columns.integer("attempts")?,
                settled_at: settled_at
                    .map(|_| columns.instant("settled_at"))
                    .transpose()?,
                reason: columns.raw("reason")?,
                ledger_index: index.map(|_| columns.integer("ledger_index")).transpose()?,
            });
        }
        Ok(acts)
    }

    fn read_act(&self, columns: &Columns<'_>) -> Result<Act, StoreError> {
        let id: ActId = columns.parsed("id")?;
        Ok(Act {
            folio: columns.parsed("folio")?,
            at: columns.instant("at")?,
            on: columns.parsed("on_day")?,
            offline: columns.raw("offline")?,
            cedula: columns.parsed("cedula")?,
            lines: self.act_lines(&id)?,
            id,
        })
    }

    fn act_lines(&self, id: &ActId) -> Result<Vec<ActLine>, StoreError> {
        let query = "SELECT * FROM act_line WHERE act = ?1 ORDER BY rowid";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([id.to_string()])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let table = "act_line";
            lines.push(act_line(&Columns { table, row })?);
        }
        Ok(lines)
    }
}

/// One row of `act_line`.
pub(super) fn act_line(columns: &Columns<'_>) -> Result<ActLine, StoreError> {
    Ok(ActLine {
        line: columns.integer("line")?,
        clave: columns.parsed("clave")?,
        name: columns.raw("name")?,
        packages: Packages::new(columns.integer("packages")?),
        fill: columns.integer("fill")?,
        retained: columns.raw("retained")?,
        lot: columns.raw("lot")?,
        expiry: columns.optional("expiry")?,
        book: columns.optional("book")?,
        brand: columns.raw("brand")?,
        unit_doses: columns.raw("unit_doses")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::{act, offline_act, submission};

    #[test]
    fn acts_are_found_by_folio_and_day_in_the_order_they_happened() {
        let (_folder, mut store) = Store::temporary();
        let mut late = act(1);
        late.at = "2026-11-23T19:00:00Z".parse().unwrap();
        let early = offline_act(2);
        for act in [&late, &early] {
            store.record_act(act, &submission(), "RX1").unwrap();
        }
        let ids = |acts: Vec<RecordedAct>| -> Vec<ActId> {
            acts.into_iter().map(|recorded| recorded.act.id).collect()
        };
        let both = [early.id.clone(), late.id.clone()];
        assert_eq!(ids(store.acts_of(act(1).folio).unwrap()), both);
        assert_eq!(ids(store.acts_on(early.on).unwrap()), both);
        assert_eq!(ids(store.queue().unwrap()), both);
        assert!(
            store
                .acts_on(jiff::civil::date(2026, 1, 1))
                .unwrap()
                .is_empty()
        );
        assert_eq!(store.act(&late.id).unwrap().unwrap().act, late);
    }

    #[test]
    fn a_damaged_value_names_table_and_column() {
        let (_folder, mut store) = Store::temporary();
        store.record_act(&act(1), &submission(), "RX1").unwrap();
        store
            .connection
            .execute("UPDATE act SET folio = '¿?'", [])
            .unwrap();
        let error = store.queue().unwrap_err();
        assert!(error.to_string().contains("act.folio"), "{error}");
    }
}
