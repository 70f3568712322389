//! The example receipts of the draft that became RFC 9942, made by its authors.

use std::fs;

use ledger::{CoseProof, CoseReceipt, CoseReceiptError, NoteSigner, node_hash};

use crate::fixture::{signer, vectors};

#[test]
fn the_examples_decode_and_are_one_tree() {
    let Some(folder) = vectors("cose-receipts") else {
        return;
    };
    let read = |name| {
        let bytes = fs::read(folder.join(name)).unwrap();
        let receipt = CoseReceipt::decode(&bytes).unwrap();
        assert_eq!(receipt.encode(), bytes, "{name}");
        receipt
    };
    let inclusion = read("inclusion-receipt.cbor");
    let consistency = read("consistency-receipt.cbor");
    let (CoseProof::Inclusion(included), CoseProof::Consistency(grown)) =
        (inclusion.claimed(), consistency.claimed())
    else {
        panic!("the examples are not what their names say");
    };
    assert_eq!((included.index, included.size), (3, 5));
    assert_eq!((grown.from, grown.to), (3, 5));
    // The growth from 3 to 5 entries is shown with leaves 2 and 3, the node over 0 and 1, and leaf
    // 4. The examples name no root and no key, but the two proofs share a tree: leaf 3 is in it.
    let [leaf_2, leaf_3, first_two, leaf_4] = grown.path[..] else {
        panic!("a path of another length");
    };
    assert_eq!(included.path, [leaf_2, first_two, leaf_4]);
    let first_root = node_hash(first_two, leaf_2);
    let second_root = node_hash(node_hash(first_two, node_hash(leaf_2, leaf_3)), leaf_4);
    grown.verify(first_root, second_root).unwrap();
    assert_eq!(included.verify(leaf_3, second_root).unwrap().index(), 3);
    // They are signed with ES256, which no log of ours uses.
    let signer = signer();
    let key = signer.verifier_key();
    assert_eq!(
        consistency.verify_consistency(first_root, second_root, key),
        Err(CoseReceiptError::OtherAlgorithm)
    );
}
