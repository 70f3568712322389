//! What the command line pins: the log, and the authorities of those who sign.

use std::path::{Path, PathBuf};

use clap::Args;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};

use super::files::{self, Unusable};
use crate::trust::LogTrust;
use crate::verify::{PharmacyAuthority, Signers};

/// The log that is believed.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct LogArgs {
    /// Llave pública del registro (vkey)
    #[arg(long, value_name = "ARCHIVO")]
    key: Option<PathBuf>,
    /// Política: llaves del registro y testigos que debe tener (c2sp.org/tlog-policy)
    #[arg(long, value_name = "ARCHIVO")]
    policy: Option<PathBuf>,
}

impl LogArgs {
    pub(super) fn read(&self) -> Result<LogTrust, Unusable> {
        let pin = read_pin(self.key.as_deref(), self.policy.as_deref())?;
        pin.ok_or(Unusable::NoPin)
    }
}

/// The log that is believed, where the check may be left to others.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct OptionalLogArgs {
    /// Llave pública del registro (vkey)
    #[arg(long, value_name = "ARCHIVO")]
    key: Option<PathBuf>,
    /// Política: llaves del registro y testigos que debe tener (c2sp.org/tlog-policy)
    #[arg(long, value_name = "ARCHIVO")]
    policy: Option<PathBuf>,
}

impl OptionalLogArgs {
    pub(super) fn read(&self) -> Result<Option<LogTrust>, Unusable> {
        read_pin(self.key.as_deref(), self.policy.as_deref())
    }
}

fn read_pin(key: Option<&Path>, policy: Option<&Path>) -> Result<Option<LogTrust>, Unusable> {
    Ok(match (key, policy) {
        (Some(path), _) => Some(LogTrust::of_key(files::read_key(path)?)),
        (None, Some(path)) => Some(LogTrust::of_policy(files::read_policy(path)?)),
        (None, None) => None,
    })
}

/// The authorities of the signers.
#[derive(Debug, Args)]
pub(super) struct SignerArgs {
    /// Autoridad raíz de los certificados de profesionales (se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    professionals_root: Vec<PathBuf>,
    /// Autoridad intermedia de los certificados de profesionales (se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "professionals_root")]
    professionals_issuer: Vec<PathBuf>,
    /// Lista de revocación de los certificados de profesionales (se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "professionals_root")]
    professionals_crl: Vec<PathBuf>,
    /// Autoridad del SAT, para recetas firmadas con e.firma (se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "professionals_root")]
    efirma_root: Vec<PathBuf>,
    /// Certificado de una institución que firma códigos QR (se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "professionals_root")]
    institution: Vec<PathBuf>,
    /// Autoridad de los certificados de farmacias
    #[arg(long, value_name = "ARCHIVO")]
    pharmacy_ca: Option<PathBuf>,
}

impl SignerArgs {
    pub(super) fn read(&self) -> Result<Signers, Unusable> {
        let refused = |path: &PathBuf| {
            let path = path.clone();
            move |error| Unusable::Trust(path, error)
        };
        let mut store = TrustStore::new(RevocationPolicy::WhenListed);
        for path in &self.professionals_root {
            store
                .add_anchor(&files::read(path)?, AnchorPolicy::Professional)
                .map_err(refused(path))?;
        }
        for path in &self.efirma_root {
            store
                .add_anchor(&files::read(path)?, AnchorPolicy::Efirma)
                .map_err(refused(path))?;
        }
        for path in &self.professionals_issuer {
            store
                .add_issuer(&files::read(path)?)
                .map_err(refused(path))?;
        }
        for path in &self.professionals_crl {
            store.add_crl(&files::read(path)?).map_err(refused(path))?;
        }
        let pharmacies = match &self.pharmacy_ca {
            Some(path) => {
                let authority = PharmacyAuthority::from_pem(&files::read(path)?);
                Some(authority.map_err(|error| Unusable::Pharmacy(path.clone(), error))?)
            }
            None => None,
        };
        let professionals = (!self.professionals_root.is_empty()).then_some(store);
        let institutions = self.institution.iter().map(|path| {
            let bytes = files::read(path)?;
            Ok(CertificateDer::from_pem_slice(&bytes).map_or(bytes, |der| der.to_vec()))
        });
        Ok(Signers {
            professionals,
            institutions: institutions.collect::<Result<_, Unusable>>()?,
            pharmacies,
        })
    }
}
