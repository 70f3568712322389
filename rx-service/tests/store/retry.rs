//! What PostgreSQL may answer to a transaction that is in order: try again, or no space.

use rx_service::store::StoreError;

use crate::database::Database;
use crate::fixture::at;

/// Makes the first `times` inserts into `access` fail with `code`.
async fn fail(db: &Database, times: u32, code: &str) {
    // A sequence is not rolled back.
    db.execute("CREATE SEQUENCE attempt").await;
    db.execute(&format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF nextval('attempt') <= {times} THEN RAISE 'injected' USING ERRCODE = '{code}'; END IF;
           RETURN NEW;
         END $$"
    ))
    .await;
    let trigger = "CREATE TRIGGER fail BEFORE INSERT ON access
                   FOR EACH ROW EXECUTE FUNCTION fail()";
    db.execute(trigger).await;
}

/// The answer to a write, and how often it was tried.
async fn write(db: &Database) -> (Result<(), StoreError>, String) {
    let instant = at("2026-11-23T16:00:00Z");
    let answer = db.store.record_access(instant, "record".to_owned()).await;
    let attempts = db
        .texts("SELECT '' || last_value FROM attempt")
        .await
        .remove(0);
    (answer, attempts)
}

#[tokio::test]
async fn a_transaction_that_lost_is_run_again() {
    for code in ["40001", "40P01"] {
        let db = Database::postgres().await;
        fail(&db, 5, code).await;
        let (answer, attempts) = write(&db).await;
        answer.unwrap();
        assert_eq!(attempts, "6");
        assert_eq!(db.texts("SELECT record FROM access").await, ["record"]);
    }
}

#[tokio::test]
async fn but_not_for_ever() {
    let db = Database::postgres().await;
    fail(&db, 1000, "40001").await;
    let (answer, attempts) = write(&db).await;
    assert!(
        matches!(
            answer,
            Err(StoreError::Database {
                during: "access",
                ..
            })
        ),
        "{answer:?}"
    );
    assert_eq!(attempts, "6");
}

#[tokio::test]
async fn a_full_disk_is_not_worth_another_try() {
    let db = Database::postgres().await;
    fail(&db, 1, "53100").await;
    let (answer, attempts) = write(&db).await;
    assert!(
        matches!(answer, Err(StoreError::Full("access"))),
        "{answer:?}"
    );
    assert_eq!(attempts, "1");
    let (answer, _) = write(&db).await;
    answer.unwrap();
}
