//! A client of the published log, written from the C2SP texts (tlog-checkpoint, tlog-tiles,
//! tlog-proof) with nothing of the `ledger` crate.

use data_encoding::BASE64;
use sandbox::client::Client;

use crate::rfc6962::Hash;

/// The first three lines of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) origin: String,
    pub(crate) size: usize,
    pub(crate) root: Hash,
}

fn hash(text: &str) -> Hash {
    BASE64.decode(text.as_bytes()).unwrap().try_into().unwrap()
}

pub(crate) fn parse_checkpoint(text: &str) -> Head {
    let mut lines = text.lines();
    let mut next = || lines.next().unwrap();
    Head {
        origin: next().to_owned(),
        size: next().parse().unwrap(),
        root: hash(next()),
    }
}

/// A receipt: index, path, and the checkpoint after the blank line.
pub(crate) struct Proof<'t> {
    pub(crate) index: usize,
    pub(crate) path: Vec<Hash>,
    pub(crate) checkpoint: &'t str,
}

pub(crate) fn parse_proof(text: &str) -> Proof<'_> {
    let (proof, checkpoint) = text.split_once("\n\n").unwrap();
    let mut lines = proof.lines();
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    let index = lines
        .next()
        .unwrap()
        .strip_prefix("index ")
        .unwrap()
        .parse()
        .unwrap();
    Proof {
        index,
        path: lines.map(hash).collect(),
        checkpoint,
    }
}

/// Path of a tile below `/ledger/`: `tile/<level>/<N>` and `.p/<W>` where it is not full. N below
/// 1000 has one element.
pub(crate) fn tile_path(level: &str, index: usize, width: usize) -> String {
    assert!(index < 1000);
    let partial = if width == 256 {
        String::new()
    } else {
        format!(".p/{width}")
    };
    format!("/ledger/tile/{level}/{index:03}{partial}")
}

/// Every entry of a tree of `size`, from its bundles.
pub(crate) fn entries(client: &Client, size: usize) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for index in 0..size.div_ceil(256) {
        let width = (size - index * 256).min(256);
        let bundle = client.fetch(&tile_path("entries", index, width)).unwrap();
        let mut rest = bundle.as_slice();
        for _ in 0..width {
            let (length, after) = rest.split_first_chunk().unwrap();
            let (entry, after) = after.split_at(u16::from_be_bytes(*length).into());
            entries.push(entry.to_vec());
            rest = after;
        }
        assert!(rest.is_empty(), "surplus bytes in a bundle");
    }
    entries
}
