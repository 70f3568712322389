//! Why a QR was refused, and what the counter reads about it.

use super::payload::PayloadError;
use super::seal::SealError;
use super::text::TextError;
use crate::cose::CoseError;

/// Why a QR was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// The text is not ours, or damaged on its way.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The signed message inside is malformed, or its signature is bad.
    #[error(transparent)]
    Cose(#[from] CoseError),
    /// The content is malformed.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The seal of the ledger is missing or bad.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The message does not say which key signed it.
    #[error("the QR does not name the key that signed it")]
    MissingKid,
    /// No certificate of a prescriber has this key.
    #[error("no known prescriber has the key that signed the QR; update the certificates")]
    UnknownPrescriber,
    /// The prescription names another prescriber than the one who signed it.
    #[error("the cédula in the QR is not the cédula of the certificate that signed it")]
    CedulaMismatch,
    /// The payload says that the prescriber signed it and an institution did, or the other way
    /// round.
    #[error("the QR is signed by another kind of key than it says; do not accept it")]
    OtherHolder,
    /// Sealed before the certificate was valid.
    #[error("the prescriber's certificate was not yet valid when the ledger sealed the QR")]
    CertificateNotYetValid,
    /// Sealed after the certificate had ended.
    #[error("the prescriber's certificate had expired when the ledger sealed the QR")]
    CertificateExpired,
    /// Issued, says the signer, after the ledger sealed it.
    #[error("the QR says it was issued after the ledger sealed it; check the signer's clock")]
    IssuedAfterSeal,
}

impl QrError {
    /// What the counter reads: what is wrong and what to do.
    #[must_use]
    pub fn in_spanish(&self) -> &'static str {
        match self {
            Self::Text(error) => text_in_spanish(*error),
            Self::Cose(error) => cose_in_spanish(*error),
            Self::Payload(PayloadError::Version) => {
                "La receta usa un formato más reciente. Actualice este programa."
            }
            Self::Payload(_) => {
                "El contenido del código QR no es el de una receta. No surta; pida al paciente que \
                 acuda con quien la expidió."
            }
            Self::Seal(error) => seal_in_spanish(*error),
            Self::MissingKid => {
                "El código QR no indica quién lo firmó. No surta: no es una receta válida."
            }
            Self::UnknownPrescriber => {
                "No se reconoce el certificado de quien firmó la receta. Actualice los \
                 certificados y vuelva a intentar."
            }
            Self::CedulaMismatch => {
                "La cédula profesional de la receta no es la de quien la firmó. No surta y \
                 repórtelo."
            }
            Self::OtherHolder => {
                "El código QR no lo firmó quien dice: ni la institución por quien prescribe, ni al \
                 revés. No surta y repórtelo."
            }
            Self::CertificateNotYetValid => {
                "El certificado de quien prescribe aún no era válido cuando se registró la receta. \
                 No surta."
            }
            Self::CertificateExpired => {
                "El certificado de quien prescribe ya había vencido cuando se registró la receta. \
                 No surta."
            }
            Self::IssuedAfterSeal => {
                "La fecha de expedición es posterior al registro de la receta. No surta y \
                 repórtelo."
            }
        }
    }
}

fn text_in_spanish(error: TextError) -> &'static str {
    match error {
        TextError::NotOurs => "El código leído no es el de una receta electrónica.",
        TextError::TooLong | TextError::Incomplete => {
            "La lectura está incompleta o repetida. Vuelva a escanear el código QR."
        }
        TextError::Symbol => {
            "La lectura tiene caracteres ajenos al código QR. Vuelva a escanear; si se repite, \
             revise el idioma de teclado del lector."
        }
        TextError::NotCanonical => {
            "La lectura está dañada. Vuelva a escanear; si se repite, el código fue alterado."
        }
    }
}

fn cose_in_spanish(error: CoseError) -> &'static str {
    match error {
        CoseError::BadSignature | CoseError::HighS | CoseError::KidMismatch => {
            "La firma de la receta no es válida: su contenido fue alterado o no la firmó quien \
             dice. No surta y repórtelo."
        }
        CoseError::KeyNotP256 => {
            "El certificado de quien firmó no sirve para verificar códigos QR. Verifique la \
             receta en línea con su folio."
        }
        CoseError::TooLarge
        | CoseError::NotTagged
        | CoseError::Cbor(_)
        | CoseError::Shape
        | CoseError::MissingAlgorithm
        | CoseError::UnprotectedAlgorithm
        | CoseError::UnsupportedAlgorithm
        | CoseError::CriticalHeader
        | CoseError::UnknownHeader
        | CoseError::KidShape
        | CoseError::UnprotectedKid
        | CoseError::SignatureLength
        | CoseError::PayloadMissing
        | CoseError::PayloadPresent => {
            "El código QR está dañado o fue alterado. Vuelva a escanear; si se repite, no surta."
        }
    }
}

fn seal_in_spanish(error: SealError) -> &'static str {
    match error {
        SealError::Missing => {
            "La receta aún no tiene el sello del registro. Verifíquela en línea antes de surtir."
        }
        SealError::BadSignature => {
            "El sello del registro no es válido: la receta no está registrada o fue alterada. No \
             surta y repórtelo."
        }
        SealError::AlreadySealed
        | SealError::UnknownHeader
        | SealError::Shape
        | SealError::Time
        | SealError::TooLarge => {
            "El sello del registro está dañado o fue alterado. Vuelva a escanear; si se repite, \
             no surta."
        }
    }
}
