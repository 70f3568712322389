//! What can be wrong with an act in a register.

use prescription::key::KeyProblem;
use signing::cms::CmsError;
use signing::cose::CoseError;
use substances::balances::PostingError;
use substances::book::BookError;

use crate::verify::PharmacyCertificateError;

/// What an act, its leaf and its signed document can disagree about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActField {
    /// The register, the series, or the number in it.
    Place,
    /// The number that the movement itself says.
    Number,
    /// The establishment.
    Establishment,
    /// When, to the second.
    Time,
    /// The law's day, which is not that of its instant anywhere in Mexico.
    Day,
    /// What was signed.
    Document,
    /// What was done, which is none of the acts of its series.
    Form,
}

impl ActField {
    fn in_spanish(self) -> &'static str {
        match self {
            Self::Place => "el registro, la serie o el número",
            Self::Number => "el número del movimiento",
            Self::Establishment => "el establecimiento",
            Self::Time => "la hora",
            Self::Day => "el día, que no es el de su hora en ninguna zona horaria del país",
            Self::Document => "lo que se firmó",
            Self::Form => "lo que se hizo, que no es un acto de su serie",
        }
    }
}

/// Something wrong with an act in a register.
#[derive(Debug)]
pub enum ActFinding {
    /// The series has a gap or a repetition.
    OutOfSeries {
        /// The number that should come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// Body, leaf and signed document do not say the same.
    DiffersFromLeaf(ActField),
    /// The evidence is not of the kind that the act needs.
    WrongEvidence,
    /// The certificate of the establishment is refused.
    CertificateRefused(PharmacyCertificateError),
    /// The certificate is of somebody else than the act says.
    OtherSigner,
    /// A movement of fractions I to III by an establishment whose certificate carries no licence.
    NotLicensed,
    /// The signature of the establishment is refused.
    CoseRefused(CoseError),
    /// The signature of the officer is refused.
    CadesRefused(CmsError),
    /// It moves what is not there.
    Impossible(PostingError),
    /// An act on keys that cannot be after the acts before it.
    KeyUnlawful(KeyProblem),
    /// Signed with a key that the register knows and that was not in force at this place.
    KeyNotInForce,
    /// Signed with a key that the register does not know of this prescriber.
    KeyUnregistered,
    /// It cannot be entered in the book after the entries before it.
    OutOfBook(BookError),
}

impl ActFinding {
    /// The kind, for machines. Never reused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfSeries { .. } => "act-out-of-series",
            Self::DiffersFromLeaf(_) => "act-differs",
            Self::WrongEvidence => "act-wrong-evidence",
            Self::CertificateRefused(_) => "act-certificate-refused",
            Self::OtherSigner => "act-other-signer",
            Self::NotLicensed => "act-not-licensed",
            Self::CoseRefused(_) | Self::CadesRefused(_) => "act-signature-refused",
            Self::Impossible(_) => "stock-impossible",
            Self::KeyUnlawful(_) => "key-unlawful",
            Self::KeyNotInForce => "key-not-in-force",
            Self::KeyUnregistered => "key-unregistered",
            Self::OutOfBook(_) => "book-broken",
        }
    }

    /// What is wrong, for the authority.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::OutOfSeries { expected, found } => format!(
                "el acto tiene el número {found} de su serie y debía tener el {expected}: falta un \
                 acto o está repetido"
            ),
            Self::DiffersFromLeaf(field) => {
                format!(
                    "el acto, su hoja y el documento no dicen lo mismo de {}",
                    field.in_spanish()
                )
            }
            Self::WrongEvidence => "la evidencia no es del tipo que el acto requiere".to_owned(),
            Self::CertificateRefused(reason) => {
                format!(
                    "el certificado del establecimiento se rechaza: {}",
                    reason.in_spanish()
                )
            }
            Self::OtherSigner => "lo firmó alguien distinto de quien declara".to_owned(),
            Self::NotLicensed => {
                "mueve medicamento de las fracciones I a III sin licencia en el certificado (LGS \
                 arts. 198-I y 227 Bis)"
                    .to_owned()
            }
            Self::CoseRefused(reason) => {
                format!("la firma del establecimiento no es válida (detalle: {reason})")
            }
            Self::CadesRefused(reason) => {
                format!("la firma de quien ordenó el acto no es válida (detalle: {reason})")
            }
            Self::Impossible(reason) => {
                format!("mueve unidades que no estaban allí (detalle: {reason})")
            }
            Self::KeyUnlawful(problem) => format!(
                "el acto sobre claves no puede seguir a los anteriores: {}",
                problem.in_spanish()
            ),
            Self::KeyNotInForce => "se firmó con una clave que, según el registro de claves, no \
                                    estaba vigente en ese momento"
                .to_owned(),
            Self::KeyUnregistered => {
                "se firmó con una clave que el registro de claves no conoce de esa persona"
                    .to_owned()
            }
            Self::OutOfBook(reason) => {
                format!("no se puede asentar después de lo anterior (detalle: {reason})")
            }
        }
    }
}
