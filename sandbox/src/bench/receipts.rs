//! After the clock has stopped: does the ledger hold what the answers said?

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use ledger::{SignedCheckpoint, Tile, TileKind, TlogProof, decode_bundle};

use crate::World;
use crate::client::Client;
use crate::ledger_download::wait_for_size;

/// What an answer said of the ledger.
pub(super) struct Claim<'a> {
    /// Index of the entry.
    pub(super) index: u64,
    /// The receipt, if it was kept.
    pub(super) receipt: Option<&'a str>,
}

/// Checks that no index was given twice, and that each receipt proves the published entry under
/// the ledger's key. Returns how many receipts that were.
///
/// # Errors
/// An answer was not true.
pub(super) fn verify(world: &World, client: &Client, claims: &[Claim<'_>]) -> Result<u64> {
    let key = world.ledger_key()?;
    let indices: HashSet<u64> = claims.iter().map(|claim| claim.index).collect();
    ensure!(
        indices.len() == claims.len(),
        "a ledger index was given twice"
    );
    let last = indices.iter().max().copied().context("nothing to verify")?;
    let checkpoint = SignedCheckpoint::parse(&wait_for_size(client, last + 1)?)?;
    let size = checkpoint.claimed().size();
    let mut verified = 0;
    for claim in claims {
        let Some(receipt) = claim.receipt else {
            continue;
        };
        let proof = TlogProof::parse(receipt.as_bytes())?;
        ensure!(
            proof.claimed_index() == claim.index,
            "a receipt of another entry"
        );
        proof.verify(&entry(client, claim.index, size)?, &key)?;
        verified += 1;
    }
    Ok(verified)
}

fn entry(client: &Client, index: u64, size: u64) -> Result<Vec<u8>> {
    let (bundle, place) = (index / 256, usize::try_from(index % 256)?);
    let tile = Tile::in_tree(TileKind::Entries, bundle, size).context("no such entry")?;
    let bytes = client.fetch(&format!("/ledger/{tile}"))?;
    let entries = decode_bundle(&bytes, tile.width())?;
    let entry = entries.get(place).context("no such entry")?;
    Ok(entry.to_vec())
}
