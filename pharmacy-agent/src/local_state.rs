//! What this counter alone knows of a prescription, for when there is no network: the last state
//! that the service told, and the own acts that are younger.

use prescription::{Event, Prescription};
use signing::qr::VerifiedPrescription;

use crate::status::{StatusError, issued, prescription_in};
use crate::store::{ActState, RecordedAct, Store};

/// The own acts contradict what is known: only the service can tell.
#[derive(Debug, thiserror::Error)]
pub enum LocalStateError {
    /// The last state cannot be read.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// An own act does not follow from it.
    #[error(
        "Los surtidos de este mostrador no concuerdan con el último estado conocido; sincronice."
    )]
    Unclear,
}

/// The state of a prescription as far as `store` knows.
///
/// # Errors
/// [`LocalStateError`]; nothing is dispensed offline then.
pub fn local_state(
    store: &Store,
    verified: &VerifiedPrescription,
    pharmacy: &prescription::Clues,
) -> Result<Prescription, LocalStateError> {
    let folio = verified.payload().folio;
    let snapshot = store.snapshot(folio).map_err(StatusError::from)?;
    let start = match &snapshot {
        Some(snapshot) => prescription_in(verified, &snapshot.answer)?,
        None => Prescription::new(issued(verified).ok_or(LocalStateError::Unclear)?),
    };
    let told = |act: &RecordedAct| {
        snapshot.as_ref().is_some_and(|snapshot| {
            // A confirmed act is in every later snapshot. One that is pending, or of the same
            // second, may be in it too: it is counted again, because too little is the safe side.
            act.settled_at
                .is_some_and(|settled| settled < snapshot.taken_at)
        })
    };
    let acts = store.acts_of(folio).map_err(StatusError::from)?;
    acts.iter()
        .filter(|recorded| recorded.state != ActState::Refused && !told(recorded))
        .try_fold(start, |state, recorded| {
            state.apply(&Event::Dispensed(recorded.act.event(pharmacy)))
        })
        .map_err(|_| LocalStateError::Unclear)
}

#[cfg(test)]
mod tests {
    use prescription::{Clues, LineState, Packages};

    use super::*;
    use crate::fixture::acts::{offline_act, submission};
    use crate::fixture::{answer, now, verified};
    use crate::service::Receipt;

    fn pharmacy() -> Clues {
        "HGFAR000001".parse().unwrap()
    }

    fn state(store: &Store) -> Result<Prescription, LocalStateError> {
        local_state(store, &verified(), &pharmacy())
    }

    #[test]
    fn own_acts_count_until_the_service_has_told() {
        let (_folder, mut store) = Store::temporary();
        let fresh = state(&store).unwrap();
        assert_eq!(fresh.lines, [LineState::UNTOUCHED; 2]);

        let act = offline_act(1);
        store.record_act(&act, &submission(), "RX1").unwrap();
        let after = state(&store).unwrap();
        let closed = LineState::Closed {
            dispensed: Packages::new(1),
            retained: true,
        };
        assert_eq!(after.lines, [LineState::UNTOUCHED, closed]);

        let receipt = Receipt {
            index: 1,
            proof: "proof".to_owned(),
        };
        store.confirm_act(&act.id, &receipt, now()).unwrap();
        let second = jiff::SignedDuration::from_secs(1);
        store.put_snapshot(&answer(&fresh), now()).unwrap();
        assert_eq!(
            state(&store).unwrap().lines,
            after.lines,
            "a snapshot from before it"
        );
        store.put_snapshot(&answer(&after), now() + second).unwrap();
        assert_eq!(
            state(&store).unwrap().lines,
            after.lines,
            "not counted twice"
        );
    }

    #[test]
    fn a_refused_act_does_not_count() {
        let (_folder, mut store) = Store::temporary();
        let mut act = offline_act(1);
        act.offline = false;
        store.record_act(&act, &submission(), "RX1").unwrap();
        store.refuse_act(&act.id, "no", now()).unwrap();
        assert_eq!(state(&store).unwrap().lines, [LineState::UNTOUCHED; 2]);
    }

    #[test]
    fn what_does_not_add_up_needs_the_service() {
        let (_folder, mut store) = Store::temporary();
        for n in [1, 2] {
            store
                .record_act(&offline_act(n), &submission(), "RX1")
                .unwrap();
        }
        assert!(matches!(state(&store), Err(LocalStateError::Unclear)));
    }
}
