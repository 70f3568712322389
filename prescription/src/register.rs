//! Registers: what is logged besides the steps of a prescription.
//!
//! An act in a register has a number: 1, 2, 3… within its subject, without gaps, so that nobody
//! can leave one out or push one in. The ledger publishes of it which register, whose series, which
//! number, when, and a commitment to the [`RegisterBody`]. It says neither clave nor quantity: a
//! public list of which pharmacy holds how much morphine would be a list for robbers. Those who are
//! entitled read the bodies, which the commitments bind.

mod encoding;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::body::{BodyError, Evidence};

/// Version of leaf and body.
pub const VERSION: u8 = 1;

/// What a series of acts is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Register {
    /// Movements of controlled substances and antibiotics. Subject: the CLUES of the establishment
    /// that records them.
    Movement,
    /// Changes of a catalog. Subject: the name of the catalog.
    Catalog,
    /// Folios of special recetarios (LGS art. 241). Subject: the cédula of the prescriber, which the
    /// leaf does not say.
    SpecialFolio,
    /// Keys of prescribers and the keys that wrap them. Subject: [`crate::key::KeySeries`], which
    /// the leaf does not say.
    Key,
}

impl Register {
    /// All registers.
    pub const ALL: [Self; 4] = [Self::Movement, Self::Catalog, Self::SpecialFolio, Self::Key];

    /// The kind of its entries in the ledger; see [`crate::leaf::FIRST_OTHER_KIND`].
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Movement => 18,
            Self::Catalog => 19,
            Self::SpecialFolio => 20,
            Self::Key => 21,
        }
    }

    /// The register of entries of this kind.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|register| register.number() == number)
    }

    /// The name in the database and in bodies.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Movement => "movement",
            Self::Catalog => "catalog",
            Self::SpecialFolio => "special-folio",
            Self::Key => "key",
        }
    }

    /// Whether everybody may know whose series an entry belongs to. A cédula names a person.
    #[must_use]
    pub fn names_its_subject(self) -> bool {
        !matches!(self, Self::SpecialFolio | Self::Key)
    }
}

/// What the ledger publishes of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterLeaf {
    /// The register.
    pub register: Register,
    /// Whose series; `None` where that would name a person ([`Register::names_its_subject`]).
    pub subject: Option<String>,
    /// Its number in that series, from 1.
    pub number: u64,
    /// When it happened, to the second.
    pub at: Timestamp,
    /// [`crate::body::commitment`] of salt and canonical [`RegisterBody`].
    pub commitment: [u8; 32],
}

impl RegisterLeaf {
    /// The leaf of the act with this place and this commitment.
    #[must_use]
    pub fn of(place: &Place, at: Timestamp, commitment: [u8; 32]) -> Self {
        let public = place.register.names_its_subject();
        Self {
            register: place.register,
            subject: public.then(|| place.subject.clone()),
            number: place.number,
            at,
            commitment,
        }
    }
}

/// Where an act stands: its register, the subject of the series, and the number in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The register.
    pub register: Register,
    /// Whose series.
    pub subject: String,
    /// The number in it, from 1.
    pub number: u64,
}

/// An act with its place and the evidence of who took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody<T> {
    /// Format version.
    pub v: u8,
    /// Where it stands.
    pub place: Place,
    /// What happened.
    pub act: T,
    /// Who says so.
    pub evidence: Evidence,
}

impl<T: Serialize + DeserializeOwned> RegisterBody<T> {
    /// A body of the current version.
    #[must_use]
    pub fn new(place: Place, act: T, evidence: Evidence) -> Self {
        Self {
            v: VERSION,
            place,
            act,
            evidence,
        }
    }

    /// The canonical bytes (RFC 8785) that the commitment covers.
    ///
    /// # Errors
    /// [`BodyError::Shape`] if the act cannot be serialised.
    pub fn to_canonical(&self) -> Result<Vec<u8>, BodyError> {
        Ok(serde_json_canonicalizer::to_vec(self)?)
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`BodyError`]; any other writing of the same content is refused.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, BodyError> {
        let body: Self = serde_json::from_slice(bytes)?;
        if body.v != VERSION {
            return Err(BodyError::Version(body.v));
        }
        if body.to_canonical()? != bytes {
            return Err(BodyError::NotCanonical);
        }
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> RegisterBody<Vec<u32>> {
        let place = Place {
            register: Register::Movement,
            subject: "HGIMB000011".to_owned(),
            number: 7,
        };
        RegisterBody::new(place, vec![1, 2], Evidence::OfLaw)
    }

    #[test]
    fn a_body_reads_back_and_only_in_one_writing() {
        let bytes = body().to_canonical().unwrap();
        assert_eq!(RegisterBody::from_canonical(&bytes).unwrap(), body());
        let text = String::from_utf8(bytes).unwrap();
        for other in [
            text.replace("\"v\":1", "\"v\": 1"),
            text.replace("\"v\":1", "\"v\":2"),
            text.replace("\"act\"", "\"extra\":0,\"act\""),
        ] {
            assert!(RegisterBody::<Vec<u32>>::from_canonical(other.as_bytes()).is_err());
        }
    }

    #[test]
    fn a_body_does_not_stand_in_for_another_place() {
        let bytes = body().to_canonical().unwrap();
        let elsewhere = RegisterBody {
            place: Place {
                number: 8,
                ..body().place
            },
            ..body()
        };
        assert_ne!(elsewhere.to_canonical().unwrap(), bytes);
    }

    #[test]
    fn no_register_has_the_kind_of_another_entry() {
        for register in Register::ALL {
            assert_eq!(Register::from_number(register.number()), Some(register));
            // 16 is the map head, 17 the opening of a shard.
            assert!(register.number() > crate::leaf::FIRST_OTHER_KIND + 1);
        }
        assert_eq!(Register::from_number(16), None);
        assert_eq!(Register::from_number(23), None);
    }

    #[test]
    fn a_person_is_not_named_in_public() {
        for register in [Register::SpecialFolio, Register::Key] {
            let place = Place {
                register,
                subject: "1234567".to_owned(),
                number: 1,
            };
            let leaf = RegisterLeaf::of(&place, Timestamp::UNIX_EPOCH, [0; 32]);
            assert_eq!(leaf.subject, None);
        }
    }
}
