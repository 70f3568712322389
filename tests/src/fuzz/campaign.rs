//! Runs of a target: damaged samples, damage upon damage, and noise.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::Target;
use super::mutate::mutate;
use crate::random::Random;

/// A run of one target, which goes on from where it was.
pub struct Campaign {
    /// What is fed.
    pub target: Target,
    /// Inputs so far.
    pub inputs: u64,
    /// How many of them were accepted.
    pub accepted: u64,
    seeds: Vec<Vec<u8>>,
    random: Random,
    input: Vec<u8>,
}

impl Campaign {
    /// Feeds the samples first: each must be accepted, and be the same each time.
    ///
    /// # Errors
    /// A sample cannot be made, differs from call to call, or is refused.
    pub fn new(target: Target, seed: u64) -> Result<Self> {
        let seeds = (target.seeds)()?;
        ensure!(
            seeds == (target.seeds)()?,
            "{}: samples that change",
            target.name
        );
        for sample in &seeds {
            let text = String::from_utf8_lossy(sample);
            ensure!(
                (target.run)(sample),
                "{}: a sample is refused: {text}",
                target.name
            );
        }
        Ok(Self {
            target,
            inputs: 0,
            accepted: 0,
            seeds,
            random: Random::new(seed),
            input: vec![],
        })
    }

    /// Feeds one more input.
    ///
    /// # Panics
    /// An invariant does not hold.
    pub fn step(&mut self) {
        self.next_input();
        self.accepted += u64::from((self.target.run)(&self.input));
    }

    /// Feeds inputs for a while.
    ///
    /// # Errors
    /// The input for which an invariant does not hold.
    pub fn run_for(&mut self, time: Duration) -> Result<(), Vec<u8>> {
        let started = Instant::now();
        while started.elapsed() < time {
            self.next_input();
            let run = || (self.target.run)(&self.input);
            match catch_unwind(AssertUnwindSafe(run)) {
                Ok(accepted) => self.accepted += u64::from(accepted),
                Err(_) => return Err(self.input.clone()),
            }
        }
        Ok(())
    }

    /// Two of ten inputs start from a sample, one is noise, the others are the last one damaged
    /// further.
    fn next_input(&mut self) {
        if self.inputs % 10 == 9 {
            let length = self.random.below(400);
            self.input = (0..length)
                .map(|_| self.random.draw().to_le_bytes()[0])
                .collect();
        } else {
            // After noise, from a sample again.
            if self.inputs.is_multiple_of(5) || self.input.is_empty() {
                self.input
                    .clone_from(&self.seeds[self.random.position(self.seeds.len())]);
            }
            self.input = mutate(&self.input, &mut self.random);
        }
        self.inputs += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(run: fn(&[u8]) -> bool) -> Target {
        Target {
            name: "example",
            run,
            seeds: || Ok(vec![b"receta".to_vec()]),
        }
    }

    #[test]
    fn a_broken_invariant_comes_back_with_its_input() {
        let mut campaign = Campaign::new(target(|bytes| bytes != b"recet"), 1).unwrap();
        campaign.run_for(Duration::from_millis(1)).unwrap();
        assert!(campaign.inputs > 0 && campaign.accepted > 0);
        let breaks = target(|bytes| {
            assert!(bytes.starts_with(b"r"), "an invariant");
            true
        });
        let mut campaign = Campaign::new(breaks, 1).unwrap();
        let input = campaign.run_for(Duration::from_mins(1)).unwrap_err();
        assert!(!input.starts_with(b"r"));
    }

    #[test]
    fn a_refused_sample_ends_it() {
        assert!(Campaign::new(target(|_| false), 1).is_err());
    }
}
