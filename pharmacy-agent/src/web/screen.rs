//! What every page shares.

use std::sync::Arc;

use jiff::Timestamp;

use super::page::{Failure, Page};
use crate::counter::Counter;

/// The screen.
pub(super) struct Screen {
    pub(super) counter: Arc<Counter>,
    /// What a form of this screen carries and no other site can know.
    pub(super) csrf: String,
    pub(super) port: u16,
    pub(super) now: fn() -> Timestamp,
}

impl Screen {
    /// Runs what blocks (network, database, reading an image) where it stalls nobody.
    pub(super) async fn blocking(
        self: Arc<Self>,
        work: impl FnOnce(&Self) -> Result<Page, Failure> + Send + 'static,
    ) -> Result<Page, Failure> {
        let done = tokio::task::spawn_blocking(move || work(&self)).await;
        done.map_err(|_| Failure::Internal)?
    }

    /// That a form comes from this screen.
    pub(super) fn check_csrf(&self, given: Option<&str>) -> Result<(), Failure> {
        let given = given.unwrap_or_default();
        let same_length = given.len() == self.csrf.len();
        // All bytes are looked at: the time tells nothing of where they differ.
        let pairs = given.bytes().zip(self.csrf.bytes());
        let difference = pairs.fold(0, |sum, (a, b)| sum | (a ^ b));
        if same_length && difference == 0 {
            Ok(())
        } else {
            Err(Failure::ForeignForm)
        }
    }
}
