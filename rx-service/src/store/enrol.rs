//! Prescribers, their wrapped keys and certificates, and the special folios assigned to them.

use std::sync::Arc;

use prescription::{Cedula, Clues};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::error::During;
use super::record::is_unique_violation;
use super::{Conflict, Store, StoreError};

const NAME: &str = "enrol";

/// A prescriber whose key has just been born in the HSM.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Cédula profesional.
    pub cedula: Cedula,
    /// Profession, as `flow::enrol` codes it.
    pub profession: String,
    /// Where the prescriber works.
    pub establishments: Vec<Clues>,
    /// The key, wrapped by the HSM.
    pub wrapped_key: Vec<u8>,
    /// Its public half: `SubjectPublicKeyInfo`, DER.
    pub spki: Vec<u8>,
}

/// A prescriber, as stored.
#[derive(Debug, Clone)]
pub struct StoredPrescriber {
    /// Cédula profesional.
    pub cedula: Cedula,
    /// Profession code.
    pub profession: String,
    /// The cédula is in force.
    pub active: bool,
    /// Where the prescriber works.
    pub establishments: Vec<Clues>,
    /// The key, wrapped by the HSM.
    pub wrapped_key: Vec<u8>,
    /// The public half, DER.
    pub spki: Vec<u8>,
    /// The certificate, DER; none until the authority has issued it.
    pub certificate: Option<Vec<u8>>,
}

impl Store {
    /// Enrols a prescriber.
    ///
    /// # Errors
    /// [`Conflict::Taken`] for a cédula that is enrolled already.
    pub async fn enrol(&self, enrolment: Enrolment) -> Result<(), StoreError> {
        let enrolment = Arc::new(enrolment);
        self.writer
            .transaction(NAME, move |connection| {
                let new = Arc::clone(&enrolment);
                Box::pin(async move {
                    let inserted = sqlx::query(
                        "INSERT INTO prescriber (cedula, profession, active, wrapped_key, spki)
                         VALUES ($1, $2, 1, $3, $4)",
                    )
                    .bind(new.cedula.as_str().to_owned())
                    .bind(new.profession.clone())
                    .bind(new.wrapped_key.clone())
                    .bind(new.spki.clone())
                    .execute(&mut *connection)
                    .await;
                    match inserted {
                        Err(error) if is_unique_violation(&error) => {
                            return Err(StoreError::Conflict(Conflict::Taken));
                        }
                        other => other.during(NAME)?,
                    };
                    for clues in &new.establishments {
                        sqlx::query(
                            "INSERT INTO prescriber_establishment (cedula, clues) VALUES ($1, $2)",
                        )
                        .bind(new.cedula.as_str().to_owned())
                        .bind(clues.as_str().to_owned())
                        .execute(&mut *connection)
                        .await
                        .during(NAME)?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Installs the certificate of an enrolled prescriber.
    ///
    /// # Errors
    /// [`Conflict::Changed`] where no such prescriber is enrolled.
    pub async fn install_certificate(
        &self,
        cedula: Cedula,
        certificate: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.writer
            .transaction("install-certificate", move |connection| {
                let (cedula, certificate) = (String::from(cedula.clone()), certificate.clone());
                Box::pin(async move {
                    let changed =
                        sqlx::query("UPDATE prescriber SET certificate = $1 WHERE cedula = $2")
                            .bind(certificate)
                            .bind(cedula)
                            .execute(connection)
                            .await
                            .during("install-certificate")?
                            .rows_affected();
                    if changed == 1 {
                        Ok(())
                    } else {
                        Err(StoreError::Conflict(Conflict::Changed))
                    }
                })
            })
            .await
    }

    /// The prescriber with this cédula.
    ///
    /// # Errors
    /// The database failed or holds a row that does not parse.
    pub async fn prescriber(
        &self,
        cedula: &Cedula,
    ) -> Result<Option<StoredPrescriber>, StoreError> {
        let row = sqlx::query(
            "SELECT profession, active, wrapped_key, spki, certificate
             FROM prescriber WHERE cedula = $1",
        )
        .bind(cedula.as_str().to_owned())
        .fetch_optional(&self.read)
        .await
        .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let places = sqlx::query("SELECT clues FROM prescriber_establishment WHERE cedula = $1")
            .bind(cedula.as_str().to_owned())
            .fetch_all(&self.read)
            .await
            .during(NAME)?;
        let establishments = places
            .iter()
            .map(|row| parse_clues(row, cedula))
            .collect::<Result<_, _>>()?;
        let active: i64 = row.try_get("active").during(NAME)?;
        Ok(Some(StoredPrescriber {
            cedula: cedula.clone(),
            profession: row.try_get("profession").during(NAME)?,
            active: active == 1,
            establishments,
            wrapped_key: row.try_get("wrapped_key").during(NAME)?,
            spki: row.try_get("spki").during(NAME)?,
            certificate: row.try_get("certificate").during(NAME)?,
        }))
    }

    /// Every installed certificate, DER: what counters keep for offline verification.
    ///
    /// # Errors
    /// The database failed.
    pub async fn certificates(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = sqlx::query(
            "SELECT certificate FROM prescriber WHERE certificate IS NOT NULL ORDER BY cedula",
        )
        .fetch_all(&self.read)
        .await
        .during("certificates")?;
        rows.iter()
            .map(|row| row.try_get(0).during("certificates"))
            .collect()
    }
}

fn parse_clues(row: &AnyRow, cedula: &Cedula) -> Result<Clues, StoreError> {
    let text: String = row.try_get(0).during(NAME)?;
    text.parse()
        .map_err(|_| StoreError::inconsistent("prescriber_establishment", "clues", cedula))
}
