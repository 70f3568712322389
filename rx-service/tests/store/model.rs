//! Random lives of prescriptions, on the store and on a model in memory, compared at the end.

use std::collections::BTreeMap;

use prescription::{Event, Folio, LineState, Prescription, Status};
use proptest::collection::vec;
use proptest::prelude::*;
use rx_service::store::{Conflict, NextStep};

use crate::database::Database;
use crate::fixture::{
    self, batch, cancel, committed, dispense, expire, folio, head, issued, leaf, new, next, patient,
};

const SUBSTANCES: [&str; 3] = ["a", "b", "c"];

/// One call of the store.
#[derive(Debug, Clone)]
enum Op {
    /// Issues a prescription of one or two substances for one of three patients.
    Issue {
        patient: u32,
        first: usize,
        second: Option<usize>,
    },
    /// Takes a step of some prescription; from the version before, if `stale`.
    Step {
        pick: prop::sample::Index,
        step: Step,
        stale: bool,
    },
    /// Gives indices to some of the entries that wait.
    Sequence { at_most: i64 },
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Dispense { line: u8, packages: u32 },
    Cancel,
    Expire,
}

fn op() -> impl Strategy<Value = Op> {
    let issue = (0..3_u32, 0..3_usize, proptest::option::of(0..3_usize)).prop_map(
        |(patient, first, second)| Op::Issue {
            patient,
            first,
            second,
        },
    );
    let dispense =
        (1..=2_u8, 1..=2_u32).prop_map(|(line, packages)| Step::Dispense { line, packages });
    let step = prop_oneof![6 => dispense, 1 => Just(Step::Cancel), 1 => Just(Step::Expire)];
    let step = (
        any::<prop::sample::Index>(),
        step,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(pick, step, stale)| Op::Step { pick, step, stale });
    let sequence = (1..5_i64).prop_map(|at_most| Op::Sequence { at_most });
    prop_oneof![4 => issue, 8 => step, 1 => sequence]
}

/// What the store must hold.
#[derive(Default)]
struct Model {
    /// Prescription `n` is at `n - 1`; its version is beside it.
    prescriptions: Vec<(Prescription, i64)>,
    /// Who holds a substance: prescription and line.
    active: BTreeMap<(u32, String), (Folio, u8)>,
    /// Every event, in the order of the commits.
    events: Vec<(Folio, i64)>,
    /// The index of each of the first events, which have theirs.
    indices: Vec<u64>,
    /// Entries under the committed head.
    size: u8,
    refused: u32,
}

impl Model {
    async fn run(&mut self, db: &Database, op: Op) {
        match op {
            Op::Issue {
                patient,
                first,
                second,
            } => {
                let second = second.filter(|second| *second != first);
                let substances: Vec<_> = [first]
                    .into_iter()
                    .chain(second)
                    .map(|index| SUBSTANCES[index])
                    .collect();
                self.issue(db, patient, &substances).await;
            }
            Op::Step { pick, step, stale } if !self.prescriptions.is_empty() => {
                self.step(db, pick.index(self.prescriptions.len()), step, stale)
                    .await;
            }
            Op::Step { .. } => {}
            Op::Sequence { at_most } => self.sequence(db, at_most).await,
        }
    }

    async fn issue(&mut self, db: &Database, of: u32, substances: &[&str]) {
        let number = u32::try_from(self.prescriptions.len()).unwrap() + 1 + 1000 * self.refused;
        let mut issued = issued(number, substances);
        issued.patient = patient(of);
        let order = new(issued);
        let key = |substance: &&str| (of, (*substance).to_owned());
        let holder = (1..).zip(substances).find_map(|(line, substance)| {
            let (folio, _) = self.active.get(&key(substance))?;
            Some(Conflict::Overlap {
                line,
                folio: *folio,
            })
        });
        let answer = db.store.issue(order.clone()).await;
        if let Some(expected) = holder {
            assert_eq!(fixture::conflict(answer), expected);
            self.refused += 1;
            return;
        }
        answer.unwrap();
        for (line, substance) in (1..).zip(substances) {
            self.active.insert(key(substance), (folio(number), line));
        }
        self.events.push((folio(number), 1));
        self.prescriptions.push((order.state, 1));
    }

    async fn step(&mut self, db: &Database, index: usize, step: Step, stale: bool) {
        let (before, version) = self.prescriptions[index].clone();
        let event = match step {
            Step::Dispense { line, .. } if before.line(line).is_none() => return,
            Step::Dispense { line, packages } => dispense(&before, line, packages),
            Step::Cancel => cancel(&before),
            Step::Expire => expire(&before),
        };
        // What the rules refuse never reaches the store.
        let Ok(after) = before.clone().apply(&event) else {
            return;
        };
        let step = self.prepare(&before, version - i64::from(stale), event);
        let answer = db.store.advance("model", step).await;
        if stale {
            assert_eq!(fixture::conflict(answer), Conflict::Changed);
            return;
        }
        answer.unwrap();
        // What can still be filled, and what is in the patient's hands.
        let still_owed = |line: u8| {
            let became = after.lines[usize::from(line) - 1];
            let open = matches!(became, LineState::Open { .. });
            (after.status == Status::Active && open) || !became.dispensed().is_zero()
        };
        let this = after.issued.folio;
        self.active
            .retain(|_, (folio, line)| *folio != this || still_owed(*line));
        self.events.push((this, version + 1));
        self.prescriptions[index] = (after, version + 1);
    }

    fn prepare(&self, before: &Prescription, version: i64, event: Event) -> NextStep {
        let mut step = next(before, version, event);
        step.access = Some(format!("step {}", self.events.len()));
        step
    }

    async fn sequence(&mut self, db: &Database, at_most: i64) {
        assert_eq!(committed(&db.store).await, head(self.size));
        let entries = db.store.waiting_entries(at_most).await.unwrap();
        db.store
            .commit_batch(batch(self.size, &entries))
            .await
            .unwrap();
        let count = u8::try_from(entries.len()).unwrap();
        self.indices
            .extend((self.size..self.size + count).map(u64::from));
        self.size += count + 1;
    }

    async fn compare(&self, db: &Database) {
        for (state, version) in &self.prescriptions {
            let stored = db
                .store
                .prescription(state.issued.folio)
                .await
                .unwrap()
                .unwrap();
            assert_eq!((&stored.state, stored.version), (state, *version));
            let index_of = |seq| {
                let place = self
                    .events
                    .iter()
                    .position(|e| *e == (state.issued.folio, seq))?;
                self.indices.get(place).copied()
            };
            let expected: Vec<_> = (1..=*version).map(index_of).collect();
            assert_eq!(stored.indices, expected);
        }
        let waiting = db.store.waiting_entries(1000).await.unwrap();
        let waiting: Vec<_> = waiting.into_iter().map(|entry| entry.leaf).collect();
        let expected = self.events[self.indices.len()..].iter();
        let expected: Vec<_> = expected.map(|(folio, seq)| leaf(*folio, *seq)).collect();
        assert_eq!(waiting, expected);
        self.compare_rows(db).await;
    }

    /// The rows that serve to find prescriptions say what the events say, and no row is too many.
    async fn compare_rows(&self, db: &Database) {
        let rows = db.texts("SELECT folio || ' ' || version || ' ' || phase FROM prescription");
        let (mut rows, mut expected) = (rows.await, Vec::new());
        for (state, version) in &self.prescriptions {
            let folio = state.issued.folio;
            expected.push(format!(
                "{} {version} {}",
                folio.compact(),
                state.phase().code()
            ));
        }
        rows.sort();
        expected.sort();
        assert_eq!(rows, expected);

        let rows = db.texts(
            "SELECT patient_id || ' ' || substance || ' ' || folio || ' ' || line
             FROM supply ORDER BY patient_id, substance",
        );
        let holders = self.active.iter().map(|((of, substance), (folio, line))| {
            format!("{} {substance} {} {line}", patient(*of), folio.compact())
        });
        assert_eq!(rows.await, holders.collect::<Vec<_>>());
        let accesses = db.texts("SELECT record FROM access").await;
        assert_eq!(accesses.len(), self.events.len());
    }
}

fn check(ops: Vec<Op>, database: impl AsyncFnOnce() -> Database) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (db, mut model) = (database().await, Model::default());
        for op in ops {
            model.run(&db, op).await;
        }
        model.compare(&db).await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_agrees_with_the_model(ops in vec(op(), 1..60)) {
        check(ops, Database::sqlite);
    }

    #[test]
    fn postgres_agrees_with_the_model(ops in vec(op(), 1..60)) {
        check(ops, Database::postgres);
    }
}
