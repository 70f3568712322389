//! `rx-service revocation`: what is held, until when, and fetching it now.

use anyhow::{Result, bail};
use clap::Subcommand;
use rx_service::office::Office;
use rx_service::worker::revocation::{Watch, status};

use crate::commands::say;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Say of each authority until when its list, and of the prescribers' OCSP answers until when
    /// the first, is good. Fails when one has run out.
    Status,
    /// Fetch every list and answer now, whether due or not. A service that runs takes them in
    /// within half a minute. Fails when one could not be fetched; what was held stays.
    Fetch,
}

impl Verb {
    pub(crate) async fn run(self, office: &Office) -> Result<()> {
        let (now, _) = office.now();
        if let Self::Fetch = self {
            let round = Watch::default().round(office, now, true).await?;
            say(&format!(
                "{} new, {} unchanged, {} not fetched",
                round.fetched, round.unchanged, round.failed
            ))?;
            if round.failed > 0 {
                bail!(
                    "{} sources were not fetched: the log says why",
                    round.failed
                );
            }
        }
        let held = status(office);
        if held.is_empty() {
            return say("nothing is held: no list was loaded or fetched");
        }
        let mut ended = 0;
        for (kind, issuer, until) in held {
            let word = if until < now { "RAN OUT" } else { "good until" };
            ended += usize::from(until < now);
            say(&format!("{} {issuer} {word} {until}", kind.code()))?;
        }
        if ended > 0 {
            bail!("{ended} ran out: run `rx-service revocation fetch`, or ask the authority");
        }
        Ok(())
    }
}
