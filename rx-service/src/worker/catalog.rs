//! Looks for versions of the catalog that another process applied.

use std::time::Duration;

use crate::app::App;
use crate::flow::catalog::refresh;

/// How long a version may be in the database before it counts here. One count of a small table.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until `shutdown` resolves.
pub async fn run(app: App, shutdown: impl Future<Output = ()>) {
    tokio::pin!(shutdown);
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            _ = tick.tick() => {}
        }
        match refresh(&app).await {
            Ok(false) => {}
            Ok(true) => tracing::info!(versions = app.catalog.versions(), "catalog taken in"),
            Err(error) => tracing::warn!(%error, "cannot take in the applied catalog"),
        }
    }
}
