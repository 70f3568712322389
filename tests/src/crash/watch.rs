//! Somebody who keeps every public checkpoint: whoever shows another history later is found out.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use sandbox::client::Client;
use sandbox::{Who, World};

use super::load::Shift;

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(40);

pub(super) struct Watcher {
    client: Client,
}

impl Watcher {
    pub(super) fn new(world: &World) -> Result<Self> {
        Ok(Self {
            client: world.client(Who::Auditor)?,
        })
    }

    /// Every different checkpoint until the shift ends, byte by byte as it was served.
    pub(super) fn run(&self, shift: &Shift) -> BTreeSet<Vec<u8>> {
        let mut seen = BTreeSet::new();
        while !shift.is_over() {
            // Between a kill and the next start there is no answer.
            if let Ok(answer) = self.client.get("/ledger/checkpoint")
                && answer.status == 200
            {
                seen.insert(answer.body);
            }
            thread::sleep(PAUSE);
        }
        seen
    }
}
