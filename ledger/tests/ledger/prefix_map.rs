//! The map against its definition, against an implementation of another make, and as a database of
//! keys and values.

use std::collections::BTreeMap;

use ledger::{Hash, MapAnswer, MapKey, MapProof, PrefixMap};
use proptest::prelude::*;

use crate::map_oracle::{self, Shown};

pub(crate) type Model = BTreeMap<[u8; 32], [u8; 32]>;

/// Keys as hostile as random ones are kind: with long prefixes in common, differing in the last bit,
/// and equal to each other.
pub(crate) fn any_key() -> impl Strategy<Value = [u8; 32]> {
    let crowded = (0_u8..4, 0_u8..8).prop_map(|(first, last)| {
        let mut key = [0x55; 32];
        (key[0], key[31]) = (first << 6, last);
        key
    });
    let late = (0_usize..256).prop_map(|bit| {
        let mut key = [0; 32];
        key[bit / 8] = 0x80 >> (bit % 8);
        key
    });
    prop_oneof![any::<[u8; 32]>(), crowded, late]
}

#[derive(Clone, Debug)]
enum Op {
    Insert([u8; 32], u8),
    Remove([u8; 32]),
    /// Of the present keys, one.
    RemoveKnown(prop::sample::Index),
    Root,
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (any_key(), any::<u8>()).prop_map(|(key, value)| Op::Insert(key, value)),
        1 => any_key().prop_map(Op::Remove),
        3 => any::<prop::sample::Index>().prop_map(Op::RemoveKnown),
        1 => Just(Op::Root),
    ]
}

/// Does the same to the map and to the model, and compares what they say.
fn apply(map: &mut PrefixMap, model: &mut Model, op: &Op) {
    match op {
        Op::Insert(key, value) => {
            let value = [*value; 32];
            let before = map.insert(MapKey(*key), Hash(value));
            assert_eq!(before.map(|hash| hash.0), model.insert(*key, value));
        }
        Op::Remove(key) => {
            let before = map.remove(&MapKey(*key));
            assert_eq!(before.map(|hash| hash.0), model.remove(key));
        }
        Op::RemoveKnown(index) => {
            let keys: Vec<_> = model.keys().copied().collect();
            if !keys.is_empty() {
                apply(map, model, &Op::Remove(*index.get(&keys)));
            }
        }
        Op::Root => assert_eq!(map.root().0, map_oracle::root(model)),
    }
    assert_eq!(map.len(), model.len() as u64);
}

pub(crate) fn map_of(model: &Model) -> PrefixMap {
    let leaves = model
        .iter()
        .map(|(key, value)| (MapKey(*key), Hash(*value)));
    PrefixMap::from_sorted(leaves).unwrap()
}

pub(crate) fn any_model(most: usize) -> impl Strategy<Value = Model> {
    prop::collection::btree_map(any_key(), any::<[u8; 32]>(), 0..=most)
}

proptest! {
    #[test]
    fn any_history_leads_to_the_root_of_the_definition(
        ops in prop::collection::vec(any_op(), 0..120),
    ) {
        let (mut map, mut model) = (PrefixMap::new(), Model::new());
        for op in &ops {
            apply(&mut map, &mut model, op);
        }
        prop_assert!(map.iter().map(|(key, value)| (key.0, value.0)).eq(model.clone()));
        for (key, value) in &model {
            prop_assert_eq!(map.get(&MapKey(*key)), Some(Hash(*value)));
        }
        let root = map.root();
        prop_assert_eq!(root.0, map_oracle::root(&model));
        prop_assert_eq!(root.0, map_oracle::root_level_by_level(&model));
        prop_assert_eq!(map_of(&model).root(), root);
    }

    #[test]
    fn the_order_of_updates_does_not_matter(
        model in any_model(60),
        extra in prop::collection::vec(any_key(), 0..30),
        shuffled in any::<prop::sample::Index>(),
    ) {
        let expected = map_of(&model).root();
        let mut map = PrefixMap::new();
        for key in &extra {
            map.insert(MapKey(*key), Hash([9; 32]));
        }
        let leaves: Vec<_> = model.iter().collect();
        let turn = if leaves.is_empty() { 0 } else { shuffled.index(leaves.len()) };
        for (key, value) in leaves[turn..].iter().rev().chain(leaves[..turn].iter().rev()) {
            map.insert(MapKey(**key), Hash(**value));
        }
        for key in extra.iter().filter(|key| !model.contains_key(*key)) {
            map.remove(&MapKey(*key));
        }
        prop_assert_eq!(map.root(), expected);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn proofs_are_those_of_the_definition(
        model in any_model(40),
        strangers in prop::collection::vec(any_key(), 8),
    ) {
        let mut map = map_of(&model);
        let before = map.prove(&MapKey([0; 32]));
        let root = map.root();
        prop_assert_eq!(map.prove(&MapKey([0; 32])), before, "a proof needs no root first");
        for key in model.keys().copied().chain(strangers) {
            let proof = map.prove(&MapKey(key));
            let bytes = proof.encode();
            prop_assert_eq!(&bytes, &map_oracle::proof(&model, &key));
            let read = MapProof::decode(&bytes).unwrap();
            prop_assert_eq!(&read, &proof);
            let expected = match model.get(&key) {
                Some(value) => MapAnswer::Present(Hash(*value)),
                None => MapAnswer::Absent,
            };
            prop_assert_eq!(read.verify(root, &MapKey(key)), Ok(expected));
            let answer = map_oracle::verify(&root.0, &key, &bytes);
            let shown = model
                .get(&key)
                .map_or(Shown::NoValue, |value| Shown::Value(*value));
            prop_assert_eq!(answer, Some(shown));
        }
    }
}

#[test]
fn a_map_grows_and_shrinks_by_thousands() {
    let key = |number: u32| ledger::value_hash(&number.to_be_bytes()).0;
    let (mut map, mut model) = (PrefixMap::new(), Model::new());
    let mut largest = 0;
    for number in 0..20_000 {
        apply(
            &mut map,
            &mut model,
            &Op::Insert(key(number), number.to_le_bytes()[0]),
        );
        if number % 4_999 == 0 {
            assert_eq!(map.root().0, map_oracle::root(&model));
            assert!(map.memory_bytes() >= largest);
            largest = map.memory_bytes();
        }
    }
    assert!(
        map.memory_bytes() <= 120 * model.len(),
        "{}",
        map.memory_bytes()
    );
    for number in 0..20_000 {
        apply(&mut map, &mut model, &Op::Remove(key(number * 7 % 20_000)));
        if number % 4_999 == 0 {
            assert_eq!(map.root().0, map_oracle::root(&model));
        }
    }
    assert_eq!(map.root(), Hash([0; 32]));
    assert_eq!(map.memory_bytes(), PrefixMap::new().memory_bytes());
}

/// Computed by Python's hashlib from the definition.
#[test]
fn the_root_does_not_drift() {
    let mut map = PrefixMap::new();
    for number in 0..10_u8 {
        let mut key = [0x11; 32];
        key[0] = number * 25;
        map.insert(MapKey(key), ledger::value_hash(&[number]));
    }
    assert_eq!(
        format!("{:?}", map.root()),
        "3d10ac1fe4f777893ca4aafde0333edb75582b71718ebb1a1de739cec99ac814"
    );
}
