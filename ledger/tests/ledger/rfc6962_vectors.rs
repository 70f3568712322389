//! The proof cases of transparency-dev/merkle, most of them hostile.

use std::fs;

use data_encoding::BASE64;
use ledger::{ConsistencyProof, Hash, InclusionProof};
use serde::Deserialize;

use crate::fixture;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

/// Some cases carry hashes of other lengths, which have no representation here and are thereby
/// refused. One of them is marked valid (equal trees of size 1 with 12-byte "roots"): the roots of
/// consistency cases are padded, so that these cases too reach the verifier.
fn hash(base64: &str, pad: bool) -> Option<Hash> {
    let mut bytes = BASE64.decode(base64.as_bytes()).unwrap();
    if pad {
        bytes.resize(Hash::LEN, 0);
    }
    bytes.try_into().ok().map(Hash)
}

fn path(proof: Option<&Vec<String>>) -> Option<Vec<Hash>> {
    proof
        .into_iter()
        .flatten()
        .map(|text| hash(text, false))
        .collect()
}

fn inclusion_holds(case: &Inclusion) -> bool {
    let verify = || {
        let path = path(case.proof.as_ref())?;
        let proof = InclusionProof {
            index: case.leaf_idx,
            size: case.tree_size,
            path,
        };
        proof
            .verify(hash(&case.leaf_hash, false)?, hash(&case.root, false)?)
            .ok()
    };
    verify().is_some()
}

fn consistency_holds(case: &Consistency) -> bool {
    let verify = || {
        let path = path(case.proof.as_ref())?;
        let proof = ConsistencyProof {
            from: case.size1,
            to: case.size2,
            path,
        };
        proof
            .verify(hash(&case.root1, true)?, hash(&case.root2, true)?)
            .ok()
    };
    verify().is_some()
}

#[test]
fn all_196_cases() {
    let Some(folder) = fixture::vectors("rfc6962") else {
        return;
    };
    let (mut inclusion, mut consistency) = (0, 0);
    for file in fixture::files(&folder) {
        let json = fs::read(&file).unwrap();
        let (held, want_err) = if file.starts_with(folder.join("inclusion")) {
            let case: Inclusion = serde_json::from_slice(&json).unwrap();
            inclusion += 1;
            (inclusion_holds(&case), case.want_err)
        } else {
            let case: Consistency = serde_json::from_slice(&json).unwrap();
            consistency += 1;
            (consistency_holds(&case), case.want_err)
        };
        assert_eq!(held, !want_err, "{}", file.display());
    }
    assert_eq!(inclusion + consistency, 196);
    assert!(
        inclusion > 80 && consistency > 80,
        "{inclusion} + {consistency}"
    );
}
