//! What the audit found, for the authority to read and for machines.

mod spanish;

use std::collections::BTreeMap;

use prescription::Clave;
use prescription::leaf::{Leaf, LeafKind};
use serde::Serialize;
use serde_json::json;

use super::{ActTally, Finding, SignatureTally, StockTally};

/// Findings written out; of the others only the number is kept.
const LISTED: usize = 200;

/// What is wrong, bounded: a ruined ledger must not exhaust memory.
#[derive(Debug, Default)]
pub struct Findings {
    listed: Vec<Finding>,
    total: u64,
}

impl Findings {
    pub(super) fn push(&mut self, finding: Finding) {
        self.total += 1;
        if self.listed.len() < LISTED {
            self.listed.push(finding);
        }
    }

    /// Takes over those of a part, each as `place` places it.
    pub(super) fn absorb(&mut self, part: Self, place: &dyn Fn(Finding) -> Finding) {
        self.total += part.unlisted();
        for finding in part.listed {
            self.push(place(finding));
        }
    }

    /// The first 200.
    #[must_use]
    pub fn listed(&self) -> &[Finding] {
        &self.listed
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Those that are not listed.
    #[must_use]
    pub fn unlisted(&self) -> u64 {
        self.total.saturating_sub(self.listed.len() as u64)
    }
}

/// One log of a ledger that has several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShardSummary {
    /// Identity of the log.
    pub origin: String,
    /// Index of its first entry in the whole ledger.
    pub first: u64,
    /// Entries.
    pub size: u64,
    /// Root, base64.
    pub root: String,
    /// Whether another log continues it.
    pub closed: bool,
}

/// The signed tree that was verified: of several, the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerSummary {
    /// Identity of the log.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root, base64.
    pub root: String,
    /// Earlier checkpoints that it extends.
    pub earlier_checkpoints: u64,
}

/// Entries by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Kinds {
    /// Issues.
    pub issued: u64,
    /// Dispensings.
    pub dispensed: u64,
    /// Cancellations.
    pub cancelled: u64,
    /// Expiries.
    pub expired: u64,
    /// Erasures.
    pub erased: u64,
    /// Suspensions.
    pub suspended: u64,
    /// Ends of a suspension.
    pub resumed: u64,
    /// Returns and corrections.
    pub returned: u64,
    /// Transfers to another pharmacy.
    pub transferred: u64,
}

/// Packages of one controlled medicine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Balance {
    /// Prescribed, in all fills.
    pub prescribed: u64,
    /// Handed over.
    pub dispensed: u64,
    /// Of that, come back or corrected.
    pub returned: u64,
}

/// What became of the bodies' file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct BodyTally {
    /// Entries with a body.
    pub present: u64,
    /// Entries without one that no erasure explains: not handed over, or lost.
    pub missing: u64,
    /// Entries without one because a signed erasure destroyed it.
    pub erased: u64,
    /// Bodies whose history could not be judged because an earlier body is missing or wrong.
    pub unfolded: u64,
}

/// The map, rebuilt from the leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct MapTally {
    /// Map heads in the log, each held against the map before it.
    pub heads: u64,
    /// Keys at the end.
    pub keys: u64,
}

/// What was counted over all entries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Prescriptions.
    pub prescriptions: u64,
    /// Entries by kind.
    pub kinds: Kinds,
    /// Controlled medicines by clave.
    pub controlled: BTreeMap<Clave, Balance>,
    /// Origin of the log that this one continues, where it is not the first.
    pub continues: Option<String>,
    /// The map; `None` where not all entries were examined.
    pub map: Option<MapTally>,
    /// Bodies; `None` where no file was given.
    pub bodies: Option<BodyTally>,
    /// Signatures.
    pub signatures: SignatureTally,
    /// Acts in registers, where there are any.
    #[serde(skip_serializing_if = "ActTally::is_empty")]
    pub acts: ActTally,
    /// What was replayed; `None` where nothing could be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<StockTally>,
}

impl Summary {
    pub(super) fn count(&mut self, leaf: &Leaf) {
        let side: fn(&mut Balance) -> &mut u64 = match leaf.kind {
            LeafKind::Issued => {
                self.kinds.issued += 1;
                |balance| &mut balance.prescribed
            }
            LeafKind::Dispensed => {
                self.kinds.dispensed += 1;
                |balance| &mut balance.dispensed
            }
            LeafKind::Returned => {
                self.kinds.returned += 1;
                |balance| &mut balance.returned
            }
            LeafKind::Cancelled => return self.kinds.cancelled += 1,
            LeafKind::Expired => return self.kinds.expired += 1,
            LeafKind::Erased => return self.kinds.erased += 1,
            LeafKind::Suspended => return self.kinds.suspended += 1,
            LeafKind::Resumed => return self.kinds.resumed += 1,
            LeafKind::Transferred => return self.kinds.transferred += 1,
        };
        for (clave, packages) in &leaf.controlled {
            let side = side(self.controlled.entry(clave.clone()).or_default());
            *side = side.saturating_add(u64::from(packages.count()));
        }
    }
}

/// The outcome of an audit.
#[derive(Debug)]
pub struct Report {
    /// The verified tree; `None` where it did not verify, and then nothing else was examined.
    pub ledger: Option<LedgerSummary>,
    /// All logs, where there are several; those after one that did not verify are not among them.
    pub shards: Vec<ShardSummary>,
    /// What was counted.
    pub summary: Summary,
    /// What is wrong.
    pub findings: Findings,
}

impl Report {
    /// Whether nothing wrong was found. It says nothing of what was not given to examine.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.ledger.is_some() && self.findings.total() == 0
    }

    /// The report for machines, one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let findings = self.findings.listed().iter().map(|finding| {
            json!({
                "code": finding.code(),
                "entry": finding.entry(),
                "message": finding.in_spanish(),
            })
        });
        let mut report = json!({
            "clean": self.is_clean(),
            "ledger": self.ledger,
            "summary": self.summary,
            "findings": findings.collect::<Vec<_>>(),
            "findings_total": self.findings.total(),
        });
        if !self.shards.is_empty() {
            report["shards"] = json!(self.shards);
        }
        report.to_string()
    }
}
