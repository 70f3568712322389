//! Asking lost tokens for a sign of life, on one thread for all callers.
//!
//! Callers never do it themselves: a dead token would make each of them wait, and one that comes
//! back would be met by all of them at once.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::pool::Pool;
use crate::tokens::Tokens;

/// Between two rounds: doubled after each that brought nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Between two restarts of the module: each costs the healthy tokens of the module all their
/// sessions. Some modules see a token again only after one.
const FIRST_RESTART: Duration = Duration::from_millis(400);
const LONGEST_RESTART: Duration = Duration::from_mins(1);

/// Starts the thread; false when the system has none to give, and the next loss tries again.
pub(crate) fn begin(tokens: &Arc<Tokens>) -> bool {
    let tokens = Arc::downgrade(tokens);
    std::thread::Builder::new()
        .name("hsm-watch".to_owned())
        .spawn(move || watch(&tokens))
        .is_ok()
}

/// Until every token is up, or the last user of the tokens is gone.
fn watch(tokens: &Weak<Tokens>) {
    let mut pause = FIRST_PAUSE;
    let mut restart = Restart {
        last: Instant::now(),
        every: FIRST_RESTART,
    };
    loop {
        std::thread::sleep(pause);
        let Some(tokens) = tokens.upgrade() else {
            return;
        };
        let down = tokens.watched();
        if down.is_empty() {
            return;
        }
        let mut came_back = false;
        for token in down {
            if let Some(pool) = tokens.pools.get(token)
                && answers(pool, &mut restart)
            {
                tokens.found(token);
                came_back = true;
            }
        }
        pause = if came_back {
            FIRST_PAUSE
        } else {
            (pause * 2).min(LONGEST_PAUSE)
        };
    }
}

/// When the module was restarted last, and how long to wait until the next time.
struct Restart {
    last: Instant,
    every: Duration,
}

fn answers(pool: &Pool, restart: &mut Restart) -> bool {
    let Err((_, generation)) = pool.probe_gently() else {
        return true;
    };
    if restart.last.elapsed() < restart.every {
        return false;
    }
    restart.last = Instant::now();
    restart.every = (restart.every * 2).min(LONGEST_RESTART);
    pool.context.restart_politely(generation).is_ok() && pool.probe_gently().is_ok()
}
