//! The public ledger over HTTP, into a directory of tlog-tiles; and the event bodies, for those who
//! are entitled to them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use ledger::{SignedCheckpoint, TILE_WIDTH, Tile, TileDirectory, TileKind, decode_bundle};
use serde_json::Value;

use crate::client::Client;

/// Highest level of tiles that a tree can have.
const LEVELS: u8 = 7;
/// Time in which what must come has come.
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
    wait_until(
        &format!("no public checkpoint covers {size} entries"),
        || {
            let answer = client.get("/ledger/checkpoint")?;
            let covers = answer.status == 200
                && SignedCheckpoint::parse(&answer.body)?.claimed().size() >= size;
            Ok(covers.then_some(answer.body))
        },
    )
}

/// Asks until there is an answer.
pub(crate) fn wait_until<T>(
    otherwise: &str,
    mut ask: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("{otherwise} after {} s", PATIENCE.as_secs())
}

/// The first `size` entries of a downloaded ledger.
///
/// # Errors
/// A bundle is missing or damaged.
pub fn entries(directory: &TileDirectory, size: u64) -> Result<Vec<Vec<u8>>> {
    let tree = directory.read_checkpoint()?.context("no checkpoint")?;
    let tree = tree.claimed().size();
    let mut entries = Vec::new();
    for index in 0..size.div_ceil(TILE_WIDTH.into()) {
        let bundle = Tile::in_tree(TileKind::Entries, index, tree).context("a tile of the tree")?;
        let bytes = directory.read_bundle(bundle)?;
        let decoded = decode_bundle(&bytes, bundle.width())?;
        entries.extend(decoded.into_iter().map(<[u8]>::to_vec));
    }
    entries.truncate(usize::try_from(size)?);
    ensure!(entries.len() as u64 == size, "the ledger has fewer entries");
    Ok(entries)
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

/// The bodies behind the first `size` entries, one JSON object a line. Map heads have none.
///
/// # Errors
/// The caller is not entitled, or the bodies do not ascend.
pub fn bodies(auditor: &Client, size: u64) -> Result<String> {
    let mut lines = String::new();
    let mut next = 0;
    while next < size {
        let page = auditor.fetch(&format!("/ledger/bodies?from={next}&limit=500"))?;
        let page = String::from_utf8(page)?;
        if page.is_empty() {
            break;
        }
        for line in page.lines() {
            let body: Value = serde_json::from_str(line)?;
            let index = body["index"].as_u64().context("a body without index")?;
            ensure!(index >= next, "the bodies go back from {next} to {index}");
            next = index + 1;
            if index < size {
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }
    Ok(lines)
}
