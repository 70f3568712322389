//! Why a prescriber's own signature is refused.

use signing::cms::{BerError, BuildError, CmsError};
use signing::cose::CoseError;
use signing::ecdsa::EcdsaError;
use signing::trust::{KeyError, TrustError};

/// One variant per reason.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// The certificate has no path, or its path is not one for signing: seal (CSD), expired, not
    /// yet valid, revoked, wrong use, unknown issuer, stale revocation data.
    #[error("the certificate: {0}")]
    Trust(TrustError),
    /// It signs for a legal person (LGS 28 Bis: professionals prescribe, companies do not).
    #[error("the certificate represents a legal person")]
    Represents,
    /// It names another CURP than the prescriber's.
    #[error("the certificate names another CURP than the prescriber's")]
    OtherCurp,
    /// It names another cédula than the prescriber's.
    #[error("the certificate names another cédula than the prescriber's")]
    OtherCedula,
    /// We do not know the prescriber's CURP, by which an e.firma names its holder.
    #[error("the prescriber was enrolled without a CURP")]
    CurpUnknown,
    /// The institution has no key or certificate to sign the QR with.
    #[error("the institution's key cannot sign the QR: {0}")]
    Institution(String),
    /// The key has signed under another certificate.
    #[error("the key is known under another certificate")]
    KeyReused,
    /// No such transaction of this client.
    #[error("no such transaction of this client")]
    UnknownTransaction,
    /// The transaction's time is over.
    #[error("the transaction expired")]
    Stale,
    /// What would be issued now is not what was prepared: the facts changed.
    #[error("what was prepared would be another prescription now")]
    Changed,
    /// The signature value does not complete the prepared attributes.
    #[error("the signature: {0}")]
    Signature(BuildError),
    /// The CMS brought along is no signature of this document by this certificate.
    #[error("the CMS: {0}")]
    Cms(CmsError),
    /// The CMS brought along cannot be read.
    #[error("the CMS: {0}")]
    Ber(BerError),
    /// The CMS is by another certificate than the one that was prepared for.
    #[error("the CMS is by another certificate than the one prepared for")]
    OtherCertificate,
    /// The CMS says it was signed before the transaction was prepared: a signer's clock that is set
    /// back, or an old signature.
    #[error("the CMS says it was signed before the transaction was prepared")]
    SignedBefore,
    /// No legal signature, where the prescriber makes it outside.
    #[error("the legal signature is missing")]
    SignatureMissing,
    /// A signature, where the wrapped key makes it here.
    #[error("the wrapped key signs this transaction, not its sender")]
    SignatureSurplus,
    /// The QR's signature is missing, where the prescriber signs it.
    #[error("the QR's signature is missing")]
    QrMissing,
    /// A signature of the QR, where the institution signs it.
    #[error("the QR is signed by the institution")]
    QrSurplus,
    /// The QR's signature is wrong.
    #[error("the QR's signature: {0}")]
    Qr(CoseError),
}

impl OwnError {
    /// The code in `OperationOutcome` and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Trust(error) => trust_code(error),
            Self::Represents => "efirma-represents-company",
            Self::OtherCurp => "efirma-other-curp",
            Self::OtherCedula => "efirma-other-cedula",
            Self::CurpUnknown => "efirma-curp-unknown",
            Self::Institution(_) => "institution-key",
            Self::KeyReused => "efirma-key-reused",
            Self::UnknownTransaction => "transaction-unknown",
            Self::Stale => "transaction-expired",
            Self::Changed => "transaction-changed",
            Self::Signature(_) => "signature-refused",
            Self::Cms(CmsError::MessageDigestMismatch) | Self::Ber(BerError::ContentMismatch) => {
                "document-changed"
            }
            Self::Cms(_) => "cades-refused",
            Self::Ber(_) => "cades-unreadable",
            Self::OtherCertificate => "cades-other-certificate",
            Self::SignedBefore => "cades-signed-before",
            Self::SignatureMissing => "signature-missing",
            Self::SignatureSurplus => "signature-surplus",
            Self::QrMissing => "qr-signature-missing",
            Self::QrSurplus => "qr-signature-surplus",
            Self::Qr(_) => "qr-signature-refused",
        }
    }

    /// What the prescriber reads: what is wrong and what to do.
    #[must_use]
    pub fn in_spanish(&self) -> &'static str {
        match self {
            Self::Trust(error) => trust_in_spanish(error),
            Self::Represents => {
                "La e.firma representa a una persona moral. Una receta la firma quien prescribe, \
                 con su e.firma de persona física."
            }
            Self::OtherCurp => {
                "La CURP del certificado no es la de quien prescribe. Firme con su propia e.firma."
            }
            Self::OtherCedula => {
                "La cédula del certificado no es la de quien prescribe. Firme con su propio \
                 certificado."
            }
            Self::CurpUnknown => {
                "Quien prescribe está inscrito sin CURP y no puede usar su e.firma. Pida que la \
                 registren."
            }
            Self::Institution(_) => {
                "La llave de la institución no puede firmar el código QR. Avise a quien opera el \
                 servicio."
            }
            Self::KeyReused => {
                "Esta llave ya firmó con otro certificado. Renueve con una llave nueva."
            }
            Self::UnknownTransaction => {
                "No existe esa transacción de este expediente. Prepare la receta de nuevo."
            }
            Self::Stale => "La transacción venció sin firmarse. Prepare la receta de nuevo.",
            Self::Changed => {
                "Algo cambió desde que se preparó la receta y ya no sería la misma. Prepárela y \
                 fírmela de nuevo."
            }
            Self::Signature(error) => signature_in_spanish(error),
            Self::Cms(CmsError::MessageDigestMismatch) | Self::Ber(BerError::ContentMismatch) => {
                "El documento firmado no es el que se preparó. Firme el documento tal como se \
                 recibió."
            }
            Self::Cms(_) => {
                "La firma CAdES no es válida para este documento. Firme de nuevo con SHA-256 y \
                 los atributos de CAdES-B."
            }
            Self::Ber(_) => "No se puede leer la firma CAdES. Envíe el archivo .p7s completo.",
            Self::OtherCertificate => {
                "La firma es de otro certificado que el de la preparación. Firme con el mismo, o \
                 prepare de nuevo."
            }
            Self::SignedBefore => {
                "La firma dice ser anterior a la preparación. Corrija el reloj del equipo y firme \
                 de nuevo."
            }
            Self::SignatureMissing => SIGNATURE_MISSING,
            Self::SignatureSurplus => SIGNATURE_SURPLUS,
            Self::QrMissing => {
                "Falta la firma del código QR (qrSignature), que con esta llave hace quien \
                 prescribe."
            }
            Self::QrSurplus => {
                "Sobra qrSignature: con este certificado el código QR lo firma la institución."
            }
            Self::Qr(CoseError::HighS) => HIGH_S,
            Self::Qr(_) => {
                "La firma del código QR no corresponde con lo preparado y el certificado. Firme \
                 los bytes de qrToSign con SHA-256; 64 bytes r ‖ s."
            }
        }
    }
}

const SIGNATURE_MISSING: &str = "Falta la firma de quien prescribe (signature o cades): la receta se \
    preparó para su propio certificado.";
const SIGNATURE_SURPLUS: &str = "Sobran las firmas: la receta se preparó para la llave custodiada. \
    Envíe sólo la transacción, con la activación en Receta-Activation.";
const HIGH_S: &str = "La firma tiene S alta. Normalícela (s = n − s) antes de enviarla.";

fn signature_in_spanish(error: &BuildError) -> &'static str {
    if let BuildError::WrongSignature(KeyError::Ecdsa(EcdsaError::HighS)) = error {
        HIGH_S
    } else {
        "La firma no es de la llave de este certificado sobre lo preparado. Firme los bytes de \
         signedAttributes con SHA-256."
    }
}

fn trust_code(error: &TrustError) -> &'static str {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is left is about the path, not about the holder"
    )]
    match error {
        TrustError::SatSeal => "efirma-csd",
        TrustError::Expired => "efirma-expired",
        TrustError::NotYetValid => "efirma-not-yet-valid",
        TrustError::Revoked => "efirma-revoked",
        TrustError::LeafKeyUsage | TrustError::LeafNotForDocumentSigning | TrustError::CaAsLeaf => {
            "efirma-not-for-signing"
        }
        TrustError::MalformedCertificate => "efirma-malformed",
        TrustError::UnknownIssuer => "efirma-unknown-issuer",
        TrustError::RevocationUnknown | TrustError::StaleCrl => "efirma-revocation-unknown",
        _ => "efirma-refused",
    }
}

fn trust_in_spanish(error: &TrustError) -> &'static str {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is left is about the path, not about the holder"
    )]
    match error {
        TrustError::SatSeal => {
            "El certificado es un sello digital (CSD), que factura y no firma por una persona. Use \
             la e.firma."
        }
        TrustError::Expired => "El certificado está vencido. Renueve la e.firma.",
        TrustError::NotYetValid => {
            "El certificado aún no es válido. Revise la fecha del equipo o espere."
        }
        TrustError::Revoked => "El certificado está revocado. Tramite una e.firma nueva.",
        TrustError::LeafKeyUsage | TrustError::LeafNotForDocumentSigning | TrustError::CaAsLeaf => {
            "El certificado no es para firmar documentos. Use uno de firma."
        }
        TrustError::MalformedCertificate => {
            "No se puede leer el certificado. Envíe el archivo .cer original."
        }
        TrustError::UnknownIssuer => {
            "La autoridad que expidió el certificado no es de confianza aquí. Use una e.firma del \
             SAT o un certificado profesional."
        }
        TrustError::RevocationUnknown | TrustError::StaleCrl => {
            "No se puede saber si el certificado está revocado. Intente de nuevo más tarde."
        }
        _ => "El certificado no permite firmar recetas. Use otro.",
    }
}
