//! What COFEPRIS sees of controlled substances, from the verified bodies of a mirror only.
//!
//! The computing is the crate `surveillance`'s; here its facts are made from what [`verify`] has
//! verified, and its tables become files.

pub mod book;
pub mod inputs;
pub mod monthly;
pub mod output;

use std::io;

use surveillance::from::{of_event, of_movement};
use surveillance::{Fact, Products, Source};

use crate::verify::{self, Inputs, Progress, Report, Verified};

/// Audits a ledger and hands every fact of its verified entries to `take`, in the order of the
/// ledger. What has a finding, or no body, is in no number: the report tells.
///
/// # Errors
/// The bodies' file could not be read to its end.
pub fn facts(
    inputs: Inputs,
    products: &Products,
    progress: &mut dyn FnMut(Progress),
    take: &mut dyn FnMut(Fact),
) -> io::Result<Report> {
    verify::verify_and_tell(inputs, progress, &mut |verified| {
        let facts = match verified {
            Verified::Step {
                index,
                event,
                before,
                after,
            } => of_event(event, before, after, Source::Ledger(index), products),
            // The step has told it.
            Verified::Derived { .. } => Vec::new(),
            Verified::Movement { index, movement } => of_movement(movement, Source::Ledger(index)),
        };
        facts.into_iter().for_each(&mut *take);
    })
}
