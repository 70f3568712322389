//! Checkpoints held against a policy.

use crate::checkpoint::{Checkpoint, SignedCheckpoint, TreeHead};
use crate::cosignature::{CosignatureError, VerifiedCosignature, WitnessKey, cosign};
use crate::hash::leaf_hash;
use crate::note::{NoteError, NoteSignature};
use crate::note_signer::{NoteSigner, SoftwareSigner};
use crate::policy::{Policy, PolicyRefusal};

const ORIGIN: &str = "ledger.example.mx/receta";

fn log_key(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

fn witness(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_seed(&format!("witness.example/w{seed}"), &[seed; 32]).unwrap()
}

/// Signed by the log's key 1, cosigned by witnesses at times.
fn cosigned(witnesses: &[(u8, u64)]) -> SignedCheckpoint {
    let head = TreeHead {
        size: 42,
        root: leaf_hash(b"root"),
    };
    let checkpoint = Checkpoint::new(ORIGIN, head).unwrap();
    let mut signed = SignedCheckpoint::sign(checkpoint, &log_key(1)).unwrap();
    for (seed, time) in witnesses {
        let line = cosign(&signed, *time, &witness(*seed)).unwrap();
        signed.attach(line).unwrap();
    }
    signed
}

/// Two of three X and one of two Y; seeds 11, 12, 13 and 21, 22.
fn two_levels() -> Policy {
    let line = |seed| {
        let key = WitnessKey::of(witness(seed).verifier_key());
        format!("witness W{seed} {key}\n")
    };
    let text = [
        format!("log {}\n", log_key(1).verifier_key()),
        [11, 12, 13, 21, 22].map(line).concat(),
        "group X 2 W11 W12 W13\ngroup Y any W21 W22\n".to_owned(),
        "group both all X Y\nquorum both\n".to_owned(),
    ];
    Policy::parse(&text.concat()).unwrap()
}

#[test]
fn the_quorum_decides() {
    let policy = two_levels();
    for (witnesses, enough) in [
        (&[][..], false),
        (&[11, 12], false),
        (&[11, 21], false),
        (&[21, 22], false),
        (&[11, 12, 13], false),
        (&[11, 12, 21], true),
        (&[12, 13, 22], true),
        (&[11, 12, 13, 21, 22], true),
        (&[11, 12, 99], false),
    ] {
        let lines: Vec<_> = witnesses.iter().map(|seed| (*seed, 1_000)).collect();
        let verified = policy.verify(&cosigned(&lines));
        assert_eq!(verified.is_ok(), enough, "{witnesses:?}: {verified:?}");
    }
    assert_eq!(
        policy.verify(&cosigned(&[(11, 5), (21, 5)])),
        Err(PolicyRefusal::NoQuorum {
            quorum: "both".to_owned(),
            cosigned: vec!["W11".to_owned(), "W21".to_owned()],
        })
    );
}

#[test]
fn the_proof_tells_who_and_when() {
    let signed = cosigned(&[
        (99, 1),
        (13, 900),
        (11, 100),
        (12, 300),
        (21, 200),
        (22, 500),
    ]);
    let verified = two_levels().verify(&signed).unwrap();
    assert_eq!(verified.checkpoint(), signed.claimed());
    assert_eq!(verified.key(), log_key(1).verifier_key());
    let times: Vec<_> = verified
        .cosignatures()
        .iter()
        .map(VerifiedCosignature::time)
        .collect();
    assert_eq!(times, [100, 300, 900, 200, 500]);
    // X is reached by 900 and 300, Y by 500, both of them by 300.
    assert_eq!(verified.witnessed_at(), Some(300));
}

#[test]
fn one_pinned_key_needs_no_witness() {
    let policy = Policy::of_log(log_key(1).verifier_key().clone());
    let verified = policy.verify(&cosigned(&[(11, 5)])).unwrap();
    assert_eq!(verified.witnessed_at(), None);
    assert!(verified.cosignatures().is_empty());
    assert!(!policy.demands_witnesses());
}

#[test]
fn any_key_of_a_log_that_changes_its_key() {
    let (old, new) = (log_key(1), log_key(2));
    let both = format!(
        "log {}\nlog {}\nquorum none\n",
        new.verifier_key(),
        old.verifier_key()
    );
    let policy = Policy::parse(&both).unwrap();
    let mut signed = cosigned(&[]);
    let verified = policy.verify(&signed).unwrap();
    assert_eq!(verified.key(), old.verifier_key());
    signed.sign_also(&new).unwrap();
    let verified = policy.verify(&signed).unwrap();
    assert_eq!(verified.key(), new.verifier_key());
}

#[test]
fn other_logs_and_other_keys_are_refused() {
    let other_key = Policy::of_log(log_key(2).verifier_key().clone());
    assert_eq!(
        other_key.verify(&cosigned(&[])),
        Err(PolicyRefusal::Log(NoteError::UnknownSigner.into()))
    );
    let other = SoftwareSigner::from_seed("another.example/log", &[1; 32]).unwrap();
    let refused = Policy::of_log(other.verifier_key().clone()).verify(&cosigned(&[]));
    assert!(
        matches!(&refused, Err(PolicyRefusal::UnknownLog { origin }) if origin == ORIGIN),
        "{refused:?}"
    );
}

#[test]
fn a_wrong_line_of_a_known_key_condemns_the_checkpoint() {
    let complete = cosigned(&[(11, 5), (12, 5), (21, 5)]);
    assert!(two_levels().verify(&complete).is_ok());
    let mut spoiled = complete.clone();
    let key = WitnessKey::of(witness(13).verifier_key());
    let line = NoteSignature::new(key.name(), key.id(), vec![0; 72]);
    spoiled.attach(line).unwrap();
    assert_eq!(
        two_levels().verify(&spoiled),
        Err(PolicyRefusal::Witness {
            witness: "W13".to_owned(),
            reason: CosignatureError::BadSignature,
        })
    );
    let altered = complete.to_string().replace("\n42\n", "\n43\n");
    let altered = SignedCheckpoint::parse(altered.as_bytes()).unwrap();
    assert_eq!(
        two_levels().verify(&altered),
        Err(PolicyRefusal::Log(NoteError::BadSignature.into()))
    );
}
