//! The ledger's formats: leaves, receipts, checkpoints, and what is said of the map.

use anyhow::Result;
use ledger::{
    Checkpoint, ConsistencyProof, CoseReceipt, Hash, InclusionProof, MapAnswer, MapHead, MapKey,
    MapProof, NoteSigner, PrefixMap, SignedCheckpoint, SoftwareSigner, TlogProof, TreeHead,
    leaf_hash, node_hash, value_hash,
};
use prescription::leaf::{Leaf, LeafKind, Pseudonym, Totals};
use prescription::state::Phase;
use prescription::{BlindedKey, Folio, Packages};

const ORIGIN: &str = "receta.example/ledger";
const ENTRIES: [&[u8]; 3] = [b"first", b"second", b"third"];

fn signer() -> Result<SoftwareSigner> {
    Ok(SoftwareSigner::from_seed(ORIGIN, &[11; 32])?)
}

/// A leaf has one encoding.
pub(super) fn leaf(data: &[u8]) -> bool {
    let Ok(leaf) = Leaf::decode(data) else {
        return false;
    };
    assert_eq!(leaf.encode(), data);
    true
}

/// A receipt has one spelling, and proves nothing but what is in the tree.
pub(super) fn tlog_proof(data: &[u8]) -> bool {
    let Ok(proof) = TlogProof::parse(data) else {
        return false;
    };
    assert_eq!(proof.to_string().as_bytes(), data);
    if let Ok(signer) = signer() {
        assert!(
            proof
                .verify(b"not in the tree", signer.verifier_key())
                .is_err()
        );
        for (index, entry) in (0..).zip(ENTRIES) {
            if let Ok(receipt) = proof.verify(entry, signer.verifier_key()) {
                assert_eq!(receipt.index(), index);
            }
        }
    }
    true
}

/// A checkpoint has one spelling, and verifies only where the log signed it.
pub(super) fn checkpoint(data: &[u8]) -> bool {
    let Ok(signed) = SignedCheckpoint::parse(data) else {
        return false;
    };
    assert_eq!(signed.to_string().as_bytes(), data);
    if let (Ok(signer), Ok(good)) = (signer(), signed_head())
        && let Ok(verified) = signed.verify(signer.verifier_key())
    {
        assert_eq!(
            verified.checkpoint(),
            good.claimed(),
            "a head that was never signed"
        );
    }
    true
}

/// A COSE receipt has one spelling, and proves nothing but what is in the tree.
pub(super) fn cose_receipt(data: &[u8]) -> bool {
    let Ok(receipt) = CoseReceipt::decode(data) else {
        return false;
    };
    assert_eq!(receipt.encode(), data);
    if let Ok(signer) = signer() {
        let key = signer.verifier_key();
        assert!(receipt.verify_inclusion(b"not in the tree", key).is_err());
        let [_, _, root] = roots();
        for entry in ENTRIES {
            if let Ok(verified) = receipt.verify_inclusion(entry, key) {
                assert_eq!(verified.root(), root, "a root that was never signed");
            }
        }
        let other = leaf_hash(b"another tree");
        assert!(receipt.verify_consistency(other, root, key).is_err());
        assert!(receipt.verify_consistency(root, other, key).is_err());
    }
    true
}

/// A map head has one encoding.
pub(super) fn map_head(data: &[u8]) -> bool {
    let Ok(head) = MapHead::decode(data) else {
        return false;
    };
    assert_eq!(head.encode(), data);
    true
}

/// A proof of the map has one spelling, and says of each key what the map says, or nothing.
pub(super) fn map_proof(data: &[u8]) -> bool {
    let Ok(proof) = MapProof::decode(data) else {
        return false;
    };
    assert_eq!(proof.encode(), data);
    let (map, root) = map();
    for key in map_keys() {
        if let Ok(answer) = proof.verify(root, &key) {
            let truth = map.get(&key).map_or(MapAnswer::Absent, MapAnswer::Present);
            assert_eq!(answer, truth);
            assert_eq!(proof, map.prove(&key), "two proofs of one answer");
        }
    }
    true
}

/// Sixteen keys, far apart and close together, of which the first twelve are in the map.
fn map_keys() -> impl Iterator<Item = MapKey> {
    (0..16_u8).map(|number| {
        let mut key = value_hash(&[number]).0;
        if number % 3 == 0 {
            key[..4].fill(0x33);
        }
        MapKey(key)
    })
}

/// The same map each time.
fn map() -> (PrefixMap, Hash) {
    let mut map = PrefixMap::new();
    for key in map_keys().take(12) {
        map.insert(key, value_hash(b"value"));
    }
    let root = map.root();
    (map, root)
}

/// Roots of the trees of one, two and three entries.
fn roots() -> [Hash; 3] {
    let [a, b, c] = ENTRIES.map(leaf_hash);
    [a, node_hash(a, b), node_hash(node_hash(a, b), c)]
}

fn signed_head() -> Result<SignedCheckpoint> {
    let [_, _, root] = roots();
    let checkpoint = Checkpoint::new(ORIGIN, TreeHead { size: 3, root })?;
    Ok(SignedCheckpoint::sign(checkpoint, &signer()?)?)
}

pub(super) fn leaf_seeds() -> Result<Vec<Vec<u8>>> {
    let issued = Leaf {
        kind: LeafKind::Issued,
        pseudonym: Pseudonym::of(Folio::from_random([7; 10])),
        before: Phase::None,
        after: Phase::Active,
        controlled: vec![("040.000.2612.00".parse()?, Packages::new(2))],
        establishment: Some("DFSSA000012".parse()?),
        at: "2026-11-20T16:00:00Z".parse()?,
        commitment: [0xc0; 32],
        totals: Some(Totals {
            dispensed: 0,
            prescribed: 2,
        }),
        claimed: vec![BlindedKey([0xb1; 16])],
        released: Vec::new(),
        erased: Vec::new(),
    };
    let expired = Leaf {
        kind: LeafKind::Expired,
        before: Phase::Active,
        after: Phase::Expired,
        controlled: Vec::new(),
        establishment: None,
        claimed: Vec::new(),
        released: issued.claimed.clone(),
        ..issued.clone()
    };
    let erased = Leaf {
        kind: LeafKind::Erased,
        before: Phase::Expired,
        after: Phase::Expired,
        controlled: Vec::new(),
        totals: None,
        claimed: Vec::new(),
        erased: vec![0, 300],
        ..issued.clone()
    };
    Ok([issued, expired, erased].map(|leaf| leaf.encode()).to_vec())
}

pub(super) fn proof_seeds() -> Result<Vec<Vec<u8>>> {
    let [a, b, c] = ENTRIES.map(leaf_hash);
    let paths = [vec![b, c], vec![a, c], vec![node_hash(a, b)]];
    let mut seeds = Vec::new();
    for (index, path) in (0..).zip(paths) {
        let proof = TlogProof::new(
            InclusionProof {
                index,
                size: 3,
                path,
            },
            signed_head()?,
        )?;
        seeds.push(
            proof
                .clone()
                .with_extra(b"extra".to_vec())
                .to_string()
                .into_bytes(),
        );
        seeds.push(proof.to_string().into_bytes());
    }
    Ok(seeds)
}

pub(super) fn checkpoint_seeds() -> Result<Vec<Vec<u8>>> {
    Ok(vec![signed_head()?.to_string().into_bytes()])
}

pub(super) fn cose_seeds() -> Result<Vec<Vec<u8>>> {
    let [a, b, c] = ENTRIES.map(leaf_hash);
    let [first, second, third] = roots();
    let signer = signer()?;
    let mut seeds = Vec::new();
    for (index, leaf, path) in [(0, a, vec![b, c]), (2, c, vec![second])] {
        let proof = InclusionProof {
            index,
            size: 3,
            path,
        };
        seeds.push(CoseReceipt::sign_inclusion(proof, leaf, third, &signer)?.encode());
    }
    for (from, root, path) in [(1, first, vec![b, c]), (2, second, vec![c])] {
        let proof = ConsistencyProof { from, to: 3, path };
        seeds.push(CoseReceipt::sign_consistency(proof, root, third, &signer)?.encode());
    }
    Ok(seeds)
}

pub(super) fn map_head_seeds() -> Vec<Vec<u8>> {
    let (map, root) = map();
    let head = |entries| MapHead {
        entries,
        keys: map.len(),
        root,
    };
    [0, 24, 256, 1 << 40]
        .map(|entries| head(entries).encode())
        .into()
}

pub(super) fn map_proof_seeds() -> Vec<Vec<u8>> {
    let (map, _) = map();
    map_keys().map(|key| map.prove(&key).encode()).collect()
}
