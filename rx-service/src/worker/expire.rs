//! Looks for prescriptions past their validity once a minute.

use std::time::Duration;

use crate::app::App;
use crate::flow::expire_due;

const EVERY: Duration = Duration::from_mins(1);

/// Runs until `shutdown` resolves.
pub async fn run(app: App, shutdown: impl Future<Output = ()>) {
    tokio::pin!(shutdown);
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            _ = tick.tick() => {}
        }
        match expire_due(&app).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "prescriptions past their validity ended"),
            Err(error) => tracing::warn!(%error, "cannot end prescriptions past their validity"),
        }
    }
}
