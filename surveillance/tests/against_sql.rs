//! The aggregates of a random history, and the same questions asked of a database in SQL.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot ask its database must fail"
)]

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use surveillance::aggregate::{Aggregate, in_parallel};
use surveillance::balance::{Balance, Exception, Row, Sums, Tolerance};
use surveillance::consumption::{By, Consumption, Grouping};
use surveillance::synthetic::{Size, Synthetic};
use surveillance::{Act, Area, Day, Fact, Flow, Handed, Places, Products, Source, Span};

const FACTS: u64 = 20_000;

fn country(seed: u64) -> Synthetic {
    Synthetic::new(
        seed,
        Size {
            establishments: 90,
            claves: 25,
            prescribers: 40,
            patients: 800,
            days: 200,
            first: Day::from(jiff::civil::date(2025, 11, 17)),
        },
    )
}

/// The synthetic history, with returns, corrections and ends mixed in.
fn history(seed: u64) -> Vec<Fact> {
    let country = country(seed);
    let facts = country.facts(0..FACTS, FACTS);
    let varied = facts.map(|fact| {
        let number = match fact.source {
            Source::Ledger(index) | Source::Access(index) => index,
        };
        let act = match (number % 17, fact.act) {
            (3, Act::Dispensed(handed)) => Act::Returned(handed),
            (5, Act::Dispensed(handed)) => Act::Dispensed(Handed {
                prescribed: None,
                ..handed
            }),
            (7, Act::Moved { clave, units, .. }) => Act::Moved {
                clave,
                flow: Flow::Bought,
                units: -units,
                other: None,
            },
            (
                11,
                Act::Moved {
                    clave,
                    units,
                    other,
                    ..
                },
            ) => Act::Moved {
                clave,
                flow: Flow::Destroyed,
                units,
                other,
            },
            (
                13,
                Act::Prescribed {
                    clave,
                    units,
                    receta,
                    ..
                },
            ) => Act::Lapsed {
                clave,
                units: -i64::try_from(units).unwrap(),
                receta,
            },
            (_, act) => act,
        };
        Fact { act, ..fact }
    });
    varied.collect()
}

/// One row for every fact, as a database would have it.
fn database(facts: &[Fact], products: &Products, places: &Places) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE fact(day TEXT, clues TEXT, clave TEXT, what TEXT, units INTEGER,
                               cedula TEXT, municipality TEXT, sender TEXT);
             CREATE TABLE product(clave TEXT, substance TEXT, base INTEGER, class TEXT);
             BEGIN",
        )
        .unwrap();
    for product in products.all() {
        let class = format!("{:?}", product.class_on(Day::MIN));
        for ingredient in &product.ingredients {
            let substance = &products.substance(ingredient.substance).unwrap().key;
            let base = i64::try_from(ingredient.base_ng.unwrap()).unwrap();
            connection
                .execute(
                    "INSERT INTO product VALUES (?, ?, ?, ?)",
                    params![product.clave.to_string(), substance, base, class],
                )
                .unwrap();
        }
    }
    for fact in facts {
        insert(&connection, fact, places);
    }
    connection.execute_batch("COMMIT").unwrap();
    connection
}

fn insert(connection: &Connection, fact: &Fact, places: &Places) {
    let count = |units: u64| i64::try_from(units).unwrap();
    let (what, units, cedula, sender) = match &fact.act {
        Act::Moved {
            flow, units, other, ..
        } => (
            format!("{flow:?}"),
            *units,
            None,
            other.map(|other| other.to_string()),
        ),
        Act::Prescribed { units, .. } => ("Prescribed".to_owned(), count(*units), None, None),
        Act::Lapsed { units, .. } => ("Lapsed".to_owned(), *units, None, None),
        Act::Dispensed(handed) | Act::Returned(handed) => {
            let what = if matches!(fact.act, Act::Returned(_)) {
                "Returned"
            } else {
                "Dispensed"
            };
            let cedula = handed.prescribed.map(|(cedula, _)| cedula.to_string());
            (what.to_owned(), count(handed.units), cedula, None)
        }
        Act::Issued { .. } | Act::Stated { .. } | Act::Refused { .. } => return,
    };
    let municipality = places.label(places.area(fact.establishment, Area::Municipality));
    connection
        .execute(
            "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                fact.day.to_string(),
                fact.establishment.to_string(),
                fact.act.clave().unwrap().to_string(),
                what,
                units,
                cedula,
                municipality,
                sender
            ],
        )
        .unwrap();
}

/// The rows of a question, as text and numbers.
fn ask(connection: &Connection, sql: &str, numbers: usize) -> BTreeMap<Vec<String>, Vec<i64>> {
    let mut statement = connection.prepare(sql).unwrap();
    let texts = statement.column_count() - numbers;
    let rows = statement.query_map([], |row| {
        let key = (0..texts).map(|at| {
            row.get::<_, Option<String>>(at)
                .map(Option::unwrap_or_default)
        });
        let value = (texts..texts + numbers).map(|at| row.get::<_, i64>(at));
        Ok((
            key.collect::<Result<_, _>>()?,
            value.collect::<Result<_, _>>()?,
        ))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap()
}

#[test]
fn consumption_by_substance_municipality_prescriber_and_month() {
    for seed in 0..3 {
        let (country, facts) = (country(seed), history(seed));
        let (products, places) = (country.products(), country.places());
        let grouping = Grouping {
            area: Area::Municipality,
            by: By::Substance,
            prescriber: true,
            span: Span::Month,
        };
        let begin = || Consumption::new(&products, &places, grouping);
        let chunks = facts.chunks(7_001).map(|part| part.iter().copied());
        let counted = in_parallel(chunks, begin);
        let ours: BTreeMap<_, _> = counted
            .rows()
            .into_iter()
            .map(|(key, sum)| {
                let name = vec![
                    key.period.to_string(),
                    places.label(key.area),
                    surveillance::consumption::label(&products, key.item),
                    key.prescriber
                        .map_or_else(String::new, |cedula| cedula.to_string()),
                ];
                let units = [sum.dispensings, sum.dispensed, sum.returned].map(i128::from);
                let [times, handed, back] = units.map(narrow);
                (name, vec![times, handed, back, narrow(sum.base_ng)])
            })
            .collect();
        let theirs = ask(
            &database(&facts, &products, &places),
            "SELECT substr(day, 1, 7), municipality, substance, cedula,
                    SUM(what = 'Dispensed'), SUM(units * (what = 'Dispensed')),
                    SUM(units * (what = 'Returned')),
                    SUM(units * base * CASE what WHEN 'Dispensed' THEN 1 ELSE -1 END)
             FROM fact JOIN product USING (clave) WHERE what IN ('Dispensed', 'Returned')
             GROUP BY 1, 2, 3, 4",
            4,
        );
        assert!(ours.len() > 500, "{}", ours.len());
        assert_eq!(ours, theirs);
    }
}

#[test]
fn the_balance_of_every_establishment_and_quarter() {
    for seed in 10..13 {
        let (country, facts) = (country(seed), history(seed));
        let (products, places) = (country.products(), country.places());
        let begin = || Balance::new(&products, &places, Area::Establishment, Span::Quarter);
        let counted = in_parallel(facts.chunks(6_000).map(|part| part.iter().copied()), begin);
        let one_by_one = facts.iter().fold(begin(), |mut balance, fact| {
            balance.add(fact);
            balance
        });
        let rows = counted.rows(Tolerance::default());
        assert_eq!(rows, one_by_one.rows(Tolerance::default()));
        let theirs = ask(&database(&facts, &products, &places), BALANCE, 8);
        let name = |row: &Row| {
            vec![
                places.label(row.key.area),
                row.key.clave.to_string(),
                row.key.period.to_string(),
            ]
        };
        // Where nothing happened there is a row only for what has still not arrived.
        let (happened, waiting): (Vec<_>, Vec<_>) =
            rows.iter().partition(|row| theirs.contains_key(&name(row)));
        for row in waiting {
            assert_eq!(row.sums, Sums::default());
            let waits = |one: &Exception| matches!(one, Exception::NeverReceived(_));
            assert!(row.exceptions.iter().any(waits), "{row:?}");
        }
        let ours: BTreeMap<_, _> = happened
            .into_iter()
            .map(|row| {
                let sums = &row.sums;
                let count = |units: u64| i64::try_from(units).unwrap();
                let numbers = vec![
                    narrow(row.opening),
                    narrow(row.closing),
                    sums.flow(Flow::Bought),
                    count(sums.dispensed),
                    count(sums.unprescribed),
                    count(sums.prescribed),
                    sums.lapsed,
                    sums.arrived,
                ];
                (name(row), numbers)
            })
            .collect();
        assert_eq!(ours.len(), theirs.len());
        assert_eq!(ours, theirs);
    }
}

/// Each fact moves stock here, and what was received was shipped by somebody.
const BALANCE: &str = "
    WITH moved AS (
        SELECT clues, clave, day, what, units, cedula,
               units * CASE WHEN what IN ('Bought', 'Received', 'Returned') THEN 1
                            WHEN what IN ('Shipped', 'Destroyed', 'Dispensed') THEN -1
                            ELSE 0 END AS net
        FROM fact
        UNION ALL
        SELECT sender, clave, day, 'Arrived', units, NULL, 0 FROM fact WHERE what = 'Received'
    ), summed AS (
        SELECT clues, clave,
               substr(day, 1, 4) || '-T' || ((substr(day, 6, 2) + 2) / 3) AS quarter,
               SUM(net) AS net,
               SUM(units * (what = 'Bought')) AS bought,
               SUM(units * (what = 'Dispensed')) AS dispensed,
               SUM(units * (what = 'Dispensed' AND cedula IS NULL)) AS unprescribed,
               SUM(units * (what = 'Prescribed')) AS prescribed,
               SUM(units * (what = 'Lapsed')) AS lapsed,
               SUM(units * (what = 'Arrived')) AS arrived
        FROM moved GROUP BY 1, 2, 3
    )
    SELECT clues, clave, quarter,
           SUM(net) OVER (PARTITION BY clues, clave ORDER BY quarter) - net,
           SUM(net) OVER (PARTITION BY clues, clave ORDER BY quarter),
           bought, dispensed, unprescribed, prescribed, lapsed, arrived
    FROM summed";
