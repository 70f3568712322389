//! Runs a watch over facts, in several orders of the same days.

pub(super) use crate::fixture::*;

use super::{Alert, Licences, Thresholds, Watch, Watched};
use crate::fact::Fact;

/// Watches `facts` as they come.
pub(super) fn watch(facts: &[Fact], thresholds: &Thresholds, licences: &Licences) -> Watched {
    let (products, places) = (products(), places());
    let mut watch = Watch::new(&products, &places, licences, thresholds);
    for fact in facts {
        watch.push(*fact);
    }
    watch.finish()
}

/// The alerts of this kind, which must be as many, in whatever order the facts of a day come.
pub(super) fn fires(
    facts: &[Fact],
    thresholds: &Thresholds,
    code: &str,
    times: usize,
) -> Vec<Alert> {
    fires_with(facts, thresholds, &Licences::default(), code, times)
}

pub(super) fn fires_with(
    facts: &[Fact],
    thresholds: &Thresholds,
    licences: &Licences,
    code: &str,
    times: usize,
) -> Vec<Alert> {
    let mut facts = facts.to_vec();
    facts.sort_by_key(|fact| fact.day);
    let first = watch(&facts, thresholds, licences);
    for turn in 0..4 {
        facts.sort_by_key(|fact| (fact.day, shuffled(fact, turn)));
        assert_eq!(watch(&facts, thresholds, licences), first, "another order");
    }
    let of_kind: Vec<_> = first
        .alerts
        .into_iter()
        .filter(|one| one.seen.code() == code)
        .collect();
    assert_eq!(of_kind.len(), times, "{of_kind:?}");
    of_kind
}

/// A number that scatters facts of one day.
fn shuffled(fact: &Fact, turn: u64) -> u64 {
    let index = match fact.source {
        crate::Source::Ledger(index) | crate::Source::Access(index) => index,
    };
    (index + 1 + turn)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(17)
}
