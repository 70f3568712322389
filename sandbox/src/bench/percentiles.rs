//! How long each operation took.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::figure::{Figure, nanos};
use super::report::Report;

/// Times of single operations, in nanoseconds.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<u64>);

impl Times {
    /// Adds one.
    pub(super) fn push(&mut self, time: Duration) {
        self.0.push(nanos(time));
    }

    /// Adds those of another thread.
    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// How many.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    /// The median and the 99th percentile by nearest rank, and the longest.
    pub(super) fn summary(mut self) -> Summary {
        self.0.sort_unstable();
        let rank = |percent: usize| {
            let place = (self.0.len() * percent).div_ceil(100);
            self.0.get(place.saturating_sub(1)).copied().unwrap_or(0)
        };
        Summary {
            p50: rank(50),
            p99: rank(99),
            longest: rank(100),
        }
    }
}

/// What is told of many times, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Summary {
    /// Half of them took no longer.
    pub(super) p50: u64,
    /// 99 of 100 took no longer.
    pub(super) p99: u64,
    /// None took longer.
    pub(super) longest: u64,
}

impl Summary {
    /// Adds its rows to a report.
    pub(super) fn rows(self, report: &mut Report) {
        report.row("p50", Figure::Time(self.p50));
        report.row("p99", Figure::Time(self.p99));
        report.row("longest", Figure::Time(self.longest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(times: impl IntoIterator<Item = u64>) -> Summary {
        let mut all = Times::default();
        times
            .into_iter()
            .for_each(|time| all.push(Duration::from_nanos(time)));
        all.summary()
    }

    #[test]
    fn nearest_rank() {
        let hundred = summary((1..=100).rev());
        assert_eq!((hundred.p50, hundred.p99, hundred.longest), (50, 99, 100));
        let three = summary([30, 10, 20]);
        assert_eq!((three.p50, three.p99, three.longest), (20, 30, 30));
        let none = summary([]);
        assert_eq!((none.p50, none.p99, none.longest), (0, 0, 0));
    }
}
