//! The institution's own key, in the token: it signs the QR of a prescriber whose e.firma does not
//! fit one, and says so in the payload.
//!
//! Its certificate is of the authority of the professionals and represents a legal person: subject
//! `2.5.4.45` has the pair `RFC of the institution / RFC of its representative`. By that pair a
//! verifier tells it from a person's.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use hsm::{HsmError, TokenP256};
use jiff::Timestamp;
use signing::cose::{Kid, Sign1, SignError};
use signing::trust::TrustStore;

use crate::config::{InstitutionSection, read_file};
use crate::flow::FlowError;
use crate::keys::Keys;
use crate::store::QrCertificate;

/// The key and its certificate. Cheap to clone.
#[derive(Clone)]
pub struct Institution(Arc<Parts>);

struct Parts {
    key: TokenP256,
    kid: Kid,
    certificate: Vec<u8>,
}

impl Institution {
    /// Finds the key in the token and reads its certificate.
    ///
    /// # Errors
    /// The file cannot be read, or certifies another key.
    pub fn open(section: &InstitutionSection, keys: &Keys) -> Result<Self> {
        let key = keys.hsm.find_p256(&section.key).with_context(|| {
            format!(
                "the token has no key {}; make it with `rx-service institution-key`",
                section.key
            )
        })?;
        let path = &section.certificate;
        let certificate = crate::certificate::to_der(&read_file(path)?);
        let spki = crate::certificate::spki_of(&certificate)
            .with_context(|| format!("{} is no certificate", path.display()))?;
        ensure!(
            spki == key.spki(),
            "{} certifies another key than {} of the token",
            path.display(),
            section.key
        );
        Ok(Self(Arc::new(Parts {
            kid: Kid::of_spki(key.spki()),
            key,
            certificate,
        })))
    }

    /// Whether it may sign at `at`; why not, otherwise.
    ///
    /// # Errors
    /// The certificate has no valid path, is a person's, or is revoked.
    pub fn usable(&self, trust: &TrustStore, at: Timestamp) -> Result<(), String> {
        let trusted = trust
            .validate(&self.0.certificate, &[], at)
            .map_err(|error| error.to_string())?;
        if trusted.identity().represents.is_none() {
            return Err("its certificate represents no institution".to_owned());
        }
        Ok(())
    }

    /// What counters need to verify what it signs.
    #[must_use]
    pub fn qr_certificate(&self) -> QrCertificate {
        QrCertificate {
            kid: *self.0.kid.as_bytes(),
            cedula: None,
            certificate: self.0.certificate.clone(),
        }
    }

    /// Signs the payload of a QR; returns the `COSE_Sign1`. Blocks on the token.
    ///
    /// # Errors
    /// The token refuses.
    pub fn sign(&self, payload: Vec<u8>) -> Result<Vec<u8>, FlowError> {
        let sign = |digest: [u8; 32]| {
            let signed = self.0.key.sign_digest(&digest);
            signed.map(|signature| signature.to_bytes())
        };
        match Sign1::sign(Some(self.0.kid), payload, sign) {
            Ok(message) => Ok(message.encode()),
            Err(error) => Err(sign_error(error)),
        }
    }
}

fn sign_error(error: SignError<HsmError>) -> FlowError {
    if let SignError::Signer(error) = error {
        error.into()
    } else {
        FlowError::Internal(error.to_string())
    }
}
