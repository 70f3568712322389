//! All keys under a new wrapping key, while the service signs.

use hsm::HsmError;
use prescription::key::wrapping::FIRST_WRAPPING_KEY;
use prescription::key::{RewrapAct, WrappingVerb};
use prescription::register::{Register, RegisterBody};
use rx_service::flow::FlowError;
use rx_service::flow::key::{self, RewrapOrder, WrappingOrder};
use rx_service::office::Office;

use crate::consent;
use crate::lifetime::join_all;
use crate::stock::for_patient;
use crate::world::{CEDULA, World, with_ceremony, with_world};

const NEXT: &str = "receta-wrapping-2";

fn ceremony(what: WrappingVerb, label: &str) -> WrappingOrder {
    WrappingOrder {
        what,
        label: label.to_owned(),
        custodians: ["1234567", "8765432"].map(|cedula| cedula.parse().unwrap()),
    }
}

async fn act(office: &Office, what: WrappingVerb, label: &str) -> Result<(), FlowError> {
    let order = ceremony(what, label);
    let by = consent::ordering(office, "1234567").await;
    key::act_on_wrapping_key(office, &order, Some(&by))
        .await
        .map(drop)
}

fn order(batch: u16) -> RewrapOrder {
    RewrapOrder {
        from: FIRST_WRAPPING_KEY.to_owned(),
        to: NEXT.to_owned(),
        batch,
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, FlowError>) -> String {
    let text = answer.unwrap_err().to_string();
    text.split(':').next().unwrap().to_owned()
}

async fn under(world: &World, label: &str) -> u64 {
    world.app.store.count_keys_under(label).await.unwrap()
}

#[test]
fn every_key_goes_over_while_the_service_signs() {
    let name = "keys_rewrap::every_key_goes_over_while_the_service_signs";
    with_ceremony(name, &[FIRST_WRAPPING_KEY, NEXT], async |world| {
        for n in 0..6 {
            world.enrol(&format!("200000{n}"), 2026).await;
        }
        let office = world.beside().await;
        // Not before two persons have put the new one to use.
        let early = key::rewrap(&office, &order(3), &mut |_| true).await;
        assert_eq!(code(early), "wrapping-not-in-use");
        act(&office, WrappingVerb::Made, NEXT).await.unwrap();
        let used = act(&office, WrappingVerb::Retired, FIRST_WRAPPING_KEY).await;
        assert_eq!(code(used), "wrapping-still-used");

        // Stopped after a batch, as by Ctrl-C.
        let mut rounds = 0;
        let mut one_batch = |_: &key::RewrapProgress| {
            rounds += 1;
            rounds < 2
        };
        let stopped = key::rewrap(&office, &order(3), &mut one_batch).await;
        let stopped = stopped.unwrap();
        assert_eq!((stopped.done, stopped.left), (3, 5));
        assert_eq!(under(&world, NEXT).await, 3);

        let issuing = (0..8).map(|n| {
            let world = &world;
            async move { world.issue(&for_patient(n)).await }
        });
        let mut go_on = |_: &key::RewrapProgress| true;
        let twos = order(2);
        let wrapping = key::rewrap(&office, &twos, &mut go_on);
        let (folios, end) = tokio::join!(join_all(issuing), wrapping);
        let end = end.unwrap();
        assert_eq!((folios.len(), end.done, end.left), (8, 5, 0));
        assert_eq!(end.refused, []);
        // The service that was running signs with what is under the new key now.
        world.issue(&for_patient(20)).await;
        act(&office, WrappingVerb::Retired, FIRST_WRAPPING_KEY)
            .await
            .unwrap();

        // Four batches and two acts on wrapping keys, instead of one act for each of eight keys.
        let subject = format!("rewrap:{NEXT}");
        let acts = world.app.store.acts(Register::Key, &subject, 1, 99).await;
        let sizes = acts.unwrap().into_iter().map(|stored| {
            let body = RegisterBody::<RewrapAct>::from_canonical(&stored.body);
            body.unwrap().act.keys.len()
        });
        assert_eq!(sizes.collect::<Vec<_>>(), [3, 2, 2, 1]);
        // New keys are born under it, and a service that starts finds it.
        let world = world.restart().await;
        world.enrol("3000000", 2026).await;
        assert_eq!(under(&world, NEXT).await, 9);
        world.issue(&for_patient(21)).await;
    });
}

#[test]
fn a_damaged_key_stays_and_is_told() {
    let name = "keys_rewrap::a_damaged_key_stays_and_is_told";
    with_ceremony(name, &[FIRST_WRAPPING_KEY, NEXT], async |world| {
        let office = world.beside().await;
        act(&office, WrappingVerb::Made, NEXT).await.unwrap();
        // Another prescriber's key is not damaged: swapped rows are found when the key signs.
        let damaged = office
            .store
            .keys_under(FIRST_WRAPPING_KEY, 9)
            .await
            .unwrap();
        assert_eq!(damaged.len(), 2);
        let url = world.config().database_url();
        let rows = sqlx::AnyPool::connect(&url).await.unwrap();
        let broken = {
            let mut bytes = damaged[0].wrapped.clone();
            bytes[20] ^= 1;
            bytes
        };
        sqlx::query("UPDATE prescriber_key SET wrapped_key = $1 WHERE cedula = '1234567'")
            .bind(broken)
            .execute(&rows)
            .await
            .unwrap();
        let end = key::rewrap(&office, &order(1), &mut |_| true)
            .await
            .unwrap();
        assert_eq!((end.done, end.left), (1, 1));
        assert_eq!(end.refused[0].cedula.as_str(), "1234567");
        assert_eq!(under(&world, NEXT).await, 1);
        assert_ne!(CEDULA, "1234567");
        world.issue(&for_patient(1)).await;
    });
}

/// A key that one person could have made, as at the first start without a ceremony.
#[test]
fn only_keys_of_a_ceremony_take_part() {
    let name = "keys_rewrap::only_keys_of_a_ceremony_take_part";
    with_world(name, async |world| {
        let office = world.beside().await;
        let missing = act(&office, WrappingVerb::Made, NEXT).await;
        assert!(
            matches!(missing, Err(FlowError::Hsm(HsmError::KeyMissing { .. }))),
            "{missing:?}"
        );
        office.keys.hsm.ensure_wrapping_key(NEXT).unwrap();
        let alone = act(&office, WrappingVerb::Made, NEXT).await;
        assert!(
            matches!(alone, Err(FlowError::Hsm(HsmError::NotTrusted { .. }))),
            "{alone:?}"
        );
    });
}
