//! The leaves of each prescription form a lawful chain, with or without bodies.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use prescription::dispense::{CLOCK_SKEW, MAX_LATENESS};
use prescription::leaf::{Leaf, LeafKind, Pseudonym};
use prescription::state::Phase;
use sha2::{Digest, Sha256};

use super::{Finding, Findings};

/// Where each prescription stands after its last leaf. 40 bytes a prescription: ended ones stay,
/// or a second life of one of them would pass for a new prescription.
#[derive(Debug, Default)]
pub(super) struct Chains {
    known: HashMap<Pseudonym, Chain>,
    /// The log continues another, which is not examined with it.
    continues: bool,
}

/// A prescription so far.
#[derive(Debug, Clone, Copy)]
struct Chain {
    last: LastStep,
    /// `None` where the first of them lie in an earlier log.
    entries: Option<EntryList>,
}

/// Which entries a prescription has so far: a running hash over their indices, so that the list of
/// an erasure can be held against them without keeping them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct EntryList([u8; 16]);

impl EntryList {
    fn with(self, index: u64) -> Self {
        let digest = Sha256::new()
            .chain_update(self.0)
            .chain_update(index.to_be_bytes())
            .finalize();
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        Self(first)
    }

    fn of(indices: &[u64]) -> Self {
        let indices = indices.iter().copied();
        indices.fold(Self::default(), Self::with)
    }
}

/// Phase and time of a leaf, and whether it was an erasure, in one number: seconds times sixteen,
/// plus eight for an erasure, plus the number of the phase. Seconds of a [`Timestamp`] need 39
/// bits, the seven phases three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LastStep(i64);

impl LastStep {
    fn new(phase: Phase, at: Timestamp, erasure: bool) -> Self {
        Self((at.as_second() << 4) | (i64::from(erasure) << 3) | i64::from(phase.number()))
    }

    fn is_erasure(self) -> bool {
        self.0 & 0b1000 != 0
    }

    fn phase(self) -> Phase {
        let number = u8::try_from(self.0 & 0b111).unwrap_or_default();
        Phase::from_number(number).unwrap_or(Phase::None)
    }

    fn at(self) -> Timestamp {
        Timestamp::from_second(self.0 >> 4).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Chains {
    /// The log continues another, so that prescriptions may have begun there.
    pub(super) fn continue_another(&mut self) {
        self.continues = true;
    }

    /// Prescriptions seen.
    pub(super) fn prescriptions(&self) -> u64 {
        self.known.len() as u64
    }

    /// Whether the last step of the prescription was its erasure.
    pub(super) fn is_erased(&self, pseudonym: Pseudonym) -> bool {
        let chain = self.known.get(&pseudonym);
        chain.is_some_and(|chain| chain.last.is_erasure())
    }

    /// Takes the next leaf. Where it does not follow, the chain goes on from what it says, so that
    /// one wrong leaf is one finding.
    pub(super) fn follow(&mut self, index: u64, leaf: &Leaf, findings: &mut Findings) {
        let erasure = leaf.kind == LeafKind::Erased;
        let (before, found) = (leaf.before, leaf.after);
        let known = self.known.get(&leaf.pseudonym).copied();
        let last = known.map(|chain| chain.last);
        // What began in an earlier log goes on here from what its first leaf here says.
        let elsewhere = known.is_none() && self.continues && before != Phase::None;
        let new = (!elsewhere).then(EntryList::default);
        let entries = known.map_or(new, |chain| chain.entries);
        let chain = Chain {
            last: LastStep::new(leaf.after, leaf.at, erasure),
            entries: entries.map(|entries| entries.with(index)),
        };
        self.known.insert(leaf.pseudonym, chain);
        let first = if elsewhere { before } else { Phase::None };
        let expected = last.map_or(first, LastStep::phase);
        let erased = last.is_some_and(LastStep::is_erasure);
        // After an end medicine may still come back, or a mistake come to light.
        let may_follow_end = erasure || leaf.kind == LeafKind::Returned;
        if is_end(expected) && (erased || !may_follow_end) {
            findings.push(Finding::AfterEnd {
                index,
                ended: expected,
            });
        } else if before != expected {
            findings.push(Finding::ChainBroken {
                index,
                expected,
                found: before,
            });
        } else if !is_possible(leaf) {
            findings.push(Finding::ImpossibleStep {
                index,
                before,
                after: found,
            });
        }
        if erasure && entries.is_some_and(|entries| EntryList::of(&leaf.erased) != entries) {
            findings.push(Finding::ErasedEntries { index });
        }
        let previous = last.map(LastStep::at);
        let patience = patience(leaf.kind);
        let too_old = |previous: &Timestamp| previous.duration_since(leaf.at) > patience;
        if let Some(previous) = previous.filter(too_old) {
            findings.push(Finding::TimeWentBack {
                index,
                previous,
                at: leaf.at,
            });
        }
    }
}

/// How far the time of a step may lie before the step that precedes it in the ledger. A dispensing
/// carries the pharmacy's own time, and an offline one arrives later than it happened; the rest
/// carries the service's time or is recorded at once, and may follow a dispensing by a clock that
/// was ahead.
fn patience(kind: LeafKind) -> SignedDuration {
    match kind {
        LeafKind::Dispensed => CLOCK_SKEW + MAX_LATENESS,
        LeafKind::Returned | LeafKind::Transferred => CLOCK_SKEW + CLOCK_SKEW,
        LeafKind::Issued
        | LeafKind::Cancelled
        | LeafKind::Expired
        | LeafKind::Erased
        | LeafKind::Suspended
        | LeafKind::Resumed => CLOCK_SKEW,
    }
}

fn is_end(phase: Phase) -> bool {
    matches!(phase, Phase::Completed | Phase::Cancelled | Phase::Expired)
}

/// Whether a step of this kind leads from the one phase to the other, and carries the fields that
/// such a step has: what happens nowhere is an expiry, and only what is prescribed or handed over
/// has quantities.
fn is_possible(leaf: &Leaf) -> bool {
    use Phase::{Active, Cancelled, Completed, Expired, None, PartiallyDispensed, Suspended};
    let open = matches!(leaf.before, Active | PartiallyDispensed);
    let not_ended = open || leaf.before == Suspended;
    let same = leaf.after == leaf.before;
    let phases = match leaf.kind {
        LeafKind::Issued => leaf.before == None && leaf.after == Active,
        LeafKind::Dispensed => open && matches!(leaf.after, PartiallyDispensed | Completed),
        LeafKind::Cancelled => not_ended && leaf.after == Cancelled,
        LeafKind::Expired => not_ended && leaf.after == Expired,
        LeafKind::Erased => is_end(leaf.before) && same,
        LeafKind::Suspended => open && leaf.after == Suspended,
        LeafKind::Resumed => {
            leaf.before == Suspended && matches!(leaf.after, Active | PartiallyDispensed)
        }
        // What is corrected opens what was closed; what merely comes back changes nothing.
        LeafKind::Returned => match leaf.before {
            PartiallyDispensed => same || leaf.after == Active,
            Completed => same || matches!(leaf.after, Active | PartiallyDispensed),
            Cancelled | Expired | Suspended => same,
            None | Active => false,
        },
        // Only what is begun is owed.
        LeafKind::Transferred => leaf.before == PartiallyDispensed && same,
    };
    let moves_medicine = matches!(
        leaf.kind,
        LeafKind::Issued | LeafKind::Dispensed | LeafKind::Returned
    );
    let somewhere = leaf.kind != LeafKind::Expired;
    phases
        && leaf.establishment.is_some() == somewhere
        && (moves_medicine || leaf.controlled.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use prescription::Packages;
    use prescription::leaf::Totals;
    use proptest::prelude::*;

    fn leaf(kind: LeafKind, before: Phase, after: Phase, second: i64) -> Leaf {
        let somewhere = kind != LeafKind::Expired;
        Leaf {
            kind,
            pseudonym: Pseudonym([7; 16]),
            before,
            after,
            controlled: Vec::new(),
            establishment: somewhere.then(|| "HGIMB000011".parse().unwrap()),
            at: Timestamp::from_second(second).unwrap(),
            commitment: [9; 32],
            totals: (kind != LeafKind::Erased).then(Totals::default),
            claimed: Vec::new(),
            released: Vec::new(),
            erased: Vec::new(),
        }
    }

    fn erasure(of: Phase, entries: &[u64], second: i64) -> Leaf {
        Leaf {
            erased: entries.to_vec(),
            ..leaf(LeafKind::Erased, of, of, second)
        }
    }

    fn codes(leaves: &[Leaf]) -> Vec<(Option<u64>, &'static str)> {
        let (mut chains, mut findings) = (Chains::default(), Findings::default());
        for (index, leaf) in (0..).zip(leaves) {
            chains.follow(index, leaf, &mut findings);
        }
        findings
            .listed()
            .iter()
            .map(|finding| (finding.entry(), finding.code()))
            .collect()
    }

    fn issued() -> Leaf {
        leaf(LeafKind::Issued, Phase::None, Phase::Active, 100)
    }

    #[test]
    fn a_whole_life_is_lawful() {
        use Phase::{Active, Cancelled, PartiallyDispensed};
        let life = [
            issued(),
            leaf(LeafKind::Dispensed, Active, PartiallyDispensed, 100),
            leaf(
                LeafKind::Dispensed,
                PartiallyDispensed,
                PartiallyDispensed,
                101,
            ),
            leaf(LeafKind::Cancelled, PartiallyDispensed, Cancelled, 102),
        ];
        assert_eq!(codes(&life), []);
    }

    #[test]
    fn a_life_is_suspended_transferred_and_opened_again() {
        use Phase::{Active, Completed, PartiallyDispensed, Suspended};
        let life = [
            issued(),
            leaf(LeafKind::Suspended, Active, Suspended, 101),
            leaf(LeafKind::Resumed, Suspended, Active, 102),
            leaf(LeafKind::Dispensed, Active, PartiallyDispensed, 103),
            leaf(
                LeafKind::Transferred,
                PartiallyDispensed,
                PartiallyDispensed,
                104,
            ),
            leaf(LeafKind::Dispensed, PartiallyDispensed, Completed, 105),
            leaf(LeafKind::Returned, Completed, PartiallyDispensed, 106),
            leaf(LeafKind::Returned, PartiallyDispensed, Active, 107),
            leaf(LeafKind::Dispensed, Active, Completed, 108),
            leaf(LeafKind::Returned, Completed, Completed, 109),
        ];
        assert_eq!(codes(&life), []);
        let after_all = leaf(LeafKind::Dispensed, Completed, Completed, 110);
        let found = codes(&[&life[..], &[after_all]].concat());
        assert_eq!(found, [(Some(10), "after-end")]);
    }

    #[test]
    fn a_suspension_ends_only_by_the_prescriber_or_the_end() {
        use Phase::{Active, Cancelled, Completed, Expired, PartiallyDispensed, Suspended};
        let stopped = [issued(), leaf(LeafKind::Suspended, Active, Suspended, 101)];
        let then = |next: Leaf| codes(&[&stopped[..], &[next]].concat());
        for lawful in [
            leaf(LeafKind::Cancelled, Suspended, Cancelled, 102),
            leaf(LeafKind::Expired, Suspended, Expired, 102),
            leaf(LeafKind::Returned, Suspended, Suspended, 102),
        ] {
            assert_eq!(then(lawful), []);
        }
        for wrong in [
            leaf(LeafKind::Dispensed, Suspended, Completed, 102),
            leaf(LeafKind::Dispensed, Suspended, PartiallyDispensed, 102),
            leaf(LeafKind::Suspended, Suspended, Suspended, 102),
            leaf(LeafKind::Transferred, Suspended, Suspended, 102),
            leaf(LeafKind::Returned, Suspended, Active, 102),
        ] {
            assert_eq!(then(wrong), [(Some(2), "impossible-step")]);
        }
        let resumed = leaf(LeafKind::Resumed, Active, Active, 101);
        assert_eq!(codes(&[issued(), resumed]), [(Some(1), "impossible-step")]);
        let back = leaf(LeafKind::Returned, Active, Active, 101);
        assert_eq!(codes(&[issued(), back]), [(Some(1), "impossible-step")]);
    }

    #[test]
    fn one_wrong_leaf_is_one_finding() {
        use Phase::{Active, Completed, PartiallyDispensed};
        let life = [
            issued(),
            leaf(
                LeafKind::Dispensed,
                PartiallyDispensed,
                PartiallyDispensed,
                101,
            ),
            leaf(LeafKind::Dispensed, PartiallyDispensed, Completed, 102),
        ];
        assert_eq!(codes(&life), [(Some(1), "chain-broken")]);
        let orphan = leaf(LeafKind::Dispensed, Active, Completed, 101);
        assert_eq!(codes(&[orphan]), [(Some(0), "chain-broken")]);
    }

    #[test]
    fn nothing_follows_an_end_not_even_a_new_life() {
        use Phase::{Active, Cancelled, Expired};
        let cancelled = leaf(LeafKind::Cancelled, Active, Cancelled, 101);
        for after in [
            leaf(LeafKind::Dispensed, Active, Phase::Completed, 102),
            leaf(LeafKind::Expired, Cancelled, Expired, 102),
            leaf(LeafKind::Issued, Phase::None, Active, 102),
        ] {
            let found = codes(&[issued(), cancelled.clone(), after]);
            assert_eq!(found, [(Some(2), "after-end")]);
        }
        assert_eq!(codes(&[issued(), issued()]), [(Some(1), "chain-broken")]);
    }

    #[test]
    fn an_end_can_be_erased_once_and_completely() {
        use Phase::{Active, Cancelled, Completed};
        let life = [issued(), leaf(LeafKind::Cancelled, Active, Cancelled, 101)];
        let after = |more: &[Leaf]| codes(&[&life, more].concat());
        let erased = erasure(Cancelled, &[0, 1], 200);
        assert_eq!(after(std::slice::from_ref(&erased)), []);
        let again = erasure(Cancelled, &[0, 1, 2], 201);
        assert_eq!(after(&[erased.clone(), again]), [(Some(3), "after-end")]);
        let revived = leaf(LeafKind::Dispensed, Active, Completed, 201);
        assert_eq!(after(&[erased, revived]), [(Some(3), "after-end")]);
        for entries in [&[0][..], &[1], &[0, 1, 2], &[0, 7], &[]] {
            let found = after(&[erasure(Cancelled, entries, 200)]);
            assert_eq!(found, [(Some(2), "erased-entries")], "{entries:?}");
        }
        let changes = Leaf {
            after: Completed,
            ..erasure(Cancelled, &[0, 1], 200)
        };
        assert_eq!(after(&[changes]), [(Some(2), "impossible-step")]);
        let too_soon = [issued(), erasure(Active, &[0], 200)];
        assert_eq!(codes(&too_soon), [(Some(1), "impossible-step")]);
        // The entries of another prescription are nobody's to destroy here.
        let other = Leaf {
            pseudonym: Pseudonym([8; 16]),
            ..issued()
        };
        let stolen = [
            issued(),
            other,
            leaf(LeafKind::Cancelled, Active, Cancelled, 101),
            erasure(Cancelled, &[0, 1, 2], 200),
        ];
        assert_eq!(codes(&stolen), [(Some(3), "erased-entries")]);
    }

    #[test]
    fn time_goes_back_no_further_than_a_clock_or_an_offline_visit_may() {
        use Phase::{Active, Cancelled, PartiallyDispensed};
        let at = |seconds: i64| Leaf {
            at: Timestamp::from_second(seconds).unwrap(),
            ..issued()
        };
        let issue = at(1_000_000);
        let step = |kind, after, seconds: i64| leaf(kind, Active, after, 1_000_000 - seconds);
        let (skew, late) = (600, 600 + 72 * 3600);
        for (kind, after, most) in [
            (LeafKind::Cancelled, Cancelled, skew),
            (LeafKind::Dispensed, PartiallyDispensed, late),
        ] {
            assert_eq!(codes(&[issue.clone(), step(kind, after, most)]), []);
            let found = codes(&[issue.clone(), step(kind, after, most + 1)]);
            assert_eq!(found, [(Some(1), "time-went-back")]);
        }
        let other = Leaf {
            pseudonym: Pseudonym([8; 16]),
            ..at(1)
        };
        assert_eq!(codes(&[issue, other]), []);
    }

    #[test]
    fn steps_that_no_law_knows() {
        let nowhere = Leaf {
            establishment: None,
            ..issued()
        };
        let quantities = Leaf {
            controlled: vec![("040.000.2612.00".parse().unwrap(), Packages::new(1))],
            ..leaf(LeafKind::Cancelled, Phase::Active, Phase::Cancelled, 101)
        };
        let undoes = leaf(LeafKind::Dispensed, Phase::Active, Phase::Active, 101);
        assert_eq!(codes(&[nowhere]), [(Some(0), "impossible-step")]);
        assert_eq!(
            codes(&[issued(), quantities]),
            [(Some(1), "impossible-step")]
        );
        assert_eq!(codes(&[issued(), undoes]), [(Some(1), "impossible-step")]);
    }

    proptest! {
        #[test]
        fn the_packed_step_loses_nothing(second in -377_705_023_201_i64..=253_402_207_200, phase in 0_u8..7, erasure: bool) {
            let at = Timestamp::from_second(second).unwrap();
            let phase = Phase::from_number(phase).unwrap();
            let step = LastStep::new(phase, at, erasure);
            prop_assert_eq!((step.phase(), step.at()), (phase, at));
            prop_assert_eq!(step.is_erasure(), erasure);
        }
    }
}
