//! What the auditor downloads, read: the entries of the ledger and the bodies behind them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use ledger::{MapHead, SignedCheckpoint, TileDirectory, VerifierKey};
use prescription::body::{EventBody, commitment};
use prescription::leaf::Leaf;
use prescription::register::{Register, RegisterLeaf};
use sandbox::auditor::Audit;
pub(crate) use sandbox::ledger_download::entries as read_entries;
use sandbox::{Who, World, ledger_download};
use serde_json::Value;

/// A downloaded ledger: published files, entries and the bodies behind them. An entry without a body
/// is a map head.
pub struct Evidence {
    folder: PathBuf,
    /// The entries, by index.
    pub entries: Vec<Vec<u8>>,
    /// The bodies of the steps of prescriptions, by the index of their entry.
    pub bodies: BTreeMap<u64, EventBody>,
    /// The acts in registers, each with its register and canonical body, by the index of their entry.
    pub acts: BTreeMap<u64, (Register, Vec<u8>)>,
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
        let entries = read_entries(&TileDirectory::open(&tree)?, downloaded.size)?;
        let (bodies, acts) = read_bodies(&lines, &entries)?;
        Ok(Self {
            folder: folder.to_owned(),
            entries,
            bodies,
            acts,
            key: world.ledger_key()?,
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

/// The bodies of steps, and those of acts in registers.
type Bodies = (BTreeMap<u64, EventBody>, BTreeMap<u64, (Register, Vec<u8>)>);

fn read_bodies(lines: &str, entries: &[Vec<u8>]) -> Result<Bodies> {
    let (mut bodies, mut acts) = Bodies::default();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line)?;
        let index = line["index"].as_u64().context("a body without index")?;
        let bytes = |name: &str| {
            let text = line[name].as_str().context("a body's field is missing")?;
            Ok::<_, anyhow::Error>(BASE64.decode(text.as_bytes())?)
        };
        let salt = bytes("salt")?
            .try_into()
            .ok()
            .context("a salt has 32 bytes")?;
        let body = bytes("body")?;
        let entry = entries.get(usize::try_from(index)?);
        let entry = entry.context("a body without an entry")?;
        let act = RegisterLeaf::decode(entry).ok();
        let committed = match &act {
            Some(leaf) => leaf.commitment,
            None => {
                Leaf::decode(entry)
                    .with_context(|| format!("entry {index}"))?
                    .commitment
            }
        };
        ensure!(
            committed == commitment(&salt, &body),
            "body {index} is not the one that its entry commits to"
        );
        let twice = if let Some(leaf) = act {
            acts.insert(index, (leaf.register, body)).is_some()
        } else {
            let body = EventBody::from_canonical(&body)?;
            bodies.insert(index, body).is_some()
        };
        ensure!(!twice, "two bodies of entry {index}");
    }
    for (index, entry) in (0..).zip(entries) {
        let head = MapHead::decode(entry).ok();
        ensure!(
            bodies.contains_key(&index)
                || acts.contains_key(&index)
                || head.is_some_and(|head| head.entries == index),
            "entry {index} has no body and is no map head"
        );
    }
    Ok((bodies, acts))
}
