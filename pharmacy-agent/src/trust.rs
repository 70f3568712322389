//! Whom this counter believes: the authorities pinned in the configuration.

use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustError, TrustStore};

use crate::config::{ConfigError, Professionals, read_bytes};

/// The pinned authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// A file has no certificate in PEM.
    #[error("{0} no contiene certificados PEM.")]
    NotPem(PathBuf),
    /// A certificate or revocation list that cannot be pinned.
    #[error("{path}: {source}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: TrustError,
    },
}

/// The trust store of the configuration. Revocation lists are used where they are given.
///
/// # Errors
/// [`PinError`] names the file.
pub fn trust_store(
    professionals: &Professionals,
    efirma: &Professionals,
) -> Result<TrustStore, PinError> {
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    let both = [
        (professionals, AnchorPolicy::Professional),
        (efirma, AnchorPolicy::Efirma),
    ];
    for (section, policy) in both {
        for path in &section.anchors {
            for anchor in certificates(path)? {
                let added = store.add_anchor(&anchor, policy);
                added.map_err(|source| unusable(path, source))?;
            }
        }
        for path in &section.issuers {
            for issuer in certificates(path)? {
                let added = store.add_issuer(&issuer);
                added.map_err(|source| unusable(path, source))?;
            }
        }
        for path in &section.crls {
            let added = store.add_crl(&read_bytes(path)?);
            added.map_err(|source| unusable(path, source))?;
        }
    }
    Ok(store)
}

/// The certificates of a PEM file, at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PinError> {
    let bytes = read_bytes(path)?;
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) | Err(_) => Err(PinError::NotPem(path.to_owned())),
    }
}

fn unusable(path: &Path, source: TrustError) -> PinError {
    PinError::Unusable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn pins_what_the_files_hold_and_names_the_file_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let pki = fixture::pki();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("root.pem"), &pki.root_pem).unwrap();
        std::fs::write(path("issuing.pem"), &pki.issuing_pem).unwrap();
        std::fs::write(path("empty.pem"), "").unwrap();
        let mut professionals = Professionals {
            anchors: vec![path("root.pem")],
            issuers: vec![path("issuing.pem")],
            crls: vec![],
        };
        let store = trust_store(&professionals, &Professionals::default()).unwrap();
        let at = fixture::sealed_at();
        assert!(store.validate(&pki.leaf_der, &[], at).is_ok());

        professionals.issuers = vec![path("empty.pem")];
        let error = trust_store(&professionals, &Professionals::default()).unwrap_err();
        assert!(error.to_string().contains("empty.pem"));
        professionals.issuers = vec![];
        professionals.anchors.push(path("root.pem"));
        assert!(matches!(
            trust_store(&professionals, &Professionals::default()),
            Err(PinError::Unusable {
                source: TrustError::DuplicateAnchor,
                ..
            })
        ));
    }
}
