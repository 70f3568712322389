//! Activations and factors: used exactly once, whoever else tries at the same moment.

use activation::totp::Algorithm;
use activation::webauthn::{Passkey, PublicKey, WebauthnError};
use activation::{Policy, Refusal, Use};
use jiff::{SignedDuration, Timestamp};
use prescription::Cedula;
use rx_service::store::{
    ChallengePurpose, Conflict, FactorKind, FactorOrder, FactorProof, GivenChallenge,
    NewActivation, Store, StoreError, StoredFactor,
};

use crate::database::{Database, open};
use crate::on_both;

fn owner() -> Cedula {
    "1234567".parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn order(by: Option<&str>) -> FactorOrder {
    FactorOrder {
        by: by.map(|by| by.parse().unwrap()),
        client: "officer".to_owned(),
        at: at(0),
    }
}

fn app(id: &str) -> StoredFactor {
    let kind = FactorKind::Totp {
        secret: b"a secret of 20 bytes".to_vec(),
        algorithm: Algorithm::Sha1,
        last_step: 0,
    };
    factor(id, kind)
}

fn passkey(id: &str, counter: u32) -> StoredFactor {
    let mut point = [9; 65];
    point[0] = 4;
    let kind = FactorKind::Passkey(Passkey {
        id: id.as_bytes().to_vec(),
        key: PublicKey::from_point(&point).unwrap(),
        counter,
    });
    factor(id, kind)
}

fn factor(id: &str, kind: FactorKind) -> StoredFactor {
    StoredFactor {
        id: id.to_owned(),
        kind,
        label: "teléfono".to_owned(),
        enrolled_at: at(0),
    }
}

async fn enrol(store: &Store, factor: StoredFactor) -> Result<(), StoreError> {
    store
        .enrol_factor(owner(), factor, order(Some("7654321")), None)
        .await
}

fn refusal<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Refusal {
    match result {
        Err(StoreError::Conflict(Conflict::Activation(refusal))) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn by_otp(token: u8, digests: &[u8], step: i64, made_at: Timestamp) -> NewActivation {
    NewActivation {
        token_hash: [token; 32],
        cedula: owner(),
        client: "ehr".to_owned(),
        digests: digests.iter().map(|fill| [*fill; 32]).collect(),
        made_at,
        proof: FactorProof::Otp {
            factor: "app".to_owned(),
            step,
        },
    }
}

async fn redeem(store: &Store, token: u8, digest: u8, seconds: i64) -> Result<(), StoreError> {
    let cedula = owner();
    let act = Use {
        cedula: &cedula,
        client: "ehr",
        digests: &[[digest; 32]],
        per_prescription: false,
    };
    store.redeem([token; 32], &act, at(seconds)).await
}

async fn a_digest_is_redeemed_once_however_many_try(db: Database) {
    enrol(&db.store, app("app")).await.unwrap();
    let new = by_otp(1, &[1, 2], 5, at(0));
    assert_eq!(db.store.activate(new, Policy::default()).await.unwrap(), 1);
    // Two replicas, sixteen requests each.
    let replica = open(&db.url).await.unwrap();
    let tries = (0..32).map(|number| {
        let store = if number % 2 == 0 { &db.store } else { &replica }.clone();
        tokio::spawn(async move { redeem(&store, 1, 1, 1).await })
    });
    let mut redeemed = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(()) => redeemed += 1,
            refused => assert_eq!(refusal(refused), Refusal::Used),
        }
    }
    assert_eq!(redeemed, 1);
    // The other digest is still there.
    redeem(&replica, 1, 2, 1).await.unwrap();
}

async fn what_is_refused_uses_nothing(db: Database) {
    enrol(&db.store, app("app")).await.unwrap();
    let new = by_otp(1, &[1, 2], 5, at(0));
    db.store.activate(new, Policy::default()).await.unwrap();
    assert_eq!(refusal(redeem(&db.store, 2, 1, 1).await), Refusal::Unknown);
    assert_eq!(
        refusal(redeem(&db.store, 1, 3, 1).await),
        Refusal::OtherContent
    );
    let late = refusal(redeem(&db.store, 1, 1, 120).await);
    assert_eq!(late, Refusal::Expired(at(120)));
    let cedula = owner();
    let both = |client, digests, per_prescription| Use {
        cedula: &cedula,
        client,
        digests,
        per_prescription,
    };
    let one = [[1; 32]];
    for (act, expected) in [
        (both("other", &one[..], false), Refusal::OtherClient),
        (both("ehr", &one, true), Refusal::NotAlone),
        (
            both("ehr", &[[1; 32], [3; 32]], false),
            Refusal::OtherContent,
        ),
        // The same digest twice in one act: the second finds none, and the first is given back.
        (both("ehr", &[[1; 32], [1; 32]], false), Refusal::Used),
    ] {
        assert_eq!(
            refusal(db.store.redeem([1; 32], &act, at(1)).await),
            expected
        );
    }
    let act = both("ehr", &[[2; 32], [1; 32]], true);
    db.store.redeem([1; 32], &act, at(1)).await.unwrap();
}

async fn a_step_proves_once_however_many_try(db: Database) {
    enrol(&db.store, app("app")).await.unwrap();
    let tries = (1..=8).map(|token| {
        let store = db.store.clone();
        let new = by_otp(token, &[token], 5, at(0));
        tokio::spawn(async move { store.activate(new, Policy::default()).await })
    });
    let mut activated = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => activated += 1,
            refused => assert_eq!(refusal(refused), Refusal::Otp),
        }
    }
    assert_eq!(activated, 1);
    let earlier = by_otp(9, &[1], 4, at(0));
    let earlier = db.store.activate(earlier, Policy::default()).await;
    assert_eq!(refusal(earlier), Refusal::Otp);
    // What was not given is not there.
    let tokens = db.texts("SELECT factor FROM activation").await;
    assert_eq!(tokens.len(), 1);
}

async fn guesses_at_once_are_counted_each(db: Database) {
    enrol(&db.store, app("app")).await.unwrap();
    let tries = (0..20).map(|_| {
        let store = db.store.clone();
        let claim = async move {
            store
                .claim_attempt("app".to_owned(), Policy::default(), at(0))
                .await
        };
        tokio::spawn(claim)
    });
    let mut looked_at = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(()) => looked_at += 1,
            refused => assert_eq!(refusal(refused), Refusal::Locked(at(900))),
        }
    }
    assert_eq!(looked_at, 5);
    // A right code takes the count back, and the length of the lock.
    let claim = |seconds| {
        db.store
            .claim_attempt("app".to_owned(), Policy::default(), at(seconds))
    };
    claim(900).await.unwrap();
    let new = by_otp(1, &[1], 7, at(900));
    db.store.activate(new, Policy::default()).await.unwrap();
    for _ in 0..5 {
        claim(900).await.unwrap();
    }
    assert_eq!(refusal(claim(900).await), Refusal::Locked(at(1800)));
}

async fn a_challenge_is_answered_once_and_counters_only_grow(db: Database) {
    enrol(&db.store, passkey("key", 0)).await.unwrap();
    let give = |fill: u8| {
        let given = GivenChallenge {
            challenge: [fill; 32],
            nonce: [fill + 100; 32],
            purpose: ChallengePurpose::Authorise,
            cedula: owner(),
            client: "ehr".to_owned(),
            expires_at: at(120),
        };
        db.store.give_challenge(given, at(0))
    };
    let answer = |challenge: u8, counter, seconds| {
        let new = NewActivation {
            token_hash: [challenge + counter; 32],
            proof: FactorProof::Passkey {
                factor: "key".to_owned(),
                challenge: [challenge; 32],
                counter: u32::from(counter),
            },
            ..by_otp(0, &[1], 0, at(seconds))
        };
        db.store.activate(new, Policy::default())
    };
    give(1).await.unwrap();
    let nonce = |purpose, client, seconds| {
        let owner = owner();
        let store = db.store.clone();
        async move {
            let party = (&owner, client);
            store
                .challenge_nonce(&[1; 32], purpose, party, at(seconds))
                .await
                .unwrap()
        }
    };
    let purpose = ChallengePurpose::Authorise;
    assert_eq!(nonce(purpose, "ehr", 0).await, Some([101; 32]));
    assert_eq!(nonce(ChallengePurpose::Register, "ehr", 0).await, None);
    assert_eq!(nonce(purpose, "other", 0).await, None);
    assert_eq!(nonce(purpose, "ehr", 120).await, None);

    assert_eq!(refusal(answer(1, 0, 120).await), Refusal::Challenge);
    answer(1, 0, 1).await.unwrap();
    assert_eq!(refusal(answer(1, 1, 1).await), Refusal::Challenge);
    give(2).await.unwrap();
    answer(2, 5, 1).await.unwrap();
    give(3).await.unwrap();
    let back = Refusal::Passkey(WebauthnError::Counter);
    assert_eq!(refusal(answer(3, 5, 1).await), back);
    // The refusal took nothing: the challenge still waits.
    answer(3, 6, 1).await.unwrap();
}

async fn an_hour_has_only_so_many(db: Database) {
    enrol(&db.store, app("app")).await.unwrap();
    let policy = Policy {
        per_hour: 2,
        ..Policy::default()
    };
    for (token, expected) in [(1, 1), (2, 2)] {
        let new = by_otp(token, &[1], i64::from(token), at(0));
        assert_eq!(db.store.activate(new, policy).await.unwrap(), expected);
    }
    let third = db
        .store
        .activate(by_otp(3, &[1], 3, at(3599)), policy)
        .await;
    assert_eq!(refusal(third), Refusal::TooOften(2));
    let later = at(0) + SignedDuration::from_hours(1);
    db.store
        .activate(by_otp(3, &[1], 3, later), policy)
        .await
        .unwrap();
    // A day later nothing is left of them.
    let next_day = at(0) + SignedDuration::from_hours(30);
    db.store
        .activate(by_otp(4, &[1], 4, next_day), policy)
        .await
        .unwrap();
    assert_eq!(db.texts("SELECT factor FROM activation").await.len(), 1);
    let digests = db.blobs("SELECT digest FROM activation_digest").await;
    assert_eq!(digests.len(), 1);
}

async fn factors_read_back_sealed_and_go(db: Database) {
    enrol(&db.store, app("app")).await.unwrap();
    enrol(&db.store, passkey("key", 3)).await.unwrap();
    let factors = db.store.factors(&owner()).await.unwrap();
    assert_eq!(factors, [app("app"), passkey("key", 3)]);
    let sealed = db
        .blobs("SELECT sealed FROM activation_factor WHERE kind = 'totp'")
        .await;
    assert!(!sealed[0].windows(6).any(|window| window == b"secret"));

    assert_eq!(
        refusal(enrol(&db.store, app("app2")).await),
        Refusal::FactorTaken
    );
    assert_eq!(
        refusal(enrol(&db.store, passkey("key", 0)).await),
        Refusal::FactorTaken
    );
    let other: Cedula = "76543210".parse().unwrap();
    let by = || order(Some("7654321"));
    let remove =
        |cedula: &Cedula, id: &str| db.store.remove_factor(cedula.clone(), id.to_owned(), by());
    assert!(!remove(&other, "app").await.unwrap());
    assert!(remove(&owner(), "app").await.unwrap());
    assert!(!remove(&owner(), "app").await.unwrap());
    // A factor that is gone proves nothing, and another may take its place.
    let gone = db
        .store
        .activate(by_otp(1, &[1], 5, at(0)), Policy::default())
        .await;
    assert_eq!(refusal(gone), Refusal::Otp);
    enrol(&db.store, app("app3")).await.unwrap();
    let events =
        "SELECT verb || ' ' || factor || ' ' || by FROM activation_factor_event ORDER BY id";
    let events = db.texts(events).await;
    assert_eq!(
        events,
        [
            "enrol app 7654321",
            "enrol key 7654321",
            "remove app 7654321",
            "enrol app3 7654321"
        ]
    );
}

async fn only_the_very_first_factor_needs_no_officer(db: Database) {
    let first = |factor| db.store.enrol_factor(owner(), factor, order(None), None);
    first(app("app")).await.unwrap();
    assert_eq!(refusal(first(passkey("key", 0)).await), Refusal::NotFirst);
    // Not even when all were removed.
    db.store
        .remove_factor(owner(), "app".to_owned(), order(Some("7654321")))
        .await
        .unwrap();
    assert_eq!(refusal(first(app("app2")).await), Refusal::NotFirst);
}

async fn a_secret_moved_to_another_row_does_not_open(db: Database) {
    enrol(&db.store, app("app")).await.unwrap();
    db.execute("UPDATE activation_factor SET id = 'moved'")
        .await;
    let found = db.store.factors(&owner()).await;
    assert!(matches!(
        found,
        Err(StoreError::Inconsistent {
            column: "sealed",
            ..
        })
    ));
}

on_both!(
    a_digest_is_redeemed_once_however_many_try,
    what_is_refused_uses_nothing,
    a_step_proves_once_however_many_try,
    guesses_at_once_are_counted_each,
    a_challenge_is_answered_once_and_counters_only_grow,
    an_hour_has_only_so_many,
    factors_read_back_sealed_and_go,
    only_the_very_first_factor_needs_no_officer,
    a_secret_moved_to_another_row_does_not_open,
);
