//! Why a key was not activated: one variant per reason.

use jiff::Timestamp;

use crate::webauthn::WebauthnError;

/// An activation was refused; the key was not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The act carries no activation.
    #[error("the act carries no activation: authorise its digest first")]
    Missing,
    /// No such activation was ever given, or its text is damaged.
    #[error("no such activation: authorise again")]
    Unknown,
    /// It was given longer ago than it lives.
    #[error("the activation expired at {0}: authorise again")]
    Expired(Timestamp),
    /// It activates another prescriber's key.
    #[error("the activation is of another prescriber")]
    OtherPrescriber,
    /// It was given to another client than the one that presents it.
    #[error("the activation was given to another client")]
    OtherClient,
    /// What is to be done is not what was authorised.
    #[error("the activation does not cover this content: authorise exactly these bytes")]
    OtherContent,
    /// It was used for this content already.
    #[error("the activation was used for this content already: authorise again")]
    Used,
    /// Fractions I to III need an activation of their own.
    #[error("a controlled medicine needs an activation for this prescription alone")]
    NotAlone,
    /// Nothing to authorise, a digest twice, or a count that is not that of the digests.
    #[error("the digests to authorise are missing, repeated or miscounted")]
    Digests,
    /// More digests than one activation may cover.
    #[error("more than {0} digests in one activation: divide them")]
    TooMany(u32),
    /// More authorisations in an hour than are plausible.
    #[error("more than {0} authorisations in an hour: wait")]
    TooOften(u32),
    /// The prescriber has no factor of this kind.
    #[error("the prescriber has no such factor: enrol one")]
    NoFactor,
    /// The code is wrong, too old, or was used already.
    #[error("the one-time code is wrong, too old or used: wait for the next one")]
    Otp,
    /// Too many wrong codes.
    #[error("too many wrong codes: locked until {0}")]
    Locked(Timestamp),
    /// There is no such challenge, it is too old, or it was answered.
    #[error("the challenge is unknown, too old or answered: ask for another")]
    Challenge,
    /// The passkey's answer does not verify.
    #[error("the passkey's answer is refused: {0}")]
    Passkey(#[from] WebauthnError),
    /// The passkey is registered already, or there is a one-time-code app already.
    #[error("this factor is enrolled already: remove the old one first")]
    FactorTaken,
    /// An officer must order this.
    #[error("an officer with a factor of their own must order this")]
    NotFirst,
}

impl Refusal {
    /// The code that answers and metrics carry.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "activation-missing",
            Self::Unknown => "activation-unknown",
            Self::Expired(_) => "activation-expired",
            Self::OtherPrescriber => "activation-other-prescriber",
            Self::OtherClient => "activation-other-client",
            Self::OtherContent => "activation-other-content",
            Self::Used => "activation-used",
            Self::NotAlone => "activation-not-alone",
            Self::Digests => "activation-digests",
            Self::TooMany(_) => "activation-too-many",
            Self::TooOften(_) => "activation-too-often",
            Self::NoFactor => "factor-missing",
            Self::Otp => "otp-refused",
            Self::Locked(_) => "factor-locked",
            Self::Challenge => "challenge-refused",
            Self::Passkey(_) => "passkey-refused",
            Self::FactorTaken => "factor-taken",
            Self::NotFirst => "factor-not-first",
        }
    }

    /// What the prescriber reads.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let text = match self {
            Self::Missing => {
                "Falta la activación de la llave: autorice esta solicitud con su segundo factor y \
                 envíe el encabezado Receta-Activation."
            }
            Self::Unknown => "Esa activación no existe. Autorice de nuevo.",
            Self::Expired(_) => "La activación venció. Autorice de nuevo.",
            Self::OtherPrescriber => "La activación es de otra persona que prescribe.",
            Self::OtherClient => "La activación se dio a otro sistema.",
            Self::OtherContent => {
                "La activación no cubre este contenido: autorice exactamente los bytes que envía."
            }
            Self::Used => "La activación ya se usó para este contenido. Autorice de nuevo.",
            Self::NotAlone => {
                "Un medicamento de las fracciones I a III se autoriza receta por receta: pida una \
                 activación sólo para ésta."
            }
            Self::Digests => "Faltan resúmenes por autorizar, se repiten o no son los contados.",
            Self::TooMany(most) => {
                return format!("Una activación cubre a lo más {most} firmas. Divídalas.");
            }
            Self::TooOften(most) => {
                return format!("Más de {most} autorizaciones en una hora. Espere y avise.");
            }
            Self::NoFactor => "No hay un segundo factor de ese tipo inscrito. Inscríbalo.",
            Self::Otp => "El código es incorrecto, venció o ya se usó. Espere el siguiente.",
            Self::Locked(_) => "Demasiados códigos incorrectos: el factor está bloqueado. Espere.",
            Self::Challenge => "El reto no existe, venció o ya se respondió. Pida otro.",
            Self::Passkey(_) => {
                "La llave de acceso no se acepta. Intente de nuevo o inscriba otra."
            }
            Self::FactorTaken => "Ese factor ya está inscrito. Retire antes el anterior.",
            Self::NotFirst => "Ya hay factores inscritos: lo ordena un oficial, con el suyo.",
        };
        text.to_owned()
    }
}
