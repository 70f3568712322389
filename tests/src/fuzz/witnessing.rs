//! What witnesses, logs and verifiers say to each other: policies, requests, lists, evidence.

use anyhow::Result;
use ledger::{
    AddCheckpoint, Checkpoint, ForkEvidence, Hash, NoteSigner, Policy, Shard, ShardFork, ShardList,
    SignedCheckpoint, SignedNote, SoftwareSigner, TreeHead, VerifierKey, WitnessKey, cosign,
    decide, empty_root, leaf_hash, read_answer, read_size_answer,
};

const ORIGIN: &str = "receta.example/ledger";

fn signer(name: &str, seed: u8) -> Result<SoftwareSigner> {
    Ok(SoftwareSigner::from_seed(name, &[seed; 32])?)
}

fn log_key() -> Result<VerifierKey> {
    Ok(signer(ORIGIN, 11)?.verifier_key().clone())
}

fn signed(size: u64, root: Hash) -> Result<SignedCheckpoint> {
    let checkpoint = Checkpoint::new(ORIGIN, TreeHead { size, root })?;
    Ok(SignedCheckpoint::sign(checkpoint, &signer(ORIGIN, 11)?)?)
}

/// A policy is written back as an equal one, and believes nothing that nobody signed.
pub(super) fn policy(data: &[u8]) -> bool {
    let Some(policy) = str::from_utf8(data)
        .ok()
        .and_then(|text| Policy::parse(text).ok())
    else {
        return false;
    };
    let text = policy.to_string();
    assert!(text.len() <= data.len(), "longer than what was read");
    assert_eq!(Policy::parse(&text).as_ref(), Ok(&policy));
    if let Ok(checkpoint) = signed(3, leaf_hash(b"root"))
        && let Ok(witnessed) = policy.verify(&checkpoint)
    {
        assert!(!policy.demands_witnesses(), "no witness cosigned");
        assert_eq!(Ok(witnessed.key()), log_key().as_ref().map_err(|_| ()));
    }
    true
}

/// A request has one spelling, and nothing but what the log signed is ever cosigned.
pub(super) fn add_checkpoint(data: &[u8]) -> bool {
    answers(data);
    let Ok(request) = AddCheckpoint::parse(data) else {
        return false;
    };
    assert_eq!(request.to_string().as_bytes(), data);
    if let Ok(key) = log_key() {
        let keys = [key];
        for known in [None, signed(1, leaf_hash(b"first")).ok()] {
            if let Ok(head) = decide(known.as_ref(), &request, &keys) {
                assert_eq!(head, request.checkpoint().claimed().head());
                assert!(request.checkpoint().verify(&keys[0]).is_ok());
            }
        }
    }
    true
}

/// The asking side reads whatever a witness answers.
fn answers(data: &[u8]) {
    if let Some(size) = read_size_answer(data) {
        assert_eq!(format!("{size}\n").as_bytes(), data);
    }
    if let (Ok(checkpoint), Ok(witness)) = (signed(1, empty_root()), signer("w", 1)) {
        let key = WitnessKey::of(witness.verifier_key());
        assert!(
            read_answer(data, &checkpoint, &key).is_err(),
            "a forged cosignature"
        );
    }
}

/// A list has one spelling.
pub(super) fn shard_list(data: &[u8]) -> bool {
    let Some(list) = str::from_utf8(data)
        .ok()
        .and_then(|text| ShardList::parse(text).ok())
    else {
        return false;
    };
    assert_eq!(list.to_string().as_bytes(), data);
    for shard in list.shards() {
        assert!(
            list.keys_of(shard.origin())
                .iter()
                .all(|key| key.name() == shard.origin())
        );
    }
    true
}

/// Evidence has one spelling, and convicts only the log that signed both.
pub(super) fn fork(data: &[u8]) -> bool {
    if let Some(fork) = ShardFork::parse(data) {
        assert_eq!(fork.to_string().as_bytes(), data);
    }
    let Ok(evidence) = ForkEvidence::parse(data) else {
        return false;
    };
    assert_eq!(evidence.to_string().as_bytes(), data);
    assert_ne!(evidence.first().claimed(), evidence.second().claimed());
    true
}

pub(super) fn policy_seeds() -> Result<Vec<Vec<u8>>> {
    let witness = |seed| -> Result<String> {
        let signer = signer("testigo.example/unam", seed)?;
        Ok(WitnessKey::of(signer.verifier_key()).to_string())
    };
    let key = log_key()?;
    let (one, two, three) = (witness(1)?, witness(2)?, witness(3)?);
    let grouped = format!(
        "# política\nlog {key} https://log.example/\n\nwitness A {one}\nwitness B {two} http://b/\n\
         witness\tC {three}\ngroup AB any A B\ngroup G 2 AB C\nquorum G\n"
    );
    let single = format!("log {key}\nwitness W {one}\nquorum W\n");
    let none = format!("log {key}\nquorum none\n");
    Ok([grouped, single, none].map(String::into_bytes).into())
}

pub(super) fn add_checkpoint_seeds() -> Result<Vec<Vec<u8>>> {
    let first = AddCheckpoint::new(0, vec![], signed(1, leaf_hash(b"first"))?)?;
    let (left, right) = (leaf_hash(b"first"), leaf_hash(b"second"));
    let grown = signed(2, ledger::node_hash(left, right))?;
    let grown = AddCheckpoint::new(1, vec![right], grown)?;
    Ok([first, grown]
        .map(|request| request.to_string().into_bytes())
        .into())
}

pub(super) fn shard_list_seeds() -> Result<Vec<Vec<u8>>> {
    let key = |seed| -> Result<VerifierKey> { Ok(signer(ORIGIN, seed)?.verifier_key().clone()) };
    let next = signer("receta.example/ledger/2027", 13)?
        .verifier_key()
        .clone();
    let end = TreeHead {
        size: 300,
        root: leaf_hash(b"end"),
    };
    let first = ShardList::new(1, vec![Shard::new(0, None, vec![key(11)?])?])?;
    let closed = Shard::new(0, Some(end), vec![key(11)?, key(12)?])?;
    let second = ShardList::new(7, vec![closed, Shard::new(300, None, vec![next])?])?;
    Ok([first, second]
        .map(|list| list.to_string().into_bytes())
        .into())
}

pub(super) fn fork_seeds() -> Result<Vec<Vec<u8>>> {
    let witness = signer("testigo.example/unam", 1)?;
    let mut one = signed(9, leaf_hash(b"one"))?;
    one.attach(cosign(&one, 1_700_000_000, &witness)?)?;
    let other = signed(9, leaf_hash(b"other"))?;
    let evidence = ForkEvidence::new(one, other, &[log_key()?])?;
    // A note that is read on the way must not be taken for evidence.
    let note = SignedNote::parse(evidence.first().to_string().as_bytes())?;
    anyhow::ensure!(ForkEvidence::parse(note.to_string().as_bytes()).is_err());
    Ok(vec![evidence.to_string().into_bytes()])
}
