//! `rx-service key rewrap`: a job that may be stopped at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rx_service::flow::key::{RewrapOrder, RewrapProgress, rewrap};
use rx_service::office::Office;

use crate::commands::say;

/// From where to where.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Label of the wrapping key before.
    #[arg(long)]
    from: String,
    /// Label of the wrapping key after, which `wrapping-made` has put to use.
    #[arg(long)]
    to: String,
    /// Keys of one transaction and one act in the ledger. A service that runs waits for a batch at
    /// most.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=2000))]
    batch: u16,
    /// Wrap nothing: say how many keys there are.
    #[arg(long)]
    dry_run: bool,
}

impl Arguments {
    pub(super) async fn run(self, office: &Office) -> Result<()> {
        let left = office.store.count_keys_under(&self.from).await?;
        if self.dry_run {
            return say(&format!("{left} keys under {}", self.from));
        }
        let order = RewrapOrder {
            from: self.from,
            to: self.to,
            batch: self.batch,
        };
        let stop = stopped_by_ctrl_c();
        let bar = bar(left);
        let mut go_on = |progress: &RewrapProgress| {
            bar.set_position(progress.done);
            !stop.load(Ordering::Relaxed)
        };
        let end = rewrap(office, &order, &mut go_on).await?;
        bar.finish_and_clear();
        report(&order, &end)
    }
}

fn report(order: &RewrapOrder, end: &RewrapProgress) -> Result<()> {
    say(&format!(
        "{} keys went from {} to {}; {} left",
        end.done, order.from, order.to, end.left
    ))?;
    for key in &end.refused {
        say(&format!(
            "key {} of {} is damaged and stays: rotate it",
            key.number, key.cedula
        ))?;
    }
    match (end.refused.len(), end.left) {
        (0, 0) => Ok(()),
        (0, left) => bail!("stopped: {left} keys left; give the same command again"),
        (refused, _) => bail!("{refused} keys are damaged"),
    }
}

/// Set at Ctrl-C: the batch under way is finished first.
fn stopped_by_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&stop);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            set.store(true, Ordering::Relaxed);
        }
    });
    stop
}

fn bar(keys: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} keys, {per_sec}, {eta} left");
    ProgressBar::new(keys).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
