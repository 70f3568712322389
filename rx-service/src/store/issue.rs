//! Issue: prescription, event and pending ledger entry in one transaction.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use prescription::{Folio, Prescription};
use sqlx::AnyConnection;
use sqlx::Row;

use super::error::During;
use super::record::{insert_event, is_unique_violation};
use super::{Conflict, EventRecord, OwnSignature, PatientRecord, Store, StoreError, Supply};

const NAME: &str = "issue";

/// A prescription that has been decided and signed.
#[derive(Debug, Clone)]
pub struct NewPrescription {
    /// Its state right after issue.
    pub state: Prescription,
    /// When its validity ends, in UTC.
    pub ends_at: Timestamp,
    /// Its first event.
    pub record: EventRecord,
    /// The patient, where the prescription introduces one; otherwise one is registered.
    pub patient: Option<PatientRecord>,
    /// What the decision knew of what the patient has.
    pub known: Vec<Supply>,
    /// The client that asked, and how it names the request, if it does.
    pub request: Option<RequestKey>,
    /// What a signature made outside leaves beside it.
    pub own: Option<OwnSignature>,
    /// The access record to write with it, as JSON.
    pub access: String,
}

/// How a client names a request, so that a retry is recognised.
#[derive(Debug, Clone)]
pub struct RequestKey {
    /// The client, as its certificate names it.
    pub client: String,
    /// Its own identifier of the request.
    pub identifier: String,
    /// SHA-256 of what it sent.
    pub digest: [u8; 32],
}

impl Store {
    /// Writes a new prescription.
    ///
    /// # Errors
    /// [`Conflict::Patient`], [`Conflict::Overlap`], [`Conflict::SpecialFolio`],
    /// [`Conflict::Request`] or [`Conflict::Taken`] when somebody was first; nothing was written.
    pub async fn issue(&self, new: NewPrescription) -> Result<(), StoreError> {
        let (new, data_key) = (Arc::new(new), Arc::clone(&self.data_key));
        let backend = self.backend;
        let extends = self.extends.load(Ordering::Relaxed);
        self.writer
            .transaction(NAME, move |connection| {
                let (new, data_key) = (Arc::clone(&new), Arc::clone(&data_key));
                Box::pin(async move {
                    if let Some(own) = &new.own {
                        let issue = (new.record.folio, new.state.issued.at);
                        super::prepared::complete(connection, own, issue).await?;
                    }
                    claim_request(connection, &new).await?;
                    let (id, at) = (&new.state.issued.patient, new.state.issued.at);
                    match &new.patient {
                        Some(who) => {
                            super::patient::insert(connection, &data_key, id, who, at).await?;
                        }
                        None => super::patient::hold(connection, backend, id).await?,
                    }
                    insert_prescription(connection, &new.state, new.ends_at).await?;
                    super::supply::claim(connection, &new.state, &new.known).await?;
                    if let Some(special) = &new.state.issued.special_folio {
                        let issued = &new.state.issued;
                        let by = (&issued.prescriber, issued.folio, issued.at);
                        super::special_folio::use_folio(connection, special, by).await?;
                    }
                    if extends {
                        let issued = &new.state.issued;
                        super::extension::queue(connection, issued.folio, issued.at).await?;
                    }
                    super::access::insert(connection, new.state.issued.at, &new.access).await?;
                    // Commit point (with the transaction): from here on the prescription exists
                    // and its ledger entry will be sequenced, whatever happens to this process.
                    insert_event(connection, &data_key, &new.record).await
                })
            })
            .await
    }

    /// The folio that a client's earlier request got, if it is the same request.
    ///
    /// # Errors
    /// [`Conflict::Request`] when the client used the identifier for something else.
    pub async fn earlier_request(&self, key: &RequestKey) -> Result<Option<Folio>, StoreError> {
        let row =
            sqlx::query("SELECT digest, folio FROM request WHERE client = $1 AND identifier = $2")
                .bind(key.client.clone())
                .bind(key.identifier.clone())
                .fetch_optional(&self.read)
                .await
                .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let digest: Vec<u8> = row.try_get("digest").during(NAME)?;
        if digest != key.digest {
            return Err(StoreError::Conflict(Conflict::Request));
        }
        let folio: String = row.try_get("folio").during(NAME)?;
        let folio = folio
            .parse()
            .map_err(|_| StoreError::inconsistent("request", "folio", &folio))?;
        Ok(Some(folio))
    }

    /// The folio that a client's request with this identifier got.
    ///
    /// # Errors
    /// The database failed.
    pub async fn folio_of_request(
        &self,
        client: &str,
        identifier: &str,
    ) -> Result<Option<Folio>, StoreError> {
        let row = sqlx::query("SELECT folio FROM request WHERE client = $1 AND identifier = $2")
            .bind(client.to_owned())
            .bind(identifier.to_owned())
            .fetch_optional(&self.read)
            .await
            .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let folio: String = row.try_get(0).during(NAME)?;
        folio
            .parse()
            .map(Some)
            .map_err(|_| StoreError::inconsistent("request", "folio", &folio))
    }
}

async fn claim_request(
    connection: &mut AnyConnection,
    new: &NewPrescription,
) -> Result<(), StoreError> {
    match &new.request {
        Some(key) => claim(connection, key, new.record.folio).await,
        None => Ok(()),
    }
}

/// Notes that a client's request got `folio`.
///
/// # Errors
/// [`Conflict::Request`] where it got one already.
pub(super) async fn claim(
    connection: &mut AnyConnection,
    key: &RequestKey,
    folio: Folio,
) -> Result<(), StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO request (client, identifier, digest, folio) VALUES ($1, $2, $3, $4)
         ON CONFLICT (client, identifier) DO NOTHING",
    )
    .bind(key.client.clone())
    .bind(key.identifier.clone())
    .bind(key.digest.to_vec())
    .bind(folio.compact().to_owned())
    .execute(connection)
    .await
    .during(NAME)?
    .rows_affected();
    if inserted == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(Conflict::Request))
    }
}

async fn insert_prescription(
    connection: &mut AnyConnection,
    state: &Prescription,
    ends_at: Timestamp,
) -> Result<(), StoreError> {
    let issued = &state.issued;
    let query = sqlx::query(
        "INSERT INTO prescription
         (folio, version, phase, patient_id, cedula, clues, issued_at, written_on, valid_until,
          ends_at)
         VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(issued.folio.compact().to_owned())
    .bind(state.phase().code())
    .bind(issued.patient.as_str().to_owned())
    .bind(issued.prescriber.as_str().to_owned())
    .bind(issued.establishment.as_str().to_owned())
    .bind(issued.at.as_millisecond())
    .bind(crate::clock::day_number(issued.written_on))
    .bind(crate::clock::day_number(state.valid_until()))
    .bind(ends_at.as_millisecond());
    match query.execute(connection).await {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict(Conflict::Taken)),
        Err(error) => Err(StoreError::from_sqlx(NAME, error)),
    }
}
