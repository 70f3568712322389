//! Several workers over the facts, each with its own aggregate; merged at the end.

use std::thread;

use crate::fact::Fact;

/// Sums over facts that do not depend on their order.
pub trait Aggregate: Send + Sized {
    /// Takes a fact.
    fn add(&mut self, fact: &Fact);

    /// Takes what another one counted.
    #[must_use]
    fn merge(self, other: Self) -> Self;

    /// Takes all facts.
    fn extend(&mut self, facts: impl IntoIterator<Item = Fact>) {
        for fact in facts {
            self.add(&fact);
        }
    }
}

/// Each part of the facts by a worker of its own, each with an aggregate that `begin` gives.
pub fn in_parallel<A: Aggregate, F: Iterator<Item = Fact> + Send>(
    parts: impl IntoIterator<Item = F>,
    begin: impl Fn() -> A,
) -> A {
    let counted = thread::scope(|scope| {
        let workers: Vec<_> = parts
            .into_iter()
            .map(|part| {
                let mut aggregate = begin();
                scope.spawn(move || {
                    aggregate.extend(part);
                    aggregate
                })
            })
            .collect();
        // A worker that panicked has a defect; its panic goes on here rather than a wrong sum.
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(aggregate) => aggregate,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect::<Vec<_>>()
    });
    counted.into_iter().fold(begin(), Aggregate::merge)
}
