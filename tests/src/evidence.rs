//! What the auditor downloads, read: the entries of the ledger and the bodies behind them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use ledger::{
    SignedCheckpoint, TILE_WIDTH, Tile, TileDirectory, TileKind, VerifierKey, decode_bundle,
};
use prescription::body::{EventBody, commitment};
use prescription::leaf::Leaf;
use sandbox::auditor::Audit;
use sandbox::{Who, World, ledger_download};
use serde_json::Value;

/// A downloaded ledger: published files, entries and bodies, each body in the place of its entry.
pub struct Evidence {
    folder: PathBuf,
    /// The entries, by index.
    pub entries: Vec<Vec<u8>>,
    /// The bodies, by index.
    pub bodies: Vec<EventBody>,
    /// The ledger's key, as verifiers pin it.
    pub key: VerifierKey,
}

impl Evidence {
    /// Downloads everything that covers `size` entries at least, into `folder`.
    ///
    /// # Errors
    /// Something is missing, is not what it should be, or a body is not the one of its entry.
    pub fn download(world: &World, folder: &Path, size: u64) -> Result<Self> {
        let client = world.client(Who::Auditor)?;
        ledger_download::wait_for_size(&client, size)?;
        let tree = folder.join("ledger");
        let downloaded = ledger_download::download(&client, &tree)?;
        let lines = ledger_download::bodies(&client, downloaded.size)?;
        std::fs::write(folder.join("bodies.jsonl"), &lines)?;
        let key = std::fs::read_to_string(world.ledger_vkey())?;
        let entries = read_entries(&TileDirectory::open(&tree)?, downloaded.size)?;
        let bodies = read_bodies(&lines, &entries)?;
        Ok(Self {
            folder: folder.to_owned(),
            entries,
            bodies,
            key: key.trim().parse()?,
        })
    }

    /// Verifies every tile, and that each `earlier` checkpoint is of a beginning of this tree.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn verify_tree(&self, earlier: &[SignedCheckpoint]) -> Result<()> {
        let directory = TileDirectory::open(&self.folder.join("ledger"))?;
        let tree = ledger::verify_directory(&directory, &self.key, earlier, &mut |_| {})?;
        ensure!(
            tree.size() == self.entries.len() as u64,
            "the tree has another size"
        );
        Ok(())
    }

    /// A second opinion: the auditor's program.
    ///
    /// # Errors
    /// It finds something.
    pub fn audit(&self, world: &World) -> Result<()> {
        let audit = Audit {
            ledger: self.folder.join("ledger"),
            bodies: self.folder.join("bodies.jsonl"),
            earlier_checkpoint: None,
        };
        let report = audit.run(world)?;
        ensure!(report.clean, "the auditor found: {:?}", report.findings());
        Ok(())
    }
}

pub(crate) fn read_entries(directory: &TileDirectory, size: u64) -> Result<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    for index in 0..size.div_ceil(TILE_WIDTH.into()) {
        let bundle = Tile::in_tree(TileKind::Entries, index, size).context("a tile of the tree")?;
        let bytes = directory.read_bundle(bundle)?;
        entries.extend(
            decode_bundle(&bytes, bundle.width())?
                .into_iter()
                .map(<[u8]>::to_vec),
        );
    }
    ensure!(
        entries.len() as u64 == size,
        "the bundles have another number of entries"
    );
    Ok(entries)
}

fn read_bodies(lines: &str, entries: &[Vec<u8>]) -> Result<Vec<EventBody>> {
    let mut bodies = Vec::new();
    // The last page may go beyond the checkpoint that was downloaded.
    for (expected, line) in (0_u64..).zip(lines.lines().take(entries.len())) {
        let line: Value = serde_json::from_str(line)?;
        ensure!(
            line["index"] == expected,
            "body {} in the place of {expected}",
            line["index"]
        );
        let bytes = |name: &str| {
            let text = line[name].as_str().context("a body's field is missing")?;
            Ok::<_, anyhow::Error>(BASE64.decode(text.as_bytes())?)
        };
        let salt = bytes("salt")?
            .try_into()
            .ok()
            .context("a salt has 32 bytes")?;
        let body = bytes("body")?;
        let entry = entries
            .get(bodies.len())
            .context("a body without an entry")?;
        let leaf = Leaf::decode(entry).with_context(|| format!("entry {expected}"))?;
        ensure!(
            leaf.commitment == commitment(&salt, &body),
            "body {expected} is not the one that its entry commits to"
        );
        bodies.push(EventBody::from_canonical(&body)?);
    }
    ensure!(
        bodies.len() == entries.len(),
        "{} bodies of {} entries",
        bodies.len(),
        entries.len()
    );
    Ok(bodies)
}
