//! Versions of the catalogs that were applied, each in one transaction with its act.

use std::sync::Arc;

use cofepris::{CatalogName, TableFile, Version};
use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::professional::{LicenceChange, write_licences};
use super::register::insert_act;
use super::sequence::as_bigint;
use super::{ActRecord, Store, StoreError};

const NAME: &str = "catalog";

/// A version, ready to be applied.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// It. Its number is that of the act.
    pub version: Version,
    /// When it is applied.
    pub applied_at: Timestamp,
    /// The act in the register.
    pub act: ActRecord,
    /// What it changes in the registry of professionals; nothing for another catalog.
    pub licences: LicenceChange,
}

/// A version that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedVersion {
    /// The catalog.
    pub name: CatalogName,
    /// Its number.
    pub number: u64,
    /// First day on which it counts.
    pub effective_from: Date,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// Its index in the ledger, where it has one already.
    pub index: Option<u64>,
}

impl Store {
    /// Applies a version.
    ///
    /// # Errors
    /// [`super::Conflict::Changed`] when another version of the same catalog was applied since its
    /// number was read; nothing has changed.
    pub async fn apply_catalog(&self, new: NewVersion) -> Result<(), StoreError> {
        let (new, data_key) = (Arc::new(new), Arc::clone(&self.data_key));
        self.writer
            .transaction(NAME, move |connection| {
                let (new, data_key) = (Arc::clone(&new), Arc::clone(&data_key));
                Box::pin(async move {
                    let position = insert_act(connection, &data_key, &new.act).await?;
                    insert_version(connection, &new, position).await?;
                    // Commit point (with the transaction). A crash before it: nothing was applied,
                    // and the order can be given again. A crash after it: the version counts, every
                    // service finds it, and the ledger will say so.
                    write_licences(connection, &new.licences, new.version.number).await
                })
            })
            .await
    }

    /// The versions that were applied, by catalog and number.
    ///
    /// # Errors
    /// The database failed, or a row does not parse.
    pub async fn catalog_versions(&self) -> Result<Vec<AppliedVersion>, StoreError> {
        let rows = sqlx::query(
            "SELECT catalog_version.name, catalog_version.number, catalog_version.effective_from,
                    catalog_version.applied_at, entry.log_index
             FROM catalog_version JOIN entry ON entry.position = catalog_version.position
             ORDER BY catalog_version.name, catalog_version.number",
        )
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(applied).collect()
    }

    /// How many versions were applied: another number means that there is something to load.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_catalog_versions(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT CAST(COUNT(*) AS BIGINT) FROM catalog_version")
            .fetch_one(&self.read)
            .await
            .during(NAME)?;
        let count: i64 = row.try_get(0).during(NAME)?;
        u64::try_from(count)
            .map_err(|_| StoreError::inconsistent("catalog_version", "number", count))
    }

    /// The tables of a version, with the diff that was shown before it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn catalog_files(
        &self,
        name: CatalogName,
        number: u64,
    ) -> Result<Vec<TableFile>, StoreError> {
        let rows = sqlx::query(
            "SELECT file, content FROM catalog_file WHERE name = $1 AND number = $2 ORDER BY file",
        )
        .bind(name.code())
        .bind(as_bigint(number)?)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let file = |row: &AnyRow| {
            Ok(TableFile {
                name: row.try_get("file").during(NAME)?,
                content: row.try_get("content").during(NAME)?,
            })
        };
        rows.iter().map(file).collect()
    }
}

async fn insert_version(
    connection: &mut AnyConnection,
    new: &NewVersion,
    position: i64,
) -> Result<(), StoreError> {
    let number = as_bigint(new.version.number)?;
    sqlx::query(
        "INSERT INTO catalog_version (name, number, effective_from, applied_at, position)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(new.version.name.code())
    .bind(number)
    .bind(new.version.effective_from.to_string())
    .bind(new.applied_at.as_millisecond())
    .bind(position)
    .execute(&mut *connection)
    .await
    .during(NAME)?;
    for file in &new.version.files {
        sqlx::query(
            "INSERT INTO catalog_file (name, number, file, content) VALUES ($1, $2, $3, $4)",
        )
        .bind(new.version.name.code())
        .bind(number)
        .bind(file.name.clone())
        .bind(file.content.clone())
        .execute(&mut *connection)
        .await
        .during(NAME)?;
    }
    Ok(())
}

fn applied(row: &AnyRow) -> Result<AppliedVersion, StoreError> {
    let name: String = row.try_get("name").during(NAME)?;
    let number: i64 = row.try_get("number").during(NAME)?;
    let wrong = |column| {
        let row = format!("{name}/{number}");
        move || StoreError::inconsistent("catalog_version", column, row)
    };
    let effective_from: String = row.try_get("effective_from").during(NAME)?;
    let applied_at: i64 = row.try_get("applied_at").during(NAME)?;
    Ok(AppliedVersion {
        name: CatalogName::from_code(&name).ok_or_else(wrong("name"))?,
        number: u64::try_from(number).map_err(|_| wrong("number")())?,
        effective_from: effective_from
            .parse()
            .map_err(|_| wrong("effective_from")())?,
        applied_at: Timestamp::from_millisecond(applied_at).map_err(|_| wrong("applied_at")())?,
        index: super::record::log_index(row, "log_index")?,
    })
}
