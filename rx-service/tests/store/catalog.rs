//! Versions of the catalogs, and the registry of professionals.

use cofepris::{CatalogName, LicenceStatus, Professional, TableFile, Version};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use prescription::register::{Place, Register};
use rx_service::store::{
    ActRecord, AppliedVersion, Conflict, Identity, LicenceChange, NewEntry, NewVersion,
};

use crate::database::Database;
use crate::fixture::{conflict, inconsistency};
use crate::on_both;

const FROM: Date = date(2026, 10, 1);
const CEDULA: &str = "7654321";

fn new(name: CatalogName, number: u64) -> NewVersion {
    let body = format!("version {number} of {}", name.code()).into_bytes();
    NewVersion {
        version: Version {
            name,
            number,
            effective_from: FROM,
            files: vec![TableFile {
                name: "nurse_list.csv".to_owned(),
                content: body.clone(),
            }],
        },
        applied_at: Timestamp::UNIX_EPOCH,
        act: ActRecord {
            key: None,
            place: Place {
                register: Register::Catalog,
                subject: name.code().to_owned(),
                number,
            },
            salt: [7; 32],
            entry: NewEntry {
                identity: Identity::new(0, &[&body]),
                leaf: [b"leaf of ", body.as_slice()].concat(),
            },
            body,
        },
        licences: LicenceChange::default(),
    }
}

fn line(status: LicenceStatus, from: Option<Date>, to: Option<Date>) -> Professional {
    Professional {
        cedula: CEDULA.parse().unwrap(),
        name: "ANA LÓPEZ".to_owned(),
        profession: "MÉDICO CIRUJANO".to_owned(),
        specialty: String::new(),
        status,
        from,
        to,
    }
}

/// Applies version `number` of the registry, which has only these lines.
async fn register(db: &Database, number: u64, lines: &[Professional]) {
    let before = db.store.professionals().await.unwrap();
    let version = NewVersion {
        licences: LicenceChange::between(&before, lines),
        ..new(CatalogName::Professionals, number)
    };
    db.store.apply_catalog(version).await.unwrap();
}

async fn status_on(db: &Database, day: Date) -> Option<LicenceStatus> {
    let found = db.store.professional(&CEDULA.parse().unwrap(), day).await;
    found.unwrap().map(|line| line.status)
}

async fn versions_are_kept_with_their_tables(db: Database) {
    assert_eq!(db.store.count_catalog_versions().await.unwrap(), 0);
    for number in 1..=2 {
        let version = new(CatalogName::NurseList, number);
        db.store.apply_catalog(version).await.unwrap();
    }
    db.store
        .apply_catalog(new(CatalogName::Medicines, 1))
        .await
        .unwrap();
    let applied = |name, number| AppliedVersion {
        name,
        number,
        effective_from: FROM,
        applied_at: Timestamp::UNIX_EPOCH,
        index: None,
    };
    assert_eq!(
        db.store.catalog_versions().await.unwrap(),
        [
            applied(CatalogName::Medicines, 1),
            applied(CatalogName::NurseList, 1),
            applied(CatalogName::NurseList, 2),
        ]
    );
    assert_eq!(db.store.count_catalog_versions().await.unwrap(), 3);
    let files = db.store.catalog_files(CatalogName::NurseList, 1).await;
    assert_eq!(files.unwrap(), new(CatalogName::NurseList, 1).version.files);
    assert_eq!(db.store.waiting_entries(10).await.unwrap().len(), 3);
}

async fn of_two_with_one_number_one_is_applied(db: Database) {
    let mut second = new(CatalogName::NurseList, 1);
    second.act.body.push(b'!');
    second.act.entry.identity = Identity::new(0, &[b"another"]);
    let first = new(CatalogName::NurseList, 1);
    let (one, other) = tokio::join!(
        db.store.apply_catalog(first),
        db.store.apply_catalog(second)
    );
    let lost = if one.is_ok() { other } else { one };
    assert_eq!(conflict(lost), Conflict::Changed);
    assert_eq!(db.store.count_catalog_versions().await.unwrap(), 1);
    assert_eq!(db.store.waiting_entries(10).await.unwrap().len(), 1);
}

async fn the_registry_speaks_of_a_day(db: Database) {
    let (last, first) = (date(2026, 5, 31), date(2026, 6, 1));
    assert_eq!(status_on(&db, first).await, None, "no registry");
    let active = line(LicenceStatus::Active, None, None);
    register(&db, 1, std::slice::from_ref(&active)).await;
    assert_eq!(status_on(&db, first).await, Some(LicenceStatus::Active));

    let lines = [
        line(LicenceStatus::Active, None, Some(last)),
        line(LicenceStatus::Suspended, Some(first), None),
    ];
    register(&db, 2, &lines).await;
    assert_eq!(status_on(&db, last).await, Some(LicenceStatus::Active));
    assert_eq!(status_on(&db, first).await, Some(LicenceStatus::Suspended));
    assert_eq!(db.store.professionals().await.unwrap(), lines);

    // What version 1 said is still there, and of whom version 3 says nothing, nothing is said.
    register(&db, 3, &[]).await;
    assert_eq!(status_on(&db, last).await, None);
    let kept = "SELECT valid_from || '/' || valid_to || '/' || since || '/' || until
                FROM professional ORDER BY since, valid_from";
    let rows = ["//1/2", "/2026-05-31/2/3", "2026-06-01//2/3"];
    assert_eq!(db.texts(kept).await, rows);
}

async fn a_large_registry_goes_in_whole(db: Database) {
    let lines: Vec<_> = (0..250)
        .map(|n| Professional {
            cedula: format!("{}", 1_000_000 + n).parse().unwrap(),
            ..line(LicenceStatus::Active, None, None)
        })
        .collect();
    register(&db, 1, &lines).await;
    assert_eq!(db.store.professionals().await.unwrap(), lines);
}

async fn a_change_of_a_registry_that_changed_meanwhile_is_refused(db: Database) {
    let active = line(LicenceStatus::Active, None, None);
    register(&db, 1, std::slice::from_ref(&active)).await;
    let stale = NewVersion {
        licences: LicenceChange::between(&[line(LicenceStatus::Active, Some(FROM), None)], &[]),
        ..new(CatalogName::Professionals, 2)
    };
    let answer = db.store.apply_catalog(stale).await;
    assert_eq!(conflict(answer), Conflict::Changed);
    assert_eq!(db.store.professionals().await.unwrap(), [active]);
    assert_eq!(db.store.count_catalog_versions().await.unwrap(), 1);
}

async fn rows_that_make_no_sense_are_named(db: Database) {
    register(&db, 1, &[line(LicenceStatus::Active, None, None)]).await;
    db.execute("UPDATE professional SET status = 'retired'")
        .await;
    let cedula = CEDULA.parse().unwrap();
    let answer = db.store.professional(&cedula, FROM).await;
    let row = format!("{CEDULA}/");
    assert_eq!(inconsistency(answer), ("professional", "status", row));
    db.execute("UPDATE catalog_version SET effective_from = 'soon'")
        .await;
    let answer = db.store.catalog_versions().await;
    let row = "professionals/1".to_owned();
    let expected = ("catalog_version", "effective_from", row);
    assert_eq!(inconsistency(answer), expected);
}

on_both!(
    versions_are_kept_with_their_tables,
    of_two_with_one_number_one_is_applied,
    the_registry_speaks_of_a_day,
    a_large_registry_goes_in_whole,
    a_change_of_a_registry_that_changed_meanwhile_is_refused,
    rows_that_make_no_sense_are_named,
);
