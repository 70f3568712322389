//! RFC 6962 from its text, with nothing of the `ledger` crate: the definitions of §2.1 word by word,
//! slow and plain.

use ring::digest::{Context, SHA256};

pub(crate) type Hash = [u8; 32];

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().try_into().unwrap()
}

/// MTH({d(0)}) = SHA-256(0x00 || d(0)).
pub(crate) fn leaf(entry: &[u8]) -> Hash {
    sha256(&[&[0], entry])
}

fn node(left: Hash, right: Hash) -> Hash {
    sha256(&[&[1], &left, &right])
}

/// The largest power of two smaller than `n`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// MTH(D[n]).
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(root(left), root(right))
        }
    }
}

/// PATH(m, D[n]).
pub(crate) fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = if m < left.len() {
        (path(m, left), root(right))
    } else {
        (path(m - left.len(), right), root(left))
    };
    path.push(sibling);
    path
}

/// The root that a path leads to from leaf `m` of `n`; none if it is too short or too long.
pub(crate) fn root_of_path(leaf: Hash, m: usize, n: usize, path: &[Hash]) -> Option<Hash> {
    if n == 1 {
        return path.is_empty().then_some(leaf);
    }
    let (sibling, rest) = path.split_last()?;
    let k = split(n);
    if m < k {
        Some(node(root_of_path(leaf, m, k, rest)?, *sibling))
    } else {
        Some(node(*sibling, root_of_path(leaf, m - k, n - k, rest)?))
    }
}
