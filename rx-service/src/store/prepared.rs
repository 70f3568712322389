//! Prescriptions that were prepared for their signature, and the certificates of the keys that
//! signed QRs outside.

use std::sync::Arc;

use jiff::Timestamp;
use prescription::{Cedula, Folio};
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::issue::claim;
use super::record::is_unique_violation;
use super::{Conflict, RequestKey, Store, StoreError};

const NAME: &str = "prepare";
/// Rows that one preparation clears away, at most.
const SWEEP: i64 = 100;

/// A prescription that waits for its signature.
#[derive(Clone, PartialEq, Eq)]
pub struct PreparedRecord {
    /// Random name, which only the client knows.
    pub id: String,
    /// The client that asked, as its certificate names it.
    pub client: String,
    /// The number it will have.
    pub folio: Folio,
    /// When it can be completed no longer.
    pub expires_at: Timestamp,
    /// What is needed to complete it; stored sealed.
    pub content: Vec<u8>,
}

/// What a prescription that was prepared leaves beside itself, in the same transaction.
#[derive(Debug, Clone)]
pub struct OwnSignature {
    /// The completion, as a request of the client: one transaction is completed once.
    pub completion: RequestKey,
    /// The prepared row, which goes.
    pub prepared: String,
    /// The certificate of the key that signed the QR, where it is no wrapped key of ours.
    pub qr_certificate: Option<QrCertificate>,
}

/// The certificate of a key that signed a QR and is no wrapped key of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrCertificate {
    /// How QRs name the key.
    pub kid: [u8; 8],
    /// Whose it is; `None`: the institution's.
    pub cedula: Option<Cedula>,
    /// DER.
    pub certificate: Vec<u8>,
}

fn row_name(id: &str) -> String {
    format!("prepared/{id}")
}

impl Store {
    /// Keeps what was prepared, and clears away some of what expired before `now`.
    ///
    /// # Errors
    /// [`Conflict::Taken`] for an id or folio that exists.
    pub async fn prepare(&self, record: PreparedRecord, now: Timestamp) -> Result<(), StoreError> {
        let sealed = self
            .data_key
            .seal(&row_name(&record.id), &record.content)
            .map_err(|error| StoreError::Unusable(error.to_string()))?;
        let record = Arc::new((record, sealed));
        self.writer
            .transaction(NAME, move |connection| {
                let record = Arc::clone(&record);
                Box::pin(async move {
                    sweep(connection, now).await?;
                    insert(connection, &record.0, &record.1).await
                })
            })
            .await
    }

    /// What a client prepared. Another client's is not there for it.
    ///
    /// # Errors
    /// The database failed or holds a row that does not open.
    pub async fn prepared(
        &self,
        id: &str,
        client: &str,
    ) -> Result<Option<PreparedRecord>, StoreError> {
        let row = sqlx::query(
            "SELECT folio, expires_at, sealed FROM prepared WHERE id = $1 AND client = $2",
        )
        .bind(id.to_owned())
        .bind(client.to_owned())
        .fetch_optional(&self.read)
        .await
        .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let damaged = |column| StoreError::inconsistent("prepared", column, id);
        let folio: String = row.try_get("folio").during(NAME)?;
        let expires_at: i64 = row.try_get("expires_at").during(NAME)?;
        let sealed: Vec<u8> = row.try_get("sealed").during(NAME)?;
        Ok(Some(PreparedRecord {
            id: id.to_owned(),
            client: client.to_owned(),
            folio: folio.parse().map_err(|_| damaged("folio"))?,
            expires_at: Timestamp::from_millisecond(expires_at)
                .map_err(|_| damaged("expires_at"))?,
            content: self
                .data_key
                .open(&row_name(id), &sealed)
                .map_err(|_| damaged("sealed"))?,
        }))
    }

    /// The certificate of a key that signed QRs and is no wrapped key of ours.
    ///
    /// # Errors
    /// The database failed or holds a row that does not parse.
    pub async fn qr_certificate(&self, kid: [u8; 8]) -> Result<Option<QrCertificate>, StoreError> {
        let row = sqlx::query("SELECT cedula, certificate FROM qr_certificate WHERE kid = $1")
            .bind(kid.to_vec())
            .fetch_optional(&self.read)
            .await
            .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let cedula: Option<String> = row.try_get("cedula").during(NAME)?;
        let cedula = cedula.map(|cedula| {
            cedula
                .parse()
                .map_err(|_| StoreError::inconsistent("qr_certificate", "cedula", &cedula))
        });
        Ok(Some(QrCertificate {
            kid,
            cedula: cedula.transpose()?,
            certificate: row.try_get("certificate").during(NAME)?,
        }))
    }

    /// Every such certificate, DER: what counters keep for offline verification.
    ///
    /// # Errors
    /// The database failed.
    pub async fn qr_certificates(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = sqlx::query("SELECT certificate FROM qr_certificate ORDER BY kid")
            .fetch_all(&self.read)
            .await
            .during(NAME)?;
        rows.iter().map(|row| row.try_get(0).during(NAME)).collect()
    }
}

async fn sweep(connection: &mut AnyConnection, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM prepared WHERE id IN
         (SELECT id FROM prepared WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    )
    .bind(now.as_millisecond())
    .bind(SWEEP)
    .execute(connection)
    .await
    .during(NAME)?;
    Ok(())
}

async fn insert(
    connection: &mut AnyConnection,
    record: &PreparedRecord,
    sealed: &[u8],
) -> Result<(), StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO prepared (id, client, folio, expires_at, sealed) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(record.id.clone())
    .bind(record.client.clone())
    .bind(record.folio.compact().to_owned())
    .bind(record.expires_at.as_millisecond())
    .bind(sealed.to_vec())
    .execute(connection)
    .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict(Conflict::Taken)),
        Err(error) => Err(StoreError::from_sqlx(NAME, error)),
    }
}

/// Inside the transaction of the issue: claims the completion, takes the prepared row away and
/// keeps the certificate.
///
/// # Errors
/// [`Conflict::Request`] when the transaction was completed already.
pub(super) async fn complete(
    connection: &mut AnyConnection,
    own: &OwnSignature,
    (folio, at): (Folio, Timestamp),
) -> Result<(), StoreError> {
    claim(connection, &own.completion, folio).await?;
    sqlx::query("DELETE FROM prepared WHERE id = $1")
        .bind(own.prepared.clone())
        .execute(&mut *connection)
        .await
        .during(NAME)?;
    let Some(certificate) = &own.qr_certificate else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO qr_certificate (kid, cedula, certificate, first_used) VALUES ($1, $2, $3, $4)
         ON CONFLICT (kid) DO NOTHING",
    )
    .bind(certificate.kid.to_vec())
    .bind(
        certificate
            .cedula
            .as_ref()
            .map(|cedula| cedula.as_str().to_owned()),
    )
    .bind(certificate.certificate.clone())
    .bind(at.as_millisecond())
    .execute(connection)
    .await
    .during(NAME)?;
    Ok(())
}
