//! Trust lists in the running service: whom it believes, from which day, and what is not taken in.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use jiff::civil::date;
use rx_service::config::{TrustListSection, TrustSection};
use rx_service::office::Office;
use serde_json::json;
use signing::trust::list::TrustList;

use crate::answer::codes;
use crate::callers::{Pharmacy, ehr, example, path_of};
use crate::publisher::{Publisher, first, next};
use crate::world::{World, with_world};

const NOON: &str = "2026-03-02T18:00:00Z";
const NEXT_DAY: &str = "2026-03-03T15:00:00Z";

/// The world with no authority but those of the lists in the folder, where version 1 is.
async fn listed(world: World) -> (World, PathBuf, TrustList) {
    let folder = world.folder.path().join("lists");
    std::fs::create_dir(&folder).unwrap();
    let key = world.folder.path().join("list-key.der");
    std::fs::write(&key, Publisher::new(7).spki()).unwrap();
    let one = first(&world.pki);
    put(&folder, &one);
    let path = folder.clone();
    let world = world.restart_with(|config| {
        config.professionals = TrustSection::default();
        config.trust_list = Some(TrustListSection {
            keys: vec![key],
            path: Some(path),
        });
    });
    (world.await, folder, one)
}

fn put(folder: &Path, list: &TrustList) {
    let name = format!("{}.json", list.version);
    std::fs::write(folder.join(name), Publisher::new(7).file(list)).unwrap();
}

fn refresh(world: &World) -> Result<Option<u64>, String> {
    let (now, today) = world.app.now();
    let lists = world.app.trust_lists.as_ref().unwrap();
    let refreshed = lists.refresh(&world.app.trust, now, today);
    refreshed.map_err(|problem| problem.to_string())
}

async fn open_again(world: &World) -> Result<Office, String> {
    let opened = Office::open(&world.config, world.clock.clone()).await;
    opened.map_err(|error| format!("{error:#}"))
}

#[test]
fn an_authority_that_loses_trust_signs_no_more_and_what_it_certified_stays() {
    let name =
        "trust_list::an_authority_that_loses_trust_signs_no_more_and_what_it_certified_stays";
    with_world(name, async |world| {
        let (world, folder, one) = listed(world).await;
        let folio = world.issue(&example("clonazepam")).await;
        let qr = world.qr(&folio).await;
        world.set_time(NOON);
        let two = next(&one, |list| {
            list.effective_from = date(2026, 3, 2);
            list.authorities[1].until = Some("2026-03-02T15:30:00Z".parse().unwrap());
        });
        put(&folder, &two);
        assert_eq!(refresh(&world), Ok(Some(2)));
        assert_eq!(refresh(&world), Ok(None));
        let order = example("three-lines");
        let refused = world.post(&ehr(), path_of(&order), &order).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(codes(&refused), ["prescriber-certificate"]);
        let pharmacy = Pharmacy::licensed();
        let body = json!({"qr": qr});
        let seen = world.post(&pharmacy.caller, "/verifications", &body).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());

        // The same after a restart without the folder's newer version: it is kept.
        std::fs::remove_file(folder.join("2.json")).unwrap();
        std::fs::remove_file(folder.join("1.json")).unwrap();
        let world = world.restart().await;
        let refused = world.post(&ehr(), path_of(&order), &order).await;
        assert_eq!(codes(&refused), ["prescriber-certificate"]);
    });
}

#[test]
fn a_version_waits_for_its_day() {
    with_world("trust_list::a_version_waits_for_its_day", async |world| {
        let (world, folder, one) = listed(world).await;
        let two = next(&one, |list| {
            list.effective_from = date(2026, 3, 3);
            list.authorities[1].until = Some("2026-03-01T00:00:00Z".parse().unwrap());
        });
        put(&folder, &two);
        assert_eq!(refresh(&world), Ok(None));
        world.issue(&example("clonazepam")).await;
        world.set_time(NEXT_DAY);
        assert_eq!(refresh(&world), Ok(Some(2)));
        let order = example("three-lines");
        let refused = world.post(&ehr(), path_of(&order), &order).await;
        assert_eq!(codes(&refused), ["prescriber-certificate"]);
    });
}

#[test]
fn an_older_list_is_refused_and_the_newer_one_goes_on() {
    let name = "trust_list::an_older_list_is_refused_and_the_newer_one_goes_on";
    with_world(name, async |world| {
        let (world, folder, one) = listed(world).await;
        put(&folder, &next(&one, |_| {}));
        assert_eq!(refresh(&world), Ok(Some(2)));
        std::fs::remove_file(folder.join("2.json")).unwrap();
        let rollback = "version 1, and 2 is in use";
        let refused = refresh(&world).unwrap_err();
        assert!(refused.contains(rollback), "{refused}");
        world.issue(&example("clonazepam")).await;
        let refused = open_again(&world).await.map(drop).unwrap_err();
        assert!(refused.contains(rollback), "{refused}");

        // Another history of version 2, and one by somebody else.
        let other = next(&one, |list| list.effective_from = date(2026, 2, 1));
        put(&folder, &other);
        let refused = refresh(&world).unwrap_err();
        assert!(refused.contains("version 2, and 2 is in use"), "{refused}");
        let three = next(&next(&one, |_| {}), |_| {});
        let forged = Publisher::new(8).file(&three);
        std::fs::write(folder.join("2.json"), forged).unwrap();
        let refused = refresh(&world).unwrap_err();
        assert!(refused.contains("pinned key"), "{refused}");
        // A version that another process kept is taken in, whatever the folder says.
        let kept = world.config.data_dir.join("trust-lists/0000000003.json");
        std::fs::write(kept, Publisher::new(7).file(&three)).unwrap();
        assert!(refresh(&world).is_err());
        let lists = world.app.trust_lists.as_ref().unwrap();
        assert_eq!(lists.newest().unwrap().version, 3);
        std::fs::remove_file(folder.join("2.json")).unwrap();
        put(&folder, &three);
        assert_eq!(refresh(&world), Ok(None));
        assert!(open_again(&world).await.is_ok());
    });
}
