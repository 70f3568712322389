//! What the service said of an act.

use jiff::Timestamp;
use rusqlite::named_params;

use super::{ActId, Store, StoreError};
use crate::service::Receipt;

impl Store {
    /// The service recorded the act.
    ///
    /// # Errors
    /// [`StoreError::NotPending`] if the act was settled before.
    pub fn confirm_act(
        &mut self,
        id: &ActId,
        receipt: &Receipt,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let index = i64::try_from(receipt.index).map_err(|_| StoreError::Corrupt {
            table: "act",
            column: "ledger_index",
        })?;
        let changed = self.connection.execute(
            "UPDATE act SET state = 'confirmed', qr = NULL, reason = NULL, settled_at = :at,
                    attempts = attempts + 1, ledger_index = :ledger_index, receipt = :receipt
             WHERE id = :id AND state = 'pending'",
            named_params! {
                ":id": id.to_string(),
                ":at": at.as_second(),
                ":ledger_index": index,
                ":receipt": receipt.proof,
            },
        )?;
        if changed != 1 {
            return Err(StoreError::NotPending(id.to_string()));
        }
        Ok(())
    }

    /// The service refused the act. If it was handed over offline, that is a conflict, which stays.
    ///
    /// # Errors
    /// [`StoreError::NotPending`] if the act was settled before.
    pub fn refuse_act(
        &mut self,
        id: &ActId,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self.connection.execute(
            "UPDATE act SET state = CASE offline WHEN 1 THEN 'conflict' ELSE 'refused' END,
                    qr = NULL, reason = :reason, settled_at = :at, attempts = attempts + 1
             WHERE id = :id AND state = 'pending'",
            named_params! { ":id": id.to_string(), ":reason": reason, ":at": at.as_second() },
        )?;
        if changed == 1 {
            Ok(())
        } else {
            Err(StoreError::NotPending(id.to_string()))
        }
    }

    /// The service did not answer, or not so that it could be understood: the act stays pending.
    ///
    /// # Errors
    /// [`StoreError::NotPending`] if the act was settled before.
    pub fn note_attempt(&mut self, id: &ActId, reason: &str) -> Result<(), StoreError> {
        let changed = self.connection.execute(
            "UPDATE act SET attempts = attempts + 1, reason = ?2
             WHERE id = ?1 AND state = 'pending'",
            (id.to_string(), reason),
        )?;
        if changed == 1 {
            Ok(())
        } else {
            Err(StoreError::NotPending(id.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::{act, offline_act, submission};
    use crate::store::ActState;

    const QR: &str = "RX1PERSONALDATA";

    fn receipt() -> Receipt {
        Receipt {
            index: 77,
            proof: "c2sp.org/tlog-proof@v1\n".to_owned(),
        }
    }

    fn later() -> Timestamp {
        "2026-11-24T09:00:00Z".parse().unwrap()
    }

    fn qr_of(store: &Store, id: &ActId) -> Option<String> {
        let query = "SELECT qr FROM act WHERE id = ?1";
        store
            .connection
            .query_row(query, [id.to_string()], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn an_act_survives_a_crash_between_writing_and_sending_and_is_sent_as_the_same_bytes() {
        let (folder, mut store) = Store::temporary();
        let act = act(1);
        store.record_act(&act, &submission(), QR).unwrap();
        // The process dies here: no destructor runs, nothing is checkpointed.
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        std::mem::forget(store);

        let mut store = Store::open(copy.path()).unwrap();
        let [pending] = store.pending_acts().unwrap().try_into().unwrap();
        assert_eq!(pending.act, act);
        assert_eq!(pending.submission, submission());
        assert_eq!(pending.qr, QR);
        store.confirm_act(&act.id, &receipt(), later()).unwrap();
        assert!(store.pending_acts().unwrap().is_empty());
        let recorded = store.act(&act.id).unwrap().unwrap();
        assert_eq!(recorded.state, ActState::Confirmed);
        assert_eq!(recorded.ledger_index, Some(77));
    }

    #[test]
    fn the_qr_goes_when_the_act_is_settled() {
        let (_folder, mut store) = Store::temporary();
        for (n, settle) in [(1, true), (2, false)] {
            let act = act(n);
            store.record_act(&act, &submission(), QR).unwrap();
            assert_eq!(qr_of(&store, &act.id).as_deref(), Some(QR));
            if settle {
                store.confirm_act(&act.id, &receipt(), later()).unwrap();
            } else {
                store.refuse_act(&act.id, "no", later()).unwrap();
            }
            assert_eq!(qr_of(&store, &act.id), None);
        }
    }

    #[test]
    fn an_act_is_settled_once() {
        let (_folder, mut store) = Store::temporary();
        let act = act(1);
        store.record_act(&act, &submission(), QR).unwrap();
        store.confirm_act(&act.id, &receipt(), later()).unwrap();
        for result in [
            store.confirm_act(&act.id, &receipt(), later()),
            store.refuse_act(&act.id, "no", later()),
            store.note_attempt(&act.id, "no"),
        ] {
            assert!(matches!(result, Err(StoreError::NotPending(_))));
        }
        assert!(
            store.record_act(&act, &submission(), QR).is_err(),
            "ids are unique"
        );
    }

    #[test]
    fn a_refusal_of_what_was_handed_over_is_a_conflict_and_stays() {
        let (_folder, mut store) = Store::temporary();
        let act = offline_act(1);
        store.record_act(&act, &submission(), QR).unwrap();
        store.note_attempt(&act.id, "sin red").unwrap();
        store.refuse_act(&act.id, "ya se surtió", later()).unwrap();
        let [conflict] = store.conflicts().unwrap().try_into().unwrap();
        assert_eq!(conflict.state, ActState::Conflict);
        assert_eq!(conflict.reason.as_deref(), Some("ya se surtió"));
        assert_eq!(conflict.attempts, 2);
    }

    #[test]
    fn a_refusal_before_anything_was_handed_over_is_no_conflict() {
        let (_folder, mut store) = Store::temporary();
        let act = act(1);
        store.record_act(&act, &submission(), QR).unwrap();
        store.refuse_act(&act.id, "no", later()).unwrap();
        assert_eq!(
            store.act(&act.id).unwrap().unwrap().state,
            ActState::Refused
        );
        assert!(store.conflicts().unwrap().is_empty());
    }
}
