//! Proofs of the map in the hands of a liar: whatever is changed, a key keeps its one answer.

use ledger::{Hash, MapAnswer, MapKey, MapProof, MapProofError, PrefixMap, value_hash};
use proptest::prelude::*;

use crate::map_oracle;
use crate::prefix_map::{Model, any_key, any_model, map_of};

/// Keys close together and far apart: paths with and without empty siblings, lone leaves, a pair
/// that differs in the last bit.
fn model() -> Model {
    let mut model = Model::new();
    for number in 0..40_u8 {
        let mut key = value_hash(&[number]).0;
        match number {
            0..10 => key[..3].copy_from_slice(&[0xff, 0xff, number]),
            10..14 => key = std::array::from_fn(|place| if place == 31 { number } else { 0x33 }),
            _ => {}
        }
        model.insert(key, value_hash(&[number, 1]).0);
    }
    model
}

/// Present keys, and absent ones next to them: the neighbour by each bit.
fn asked(model: &Model) -> Vec<MapKey> {
    let mut keys: Vec<_> = model.keys().copied().collect();
    for key in model.keys() {
        for bit in [0, 1, 4, 9, 20, 100, 254, 255] {
            let mut neighbour = *key;
            neighbour[bit / 8] ^= 0x80 >> (bit % 8);
            keys.push(neighbour);
        }
    }
    keys.into_iter().map(MapKey).collect()
}

fn truth(model: &Model, key: &MapKey) -> MapAnswer {
    match model.get(&key.0) {
        Some(value) => MapAnswer::Present(Hash(*value)),
        None => MapAnswer::Absent,
    }
}

/// A proof taken apart, to be put together wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: u8,
    terminal: Vec<[u8; 32]>,
    /// From the root down; `None` is empty.
    siblings: Vec<Option<[u8; 32]>>,
}

impl Parts {
    fn of(proof: &MapProof) -> Self {
        let bytes = proof.encode();
        let depth = usize::from(u16::from_be_bytes([bytes[1], bytes[2]]));
        let (bitmap, rest) = bytes[3..].split_at(depth.div_ceil(8));
        let mut hashes = rest.chunks(32).map(|chunk| chunk.try_into().unwrap());
        let kind = bytes[0];
        let terminal = hashes.by_ref().take(kind.into()).collect();
        let mut siblings = vec![None; depth];
        for (level, sibling) in siblings.iter_mut().enumerate().rev() {
            if bitmap[level / 8] & (0x80 >> (level % 8)) != 0 {
                *sibling = hashes.next();
            }
        }
        assert_eq!(hashes.next(), None);
        Self {
            kind,
            terminal,
            siblings,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bitmap = vec![0; self.siblings.len().div_ceil(8)];
        for (level, sibling) in self.siblings.iter().enumerate() {
            if sibling.is_some() {
                bitmap[level / 8] |= 0x80_u8 >> (level % 8);
            }
        }
        let depth = u16::try_from(self.siblings.len()).unwrap().to_be_bytes();
        let siblings: Vec<_> = self.siblings.iter().rev().flatten().copied().collect();
        [
            &[self.kind][..],
            &depth,
            &bitmap,
            &self.terminal.concat(),
            &siblings.concat(),
        ]
        .concat()
    }
}

/// What someone who was sent these bytes would believe.
fn believed(bytes: &[u8], root: Hash, key: &MapKey) -> Option<MapAnswer> {
    MapProof::decode(bytes).ok()?.verify(root, key).ok()
}

/// One change after another: siblings dropped, doubled, emptied, filled, swapped; every other end;
/// deeper and shallower.
fn lies(parts: &Parts, leaves: &[[[u8; 32]; 2]]) -> Vec<Parts> {
    let mut lies = Vec::new();
    let mut lie = |change: &dyn Fn(&mut Parts)| {
        let mut changed = parts.clone();
        change(&mut changed);
        lies.push(changed);
    };
    let some = [0x77; 32];
    for level in 0..parts.siblings.len() {
        lie(&|parts| {
            parts.siblings.remove(level);
        });
        lie(&|parts| parts.siblings.truncate(level));
        lie(&|parts| drop(parts.siblings.drain(..level)));
        lie(&|parts| parts.siblings.insert(level, parts.siblings[level]));
        lie(&|parts| parts.siblings[level] = None);
        lie(&|parts| parts.siblings[level] = Some(some));
        lie(&|parts| parts.siblings[level] = Some([0; 32]));
        for other in 0..level {
            lie(&|parts| parts.siblings.swap(level, other));
        }
    }
    for sibling in [None, Some(some), Some([0; 32])] {
        lie(&|parts| parts.siblings.push(sibling));
        lie(&|parts| parts.siblings.insert(0, sibling));
    }
    for kind in 0..=3 {
        lie(&|parts| parts.kind = kind);
    }
    lie(&|parts| (parts.kind, parts.terminal) = (0, Vec::new()));
    for [key, value] in leaves {
        lie(&|parts| (parts.kind, parts.terminal) = (1, vec![*value]));
        lie(&|parts| (parts.kind, parts.terminal) = (2, vec![*key, *value]));
    }
    lies
}

#[test]
fn no_changed_proof_is_believed() {
    let model = model();
    let mut map = map_of(&model);
    let root = map.root();
    let leaves: Vec<_> = model.iter().map(|(key, value)| [*key, *value]).collect();
    let mut tried = 0;
    for key in asked(&model) {
        let proof = map.prove(&key);
        assert_eq!(proof.verify(root, &key), Ok(truth(&model, &key)));
        let parts = Parts::of(&proof);
        assert_eq!(parts.bytes(), proof.encode());
        for lie in lies(&parts, &leaves)
            .into_iter()
            .filter(|lie| *lie != parts)
        {
            assert_eq!(believed(&lie.bytes(), root, &key), None, "{key:?}: {lie:?}");
            tried += 1;
        }
    }
    assert!(tried > 50_000, "{tried}");
}

#[test]
fn no_flipped_bit_is_believed() {
    let model = model();
    let mut map = map_of(&model);
    let root = map.root();
    for key in asked(&model).into_iter().step_by(7) {
        let bytes = map.prove(&key).encode();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            assert_eq!(believed(&flipped, root, &key), None, "bit {bit} of {key:?}");
        }
        for length in 0..bytes.len() {
            assert!(MapProof::decode(&bytes[..length]).is_err());
        }
        assert!(MapProof::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
}

#[test]
fn a_proof_is_of_its_key_and_its_map_only() {
    let model = model();
    let mut map = map_of(&model);
    let root = map.root();
    let keys = asked(&model);
    let mut shared = 0;
    for about in &keys {
        let proof = map.prove(about);
        for key in &keys {
            // Absent keys that end in the same place share their proof. Nothing else does.
            if let Ok(answer) = proof.verify(root, key) {
                assert_eq!(answer, truth(&model, key));
                assert_eq!(proof, map.prove(key));
                shared += 1;
            }
        }
    }
    assert!(shared > keys.len());
    let proof = map.prove(&keys[0]);
    map.insert(keys[1], Hash([1; 32]));
    assert_eq!(
        proof.verify(map.root(), &keys[0]),
        Err(MapProofError::OtherRoot)
    );
}

/// Trees that leave out what is empty go wrong where one leaf is at two depths: here is a root whose
/// maker put a lone leaf below a node, and every way to use it.
#[test]
fn a_lone_leaf_below_a_node_is_no_proof_of_its_absence() {
    let key = MapKey([0b0010_0000; 32]);
    let value = value_hash(b"dispensed");
    let lone = map_of(&Model::from([(key.0, value.0)])).root();
    let neighbour = MapKey([0b1000_0000; 32]);
    let parts = |kind, terminal: &[[u8; 32]], siblings: &[Option<[u8; 32]>]| Parts {
        kind,
        terminal: terminal.to_vec(),
        siblings: siblings.to_vec(),
    };
    // As it should be: the leaf is the root.
    let honest = parts(1, &[value.0], &[]);
    assert_eq!(
        believed(&honest.bytes(), lone, &key),
        Some(MapAnswer::Present(value))
    );
    // The same leaf deeper, beside nothing: another root, and no proof at all.
    let deeper = map_oracle::node_hash(&lone.0, &[0; 32]);
    for root in [lone, Hash(deeper)] {
        for (kind, terminal) in [
            (0, vec![]),
            (1, vec![value.0]),
            (2, vec![key.0, value.0]),
            (2, vec![neighbour.0, value.0]),
        ] {
            for siblings in [&[None][..], &[Some([0; 32])], &[Some(lone.0), None]] {
                let lie = parts(kind, &terminal, siblings).bytes();
                assert_eq!(believed(&lie, root, &key), None);
                assert_eq!(believed(&lie, root, &neighbour), None);
            }
        }
        // Its own leaf as another's, which would make it absent.
        let lie = parts(2, &[key.0, value.0], &[]).bytes();
        assert_eq!(believed(&lie, root, &key), None);
    }
    // "Nothing on the left", with the right hash for the right half, is true of the left only.
    let right = parts(0, &[], &[Some(lone.0)]).bytes();
    let root = Hash(map_oracle::node_hash(&[0; 32], &lone.0));
    assert_eq!(believed(&right, root, &key), Some(MapAnswer::Absent));
    assert_eq!(believed(&right, root, &neighbour), None);
}

#[test]
fn another_leaf_proves_absence_on_its_own_path_only() {
    let (first, second) = (MapKey([0x00; 32]), MapKey([0xf0; 32]));
    let mut map = PrefixMap::new();
    map.insert(first, Hash([1; 32]));
    map.insert(second, Hash([2; 32]));
    let root = map.root();
    // The leaf of `first`, with the sibling that leads to the root, shown to who asks for a key on
    // the other side.
    let proof = map.prove(&MapKey([0x01; 32]));
    assert_eq!(
        proof.verify(root, &MapKey([0x01; 32])),
        Ok(MapAnswer::Absent)
    );
    assert_eq!(proof.verify(root, &second), Err(MapProofError::OffPath));
    assert_eq!(proof.verify(root, &first), Err(MapProofError::NotAnother));
    assert_eq!(
        proof.verify(Hash([0; 32]), &MapKey([0x01; 32])),
        Err(MapProofError::OtherRoot)
    );
}

/// A root whose maker put a leaf where its key does not lead: it hides whoever belongs there.
#[test]
fn a_leaf_planted_on_anothers_path_proves_nothing() {
    let (hidden, planted) = (MapKey([0x00; 32]), MapKey([0xf0; 32]));
    let value = value_hash(b"value");
    let leaf = map_of(&Model::from([(planted.0, value.0)])).root();
    let sibling = [0x77; 32];
    let root = Hash(map_oracle::node_hash(&leaf.0, &sibling));
    let proof = Parts {
        kind: 2,
        terminal: vec![planted.0, value.0],
        siblings: vec![Some(sibling)],
    };
    let proof = MapProof::decode(&proof.bytes()).unwrap();
    assert_eq!(proof.verify(root, &hidden), Err(MapProofError::OffPath));
    assert_eq!(
        map_oracle::verify(&root.0, &hidden.0, &proof.encode()),
        None
    );
}

#[test]
fn the_empty_map_has_nothing_and_a_map_of_one_has_one() {
    let key = MapKey([7; 32]);
    let empty = PrefixMap::new().prove(&key);
    assert_eq!(empty.encode(), [0, 0, 0]);
    assert_eq!(empty.verify(Hash([0; 32]), &key), Ok(MapAnswer::Absent));
    let mut one = PrefixMap::new();
    one.insert(MapKey([8; 32]), Hash([9; 32]));
    assert_eq!(
        one.prove(&key).verify(one.root(), &key),
        Ok(MapAnswer::Absent)
    );
    assert_eq!(
        empty.verify(one.root(), &key),
        Err(MapProofError::OtherRoot)
    );
}

proptest! {
    /// The two verifiers agree on damaged proofs too, as far as these are proofs at all.
    #[test]
    fn damage_never_changes_an_answer(
        model in any_model(30),
        key in any_key(),
        place in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut map = map_of(&model);
        let (root, key) = (map.root(), MapKey(key));
        let mut bytes = map.prove(&key).encode();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        if let Ok(proof) = MapProof::decode(&bytes) {
            prop_assert_eq!(proof.encode(), bytes.clone());
            prop_assert_eq!(proof.verify(root, &key).ok(), None);
            prop_assert_eq!(map_oracle::verify(&root.0, &key.0, &bytes), None);
        }
    }
}
