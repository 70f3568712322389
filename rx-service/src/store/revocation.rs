//! Lists and OCSP answers as they were fetched.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::error::During;
use super::{Store, StoreError};

const NAME: &str = "revocation";

/// What a source gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevocationKind {
    /// A revocation list.
    Crl,
    /// An OCSP answer about one certificate.
    Ocsp,
}

impl RevocationKind {
    /// The name in the database, in metrics and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Crl, Self::Ocsp]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// What was fetched last from a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Which: `crl:` and a URL, or `ocsp:` and SHA-256 of the certificate in hexadecimal.
    pub source: String,
    /// What it gives.
    pub kind: RevocationKind,
    /// The DER `CertificateList` or `OCSPResponse`.
    pub der: Vec<u8>,
    /// `ETag` of the answer; empty where it had none.
    pub etag: String,
    /// `Last-Modified` of the answer; empty where it had none.
    pub last_modified: String,
    /// When it was true.
    pub this_update: Timestamp,
    /// Until when it is good.
    pub next_update: Timestamp,
    /// When it was fetched, or found unchanged.
    pub fetched_at: Timestamp,
}

impl Store {
    /// Keeps what was fetched, in the place of what the source gave before. What is older than
    /// that is not kept: two replicas may fetch at once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep_fetched(&self, fetched: Fetched) -> Result<(), StoreError> {
        self.writer
            .transaction(NAME, move |connection| {
                let fetched = fetched.clone();
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO revocation_source
                           (source, kind, der, etag, last_modified, this_update, next_update,
                            fetched_at)
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                         ON CONFLICT (source) DO UPDATE SET
                           der = excluded.der, etag = excluded.etag,
                           last_modified = excluded.last_modified,
                           this_update = excluded.this_update,
                           next_update = excluded.next_update,
                           fetched_at = excluded.fetched_at
                         WHERE excluded.this_update >= revocation_source.this_update",
                    )
                    .bind(fetched.source)
                    .bind(fetched.kind.code())
                    .bind(fetched.der)
                    .bind(fetched.etag)
                    .bind(fetched.last_modified)
                    .bind(fetched.this_update.as_millisecond())
                    .bind(fetched.next_update.as_millisecond())
                    .bind(fetched.fetched_at.as_millisecond())
                    .execute(connection)
                    .await
                    .during(NAME)?;
                    Ok(())
                })
            })
            .await
    }

    /// What was fetched at `since` or later, lists before answers: an answer may need the list of
    /// its CA.
    ///
    /// # Errors
    /// The database failed, or a row is damaged.
    pub async fn fetched(&self, since: Timestamp) -> Result<Vec<Fetched>, StoreError> {
        let rows = sqlx::query(
            "SELECT source, kind, der, etag, last_modified, this_update, next_update, fetched_at
             FROM revocation_source WHERE fetched_at >= $1 ORDER BY kind, source",
        )
        .bind(since.as_millisecond())
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Fetched, StoreError> {
    let source: String = row.try_get("source").during(NAME)?;
    let wrong = |column| StoreError::inconsistent("revocation_source", column, source.clone());
    let time = |column: &'static str| {
        let millis: i64 = row.try_get(column).during(NAME)?;
        Timestamp::from_millisecond(millis).map_err(|_| wrong(column))
    };
    let kind: String = row.try_get("kind").during(NAME)?;
    Ok(Fetched {
        kind: RevocationKind::from_code(&kind).ok_or_else(|| wrong("kind"))?,
        der: row.try_get("der").during(NAME)?,
        etag: row.try_get("etag").during(NAME)?,
        last_modified: row.try_get("last_modified").during(NAME)?,
        this_update: time("this_update")?,
        next_update: time("next_update")?,
        fetched_at: time("fetched_at")?,
        source,
    })
}
