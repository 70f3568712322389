//! `--bodies`: what the leaves commit to, for those whom the server lets read it. Each body must
//! open the commitment of its leaf in the mirror before its line is appended to `bodies.jsonl`.
//!
//! A body that the server does not hand over is not missed here: it may have been destroyed after
//! the legal retention. `auditor verify` counts those.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use ledger::{TILE_WIDTH, Tile, TileDirectory, TileKind, decode_bundle};
use prescription::body::commitment;
use prescription::leaf::Leaf;
use prescription::register::RegisterLeaf;

use super::mirror::{Mirror, MirrorError, sync_folder};
use super::retry::Fetcher;
use super::{FetchError, Lie, RoundError};
use crate::verify::bodies::{BodyLine, MAX_LINE, parse_line};

const FILE: &str = "bodies.jsonl";
/// Bodies asked for at a time.
const PAGE: u64 = 200;
/// How much is read at a time to find the last line.
const STEP: u64 = 64 << 10;

/// One mirrored shard: bodies count over all of them.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it is mirrored.
    pub directory: PathBuf,
    /// Index of its first entry among all.
    pub first: u64,
    /// Its entries.
    pub size: u64,
}

/// Fetches the bodies of the entries of `parts` that the file does not have, and returns how many
/// were added.
pub(super) fn follow(
    mirror: &Mirror,
    fetcher: &Fetcher<'_>,
    parts: &[Part],
) -> Result<u64, RoundError> {
    let last = parts.last();
    let size = last.map_or(0, |last| last.first.saturating_add(last.size));
    let path = mirror.root().join(FILE);
    let (file, next) = open(&path).map_err(|source| MirrorError::Io {
        path: path.clone(),
        source,
    })?;
    sync_folder(mirror.root())?;
    let mut bodies = Bodies {
        leaves: Leaves {
            parts: parts.to_vec(),
            loaded: None,
        },
        file: BufWriter::new(file),
        path,
        next,
        size,
        added: 0,
    };
    while bodies.next < size {
        let before = bodies.next;
        // What a page brought before it broke off is kept; the repetition asks for the rest.
        let page = fetcher.persist(&mut || match bodies.page(fetcher) {
            Err(RoundError::Fetch(error)) => Err(error),
            other => Ok(other),
        });
        // COMMIT POINT of the page. A crash before it leaves whole verified lines and at most one
        // that is cut off, which the next run removes.
        bodies.sync()?;
        page??;
        if bodies.next == before {
            break;
        }
    }
    Ok(bodies.added)
}

/// Opens the file after its last whole line, and says which entry comes next.
fn open(path: &PathBuf) -> io::Result<(File, u64)> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let end = after_newline_before(&mut file, length)?;
    file.set_len(end)?;
    let mut next = 0;
    if end > 0 {
        let start = after_newline_before(&mut file, end - 1)?;
        file.seek(SeekFrom::Start(start))?;
        let mut line = Vec::new();
        (&mut file).take(end - 1 - start).read_to_end(&mut line)?;
        let record = parse_line(&line)
            .map_err(|problem| io::Error::new(io::ErrorKind::InvalidData, problem.in_spanish()))?;
        next = record.index().saturating_add(1);
    }
    file.seek(SeekFrom::Start(end))?;
    Ok((file, next))
}

/// Where the line begins that byte `end` would continue.
fn after_newline_before(file: &mut File, end: u64) -> io::Result<u64> {
    let mut end = end;
    while end > 0 {
        let start = end.saturating_sub(STEP);
        file.seek(SeekFrom::Start(start))?;
        let mut piece = Vec::new();
        Read::by_ref(file)
            .take(end - start)
            .read_to_end(&mut piece)?;
        if let Some(place) = piece.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + place as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

struct Bodies {
    leaves: Leaves,
    file: BufWriter<File>,
    path: PathBuf,
    /// Least index that may come.
    next: u64,
    size: u64,
    added: u64,
}

impl Bodies {
    /// One page, read as a stream: never more than a line in memory.
    fn page(&mut self, fetcher: &Fetcher<'_>) -> Result<(), RoundError> {
        let path = format!("bodies?from={}&limit={PAGE}", self.next);
        let Some(mut response) = fetcher.source.open(&path)? else {
            return Err(FetchError::Refused { status: 404 }.into());
        };
        let mut lines = BufReader::new(response.body_mut().as_reader());
        for _ in 0..PAGE {
            let mut line = Vec::new();
            let limit = MAX_LINE as u64 + 1;
            let read = lines.by_ref().take(limit).read_until(b'\n', &mut line);
            read.map_err(|error| FetchError::NoAnswer(error.to_string()))?;
            if line.is_empty() {
                return Ok(());
            }
            if line.pop() != Some(b'\n') {
                let path = format!("bodies?from={}", self.next);
                return Err(if line.len() >= MAX_LINE {
                    let limit = MAX_LINE;
                    Lie::TooLarge { path, limit }.into()
                } else {
                    FetchError::NoAnswer("una línea llegó a medias".to_owned()).into()
                });
            }
            if !self.line(&line)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Checks and appends one line; `false` where it is of an entry beyond the mirror.
    fn line(&mut self, line: &[u8]) -> Result<bool, RoundError> {
        let after = self.next;
        let wrong = |problem| Lie::BodyLine { after, problem };
        let record = parse_line(line).map_err(|problem| wrong(problem.in_spanish()))?;
        let index = record.index();
        if index < self.next {
            return Err(wrong("está repetida o fuera de orden").into());
        }
        if index >= self.size {
            return Ok(false);
        }
        // That a body was destroyed is kept as the server says it; `verify` asks for the erasure.
        if let BodyLine::Kept(record) = record {
            let due = self.leaves.commitment(index)?;
            if due != Some(commitment(&record.salt, &record.body)) {
                return Err(Lie::Body { index }.into());
            }
        }
        let written = self
            .file
            .write_all(line)
            .and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|source| self.failed(source))?;
        self.next = index + 1;
        self.added += 1;
        Ok(true)
    }

    fn sync(&mut self) -> Result<(), MirrorError> {
        let synced = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_data());
        synced.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> MirrorError {
        let path = self.path.clone();
        MirrorError::Io { path, source }
    }
}

/// Commitments of the mirror's leaves, one bundle in memory.
struct Leaves {
    parts: Vec<Part>,
    loaded: Option<Loaded>,
}

struct Loaded {
    /// The shard's first index, and the bundle's number within it.
    at: (u64, u64),
    commitments: Vec<Option<[u8; 32]>>,
}

impl Leaves {
    /// The commitment of an entry of the mirror; `None` where the entry has none.
    fn commitment(&mut self, index: u64) -> Result<Option<[u8; 32]>, MirrorError> {
        let Some(part) = self.parts.iter().rfind(|part| part.first <= index) else {
            return Ok(None);
        };
        let place = index - part.first;
        let at = (part.first, place / u64::from(TILE_WIDTH));
        let loaded = match self.loaded.take() {
            Some(loaded) if loaded.at == at => loaded,
            _ => Loaded {
                at,
                commitments: load(part, at.1)?,
            },
        };
        let within = usize::try_from(place % u64::from(TILE_WIDTH)).unwrap_or_default();
        let commitment = loaded.commitments.get(within).copied().flatten();
        self.loaded = Some(loaded);
        Ok(commitment)
    }
}

fn load(part: &Part, bundle: u64) -> Result<Vec<Option<[u8; 32]>>, MirrorError> {
    let Some(tile) = Tile::in_tree(TileKind::Entries, bundle, part.size) else {
        return Ok(Vec::new());
    };
    let bytes = TileDirectory::open(&part.directory)?.read_bundle(tile)?;
    let entries = decode_bundle(&bytes, tile.width()).unwrap_or_default();
    Ok(entries.into_iter().map(commitment_of).collect())
}

/// What an entry commits to; `None` where it has no body.
fn commitment_of(entry: &[u8]) -> Option<[u8; 32]> {
    if let Ok(leaf) = Leaf::decode(entry) {
        return Some(leaf.commitment);
    }
    RegisterLeaf::decode(entry).ok().map(|leaf| leaf.commitment)
}
