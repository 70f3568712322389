//! The map once more, from its description in FORMATS, with nothing of the `ledger` crate: the
//! recursive definition word by word, the same from the deepest level up, and a verifier.

use std::collections::{BTreeMap, HashMap};

use ring::digest::{Context, SHA256};

use crate::prefix_map::Model;

type Bytes = [u8; 32];
const ZERO: Bytes = [0; 32];

fn sha256(parts: &[&[u8]]) -> Bytes {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().try_into().unwrap()
}

fn leaf(key: &Bytes, value: &Bytes) -> Bytes {
    sha256(&[&[2], key, value])
}

pub(crate) fn node_hash(left: &Bytes, right: &Bytes) -> Bytes {
    sha256(&[&[3], left, right])
}

fn bits(bytes: &[u8]) -> String {
    let places = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |place| byte >> place & 1));
    places.map(|bit| if bit == 1 { '1' } else { '0' }).collect()
}

/// Keys as texts of 256 zeros and ones, so that a subtree is a prefix of a text.
fn texts(model: &Model) -> BTreeMap<String, (Bytes, Bytes)> {
    model
        .iter()
        .map(|(key, value)| (bits(key), (*key, *value)))
        .collect()
}

fn below<'t>(
    texts: &'t BTreeMap<String, (Bytes, Bytes)>,
    prefix: &'t str,
) -> Vec<&'t (Bytes, Bytes)> {
    texts
        .range(prefix.to_owned()..)
        .take_while(|(text, _)| text.starts_with(prefix))
        .map(|(_, leaf)| leaf)
        .collect()
}

/// The definition.
fn subtree(texts: &BTreeMap<String, (Bytes, Bytes)>, prefix: &str) -> Bytes {
    match below(texts, prefix)[..] {
        [] => ZERO,
        [(key, value)] => leaf(key, value),
        _ => node_hash(
            &subtree(texts, &format!("{prefix}0")),
            &subtree(texts, &format!("{prefix}1")),
        ),
    }
}

pub(crate) fn root(model: &Model) -> Bytes {
    subtree(&texts(model), "")
}

/// What a prefix of some length stands for, while levels are joined.
#[derive(Clone, Copy)]
enum Side {
    Lone(Bytes),
    Many(Bytes),
}

/// All 256 levels of the complete tree, the deepest first. A leaf rises as long as it is alone.
pub(crate) fn root_level_by_level(model: &Model) -> Bytes {
    let mut level: HashMap<String, Side> = model
        .iter()
        .map(|(key, value)| (bits(key), Side::Lone(leaf(key, value))))
        .collect();
    for length in (0..256).rev() {
        let mut above: HashMap<String, Side> = HashMap::new();
        for text in level.keys() {
            let parent = text[..length].to_owned();
            let [left, right] = ["0", "1"].map(|bit| level.get(&format!("{parent}{bit}")));
            let hash = |side: Option<&Side>| match side {
                None => ZERO,
                Some(Side::Lone(hash) | Side::Many(hash)) => *hash,
            };
            let joined = match (left, right) {
                (Some(Side::Lone(hash)), None) | (None, Some(Side::Lone(hash))) => {
                    Side::Lone(*hash)
                }
                _ => Side::Many(node_hash(&hash(left), &hash(right))),
            };
            above.insert(parent, joined);
        }
        level = above;
    }
    match level.get("") {
        None => ZERO,
        Some(Side::Lone(hash) | Side::Many(hash)) => *hash,
    }
}

/// The encoded proof of a key.
pub(crate) fn proof(model: &Model, key: &Bytes) -> Vec<u8> {
    let (texts, way) = (texts(model), bits(key));
    let mut siblings = Vec::new();
    let mut depth = 0;
    let end = loop {
        match below(&texts, &way[..depth])[..] {
            [] => break (0, Vec::new()),
            [(other, value)] if other == key => break (1, value.to_vec()),
            [(other, value)] => break (2, [other.as_slice(), value].concat()),
            _ => {
                let turned = if way.as_bytes()[depth] == b'0' {
                    "1"
                } else {
                    "0"
                };
                siblings.push(subtree(&texts, &format!("{}{turned}", &way[..depth])));
                depth += 1;
            }
        }
    };
    let mut bitmap: String = siblings
        .iter()
        .map(|sibling| if *sibling == ZERO { '0' } else { '1' })
        .collect();
    while !bitmap.len().is_multiple_of(8) {
        bitmap.push('0');
    }
    let mut bytes = vec![end.0];
    bytes.extend(u16::try_from(depth).unwrap().to_be_bytes());
    for place in (0..bitmap.len()).step_by(8) {
        bytes.push(u8::from_str_radix(&bitmap[place..place + 8], 2).unwrap());
    }
    bytes.extend(end.1);
    siblings.retain(|sibling| *sibling != ZERO);
    siblings.reverse();
    bytes.extend(siblings.concat());
    bytes
}

/// What a well-formed proof shows, if anything.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Value(Bytes),
    NoValue,
}

pub(crate) fn verify(root: &Bytes, key: &Bytes, proof: &[u8]) -> Option<Shown> {
    let (head, rest) = proof.split_at(3);
    let depth = usize::from(u16::from_be_bytes([head[1], head[2]]));
    let (bitmap, rest) = rest.split_at(depth.div_ceil(8));
    let marks = bits(bitmap);
    let way = bits(key);
    let (mut hash, answer, rest) = match head[0] {
        0 => (ZERO, Shown::NoValue, rest),
        1 => {
            let value = rest[..32].try_into().unwrap();
            (leaf(key, &value), Shown::Value(value), &rest[32..])
        }
        _ => {
            let other: Bytes = rest[..32].try_into().unwrap();
            let same_way = bits(&other)[..depth] == way[..depth];
            if other == *key || !same_way {
                return None;
            }
            let value = rest[32..64].try_into().unwrap();
            (leaf(&other, &value), Shown::NoValue, &rest[64..])
        }
    };
    let mut hashes = rest.chunks(32).map(|hash| hash.try_into().unwrap());
    for (turn, mark) in way[..depth].bytes().zip(marks.bytes()).rev() {
        let sibling = if mark == b'1' { hashes.next()? } else { ZERO };
        hash = match turn {
            b'0' => node_hash(&hash, &sibling),
            _ => node_hash(&sibling, &hash),
        };
    }
    (hash == *root && hashes.next().is_none()).then_some(answer)
}
