//! What the map says of a prescription and of a substance, proved under the signed head.

use jiff::Timestamp;
use ledger::{MapAnswer, MapHead, MapKey, value_hash};
use prescription::BlindedKey;
use prescription::leaf::{Leaf, LeafKind, Pseudonym, Totals};
use prescription::map::{MappedState, holder_value, prescription_key, substance_key};
use prescription::state::Phase;
use rx_service::store::{Identity, NewEntry};
use rx_service::worker::sequence::ProvenKey;
use tempfile::TempDir;

use crate::fixture::{Place, Running, check};

const HOLDER: Pseudonym = Pseudonym([7; 16]);
const PLACE: BlindedKey = BlindedKey([9; 16]);

fn step(kind: LeafKind, before: Phase, after: Phase, dispensed: u64) -> Leaf {
    let (mut claimed, mut released) = (Vec::new(), Vec::new());
    if kind == LeafKind::Issued {
        claimed.push(PLACE);
    }
    if after == Phase::Completed {
        released.push(PLACE);
    }
    Leaf {
        kind,
        pseudonym: HOLDER,
        before,
        after,
        controlled: Vec::new(),
        establishment: Some("HGIMB000011".parse().unwrap()),
        at: Timestamp::from_second(1_795_000_000).unwrap(),
        commitment: [u8::try_from(dispensed).unwrap(); 32],
        totals: Some(Totals {
            dispensed,
            prescribed: 3,
        }),
        claimed,
        released,
        erased: Vec::new(),
    }
}

async fn append(running: &Running, leaf: &Leaf) {
    let entry = NewEntry {
        identity: Identity::new(1, &[&leaf.commitment]),
        leaf: leaf.encode(),
    };
    running.sequencer.append(entry).await.unwrap();
}

/// The answer, after every step of the proof was verified as somebody else would.
fn verify(proven: &ProvenKey, key: &MapKey) -> MapAnswer {
    let leaf = proven.head.encode();
    check(&proven.receipt, &leaf);
    let head = MapHead::decode(&leaf).unwrap();
    assert_eq!(head.entries, proven.receipt.index);
    proven.proof.verify(head.root, key).unwrap()
}

async fn ask(running: &Running, key: [u8; 32]) -> MapAnswer {
    let key = MapKey(key);
    let proven = running.sequencer.prove_key(key).await.unwrap().unwrap();
    verify(&proven, &key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn follows_a_prescription_through_its_life() {
    let folder = TempDir::new().unwrap();
    let place = Place::sqlite(folder.path());
    let running = place.start().await;
    let key = MapKey(prescription_key(HOLDER));
    assert!(running.sequencer.prove_key(key).await.unwrap().is_none());

    append(
        &running,
        &step(LeafKind::Issued, Phase::None, Phase::Active, 0),
    )
    .await;
    let holder = MapAnswer::Present(value_hash(&holder_value(HOLDER)));
    assert_eq!(ask(&running, substance_key(PLACE)).await, holder);
    let other = BlindedKey([8; 16]);
    assert_eq!(ask(&running, substance_key(other)).await, MapAnswer::Absent);

    let partly = (Phase::Active, Phase::PartiallyDispensed);
    append(&running, &step(LeafKind::Dispensed, partly.0, partly.1, 2)).await;
    let totals = Totals {
        dispensed: 2,
        prescribed: 3,
    };
    let phase = Phase::PartiallyDispensed;
    let two_of_three = value_hash(&MappedState { phase, totals }.encode());
    let state = ask(&running, prescription_key(HOLDER)).await;
    assert_eq!(state, MapAnswer::Present(two_of_three));
    running.end().await;

    // The map is rebuilt from the entries alone.
    let running = place.start().await;
    assert_eq!(ask(&running, prescription_key(HOLDER)).await, state);
    let end = (Phase::PartiallyDispensed, Phase::Completed);
    append(&running, &step(LeafKind::Dispensed, end.0, end.1, 3)).await;
    assert_eq!(ask(&running, substance_key(PLACE)).await, MapAnswer::Absent);
    running.end().await;
}
