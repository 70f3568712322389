//! Special folios: ranges, fates, and who was first.

use prescription::Cedula;
use prescription::register::Register;
use prescription::special_folio::{Fate, FolioRange};
use rx_service::store::{Conflict, FolioChange};

use crate::database::Database;
use crate::fixture::{self, conflict, folio, folio_act, issued, new, prescriber, special};
use crate::on_both;

fn range(text: &str) -> FolioRange {
    text.parse().unwrap()
}

fn other() -> Cedula {
    "76543210".parse().unwrap()
}

async fn act(db: &Database, cedula: &Cedula, text: &str, change: FolioChange) -> Option<Conflict> {
    let act = folio_act(&db.store, cedula, &range(text), change).await;
    let answer = db.store.act_on_folios(vec![act]).await;
    answer.is_err().then(|| conflict(answer))
}

/// First and last of each range of a prescriber, with whether it was delivered.
async fn ranges(db: &Database, cedula: &Cedula) -> Vec<(String, bool)> {
    let folios = db.store.folios_of(cedula).await.unwrap();
    let ranges = folios.ranges.into_iter();
    ranges
        .map(|range| (range.range.to_string(), range.delivered_at.is_some()))
        .collect()
}

const PAD: &str = "SSA-2026-000101..SSA-2026-000150";

async fn a_range_is_somebodys_once(db: Database) {
    assert_eq!(
        act(&db, &prescriber(), PAD, FolioChange::Assign).await,
        None
    );
    for overlapping in [
        PAD,
        "SSA-2026-000150..SSA-2026-000160",
        "SSA-2026-000090..SSA-2026-000101",
        "SSA-2026-000090..SSA-2026-000200",
        "SSA-2026-000120",
    ] {
        for cedula in [prescriber(), other()] {
            let refused = act(&db, &cedula, overlapping, FolioChange::Assign).await;
            assert_eq!(refused, Some(Conflict::SpecialFolio), "{overlapping}");
        }
    }
    for beside in [
        "SSA-2026-000151..SSA-2026-000160",
        "SSA-2026-000001..SSA-2026-000100",
        // Another series, and another number of digits.
        "JAL-2026-000120",
        "SSA-2026-00120",
    ] {
        assert_eq!(
            act(&db, &other(), beside, FolioChange::Assign).await,
            None,
            "{beside}"
        );
    }
}

async fn of_two_that_overlap_at_once_one_is_assigned(db: Database) {
    let mut racers = Vec::new();
    for n in 0..16_i64 {
        let cedula: Cedula = format!("{}", 2_000_000 + n).parse().unwrap();
        let (first, last) = (100 + n, 116 + n);
        let text = format!("SSA-2026-{first:06}..SSA-2026-{last:06}");
        let act = folio_act(&db.store, &cedula, &range(&text), FolioChange::Assign).await;
        let store = db.store.clone();
        racers.push(tokio::spawn(
            async move { store.act_on_folios(vec![act]).await },
        ));
    }
    let mut won = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(()) => won += 1,
            lost => assert_eq!(conflict(lost), Conflict::SpecialFolio),
        }
    }
    assert_eq!(won, 1);
    let rows = db
        .texts("SELECT '' || first_number FROM special_folio_range")
        .await;
    assert_eq!(rows.len(), 1);
    let entries = db.store.waiting_entries(100).await.unwrap();
    assert_eq!(entries.len(), 1, "who lost left no act");
}

async fn a_part_is_delivered_and_the_rest_stays_assigned(db: Database) {
    act(&db, &prescriber(), PAD, FolioChange::Assign).await;
    let part = "SSA-2026-000111..SSA-2026-000120";
    assert_eq!(
        act(&db, &prescriber(), part, FolioChange::Deliver).await,
        None
    );
    let expected = [
        ("SSA-2026-000101..SSA-2026-000110", false),
        (part, true),
        ("SSA-2026-000121..SSA-2026-000150", false),
    ];
    let expected = expected.map(|(range, delivered)| (range.to_owned(), delivered));
    assert_eq!(ranges(&db, &prescriber()).await, expected);
    for again in [
        part,
        "SSA-2026-000115",
        "SSA-2026-000120..SSA-2026-000121",
        "SSA-2026-000200",
    ] {
        let refused = act(&db, &prescriber(), again, FolioChange::Deliver).await;
        assert_eq!(refused, Some(Conflict::SpecialFolio), "{again}");
    }
    let refused = act(&db, &other(), "SSA-2026-000130", FolioChange::Deliver).await;
    assert_eq!(refused, Some(Conflict::SpecialFolio));
}

async fn only_what_was_delivered_is_written_on(db: Database) {
    let order = |n: u32, special_folio: u32| {
        let mut issued = issued(n, &["morfina"]);
        issued.special_folio = Some(special(special_folio));
        new(issued)
    };
    act(&db, &prescriber(), PAD, FolioChange::Assign).await;
    let refused = db.store.issue(order(1, 101)).await;
    assert_eq!(conflict(refused), Conflict::SpecialFolio, "not delivered");
    act(&db, &prescriber(), PAD, FolioChange::Deliver).await;
    db.store.issue(order(1, 101)).await.unwrap();
    let fates = db.store.folios_of(&prescriber()).await.unwrap().fates;
    let fate = &fates[0];
    assert_eq!((fate.fate, fate.used_by), (Fate::Used, Some(folio(1))));
    assert_eq!(fate.at, fixture::at(fixture::ISSUED_AT));
    assert_eq!(fates.len(), 1);
}

/// Whoever inserts the row decided it: a folio that was used is not stolen afterwards, and one that
/// was stolen is not used.
async fn a_folio_has_one_fate(db: Database) {
    for change in [FolioChange::Assign, FolioChange::Deliver] {
        act(&db, &prescriber(), PAD, change).await;
    }
    let stolen = "SSA-2026-000101..SSA-2026-000110";
    let change = FolioChange::End(Fate::Stolen);
    assert_eq!(act(&db, &prescriber(), stolen, change).await, None);
    let mut issued = issued(1, &["morfina"]);
    issued.special_folio = Some(special(105));
    let refused = db.store.issue(new(issued.clone())).await;
    assert_eq!(conflict(refused), Conflict::SpecialFolio);
    issued.special_folio = Some(special(111));
    db.store.issue(new(issued)).await.unwrap();

    // All or none: 111 was used, so that 112 is not returned either.
    for fate in [Fate::Returned, Fate::Lost, Fate::Cancelled] {
        let both = "SSA-2026-000111..000112";
        let refused = act(&db, &prescriber(), both, FolioChange::End(fate)).await;
        assert_eq!(refused, Some(Conflict::SpecialFolio));
    }
    let refused = act(
        &db,
        &other(),
        "SSA-2026-000112",
        FolioChange::End(Fate::Lost),
    )
    .await;
    assert_eq!(refused, Some(Conflict::SpecialFolio), "of another");
    let fates = db.store.folios_of(&prescriber()).await.unwrap().fates;
    assert_eq!(fates.len(), 11);
    let register = Register::SpecialFolio;
    let next = db
        .store
        .next_number(register, prescriber().as_str())
        .await
        .unwrap();
    assert_eq!(
        next, 4,
        "assigned, delivered, stolen; what was refused left no number"
    );
}

async fn used_and_stolen_at_once_is_one_of_them(db: Database) {
    for change in [FolioChange::Assign, FolioChange::Deliver] {
        act(&db, &prescriber(), PAD, change).await;
    }
    let pad = FolioRange::from_parts("SSA-2026-", 6, 101, 150).unwrap();
    let stolen = folio_act(
        &db.store,
        &prescriber(),
        &pad,
        FolioChange::End(Fate::Stolen),
    )
    .await;
    let mut issued = issued(1, &["morfina"]);
    issued.special_folio = Some(special(150));
    let (used, stolen) = tokio::join!(
        db.store.issue(new(issued)),
        db.store.act_on_folios(vec![stolen])
    );
    assert_ne!(used.is_ok(), stolen.is_ok(), "{used:?} {stolen:?}");
    let fates = db.store.folios_of(&prescriber()).await.unwrap().fates;
    assert_eq!(fates.len(), if used.is_ok() { 1 } else { 50 });
}

async fn prescribers_come_in_pages(db: Database) {
    for (n, cedula) in (1..).zip(["7000001", "7000002", "7000003"]) {
        let text = format!("SSA-2026-{n:06}");
        act(&db, &cedula.parse().unwrap(), &text, FolioChange::Assign).await;
    }
    let page = db.store.prescribers_with_folios(None, 2).await.unwrap();
    assert_eq!(page.len(), 2);
    let rest = db
        .store
        .prescribers_with_folios(page.last(), 2)
        .await
        .unwrap();
    assert_eq!(rest, ["7000003".parse().unwrap()]);
}

on_both!(
    a_range_is_somebodys_once,
    of_two_that_overlap_at_once_one_is_assigned,
    a_part_is_delivered_and_the_rest_stays_assigned,
    only_what_was_delivered_is_written_on,
    a_folio_has_one_fate,
    used_and_stolen_at_once_is_one_of_them,
    prescribers_come_in_pages,
);
