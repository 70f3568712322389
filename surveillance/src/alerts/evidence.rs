//! Where to look: pieces of evidence, some listed, all counted.

use serde::Serialize;

use crate::fact::Source;

/// Pieces of evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Trail {
    /// The first of them, ascending.
    pub listed: Vec<Source>,
    /// All of them.
    pub total: u64,
}

impl Trail {
    /// Lists the first `limit` of these.
    pub(super) fn of(sources: impl IntoIterator<Item = Source>, limit: u16) -> Self {
        let mut listed: Vec<_> = sources.into_iter().collect();
        listed.sort_unstable();
        listed.dedup();
        let total = listed.len() as u64;
        listed.truncate(limit.into());
        Self { listed, total }
    }
}
