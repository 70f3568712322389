//! Ctrl-C: the children end first, then the main thread unwinds and removes what it made.

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::processes::kill_all;

/// Listens for SIGINT and SIGTERM in a thread of its own. The second one ends the process at once.
pub(crate) fn listen() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let guard = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    drop(guard);
    std::thread::spawn(move || {
        runtime.block_on(async {
            for patience in [true, false] {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                kill_all();
                if !patience {
                    std::process::exit(130);
                }
            }
        });
    });
    Ok(())
}
