//! The public ledger over HTTP, into a directory of tlog-tiles; and the event bodies, for those who
//! are entitled to them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ledger::{SignedCheckpoint, Tile, TileKind};
use serde_json::Value;

use crate::client::Client;

/// Highest level of tiles that a tree can have.
const LEVELS: u8 = 7;
/// Time in which a recorded entry must be under a public checkpoint.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Size of the tree.
    pub size: u64,
    /// Root, base64.
    pub root: String,
    /// Number of tiles and entry bundles.
    pub tiles: usize,
    /// Bytes of all files.
    pub bytes: usize,
}

/// The public checkpoint.
///
/// # Errors
/// There is none, or it is not a checkpoint.
pub fn checkpoint(client: &Client) -> Result<(Vec<u8>, SignedCheckpoint)> {
    let bytes = client.fetch("/ledger/checkpoint")?;
    let parsed = SignedCheckpoint::parse(&bytes)?;
    Ok((bytes, parsed))
}

/// Waits until the public checkpoint covers `size` entries.
///
/// # Errors
/// It does not within 30 seconds.
pub fn wait_for_size(client: &Client, size: u64) -> Result<Vec<u8>> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let answer = client.get("/ledger/checkpoint")?;
        if answer.status == 200 && SignedCheckpoint::parse(&answer.body)?.claimed().size() >= size {
            return Ok(answer.body);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!(
        "no public checkpoint covers {size} entries after {} s",
        PATIENCE.as_secs()
    )
}

/// Downloads the checkpoint and every tile that it covers. Nothing is verified: that is the
/// auditor's.
///
/// # Errors
/// A tile is missing, or a file cannot be written.
pub fn download(client: &Client, into: &Path) -> Result<Downloaded> {
    let (bytes, parsed) = checkpoint(client)?;
    let head = parsed.claimed().head();
    let mut done = Downloaded {
        size: head.size,
        root: head.root.to_base64(),
        tiles: 0,
        bytes: 0,
    };
    let levels = (0..LEVELS).map(|level| TileKind::Hashes { level });
    for kind in levels.chain([TileKind::Entries]) {
        for index in 0.. {
            let Some(tile) = Tile::in_tree(kind, index, head.size) else {
                break;
            };
            let contents = client.fetch(&format!("/ledger/{tile}"))?;
            done.tiles += 1;
            done.bytes += contents.len();
            write(&into.join(tile.to_string()), &contents)?;
        }
    }
    write(&into.join("checkpoint"), &bytes)?;
    Ok(done)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The bodies of the first `size` entries, one JSON object a line.
///
/// # Errors
/// The caller is not entitled, or a page does not go on.
pub fn bodies(auditor: &Client, size: u64) -> Result<String> {
    let mut lines = String::new();
    let mut next = 0;
    while next < size {
        let page = auditor.fetch(&format!("/ledger/bodies?from={next}&limit=500"))?;
        let page = String::from_utf8(page)?;
        let last = page
            .lines()
            .last()
            .context("the service has no more bodies")?;
        let last: Value = serde_json::from_str(last)?;
        let reached = last["index"].as_u64().context("a body without index")?;
        if reached < next {
            bail!("the bodies go back from {next} to {reached}");
        }
        next = reached + 1;
        lines.push_str(&page);
    }
    Ok(lines)
}
