//! Prescriptions and their steps. A test takes one and changes what it is about.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::body::{EventBody, Evidence};
use prescription::event::CancelReason;
use prescription::register::{Place, Register};
use prescription::special_folio::FolioRange;
use prescription::{
    Cancelled, Cedula, Clues, Dispensed, DispensedLine, Dosage, DoseUnit, Event, Expired, Folio,
    Fraction, Issued, IssuedLine, LineState, MapSecret, Packages, PatientId, Period, Prescription,
    Route, SpecialFolio,
};
use rx_service::store::{
    ActRecord, Batch, BornKey, CommittedHead, Conflict, DecidedFolioAct, EventRecord, FolioChange,
    Identity, NewEntry, NewKey, NewPrescription, NextStep, SequencedEntry, Store, StoreError,
};

/// The instant of every issue.
pub(crate) const ISSUED_AT: &str = "2026-11-23T16:00:00Z";
/// Its day.
pub(crate) const TODAY: Date = jiff::civil::date(2026, 11, 23);
/// [`TODAY`] in days since 1970-01-01.
pub(crate) const TODAY_NUMBER: i64 = 20_780;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn prescriber() -> Cedula {
    "1234567".parse().unwrap()
}

pub(crate) fn establishment() -> Clues {
    "HGIMB000011".parse().unwrap()
}

pub(crate) fn patient(n: u32) -> PatientId {
    format!("{n:032x}").parse().unwrap()
}

pub(crate) fn special(n: u32) -> SpecialFolio {
    format!("SSA-2026-{n:06}").parse().unwrap()
}

/// The folio number `n`. They are in the order of their numbers.
pub(crate) fn folio(n: u32) -> Folio {
    let mut random = [0; 10];
    random[6..].copy_from_slice(&n.to_be_bytes());
    Folio::from_random(random)
}

/// A line of two packages, one fill, valid for 30 days.
pub(crate) fn line(substance: &str) -> IssuedLine {
    IssuedLine {
        clave: "010.000.0104.00".parse().unwrap(),
        substance: substance.to_owned(),
        map_key: MapSecret::new([5; 32]).blind(substance),
        fraction: Fraction::IV,
        antibiotic: false,
        packages: Packages::new(2),
        fills: 1,
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
        brand: None,
        no_substitution: false,
        group: None,
        supply_days: None,
        refill_interval: None,
        overlap: None,
        valid_until: jiff::civil::date(2026, 12, 23),
    }
}

/// Prescription number `n`, of these substances, for patient number `n`.
pub(crate) fn issued(n: u32, substances: &[&str]) -> Issued {
    Issued {
        folio: folio(n),
        at: at(ISSUED_AT),
        written_on: TODAY,
        patient: patient(n),
        animal: None,
        setting: prescription::event::Setting::Outpatient,
        prescriber: prescriber(),
        establishment: establishment(),
        special_folio: None,
        lines: substances.iter().map(|substance| line(substance)).collect(),
    }
}

/// The leaf that [`record`] gives to the `seq`-th event of a prescription.
pub(crate) fn leaf(folio: Folio, seq: i64) -> Vec<u8> {
    format!("leaf {} {seq}", folio.compact()).into_bytes()
}

/// What the flow hands to the store for an event that is the `seq`-th of its prescription.
pub(crate) fn record(seq: i64, event: Event) -> EventRecord {
    let folio = event.folio();
    let body = EventBody::new(event, Evidence::OfLaw)
        .to_canonical()
        .unwrap();
    let entry = NewEntry {
        identity: Identity::new(0, &[folio.compact().as_bytes(), &seq.to_be_bytes()]),
        leaf: leaf(folio, seq),
    };
    EventRecord {
        key: None,
        folio,
        seq,
        salt: [9; 32],
        body,
        entry,
    }
}

/// The midnight after the last day, in UTC.
pub(crate) fn end_of(state: &Prescription) -> Timestamp {
    rx_service::zones::end_of_day(state.valid_until(), &jiff::tz::TimeZone::UTC)
}

/// That the prescriber of these tests has special folio `n`.
pub(crate) async fn deliver_special(store: &Store, n: u32) {
    for change in [FolioChange::Assign, FolioChange::Deliver] {
        let range = FolioRange::single(&special(n));
        let act = folio_act(store, &prescriber(), &range, change).await;
        store.act_on_folios(vec![act]).await.unwrap();
    }
}

/// The next act on folios of `cedula`.
pub(crate) async fn folio_act(
    store: &Store,
    cedula: &Cedula,
    range: &FolioRange,
    change: FolioChange,
) -> DecidedFolioAct {
    let register = Register::SpecialFolio;
    let number = store.next_number(register, cedula.as_str()).await.unwrap();
    let body = format!("{change:?} {range} of {cedula}").into_bytes();
    DecidedFolioAct {
        cedula: cedula.clone(),
        range: range.clone(),
        change,
        at: at(ISSUED_AT),
        record: ActRecord {
            key: None,
            place: Place {
                register,
                subject: cedula.as_str().to_owned(),
                number,
            },
            salt: [7; 32],
            entry: NewEntry {
                identity: Identity::new(0, &[&body]),
                leaf: [b"leaf of ", body.as_slice()].concat(),
            },
            body,
        },
    }
}

/// What the flow hands to the store for an issue.
pub(crate) fn new(issued: Issued) -> NewPrescription {
    let state = Prescription::new(issued.clone());
    NewPrescription {
        ends_at: end_of(&state),
        state,
        access: format!("{{\"issued\":\"{}\"}}", issued.folio.compact()),
        record: record(1, Event::Issued(issued)),
        patient: None,
        known: Vec::new(),
        request: None,
        own: None,
    }
}

/// What the flow hands to the store for the step after version `version` of `before`.
pub(crate) fn next(before: &Prescription, version: i64, event: Event) -> NextStep {
    let after = before.clone().apply(&event).unwrap();
    NextStep {
        ends_at: end_of(&after),
        after,
        at: event.at(),
        record: record(version + 1, event),
        access: None,
    }
}

/// `packages` of line number `line`, in the fill under way, an hour after the issue.
pub(crate) fn dispense(before: &Prescription, line: u8, packages: u32) -> Event {
    let fill = match before.line(line).unwrap().1 {
        LineState::Open { fill, .. } => fill,
        LineState::Closed { .. } => 1,
    };
    Event::Dispensed(Dispensed {
        folio: before.issued.folio,
        at: at("2026-11-23T17:00:00Z"),
        on: TODAY,
        pharmacy: "HGSSA000025".parse().unwrap(),
        lines: vec![DispensedLine {
            line,
            packages: Packages::new(packages),
            fill,
            units: None,
            retained: false,
            rest_owed: false,
            retained_number: None,
            brand: None,
            lot: Some("L-001".to_owned()),
            expiry: None,
        }],
    })
}

pub(crate) fn cancel(before: &Prescription) -> Event {
    Event::Cancelled(Cancelled {
        folio: before.issued.folio,
        at: at("2026-11-23T18:00:00Z"),
        by: before.issued.prescriber.clone(),
        reason: CancelReason::TherapyChanged,
    })
}

pub(crate) fn expire(before: &Prescription) -> Event {
    Event::Expired(Expired {
        folio: before.issued.folio,
        at: at("2027-01-01T08:00:00Z"),
    })
}

/// A key, with bytes of its own.
pub(crate) fn born(n: u8) -> BornKey {
    BornKey {
        wrapped: vec![n, 0, 255],
        wrapping_label: "receta-wrapping".to_owned(),
        spki: vec![n; 91],
        at: at("2026-11-23T15:00:00Z"),
    }
}

/// The first key of a prescriber, with its act.
pub(crate) fn new_key(cedula: &Cedula, n: u8) -> NewKey {
    let body = format!("key {n} of {cedula}").into_bytes();
    let act = ActRecord {
        place: Place {
            register: Register::Key,
            subject: cedula.as_str().to_owned(),
            number: 1,
        },
        salt: [7; 32],
        entry: NewEntry {
            identity: Identity::new(0, &[&body]),
            leaf: [b"leaf of ", body.as_slice()].concat(),
        },
        body,
        key: None,
    };
    let born = born(n);
    NewKey { born, act }
}

/// The conflict that an answer is.
#[track_caller]
pub(crate) fn conflict<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> Conflict {
    match answer {
        Err(StoreError::Conflict(conflict)) => conflict,
        other => panic!("not a conflict: {other:?}"),
    }
}

/// Table, column and row of the inconsistency that an answer is.
#[track_caller]
pub(crate) fn inconsistency<T: std::fmt::Debug>(
    answer: Result<T, StoreError>,
) -> (&'static str, &'static str, String) {
    match answer {
        Err(StoreError::Inconsistent { table, column, row }) => (table, column, row),
        other => panic!("not an inconsistency: {other:?}"),
    }
}

/// Root of the empty tree in these tests.
pub(crate) const EMPTY: [u8; 32] = [0xe3; 32];
/// Origin of the first shard.
pub(crate) const ORIGIN: &str = "receta.example/ledger";

/// A head of `size` entries, with a root of its own.
pub(crate) fn head(size: u8) -> CommittedHead {
    CommittedHead {
        size: u64::from(size),
        root: if size == 0 { EMPTY } else { [size; 32] },
    }
}

/// `entries` behind the head of `before` entries, with one more behind them.
pub(crate) fn batch(before: u8, entries: &[SequencedEntry]) -> Batch {
    let after = before + u8::try_from(entries.len()).unwrap() + 1;
    Batch {
        shard: 1,
        before: head(before),
        after: head(after),
        first_index: u64::from(before),
        entries: entries.into(),
        last: NewEntry {
            identity: Identity::new(i64::from(after), &[b"last"]),
            leaf: last_leaf(after),
        },
    }
}

/// The leaf at the end of a batch after which there are `size` entries.
pub(crate) fn last_leaf(size: u8) -> Vec<u8> {
    format!("last of {size}").into_bytes()
}

/// The committed head of the first shard, which is made where there is none.
pub(crate) async fn committed(store: &Store) -> CommittedHead {
    let shards = store.shards(ORIGIN, EMPTY).await.unwrap();
    assert_eq!(shards.len(), 1);
    shards[0].head
}
