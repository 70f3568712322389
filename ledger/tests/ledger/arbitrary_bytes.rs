//! Parsers face the network: no input makes them panic, and what they accept they write back.

use ledger::{
    AddCheckpoint, Checkpoint, CoseReceipt, ForkEvidence, MAX_MAP_PROOF_BYTES, MapHead, MapKey,
    MapProof, NoteSignature, NoteSigner, Policy, PrefixMap, ShardFork, ShardList, SignedCheckpoint,
    SignedNote, Tile, TlogProof, VerifierKey, WitnessKey, decode_bundle, leaf_hash, read_answer,
    read_size_answer, value_hash,
};
use proptest::prelude::*;

use crate::fixture::{append, entry, open, signer};

fn parse_all(bytes: &[u8]) {
    if let Ok(note) = SignedNote::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(bytes) {
        assert_eq!(checkpoint.to_string().as_bytes(), bytes);
    }
    if let Ok(proof) = TlogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
    }
    if let Ok(receipt) = CoseReceipt::decode(bytes) {
        assert_eq!(receipt.encode(), bytes);
    }
    if let Ok(head) = MapHead::decode(bytes) {
        assert_eq!(head.encode(), bytes);
    }
    if let Ok(proof) = MapProof::decode(bytes) {
        assert_eq!(proof.encode(), bytes);
        assert!(bytes.len() <= MAX_MAP_PROOF_BYTES);
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
    }
    if let Ok(evidence) = ForkEvidence::parse(bytes) {
        assert_eq!(evidence.to_string().as_bytes(), bytes);
    }
    if let Some(evidence) = ShardFork::parse(bytes) {
        assert_eq!(evidence.to_string().as_bytes(), bytes);
    }
    if let Some(size) = read_size_answer(bytes) {
        assert_eq!(format!("{size}\n").as_bytes(), bytes);
    }
    for width in [0, 1, 2, 256, u16::MAX] {
        if let Ok(entries) = decode_bundle(bytes, width) {
            assert_eq!(entries.len(), usize::from(width));
        }
    }
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(tile) = Tile::parse(text) {
        assert_eq!(tile.to_string(), text);
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Some(signature) = NoteSignature::parse(text) {
        assert_eq!(signature.to_string(), text);
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = text.parse::<WitnessKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(list) = ShardList::parse(text) {
        assert_eq!(list.to_string(), text);
    }
    if let Ok(policy) = Policy::parse(text) {
        assert_eq!(Policy::parse(&policy.to_string()), Ok(policy));
    }
}

/// A valid receipt, which contains a checkpoint and a note.
fn receipt() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 5);
    let checkpoint = log.sign(&signer()).unwrap();
    let proof = TlogProof::new(log.inclusion_proof(2, 5).unwrap(), checkpoint).unwrap();
    proof.with_extra(b"extra".to_vec()).to_string().into_bytes()
}

proptest! {
    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        parse_all(&bytes);
    }

    #[test]
    fn text_of_the_right_alphabet(text in "[a-z0-9=+/ .—\n]{0,120}") {
        parse_all(text.as_bytes());
    }
}

#[test]
fn a_request_with_any_byte_replaced_or_cut_off() {
    let proof = TlogProof::parse(&receipt()).unwrap();
    let checkpoint = proof.signed_checkpoint();
    let root = checkpoint.claimed().root();
    let request = AddCheckpoint::new(3, vec![root; 2], checkpoint.clone()).unwrap();
    let request = request.to_string().into_bytes();
    let witness = WitnessKey::of(signer().verifier_key());
    parse_all(&request);
    for at in 0..request.len() {
        for replacement in [0, b'\n', b' ', b'A', b'=', b'9', 0xff] {
            let mut changed = request.clone();
            changed[at] = replacement;
            parse_all(&changed);
            // As the answer of a witness that says anything but a cosignature.
            assert!(read_answer(&changed, checkpoint, &witness).is_err());
        }
        assert!(AddCheckpoint::parse(&request[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_receipt_with_any_byte_replaced_or_cut_off() {
    let receipt = receipt();
    let separator = receipt.windows(2).position(|pair| pair == b"\n\n").unwrap();
    parse_all(&receipt);
    TlogProof::parse(&receipt).unwrap();
    for at in 0..receipt.len() {
        for replacement in [0, b'\n', b' ', b'A', b'=', b'9', 0xff] {
            let mut changed = receipt.clone();
            changed[at] = replacement;
            parse_all(&changed);
            parse_all(&changed[separator + 2..]);
        }
        assert!(TlogProof::parse(&receipt[..at]).is_err(), "cut at {at}");
    }
}

/// Valid binary formats: a COSE receipt, a map head, proofs of presence and absence.
fn binaries() -> [Vec<u8>; 4] {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 5);
    let proof = log.inclusion_proof(2, 5).unwrap();
    let (leaf, root) = (leaf_hash(&entry(2)), log.head().root);
    let receipt = CoseReceipt::sign_inclusion(proof, leaf, root, &signer()).unwrap();
    let keys: Vec<_> = (0..20_u8).map(|n| MapKey(value_hash(&[n]).0)).collect();
    let mut map = PrefixMap::new();
    for key in &keys[..19] {
        map.insert(*key, value_hash(b"value"));
    }
    let head = MapHead {
        entries: 1 << 20,
        keys: map.len(),
        root: map.root(),
    };
    let [present, absent] = [0, 19].map(|place| map.prove(&keys[place]).encode());
    [receipt.encode(), head.encode(), present, absent]
}

#[test]
fn binary_formats_with_any_byte_replaced_or_cut_off() {
    for bytes in binaries() {
        parse_all(&bytes);
        for at in 0..bytes.len() {
            for replacement in [0, 1, 0x17, 0x18, 0x1b, 0x5f, 0x7f, 0x80, 0xa1, 0xbf, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = replacement;
                parse_all(&changed);
            }
            let cut = &bytes[..at];
            assert!(CoseReceipt::decode(cut).is_err() && MapHead::decode(cut).is_err());
            assert!(MapProof::decode(cut).is_err(), "cut at {at}");
        }
    }
}
