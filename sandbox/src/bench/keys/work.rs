//! The work itself: token, database, and nothing in between that a service would not do.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hsm::ceremony::make_for_development;
use hsm::{Hsm, HsmConfig, Secret, WrappedKey, WrappingKey};
use hsm_config::SoftHsm;
use indicatif::ProgressBar;
use jiff::Timestamp;
use prescription::key::{Digest, RewrapAct, Rewrapped};
use prescription::register::{Place, Register};
use prescription::{Cedula, Clues};
use rx_service::store::{
    ActRecord, BornKey, DataKey, Enrolment, Identity, KeyUnder, Locked, NewEntry, NewKey,
    RewrapBatch, Store,
};
use tokio::task::JoinSet;

use super::Measured;
use crate::bench::figure::per_second;
use crate::bench::percentiles::Times;
use crate::processes::interrupted;

/// The token's label.
pub(super) const TOKEN: &str = "receta-bench-keys";
/// The wrapping keys, before and after.
const LABELS: [&str; 2] = ["bench-wrapping", "bench-wrapping-2"];
/// Sessions, as the service has them by default.
const SESSIONS: usize = 4;
/// Enrolments under way at once.
const AT_ONCE: usize = 64;
/// Lookups.
const LOOKUPS: u64 = 20_000;
/// Keys of a batch.
const BATCH: i64 = 500;

/// Measures in `folder`, whose token the environment names.
pub(super) fn measure(folder: &Path, module: &Path, keys: u64, seconds: u64) -> Result<Measured> {
    let token = SoftHsm::create(folder, TOKEN)?;
    let pin = || Secret::new(token.pin().to_owned());
    let so_pin = Secret::new(token.so_pin()?);
    for label in LABELS {
        make_for_development(module, TOKEN, &so_pin, &pin(), label)?;
    }
    let config = HsmConfig::single(module.to_owned(), TOKEN.to_owned(), pin(), SESSIONS);
    let hsm = Hsm::open(&config)?;
    let [from, to] = LABELS.map(|label| hsm.find_wrapping_key(label));
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(run(
        folder,
        [from?, to?],
        keys,
        Duration::from_secs(seconds),
    ))
}

async fn run(
    folder: &Path,
    [from, to]: [WrappingKey; 2],
    keys: u64,
    limit: Duration,
) -> Result<Measured> {
    let file = folder.join("keys.db");
    let data_key = DataKey::new(&[1; DataKey::SECRET_LEN])?;
    let store = Locked::open(&Locked::sqlite_url(&file)).await?;
    let store = store.unlock(data_key);

    let begun = Instant::now();
    let mut born = Vec::new();
    while begun.elapsed() < limit && (born.len() as u64) < keys / 2 {
        born.push(make(&store, &from, born.len() as u64).await?);
    }
    let made = born.len() as u64;
    let enrolled = per_second(made, begun.elapsed());

    let begun = Instant::now();
    fill(&store, &Arc::new(born), made, keys).await?;
    let filled = per_second(keys - made, begun.elapsed());

    let lookups = look_up(&store, keys).await?.summary();
    let in_token = in_token(&store, &from, &to, limit).await?;
    let rewrapped = rewrap(&store, &from, &to, limit).await?;
    Ok(Measured {
        keys,
        enrolled,
        filled,
        lookup_p50: lookups.p50,
        lookup_p99: lookups.p99,
        in_token,
        rewrapped,
        bytes: std::fs::metadata(&file)?.len(),
    })
}

fn cedula(number: u64) -> Result<Cedula> {
    Ok(format!("{:08}", 10_000_000 + number).parse()?)
}

/// An act of about the size of a real one.
fn act(subject: &str, number: u64, body: Vec<u8>) -> ActRecord {
    let of = [subject.as_bytes(), &number.to_be_bytes()];
    ActRecord {
        place: Place {
            register: Register::Key,
            subject: subject.to_owned(),
            number,
        },
        salt: [7; 32],
        entry: NewEntry {
            identity: Identity::new(0, &of),
            leaf: vec![7; 90],
        },
        body,
        key: None,
    }
}

async fn enrol(store: &Store, number: u64, born: BornKey) -> Result<()> {
    let cedula = cedula(number)?;
    let act = act(cedula.as_str(), 1, vec![b'x'; 400]);
    let clues: Clues = "HGIMB000163".parse()?;
    let enrolment = Enrolment {
        cedula,
        profession: "physician".to_owned(),
        establishments: vec![clues],
        curp: None,
        key: Some(NewKey { born, act }),
    };
    Ok(store.enrol(enrolment).await?)
}

async fn make(store: &Store, wrapping: &WrappingKey, number: u64) -> Result<BornKey> {
    let (key, spki) = wrapping.generate_p256()?;
    let born = BornKey {
        wrapped: key.as_bytes().to_vec(),
        wrapping_label: wrapping.label().to_owned(),
        spki,
        at: Timestamp::UNIX_EPOCH,
    };
    enrol(store, number, born.clone()).await?;
    Ok(born)
}

async fn fill(store: &Store, born: &Arc<Vec<BornKey>>, from: u64, to: u64) -> Result<()> {
    let bar = ProgressBar::new(to - from);
    let mut under_way = JoinSet::new();
    for number in from..to {
        ensure!(!interrupted(), "interrupted");
        if under_way.len() == AT_ONCE {
            under_way
                .join_next()
                .await
                .context("nothing under way")???;
            bar.inc(1);
        }
        let (store, born) = (store.clone(), Arc::clone(born));
        under_way.spawn(async move {
            let place = usize::try_from(number)? % born.len().max(1);
            let one = born.get(place).context("no key was made")?;
            enrol(&store, number, one.clone()).await
        });
    }
    while let Some(done) = under_way.join_next().await {
        done??;
    }
    bar.finish_and_clear();
    Ok(())
}

async fn look_up(store: &Store, keys: u64) -> Result<Times> {
    let mut times = Times::default();
    for n in 0..LOOKUPS {
        // Far from each other: no page is warm by chance.
        let cedula = cedula(n.wrapping_mul(7_919_993) % keys)?;
        let begun = Instant::now();
        let found = store.prescriber(&cedula).await?;
        times.push(begun.elapsed());
        ensure!(
            found.is_some_and(|one| one.keys.len() == 1),
            "a key is missing"
        );
    }
    Ok(times)
}

async fn in_token(
    store: &Store,
    from: &WrappingKey,
    to: &WrappingKey,
    limit: Duration,
) -> Result<u64> {
    let keys = store.keys_under(LABELS[0], BATCH).await?;
    let begun = Instant::now();
    let mut count = 0;
    for under in keys.iter().cycle() {
        if begun.elapsed() > limit / 4 {
            break;
        }
        from.rewrap(&WrappedKey::from_bytes(under.wrapped.clone())?, to)?;
        count += 1;
    }
    Ok(per_second(count, begun.elapsed()))
}

async fn rewrap(
    store: &Store,
    from: &WrappingKey,
    to: &WrappingKey,
    limit: Duration,
) -> Result<u64> {
    let (begun, mut count) = (Instant::now(), 0);
    for number in 1.. {
        let keys = store.keys_under(LABELS[0], BATCH).await?;
        if keys.is_empty() || begun.elapsed() > limit || interrupted() {
            break;
        }
        count += keys.len() as u64;
        let mut moved: Vec<(KeyUnder, Vec<u8>)> = Vec::with_capacity(keys.len());
        for under in keys {
            let wrapped = WrappedKey::from_bytes(under.wrapped.clone())?;
            moved.push((under, from.rewrap(&wrapped, to)?.as_bytes().to_vec()));
        }
        let each = moved.iter().map(|(under, wrapped)| Rewrapped {
            cedula: under.key.cedula.clone(),
            key: under.key.number,
            wrapped: Digest::of(wrapped),
        });
        let body = RewrapAct {
            from: LABELS[0].to_owned(),
            to: LABELS[1].to_owned(),
            keys: each.collect(),
            at: Timestamp::UNIX_EPOCH,
        };
        let body = serde_json_canonicalizer::to_vec(&body)?;
        let batch = RewrapBatch {
            from: LABELS[0].to_owned(),
            to: LABELS[1].to_owned(),
            keys: moved,
            record: act("rewrap:bench-wrapping-2", number, body),
        };
        store.rewrap_keys(batch).await?;
    }
    Ok(per_second(count, begun.elapsed()))
}
