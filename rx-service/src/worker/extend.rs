//! Makes each new signature last, outside the path of any request. An authority that is down makes
//! the backlog grow, and nothing else.

use std::time::Duration;

use crate::app::App;
use crate::flow::extend::{Extended, NotExtended, extend_signature};
use crate::store::StoreError;

/// How often to look for work while there is none.
const EVERY: Duration = Duration::from_secs(2);
/// Signatures taken at once, one after the other.
const BATCH: i64 = 16;
/// How long a batch is ours: longer than sixteen authorities that time out.
const LEASE: Duration = Duration::from_mins(5);

/// Runs until `shutdown` resolves. Without a timestamp authority there is nothing to do.
pub async fn run(app: App, shutdown: impl Future<Output = ()>) {
    if app.stamper.is_none() {
        return;
    }
    tokio::pin!(shutdown);
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            _ = tick.tick() => {}
        }
        // A batch ends before the service does: an attempt under way is bounded in time.
        if let Err(error) = run_once(&app).await {
            tracing::warn!(%error, "cannot look for signatures to extend");
        }
    }
}

/// Takes each signature that is due one step further, and returns how many it took.
///
/// # Errors
/// The database failed.
pub async fn run_once(app: &App) -> Result<usize, StoreError> {
    let mut taken = 0;
    loop {
        let now = app.clock.now();
        let lease = now.checked_add(LEASE).unwrap_or(now);
        let batch = app.store.claim_extensions(now, lease, BATCH).await?;
        let mut reached = 0;
        for due in &batch {
            match extend_signature(app, *due).await {
                Ok(Extended::To(_)) => reached += 1,
                Ok(Extended::Waits | Extended::Elsewhere) => {}
                // What the next one would meet as well: wait for the next round.
                Err(error @ (NotExtended::Stamp(_) | NotExtended::Store(_))) => {
                    tracing::warn!(%error, attempts = due.attempts, "a signature stays as it is");
                }
                Err(error) => {
                    tracing::error!(folio = %due.folio, %error, "a signature stays as it is");
                }
            }
        }
        taken += reached;
        if reached == 0 {
            break;
        }
    }
    report(app).await?;
    Ok(taken)
}

async fn report(app: &App) -> Result<(), StoreError> {
    let backlog = app.store.extension_backlog().await?;
    let now = app.clock.now().as_millisecond();
    let oldest = backlog
        .oldest
        .map_or(0, |queued| (now - queued).max(0) / 1000);
    app.metrics.extending(&backlog, oldest);
    Ok(())
}
