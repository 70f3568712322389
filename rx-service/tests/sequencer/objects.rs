//! Replicas on one PostgreSQL that share a bucket of a server that speaks S3.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use ledger::{TileSource, verify_directory};
use ledger_object_store::{ConditionalPuts, ObjectTileSource, S3Settings, connect};
use object_store::ObjectStore;
use rx_service::worker::sequence::{Bucket, LedgerFiles};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::fixture::{ORIGIN, Place, check, entry, key, key_of};

const BUCKET: &str = "receta";
const SECRET: &str = "a secret of the test";

/// A runtime for the server and its clients: neither may wait for tasks that wait for them.
fn elsewhere() -> Handle {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    std::mem::forget(runtime);
    handle
}

/// Serves the folder as S3, for as long as the test runs.
async fn serve_s3(folder: &Path, elsewhere: &Handle) -> SocketAddr {
    std::fs::create_dir_all(folder.join(BUCKET)).unwrap();
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    service.set_auth(SimpleAuth::from_single("receta", SECRET));
    let service = service.build();
    let bind = async { TcpListener::bind("127.0.0.1:0").await.unwrap() };
    let listener = elsewhere.spawn(bind).await.unwrap();
    let address = listener.local_addr().unwrap();
    elsewhere.spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            let connection = hyper::server::conn::http1::Builder::new();
            let serving = connection.serve_connection(TokioIo::new(socket), service);
            tokio::spawn(async move { drop(serving.await) });
        }
    });
    address
}

fn client(address: SocketAddr) -> Arc<dyn ObjectStore> {
    connect(&S3Settings {
        endpoint: Some(format!("http://{address}")),
        region: "us-east-1".to_owned(),
        bucket: BUCKET.to_owned(),
        access_key_id: "receta".to_owned(),
        secret_access_key: SECRET.to_owned(),
        allow_http: true,
    })
    .unwrap()
}

/// Replicas on a bucket, and a way to read it below a prefix.
async fn place(folder: &TempDir) -> (Place, impl Fn(&str) -> ObjectTileSource) {
    let elsewhere = elsewhere();
    let client = client(serve_s3(&folder.path().join("s3"), &elsewhere).await);
    let place = Place {
        url: throwaway_postgres::fresh_database(),
        files: Some(LedgerFiles::Objects(Bucket {
            client: Arc::clone(&client),
            prefix: "ledger".to_owned(),
            puts: ConditionalPuts::Required,
            runtime: elsewhere.clone(),
        })),
        ..Place::sqlite(folder.path())
    };
    let source =
        move |prefix: &str| ObjectTileSource::new(Arc::clone(&client), prefix, elsewhere.clone());
    (place, source)
}

/// Waits until `size` entries are public in the bucket.
async fn wait_for_public(source: &ObjectTileSource, size: u64) {
    for _ in 0..500 {
        let published = source.read_checkpoint().unwrap();
        if published.is_some_and(|checkpoint| checkpoint.claimed().size() >= size) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{size} entries were not published in 10 seconds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leader_publishes_and_whoever_takes_over_goes_on() {
    let folder = TempDir::new().unwrap();
    let (place, source) = place(&folder).await;
    let bucket = source("ledger");
    let leader = place.start().await;
    leader.sequencer.append(entry(0, 1)).await.unwrap();
    let follower = place.start().await;
    let many = (1000..1400).map(|n| entry(n, 1)).collect();
    leader.store.append(many).await.unwrap();
    for n in 1..30 {
        let replica = if n % 2 == 0 { &leader } else { &follower };
        let receipt = replica.sequencer.append(entry(n, 1)).await.unwrap();
        check(&receipt, &entry(n, 1).leaf);
    }
    wait_for_public(&bucket, leader.sequencer.size()).await;
    leader.end().await;

    let receipt = follower.sequencer.append(entry(300, 1)).await.unwrap();
    check(&receipt, &entry(300, 1).leaf);
    // Old entries are proved from tiles in the bucket.
    let old = follower.sequencer.append(entry(0, 9)).await.unwrap();
    check(&old, &entry(0, 1).leaf);
    let size = follower.sequencer.size();
    wait_for_public(&bucket, size).await;
    let again = place.start().await;
    check(
        &again.sequencer.append(entry(301, 1)).await.unwrap(),
        &entry(301, 1).leaf,
    );
    follower.end().await;
    again.end().await;
    let verified = verify_directory(&bucket, &key(), &[], &mut |_| {}).unwrap();
    assert!(verified.size() > size);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_shard_has_its_own_part_of_the_bucket() {
    let folder = TempDir::new().unwrap();
    let (place, source) = place(&folder).await;
    let running = place.start().await;
    running.sequencer.append(entry(0, 1)).await.unwrap();
    let refused = place.open_shard("2027").await.map(drop).unwrap_err();
    assert!(
        refused.to_string().contains("another replica leads"),
        "{refused}"
    );
    running.end().await;
    let opened = place.open_shard("2027").await.unwrap();
    assert_eq!(opened.place, "ledger/2027");
    let running = place.start().await;
    running.sequencer.append(entry(1, 1)).await.unwrap();
    let size = running.sequencer.size();
    let (first, second) = (source("ledger"), source("ledger/2027"));
    wait_for_public(&second, size - opened.closed.1).await;
    running.end().await;
    let origin = format!("{ORIGIN}/2027");
    verify_directory(&first, &key(), &[], &mut |_| {}).unwrap();
    verify_directory(&second, &key_of(&origin, 1), &[], &mut |_| {}).unwrap();
}
