use cofepris::Catalog;
use prescription::event::CancelReason;
use prescription::{
    Cancelled, Dispensed, DispensedLine, Dosage, DoseUnit, Folio, Fraction, IssuedLine, MapSecret,
    Period, Route, event::Setting,
};
use substances::{Book, Counted, Lot, ShipmentRef, Units};

use super::*;
use crate::aggregate::Aggregate;
use crate::fixture::{clave, clues, day, products};
use crate::{Area, Span, balance::Balance};

const HERE: &str = "HGFAR000001";
const THERE: &str = "HGFAR000004";

fn movement(kind: MovementKind, units: u64) -> Movement {
    Movement {
        establishment: HERE.parse().unwrap(),
        origin: Origin::Register { number: 1 },
        at: "2026-06-02T03:00:00Z".parse().unwrap(),
        on: "2026-06-01".parse().unwrap(),
        kind,
        lines: vec![MovementLine {
            clave: crate::fixture::MORPHINE.parse().unwrap(),
            lot: Lot {
                number: "L1".to_owned(),
                expiry: "2028-01-31".parse().unwrap(),
            },
            units: Units::new(units),
            book: Book::I,
            counted: None,
            shortfall: Units::ZERO,
            retained: false,
        }],
        document: None,
        permit: None,
        counterpart: None,
        shipment: None,
        witnesses: Vec::new(),
        notice: None,
        notice_due: None,
        corrects: None,
    }
}

fn shipment(from: &str, to: &str) -> ShipmentRef {
    ShipmentRef {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        number: 3,
    }
}

fn only(movement: &Movement) -> Fact {
    let facts = of_movement(movement, Source::Ledger(7));
    assert_eq!(facts.len(), 1, "{facts:?}");
    facts[0]
}

fn moves(movement: &Movement) -> (Flow, i64, Option<CluesCode>) {
    let Act::Moved {
        flow, units, other, ..
    } = only(movement).act
    else {
        panic!("{movement:?}")
    };
    (flow, units, other)
}

#[test]
fn the_day_is_that_of_the_book() {
    let fact = only(&movement(MovementKind::Purchase, 5));
    assert_eq!(fact.day, day("2026-06-01"));
    assert_eq!(fact.source, Source::Ledger(7));
    assert_eq!(fact.establishment, clues(HERE));
    assert_eq!(fact.act.clave(), Some(clave(crate::fixture::MORPHINE)));
}

/// Whatever `substances` posts, the balance of the establishment here is the same.
#[test]
fn every_kind_moves_what_its_postings_move() {
    let mut all = Vec::new();
    for kind in MovementKind::ALL {
        for corrects in [None, Some(9)] {
            all.push(Movement {
                corrects,
                ..movement(kind, 6)
            });
            let there = Counterpart::Establishment(THERE.parse().unwrap());
            all.push(Movement {
                corrects,
                counterpart: Some(there),
                ..movement(kind, 6)
            });
            for (from, to) in [(THERE, HERE), (HERE, THERE)] {
                all.push(Movement {
                    corrects,
                    shipment: Some(shipment(from, to)),
                    ..movement(kind, 6)
                });
            }
            for reason in CountReason::ALL {
                for expected in [6, 4, 11] {
                    let mut counted = Movement {
                        corrects,
                        ..movement(kind, 6)
                    };
                    let (expected, reason) = (Units::new(expected), Some(reason));
                    counted.lines[0].counted = Some(Counted { expected, reason });
                    all.push(counted);
                }
            }
        }
    }
    let sane = all
        .iter()
        .filter(|one| one.kind != MovementKind::Dispensing);
    for movement in sane {
        let here = substances::PartyRef::Establishment(&movement.establishment);
        let posted: i128 = substances::postings(movement)
            .iter()
            .map(|posting| {
                let units = i128::from(posting.units.count());
                i128::from(posting.to == here) * units - i128::from(posting.from == here) * units
            })
            .sum();
        assert_eq!(net(movement), posted, "{movement:?}");
    }
}

fn net(movement: &Movement) -> i128 {
    let (products, places) = (products(), crate::fixture::places());
    let mut balance = Balance::new(&products, &places, Area::Establishment, Span::Month);
    balance.extend(of_movement(movement, Source::Ledger(0)));
    let rows = balance.rows(crate::balance::Tolerance::default());
    let here = rows
        .iter()
        .find(|row| row.key.area == crate::place::AreaKey::Establishment(clues(HERE)));
    here.map_or(0, |row| row.closing)
}

#[test]
fn the_far_end_is_the_one_that_is_not_here() {
    let receipt = |from, to| Movement {
        shipment: Some(shipment(from, to)),
        ..movement(MovementKind::Receipt, 5)
    };
    assert_eq!(
        moves(&receipt(THERE, HERE)),
        (Flow::Received, 5, Some(clues(THERE)))
    );
    assert_eq!(
        moves(&receipt(HERE, THERE)),
        (Flow::TakenBack, 5, Some(clues(THERE)))
    );
    let lost = Movement {
        shipment: Some(shipment(THERE, HERE)),
        ..movement(MovementKind::Loss, 5)
    };
    assert_eq!(moves(&lost), (Flow::LostOnTheWay, 5, Some(clues(THERE))));
    let corrected = Movement {
        corrects: Some(1),
        ..movement(MovementKind::Import, 5)
    };
    assert_eq!(moves(&corrected), (Flow::Imported, -5, None));
}

#[test]
fn what_is_derived_from_a_prescription_is_told_by_its_event() {
    let origin = Origin::Prescription {
        folio: Folio::from_random([1; 10]),
        prescriber: "1234567".parse().unwrap(),
    };
    let derived = Movement {
        origin,
        ..movement(MovementKind::Dispensing, 5)
    };
    assert!(of_movement(&derived, Source::Ledger(0)).is_empty());
}

fn line(clave: &str, fraction: Fraction, packages: u32, fills: u8) -> IssuedLine {
    IssuedLine {
        clave: clave.parse().unwrap(),
        substance: clave.to_owned(),
        map_key: MapSecret::new([7; 32]).blind(clave),
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
        brand: None,
        no_substitution: false,
        group: None,
        refill_interval: None,
        overlap: None,
        supply_days: None,
        valid_until: "2026-12-01".parse().unwrap(),
    }
}

/// Clonazepam, 2 packages of 30, and a medicine that no book has.
fn issued() -> Issued {
    Issued {
        folio: Folio::from_random([1; 10]),
        at: "2026-06-02T03:00:00Z".parse().unwrap(),
        written_on: "2026-06-01".parse().unwrap(),
        patient: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        animal: None,
        setting: Setting::Outpatient,
        prescriber: "1234567".parse().unwrap(),
        establishment: "HGIMB000011".parse().unwrap(),
        special_folio: None,
        lines: vec![
            line("040.000.2612.00", Fraction::II, 2, 1),
            line("010.000.0104.00", Fraction::IV, 2, 1),
        ],
    }
}

#[test]
fn the_life_of_a_prescription() {
    let products = crate::catalog::products(&Catalog::embedded().unwrap());
    let new = Prescription::new(issued());
    let of = |event: &Event, before: Option<&Prescription>, after: &Prescription| {
        of_event(event, before, after, Source::Ledger(1), &products)
    };
    let facts = of(&Event::Issued(issued()), None, &new);
    let acts: Vec<_> = facts.iter().map(|fact| fact.act).collect();
    let [
        Act::Issued { prescriber, receta },
        Act::Prescribed { units, .. },
    ] = acts[..]
    else {
        panic!("{acts:?}")
    };
    assert_eq!((prescriber.to_string().as_str(), units), ("1234567", 60));
    assert!(facts.iter().all(|fact| fact.day == day("2026-06-01")));

    let dispensed = Dispensed {
        folio: issued().folio,
        at: "2026-06-03T18:00:00Z".parse().unwrap(),
        on: "2026-06-03".parse().unwrap(),
        pharmacy: HERE.parse().unwrap(),
        lines: [1, 2]
            .map(|line| DispensedLine {
                line,
                packages: Packages::new(1),
                units: None,
                rest_owed: false,
                retained_number: None,
                brand: None,
                fill: 1,
                retained: false,
                lot: Some("L".to_owned()),
                expiry: Some("2028-01-31".parse().unwrap()),
            })
            .to_vec(),
    };
    let event = Event::Dispensed(dispensed);
    let after = new.clone().apply(&event).unwrap();
    let facts = of(&event, Some(&new), &after);
    let [
        Fact {
            act: Act::Dispensed(handed),
            establishment,
            ..
        },
    ] = facts[..]
    else {
        panic!("{facts:?}")
    };
    assert_eq!((handed.units, establishment), (30, clues(HERE)));
    assert_eq!(handed.prescribed, Some((prescriber, receta)));

    let event = Event::Cancelled(Cancelled {
        folio: issued().folio,
        at: "2026-06-04T18:00:00Z".parse().unwrap(),
        by: issued().prescriber,
        reason: CancelReason::TherapyChanged,
    });
    let facts = of(&event, Some(&after), &after.clone().apply(&event).unwrap());
    let [
        Fact {
            act: Act::Lapsed { units, .. },
            establishment,
            ..
        },
    ] = facts[..]
    else {
        panic!("{facts:?}")
    };
    assert_eq!((units, establishment), (30, clues("HGIMB000011")));
}
