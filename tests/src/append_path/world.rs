//! A database and a ledger that the program writes, and all that was ever said about them.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use ledger::{Frontier, NoteSigner, TileDirectory, VerifiedTree, leaf_hash, verify_directory};
use tempfile::TempDir;

use super::strace::{self, Injection, Run};
use super::{SYSCALLS, program};
use crate::evidence::read_entries;

/// A file system in memory.
const MEMORY: &str = "/dev/shm";

/// What a run of the program told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Whether the fault happened.
    pub(super) hit: bool,
    /// Whether the program ended as if nothing had.
    pub(super) ended_well: bool,
    /// Entries acknowledged.
    pub(super) acknowledged: u64,
    /// Signatures made.
    pub(super) signed: u64,
}

pub(super) struct World {
    program: PathBuf,
    folder: TempDir,
    /// What the program leaves beside its world: complaints, traces.
    scratch: TempDir,
    /// Root by size, in base64, of every head that was ever signed or public.
    heads: BTreeMap<u64, String>,
    /// Index by leaf hash of every entry that was ever acknowledged.
    acknowledged: BTreeMap<String, u64>,
}

impl World {
    pub(super) fn create(program: &Path) -> Result<Self> {
        // A killed process loses nothing that it wrote, synced or not: memory serves as well as a
        // disk, and does not make the test wait for one.
        let folder = if Path::new(MEMORY).is_dir() {
            tempfile::tempdir_in(MEMORY)?
        } else {
            tempfile::tempdir()?
        };
        Ok(Self {
            program: program.to_owned(),
            folder,
            scratch: tempfile::tempdir()?,
            heads: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
        })
    }

    /// The same files, with the same past.
    pub(super) fn copy(&self) -> Result<Self> {
        let copy = Self {
            heads: self.heads.clone(),
            acknowledged: self.acknowledged.clone(),
            ..Self::create(&self.program)?
        };
        copy_folder(self.folder.path(), copy.folder.path())?;
        Ok(copy)
    }

    /// Runs the program without a fault.
    ///
    /// # Errors
    /// It fails, or contradicts what was said before.
    pub(super) fn append(&mut self, numbers: Range<u64>) -> Result<Told> {
        let run = strace::run(&mut self.command(numbers), None, self.scratch.path())?;
        ensure!(run.status.success(), "{}", run.complained);
        self.listen(&run)
    }

    /// Runs the program under a fault.
    ///
    /// # Errors
    /// It does not end, or contradicts what was said before.
    pub(super) fn append_under(
        &mut self,
        injection: Injection,
        numbers: Range<u64>,
    ) -> Result<Told> {
        let mut command = self.command(numbers);
        let run = strace::run(&mut command, Some(injection), self.scratch.path())?;
        self.listen(&run)
    }

    pub(super) fn count_calls(&self, numbers: Range<u64>) -> Result<BTreeMap<String, u64>> {
        strace::count_calls(&mut self.command(numbers), &SYSCALLS, self.scratch.path())
    }

    fn command(&self, numbers: Range<u64>) -> Command {
        let mut command = Command::new(&self.program);
        // Else the loader searches cargo's folders, with more calls than all the rest.
        command
            .arg(self.folder.path())
            .env_remove("LD_LIBRARY_PATH");
        command.args([numbers.start.to_string(), numbers.end.to_string()]);
        command
    }

    /// Takes in what a run said. A line without an end was not said.
    fn listen(&mut self, run: &Run) -> Result<Told> {
        let mut told = Told {
            hit: run.hit,
            ended_well: run.status.success(),
            acknowledged: 0,
            signed: 0,
        };
        let whole = run.said.rfind('\n').map_or("", |end| &run.said[..end]);
        for line in whole.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["ack", index, leaf] => {
                    told.acknowledged += 1;
                    self.acknowledged(leaf, index.parse()?)?;
                }
                ["signed", size, root] => {
                    told.signed += 1;
                    self.head(size.parse()?, root)?;
                }
                _ => bail!("the program said: {line}"),
            }
        }
        Ok(told)
    }

    fn acknowledged(&mut self, leaf: &str, index: u64) -> Result<()> {
        let known = *self.acknowledged.entry(leaf.to_owned()).or_insert(index);
        ensure!(known == index, "{leaf} has index {index}, and had {known}");
        Ok(())
    }

    fn head(&mut self, size: u64, root: &str) -> Result<()> {
        let known = self.heads.entry(size).or_insert_with(|| root.to_owned());
        ensure!(known == root, "two roots of size {size}: {root}, {known}");
        Ok(())
    }

    /// What readers see now is a whole, signed tree.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn check_readers(&mut self) -> Result<()> {
        self.verify().map(drop)
    }

    /// Everything that was ever said is true of the tree: each acknowledged entry is at its index,
    /// each head that was signed is of a beginning of it, and the entries `0..count` are in it,
    /// once each.
    ///
    /// # Errors
    /// What is not true.
    pub(super) fn check_everything(&mut self, count: u64) -> Result<()> {
        let (directory, tree) = self.verify()?;
        let entries = read_entries(&directory, tree.size())?;
        let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        for (leaf, index) in &self.acknowledged {
            let found = usize::try_from(*index)
                .ok()
                .and_then(|index| leaves.get(index));
            let found = found.with_context(|| format!("entry {index} is lost"))?;
            ensure!(
                format!("{found:?}") == *leaf,
                "entry {index} is {found:?}, not {leaf}"
            );
        }
        for number in 0..count {
            let wanted = program::leaf(number);
            let times = entries.iter().filter(|entry| **entry == wanted).count();
            ensure!(times == 1, "entry {number} is {times} times in the tree");
        }
        let mut frontier = Frontier::new();
        for (size, leaf) in (1..).zip(leaves) {
            frontier.push(leaf, &mut |_, _| {});
            let root = data_encoding::BASE64.encode(&frontier.root().0);
            if let Some(signed) = self.heads.get(&size) {
                ensure!(
                    *signed == root,
                    "the root signed at size {size} is not the tree's"
                );
            }
        }
        let largest = self.heads.keys().next_back().copied();
        ensure!(
            largest <= Some(tree.size()),
            "a head of size {largest:?} was signed"
        );
        Ok(())
    }

    fn verify(&mut self) -> Result<(TileDirectory, VerifiedTree)> {
        let directory = TileDirectory::open(&self.folder.path().join(program::LEDGER))?;
        let signer = program::signer()?;
        let tree = verify_directory(&directory, signer.verifier_key(), &[], &mut |_| {})?;
        self.head(tree.size(), &data_encoding::BASE64.encode(&tree.root().0))?;
        Ok((directory, tree))
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for item in from.read_dir()? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            copy_folder(&item.path(), &target)?;
        } else {
            fs::copy(item.path(), target)?;
        }
    }
    Ok(())
}
