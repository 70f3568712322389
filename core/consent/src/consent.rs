//! One statement of a patient, and its life: granted, confirmed again, revoked.

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use prescription::PatientId;
use serde::{Deserialize, Serialize};

use crate::scope::{DataCategory, Purpose, Recipient};

/// Identifier of a consent: 1 to 64 letters, digits, `-` or `.` (FHIR R4 `id`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConsentId(String);

impl ConsentId {
    /// The identifier as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConsentId {
    type Err = ConsentRefusal;

    fn from_str(text: &str) -> Result<Self, ConsentRefusal> {
        let valid = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.'));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(ConsentRefusal::Id)
        }
    }
}

impl TryFrom<String> for ConsentId {
    type Error = ConsentRefusal;

    fn try_from(text: String) -> Result<Self, ConsentRefusal> {
        text.parse()
    }
}

impl From<ConsentId> for String {
    fn from(id: ConsentId) -> String {
        id.0
    }
}

/// Whether the patient allows or forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Allows.
    Permit,
    /// Forbids, whatever else is allowed.
    Deny,
}

/// What the patient states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Whose data.
    pub patient: PatientId,
    /// Allowed or forbidden.
    pub effect: Effect,
    /// Which data.
    pub categories: BTreeSet<DataCategory>,
    /// To whom.
    pub recipients: BTreeSet<Recipient>,
    /// What for.
    pub purposes: BTreeSet<Purpose>,
    /// In force from this instant.
    pub from: Timestamp,
    /// In force before this instant; none is without end.
    pub until: Option<Timestamp>,
    /// The patient signed with an advanced electronic signature (LFEA art. 7), already verified.
    pub signed_advanced: bool,
}

/// A statement in the patient's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Its identifier.
    pub id: ConsentId,
    /// What was stated.
    pub terms: Terms,
    /// When the patient last confirmed it; at first, when they granted it.
    pub confirmed_at: Timestamp,
    /// When the patient took it back. It has no effect from that instant on.
    pub revoked_at: Option<Timestamp>,
}

/// Why a consent is not accepted or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConsentRefusal {
    /// Not a FHIR identifier.
    #[error("a consent's identifier has 1 to 64 letters, digits, hyphens or points")]
    Id,
    /// No category, no recipient or no purpose.
    #[error("the consent covers nothing: name at least one category, recipient and purpose")]
    EmptyScope,
    /// `until` is not after `from`.
    #[error("the consent ends before it begins: correct its validity")]
    EndsBeforeStart,
    /// `from` is before the instant of granting.
    #[error("a consent cannot begin before it is granted: correct its validity")]
    Backdated,
    /// A permit for sensitive data without an advanced signature.
    #[error("sensitive data needs the patient's advanced electronic signature: ask for it")]
    SensitiveUnsigned,
    /// It was revoked before.
    #[error("the consent was revoked: the patient must grant a new one")]
    AlreadyRevoked,
    /// A confirmation or revocation dated before the last confirmation.
    #[error("this is dated before the consent was last confirmed: check the clock")]
    OutOfOrder,
}

impl ConsentRefusal {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "consent-id",
            Self::EmptyScope => "consent-empty-scope",
            Self::EndsBeforeStart => "consent-ends-before-start",
            Self::Backdated => "consent-backdated",
            Self::SensitiveUnsigned => "consent-sensitive-unsigned",
            Self::AlreadyRevoked => "consent-already-revoked",
            Self::OutOfOrder => "consent-out-of-order",
        }
    }

    /// What the patient reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Id => "El identificador del consentimiento no es válido.",
            Self::EmptyScope => {
                "Indique al menos un tipo de dato, un destinatario y una finalidad."
            }
            Self::EndsBeforeStart => "El consentimiento termina antes de empezar.",
            Self::Backdated => "El consentimiento no puede empezar antes de otorgarse.",
            Self::SensitiveUnsigned => {
                "Los datos sensibles requieren la firma electrónica avanzada del paciente."
            }
            Self::AlreadyRevoked => {
                "El consentimiento ya fue revocado; el paciente debe otorgar uno nuevo."
            }
            Self::OutOfOrder => "La fecha es anterior a la última confirmación del consentimiento.",
        }
    }
}

impl Consent {
    /// Accepts what a patient states at an instant.
    ///
    /// # Errors
    /// One [`ConsentRefusal`] per reason.
    pub fn grant(id: ConsentId, terms: Terms, at: Timestamp) -> Result<Self, ConsentRefusal> {
        if terms.categories.is_empty() || terms.recipients.is_empty() || terms.purposes.is_empty() {
            return Err(ConsentRefusal::EmptyScope);
        }
        if terms.until.is_some_and(|until| until <= terms.from) {
            return Err(ConsentRefusal::EndsBeforeStart);
        }
        if terms.from < at {
            return Err(ConsentRefusal::Backdated);
        }
        let sensitive = terms
            .categories
            .iter()
            .any(|category| category.is_sensitive());
        if terms.effect == Effect::Permit && sensitive && !terms.signed_advanced {
            return Err(ConsentRefusal::SensitiveUnsigned);
        }
        Ok(Self {
            id,
            terms,
            confirmed_at: at,
            revoked_at: None,
        })
    }

    /// The patient confirms it again; for sensitive data, with an advanced signature the caller
    /// verified.
    ///
    /// # Errors
    /// [`ConsentRefusal::AlreadyRevoked`], [`ConsentRefusal::OutOfOrder`].
    pub fn reconfirm(self, at: Timestamp) -> Result<Self, ConsentRefusal> {
        self.still_open(at)?;
        Ok(Self {
            confirmed_at: at,
            ..self
        })
    }

    /// The patient takes it back, at once.
    ///
    /// # Errors
    /// [`ConsentRefusal::AlreadyRevoked`], [`ConsentRefusal::OutOfOrder`].
    pub fn revoke(self, at: Timestamp) -> Result<Self, ConsentRefusal> {
        self.still_open(at)?;
        Ok(Self {
            revoked_at: Some(at),
            ..self
        })
    }

    fn still_open(&self, at: Timestamp) -> Result<(), ConsentRefusal> {
        if self.revoked_at.is_some() {
            return Err(ConsentRefusal::AlreadyRevoked);
        }
        if at < self.confirmed_at {
            Err(ConsentRefusal::OutOfOrder)
        } else {
            Ok(())
        }
    }

    /// From this instant on, a permit for sensitive data has no effect until it is confirmed:
    /// 12 calendar months (UTC) after the last confirmation (national guide). None past the end of
    /// the calendar.
    #[must_use]
    pub fn reconfirmation_due(&self) -> Option<Timestamp> {
        let confirmed = self.confirmed_at.to_zoned(TimeZone::UTC);
        confirmed
            .checked_add(12.months())
            .ok()
            .map(|due| due.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn terms() -> Terms {
        Terms {
            patient: "00112233445566778899aabbccddeeff".parse().unwrap(),
            effect: Effect::Permit,
            categories: BTreeSet::from([DataCategory::Medication]),
            recipients: BTreeSet::from([Recipient::AnyTreating]),
            purposes: BTreeSet::from([Purpose::Care]),
            from: at("2026-01-15T00:00:00Z"),
            until: None,
            signed_advanced: false,
        }
    }

    fn grant(terms: Terms) -> Result<Consent, ConsentRefusal> {
        Consent::grant("c-1".parse().unwrap(), terms, at("2026-01-15T00:00:00Z"))
    }

    #[test]
    fn each_reason_has_its_own_refusal() {
        use crate::scope::SensitiveKind;
        let from = terms().from;
        for (wrong, refusal) in [
            (
                Terms {
                    purposes: BTreeSet::new(),
                    ..terms()
                },
                ConsentRefusal::EmptyScope,
            ),
            (
                Terms {
                    until: Some(from),
                    ..terms()
                },
                ConsentRefusal::EndsBeforeStart,
            ),
            (
                Terms {
                    from: at("2026-01-14T23:59:59Z"),
                    ..terms()
                },
                ConsentRefusal::Backdated,
            ),
            (
                Terms {
                    categories: BTreeSet::from([DataCategory::Sensitive(SensitiveKind::Hiv)]),
                    ..terms()
                },
                ConsentRefusal::SensitiveUnsigned,
            ),
        ] {
            assert_eq!(grant(wrong), Err(refusal));
        }
        assert_eq!("no spaces".parse::<ConsentId>(), Err(ConsentRefusal::Id));
    }

    #[test]
    fn a_revoked_consent_stays_revoked() {
        let granted = grant(terms()).unwrap();
        assert_eq!(
            granted.clone().revoke(at("2026-01-14T00:00:00Z")),
            Err(ConsentRefusal::OutOfOrder)
        );
        let revoked = granted.revoke(at("2026-02-01T00:00:00Z")).unwrap();
        let later = at("2026-03-01T00:00:00Z");
        assert_eq!(
            revoked.clone().reconfirm(later),
            Err(ConsentRefusal::AlreadyRevoked)
        );
        assert_eq!(revoked.revoke(later), Err(ConsentRefusal::AlreadyRevoked));
    }

    #[test]
    fn twelve_months_are_counted_by_the_calendar() {
        let leap = Consent {
            confirmed_at: at("2028-02-29T12:00:00Z"),
            ..grant(terms()).unwrap()
        };
        assert_eq!(leap.reconfirmation_due(), Some(at("2029-02-28T12:00:00Z")));
        let end = Consent {
            confirmed_at: Timestamp::MAX,
            ..leap
        };
        assert_eq!(end.reconfirmation_due(), None);
    }

    #[test]
    fn the_stored_form_reads_back_and_refuses_what_it_does_not_know() {
        let consent = grant(terms()).unwrap();
        let json = serde_json::to_string(&consent).unwrap();
        assert_eq!(serde_json::from_str::<Consent>(&json).unwrap(), consent);
        let extended = json.replacen('{', "{\"note\":1,", 1);
        assert!(serde_json::from_str::<Consent>(&extended).is_err());
    }
}
