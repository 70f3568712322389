//! Patients, by pseudonym; who they are is sealed.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{MapSecret, PatientId};
use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::{Backend, Conflict, DataKey, Store, StoreError};

const NAME: &str = "patient";

/// Who a patient is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientRecord {
    /// CURP or temporary identifier.
    pub identifier: String,
    /// Given names.
    pub given: String,
    /// First surname.
    pub first_surname: String,
    /// Second surname, if any.
    pub second_surname: Option<String>,
    /// Birth date, if declared.
    pub birth_date: Option<Date>,
    /// Sex as the CURP writes it, if declared.
    pub sex: Option<char>,
    /// Blinds the patient's substances in the ledger's map. Drawn once; destroyed with the record.
    pub map_secret: MapSecret,
}

impl PatientRecord {
    /// Given names and surnames as one text.
    #[must_use]
    pub fn full_name(&self) -> String {
        let mut name = format!("{} {}", self.given, self.first_surname);
        if let Some(second) = &self.second_surname {
            name.push(' ');
            name.push_str(second);
        }
        name
    }
}

impl std::fmt::Debug for PatientRecord {
    /// Redacted: no personal data in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatientRecord(…)")
    }
}

impl Store {
    /// The pseudonym of the person with this CURP.
    ///
    /// # Errors
    /// Never for a CURP.
    pub fn pseudonym(&self, person: &str) -> Result<PatientId, StoreError> {
        self.data_key
            .pseudonym(person)
            .map_err(|error| StoreError::Unusable(error.to_string()))
    }

    /// Who the patient is.
    ///
    /// # Errors
    /// The database failed or the record does not open.
    pub async fn patient(&self, id: &PatientId) -> Result<Option<PatientRecord>, StoreError> {
        let row = sqlx::query("SELECT sealed FROM patient WHERE patient_id = $1")
            .bind(id.as_str().to_owned())
            .fetch_optional(&self.read)
            .await
            .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let sealed: Vec<u8> = row.try_get(0).during(NAME)?;
        let damaged = || StoreError::inconsistent("patient", "sealed", id);
        let plain = self
            .data_key
            .open(&row_name(id), &sealed)
            .map_err(|_| damaged())?;
        serde_json::from_slice(&plain)
            .map(Some)
            .map_err(|_| damaged())
    }
}

/// Registers a patient inside the transaction of the first prescription.
///
/// # Errors
/// [`Conflict::Patient`] when somebody registered the patient since it was looked for: the
/// prescription was decided with another secret than the registered one, and must be decided again.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    data_key: &DataKey,
    id: &PatientId,
    record: &PatientRecord,
    at: Timestamp,
) -> Result<(), StoreError> {
    const NAME: &str = "register-patient";
    let unusable = |error: &dyn std::fmt::Display| StoreError::Unusable(error.to_string());
    let plain = serde_json::to_vec(record).map_err(|error| unusable(&error))?;
    let sealed = data_key
        .seal(&row_name(id), &plain)
        .map_err(|error| unusable(&error))?;
    let inserted = sqlx::query(
        "INSERT INTO patient (patient_id, sealed, registered_at)
         VALUES ($1, $2, $3) ON CONFLICT (patient_id) DO NOTHING",
    )
    .bind(id.as_str().to_owned())
    .bind(sealed)
    .bind(at.as_millisecond())
    .execute(connection)
    .await
    .during(NAME)?
    .rows_affected();
    if inserted == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(Conflict::Patient))
    }
}

/// That a patient is still registered while the transaction lasts, and that nothing else is issued to
/// them meanwhile: an erasure may have destroyed the
/// record, with the secret that the prescription was decided with, since it was read.
///
/// # Errors
/// [`Conflict::Patient`] when it was.
pub(super) async fn hold(
    connection: &mut AnyConnection,
    backend: Backend,
    id: &PatientId,
) -> Result<(), StoreError> {
    const NAME: &str = "hold-patient";
    let sql = match backend {
        Backend::Sqlite => "SELECT 1 FROM patient WHERE patient_id = $1",
        // An erasure waits for this lock before it looks for other prescriptions, and another issue
        // before it looks at what the patient has.
        Backend::Postgres => "SELECT 1 FROM patient WHERE patient_id = $1 FOR UPDATE",
    };
    let row = sqlx::query(sql)
        .bind(id.as_str().to_owned())
        .fetch_optional(connection)
        .await
        .during(NAME)?;
    row.map(drop).ok_or(StoreError::Conflict(Conflict::Patient))
}

fn row_name(id: &PatientId) -> String {
    format!("patient/{id}")
}
