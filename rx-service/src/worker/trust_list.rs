//! Takes in new versions of the trust list, and puts each in force on its day.

use std::time::Duration;

use jiff::SignedDuration;

use crate::app::App;
use crate::trust_lists::{TrustListProblem, TrustLists};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(30);

/// Runs until `shutdown` resolves.
pub async fn run(app: App, shutdown: impl Future<Output = ()>) {
    tokio::pin!(shutdown);
    let mut tick = tokio::time::interval(EVERY);
    let mut told = String::new();
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            _ = tick.tick() => {}
        }
        let one = app.clone();
        // Files are read, and signatures verified.
        let look = tokio::task::spawn_blocking(move || {
            one.trust_lists.as_ref().map(|lists| look(&one, lists))
        });
        let said = match look.await {
            Ok(None) => return,
            Ok(Some(Ok(()))) => String::new(),
            Ok(Some(Err(problem))) => problem.to_string(),
            Err(defect) => defect.to_string(),
        };
        // Once for each problem, not every half minute.
        if said != told && !said.is_empty() {
            tracing::error!(problem = said, "a trust list was refused; those kept go on");
        }
        told = said;
    }
}

fn look(app: &App, lists: &TrustLists) -> Result<(), TrustListProblem> {
    let (now, today) = app.now();
    let refreshed = lists.refresh(&app.trust, now, today);
    if let Some(newest) = lists.newest() {
        let left = newest.next_update.duration_since(now);
        app.metrics
            .revocation_left("trust-list", "publisher", left.as_secs());
        if left < SignedDuration::from_hours(i64::from(app.revocation.warn_hours)) {
            let (version, hours) = (newest.version, left.as_hours());
            tracing::warn!(version, hours, "the trust list's next version is due");
        }
    }
    if let Some(version) = refreshed? {
        tracing::info!(version, "a trust list is in force");
    }
    Ok(())
}
