//! A directory written by another implementation (transparency-dev/tessera).

use std::fs;

use ledger::{
    InclusionProof, PublishedTree, SignedCheckpoint, Tile, TileDirectory, TileKind, VerifierKey,
    decode_bundle, leaf_hash, verify_directory,
};

use crate::fixture;

#[test]
fn verifies_as_it_is() {
    let Some(folder) = fixture::vectors("tlog-sample") else {
        return;
    };
    let key: VerifierKey = fs::read_to_string(folder.join("vkey"))
        .unwrap()
        .trim_end()
        .parse()
        .unwrap();
    let read = |name| SignedCheckpoint::parse(&fs::read(folder.join(name)).unwrap()).unwrap();
    let checkpoints = [
        read("checkpoint.1"),
        read("checkpoint.7"),
        read("checkpoint"),
    ];
    let directory = TileDirectory::open(&folder).unwrap();

    let mut seen = Vec::new();
    let tree = verify_directory(&directory, &key, &checkpoints, &mut |progress| {
        seen.push(progress.entries);
    })
    .unwrap();
    assert_eq!(
        (tree.size(), tree.origin()),
        (15, "example.com/log/testdata")
    );
    assert_eq!(seen, [15]);

    // The same again through proofs, as a client would.
    let published = PublishedTree::new(directory.clone(), tree.size());
    for pair in checkpoints.windows(2) {
        let (from, to) = (pair[0].claimed().head(), pair[1].claimed().head());
        assert_eq!(published.root(from.size).unwrap(), from.root);
        let proof = published.consistency_proof(from.size, to.size).unwrap();
        proof.verify(from.root, to.root).unwrap();
    }
    let bundle = Tile::in_tree(TileKind::Entries, 0, tree.size()).unwrap();
    let bytes = directory.read_bundle(bundle).unwrap();
    let entries = decode_bundle(&bytes, bundle.width()).unwrap();
    assert_eq!(entries[..2], [b"one", b"two"]);
    for (index, entry) in (0..).zip(entries) {
        let proof: InclusionProof = published.inclusion_proof(index, tree.size()).unwrap();
        proof.verify(leaf_hash(entry), tree.root()).unwrap();
    }
}
