//! The life of a prescriber's remote key: born in the HSM, certified by the authority, then retired
//! by its successor or revoked, and in the end destroyed.
//!
//! ```text
//! born ──certify──▶ certified ──the next one is certified──▶ retired ──┐
//!   │                   └──────────────revoke──▶ revoked ◀──revoke─────┤
//!   └──────────────────────destroy──────────────▶ destroyed ◀──────────┘
//! ```
//!
//! Each verb is an act of the register `Key`, in the series of its prescriber ([`act::KeyAct`],
//! judged by [`history::KeyHistory`]). What happens to a wrapping key ([`wrapping`]) concerns all
//! prescribers at once and has series of its own ([`series::KeySeries`]).

pub mod act;
pub mod digest;
pub mod history;
mod problem;
pub mod series;
pub mod wrapping;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::act::{Birth, KeyAct, KeyVerb, RevocationReason};
pub use self::digest::Digest;
pub use self::history::{KeyFacts, KeyHistory};
pub use self::problem::KeyProblem;
pub use self::series::KeySeries;
pub use self::wrapping::{RewrapAct, Rewrapped, WrappingAct, WrappingKeys, WrappingVerb};

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// It waits for its certificate.
    Born,
    /// It signs.
    Certified,
    /// Another key signs in its place; what it signed stays valid.
    Retired,
    /// It does not sign any more; what it signed before, the ledger's time decides.
    Revoked,
    /// Its private half does not exist any more.
    Destroyed,
}

impl KeyState {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Born,
        Self::Certified,
        Self::Retired,
        Self::Revoked,
        Self::Destroyed,
    ];

    /// The name in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Born => "born",
            Self::Certified => "certified",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
            Self::Destroyed => "destroyed",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Born => "en espera de certificado",
            Self::Certified => "vigente",
            Self::Retired => "sustituida",
            Self::Revoked => "revocada",
            Self::Destroyed => "destruida",
        }
    }

    /// Whether a key in this state may sign.
    #[must_use]
    pub fn signs(self) -> bool {
        self == Self::Certified
    }
}
