//! Why something was not signed: one line for the person at the keyboard.

use hsm::HsmError;
use jiff::Timestamp;
use signing::cms::{BuildError, CmsError};
use signing::qr::payload::PayloadError;
use signing::trust::TrustError;

/// One variant per reason.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The certificate cannot be read.
    #[error("no se puede leer el certificado ({0}); use el archivo .cer original, en DER o PEM")]
    Certificate(TrustError),
    /// A SAT seal.
    #[error(
        "el certificado es un sello digital (CSD), que no firma por una persona; use la e.firma"
    )]
    Seal,
    /// Its key usage does not allow signatures.
    #[error("el certificado no es para firmar; use uno de firma")]
    NotForSigning,
    /// It represents a legal person.
    #[error(
        "la e.firma representa a una persona moral; una receta se firma con la de persona física"
    )]
    Represents,
    /// It had expired when it is used.
    #[error("el certificado venció el {0}; renueve la e.firma")]
    Expired(Timestamp),
    /// It is not valid yet.
    #[error("el certificado es válido desde el {0}; revise la fecha del equipo")]
    NotYetValid(Timestamp),
    /// The password does not open the key file.
    #[error("la contraseña no abre la llave; escríbala de nuevo o revise que el .key sea el suyo")]
    Password,
    /// The key file is of no form that an e.firma has.
    #[error("el archivo de la llave no es PKCS#8 cifrado con PBES2, como el .key del SAT")]
    KeyFile,
    /// Neither RSA-2048 nor P-256.
    #[error("la llave no es RSA de 2048 bits o más, ni P-256; no sirve para recetas")]
    KeyKind,
    /// The key is not the certificate's.
    #[error("la llave no es la del certificado; use el .key que se generó con ese .cer")]
    KeyMismatch,
    /// The token refuses.
    #[error("el token: {0}")]
    Token(#[from] HsmError),
    /// The answer of `$prepare` is not one.
    #[error("esto no es la respuesta de $prepare (falta o está mal: {0}); péguela completa")]
    Answer(&'static str),
    /// The attributes are not about this document or certificate.
    #[error("lo que se pide firmar no corresponde con el documento ({0}); no firme y repórtelo")]
    OtherDocument(CmsError),
    /// The attributes were prepared for another certificate, or are malformed.
    #[error("lo preparado no es para este certificado ({0}); prepare de nuevo con él")]
    OtherCertificate(BuildError),
    /// The QR cannot be read.
    #[error("el código QR preparado está mal ({0}); no firme y repórtelo")]
    Qr(PayloadError),
    /// The QR does not say what the document says.
    #[error("el código QR no dice lo mismo que el documento ({0}); no firme y repórtelo")]
    QrDiffers(&'static str),
    /// The transaction is over.
    #[error("la transacción venció el {0}; prepare la receta de nuevo")]
    Stale(Timestamp),
    /// Whoever was asked said no.
    #[error("no se firmó")]
    Declined,
    /// The key failed.
    #[error("la llave no pudo firmar; intente de nuevo")]
    Failed,
}
