//! Records of readings.

use crate::database::Database;
use crate::fixture::at;
use crate::on_both;

async fn are_kept_in_order(db: Database) {
    let instant = at("2026-11-23T16:00:00.123456Z");
    for record in ["{\"n\":1}", "{\"n\":\"ñ\"}", "{\"n\":1}"] {
        db.store
            .record_access(instant, record.to_owned())
            .await
            .unwrap();
    }
    let rows = db
        .texts("SELECT at || ' ' || record FROM access ORDER BY position")
        .await;
    let expected = ["{\"n\":1}", "{\"n\":\"ñ\"}", "{\"n\":1}"];
    assert_eq!(
        rows,
        expected.map(|record| format!("1795449600123 {record}"))
    );
}

on_both!(are_kept_in_order);
