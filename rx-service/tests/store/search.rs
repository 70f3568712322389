//! Search: pages without gaps or doubles, and nobody else's prescriptions.

use prescription::{Folio, PatientId};
use rx_service::store::SearchFilter;

use crate::database::Database;
use crate::fixture::{self, TODAY, TODAY_NUMBER, establishment, issued, new, patient};
use crate::on_both;

const COUNT: u32 = 60;

/// Milliseconds of the issue, folio.
type Hit = (i64, Folio);

fn filter(limit: i64) -> SearchFilter {
    SearchFilter {
        establishment: establishment(),
        patient: None,
        written: (i64::MIN, i64::MAX),
        after: None,
        limit,
    }
}

/// Sixty prescriptions of ten patients, issued in three milliseconds; newest first.
async fn sixty(db: &Database) -> Vec<Hit> {
    let first = fixture::at(fixture::ISSUED_AT).as_millisecond();
    let mut hits = Vec::new();
    for n in 1..=COUNT {
        // Not in the order of the folios, nor of the times.
        let n = (n * 37) % COUNT + 1;
        let mut issued = issued(n, &["a"]);
        issued.lines[0].substance = format!("substance {n}");
        issued.patient = patient(n % 10);
        let issued_at = first + i64::from(n % 3);
        issued.at = jiff::Timestamp::from_millisecond(issued_at).unwrap();
        hits.push((issued_at, issued.folio));
        db.store.issue(new(issued)).await.unwrap();
    }
    hits.sort_by_key(|hit| std::cmp::Reverse(*hit));
    hits
}

/// Every page after the other.
async fn pages(db: &Database, mut filter: SearchFilter) -> Vec<Hit> {
    let mut all = Vec::new();
    loop {
        let page = db.store.search(&filter).await.unwrap();
        assert!(page.len() <= usize::try_from(filter.limit).unwrap());
        let Some(last) = page.last() else { return all };
        filter.after = Some(*last);
        all.extend(page);
    }
}

async fn pages_have_no_gaps_and_no_doubles(db: Database) {
    let expected = sixty(&db).await;
    for limit in [1, 7, 20, 60, 61] {
        assert_eq!(
            pages(&db, filter(limit)).await,
            expected,
            "pages of {limit}"
        );
    }
}

/// What is issued between two pages is newer than both.
async fn a_page_goes_on_where_the_last_one_ended(db: Database) {
    let expected = sixty(&db).await;
    let first = db.store.search(&filter(25)).await.unwrap();
    let mut newer = issued(1000, &["a"]);
    newer.at = fixture::at("2026-11-24T00:00:00Z");
    db.store.issue(new(newer)).await.unwrap();
    let rest = SearchFilter {
        after: first.last().copied(),
        ..filter(100)
    };
    assert_eq!(first, expected[..25]);
    assert_eq!(db.store.search(&rest).await.unwrap(), expected[25..]);
}

async fn finds_one_patient(db: Database) {
    let all = sixty(&db).await;
    let of = |id: &PatientId| SearchFilter {
        patient: Some(id.clone()),
        ..filter(4)
    };
    let found = pages(&db, of(&patient(3))).await;
    let expected: Vec<_> = all
        .into_iter()
        .filter(|(_, folio)| (1..=COUNT).any(|n| n % 10 == 3 && fixture::folio(n) == *folio))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 6);
    assert_eq!(pages(&db, of(&patient(77))).await, []);
}

async fn finds_only_its_own_establishment(db: Database) {
    let mut elsewhere = issued(1, &["a"]);
    elsewhere.establishment = "DFSSA000001".parse().unwrap();
    db.store.issue(new(elsewhere.clone())).await.unwrap();
    assert_eq!(db.store.search(&filter(10)).await.unwrap(), []);
    let patient = Some(patient(1));
    let same_patient = SearchFilter {
        patient,
        ..filter(10)
    };
    assert_eq!(db.store.search(&same_patient).await.unwrap(), []);
    let theirs = SearchFilter {
        establishment: elsewhere.establishment,
        ..filter(10)
    };
    assert_eq!(db.store.search(&theirs).await.unwrap().len(), 1);
}

async fn finds_the_days_written(db: Database) {
    let days = [TODAY.yesterday().unwrap(), TODAY, TODAY.tomorrow().unwrap()];
    for (n, day) in (1..).zip(days) {
        let mut issued = issued(n, &["a"]);
        issued.written_on = day;
        db.store.issue(new(issued)).await.unwrap();
    }
    for (written, expected) in [
        ((-1, 1), 3),
        ((0, 0), 1),
        ((0, 1), 2),
        ((2, 9), 0),
        ((1, 0), 0),
    ] {
        let (first, last): (i64, i64) = written;
        let written = (TODAY_NUMBER + first, TODAY_NUMBER + last);
        let found = db
            .store
            .search(&SearchFilter {
                written,
                ..filter(10)
            })
            .await
            .unwrap();
        assert_eq!(found.len(), expected, "{written:?}");
    }
}

on_both!(
    pages_have_no_gaps_and_no_doubles,
    a_page_goes_on_where_the_last_one_ended,
    finds_one_patient,
    finds_only_its_own_establishment,
    finds_the_days_written,
);
