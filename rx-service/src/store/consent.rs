//! A patient's consents.

use consent::Consent;
use prescription::PatientId;
use sqlx::Row;

use super::error::During;
use super::{Conflict, Store, StoreError};

const NAME: &str = "consent";

impl Store {
    /// The consents of a patient.
    ///
    /// # Errors
    /// The database failed or holds something that is not a consent.
    pub async fn consents(&self, patient: &PatientId) -> Result<Vec<Consent>, StoreError> {
        let rows = sqlx::query("SELECT consent_id, body FROM consent WHERE patient_id = $1")
            .bind(patient.as_str().to_owned())
            .fetch_all(&self.read)
            .await
            .during(NAME)?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get("consent_id").during(NAME)?;
                let body: String = row.try_get("body").during(NAME)?;
                serde_json::from_str(&body)
                    .map_err(|_| StoreError::inconsistent("consent", "body", &id))
            })
            .collect()
    }

    /// Writes a consent, or the new state of one.
    ///
    /// # Errors
    /// [`Conflict::Taken`] where another patient has a consent of this identifier.
    pub async fn put_consent(
        &self,
        id: String,
        patient: PatientId,
        consent: &Consent,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(consent)
            .map_err(|error| StoreError::Unusable(error.to_string()))?;
        self.writer
            .transaction("put-consent", move |connection| {
                let (id, patient, body) = (id.clone(), patient.clone(), body.clone());
                Box::pin(async move {
                    let written = sqlx::query(
                        "INSERT INTO consent (consent_id, patient_id, body) VALUES ($1, $2, $3)
                         ON CONFLICT (consent_id) DO UPDATE SET body = excluded.body
                         WHERE consent.patient_id = excluded.patient_id",
                    )
                    .bind(id)
                    .bind(String::from(patient))
                    .bind(body)
                    .execute(connection)
                    .await
                    .during("put-consent")?
                    .rows_affected();
                    if written == 1 {
                        Ok(())
                    } else {
                        Err(StoreError::Conflict(Conflict::Taken))
                    }
                })
            })
            .await
    }
}
