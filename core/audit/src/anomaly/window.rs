//! How many different things were seen within a span of time, in bounded memory.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use jiff::{SignedDuration, Timestamp};

use super::Limit;
use crate::record::RecordId;

/// Remembers the `limit.count` most recently seen keys, each with its latest record. That is
/// enough: the limit is reached exactly when the oldest of them is still within the span.
pub(super) struct DistinctWindow<K> {
    limit: Limit,
    latest: HashMap<K, (Timestamp, RecordId)>,
    by_age: BTreeSet<(Timestamp, RecordId, K)>,
    alarmed_at: Option<Timestamp>,
}

impl<K: Clone + Ord + Hash> DistinctWindow<K> {
    pub(super) fn new(limit: Limit) -> Self {
        Self {
            limit,
            latest: HashMap::new(),
            by_age: BTreeSet::new(),
            alarmed_at: None,
        }
    }

    /// Sees a key. When the limit is reached, answers with the records that show it, oldest first;
    /// then keeps silent for one span, so that one episode does not flood whoever reads.
    ///
    /// Times must not decrease. Keys at the same instant may come in any order.
    pub(super) fn observe(&mut self, key: K, at: Timestamp, id: RecordId) -> Option<Vec<RecordId>> {
        self.forget_before(at);
        self.remember(key, at, id);
        let quiet = self
            .alarmed_at
            .is_some_and(|last| within(self.limit.within, last, at));
        if quiet || self.by_age.len() < self.capacity() {
            return None;
        }
        self.alarmed_at = Some(at);
        Some(self.by_age.iter().map(|(_, id, _)| *id).collect())
    }

    /// Entries held: never more than the limit's count.
    pub(super) fn len(&self) -> usize {
        self.by_age.len()
    }

    fn capacity(&self) -> usize {
        self.limit.count.max(1)
    }

    fn forget_before(&mut self, at: Timestamp) {
        while let Some((seen, _, _)) = self.by_age.first()
            && !within(self.limit.within, *seen, at)
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, _, key)) = self.by_age.pop_first() {
            self.latest.remove(&key);
        }
    }

    fn remember(&mut self, key: K, at: Timestamp, id: RecordId) {
        if let Some((seen, record)) = self.latest.get(&key).copied() {
            if (seen, record) >= (at, id) {
                return;
            }
            self.by_age.remove(&(seen, record, key.clone()));
        }
        self.latest.insert(key.clone(), (at, id));
        self.by_age.insert((at, id, key));
        if self.by_age.len() > self.capacity() {
            self.forget_oldest();
        }
    }
}

/// Both ends belong to the span: five minutes apart is within five minutes.
fn within(span: SignedDuration, earlier: Timestamp, later: Timestamp) -> bool {
    later.duration_since(earlier) <= span
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const SPAN: i64 = 10;

    fn window(count: usize) -> DistinctWindow<u8> {
        DistinctWindow::new(Limit {
            count,
            within: SignedDuration::from_secs(SPAN),
        })
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// When alarms sound, and what they show.
    fn alarms(count: usize, events: &[(i64, u8)]) -> Vec<(i64, usize)> {
        let mut window = window(count);
        let mut alarms = Vec::new();
        for (number, (at, key)) in events.iter().enumerate() {
            let id = RecordId(u64::try_from(number).unwrap());
            if let Some(evidence) = window.observe(*key, second(*at), id) {
                alarms.push((*at, evidence.len()));
            }
            assert!(window.len() <= count);
            assert_eq!(window.latest.len(), window.by_age.len());
        }
        alarms
    }

    #[test]
    fn the_span_includes_both_ends_and_repeats_do_not_count() {
        assert_eq!(alarms(3, &[(0, 1), (5, 2), (10, 3)]), [(10, 3)]);
        assert_eq!(alarms(3, &[(0, 1), (5, 2), (11, 3)]), []);
        assert_eq!(alarms(3, &[(0, 1), (5, 2), (5, 1), (6, 2)]), []);
        // Seeing 1 again keeps it fresh.
        assert_eq!(alarms(3, &[(0, 1), (4, 2), (5, 1), (11, 3)]), [(11, 3)]);
    }

    #[test]
    fn a_long_episode_alarms_once_per_span() {
        let flood: Vec<(i64, u8)> = (0..=32).map(|n: u8| (i64::from(n), n)).collect();
        assert_eq!(alarms(5, &flood), [(4, 5), (15, 5), (26, 5)]);
    }

    #[test]
    fn evidence_is_the_last_record_of_each_key_whatever_order_an_instant_comes_in() {
        let shown = |order: [(u8, u64); 3]| {
            let mut window = window(2);
            order
                .into_iter()
                .find_map(|(key, id)| window.observe(key, second(0), RecordId(id)))
        };
        let expected = Some(vec![RecordId(2), RecordId(3)]);
        assert_eq!(shown([(1, 1), (1, 2), (2, 3)]), expected);
        assert_eq!(shown([(1, 2), (1, 1), (2, 3)]), expected);
    }

    fn events() -> impl Strategy<Value = Vec<(i64, u8)>> {
        proptest::collection::vec((0i64..4, 0u8..6), 0..60).prop_map(|steps| {
            let mut at = 0;
            steps
                .into_iter()
                .map(|(step, key)| {
                    at += step;
                    (at, key)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn alarms_exactly_when_a_full_count_finds_enough(events in events(), count in 1usize..6) {
            let enough = events.iter().any(|(end, _)| {
                let keys: BTreeSet<u8> = events
                    .iter()
                    .filter(|(at, _)| at <= end && end - at <= SPAN)
                    .map(|(_, key)| *key)
                    .collect();
                keys.len() >= count
            });
            prop_assert_eq!(!alarms(count, &events).is_empty(), enough);
        }

        #[test]
        fn order_within_an_instant_does_not_matter(
            (events, mut shuffled) in events().prop_flat_map(|e| (Just(e.clone()), Just(e).prop_shuffle())),
            count in 1usize..6,
        ) {
            shuffled.sort_by_key(|(at, _)| *at);
            prop_assert_eq!(alarms(count, &events), alarms(count, &shuffled));
        }
    }
}
