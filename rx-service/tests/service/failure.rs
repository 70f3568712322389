//! Things that break while the service runs.

use std::time::Duration;

use axum::http::StatusCode;
use rx_service::app::App;
use rx_service::clock::SystemClock;
use serde_json::json;

use crate::callers::{ehr, example, path_of};
use crate::world::with_world;

#[test]
fn without_its_token_the_service_refuses_and_recovers() {
    with_world(
        "failure::without_its_token_the_service_refuses_and_recovers",
        async |world| {
            let away = world.folder.path().join("tokens-away");
            std::fs::rename(&world.token, &away).unwrap();
            let request = example("clonazepam");
            let answer = world.post(&ehr(), path_of(&request), &request).await;
            assert_eq!(
                answer.status,
                StatusCode::SERVICE_UNAVAILABLE,
                "{}",
                answer.text()
            );
            assert_eq!(answer.issues()[0].0, "hsm-unavailable");
            let ready = world.get(&ehr(), "/readyz").await;
            assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(world.app.sequencer.size(), world.begun);

            std::fs::rename(&away, &world.token).unwrap();
            world.issue(&request).await;
            assert_eq!(world.get(&ehr(), "/readyz").await.status, StatusCode::OK);
        },
    );
}

#[test]
fn a_ledger_that_cannot_persist_stops_signing_and_goes_on_after_a_restart() {
    let name = "failure::a_ledger_that_cannot_persist_stops_signing_and_goes_on_after_a_restart";
    with_world(name, async |world| {
        world.issue(&example("clonazepam")).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        // A folder where the next checkpoint is written, beside the present one.
        let in_the_way = world.folder.path().join("data/ledger/checkpoint.tmp");
        std::fs::create_dir(&in_the_way).unwrap();
        world.issue(&example("three-lines")).await;
        let mut ready = StatusCode::OK;
        for _ in 0..100 {
            ready = world.get(&ehr(), "/readyz").await.status;
            if ready != StatusCode::OK {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE);
        let mut request = example("clonazepam");
        request["identifier"][0]["value"] = json!("another order");
        let refused = world.post(&ehr(), path_of(&request), &request).await;
        assert_eq!(
            refused.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            refused.text()
        );
        assert_eq!(refused.issues()[0].0, "ledger-stopped");

        std::fs::remove_dir(&in_the_way).unwrap();
        let world = world.restart().await;
        // Two steps, each with its map head.
        assert_eq!(world.app.sequencer.size(), world.begun + 4);
        assert_eq!(world.get(&ehr(), "/readyz").await.status, StatusCode::OK);
    });
}

#[test]
fn a_second_service_on_the_same_data_is_refused() {
    with_world(
        "failure::a_second_service_on_the_same_data_is_refused",
        async |world| {
            let clock = std::sync::Arc::new(SystemClock);
            let second = App::open(world.config(), clock).await;
            let error = second
                .err()
                .expect("a second service must not start")
                .to_string();
            assert!(
                error.contains("another process") || error.contains("lock"),
                "{error}"
            );
            world.issue(&example("clonazepam")).await;
        },
    );
}

/// Nobody has to restart anything: what is published is read again all the time.
#[test]
fn a_damaged_tile_stops_the_service_while_it_runs() {
    let name = "failure::a_damaged_tile_stops_the_service_while_it_runs";
    with_world(name, async |world| {
        world.issue(&example("clonazepam")).await;
        let name = format!("tile/0/000.p/{}", world.begun + 2);
        let tile = world.folder.path().join("data/ledger").join(&name);
        while !tile.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut bytes = std::fs::read(&tile).unwrap();
        bytes[40] ^= 0x20;
        std::fs::write(&tile, bytes).unwrap();
        let mut ready = world.get(&ehr(), "/readyz").await;
        for _ in 0..250 {
            if ready.status != StatusCode::OK {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            ready = world.get(&ehr(), "/readyz").await;
        }
        assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(ready.text().contains(&name), "{}", ready.text());
    });
}

#[test]
fn a_damaged_tile_stops_the_restart() {
    with_world("failure::a_damaged_tile_stops_the_restart", async |world| {
        world.issue(&example("clonazepam")).await;
        let config = world.config().clone();
        let tile = format!("data/ledger/tile/0/000.p/{}", world.begun + 2);
        let tile = world.folder.path().join(tile);
        let folder = world.stop().await;
        let mut bytes = std::fs::read(&tile).unwrap();
        bytes[3] ^= 1;
        std::fs::write(&tile, bytes).unwrap();
        let reopened = App::open(&config, std::sync::Arc::new(SystemClock)).await;
        assert!(
            reopened.is_err(),
            "a damaged right edge must not be extended"
        );
        drop(folder);
    });
}
