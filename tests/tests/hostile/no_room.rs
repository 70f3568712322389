//! What must hold when the service cannot write any more, whatever the reason.

use std::thread;
use std::time::Duration;

use receta_tests::ehr::Acknowledged;
use receta_tests::evidence::Evidence;
use receta_tests::running::Running;
use sandbox::client::Answer;
use sandbox::seed::Line;

use crate::outcome::issues;

/// Most patients that are tried.
const ATTEMPTS: u64 = 3000;
/// Refusals after which it is believed that there is no room.
const REFUSALS: usize = 20;
/// Pause before a request is sent again.
const PAUSE: Duration = Duration::from_millis(20);

/// What happened while there was no room.
#[derive(Default)]
pub(crate) struct Tried {
    acknowledged: Vec<Acknowledged>,
    /// Numbers of the patients.
    refused: Vec<u64>,
    /// The ledger stopped: only a restart helps.
    pub(crate) ledger_stopped: bool,
}

fn issue(running: &Running, number: u64) -> Result<Acknowledged, Box<Answer>> {
    let prescription = running
        .prescription(number, vec![Line::losartan()])
        .unwrap();
    let answer = running.ehr.issue(&prescription).unwrap();
    Acknowledged::of(&answer).map_err(|_| Box::new(answer))
}

/// Issues, from the `first` patient on, until there is no room. Some are still accepted before: the database has room in its own
/// files. Each refusal must be precise, and the service must live on.
pub(crate) fn issue_until_refused(running: &mut Running, first: u64) -> Tried {
    let mut tried = Tried::default();
    for number in first..first + ATTEMPTS {
        match issue(running, number) {
            Ok(step) => tried.acknowledged.push(step),
            Err(answer) => {
                assert!(matches!(answer.status, 503 | 507), "{}", answer.describe());
                let codes = issues(&answer);
                let precise = ["disk-full", "ledger-stopped", "unavailable"];
                assert!(
                    codes.iter().all(|code| precise.contains(&code.as_str())),
                    "{codes:?}"
                );
                tried.ledger_stopped |= codes.iter().any(|code| code == "ledger-stopped");
                tried.refused.push(number);
            }
        }
        assert!(running.is_alive().unwrap(), "the service died");
        if tried.refused.len() == REFUSALS {
            return tried;
        }
    }
    panic!(
        "after {} prescriptions there is still room",
        tried.acknowledged.len()
    );
}

/// Who was refused asks again, with the same number, and is served once. The ledger may have stopped
/// a moment after the last refusal: its operator starts it again.
pub(crate) fn ask_again(running: &mut Running, tried: &mut Tried) {
    for number in tried.refused.drain(..) {
        let step = loop {
            match issue(running, number) {
                Ok(step) => break step,
                // It was recorded before the ledger stopped, and is being given its index.
                Err(answer) if answer.issues()[0].code == "busy" => thread::sleep(PAUSE),
                Err(answer) if answer.issues()[0].code == "ledger-stopped" => {
                    running.restart().unwrap();
                }
                Err(answer) => panic!("{}", answer.describe()),
            }
        };
        tried.acknowledged.push(step);
    }
}

/// Everything acknowledged is there once, and proven; `before` acts are older.
pub(crate) fn all_is_there(running: &Running, before: u64, tried: &[Tried]) {
    let steps: Vec<_> = tried.iter().flat_map(|tried| &tried.acknowledged).collect();
    let size = steps.iter().map(|step| step.index + 1).max().unwrap();
    let folder = running.scratch().unwrap();
    let evidence = Evidence::download(&running.world, &folder, size).unwrap();
    assert_eq!(
        evidence.bodies.len() as u64,
        before + steps.len() as u64,
        "one act for each order"
    );
    for step in steps {
        let proof = ledger::TlogProof::parse(step.receipt.as_bytes()).unwrap();
        let entry = &evidence.entries[usize::try_from(step.index).unwrap()];
        assert_eq!(
            proof.verify(entry, &evidence.key).unwrap().index(),
            step.index
        );
        running.ehr.line(step.folio, 1).unwrap();
    }
    evidence.verify_tree(&[]).unwrap();
    evidence.audit(&running.world).unwrap();
}
