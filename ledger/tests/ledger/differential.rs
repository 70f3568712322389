//! Two independent implementations as oracles: the same trees, roots, paths and verdicts.

use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ledger::{
    ConsistencyProof, Frontier, Hash, InclusionProof, Subtree, leaf_hash, node_hash,
    root_from_subtrees,
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sha2::Sha256;

use crate::fixture::entry;

const LARGEST: u64 = 700;

#[derive(Clone)]
struct Rfc6962;

impl rs_merkle::Hasher for Rfc6962 {
    type Hash = [u8; 32];

    fn hash(_: &[u8]) -> [u8; 32] {
        unreachable!("leaves arrive hashed, nodes go through concat_and_hash")
    }

    fn concat_and_hash(left: &[u8; 32], right: Option<&[u8; 32]>) -> [u8; 32] {
        right.map_or(*left, |right| node_hash(Hash(*left), Hash(*right)).0)
    }
}

/// All complete subtrees of the largest tree.
struct Nodes(Vec<Vec<Hash>>);

impl Nodes {
    fn new() -> Self {
        let mut rows = vec![Vec::new(); 64];
        let mut frontier = Frontier::new();
        for index in 0..LARGEST {
            let leaf = leaf_hash(&entry(index));
            frontier.push(leaf, &mut |height, hash| {
                rows[usize::from(height)].push(hash);
            });
        }
        Self(rows)
    }

    fn reader(&self) -> impl FnMut(Subtree) -> Result<Hash, Infallible> {
        |subtree| {
            let at = usize::try_from(subtree.index).unwrap();
            Ok(self.0[usize::from(subtree.height)][at])
        }
    }

    fn root(&self, size: u64) -> Hash {
        root_from_subtrees(size, &mut self.reader()).unwrap()
    }
}

fn size_and_index() -> impl Strategy<Value = (u64, u64)> {
    (1..=LARGEST).prop_flat_map(|size| (Just(size), 0..size))
}

fn run<S: Strategy>(
    cases: u32,
    strategy: &S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = ProptestConfig {
        cases,
        ..ProptestConfig::default()
    };
    TestRunner::new(config).run(strategy, test).unwrap();
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

#[test]
fn roots_and_audit_paths_equal_rs_merkle() {
    let nodes = Nodes::new();
    let leaves: Vec<[u8; 32]> = nodes.0[0].iter().map(|hash| hash.0).collect();
    run(600, &size_and_index(), |(size, index)| {
        let tree = rs_merkle::MerkleTree::<Rfc6962>::from_leaves(&leaves[..usize_of(size)]);
        prop_assert_eq!(tree.root().map(Hash), Some(nodes.root(size)));
        let theirs = tree.proof(&[usize_of(index)]);
        let ours = InclusionProof::generate(index, size, &mut nodes.reader()).unwrap();
        let path: Vec<[u8; 32]> = ours.path.iter().map(|hash| hash.0).collect();
        prop_assert_eq!(theirs.proof_hashes(), path);
        prop_assert!(
            ours.verify(nodes.0[0][usize_of(index)], nodes.root(size))
                .is_ok()
        );
        Ok(())
    });
}

/// `ct_merkle` trees of every size up to the largest, grown once.
fn ct_merkle_trees() -> Vec<MemoryBackedTree<Sha256, Vec<u8>>> {
    let mut tree = MemoryBackedTree::new();
    let mut trees = vec![tree.clone()];
    for index in 0..LARGEST {
        tree.push(entry(index));
        trees.push(tree.clone());
    }
    trees
}

#[test]
fn inclusion_equals_ct_merkle() {
    let nodes = Nodes::new();
    let trees = ct_merkle_trees();
    run(3000, &size_and_index(), |(size, index)| {
        let tree = &trees[usize_of(size)];
        let root = tree.root();
        prop_assert_eq!(root.as_bytes().as_slice(), nodes.root(size).0);
        let theirs = tree.prove_inclusion(usize_of(index));
        let ours = InclusionProof::generate(index, size, &mut nodes.reader()).unwrap();
        let path: Vec<u8> = ours.path.iter().flat_map(|hash| hash.0).collect();
        prop_assert_eq!(theirs.as_bytes(), path);
        prop_assert!(root.verify_inclusion(&entry(index), index, &theirs).is_ok());
        Ok(())
    });
}

#[test]
fn consistency_equals_ct_merkle() {
    let nodes = Nodes::new();
    let trees = ct_merkle_trees();
    let sizes = (1..=LARGEST).prop_flat_map(|to| (1..=to, Just(to)));
    run(3000, &sizes, |(from, to)| {
        let (old, new) = (&trees[usize_of(from)], &trees[usize_of(to)]);
        let ours = ConsistencyProof::generate(from, to, &mut nodes.reader()).unwrap();
        let path: Vec<u8> = ours.path.iter().flat_map(|hash| hash.0).collect();
        let theirs = ct_merkle::ConsistencyProof::<Sha256>::try_from_bytes(path).unwrap();
        prop_assert!(new.root().verify_consistency(&old.root(), &theirs).is_ok());
        prop_assert!(ours.verify(nodes.root(from), nodes.root(to)).is_ok());
        if from < to {
            let generated = new.prove_consistency(usize_of(to - from));
            prop_assert_eq!(generated.as_bytes(), theirs.as_bytes());
        }
        Ok(())
    });
}
