//! What the service says of a key of the ledger's map, verified with the ledger's key alone: nothing
//! else in the answer is believed.

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use ledger::{MapAnswer, MapHead, MapKey, MapProof, TlogProof, VerifierKey};
use serde_json::Value;

/// What was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    /// What the map holds under the key.
    pub answer: MapAnswer,
    /// Keys of the map.
    pub keys: u64,
    /// Index of the entry that commits to the map.
    pub index: u64,
    /// Bytes of the map's proof.
    pub bytes: usize,
}

/// Verifies an answer of `/prescriptions/{folio}/state`, `/substance-proofs` or
/// `/ledger/map/{key}`: the receipt proves that the log of `vkey` holds the map head, and the proof
/// leads from `key` to the head's root.
///
/// # Errors
/// What does not hold.
pub fn verify(answer: &Value, key: &MapKey, vkey: &VerifierKey) -> Result<Proven> {
    let text = |name: &str| answer[name].as_str().with_context(|| format!("no {name}"));
    let bytes = |name: &str| Ok::<_, anyhow::Error>(BASE64.decode(text(name)?.as_bytes())?);
    let entry = bytes("map_head")?;
    let receipt = TlogProof::parse(text("receipt")?.as_bytes())?.verify(&entry, vkey)?;
    let head = MapHead::decode(&entry)?;
    ensure!(
        head.entries == receipt.index(),
        "the map head at entry {} is of entry {}",
        receipt.index(),
        head.entries
    );
    let proof = bytes("proof")?;
    Ok(Proven {
        answer: MapProof::decode(&proof)?.verify(head.root, key)?,
        keys: head.keys,
        index: receipt.index(),
        bytes: proof.len(),
    })
}

#[cfg(test)]
mod tests {
    use ledger::{
        Checkpoint, Frontier, NoteSigner, PrefixMap, SignedCheckpoint, SoftwareSigner, TreeHead,
        leaf_hash, value_hash,
    };
    use serde_json::json;

    use super::*;

    const KEY: MapKey = MapKey([7; 32]);

    const OTHER_KEY: MapKey = MapKey([8; 32]);

    /// What a log says of `asked`, whose one entry commits to a map with one key.
    fn answer(signer: &SoftwareSigner, entries: u64, asked: &MapKey) -> Value {
        let mut map = PrefixMap::new();
        map.insert(KEY, value_hash(b"value"));
        let head = MapHead {
            entries,
            keys: 1,
            root: map.root(),
        };
        let mut frontier = Frontier::new();
        frontier.push(leaf_hash(&head.encode()), &mut |_, _| {});
        let tree = TreeHead {
            size: 1,
            root: frontier.root(),
        };
        let checkpoint = Checkpoint::new("log.example", tree).unwrap();
        let checkpoint = SignedCheckpoint::sign(checkpoint, signer).unwrap();
        json!({
            "proof": BASE64.encode(&map.prove(asked).encode()),
            "map_head": BASE64.encode(&head.encode()),
            "receipt": format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{checkpoint}"),
        })
    }

    #[test]
    fn presence_and_absence_are_read_from_the_proof() {
        let signer = SoftwareSigner::from_seed("log.example", &[1; 32]).unwrap();
        let vkey = signer.verifier_key();
        let proven = verify(&answer(&signer, 0, &KEY), &KEY, vkey).unwrap();
        assert_eq!(proven.answer, MapAnswer::Present(value_hash(b"value")));
        assert_eq!((proven.keys, proven.index), (1, 0));
        let other = verify(&answer(&signer, 0, &OTHER_KEY), &OTHER_KEY, vkey).unwrap();
        assert_eq!(other.answer, MapAnswer::Absent);
    }

    #[test]
    fn another_key_another_head_or_another_place_proves_nothing() {
        let signer = SoftwareSigner::from_seed("log.example", &[1; 32]).unwrap();
        let stranger = SoftwareSigner::from_seed("log.example", &[2; 32]).unwrap();
        let vkey = signer.verifier_key();
        assert!(verify(&answer(&stranger, 0, &KEY), &KEY, vkey).is_err());
        assert!(verify(&answer(&signer, 5, &KEY), &KEY, vkey).is_err());
        assert!(verify(&answer(&signer, 0, &KEY), &OTHER_KEY, vkey).is_err());
        for field in ["proof", "map_head", "receipt"] {
            let mut without = answer(&signer, 0, &KEY);
            without[field] = json!("AAAA");
            assert!(verify(&without, &KEY, vkey).is_err(), "{field}");
        }
    }
}
