//! A witness's decisions, on logs of numbers, and the messages on the wire.

use std::convert::Infallible;

use crate::checkpoint::{Checkpoint, SignedCheckpoint, TreeHead};
use crate::consistency::{ConsistencyError, ConsistencyProof};
use crate::cosignature::{CosignatureError, WitnessKey, cosign};
use crate::hash::{Hash, empty_root, leaf_hash};
use crate::note_signer::{NoteSigner, SoftwareSigner};
use crate::subtree::{Subtree, hash_over_numbers, root_from_subtrees};
use crate::verifier_key::VerifierKey;
use crate::witness::{
    AddCheckpoint, AddCheckpointError, AddRefusal, AnswerError, decide, read_answer,
    read_size_answer,
};

const ORIGIN: &str = "ledger.example.mx/receta";

fn reader() -> impl FnMut(Subtree) -> Result<Hash, Infallible> {
    |subtree| Ok(hash_over_numbers(subtree))
}

fn signer() -> SoftwareSigner {
    SoftwareSigner::from_seed(ORIGIN, &[1; 32]).unwrap()
}

fn keys() -> Vec<VerifierKey> {
    let other = SoftwareSigner::from_seed("another.example/log", &[2; 32]).unwrap();
    vec![
        other.verifier_key().clone(),
        signer().verifier_key().clone(),
    ]
}

fn signed(size: u64, root: Hash) -> SignedCheckpoint {
    let checkpoint = Checkpoint::new(ORIGIN, TreeHead { size, root }).unwrap();
    SignedCheckpoint::sign(checkpoint, &signer()).unwrap()
}

/// The log of the numbers below `size`.
fn numbers(size: u64) -> SignedCheckpoint {
    signed(size, root_from_subtrees(size, &mut reader()).unwrap())
}

/// Another history.
fn forked(size: u64) -> SignedCheckpoint {
    signed(size, leaf_hash(b"another history"))
}

fn request(old: u64, checkpoint: SignedCheckpoint) -> AddCheckpoint {
    let new = checkpoint.claimed().size();
    let proof = if old == 0 || old >= new {
        Vec::new()
    } else {
        let proof = ConsistencyProof::generate(old, new, &mut reader());
        proof.unwrap().path
    };
    AddCheckpoint::new(old, proof, checkpoint).unwrap()
}

fn refusal(known: Option<&SignedCheckpoint>, request: &AddCheckpoint) -> AddRefusal {
    decide(known, request, &keys()).unwrap_err()
}

#[test]
fn every_honest_step_is_accepted() {
    for new in 0..20 {
        let first = decide(None, &request(0, numbers(new)), &keys());
        assert_eq!(first, Ok(numbers(new).claimed().head()), "first {new}");
        for old in 0..=new {
            let next = decide(Some(&numbers(old)), &request(old, numbers(new)), &keys());
            assert_eq!(next, Ok(numbers(new).claimed().head()), "{old} to {new}");
        }
    }
}

#[test]
fn unknown_and_unsigned_checkpoints() {
    let stranger = SoftwareSigner::from_seed("stranger.example", &[1; 32]).unwrap();
    let head = numbers(5).claimed().head();
    let checkpoint = Checkpoint::new("stranger.example", head).unwrap();
    let theirs = SignedCheckpoint::sign(checkpoint, &stranger).unwrap();
    let refused = refusal(None, &request(0, theirs));
    assert_eq!((refused.status(), refused.known_size()), (404, None));

    let thief = SoftwareSigner::from_seed(ORIGIN, &[7; 32]).unwrap();
    let forged = SignedCheckpoint::sign(numbers(5).claimed().clone(), &thief).unwrap();
    let refused = refusal(None, &request(0, forged));
    assert_eq!((refused.status(), &refused), (403, &AddRefusal::NotSigned));
    // The right key id with another text is no better.
    let altered = numbers(5).to_string().replace("\n5\n", "\n6\n");
    let altered = SignedCheckpoint::parse(altered.as_bytes()).unwrap();
    assert_eq!(refusal(None, &request(0, altered)), AddRefusal::NotSigned);
}

#[test]
fn rollbacks_and_stale_requests_are_told_the_known_size() {
    let known = numbers(9);
    for (old, new) in [
        (0, 9),
        (0, 12),
        (5, 9),
        (5, 12),
        (0, 3),
        (3, 3),
        (5, 7),
        (12, 15),
    ] {
        let refused = refusal(Some(&known), &request(old, numbers(new)));
        assert_eq!(
            refused,
            AddRefusal::OtherOldSize { known: 9 },
            "{old} {new}"
        );
        assert_eq!((refused.status(), refused.known_size()), (409, Some(9)));
    }
    let refused = refusal(None, &request(5, numbers(9)));
    assert_eq!(refused, AddRefusal::OtherOldSize { known: 0 });
    let refused = refusal(Some(&known), &request(9, numbers(8)));
    assert_eq!(refused.status(), 400);
}

#[test]
fn a_fork_is_told_with_its_evidence_whatever_the_old_size() {
    let known = numbers(9);
    for old in [0, 5, 9] {
        let refused = refusal(Some(&known), &request(old, forked(9)));
        assert_eq!((refused.status(), refused.known_size()), (409, Some(9)));
        let AddRefusal::Fork(evidence) = refused else {
            panic!("{refused}");
        };
        assert_eq!(evidence.verify(&keys()), Ok(()));
        assert_eq!((evidence.first(), evidence.second()), (&known, &forked(9)));
    }
    // The key that signed the earlier one is not known any more: refused, without evidence.
    let old_key = SoftwareSigner::from_seed(ORIGIN, &[8; 32]).unwrap();
    let known = SignedCheckpoint::sign(known.claimed().clone(), &old_key).unwrap();
    let refused = refusal(Some(&known), &request(9, forked(9)));
    assert_eq!(refused, AddRefusal::OtherRoot { size: 9 });
    assert_eq!((refused.status(), refused.known_size()), (409, Some(9)));
}

#[test]
fn proofs_that_do_not_hold() {
    let known = numbers(5);
    let honest = request(5, numbers(9));
    let without = |checkpoint| AddCheckpoint::new(5, Vec::new(), checkpoint).unwrap();
    let refused = refusal(Some(&known), &without(numbers(9)));
    let too_short = AddRefusal::Proof(ConsistencyError::TooShort);
    assert_eq!((refused.status(), refused), (422, too_short));
    let other_history = AddCheckpoint::new(5, honest.proof().to_vec(), forked(9)).unwrap();
    assert_eq!(
        refusal(Some(&known), &other_history),
        AddRefusal::Proof(ConsistencyError::OtherSecondRoot)
    );
    let surplus = AddCheckpoint::new(5, vec![empty_root()], numbers(5)).unwrap();
    assert_eq!(refusal(Some(&known), &surplus).status(), 422);
    let from_nothing = AddCheckpoint::new(0, vec![empty_root()], numbers(5)).unwrap();
    assert_eq!(refusal(None, &from_nothing), AddRefusal::ProofFromNothing);
    let not_empty = request(0, forked(0));
    assert_eq!(refusal(None, &not_empty), AddRefusal::NotTheEmptyTree);
}

#[test]
fn requests_round_trip_and_have_one_spelling() {
    let honest = request(5, numbers(9));
    let text = honest.to_string();
    assert!(text.starts_with("old 5\n"), "{text}");
    assert_eq!(AddCheckpoint::parse(text.as_bytes()), Ok(honest));
    let first = request(0, numbers(1));
    assert!(first.to_string().starts_with("old 0\n\nledger"));
    assert_eq!(
        AddCheckpoint::parse(first.to_string().as_bytes()),
        Ok(first)
    );

    let proof_line = text.lines().nth(1).unwrap();
    for (altered, reason) in [
        (text.replace("old 5", "old 05"), AddCheckpointError::OldSize),
        (text.replace("old 5", "old -1"), AddCheckpointError::OldSize),
        (text.replace("old 5", "old  5"), AddCheckpointError::OldSize),
        (text.replace("old 5", "new 5"), AddCheckpointError::OldSize),
        (text.replace("old 5\n", ""), AddCheckpointError::OldSize),
        (
            text.replace(proof_line, &proof_line[1..]),
            AddCheckpointError::ProofLine(1),
        ),
        (
            text.replace(proof_line, &[proof_line; 64].join("\n")),
            AddCheckpointError::TooManyProofLines,
        ),
        (
            text.split("\n\n").next().unwrap().to_owned(),
            AddCheckpointError::NoCheckpoint,
        ),
        (String::new(), AddCheckpointError::NoCheckpoint),
    ] {
        let refused = AddCheckpoint::parse(altered.as_bytes());
        assert_eq!(refused, Err(reason), "{altered}");
    }
    let cut = AddCheckpoint::parse(&text.as_bytes()[..text.len() - 1]);
    assert!(matches!(cut, Err(AddCheckpointError::Checkpoint(_))));
    assert_eq!(
        AddCheckpoint::new(5, vec![empty_root(); 64], numbers(9)),
        Err(AddCheckpointError::TooManyProofLines)
    );
}

#[test]
fn answers_are_read_by_the_asking_side() {
    let witness = SoftwareSigner::from_seed("witness.example/w1", &[9; 32]).unwrap();
    let other = SoftwareSigner::from_seed("witness.example/w2", &[8; 32]).unwrap();
    let key = WitnessKey::of(witness.verifier_key());
    let checkpoint = numbers(9);
    let line = cosign(&checkpoint, 77, &witness).unwrap();
    let foreign = cosign(&checkpoint, 77, &other).unwrap();
    let read = |answer: String| read_answer(answer.as_bytes(), &checkpoint, &key);

    let (attached, verified) = read(format!("{foreign}\n{line}\n")).unwrap();
    assert_eq!((attached, verified.time()), (line.clone(), 77));
    let missing = AnswerError::Cosignature(CosignatureError::Missing);
    assert_eq!(read(format!("{foreign}\n")), Err(missing));
    let of_another = cosign(&numbers(8), 77, &witness).unwrap();
    let wrong = AnswerError::Cosignature(CosignatureError::BadSignature);
    assert_eq!(read(format!("{of_another}\n")), Err(wrong));
    for malformed in [
        String::new(),
        "\n".to_owned(),
        line.to_string(),
        format!("{line}\n\n"),
        format!("{line}\r\n"),
        format!("{line}\n<html>\n"),
        format!("{foreign}\n").repeat(65),
    ] {
        assert_eq!(read(malformed), Err(AnswerError::Format));
    }
    assert_eq!(read_size_answer(b"20852014\n"), Some(20_852_014));
    for malformed in ["20852014", "\n", "01\n", "1\r\n", "1\n\n"] {
        assert_eq!(read_size_answer(malformed.as_bytes()), None);
    }
}
