//! Clerks: each issues a prescription for a new patient, mostly dispenses it, asks again where an
//! answer was lost and sometimes where it was not, and keeps what was acknowledged.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::civil::Date;
use sandbox::cast::{Person, Prescriber};
use sandbox::client::Answer;
use sandbox::seed::{HandOver, Line, Prescription};
use sandbox::{Who, World, clock};

use crate::ehr::{Acknowledged, Ehr};
use crate::pharmacy::Pharmacy;
use crate::random::Random;

/// Pause before a request is sent again.
const PAUSE: Duration = Duration::from_millis(20);
/// Attempts after which a clerk believes that the service will not come back (minutes).
const ATTEMPTS: u32 = 20_000;

/// What clerks share while they work.
#[derive(Default)]
pub(super) struct Shift {
    over: AtomicBool,
    abandoned: AtomicBool,
    next: AtomicU64,
    /// CURPs in use: two invented people may be given the same one.
    patients: Mutex<std::collections::HashSet<String>>,
}

impl Shift {
    /// Everybody ends what they are at, and stops.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    /// Everybody stops at once.
    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
        self.end();
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::SeqCst)
    }

    /// A patient whom nobody has seen, and a number for the order.
    fn next_patient(&self) -> Result<(u64, Person)> {
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let person = Person::numbered(number)?;
            let mut patients = self.patients.lock().unwrap_or_else(PoisonError::into_inner);
            if patients.insert(person.curp.as_str().to_owned()) {
                return Ok((number, person));
            }
        }
    }
}

/// A prescription that was acknowledged.
pub(super) struct Issued {
    /// The order's number in the record: its idempotency key.
    pub(super) identifier: String,
    /// What was answered.
    pub(super) step: Acknowledged,
}

/// A dispensing that was acknowledged.
pub(super) struct Dispensed {
    /// What the pharmacy signed.
    pub(super) document: Vec<u8>,
    /// What was answered.
    pub(super) step: Acknowledged,
}

/// What clerks hold in hands.
#[derive(Default)]
pub(super) struct Records {
    pub(super) issued: Vec<Issued>,
    pub(super) dispensed: Vec<Dispensed>,
    pub(super) lost_answers: u64,
    pub(super) repeated: u64,
}

impl Records {
    pub(super) fn append(&mut self, mut other: Self) {
        self.issued.append(&mut other.issued);
        self.dispensed.append(&mut other.dispensed);
        self.lost_answers += other.lost_answers;
        self.repeated += other.repeated;
    }
}

pub(super) struct Clerk<'s> {
    ehr: Ehr,
    pharmacy: Pharmacy,
    doctor: Prescriber,
    today: Date,
    seed: u64,
    random: Random,
    shift: &'s Shift,
    records: Records,
}

impl<'s> Clerk<'s> {
    pub(super) fn new(world: &World, seed: u64, random: Random, shift: &'s Shift) -> Result<Self> {
        let [doctor, _] = &world.prescribers;
        Ok(Self {
            ehr: Ehr::new(world)?,
            pharmacy: Pharmacy::new(world, Who::Pharmacy1)?,
            doctor: doctor.clone(),
            today: clock::today()?,
            seed,
            random,
            shift,
            records: Records::default(),
        })
    }

    /// Works until the shift ends. A clerk that fails ends it for all.
    pub(super) fn work(mut self) -> Result<Records> {
        while !self.shift.is_over() {
            if let Err(error) = self.serve_patient() {
                self.shift.abandon();
                return Err(error);
            }
        }
        Ok(self.records)
    }

    fn serve_patient(&mut self) -> Result<()> {
        let (number, patient) = self.shift.next_patient()?;
        let line = self.medicine();
        let identifier = format!("CRASH-{}-{number}", self.seed);
        let prescription =
            Prescription::new(&patient, &self.doctor, self.today, vec![line.clone()])
                .identified(&identifier);
        let ehr = self.ehr.clone();
        let step = self.insist(|_| ehr.issue(&prescription)).context("issue")?;
        self.records.issued.push(Issued {
            identifier,
            step: step.clone(),
        });
        if self.random.one_in(4) {
            self.same_answer_again(&step, |_| ehr.issue(&prescription))?;
        }
        if self.random.one_in(4) {
            return Ok(());
        }
        self.dispense(&step, &line)
    }

    fn medicine(&mut self) -> Line {
        let lines = [
            Line::clonazepam,
            Line::metformin,
            Line::amoxicillin,
            Line::losartan,
        ];
        lines[self.random.position(lines.len())]()
    }

    fn dispense(&mut self, issued: &Acknowledged, line: &Line) -> Result<()> {
        let path = format!("/prescriptions/{}/qr.txt", issued.folio);
        let qr = self.answer(|clerk| clerk.ehr.client().get(&path))?;
        ensure!(qr.status == 200, "{path}: {}", qr.describe());
        let qr = signing::qr::read(&String::from_utf8(qr.body)?)?;
        let act = self.pharmacy.sign(&HandOver {
            request_id: &format!("{}-1", issued.folio.compact()),
            clave: &line.clave,
            packages: 1,
            lot: ("L2611A", "2028-06"),
            qr_digest: *qr.qr_digest(),
            at: clock::now(),
        })?;
        let step = self
            .insist(|clerk| clerk.pharmacy.send(&act))
            .context("dispense")?;
        ensure!(step.folio == issued.folio, "dispensed another prescription");
        let document = act.document.clone();
        self.records.dispensed.push(Dispensed {
            document,
            step: step.clone(),
        });
        if self.random.one_in(4) {
            self.same_answer_again(&step, |clerk| clerk.pharmacy.send(&act))?;
        }
        Ok(())
    }

    /// A request that is sent again gets the folio and index that it got before.
    fn same_answer_again(
        &mut self,
        before: &Acknowledged,
        send: impl Fn(&Self) -> Result<Answer>,
    ) -> Result<()> {
        let again = self.insist(send).context("a retry")?;
        ensure!(
            (again.folio, again.index) == (before.folio, before.index),
            "a retry of {} at {} got {} at {}",
            before.folio,
            before.index,
            again.folio,
            again.index
        );
        Ok(())
    }

    /// Sends until the step is acknowledged.
    fn insist(&mut self, send: impl Fn(&Self) -> Result<Answer>) -> Result<Acknowledged> {
        loop {
            let answer = self.answer(&send)?;
            // A kill left the entry without an index; the service gives it one in a moment.
            if answer.issues().iter().any(|issue| issue.code == "busy") {
                thread::sleep(PAUSE);
                continue;
            }
            self.records.repeated += u64::from(answer.status == 200);
            return Acknowledged::of(&answer);
        }
    }

    /// Sends until there is an answer.
    fn answer(&mut self, send: impl Fn(&Self) -> Result<Answer>) -> Result<Answer> {
        let mut lost = 0;
        for _ in 0..ATTEMPTS {
            if let Ok(answer) = send(self) {
                self.records.lost_answers += lost;
                return Ok(answer);
            }
            // However often it is sent while the service is down, one answer is missing.
            lost = 1;
            if self.shift.is_abandoned() {
                bail!("the service did not come back");
            }
            thread::sleep(PAUSE);
        }
        bail!("no answer after {ATTEMPTS} attempts")
    }
}
