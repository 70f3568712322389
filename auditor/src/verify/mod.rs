//! `auditor verify`: the whole ledger, from the pinned keys upward.
//!
//! `tree` establishes what was published and signed, `sequence` that one shard continues the
//! other; only then is anything else examined.
//! `chain` follows each prescription through the leaves. Where bodies are given, `bodies`
//! reads them, `fold` holds them against leaf and law, and `signatures` asks who took each
//! step, with `document` for what was signed, `pharmacy` for who a pharmacy is and `identity` for
//! whether a person is the same person throughout, and `keys` for whether a key was in force. `map`
//! rebuilds the map from the leaves. `act`
//! examines the registers, and `stock` replays what moved.
//!
//! One pass, one bundle and one body at a time. What stays in memory is 40 bytes a prescription,
//! the map, and with bodies the state of each prescription that is not at its end, and of each
//! person and substance a few dozen bytes.

mod act;
pub(crate) mod bodies;
mod chain;
mod document;
mod finding;
mod fold;
mod identity;
mod keys;
mod map;
mod pharmacy;
mod report;
pub(crate) mod selection;
mod sequence;
mod signatures;
mod spanish;
pub(crate) mod stock;
mod tree;

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use cofepris::Catalog;
use ledger::{ShardOpening, TileDirectory, VerifiedTree};
use prescription::leaf::{Leaf, LeafError, LeafKind, Pseudonym};
use prescription::register::Register;
use prescription::{Event, Prescription};
use substances::Movement;

pub use self::act::{ActField, ActFinding, ActTally};
pub use self::bodies::LineProblem;
pub use self::document::DocumentField;
pub use self::finding::Finding;
pub use self::fold::LeafField;
pub use self::map::MapHeadField;
pub use self::pharmacy::{PharmacyAuthority, PharmacyCertificateError, VerifiedPharmacy};
pub use self::report::{
    Balance, BodyTally, Findings, Kinds, LedgerSummary, MapTally, Report, ShardSummary, Summary,
};
pub use self::sequence::ShardField;
pub use self::signatures::{SignatureTally, Signers};
pub(crate) use self::spanish::checkpoint as checkpoint_in_spanish;
pub use self::stock::StockTally;

use self::act::Acts;
use self::bodies::{Bodies, BodyRecord};
use self::chain::Chains;
use self::fold::{Folds, Open, Step};
use self::identity::Identities;
use self::keys::Keys;
use self::map::{MAP_HEAD, OPENING, Rebuilt};
use self::sequence::{Opens, Sequence};
use self::stock::Stock;
use crate::shards::{self, MirrorShard};
use crate::trust::LogTrust;

/// A checkpoint that the log published before.
#[derive(Debug, Clone)]
pub struct EarlierCheckpoint {
    /// Its file, for findings.
    pub file: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What is examined, and whom to believe.
pub struct Inputs {
    /// The published files of the first shard; later ones are in folders of it.
    pub directory: TileDirectory,
    /// Whose checkpoints are believed.
    pub trust: LogTrust,
    /// Checkpoints seen before.
    pub earlier: Vec<EarlierCheckpoint>,
    /// The bodies' file, if there is one.
    pub bodies: Option<Box<dyn BufRead>>,
    /// The pinned authorities of the signers.
    pub signers: Signers,
    /// What medicines are, to replay what moved; without it nothing is replayed.
    pub catalog: Option<Arc<Catalog>>,
}

/// Something that was verified: its entry, its body and its signatures, as far as authorities were
/// pinned, and that it follows from what came before.
#[derive(Debug, Clone, Copy)]
pub enum Verified<'v> {
    /// A step in the life of a prescription.
    Step {
        /// The entry.
        index: u64,
        /// What happened.
        event: &'v Event,
        /// The prescription before it.
        before: Option<&'v Prescription>,
        /// The prescription after it.
        after: &'v Prescription,
    },
    /// What a dispensing or a return moved, derived from its step, of an establishment that keeps
    /// stock here.
    Derived {
        /// The entry of the step.
        index: u64,
        /// What moved.
        movement: &'v Movement,
    },
    /// A movement of controlled substances.
    Movement {
        /// The entry.
        index: u64,
        /// What moved.
        movement: &'v Movement,
    },
}

/// Who hears of everything that was verified, in the order of the ledger.
type Observer<'o> = &'o mut dyn FnMut(Verified<'_>);

/// Which pass is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Hashing the tree.
    Tree,
    /// Examining the entries.
    Entries,
}

/// How far a pass is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The pass.
    pub stage: Stage,
    /// Entries done.
    pub entries: u64,
    /// Entries in all.
    pub size: u64,
}

/// Audits a ledger.
///
/// # Errors
/// The bodies' file could not be read to its end. Everything else is a finding.
pub fn verify(inputs: Inputs, progress: &mut dyn FnMut(Progress)) -> io::Result<Report> {
    verify_and_tell(inputs, progress, &mut |_| {})
}

/// Audits a ledger and tells `observer` of everything in it that verified: what has a finding is
/// not told.
///
/// # Errors
/// As [`verify`].
pub fn verify_and_tell(
    inputs: Inputs,
    progress: &mut dyn FnMut(Progress),
    observer: &mut dyn FnMut(Verified<'_>),
) -> io::Result<Report> {
    let Inputs {
        directory,
        trust,
        earlier,
        bodies,
        signers,
        catalog,
    } = inputs;
    let mut findings = Findings::default();
    let shards = shards::of_mirror(directory.root(), &trust).unwrap_or_else(|reason| {
        findings.push(Finding::ShardListRefused(reason.to_string()));
        vec![MirrorShard {
            directory: directory.root().to_owned(),
            trust,
            listed: None,
        }]
    });
    let sequence = Sequence::verify(&shards, earlier, &mut findings, progress);
    let (ledger, shards) = sequence.summaries();
    if ledger.is_none() {
        return Ok(Report {
            ledger,
            shards,
            summary: Summary::default(),
            findings,
        });
    }
    let mut pass = Pass {
        map: Some(Rebuilt::default()),
        findings,
        stock: catalog.map(Stock::new).filter(|_| bodies.is_some()),
        observer: Some(observer),
        ..Pass::new(&signers, bodies)
    };
    let whole = sequence.examine(&mut pass, progress)?;
    pass.finish(whole)?;
    let Pass {
        summary, findings, ..
    } = pass;
    Ok(Report {
        ledger,
        shards,
        summary,
        findings,
    })
}

/// The state of the pass over the entries.
struct Pass<'p> {
    signers: &'p Signers,
    bodies: Option<Bodies<Box<dyn BufRead>>>,
    tally: BodyTally,
    /// Missing bodies of each prescription that has some: an erasure explains them, if one comes.
    missing: HashMap<Pseudonym, u64>,
    /// What the next entry must say, where it is the first of a later shard.
    opens: Option<Opens>,
    chains: Chains,
    folds: Folds,
    identities: Identities,
    acts: Acts,
    keys: Keys,
    /// `None` without a catalog, or without bodies.
    stock: Option<Stock>,
    observer: Option<Observer<'p>>,
    /// `None` where not all leaves are examined.
    map: Option<Rebuilt>,
    summary: Summary,
    findings: Findings,
}

impl<'p> Pass<'p> {
    fn new(signers: &'p Signers, bodies: Option<Box<dyn BufRead>>) -> Self {
        Self {
            signers,
            bodies: bodies.map(Bodies::new),
            tally: BodyTally::default(),
            missing: HashMap::new(),
            opens: None,
            chains: Chains::default(),
            folds: Folds::default(),
            identities: Identities::default(),
            acts: Acts::default(),
            keys: Keys::default(),
            stock: None,
            observer: None,
            map: None,
            summary: Summary::default(),
            findings: Findings::default(),
        }
    }

    /// Examines the entries of one shard, the first of which has the index `first`.
    fn shard(
        &mut self,
        directory: &TileDirectory,
        tree: &VerifiedTree,
        first: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> io::Result<Result<(), Finding>> {
        let mut failed = None;
        let read = tree::each_entry(directory, tree, &mut |place, entry| {
            if failed.is_none() {
                failed = self.entry(first.saturating_add(place), entry).err();
            }
            progress(Progress {
                stage: Stage::Entries,
                entries: place + 1,
                size: tree.size(),
            });
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(read),
        }
    }

    /// Counts what was examined. `whole` says that there are no entries after it.
    fn finish(&mut self, whole: bool) -> io::Result<()> {
        self.summary.prescriptions = self.chains.prescriptions();
        self.summary.acts = self.acts.tally;
        self.summary.acts.unregistered = self.keys.unregistered;
        self.summary.stock = self.stock.as_ref().map(Stock::tally);
        self.summary.map = self.map.as_ref().map(Rebuilt::tally);
        if let Some(bodies) = self.bodies.take() {
            if whole {
                bodies.finish(&mut self.findings)?;
            }
            self.summary.bodies = Some(self.tally);
        }
        Ok(())
    }

    fn entry(&mut self, index: u64, entry: &[u8]) -> io::Result<()> {
        let body = match &mut self.bodies {
            Some(bodies) => Some(bodies.of(index, &mut self.findings)?),
            None => None,
        };
        let opens = self.opens.take();
        let is_first = opens.is_some();
        if let Some(opens) = opens {
            let map_root = self.map.as_mut().map(Rebuilt::root);
            opens.check(entry, map_root, &mut self.findings);
        }
        let leaf = match Leaf::decode(entry) {
            Ok(leaf) => leaf,
            Err(LeafError::OtherKind(kind))
                if !is_first && Register::from_number(kind).is_some() =>
            {
                self.act(index, entry, body.flatten());
                return Ok(());
            }
            Err(reason) => {
                // What is wrong with the first entry of a shard has been said.
                if !is_first || reason == LeafError::OtherKind(MAP_HEAD) {
                    self.other(index, entry, reason);
                }
                if body.flatten().is_some() {
                    // Nothing was committed to that it could be the body of.
                    self.findings.push(Finding::CommitmentMismatch { index });
                }
                return Ok(());
            }
        };
        let found = self.findings.total();
        self.chains.follow(index, &leaf, &mut self.findings);
        self.summary.count(&leaf);
        if let Some(map) = &mut self.map {
            map.follow(&leaf);
        }
        match body {
            Some(Some(record)) => {
                self.body(index, &leaf, &record, found);
                if leaf.kind == LeafKind::Erased && self.findings.total() == found {
                    let explained = self.missing.remove(&leaf.pseudonym).unwrap_or_default();
                    self.tally.missing -= explained;
                    self.tally.erased += explained;
                }
            }
            Some(None) => {
                self.tally.missing += 1;
                *self.missing.entry(leaf.pseudonym).or_default() += 1;
                // The rest of its history cannot be folded any more.
                drop(self.folds.take(leaf.pseudonym));
            }
            None => {}
        }
        Ok(())
    }

    /// An entry that is not a step of a prescription.
    fn other(&mut self, index: u64, entry: &[u8], reason: LeafError) {
        match (reason, &mut self.map) {
            (LeafError::OtherKind(MAP_HEAD), Some(map)) => {
                map.head(index, entry, &mut self.findings);
            }
            // Without the logs before it, neither the map nor what began there can be judged.
            (LeafError::OtherKind(MAP_HEAD), None) if self.summary.continues.is_some() => {}
            (LeafError::OtherKind(OPENING), _) if index == 0 => self.continue_another(entry),
            (reason, _) => self.findings.push(Finding::NotALeaf { index, reason }),
        }
    }

    fn continue_another(&mut self, entry: &[u8]) {
        match ShardOpening::decode(entry) {
            Ok(opening) => {
                self.summary.continues = Some(opening.previous);
                self.map = None;
                self.chains.continue_another();
                self.acts.continue_another();
                self.keys.miss();
                // What stocks hold began in the logs before it.
                self.stock = None;
            }
            Err(_) => self.findings.push(Finding::NotALeaf {
                index: 0,
                reason: LeafError::OtherKind(OPENING),
            }),
        }
    }

    /// `found` are the findings before this entry.
    fn body(&mut self, index: u64, leaf: &Leaf, record: &BodyRecord, found: u64) {
        self.tally.present += 1;
        let known = self.folds.take(leaf.pseudonym);
        let Some(body) = fold::open_body(index, leaf, record, &mut self.findings) else {
            return;
        };
        let step = Step {
            index,
            leaf,
            body: &body,
            found,
        };
        let tally = &mut self.summary.signatures;
        signatures::check(
            self.signers,
            &step,
            known.as_ref(),
            tally,
            &mut self.keys,
            &mut self.findings,
        );
        if let Event::Issued(issued) = &body.event {
            let curp = signatures::curp_of(&body.evidence);
            let (chains, findings) = (&self.chains, &mut self.findings);
            self.identities
                .issue(index, issued, curp.as_deref(), chains, findings);
        }
        let qr_digest = signatures::qr_digest_of(&body.evidence);
        let issued = known.as_ref().map(Open::issued).cloned();
        let event = &body.event;
        let observer = &mut self.observer;
        let mut tell = |before: Option<&Prescription>, after: &Prescription| {
            if let Some(observer) = observer {
                observer(Verified::Step {
                    index,
                    event,
                    before,
                    after,
                });
            }
        };
        let (folds, findings) = (&mut self.folds, &mut self.findings);
        if !folds.step(&step, known, qr_digest, findings, &mut tell) {
            self.tally.unfolded += 1;
        }
        self.replay(index, event, issued.as_ref(), found);
    }
}
