//! `rx-service key list` and `show`.

use anyhow::Result;
use jiff::Timestamp;
use prescription::Cedula;
use prescription::key::{Digest, KeyState};
use rx_service::flow::key::{self, KeyActLine};
use rx_service::office::Office;
use rx_service::store::{KeyTimes, StoredKey};

use crate::commands::say;

/// Prescribers read at once.
const PAGE: i64 = 256;

/// The state with this code.
pub(super) fn state(code: &str) -> Result<KeyState, String> {
    KeyState::from_code(code).ok_or_else(|| {
        let known = KeyState::ALL.map(KeyState::code).join(", ");
        format!("known: {known}")
    })
}

pub(super) async fn list(office: &Office, wanted: Option<KeyState>) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = office.store.prescribers_with_keys(&after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.as_str().to_owned();
        for cedula in &page {
            let stored = key::show(office, cedula).await?;
            let keys = stored.keys.iter();
            for key in keys.filter(|key| wanted.is_none_or(|state| key.state == state)) {
                say(&line(cedula, key))?;
            }
        }
    }
}

fn line(cedula: &Cedula, key: &StoredKey) -> String {
    let (number, state) = (key.number, key.state.code());
    let since = since(&key.times);
    format!(
        "{cedula}\t{number}\t{state}\t{}\t{since}",
        key.wrapping_label
    )
}

/// Since when it is in its state.
fn since(times: &KeyTimes) -> String {
    let last = [
        times.certified_at,
        times.retired_at,
        times.revoked_at,
        times.destroyed_at,
    ];
    let last = last.into_iter().flatten().max().unwrap_or(times.born_at);
    if last == Timestamp::UNIX_EPOCH {
        "before the register".to_owned()
    } else {
        last.to_string()
    }
}

pub(super) async fn show(office: &Office, cedula: &Cedula) -> Result<()> {
    let stored = key::show(office, cedula).await?;
    if stored.keys.is_empty() {
        say(&format!("{cedula} has no key here"))?;
    }
    for key in &stored.keys {
        say(&format!(
            "key {}: {} ({}) since {}, under {}",
            key.number,
            key.state.code(),
            key.state.in_spanish(),
            since(&key.times),
            key.wrapping_label
        ))?;
        say(&format!("  public key SHA-256 {}", Digest::of(&key.spki)))?;
        if let Some(since) = key.times.revoked_since {
            say(&format!("  not to be trusted since {since}"))?;
        }
    }
    for act in key::acts(office, cedula).await? {
        say(&act_line(&act))?;
    }
    Ok(())
}

fn act_line(line: &KeyActLine) -> String {
    let KeyActLine {
        number, act, index, ..
    } = line;
    let by = match (&act.by, line.signed) {
        (Some(by), true) => format!("signed by {by}"),
        (Some(by), false) => format!("by {by}"),
        (None, _) => "by the operator".to_owned(),
    };
    let place = index.map_or_else(
        || "on its way into the ledger".to_owned(),
        |index| format!("entry {index}"),
    );
    let (verb, key, at) = (act.what.code(), act.key, act.at);
    format!("act {number}: {verb} key {key} at {at}, {by}, {place}")
}
