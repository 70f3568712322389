//! The life of a prescriber's remote key: born in the HSM, certified by the authority, then retired
//! by its successor or revoked, and in the end destroyed.
//!
//! ```text
//! born ──certify──▶ certified ──the next one is certified──▶ retired ──┐
//!   │                   └──────────────revoke──▶ revoked ◀──revoke─────┤
//!   └──────────────────────destroy──────────────▶ destroyed ◀──────────┘
//! ```

use serde::{Deserialize, Serialize};

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

    /// Whether a key in this state may sign.
    #[must_use]
    pub fn signs(self) -> bool {
        self == Self::Certified
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_reads_back_and_one_signs() {
        for state in KeyState::ALL {
            assert_eq!(KeyState::from_code(state.code()), Some(state));
        }
        assert_eq!(KeyState::from_code("Certified"), None);
        let signing = KeyState::ALL.into_iter().filter(|state| state.signs());
        assert_eq!(signing.collect::<Vec<_>>(), [KeyState::Certified]);
    }
}
