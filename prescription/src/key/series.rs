//! Whose series of the register `Key` an act is of, by the subject of its place.

use std::fmt;

use crate::Cedula;

const WRAPPING: &str = "wrapping:";
const REWRAP: &str = "rewrap:";

/// A series of the register `Key`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeySeries {
    /// The keys of a prescriber: bodies are [`super::KeyAct`].
    Prescriber(Cedula),
    /// A wrapping key, by its label: bodies are [`super::WrappingAct`].
    Wrapping(String),
    /// Batches that went under a wrapping key: bodies are [`super::RewrapAct`].
    Rewrap(String),
}

impl KeySeries {
    /// What the subjects of all [`KeySeries::Wrapping`] begin with.
    pub const WRAPPING_PREFIX: &str = WRAPPING;

    /// The series of a subject; none for one that no act has.
    #[must_use]
    pub fn of_subject(subject: &str) -> Option<Self> {
        let label = |rest: &str| (!rest.is_empty()).then(|| rest.to_owned());
        if let Some(rest) = subject.strip_prefix(WRAPPING) {
            return label(rest).map(Self::Wrapping);
        }
        if let Some(rest) = subject.strip_prefix(REWRAP) {
            return label(rest).map(Self::Rewrap);
        }
        subject.parse().ok().map(Self::Prescriber)
    }
}

impl fmt::Display for KeySeries {
    /// The subject.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prescriber(cedula) => write!(f, "{cedula}"),
            Self::Wrapping(label) => write!(f, "{WRAPPING}{label}"),
            Self::Rewrap(label) => write!(f, "{REWRAP}{label}"),
        }
    }
}
