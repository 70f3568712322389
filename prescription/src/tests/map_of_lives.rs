//! The ledger's map, rebuilt from leaves alone, says what whole lives amount to.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::fixture::patient_secret;
use super::histories::history;
use crate::leaf::{Leaf, Pseudonym, Totals};
use crate::map::{self, MapUpdate, MappedState};
use crate::state::Phase;
use crate::{BlindedKey, Event, Folio, Prescription};

/// A map as a follower keeps it, without the hashing.
#[derive(Default)]
struct Map(BTreeMap<[u8; 32], Vec<u8>>);

impl Map {
    fn follow(&mut self, leaf: &Leaf) {
        // What was written is what a follower reads.
        let leaf = Leaf::decode(&leaf.encode()).unwrap();
        for update in map::updates(&leaf) {
            match update {
                MapUpdate::Set { key, value } => {
                    self.0.insert(key, value);
                }
                MapUpdate::Release { key, holder } => {
                    if self.0.get(&key) == Some(&holder) {
                        self.0.remove(&key);
                    }
                }
            }
        }
    }

    fn state(&self, folio: Folio) -> Option<MappedState> {
        let value = self.0.get(&map::prescription_key(Pseudonym::of(folio)))?;
        Some(MappedState::decode(value).unwrap())
    }

    fn holder(&self, key: BlindedKey) -> Option<&[u8]> {
        self.0.get(&map::substance_key(key)).map(Vec::as_slice)
    }
}

/// The same history under another folio.
fn renamed(mut history: Vec<Event>, folio: Folio) -> Vec<Event> {
    for event in &mut history {
        match event {
            Event::Issued(event) => event.folio = folio,
            Event::Dispensed(event) => event.folio = folio,
            Event::Cancelled(event) => event.folio = folio,
            Event::Expired(event) => event.folio = folio,
            Event::Erased(event) => event.folio = folio,
            Event::Suspended(event) => event.folio = folio,
            Event::Resumed(event) => event.folio = folio,
            Event::Returned(event) => event.folio = folio,
            Event::Transferred(event) => event.folio = folio,
        }
    }
    history
}

/// Prescriptions of one patient, and who last took the place of each substance.
#[derive(Default)]
struct Lives {
    states: BTreeMap<Folio, Prescription>,
    last_claim: BTreeMap<BlindedKey, Folio>,
    map: Map,
}

impl Lives {
    fn step(&mut self, event: &Event) {
        let folio = event.folio();
        let before = self.states.remove(&folio);
        let after = match (&before, event) {
            (None, Event::Issued(issued)) => Prescription::new(issued.clone()),
            (Some(before), event) => before.clone().apply(event).unwrap(),
            (None, _) => panic!("a life begins with its issue"),
        };
        let was_open = |key: &BlindedKey| {
            let mut open = before.iter().flat_map(Prescription::open_lines);
            open.any(|line| line.map_key == *key)
        };
        let open = after.open_lines().map(|line| line.map_key);
        let claims = open.filter(|key| !was_open(key)).map(|key| (key, folio));
        self.last_claim.extend(claims);
        let leaf = Leaf::of(event, before.as_ref(), &after, [0; 32]);
        self.map.follow(&leaf);
        self.states.insert(folio, after);
    }

    /// The state of each prescription is its own, and a place is held exactly while the line that
    /// took it last is open in an active prescription.
    fn assert_mapped(&self) {
        for (folio, state) in &self.states {
            let mapped = self.map.state(*folio).unwrap();
            assert_eq!(mapped.phase, state.phase());
            assert_eq!(mapped.totals, Totals::of(state));
            assert!(mapped.totals.dispensed <= mapped.totals.prescribed);
            let complete = mapped.totals.dispensed == mapped.totals.prescribed;
            assert!(!complete || mapped.phase == Phase::Completed);
        }
        let mut places = 0;
        for (key, folio) in &self.last_claim {
            let open = self.states[folio]
                .open_lines()
                .any(|line| line.map_key == *key);
            let expected = open.then(|| Pseudonym::of(*folio).0);
            assert_eq!(
                self.map.holder(*key),
                expected.as_ref().map(<[u8; 16]>::as_slice)
            );
            places += usize::from(open);
        }
        assert_eq!(
            self.map.0.len(),
            self.states.len() + places,
            "nothing else is in the map"
        );
    }
}

proptest! {
    /// Two prescriptions of one patient with the same substances, their steps in any order: the
    /// second takes the places of the first, as it does when the first is past its validity.
    #[test]
    fn the_map_says_what_lives_amount_to(
        first in history(),
        second in history(),
        turns in vec(any::<bool>(), 0..32),
    ) {
        let second = renamed(second, Folio::from_random([0xbb; 10]));
        let (mut first, mut second) = (first.iter(), second.iter());
        let mut lives = Lives::default();
        for turn in turns {
            let next = if turn { first.next() } else { second.next() };
            if let Some(event) = next {
                lives.step(event);
                lives.assert_mapped();
            }
        }
        for event in first.chain(second) {
            lives.step(event);
            lives.assert_mapped();
        }
    }

    /// An ended prescription keeps its state and holds no place, erased or not.
    #[test]
    fn an_erasure_changes_nothing(history in history()) {
        let mut lives = Lives::default();
        for event in &history {
            lives.step(event);
        }
        let folio = history[0].folio();
        if lives.states[&folio].ensure_not_ended().is_err() {
            let before = lives.map.0.clone();
            lives.step(&Event::Erased(super::fixture::erased(folio)));
            prop_assert_eq!(&before, &lives.map.0);
            prop_assert_eq!(before.len(), 1);
        }
    }

    /// Each key of a life is the patient's own name of the substance, and a leaf names those of its
    /// own lines only.
    #[test]
    fn keys_are_blinded_names_of_the_lines(history in history()) {
        let Event::Issued(issued) = &history[0] else { panic!("an issue") };
        let leaf = Leaf::of(&history[0], None, &Prescription::new(issued.clone()), [0; 32]);
        prop_assert_eq!(leaf.claimed.len(), issued.lines.len());
        for (key, line) in leaf.claimed.iter().zip(&issued.lines) {
            prop_assert_eq!(*key, patient_secret().blind(&line.substance));
        }
        prop_assert!(leaf.released.is_empty());
    }
}
