//! The scenarios, in the order of the law.

mod dispensing;
mod fractions;
mod prescribers;
mod special;

use super::Scenario;

/// All scenarios.
pub(super) fn all() -> Vec<Scenario> {
    let mut all = prescribers::scenarios();
    all.extend(fractions::scenarios());
    all.extend(special::scenarios());
    all.extend(dispensing::scenarios());
    all
}
