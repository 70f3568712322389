//! From the configuration to the ledger: keys, policy, files.

use anyhow::Context as _;
use ledger::Policy;
use ledger_object_store::{ConditionalPuts, S3Settings};
use tokio::runtime::Handle;

use crate::config::{Config, read_file};
use crate::keys::Keys;
use crate::store::{Locked, Store};
use crate::worker::sequence::{
    self, Bucket, LedgerFiles, OpenedShard, Sequencer, SequencerParts, SignersOf,
};

/// Ends the open log and begins the next one; nothing else may run on the data.
///
/// # Errors
/// What cannot be opened, or why the log cannot be ended.
pub async fn open_shard(config: &Config, name: &str) -> anyhow::Result<OpenedShard> {
    let keys = Keys::open(config)?;
    let database = Locked::open(&config.database_url()).await?;
    let store = keys.unlock(database).await?;
    let signers = |origin: &str| keys.signers(origin).map_err(|error| error.to_string());
    let parts = sequencer_parts(config, &signers, &store)?;
    Ok(sequence::open_shard(parts, name).await?)
}

/// Opens the ledger that the configuration names.
pub(crate) async fn open_sequencer(
    config: &Config,
    keys: &Keys,
    store: &Store,
) -> anyhow::Result<Sequencer> {
    let signers = |origin: &str| keys.signers(origin).map_err(|error| error.to_string());
    Ok(Sequencer::open(sequencer_parts(config, &signers, store)?).await?)
}

fn ledger_files(config: &Config) -> anyhow::Result<LedgerFiles> {
    let Some(store) = &config.ledger.store else {
        return Ok(LedgerFiles::Directory(config.ledger_dir()));
    };
    let secret = |path| -> anyhow::Result<String> {
        Ok(String::from_utf8(read_file(path)?)?.trim().to_owned())
    };
    let client = ledger_object_store::connect(&S3Settings {
        endpoint: store.endpoint.clone(),
        region: store.region.clone(),
        bucket: store.bucket.clone(),
        access_key_id: secret(&store.access_key_id_file)?,
        secret_access_key: secret(&store.secret_access_key_file)?,
        allow_http: store.allow_http,
    })
    .context("ledger.store")?;
    let puts = if store.conditional_puts {
        ConditionalPuts::Required
    } else {
        ConditionalPuts::Unavailable
    };
    Ok(LedgerFiles::Objects(Bucket {
        client,
        prefix: store.prefix.clone(),
        puts,
        runtime: bucket_runtime()?,
    }))
}

/// A runtime for the bucket's connections, which lives as long as the process.
fn bucket_runtime() -> anyhow::Result<Handle> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("ledger-bucket")
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    // It may not be dropped from within another runtime.
    std::mem::forget(runtime);
    Ok(handle)
}

fn sequencer_parts<'k>(
    config: &Config,
    signers: SignersOf<'k>,
    store: &Store,
) -> anyhow::Result<SequencerParts<'k>> {
    let policy = match &config.ledger.policy {
        Some(path) => {
            let text = read_file(path)?;
            let policy = Policy::parse(&String::from_utf8_lossy(&text));
            Some(policy.with_context(|| path.display().to_string())?)
        }
        None => None,
    };
    Ok(SequencerParts {
        store: store.clone(),
        signers,
        files: ledger_files(config)?,
        origin: config.ledger.origin.clone(),
        policy,
    })
}
