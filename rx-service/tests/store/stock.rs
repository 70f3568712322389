//! Stock and control books: moved with the act that they follow from, never below zero, in order.

use jiff::civil::{Date, date};
use prescription::Clues;
use prescription::register::{Place, Register};
use rx_service::store::{
    ActRecord, BookRange, Conflict, Identity, MovedLine, NewEntry, NewMovement, NextStep,
    PostedLine, Posting, Side, StockProblem, Store, SumFilter, Taken,
};

use crate::database::Database;
use crate::fixture::{TODAY, at, conflict, dispense, folio, issued, new, next};
use crate::on_both;

const CLASS: &str = "II";

fn pharmacy() -> Clues {
    "HGSSA000025".parse().unwrap()
}

fn warehouse() -> Clues {
    "DFALM000001".parse().unwrap()
}

fn line(from: Side, to: Side, units: i64) -> PostedLine {
    PostedLine {
        source: 1,
        class: CLASS,
        clave: "040.000.2612.00".parse().unwrap(),
        lot: "A1".to_owned(),
        expiry: date(2028, 6, 30),
        units,
        from,
        to,
        held: None,
        retained: false,
        shortfall: false,
        may_be_late: false,
    }
}

fn opening(units: i64) -> PostedLine {
    line(Side::Outside("opening"), Side::Here, units)
}

fn posting_of(who: Clues, kind: &'static str, on: Date, lines: Vec<PostedLine>) -> Posting {
    Posting {
        establishment: who,
        kind,
        on,
        document: None,
        permit: None,
        counterpart: None,
        prescription: None,
        lines,
    }
}

/// Movement `number` of who posts.
fn movement(number: u64, posting: Posting) -> NewMovement {
    let subject = posting.establishment.as_str().to_owned();
    let body = format!("movement {number} of {subject}").into_bytes();
    let moved = posting.lines.iter().map(|line| MovedLine {
        clave: line.clave.clone(),
        lot: line.lot.clone(),
        expiry: line.expiry,
        units: line.units,
        receiver: match &line.to {
            Side::Transit { to, .. } => Some(to.clone()),
            Side::Here | Side::Outside(_) => None,
        },
    });
    NewMovement {
        lines: moved.collect(),
        act: ActRecord {
            key: None,
            place: Place {
                register: Register::Movement,
                subject,
                number,
            },
            salt: [7; 32],
            entry: NewEntry {
                identity: Identity::new(0, &[&body]),
                leaf: [b"leaf of ", body.as_slice()].concat(),
            },
            body,
        },
        posting,
        accessed_at: at("2026-11-23T15:00:00Z"),
        corrects: None,
        notice_due: None,
        takes: Vec::new(),
        access: "moved".to_owned(),
    }
}

async fn open(store: &Store, units: i64) {
    let posting = posting_of(pharmacy(), "opening", TODAY, vec![opening(units)]);
    store.record_movement(movement(1, posting)).await.unwrap();
}

/// Dispensing number `n` of `units`, which retains its receta.
fn handover(n: u32, units: i64) -> (NextStep, Posting) {
    let order = new(issued(n, &["a"]));
    let out = PostedLine {
        retained: true,
        ..line(Side::Here, Side::Outside("patients"), units)
    };
    let posting = Posting {
        prescription: Some((folio(n), "1234567".parse().unwrap())),
        ..posting_of(pharmacy(), "dispensing", TODAY, vec![out])
    };
    (next(&order.state, 1, dispense(&order.state, 1, 2)), posting)
}

async fn held(store: &Store, who: &Clues) -> i64 {
    let lots = store.lots(who, None).await.unwrap();
    lots.iter().map(|lot| lot.units).sum()
}

fn whole_book() -> BookRange {
    BookRange {
        establishment: pharmacy(),
        class: CLASS,
        from: date(2026, 1, 1),
        to: date(2027, 12, 31),
    }
}

async fn sixteen_dispensings_of_five_boxes_hand_over_five(db: Database) {
    open(&db.store, 5).await;
    for n in 1..=16 {
        db.store.issue(new(issued(n, &["a"]))).await.unwrap();
    }
    let racers: Vec<_> = (1..=16)
        .map(|n| {
            let (store, (step, posting)) = (db.store.clone(), handover(n, 1));
            tokio::spawn(async move { store.advance_with_stock("race", step, Some(posting)).await })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(()) => won += 1,
            lost => assert_eq!(
                conflict(lost),
                Conflict::Stock {
                    line: 1,
                    problem: StockProblem::Insufficient
                }
            ),
        }
    }
    assert_eq!((won, held(&db.store, &pharmacy()).await), (5, 0));
    // The book and the recetas in it have their numbers without gaps, and so has the ledger: in the
    // order of the book.
    let entries = db.store.book_entries(&whole_book(), 100).await.unwrap();
    let read: Vec<_> = entries
        .iter()
        .map(|e| (e.number, e.balance, e.retained))
        .collect();
    assert_eq!(
        read,
        [
            (1, 5, None),
            (2, 4, Some(1)),
            (3, 3, Some(2)),
            (4, 2, Some(3)),
            (5, 1, Some(4)),
            (6, 0, Some(5))
        ]
    );
    let in_order = db
        .texts("SELECT CAST(number AS TEXT) FROM book_line ORDER BY position")
        .await;
    assert_eq!(in_order, ["1", "2", "3", "4", "5", "6"]);
}

/// Each brings another lot of a medicine that has no page yet: all of them want to open it.
async fn a_page_that_many_open_at_once_has_what_all_of_them_brought(db: Database) {
    const MANY: u32 = 8;
    let mut steps = Vec::new();
    for n in 1..=MANY {
        let (step, mut posting) = handover(n, 30);
        db.store.issue(new(issued(n, &["a"]))).await.unwrap();
        posting.lines = vec![PostedLine {
            lot: format!("L{n}"),
            ..line(Side::Outside("patients"), Side::Here, 30)
        }];
        steps.push((step, posting));
    }
    let tasks: Vec<_> = steps
        .into_iter()
        .map(|(step, posting)| {
            let store = db.store.clone();
            tokio::spawn(async move {
                store
                    .advance_with_stock("dispense", step, Some(posting))
                    .await
                    .unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let entries = db.store.book_entries(&whole_book(), 100).await.unwrap();
    let balances: Vec<_> = entries.iter().map(|entry| entry.balance).collect();
    let expected: Vec<_> = (1..=i64::from(MANY)).map(|n| n * 30).collect();
    assert_eq!(balances, expected);
    assert_eq!(held(&db.store, &pharmacy()).await, i64::from(MANY) * 30);
}

async fn what_is_refused_leaves_nothing(db: Database) {
    open(&db.store, 5).await;
    db.store.issue(new(issued(1, &["a"]))).await.unwrap();
    let before = db.contents().await;
    let (step, posting) = handover(1, 6);
    let answer = db
        .store
        .advance_with_stock("too-many", step, Some(posting))
        .await;
    assert_eq!(
        conflict(answer),
        Conflict::Stock {
            line: 1,
            problem: StockProblem::Insufficient
        }
    );
    assert_eq!(db.contents().await, before);

    let yesterday = date(2026, 11, 22);
    let loss = || line(Side::Here, Side::Outside("lost"), 1);
    let late = posting_of(pharmacy(), "loss", yesterday, vec![loss()]);
    let answer = db.store.record_movement(movement(2, late)).await;
    assert_eq!(
        conflict(answer),
        Conflict::Stock {
            line: 1,
            problem: StockProblem::BackDated
        }
    );
    assert_eq!(db.contents().await, before);

    // The second line cannot be posted: the first is not either.
    let two = posting_of(
        pharmacy(),
        "loss",
        TODAY,
        vec![
            loss(),
            PostedLine {
                source: 2,
                lot: "B2".to_owned(),
                ..loss()
            },
        ],
    );
    let answer = db.store.record_movement(movement(2, two)).await;
    assert_eq!(
        conflict(answer),
        Conflict::Stock {
            line: 2,
            problem: StockProblem::Insufficient
        }
    );
    assert_eq!(db.contents().await, before);
}

async fn a_count_is_true_of_the_balance_that_it_was_compared_with(db: Database) {
    open(&db.store, 5).await;
    let count = |held| {
        let missing = PostedLine {
            held: Some(held),
            ..line(Side::Here, Side::Outside("unexplained"), 2)
        };
        movement(2, posting_of(pharmacy(), "count", TODAY, vec![missing]))
    };
    let answer = db.store.record_movement(count(6)).await;
    assert_eq!(conflict(answer), Conflict::Changed);
    db.store.record_movement(count(5)).await.unwrap();
    assert_eq!(held(&db.store, &pharmacy()).await, 3);
    let unexplained = db.store.unexplained(&pharmacy()).await.unwrap();
    assert_eq!(unexplained[0].units, -2);
}

async fn of_two_movements_with_one_number_one_is_recorded(db: Database) {
    open(&db.store, 5).await;
    let racers: Vec<_> = (0..8)
        .map(|racer| {
            let store = db.store.clone();
            let bought = line(Side::Outside("supplier"), Side::Here, 1);
            let mut new = movement(2, posting_of(pharmacy(), "purchase", TODAY, vec![bought]));
            new.act.entry.identity = Identity::new(racer, &[b"racer"]);
            tokio::spawn(async move { store.record_movement(new).await })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(()) => won += 1,
            lost => assert_eq!(conflict(lost), Conflict::Changed),
        }
    }
    assert_eq!((won, held(&db.store, &pharmacy()).await), (1, 6));
    // Who sends the same again is told the same number.
    let again = movement(
        1,
        posting_of(pharmacy(), "opening", TODAY, vec![opening(5)]),
    );
    let identity = again.act.entry.identity;
    let known = db.store.movement_of(&identity).await.unwrap();
    assert_eq!(known, Some((1, None)));
}

async fn no_more_arrives_than_was_shipped(db: Database) {
    let way = || Side::Transit {
        from: warehouse(),
        to: pharmacy(),
    };
    let open = posting_of(warehouse(), "opening", TODAY, vec![opening(9)]);
    db.store.record_movement(movement(1, open)).await.unwrap();
    let ship = posting_of(
        warehouse(),
        "shipment",
        TODAY,
        vec![line(Side::Here, way(), 4)],
    );
    db.store.record_movement(movement(2, ship)).await.unwrap();
    let receive = |number, units| {
        let arrived = posting_of(
            pharmacy(),
            "receipt",
            TODAY,
            vec![line(way(), Side::Here, units)],
        );
        NewMovement {
            takes: vec![Taken {
                establishment: warehouse(),
                number: 2,
                line: 1,
                units,
            }],
            ..movement(number, arrived)
        }
    };
    let open = db.store.open_shipments(&pharmacy(), true).await.unwrap();
    assert_eq!((open[0].number, open[0].lines[0].units), (2, 4));
    let answer = db.store.record_movement(receive(1, 5)).await;
    assert_eq!(conflict(answer), Conflict::Changed);
    db.store.record_movement(receive(1, 3)).await.unwrap();
    let open = db.store.open_shipments(&warehouse(), false).await.unwrap();
    assert_eq!(open[0].lines[0].units, 1);
    assert_eq!(db.store.taken_of(&warehouse(), 2).await.unwrap(), [3]);
    db.store.record_movement(receive(2, 1)).await.unwrap();
    assert!(
        db.store
            .open_shipments(&pharmacy(), true)
            .await
            .unwrap()
            .is_empty()
    );
    let both = (
        held(&db.store, &warehouse()).await,
        held(&db.store, &pharmacy()).await,
    );
    assert_eq!(both, (5, 4));
}

async fn the_sums_are_those_of_the_lines(db: Database) {
    open(&db.store, 50).await;
    for n in 1..=4 {
        db.store.issue(new(issued(n, &["a"]))).await.unwrap();
        let (step, posting) = handover(n, i64::from(n));
        db.store
            .advance_with_stock("dispense", step, Some(posting))
            .await
            .unwrap();
    }
    for establishment in [Some(pharmacy()), None] {
        let filter = SumFilter {
            establishment,
            clave: None,
            class: Some(CLASS),
            months: (2026 * 12 + 10, 2026 * 12 + 10),
        };
        let mut sums = Vec::new();
        let mut each = |sum: rx_service::store::MonthSum| {
            sums.push((sum.what, sum.units_in, sum.units_out, sum.lines));
        };
        db.store.month_sums(&filter, &mut each).await.unwrap();
        sums.sort();
        assert_eq!(
            sums,
            [
                ("dispensing".to_owned(), 0, 10, 4),
                ("opening".to_owned(), 50, 0, 1)
            ]
        );
    }
}

async fn the_database_itself_refuses_what_is_below_zero(db: Database) {
    open(&db.store, 5).await;
    for statement in [
        "UPDATE stock SET units = -1",
        "UPDATE book_page SET units = -1",
        "UPDATE movement_line SET taken = units + 1",
    ] {
        assert!(db.refuses(statement).await, "{statement}");
    }
    assert_eq!(held(&db.store, &pharmacy()).await, 5);
}

on_both!(
    a_page_that_many_open_at_once_has_what_all_of_them_brought,
    sixteen_dispensings_of_five_boxes_hand_over_five,
    what_is_refused_leaves_nothing,
    a_count_is_true_of_the_balance_that_it_was_compared_with,
    of_two_movements_with_one_number_one_is_recorded,
    no_more_arrives_than_was_shipped,
    the_sums_are_those_of_the_lines,
    the_database_itself_refuses_what_is_below_zero,
);
