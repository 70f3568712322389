//! Servers that honour conditional puts, and those that do not.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use ledger::{Log, PublishError, WriteError};
use ledger_object_store::{ConditionalPuts, ObjectTileStore, OpenStoreError};

use crate::server::{ORIGIN, PREFIX, Server, append, audit, entries, publish, signer};

#[test]
fn a_server_that_ignores_conditions_is_refused() {
    let server = Server::start();
    let ignores = &server.conduct.ignores_conditions;
    let open = || {
        let required = ConditionalPuts::Required;
        ObjectTileStore::open(server.objects(), PREFIX, server.handle(), required)
    };
    ignores.store(true, Ordering::SeqCst);
    let refused = open().unwrap_err();
    assert!(
        matches!(
            &refused,
            OpenStoreError::Ignored {
                condition: "If-None-Match",
                ..
            }
        ),
        "{refused}"
    );
    // The probe of the first start is there now; the other condition tells as well.
    ignores.store(false, Ordering::SeqCst);
    open().unwrap();
    ignores.store(true, Ordering::SeqCst);
    assert!(open().is_err());
}

#[test]
fn without_conditions_it_compares_before_it_writes() {
    let server = Server::start();
    server
        .conduct
        .ignores_conditions
        .store(true, Ordering::SeqCst);
    let open = || {
        let store = server.store_with(ConditionalPuts::Unavailable);
        Log::open_on(Arc::new(store), ORIGIN).unwrap()
    };
    let mut log = open();
    append(&mut log, 300);
    publish(&mut log);
    append(&mut log, 300);
    publish(&mut log);
    assert_eq!(audit(&server, &[]), 600);
    assert!(!server.contents().contains_key("conditional-put-probe"));

    let before = server.contents();
    let (mut first, mut second) = (open(), open());
    append(&mut first, 1);
    publish(&mut first);
    second.replay(600, &entries(7..8)).unwrap();
    let checkpoint = second.sign(&signer()).unwrap();
    let refused = second.publish(&checkpoint).unwrap_err();
    assert!(
        matches!(refused, PublishError::Write(WriteError::Conflict { .. })),
        "{refused}"
    );
    for (name, content) in before.iter().filter(|(name, _)| *name != "checkpoint") {
        assert_eq!(server.contents().get(name), Some(content), "{name}");
    }
    assert_eq!(audit(&server, &[]), 601);
}

#[test]
fn a_wrong_secret_is_no_empty_log() {
    let server = Server::start();
    let settings = ledger_object_store::S3Settings {
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        region: "us-east-1".to_owned(),
        bucket: "receta".to_owned(),
        access_key_id: "receta".to_owned(),
        secret_access_key: "wrong".to_owned(),
        allow_http: true,
    };
    let nobody = ledger_object_store::connect(&settings).unwrap();
    let required = ConditionalPuts::Required;
    let refused = ObjectTileStore::open(nobody, PREFIX, server.handle(), required);
    assert!(matches!(refused, Err(OpenStoreError::Server { .. })));
    let stranger = server.objects_with("wrong");
    let refused = ObjectTileStore::open(stranger.clone(), PREFIX, server.handle(), required);
    assert!(matches!(refused, Err(OpenStoreError::Server { .. })));
    let unprobed = ObjectTileStore::open(
        stranger,
        PREFIX,
        server.handle(),
        ConditionalPuts::Unavailable,
    );
    assert!(Log::open_on(Arc::new(unprobed.unwrap()), ORIGIN).is_err());
}
