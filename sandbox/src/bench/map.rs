//! The ledger's map, in this process: updates, proofs and their sizes, memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ledger::{Hash, MapAnswer, MapKey, PrefixMap, node_hash, value_hash};

use super::MapArguments;
use super::figure::{Figure, each, per_second};
use super::measured::reached;
use super::percentiles::{Summary, Times};
use super::process::memory;
use super::report::Report;

/// Updates of a batch, after each of which the root is wanted.
const BATCH: u64 = 500;
/// Operations of each kind that are timed one by one.
const SAMPLES: u64 = 20_000;
/// What an update and a proof may take (issue 3).
const TIME_AIM: Duration = Duration::from_micros(10);
/// Bytes that a proof may have (issue 3).
const PROOF_AIM: u64 = 1_500;
/// Bytes that a key may take in memory.
const KEY_AIM: u64 = 120;

/// What a map of so many keys came to.
pub(super) struct MapFigures {
    keys: u64,
    fill: Duration,
    load: Duration,
    /// One update, and the root after it.
    update: Summary,
    /// Updates in batches, and the root after each batch.
    batched: Duration,
    present: Summary,
    absent: Summary,
    /// Bytes of proofs of absence: of all of them, and of the largest.
    proof_bytes: [u64; 2],
    resident: u64,
    counted: u64,
    hashing: Duration,
}

/// Measures and reports.
///
/// # Errors
/// A proof does not verify.
pub(super) fn main(arguments: &MapArguments) -> Result<Report> {
    let mut report = Report::new("map");
    measure(arguments.keys)?.rows(&mut report);
    Ok(report)
}

/// Measures a map of `keys` keys.
///
/// # Errors
/// A proof does not verify, or a map loaded from a snapshot is another one.
pub(super) fn measure(keys: u64) -> Result<MapFigures> {
    let before = memory(std::process::id())?.now;
    let mut map = PrefixMap::new();
    let begun = Instant::now();
    for number in 0..keys {
        map.insert(key(number), value(number));
    }
    map.root();
    let fill = begun.elapsed();
    let resident = memory(std::process::id())?.now.saturating_sub(before);
    let counted = u64::try_from(map.memory_bytes())?;
    let update = update_alone(&mut map, keys);
    let batched = update_batches(&mut map, keys);
    let (present, _) = prove(&mut map, 0, keys)?;
    let (absent, proof_bytes) = prove(&mut map, keys, keys)?;
    Ok(MapFigures {
        keys,
        fill,
        load: load(&mut map)?,
        update: update.summary(),
        batched,
        present: present.summary(),
        absent: absent.summary(),
        proof_bytes,
        resident,
        counted,
        hashing: hash_alone(),
    })
}

/// Key number `number`, spread as keys are.
fn key(number: u64) -> MapKey {
    MapKey(value_hash(&number.to_be_bytes()).0)
}

fn value(number: u64) -> Hash {
    value_hash(&number.to_le_bytes())
}

/// Numbers below `end` all over it, the same each time.
fn all_over(end: u64) -> impl Iterator<Item = u64> {
    // A large odd step does not come back to the same numbers soon.
    (0..SAMPLES).map(move |number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % end.max(1))
}

fn update_alone(map: &mut PrefixMap, keys: u64) -> Times {
    let mut times = Times::default();
    for number in all_over(keys) {
        let (key, value) = (key(number), value(number + 1));
        let begun = Instant::now();
        map.insert(key, value);
        black_box(map.root());
        times.push(begun.elapsed());
    }
    times
}

/// Time of [`SAMPLES`] updates.
fn update_batches(map: &mut PrefixMap, keys: u64) -> Duration {
    let updates: Vec<_> = all_over(keys).map(|n| (key(n), value(n + 2))).collect();
    let begun = Instant::now();
    for (count, (key, value)) in (1..).zip(updates) {
        map.insert(key, value);
        if count % BATCH == 0 {
            black_box(map.root());
        }
    }
    begun.elapsed()
}

/// Times of encoded proofs of keys from `first` on, each checked, and the bytes of all of them and
/// of the largest.
fn prove(map: &mut PrefixMap, first: u64, keys: u64) -> Result<(Times, [u64; 2])> {
    let root = map.root();
    let (mut times, mut all, mut largest) = (Times::default(), 0, 0);
    for number in all_over(keys) {
        let key = key(first + number);
        let begun = Instant::now();
        let proof = map.prove(&key);
        let bytes = proof.encode();
        times.push(begun.elapsed());
        let answer = proof.verify(root, &key).context("a proof of our own")?;
        let truth = map.get(&key).map_or(MapAnswer::Absent, MapAnswer::Present);
        ensure!(answer == truth, "a proof of something else");
        let bytes = u64::try_from(bytes.len())?;
        all += bytes;
        largest = largest.max(bytes);
    }
    Ok((times, [all, largest]))
}

/// Time to make the map again from its leaves, with all hashes.
fn load(map: &mut PrefixMap) -> Result<Duration> {
    let leaves: Vec<_> = map.iter().collect();
    let begun = Instant::now();
    let mut loaded = PrefixMap::from_sorted(leaves)?;
    let root = loaded.root();
    let load = begun.elapsed();
    ensure!(root == map.root(), "a loaded map has another root");
    Ok(load)
}

/// Time of [`SAMPLES`] node hashes, each over the one before it.
fn hash_alone() -> Duration {
    let begun = Instant::now();
    let mut last = value(0);
    for _ in 0..SAMPLES {
        last = node_hash(last, black_box(last));
    }
    black_box(last);
    begun.elapsed()
}

impl MapFigures {
    /// Adds them to a report.
    pub(super) fn rows(self, report: &mut Report) {
        let aim = u64::try_from(TIME_AIM.as_nanos()).unwrap_or(u64::MAX);
        report.section("map: memory");
        report.row("keys", Figure::Count(self.keys));
        report.row("resident", Figure::Bytes(self.resident));
        report.row("as the map counts it", Figure::Bytes(self.counted));
        let of_key = self.resident.max(self.counted) / self.keys.max(1);
        report.row("bytes of a key", Figure::Count(of_key));
        report.words(format!("aim: {KEY_AIM} bytes"), reached(of_key <= KEY_AIM));
        report.row("filling, of a key", Figure::each(self.fill, self.keys));
        report.row(
            "loading a snapshot, of a key",
            Figure::each(self.load, self.keys),
        );
        report.section("map: one update and the new root");
        self.update.rows(report);
        let batched = each(self.batched, SAMPLES);
        report.row(format!("in batches of {BATCH}"), Figure::Time(batched));
        report.words("aim: 10 µs", reached(self.update.p50.max(batched) <= aim));
        report.section("map: proof of presence, encoded");
        self.present.rows(report);
        report.section("map: proof of absence, encoded");
        self.absent.rows(report);
        report.words("aim: 10 µs", reached(self.absent.p50 <= aim));
        let [all, largest] = self.proof_bytes;
        report.row("bytes, average", Figure::Count(all / SAMPLES));
        report.row("bytes, largest", Figure::Count(largest));
        report.words(
            format!("aim: {PROOF_AIM} bytes"),
            reached(largest <= PROOF_AIM),
        );
        report.section("map: limits, measured in the same run");
        let limit = Figure::Limit {
            rate: per_second(SAMPLES, self.hashing),
            measured: per_second(SAMPLES, self.batched),
        };
        report.row("updates in batches: a node hash", limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_map_is_measured() {
        let figures = measure(1_000).unwrap();
        assert_eq!(figures.keys, 1_000);
        let [all, largest] = figures.proof_bytes;
        assert!(
            all / SAMPLES <= largest && largest <= PROOF_AIM,
            "{largest}"
        );
        assert!(figures.absent.p50 > 0 && figures.update.p50 > 0);
        assert!(figures.counted / 1_000 <= KEY_AIM);
    }

    #[test]
    fn samples_go_all_over_the_keys() {
        let numbers: std::collections::HashSet<_> = all_over(1_000).collect();
        assert!(numbers.len() > 900 && numbers.iter().all(|number| *number < 1_000));
    }
}
