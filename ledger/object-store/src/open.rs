//! Finding out whether a server honours the conditions that the log relies on, before it does.

use object_store::path::Path;
use object_store::{Error, ObjectStore, PutMode, PutOptions, UpdateVersion};

use crate::source::ObjectTileSource;

/// The object that the conditions are tried on. It stays, so that the next start needs no new one.
const PROBE: &str = "conditional-put-probe";
/// No object has this etag.
const NO_SUCH_ETAG: &str = "\"00000000000000000000000000000000\"";

/// Whether the server evaluates `If-None-Match` and `If-Match` on `PUT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionalPuts {
    /// It does, as Amazon S3 and most of its imitators; opening the store tries it and refuses a
    /// server that ignores them.
    Required,
    /// It may not. Every object is read and compared before it is written. That is as good while
    /// only one process writes; two that write at the same moment are *not* told apart, so the
    /// election of the sequencer must be exact (fencing included).
    Unavailable,
}

/// Why a store was not opened for writing.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// The server writes although the condition does not hold.
    #[error(
        "{name} was replaced although the request forbade it: the server ignores {condition}. \
        Use a server that honours conditional puts, or configure that they are unavailable"
    )]
    Ignored {
        /// The object tried.
        name: String,
        /// The header that was ignored.
        condition: &'static str,
    },
    /// The server did not answer as any server should.
    #[error("cannot write {name}; check endpoint, bucket and credentials")]
    Server {
        /// The object tried.
        name: String,
        /// What it said.
        #[source]
        source: Error,
    },
}

/// Tries both conditions on one object.
pub(crate) async fn probe(source: &ObjectTileSource) -> Result<(), OpenStoreError> {
    let location = source.below(PROBE);
    let objects = source.objects.as_ref();
    // The first may find it written by an earlier start; the second must.
    if put(objects, &location, PutMode::Create).await.is_ok() {
        let second = put(objects, &location, PutMode::Create).await;
        refused(source, &location, second, "If-None-Match")?;
    }
    let stale = UpdateVersion {
        e_tag: Some(NO_SUCH_ETAG.to_owned()),
        version: None,
    };
    let third = put(objects, &location, PutMode::Update(stale)).await;
    refused(source, &location, third, "If-Match")
}

async fn put(objects: &dyn ObjectStore, location: &Path, mode: PutMode) -> Result<(), Error> {
    let options = PutOptions::from(mode);
    let written = objects.put_opts(location, PROBE.into(), options).await;
    written.map(|_| ())
}

fn refused(
    source: &ObjectTileSource,
    location: &Path,
    outcome: Result<(), Error>,
    condition: &'static str,
) -> Result<(), OpenStoreError> {
    let name = source.name(location).display().to_string();
    match outcome {
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(()),
        Ok(()) => Err(OpenStoreError::Ignored { name, condition }),
        Err(source) => Err(OpenStoreError::Server { name, source }),
    }
}
