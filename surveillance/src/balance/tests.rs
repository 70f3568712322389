use super::*;
use crate::fixture::*;

fn rows(facts: &[Fact]) -> Vec<Row> {
    with_area(facts, Area::Establishment)
}

fn with_area(facts: &[Fact], area: Area) -> Vec<Row> {
    let (products, places) = (products(), places());
    let mut balance = Balance::new(&products, &places, area, Span::Month);
    balance.extend(facts.iter().copied());
    balance.rows(Tolerance::default())
}

/// A shipment, or its receipt, between two establishments.
fn between(index: u64, on: &str, flow: Flow, units: i64) -> Fact {
    let sender = flow == Flow::Shipped;
    let (here, there) = if sender {
        ("HGFAR000004", PHARMACY)
    } else {
        (PHARMACY, "HGFAR000004")
    };
    let clave = clave(MORPHINE);
    let other = Some(clues(there));
    fact_at(
        index,
        on,
        here,
        Act::Moved {
            clave,
            flow,
            units,
            other,
        },
    )
}

#[test]
fn a_month_opens_with_what_the_one_before_left() {
    let found = rows(&[
        fact(0, "2026-06-01", moved(MORPHINE, Flow::Opening, 10)),
        fact(1, "2026-06-02", moved(MORPHINE, Flow::Bought, 100)),
        fact(2, "2026-06-03", dispensed(MORPHINE, 30, 1)),
        fact(3, "2026-08-03", moved(MORPHINE, Flow::Destroyed, 5)),
        fact(4, "2026-08-04", Act::Returned(handed(MORPHINE, 2, 1, 1, 1))),
    ]);
    let [june, august] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((june.opening, june.closing), (0, 80));
    assert_eq!((august.opening, august.closing), (80, 77));
    assert!(june.exceptions.is_empty() && august.exceptions.is_empty());
}

#[test]
fn no_stock_is_carried_to_another_clave_or_place() {
    let found = rows(&[
        fact(0, "2026-06-02", moved(MORPHINE, Flow::Bought, 100)),
        fact(1, "2026-07-02", moved(CLONAZEPAM, Flow::Bought, 7)),
        fact_at(
            2,
            "2026-07-02",
            "HGFAR000004",
            moved(MORPHINE, Flow::Bought, 3),
        ),
    ]);
    assert!(found.iter().all(|row| row.opening == 0), "{found:?}");
}

#[test]
fn dispensed_more_than_held_by_one_unit() {
    let bought = fact(0, "2026-06-02", moved(MORPHINE, Flow::Bought, 100));
    let found = fact(1, "2026-06-03", moved(MORPHINE, Flow::Found, 1));
    let exceptions = |units| {
        let out = fact(2, "2026-06-04", dispensed(MORPHINE, units, 1));
        rows(&[bought, found, out])[0].exceptions.clone()
    };
    assert_eq!(exceptions(100), [Exception::Found(1)]);
    let expected = [Exception::DispensedMoreThanHeld(1), Exception::Found(1)];
    assert_eq!(exceptions(101), expected);
}

#[test]
fn dispensed_without_a_receta() {
    let mut handed = handed(MORPHINE, 4, 1, 1, 1);
    handed.prescribed = None;
    let found = rows(&[
        fact(0, "2026-06-02", moved(MORPHINE, Flow::Bought, 100)),
        fact(1, "2026-06-03", Act::Dispensed(handed)),
    ]);
    assert_eq!(found[0].exceptions, [Exception::WithoutPrescription(4)]);
}

#[test]
fn prescribed_and_never_dispensed_above_the_tolerance() {
    let asked = fact(0, "2026-06-02", prescribed(MORPHINE, 100, 1, 1, 1));
    let exceptions = |units| {
        let lapsed = Act::Lapsed {
            clave: clave(MORPHINE),
            units,
            receta: receta(1),
        };
        rows(&[asked, fact(1, "2026-06-30", lapsed)])[0]
            .exceptions
            .clone()
    };
    assert_eq!(exceptions(50), []);
    assert_eq!(exceptions(51), [Exception::NeverDispensed(51)]);
}

#[test]
fn what_the_establishment_says_on_the_last_day() {
    let bought = fact(0, "2026-06-02", moved(MORPHINE, Flow::Bought, 100));
    let state = |on, units| {
        fact(
            1,
            on,
            Act::Stated {
                clave: clave(MORPHINE),
                units,
            },
        )
    };
    let exceptions = |facts: &[Fact]| rows(facts)[0].exceptions.clone();
    assert_eq!(exceptions(&[bought, state("2026-06-30", 100)]), []);
    assert_eq!(exceptions(&[bought, state("2026-06-29", 1)]), []);
    let (computed, stated) = (100, 99);
    let expected = [Exception::DoesNotClose { computed, stated }];
    assert_eq!(exceptions(&[bought, state("2026-06-30", 99)]), expected);
    // The last word of the day counts, in whatever order it is read.
    let mut later = state("2026-06-30", 100);
    later.at += 1;
    assert_eq!(exceptions(&[later, bought, state("2026-06-30", 99)]), []);
}

#[test]
fn shipped_and_never_received() {
    let start = fact_at(
        0,
        "2026-06-01",
        "HGFAR000004",
        moved(MORPHINE, Flow::Bought, 100),
    );
    let shipped = between(1, "2026-06-30", Flow::Shipped, 60);
    // A word in July, so that July has a row.
    let july = fact_at(
        9,
        "2026-07-31",
        "HGFAR000004",
        moved(MORPHINE, Flow::Bought, 1),
    );
    let exceptions = |receipts: &[Fact]| {
        let all = [&[start, shipped, july][..], receipts].concat();
        let found = rows(&all);
        let sender = found
            .iter()
            .filter(|row| row.key.area == AreaKey::Establishment(clues("HGFAR000004")));
        sender
            .flat_map(|row| row.exceptions.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(exceptions(&[]), [Exception::NeverReceived(60)]);
    let part = between(2, "2026-07-02", Flow::Received, 45);
    assert_eq!(exceptions(&[part]), [Exception::NeverReceived(15)]);
    let rest = between(3, "2026-07-03", Flow::Received, 15);
    assert_eq!(exceptions(&[part, rest]), []);
}

#[test]
fn shipped_and_never_received_by_somebody_who_then_fell_silent() {
    let start = fact_at(
        0,
        "2026-06-01",
        "HGFAR000004",
        moved(MORPHINE, Flow::Bought, 100),
    );
    let shipped = between(1, "2026-06-30", Flow::Shipped, 60);
    // Somebody else has something to say in August, so that the data go on until then.
    let august = fact_at(
        9,
        "2026-08-31",
        "HGFAR000007",
        moved(MORPHINE, Flow::Bought, 1),
    );
    let sender = |facts: &[Fact]| {
        let mine = |row: &Row| row.key.area == AreaKey::Establishment(clues("HGFAR000004"));
        let rows = rows(facts).into_iter().filter(mine);
        rows.map(|row| (row.closing, row.exceptions))
            .collect::<Vec<_>>()
    };
    assert_eq!(sender(&[start, shipped]), [(40, vec![])]);
    let late = (40, vec![Exception::NeverReceived(60)]);
    assert_eq!(sender(&[start, shipped, august]), [(40, vec![]), late]);
}

#[test]
fn an_area_is_the_sum_of_its_establishments() {
    let facts = [
        fact_at(
            0,
            "2026-06-01",
            "HGFAR000004",
            moved(MORPHINE, Flow::Bought, 100),
        ),
        between(1, "2026-06-02", Flow::Shipped, 60),
        between(2, "2026-06-03", Flow::Received, 60),
        fact(3, "2026-06-04", dispensed(MORPHINE, 20, 1)),
    ];
    let national = with_area(&facts, Area::Country);
    assert_eq!(national.len(), 1);
    assert_eq!(national[0].closing, 80);
    let closing: i128 = rows(&facts).iter().map(|row| row.closing).sum();
    assert_eq!(closing, 80);
}

#[test]
fn the_table_says_what_does_not_add_up() {
    let (products, places) = (products(), places());
    let mut balance = Balance::new(&products, &places, Area::Establishment, Span::Month);
    balance.add(&fact(0, "2026-06-03", dispensed(MORPHINE, 2, 1)));
    let table = balance.table(Tolerance::default());
    let row: Vec<_> = table.rows[0].iter().map(ToString::to_string).collect();
    let column = |name: &str| table.columns.iter().position(|one| one == name).unwrap();
    assert_eq!(row[column("Gramos surtidos")], "0.0452");
    assert_eq!(row[column("Gramos en existencia")], "-0.0452");
    assert!(
        row[column("Excepciones")].contains("2 unidades más"),
        "{row:?}"
    );
    assert!(table.to_csv().is_ok());
    let exceptions = balance.exceptions(Tolerance::default());
    assert_eq!(
        exceptions.rows[0][3].to_string(),
        "dispensed-more-than-held"
    );
    assert!(exceptions.to_csv().is_ok());
}
