//! The public checkpoint waits for its witnesses: real ones, over HTTP.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ledger::{NoteSigner, Policy, SoftwareSigner, WitnessKey};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use witness::router::{Witness, router};
use witness::state::State;

use crate::fixture::{Place, check, entry, key};

struct Server {
    address: SocketAddr,
    key: WitnessKey,
    serving: JoinHandle<()>,
}

/// A witness with state in `folder`, at `address`.
async fn witness(name: &str, folder: &Path, address: &str) -> Server {
    let signer = SoftwareSigner::from_seed(name, &[name.len().try_into().unwrap(); 32]).unwrap();
    let witness_key = WitnessKey::of(signer.verifier_key());
    std::fs::create_dir_all(folder).unwrap();
    let state = State::open(folder, &witness_key).unwrap();
    let witness = Arc::new(Witness {
        signer,
        log_keys: vec![key()],
        state,
    });
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = witness::server::serve(listener, router(witness), std::future::pending());
    Server {
        address,
        key: witness_key,
        serving: tokio::spawn(serving),
    }
}

fn policy(witnesses: &[&Server], quorum: &str) -> Policy {
    let mut text = format!("log {}\n", key());
    for (n, server) in witnesses.iter().enumerate() {
        let line = format!("witness w{n} {} http://{}\n", server.key, server.address);
        text.push_str(&line);
    }
    text.push_str(quorum);
    Policy::parse(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_checkpoint_carries_the_quorum() {
    let folder = TempDir::new().unwrap();
    let one = witness("w.example/1", &folder.path().join("w1"), "127.0.0.1:0").await;
    let two = witness("w.example/twotwo", &folder.path().join("w2"), "127.0.0.1:0").await;
    let policy = policy(&[&one, &two], "group both all w0 w1\nquorum both\n");
    let place = Place {
        policy: Some(policy.clone()),
        ..Place::sqlite(folder.path())
    };
    let running = place.start().await;
    for n in 0..30 {
        let receipt = running.sequencer.append(entry(n, 1)).await.unwrap();
        check(&receipt, &entry(n, 1).leaf);
    }
    place.wait_for_public(running.sequencer.size()).await;
    let checkpoint = place.files().read_checkpoint().unwrap().unwrap();
    let witnessed = policy.verify(&checkpoint).unwrap();
    assert_eq!(witnessed.cosignatures().len(), 2);
    assert_eq!(running.sequencer.held_back(), None);
    running.end().await;

    // After a restart it does not remember what they cosigned: they say it.
    let running = place.start().await;
    running.sequencer.append(entry(30, 1)).await.unwrap();
    place.wait_for_public(running.sequencer.size()).await;
    running.end().await;
    place.verify();
}

/// Database and files put back together to an older moment agree with each other. The witness
/// remembers, and the log does not start: what it signed from there on would be a second history.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_put_back_to_an_older_copy_does_not_start() {
    let folder = TempDir::new().unwrap();
    let server = witness("w.example/1", &folder.path().join("w"), "127.0.0.1:0").await;
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let place = Place {
        policy: Some(policy(&[&server], "quorum w0\n")),
        ..Place::sqlite(&data)
    };
    let running = place.start().await;
    running.sequencer.append(entry(0, 1)).await.unwrap();
    place.wait_for_public(running.sequencer.size()).await;
    running.end().await;
    closed(&data).await;
    let backup = folder.path().join("backup");
    copy(&data, &backup);

    let running = place.start().await;
    running.sequencer.append(entry(1, 1)).await.unwrap();
    place.wait_for_public(running.sequencer.size()).await;
    running.end().await;
    closed(&data).await;
    std::fs::remove_dir_all(&data).unwrap();
    copy(&backup, &data);
    let refused = place.try_start().await.map(drop).unwrap_err().to_string();
    assert!(refused.contains("older copy"), "{refused}");
    assert!(refused.contains("w0"), "{refused}");
}

/// The connections close a moment after the service: only then the files are all there is of the
/// database. The write-ahead log may stay beside it, where two connections close at once.
async fn closed(folder: &Path) {
    let folder = folder.canonicalize().unwrap();
    let is_open = || {
        let mut open = Path::new("/proc/self/fd").read_dir().unwrap();
        open.any(|file| {
            let file = file.and_then(|file| file.path().read_link());
            file.is_ok_and(|file| file.starts_with(&folder))
        })
    };
    for _ in 0..6000 {
        if !is_open() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the database stays open");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in from.read_dir().unwrap() {
        let path = file.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            std::fs::copy(&path, &copied).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_quorum_the_checkpoint_waits_and_receipts_go_on() {
    let folder = TempDir::new().unwrap();
    let state = folder.path().join("w");
    let server = witness("w.example/1", &state, "127.0.0.1:0").await;
    let place = Place {
        policy: Some(policy(&[&server], "quorum w0\n")),
        ..Place::sqlite(folder.path())
    };
    let running = place.start().await;
    running.sequencer.append(entry(0, 1)).await.unwrap();
    let public = running.sequencer.size();
    place.wait_for_public(public).await;

    let address = server.address.to_string();
    server.serving.abort();
    assert!(server.serving.await.unwrap_err().is_cancelled());
    let receipt = running.sequencer.append(entry(1, 1)).await.unwrap();
    check(&receipt, &entry(1, 1).leaf);
    let mut held_back = None;
    for _ in 0..500 {
        held_back = running.sequencer.held_back();
        if held_back.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(held_back.is_some_and(|why| why.contains("quorum") || why.contains("witness")));
    let checkpoint = place.files().read_checkpoint().unwrap().unwrap();
    assert_eq!(checkpoint.claimed().size(), public);

    let back = witness("w.example/1", &state, &address).await;
    place.wait_for_public(running.sequencer.size()).await;
    assert_eq!(running.sequencer.held_back(), None);
    back.serving.abort();
    running.end().await;
}
