//! Prescribers' certificates, found by the key that a QR names.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, named_params};
use signing::cose::Kid;
use signing::qr::{KeyHolder, PrescriberKey};
use signing::trust::TrustedCertificate;

use super::column::Columns;
use super::{Store, StoreError};

/// What stands in the column of the cédula for the certificate of an institution.
const INSTITUTION: &str = "";

/// A certificate as stored. It was valid when it was stored; whoever uses it validates it again.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCertificate {
    /// The certificate.
    pub der: Vec<u8>,
    /// The name in it.
    pub name: String,
    /// What the QR's verification needs of it.
    pub key: PrescriberKey,
}

impl Store {
    /// Keeps certificates that were just validated, each in the place of an earlier one of the same
    /// key, and notes that they were downloaded at `at`. Those that no longer come stay: an older
    /// prescription needs them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_certificates(
        &mut self,
        certificates: &[(TrustedCertificate, KeyHolder)],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for (certificate, holder) in certificates {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO certificate
                     (kid, der, spki, name, cedula, not_before, not_after) VALUES
                     (:kid, :der, :spki, :name, :cedula, :not_before, :not_after)",
                )?
                .execute(named_params! {
                    ":kid": Kid::of_spki(certificate.spki()).as_bytes(),
                    ":der": certificate.der(),
                    ":spki": certificate.spki(),
                    ":name": certificate.identity().name,
                    ":cedula": match holder {
                        KeyHolder::Prescriber(cedula) => cedula.as_str(),
                        KeyHolder::Institution => INSTITUTION,
                    },
                    ":not_before": certificate.not_before().as_second(),
                    ":not_after": certificate.not_after().as_second(),
                })?;
        }
        let noted = "INSERT OR REPLACE INTO synced (what, at) VALUES ('certificates', ?1)";
        transaction.execute(noted, [at.as_second()])?;
        transaction.commit()?;
        Ok(())
    }

    /// The certificate of the key `kid`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn certificate(&self, kid: Kid) -> Result<Option<StoredCertificate>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT * FROM certificate WHERE kid = ?1")?;
        let found = statement.query_row([kid.as_bytes()], |row| {
            Ok(read(&Columns {
                table: "certificate",
                row,
            }))
        });
        found.optional()?.transpose()
    }

    /// How many certificates there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn certificate_count(&self) -> Result<u64, StoreError> {
        let query = "SELECT count(*) FROM certificate";
        let count: i64 = self.connection.query_row(query, [], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// When certificates were last downloaded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn certificates_synced_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let query = "SELECT at FROM synced WHERE what = 'certificates'";
        let found = self.connection.query_row(query, [], |row| {
            Ok(Columns {
                table: "synced",
                row,
            }
            .instant("at"))
        });
        found.optional()?.transpose()
    }
}

fn read(columns: &Columns<'_>) -> Result<StoredCertificate, StoreError> {
    Ok(StoredCertificate {
        der: columns.raw("der")?,
        name: columns.raw("name")?,
        key: PrescriberKey {
            spki_der: columns.raw("spki")?,
            holder: if columns.raw::<String>("cedula")? == INSTITUTION {
                KeyHolder::Institution
            } else {
                KeyHolder::Prescriber(columns.parsed("cedula")?)
            },
            not_before: columns.instant("not_before")?,
            not_after: columns.instant("not_after")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn found_by_the_key_and_by_no_other() {
        let (_folder, mut store) = Store::temporary();
        let pki = fixture::pki();
        let trusted = pki
            .trust()
            .validate(&pki.leaf_der, &[], fixture::sealed_at())
            .unwrap();
        let holder = KeyHolder::Prescriber(fixture::CEDULA.parse().unwrap());
        assert_eq!(store.certificates_synced_at().unwrap(), None);
        let both = [
            (trusted.clone(), KeyHolder::Institution),
            (trusted.clone(), holder.clone()),
        ];
        store.put_certificates(&both, fixture::now()).unwrap();
        assert_eq!(
            store.certificates_synced_at().unwrap(),
            Some(fixture::now())
        );
        assert_eq!(store.certificate_count().unwrap(), 1);
        let kid = Kid::of_spki(trusted.spki());
        let stored = store.certificate(kid).unwrap().unwrap();
        assert_eq!(stored.name, fixture::PRESCRIBER);
        assert_eq!(stored.key.holder, holder);
        assert_eq!(stored.key.not_after, trusted.not_after());
        assert!(store.certificate(Kid::new([0; 8])).unwrap().is_none());
    }
}
