//! The leaf of the ledger: what everyone may see of a step. Deterministic CBOR, no personal data.
//! `docs/FORMATS.md` describes it for those who write a verifier; `encoding` writes and reads it.

mod encoding;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use self::encoding::LeafError;
use crate::state::Phase;
use crate::{BlindedKey, Clave, Clues, Event, Folio, Packages, Prescription};

/// Version of the leaf format.
pub const VERSION: u8 = 1;

/// What the ledger publishes of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// What happened.
    pub kind: LeafKind,
    /// Which prescription, by pseudonym.
    pub pseudonym: Pseudonym,
    /// Its state before.
    pub before: Phase,
    /// Its state after.
    pub after: Phase,
    /// Controlled medicines (fractions I to III) prescribed or handed over; empty for the others.
    pub controlled: Vec<(Clave, Packages)>,
    /// Where it happened. `None` for an expiry, which happens nowhere.
    pub establishment: Option<Clues>,
    /// When it happened, to the second.
    pub at: Timestamp,
    /// SHA-256 of salt and canonical event body: see [`crate::body`].
    pub commitment: [u8; 32],
    /// What the whole prescription amounts to after this step. `None` for an erasure, which
    /// changes nothing of it.
    pub totals: Option<Totals>,
    /// The places taken in the map: by an issue, one per line, in order; by a return, those of the
    /// lines that it opens again.
    pub claimed: Vec<BlindedKey>,
    /// The places that this step gives back: of the lines that were open before and are not after.
    pub released: Vec<BlindedKey>,
    /// Ledger indices of the entries whose bodies an erasure destroyed, ascending.
    pub erased: Vec<u64>,
}

/// Packages over all lines and fills of a prescription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Handed over.
    pub dispensed: u64,
    /// Prescribed.
    pub prescribed: u64,
}

impl Totals {
    /// The totals of `prescription`. They fit: a line has at most 2⁴⁰ packages and there are at
    /// most 255 lines.
    #[must_use]
    pub fn of(prescription: &Prescription) -> Self {
        let lines = prescription.lines.iter();
        let asked = prescription.issued.lines.iter();
        Self {
            dispensed: lines
                .map(|line| u64::from(line.dispensed().count()))
                .fold(0, u64::saturating_add),
            prescribed: asked
                .map(|line| u64::from(line.packages.count()).saturating_mul(line.fills.into()))
                .fold(0, u64::saturating_add),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeafKind {
    /// Issue.
    Issued,
    /// Dispensing.
    Dispensed,
    /// Cancellation.
    Cancelled,
    /// Expiry.
    Expired,
    /// Erasure.
    Erased,
    /// Suspension.
    Suspended,
    /// End of a suspension.
    Resumed,
    /// Return or correction.
    Returned,
    /// Transfer of the rest to another pharmacy.
    Transferred,
}

impl LeafKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Issued,
        Self::Dispensed,
        Self::Cancelled,
        Self::Expired,
        Self::Erased,
        Self::Suspended,
        Self::Resumed,
        Self::Returned,
        Self::Transferred,
    ];

    /// The number in the leaf. Entries with a number from [`FIRST_OTHER_KIND`] on are no leaves.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Issued => 1,
            Self::Dispensed => 2,
            Self::Cancelled => 3,
            Self::Expired => 4,
            Self::Erased => 5,
            Self::Suspended => 6,
            Self::Resumed => 7,
            Self::Returned => 8,
            Self::Transferred => 9,
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

/// The first kind of entry that is not a step of a prescription, such as the head of the map.
pub const FIRST_OTHER_KIND: u8 = 16;

/// Pseudonym of a prescription: the first 16 bytes of SHA-256 over a domain prefix and the folio.
/// A folio has 75 random bits, so that the pseudonym does not give it away; whoever holds the
/// folio can compute it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(pub [u8; 16]);

impl Pseudonym {
    /// The pseudonym of `folio`.
    #[must_use]
    pub fn of(folio: Folio) -> Self {
        let digest = Sha256::new()
            .chain_update(b"receta/folio/v1\0")
            .chain_update(folio.compact())
            .finalize();
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        Self(first)
    }
}

impl Leaf {
    /// The leaf of `event`, which takes a prescription from `before` (`None`: it did not exist) to
    /// `after`.
    #[must_use]
    pub fn of(
        event: &Event,
        before: Option<&Prescription>,
        after: &Prescription,
        commitment: [u8; 32],
    ) -> Self {
        let mut leaf = Self {
            kind: LeafKind::Expired,
            pseudonym: Pseudonym::of(event.folio()),
            before: before.map_or(Phase::None, Prescription::phase),
            after: after.phase(),
            controlled: Vec::new(),
            establishment: None,
            at: event.at(),
            commitment,
            totals: Some(Totals::of(after)),
            claimed: Vec::new(),
            released: before.map_or_else(Vec::new, |before| only_in(before, after)),
            erased: Vec::new(),
        };
        match event {
            Event::Issued(issued) => {
                leaf.kind = LeafKind::Issued;
                leaf.establishment = Some(issued.establishment.clone());
                leaf.claimed = issued.lines.iter().map(|line| line.map_key).collect();
                let lines = (1..).zip(&issued.lines);
                let all = lines.filter_map(|(number, line)| {
                    controlled(after, number, line.packages.times(line.fills)?)
                });
                leaf.controlled = all.collect();
            }
            Event::Dispensed(dispensed) => {
                leaf.kind = LeafKind::Dispensed;
                leaf.establishment = Some(dispensed.pharmacy.clone());
                let parts = dispensed.lines.iter();
                let handed = parts.filter_map(|part| controlled(after, part.line, part.packages));
                leaf.controlled = handed.collect();
            }
            Event::Cancelled(_) => {
                leaf.kind = LeafKind::Cancelled;
                leaf.establishment = Some(after.issued.establishment.clone());
            }
            Event::Expired(_) => {}
            Event::Erased(erased) => {
                leaf.kind = LeafKind::Erased;
                leaf.establishment = Some(after.issued.establishment.clone());
                leaf.totals = None;
                leaf.erased.clone_from(&erased.entries);
            }
            Event::Suspended(_) => {
                leaf.kind = LeafKind::Suspended;
                leaf.establishment = Some(after.issued.establishment.clone());
            }
            Event::Resumed(_) => {
                leaf.kind = LeafKind::Resumed;
                leaf.establishment = Some(after.issued.establishment.clone());
            }
            Event::Returned(returned) => {
                leaf.kind = LeafKind::Returned;
                leaf.establishment = Some(returned.pharmacy.clone());
                leaf.claimed = before.map_or_else(Vec::new, |before| only_in(after, before));
                let parts = returned.lines.iter();
                let back = parts.filter_map(|part| controlled(after, part.line, part.packages));
                leaf.controlled = back.collect();
            }
            Event::Transferred(transferred) => {
                leaf.kind = LeafKind::Transferred;
                leaf.establishment = Some(transferred.recorder().clone());
            }
        }
        leaf
    }
}

/// Line `number` of a controlled medicine, with these packages.
fn controlled(of: &Prescription, number: u8, packages: Packages) -> Option<(Clave, Packages)> {
    let (line, _) = of.line(number)?;
    let is_controlled = line.fraction.is_controlled();
    is_controlled.then(|| (line.clave.clone(), packages))
}

/// The keys of the lines that are open in `one` and not in `other`: given back where `other` comes
/// later, taken again where it came before.
fn only_in(one: &Prescription, other: &Prescription) -> Vec<BlindedKey> {
    let open: Vec<_> = other.open_lines().map(|line| line.map_key).collect();
    let keys = one.open_lines().map(|line| line.map_key);
    keys.filter(|key| !open.contains(key)).collect()
}
