//! Why an act on a key cannot be.

/// Why an act on a key cannot be; keys by their number among the prescriber's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// There are keys already: a later one is a rotation.
    #[error("key-not-the-first: {}", self.in_spanish())]
    NotTheFirst,
    /// There is no key that another could follow.
    #[error("key-none: {}", self.in_spanish())]
    NoKey,
    /// Not the next number.
    #[error("key-out-of-turn: {}", self.in_spanish())]
    OutOfTurn {
        /// The number of the next key.
        expected: u32,
    },
    /// Another key waits for its certificate.
    #[error("key-another-waits: {}", self.in_spanish())]
    AnotherWaits(u32),
    /// The prescriber has had this very key.
    #[error("key-known: {}", self.in_spanish())]
    KnownKey,
    /// There is no such key.
    #[error("key-unknown: {}", self.in_spanish())]
    Unknown(u32),
    /// The key with this number is another.
    #[error("key-other: {}", self.in_spanish())]
    OtherKey(u32),
    /// It does not wait for a certificate: it has its one, or has ended.
    #[error("key-not-waiting: {}", self.in_spanish())]
    NotWaiting(u32),
    /// It never had a certificate: there is nothing to revoke.
    #[error("key-never-signed: {}", self.in_spanish())]
    NeverSigned(u32),
    /// It is revoked.
    #[error("key-already-revoked: {}", self.in_spanish())]
    AlreadyRevoked(u32),
    /// It is destroyed.
    #[error("key-already-destroyed: {}", self.in_spanish())]
    AlreadyDestroyed(u32),
    /// It signs: what signs is not destroyed.
    #[error("key-still-signs: {}", self.in_spanish())]
    StillSigns(u32),
    /// The bytes that were destroyed are not those of the key.
    #[error("key-other-bytes: {}", self.in_spanish())]
    OtherBytes(u32),
    /// It is under another wrapping key.
    #[error("key-under-another: {}", self.in_spanish())]
    UnderAnother(u32),
    /// It is in no state that a key could have before the register.
    #[error("key-not-adoptable: {}", self.in_spanish())]
    NotAdoptable(u32),
    /// "Since" lies after the act.
    #[error("key-since-later: {}", self.in_spanish())]
    SinceLater,
    /// The wrapping key was made before.
    #[error("wrapping-known: {}", self.in_spanish())]
    WrappingKnown,
    /// The wrapping key was never made, or is retired.
    #[error("wrapping-not-in-use: {}", self.in_spanish())]
    WrappingNotInUse,
    /// Keys are wrapped under it.
    #[error("wrapping-still-used: {}", self.in_spanish())]
    WrappingStillUsed(u64),
    /// One person is named twice.
    #[error("wrapping-one-person: {}", self.in_spanish())]
    OnePerson,
    /// Nobody orders over their own keys.
    #[error("key-own: {}", self.in_spanish())]
    OwnKey,
    /// No key of the prescriber signs.
    #[error("key-none-signs: {}", self.in_spanish())]
    NoneSigns,
    /// A batch without keys, or from a wrapping key to itself.
    #[error("rewrap-empty: {}", self.in_spanish())]
    EmptyBatch,
}

impl KeyProblem {
    /// What to do, for the officer.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::NotTheFirst => "ya tiene claves: para una nueva use «rotate»".to_owned(),
            Self::NoKey => "no tiene ninguna clave: use «enrol»".to_owned(),
            Self::OutOfTurn { expected } => format!("la siguiente clave es la número {expected}"),
            Self::AnotherWaits(number) => format!(
                "la clave {number} espera su certificado: instálelo con «certify», o destrúyala \
                 con «destroy»"
            ),
            Self::KnownKey => "esa misma clave ya estuvo inscrita: genere otra".to_owned(),
            Self::Unknown(number) => format!("no existe la clave {number}: véalas con «show»"),
            Self::OtherKey(number) => {
                format!("la clave {number} es otra: la clave pública no coincide")
            }
            Self::NotWaiting(number) => format!(
                "la clave {number} no espera certificado: cada clave tiene uno solo; para \
                 renovarlo use «rotate»"
            ),
            Self::NeverSigned(number) => format!(
                "la clave {number} nunca tuvo certificado y no firma: destrúyala con «destroy»"
            ),
            Self::AlreadyRevoked(number) => format!("la clave {number} ya está revocada"),
            Self::AlreadyDestroyed(number) => format!("la clave {number} ya está destruida"),
            Self::StillSigns(number) => format!(
                "la clave {number} está vigente: sustitúyala («rotate» y «certify») o revóquela \
                 («revoke») antes de destruirla"
            ),
            Self::OtherBytes(number) => {
                format!("lo destruido no es lo que se guardaba de la clave {number}")
            }
            Self::UnderAnother(number) => {
                format!("la clave {number} está bajo otra clave de envoltura")
            }
            Self::NotAdoptable(number) => {
                format!("la clave {number} no pudo existir así antes de este registro")
            }
            Self::SinceLater => {
                "la fecha desde la que dejó de ser de fiar es posterior al acto".to_owned()
            }
            Self::WrappingKnown => {
                "esa clave de envoltura ya está asentada: elija otra etiqueta".to_owned()
            }
            Self::WrappingNotInUse => "esa clave de envoltura no está en uso: asiéntela primero \
                                       con «wrapping-made»"
                .to_owned(),
            Self::WrappingStillUsed(keys) => format!(
                "{keys} claves siguen bajo esa clave de envoltura: cámbielas primero con «rewrap»"
            ),
            Self::OnePerson => "los dos custodios deben ser personas distintas".to_owned(),
            Self::OwnKey => {
                "nadie ordena sobre sus propias claves: debe firmarlo otra persona".to_owned()
            }
            Self::NoneSigns => "no tiene ninguna clave vigente: véalas con «show»".to_owned(),
            Self::EmptyBatch => "no hay claves que cambiar de envoltura".to_owned(),
        }
    }
}
