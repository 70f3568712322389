//! The counter: configuration, pinned trust, own key, catalog, service and database.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cofepris::Catalog;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::Policy;
use prescription::Clave;
use prescription::dispense::PharmacyFacts;
use signing::trust::TrustStore;

use crate::clock::day_in;
use crate::config::{Config, ConfigError, read_text};
use crate::identity::{IdentityError, PharmacyIdentity};
use crate::service::Service;
use crate::store::{Store, StoreError};
use crate::trust::{PinError, trust_store};
use crate::verify::{Authentic, VerifyError, verify};
use crate::wedge;

/// Everything that the verbs share.
pub struct Counter {
    /// The configuration.
    pub config: Config,
    /// Names of medicines.
    pub catalog: Catalog,
    /// Whose certificates may sign prescriptions.
    pub trust: TrustStore,
    /// The pinned keys of the ledger, and its witnesses.
    pub ledger: Policy,
    /// The pharmacy's key.
    pub identity: PharmacyIdentity,
    /// The service.
    pub service: Service,
    /// Where the law's days are counted.
    pub zone: TimeZone,
    store: Mutex<Store>,
    delivering: Mutex<()>,
}

/// The counter cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration, or a file that it names.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The pinned authorities.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The pharmacy's key.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The file of the ledger's key.
    #[error("La llave del registro (ledger_vkey) no es una vkey C2SP: {0}.")]
    LedgerKey(#[from] ledger::VerifierKeyError),
    /// The file of the policy.
    #[error("La política del registro (ledger_policy) no se entiende: {0}.")]
    LedgerPolicy(#[from] ledger::PolicyError),
    /// A policy without a log.
    #[error("La política del registro (ledger_policy) no nombra ningún registro.")]
    NoLedger,
    /// The time zone.
    #[error("No se conoce la zona horaria de la configuración: {0}.")]
    Zone(jiff::Error),
    /// The catalog in this program.
    #[error("El catálogo de medicamentos de este programa está dañado: {0}.")]
    Catalog(#[from] cofepris::CatalogError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Counter {
    /// Opens everything and locks the database. The network is not used.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let identity = PharmacyIdentity::load(&config)?;
        Ok(Self {
            catalog: Catalog::embedded()?,
            trust: trust_store(&config.professionals, &config.efirma)?,
            ledger: ledger_policy(&config)?,
            service: Service::new(&config, &identity)?,
            identity,
            zone: TimeZone::get(&config.time_zone).map_err(OpenError::Zone)?,
            store: Mutex::new(Store::open(&config.data_dir)?),
            delivering: Mutex::new(()),
            config,
        })
    }

    /// The database. Held for as long as one decision takes, never while the network is waited for.
    pub fn store(&self) -> MutexGuard<'_, Store> {
        // A transaction that a panic interrupted was rolled back: the database is sound.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held while an act is delivered, so that no act is delivered twice at once.
    pub(crate) fn delivering(&self) -> MutexGuard<'_, ()> {
        self.delivering
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Verifies the text of a QR, offline.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub fn verify(&self, text: &str) -> Result<Authentic, VerifyError> {
        verify(text, &self.store(), &self.trust, &self.ledger)
    }

    /// The text that a scanner meant by what it typed: of the readings that keyboard layouts allow,
    /// the one whose signature holds; as typed where none does.
    #[must_use]
    pub fn settle(&self, typed: String) -> String {
        let meant = wedge::readings(&typed).find(|text| self.verify(text).is_ok());
        meant.unwrap_or(typed)
    }

    /// The day of `at` where the pharmacy is.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Date {
        day_in(at, &self.zone)
    }

    /// What the rules ask about this pharmacy.
    #[must_use]
    pub fn facts(&self, online: bool) -> PharmacyFacts {
        PharmacyFacts {
            clues: self.config.clues.clone(),
            controlled_licence: self.config.controlled_licence.is_some(),
            online,
            today: Vec::new(),
        }
    }

    /// What to call a medicine: generic name, form, strength and package.
    #[must_use]
    pub fn medicine_name(&self, clave: &Clave) -> String {
        medicine_name(&self.catalog, clave)
    }
}

/// One pinned key, or a whole policy.
fn ledger_policy(config: &Config) -> Result<Policy, OpenError> {
    if let Some(path) = &config.ledger_policy {
        let policy = Policy::parse(&read_text(path)?)?;
        return if policy.logs().is_empty() {
            Err(OpenError::NoLedger)
        } else {
            Ok(policy)
        };
    }
    let path = config.ledger_vkey.as_ref().ok_or(OpenError::NoLedger)?;
    Ok(Policy::of_log(read_text(path)?.trim_end().parse()?))
}

/// What to call a medicine: generic name, form, strength and package.
#[must_use]
pub fn medicine_name(catalog: &Catalog, clave: &Clave) -> String {
    let Some(medicine) = catalog.medicine(clave) else {
        return "Medicamento que no está en el catálogo de este programa".to_owned();
    };
    let strength = medicine.strength.as_deref();
    let strength = strength.map_or_else(String::new, |strength| format!(" {strength}"));
    format!(
        "{}, {}{strength}. {}",
        medicine.generic_name,
        medicine.form.to_lowercase(),
        medicine.presentation
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_policy_without_a_ledger_or_with_a_mistake_does_not_open() {
        let open = |policy: &str| {
            let (folder, counter) = fixture::counter();
            let mut config = counter.config.clone();
            drop(counter);
            let path = folder.path().join("policy.txt");
            std::fs::write(&path, policy).unwrap();
            config.ledger_policy = Some(path);
            Counter::open(config).err().unwrap().to_string()
        };
        assert!(open("quorum none\n").contains("no nombra ningún registro"));
        let mistake = open("quorum none\nlog x\n");
        assert!(mistake.contains("line 2"), "{mistake}");
    }

    #[test]
    fn a_medicine_has_its_name_strength_and_package() {
        let catalog = Catalog::embedded().unwrap();
        let name = |clave: &str| medicine_name(&catalog, &clave.parse().unwrap());
        let paracetamol = name(fixture::ORDINARY);
        assert!(
            paracetamol.starts_with("Paracetamol, tableta 500 mg. "),
            "{paracetamol}"
        );
        assert!(name("999.999.9999.99").contains("no está en el catálogo"));
    }
}
