//! Some entries of a ledger by themselves: those of one prescription, with what is known of their
//! bodies, examined exactly as in a whole ledger.

use std::io::{self, BufRead};

use super::bodies::Bodies;
use super::chain::Chains;
use super::fold::Folds;
use super::{BodyTally, Findings, Pass, Signers, Summary};

/// Examines `entries`, in ascending order of their indices, and the lines of `bodies`.
///
/// # Errors
/// `bodies` could not be read to its end. Everything else is a finding.
pub(crate) fn examine(
    entries: &[(u64, &[u8])],
    bodies: Box<dyn BufRead>,
    signers: &Signers,
) -> io::Result<(Summary, Findings)> {
    let mut pass = Pass {
        signers,
        bodies: Some(Bodies::new(bodies)),
        tally: BodyTally::default(),
        chains: Chains::default(),
        folds: Folds::default(),
        summary: Summary::default(),
        findings: Findings::default(),
    };
    for (index, entry) in entries {
        pass.entry(*index, entry)?;
    }
    if let Some(bodies) = pass.bodies.take() {
        bodies.finish(&mut pass.findings)?;
    }
    pass.summary.bodies = Some(pass.tally);
    pass.summary.prescriptions = pass.chains.prescriptions();
    Ok((pass.summary, pass.findings))
}
