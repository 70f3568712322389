//! The signer's own certificate.

use std::fmt::Write;

use data_encoding::BASE64_MIME_PERMISSIVE;
use jiff::Timestamp;
use signing::cms::cades::SigningChain;
use signing::trust::{CertificateKind, Inspected, SignerKey, TrustError, inspect};

use crate::SignError;

/// A certificate that was read, DER.
#[derive(Debug)]
pub struct OwnCertificate {
    der: Vec<u8>,
    says: Inspected,
}

impl OwnCertificate {
    /// Reads a `.cer` in DER, or PEM. Nothing is verified: the service does that.
    ///
    /// # Errors
    /// [`SignError::Certificate`].
    pub fn read(bytes: &[u8]) -> Result<Self, SignError> {
        let der = from_pem(bytes).unwrap_or_else(|| bytes.to_vec());
        let says = inspect(&der).map_err(SignError::Certificate)?;
        Ok(Self { der, says })
    }

    /// Its bytes, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &SignerKey {
        &self.says.key
    }

    /// DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.says.spki
    }

    /// Whether it may sign a receta at `at`, as far as it says itself.
    ///
    /// # Errors
    /// [`SignError::Seal`], [`SignError::NotForSigning`], [`SignError::Represents`],
    /// [`SignError::Expired`], [`SignError::NotYetValid`].
    pub fn check(&self, at: Timestamp) -> Result<(), SignError> {
        match self.says.kind {
            CertificateKind::Seal => return Err(SignError::Seal),
            CertificateKind::NotForSigning => return Err(SignError::NotForSigning),
            CertificateKind::Efirma | CertificateKind::Professional | CertificateKind::Other => {}
        }
        if self.says.identity.represents.is_some() {
            return Err(SignError::Represents);
        }
        if at < self.says.not_before {
            return Err(SignError::NotYetValid(self.says.not_before));
        }
        if at > self.says.not_after {
            return Err(SignError::Expired(self.says.not_after));
        }
        Ok(())
    }

    /// The chain that a signature is prepared with.
    ///
    /// # Errors
    /// [`SignError::KeyKind`].
    pub fn chain(&self) -> Result<SigningChain, SignError> {
        SigningChain::new(&self.der, &[]).map_err(|_| SignError::KeyKind)
    }

    /// What it says of itself, for its holder: several lines.
    #[must_use]
    pub fn describe(&self) -> String {
        let identity = &self.says.identity;
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            let written = writeln!(text, "{name:<14}{value}");
            debug_assert!(written.is_ok(), "writing to a String cannot fail");
        };
        line("Titular:", &identity.name);
        line("CURP:", &identity.curp);
        if let Some(rfc) = &identity.rfc {
            line("RFC:", rfc);
        }
        if let Some(company) = &identity.represents {
            line("Representa a:", company);
        }
        if let Some(cedula) = &identity.cedula {
            line("Cédula:", cedula);
        }
        line("Tipo:", kind_in_spanish(self.says.kind));
        line("Llave:", key_in_spanish(&self.says.key));
        line("Serie:", &identity.serial);
        line("Válido desde:", &self.says.not_before.to_string());
        line("Válido hasta:", &self.says.not_after.to_string());
        text
    }
}

fn kind_in_spanish(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Efirma => "e.firma (FIEL): firma por una persona",
        CertificateKind::Seal => "sello digital (CSD): no firma recetas",
        CertificateKind::Professional => "certificado profesional para firmar documentos",
        CertificateKind::Other => "certificado de firma de otra autoridad",
        CertificateKind::NotForSigning => "no es para firmar",
    }
}

fn key_in_spanish(key: &SignerKey) -> &'static str {
    match key {
        SignerKey::P256(_) => "P-256",
        SignerKey::Rsa(_) => "RSA",
    }
}

/// The one PEM block of a file that has one.
fn from_pem(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let body = text.split_once("-----BEGIN CERTIFICATE-----")?.1;
    let body = body.split_once("-----END CERTIFICATE-----")?.0;
    BASE64_MIME_PERMISSIVE.decode(body.trim().as_bytes()).ok()
}

impl From<TrustError> for SignError {
    fn from(error: TrustError) -> Self {
        Self::Certificate(error)
    }
}
