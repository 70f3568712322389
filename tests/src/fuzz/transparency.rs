//! The ledger's formats: leaves, receipts, checkpoints.

use anyhow::Result;
use ledger::{
    Checkpoint, InclusionProof, NoteSigner, SignedCheckpoint, SoftwareSigner, TlogProof, TreeHead,
    leaf_hash, node_hash,
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

fn signed_head() -> Result<SignedCheckpoint> {
    let [a, b, c] = ENTRIES.map(leaf_hash);
    let root = node_hash(node_hash(a, b), c);
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
