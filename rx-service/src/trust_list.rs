//! `rx-service trust-list`: what a version says, and keeping it. Runs beside the service.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use jiff::Timestamp;
use rx_service::clock::{Clock, SystemClock};
use rx_service::config::Config;
use rx_service::office::{day_of, trust_lists};
use rx_service::trust_lists::TrustLists;
use signing::trust::list::TrustList;

use crate::commands::say;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Say what a version says, and whether it is signed by a pinned key and follows the newest that
    /// is kept. Nothing is kept.
    Check {
        /// The file, as its publisher gives it out.
        file: PathBuf,
    },
    /// Keep a version for good: it counts from its day on, and none before it can be applied any
    /// more. A service that runs takes it in within half a minute.
    Apply {
        /// The file, as its publisher gives it out.
        file: PathBuf,
    },
    /// Say which version counts today and which is the newest. Fails when the next one is overdue.
    Status,
}

impl Verb {
    pub(crate) fn run(self, config: &Config) -> Result<()> {
        let lists = trust_lists(config)?
            .context("the configuration has no [trust_list]: pin the publisher's key there")?;
        let now = SystemClock.now();
        match self {
            Self::Check { file } => tell(&lists.check(&file, now)?),
            Self::Apply { file } => {
                let list = lists.apply(&file, now)?;
                tell(&list)?;
                say(&format!("version {} is kept", list.version))
            }
            Self::Status => status(&lists, config, now),
        }
    }
}

fn status(lists: &TrustLists, config: &Config, now: Timestamp) -> Result<()> {
    let Some(newest) = lists.newest() else {
        return say("no version is kept");
    };
    match lists.on(day_of(config, now)?) {
        Some(list) => say(&format!("version {} counts today", list.version))?,
        None => say("no version counts today")?,
    }
    tell(&newest)?;
    if newest.next_update < now {
        bail!("the next version was due at {}", newest.next_update);
    }
    Ok(())
}

fn tell(list: &TrustList) -> Result<()> {
    say(&format!(
        "version {} from {} on, the next one by {}",
        list.version, list.effective_from, list.next_update
    ))?;
    say(&format!("sha256 {}", list.digest()?))?;
    for authority in &list.authorities {
        let instant = |at: Option<Timestamp>| at.map_or("…".to_owned(), |at| at.to_string());
        say(&format!(
            "{} {} from {} until {}: {}",
            authority.policy.code(),
            authority.role.code(),
            instant(authority.from),
            instant(authority.until),
            authority.subject().unwrap_or_default()
        ))?;
    }
    Ok(())
}
