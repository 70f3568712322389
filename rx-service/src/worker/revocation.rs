//! Fetches lists and OCSP answers ahead of time, so that no issuing and no dispensing ever waits for
//! an authority.
//!
//! Each source is fetched again at three quarters of its life, a little earlier or later on each
//! replica. What was fetched is kept in the database: a restart without a network has it, and so
//! have the other replicas, which look before they fetch. What cannot be fetched is tried again,
//! each time later; what runs out makes signing fail closed, hours after the log and
//! `receta_revocation_seconds_left` began to warn.

mod fetch;
mod source;

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signing::trust::{TrustError, TrustStore};

use crate::app::App;
use crate::office::Office;
use crate::store::{Fetched, RevocationKind, Store, StoreError};

pub use fetch::FetchError;
pub use source::Source;

/// How often it looks whether something is due.
const EVERY: Duration = Duration::from_secs(30);
/// Longest wait after failures.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// How far back a replica looks for what others fetched: their clocks may differ.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// What became of one round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Sources that gave something new.
    pub fetched: usize,
    /// Sources that had nothing new.
    pub unchanged: usize,
    /// Sources that could not be fetched.
    pub failed: usize,
}

/// The watch over all sources, by one process.
#[derive(Debug, Default)]
pub struct Watch {
    /// Failures in a row of a source, and when it is tried again.
    failures: HashMap<String, (u32, Timestamp)>,
    /// Up to when others' fetches were taken in, and which of that time.
    seen: Option<Timestamp>,
    taken: HashMap<String, Timestamp>,
}

/// Runs until `shutdown` resolves.
pub async fn run(app: App, shutdown: impl Future<Output = ()>) {
    tokio::pin!(shutdown);
    let mut tick = tokio::time::interval(EVERY);
    let mut watch = Watch::default();
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            _ = tick.tick() => {}
        }
        let now = app.clock.now();
        match watch.round(&app, now, false).await {
            Ok(round) if round == Round::default() => {}
            Ok(round) => tracing::info!(?round, "revocation data"),
            Err(error) => tracing::warn!(%error, "cannot keep revocation data"),
        }
        watch_ages(&app, now);
    }
}

impl Watch {
    /// Takes in what other replicas fetched, and fetches what is due; with `all`, everything.
    ///
    /// # Errors
    /// The database failed. A source that cannot be fetched is no error: it is counted.
    pub async fn round(
        &mut self,
        office: &Office,
        now: Timestamp,
        all: bool,
    ) -> Result<Round, StoreError> {
        self.take_in(office, now).await?;
        let mut round = Round::default();
        if !office.revocation.fetch {
            return Ok(round);
        }
        let kept: HashMap<_, _> = office
            .store
            .fetched(Timestamp::MIN)
            .await?
            .into_iter()
            .map(|fetched| (fetched.source.clone(), fetched))
            .collect();
        for source in source::known(office).await? {
            let name = source.name();
            let known = kept.get(&name);
            if !(all || self.is_due(&name, known, now)) {
                continue;
            }
            match source.fetch(office, known, now).await {
                Ok(fetched) => {
                    let is_new = known.is_none_or(|known| known.der != fetched.der);
                    self.taken.insert(name.clone(), fetched.fetched_at);
                    office.store.keep_fetched(fetched).await?;
                    self.failures.remove(&name);
                    round.fetched += usize::from(is_new);
                    round.unchanged += usize::from(!is_new);
                }
                Err(error) => {
                    round.failed += 1;
                    let kind = source.kind().code();
                    tracing::warn!(kind, place = source.place(), %error, "not fetched");
                    self.note_failure(name, now);
                }
            }
        }
        Ok(round)
    }

    async fn take_in(&mut self, office: &Office, now: Timestamp) -> Result<(), StoreError> {
        let since = self.seen.map_or(Timestamp::MIN, |seen| seen - OVERLAP);
        let fetched = office.store.fetched(since).await?;
        self.seen = Some(now);
        let news: Vec<_> = fetched
            .iter()
            .filter(|one| self.taken.get(&one.source) != Some(&one.fetched_at))
            .collect();
        if !news.is_empty() {
            office.trust.change(|store| {
                for fetched in &news {
                    add(store, fetched);
                }
            });
        }
        let times = fetched.into_iter().map(|one| (one.source, one.fetched_at));
        self.taken = times.collect();
        Ok(())
    }

    fn is_due(&self, name: &str, known: Option<&Fetched>, now: Timestamp) -> bool {
        if let Some((_, again)) = self.failures.get(name)
            && now < *again
        {
            return false;
        }
        known.is_none_or(|known| now >= due_at(known))
    }

    fn note_failure(&mut self, name: String, now: Timestamp) {
        let (failures, again) = self.failures.entry(name).or_insert((0, now));
        *failures = failures.saturating_add(1);
        let minutes = i64::from(1_u32 << (*failures - 1).min(6));
        *again = now + SignedDuration::from_mins(minutes).min(LONGEST_WAIT);
    }
}

/// Three quarters of its life after it was made, up to a sixteenth earlier: each source, and each
/// new list of it, at another moment.
fn due_at(known: &Fetched) -> Timestamp {
    let life = known
        .next_update
        .duration_since(known.this_update)
        .as_secs();
    let spread = known
        .source
        .bytes()
        .chain(known.this_update.as_second().to_be_bytes())
        .fold(0_i64, |sum, byte| (sum * 31 + i64::from(byte)) % 1_000_003);
    let earlier = (life / 16) * (spread % 1000) / 1000;
    let due = known.this_update + SignedDuration::from_secs(life / 4 * 3 - earlier);
    if known.fetched_at < due {
        return due;
    }
    // Nothing newer was there: not at once again.
    known.fetched_at + SignedDuration::from_secs((life / 32).max(60))
}

/// Takes in everything that was ever fetched: at start, without a network.
///
/// # Errors
/// The database failed. What does not verify any more is left out, and logged.
pub async fn take_in_all(store: &Store, trust: &mut TrustStore) -> Result<(), StoreError> {
    for fetched in store.fetched(Timestamp::MIN).await? {
        add(trust, &fetched);
    }
    Ok(())
}

fn add(store: &mut TrustStore, fetched: &Fetched) {
    let added = match fetched.kind {
        RevocationKind::Crl => store.add_crl(&fetched.der),
        RevocationKind::Ocsp => store.add_ocsp(&fetched.der),
    };
    match added {
        // A newer one came with the configuration, or from another source of the same CA.
        Ok(()) | Err(TrustError::CrlRollback | TrustError::OcspRollback) => {}
        Err(error) => {
            tracing::warn!(source = fetched.kind.code(), %error, "revocation data left out");
        }
    }
}

/// How long what is held is still good, in the metrics and, near the end, in the log.
fn watch_ages(app: &App, now: Timestamp) {
    let warn = SignedDuration::from_hours(i64::from(app.revocation.warn_hours));
    for age in source::ages(&app.trust.current()) {
        let left = age.next_update.duration_since(now);
        app.metrics
            .revocation_left(age.kind.code(), &age.issuer, left.as_secs());
        if left < warn {
            let hours = left.as_hours();
            let (kind, issuer) = (age.kind.code(), age.issuer);
            tracing::warn!(
                kind,
                issuer,
                hours,
                "revocation data runs out: nothing newer came"
            );
        }
    }
}

/// What is held, for `rx-service revocation status`: kind, issuer (first 8 bytes of SHA-256 of its
/// key, in hexadecimal) and end of each.
#[must_use]
pub fn status(office: &Office) -> Vec<(RevocationKind, String, Timestamp)> {
    let ages = source::ages(&office.trust.current()).into_iter();
    ages.map(|age| (age.kind, age.issuer, age.next_update))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched(source: &str, hours: i64) -> Fetched {
        let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        Fetched {
            source: source.to_owned(),
            kind: RevocationKind::Crl,
            der: vec![],
            etag: String::new(),
            last_modified: String::new(),
            this_update: start,
            next_update: start + SignedDuration::from_hours(hours),
            fetched_at: start,
        }
    }

    #[test]
    fn each_source_is_due_near_three_quarters_of_its_life_and_not_all_at_once() {
        let names: Vec<String> = (0..50)
            .map(|n| format!("crl:http://ac.example/{n}"))
            .collect();
        let mut all: Vec<i64> = names
            .iter()
            .map(|name| {
                let one = fetched(name, 16);
                due_at(&one).duration_since(one.this_update).as_secs()
            })
            .collect();
        assert!(all.iter().all(|due| (11 * 3600..=12 * 3600).contains(due)));
        all.sort_unstable();
        all.dedup();
        assert!(all.len() > 25, "{all:?}");
    }

    #[test]
    fn failures_are_tried_again_later_and_later_up_to_an_hour() {
        let mut watch = Watch::default();
        let mut now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let mut waits = vec![];
        for _ in 0..9 {
            watch.note_failure("crl:x".to_owned(), now);
            assert!(!watch.is_due("crl:x", None, now));
            let again = watch.failures["crl:x"].1;
            waits.push(again.duration_since(now).as_mins());
            assert!(watch.is_due("crl:x", None, again));
            now = again;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
