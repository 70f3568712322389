//! Three prescriptions and their lives, to be tampered with before [`crate::site`] writes them to
//! disk.
//!
//! | Entry | What |
//! |---|---|
//! | 0 | Ana issues the first: line 1 of fraction II, line 2 of fraction IV with two fills |
//! | 1 | Luis issues the second: fraction III |
//! | 2 | the licensed pharmacy dispenses both lines of the first |
//! | 3 | Luis cancels the second |
//! | 4 | the corner pharmacy dispenses the second fill of line 2: the first is completed |
//! | 5 | Ana issues the third |
//! | 6 | the third expires |

use std::collections::HashMap;

use jiff::Timestamp;
use prescription::body::{EventBody, Evidence, commitment};
use prescription::erase::ErasureBasis;
use prescription::event::CancelReason;
use prescription::leaf::Leaf;
use prescription::{
    Cancelled, Dispensed, DispensedLine, Dosage, DoseUnit, Erased, Event, Expired, Folio, Fraction,
    Issued, IssuedLine, MapSecret, Packages, Period, Prescription, Route,
};
use sha2::{Digest, Sha256};

use crate::evidence;
use crate::pki::{Pharmacy, Pki, Prescriber};

/// One entry before it is written.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) leaf: Leaf,
    pub(crate) salt: [u8; 32],
    /// The bytes that the bodies' file will have.
    pub(crate) body: Vec<u8>,
}

impl Entry {
    fn new(
        event: Event,
        evidence: Evidence,
        before: Option<&Prescription>,
        after: &Prescription,
        n: u8,
    ) -> Self {
        let salt = [n; 32];
        let body = EventBody::new(event, evidence);
        let bytes = body.to_canonical().unwrap();
        let leaf = Leaf::of(&body.event, before, after, commitment(&salt, &bytes));
        Self {
            leaf,
            salt,
            body: bytes,
        }
    }

    /// Changes the body and commits to it again: the ledger's own operator lies.
    pub(crate) fn rewrite(&mut self, change: impl FnOnce(&mut EventBody)) {
        let mut body = EventBody::from_canonical(&self.body).unwrap();
        change(&mut body);
        self.body = body.to_canonical().unwrap();
        self.leaf.commitment = commitment(&self.salt, &self.body);
    }
}

pub(crate) struct World {
    pub(crate) pki: Pki,
    pub(crate) entries: Vec<Entry>,
    states: HashMap<Folio, Prescription>,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn folio(n: u8) -> Folio {
    Folio::from_random([n; 10])
}

pub(crate) fn line(clave: &str, fraction: Fraction, packages: u32, fills: u8) -> IssuedLine {
    IssuedLine {
        clave: clave.parse().unwrap(),
        substance: clave.to_owned(),
        map_key: MapSecret::new([0x5e; 32]).blind(clave),
        fraction,
        antibiotic: false,
        packages: Packages::new(packages),
        fills,
        dosage: Dosage {
            dose_milli: 1000,
            unit: DoseUnit::Tablet,
            times: 1,
            every: 8,
            period: Period::Hour,
            days: 7,
            route: Route::Oral,
            as_needed: false,
        },
        brand: Some("Una marca".to_owned()),
        no_substitution: false,
        group: None,
        supply_days: None,
        refill_interval: None,
        overlap: None,
        valid_until: "2026-07-01".parse().unwrap(),
    }
}

pub(crate) fn issued(n: u8, by: &Prescriber, at: &str, lines: Vec<IssuedLine>) -> Issued {
    Issued {
        folio: folio(n),
        at: at.parse().unwrap(),
        written_on: at[..10].parse().unwrap(),
        patient: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        animal: None,
        setting: prescription::event::Setting::Outpatient,
        prescriber: by.cedula.parse().unwrap(),
        establishment: "HGIMB000011".parse().unwrap(),
        special_folio: None,
        lines,
    }
}

/// A visit: line, packages, fill.
pub(crate) fn dispensed(n: u8, at: &str, by: &Pharmacy, lines: &[(u8, u32, u8)]) -> Dispensed {
    let lines = lines.iter().map(|(line, packages, fill)| DispensedLine {
        line: *line,
        packages: Packages::new(*packages),
        fill: *fill,
        units: None,
        retained: false,
        rest_owed: false,
        retained_number: None,
        brand: None,
        lot: Some("L-1".to_owned()),
        expiry: Some("2028-01-31".parse().unwrap()),
    });
    Dispensed {
        folio: folio(n),
        at: at.parse().unwrap(),
        on: at[..10].parse().unwrap(),
        pharmacy: by.clues.parse().unwrap(),
        lines: lines.collect(),
    }
}

impl World {
    pub(crate) fn empty() -> Self {
        Self {
            pki: Pki::new(),
            entries: Vec::new(),
            states: HashMap::new(),
        }
    }

    pub(crate) fn new() -> Self {
        let mut world = Self::empty();
        let pki = Pki::new();
        let two = vec![
            line("040.000.2612.00", Fraction::II, 2, 1),
            line("010.000.0104.00", Fraction::IV, 2, 2),
        ];
        world.issue(issued(1, &pki.ana, "2026-06-01T16:00:00.25Z", two));
        let three = vec![line("040.000.3204.00", Fraction::III, 1, 3)];
        world.issue(issued(2, &pki.luis, "2026-06-01T17:00:00Z", three));
        let both = [(1, 2, 1), (2, 2, 1)];
        world.dispense(dispensed(1, "2026-06-02T18:00:00.5Z", &pki.licensed, &both));
        world.cancel(cancelled(2, &pki.luis, "2026-06-03T18:00:00Z"));
        world.dispense(dispensed(
            1,
            "2026-06-20T18:00:00Z",
            &pki.corner,
            &[(2, 2, 2)],
        ));
        let one = vec![line("010.000.0104.00", Fraction::IV, 1, 1)];
        world.issue(issued(3, &pki.ana, "2026-06-20T19:00:00Z", one));
        world.expire(3, "2026-07-02T05:00:01Z");
        world
    }

    fn prescriber(&self, cedula: &str) -> &Prescriber {
        if cedula == self.pki.ana.cedula {
            &self.pki.ana
        } else {
            &self.pki.luis
        }
    }

    pub(crate) fn issue(&mut self, issued: Issued) {
        let evidence = evidence::issue(&issued, self.prescriber(issued.prescriber.as_str()));
        let after = Prescription::new(issued.clone());
        self.push(Event::Issued(issued), evidence, None, after);
    }

    pub(crate) fn dispense(&mut self, event: Dispensed) {
        let before = self.states[&event.folio].clone();
        let after = before
            .clone()
            .apply(&Event::Dispensed(event.clone()))
            .unwrap();
        self.dispense_to(event, &before, after);
    }

    /// Records a dispensing, lawful or not, with the state that is claimed after it.
    pub(crate) fn dispense_to(
        &mut self,
        event: Dispensed,
        before: &Prescription,
        after: Prescription,
    ) {
        let document =
            evidence::dispense_document(&event, &after.issued, &self.qr_digest(event.folio));
        let corner = event.pharmacy.as_str() == self.pki.corner.clues;
        let by = if corner {
            &self.pki.corner
        } else {
            &self.pki.licensed
        };
        let evidence = evidence::dispense_with(&document, by);
        self.push(Event::Dispensed(event), evidence, Some(before), after);
    }

    pub(crate) fn cancel(&mut self, event: Cancelled) {
        let by = self.prescriber(event.by.as_str());
        let evidence = evidence::cancel_with(&event, &evidence::cancel_document(&event), by);
        let before = self.states[&event.folio].clone();
        let after = before
            .clone()
            .apply(&Event::Cancelled(event.clone()))
            .unwrap();
        self.push(Event::Cancelled(event), evidence, Some(&before), after);
    }

    pub(crate) fn expire(&mut self, n: u8, at: &str) {
        let event = Event::Expired(Expired {
            folio: folio(n),
            at: at.parse().unwrap(),
        });
        let before = self.states[&folio(n)].clone();
        let after = before.clone().apply(&event).unwrap();
        self.push(event, Evidence::OfLaw, Some(&before), after);
    }

    /// Luis orders the erasure of prescription `n`, which has these entries.
    pub(crate) fn erase(&mut self, n: u8, entries: &[u64]) {
        let event = Erased {
            folio: folio(n),
            at: at("2031-09-01T18:00:00Z"),
            by: self.pki.luis.cedula.parse().unwrap(),
            basis: ErasureBasis::RetentionOver,
            entries: entries.to_vec(),
        };
        let evidence = evidence::erase_with(&event, &self.pki.luis);
        let event = Event::Erased(event);
        let before = self.states[&folio(n)].clone();
        let after = before.clone().apply(&event).unwrap();
        self.push(event, evidence, Some(&before), after);
    }

    /// Records any other step, which must be lawful.
    pub(crate) fn step(&mut self, event: Event, evidence: Evidence) {
        let before = self.states[&event.folio()].clone();
        let after = before.clone().apply(&event).unwrap();
        self.push(event, evidence, Some(&before), after);
    }

    fn push(
        &mut self,
        event: Event,
        evidence: Evidence,
        before: Option<&Prescription>,
        after: Prescription,
    ) {
        let n = u8::try_from(self.entries.len()).unwrap();
        self.entries
            .push(Entry::new(event, evidence, before, &after, n));
        self.states.insert(after.issued.folio, after);
    }

    pub(crate) fn state(&self, n: u8) -> &Prescription {
        &self.states[&folio(n)]
    }

    pub(crate) fn qr_digest(&self, folio: Folio) -> [u8; 32] {
        let mut bodies = self
            .entries
            .iter()
            .map(|e| EventBody::from_canonical(&e.body).unwrap());
        let issue = bodies.find(|body| body.event.folio() == folio).unwrap();
        let Evidence::Cades { qr, .. } = issue.evidence else {
            panic!("an issue")
        };
        Sha256::digest(&qr).into()
    }
}

pub(crate) fn cancelled(n: u8, by: &Prescriber, at: &str) -> Cancelled {
    Cancelled {
        folio: folio(n),
        at: at.parse().unwrap(),
        by: by.cedula.parse().unwrap(),
        reason: CancelReason::TherapyChanged,
    }
}
