//! May this happen: all statements of a patient against one request.

use jiff::Timestamp;

use crate::consent::{Consent, ConsentId, Effect};
use crate::request::Request;
use crate::scope::Purpose;

/// What holds when the patient said nothing.
///
/// Care by who treats and dispensing to who presents a prescription are permitted by law for what
/// that care needs; everything else needs a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultPolicy {
    /// Treating prescriber and dispensing pharmacy may see, for care, data that is not sensitive.
    pub treating_care: bool,
    /// The same for sensitive data. Off by default: the national guide asks for a signed consent.
    /// An emergency department may need it on.
    pub treating_care_sensitive: bool,
}

impl Default for DefaultPolicy {
    fn default() -> Self {
        Self {
            treating_care: true,
            treating_care_sensitive: false,
        }
    }
}

impl DefaultPolicy {
    fn permits(self, request: &Request) -> bool {
        let enabled = if request.category.is_sensitive() {
            self.treating_care_sensitive
        } else {
            self.treating_care
        };
        enabled && request.purpose == Purpose::Care && request.relation.is_treating()
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// It may happen.
    Permitted(Permit),
    /// It may not.
    Denied(Denial),
}

/// What permits an access; it goes into the access record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permit {
    /// This consent of the patient.
    Consent(ConsentId),
    /// The law, for care ([`DefaultPolicy`]).
    CareByLaw,
}

/// Why an access is denied, and by which consent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The patient forbids it.
    #[error("the patient forbids this access: ask the patient to change consent {}", .0.as_str())]
    ForbiddenByPatient(ConsentId),
    /// The consent for sensitive data was not confirmed within 12 months.
    #[error("consent {} must be confirmed again: ask the patient to sign", .0.as_str())]
    ReconfirmationDue(ConsentId),
    /// The consent for sensitive data has no advanced signature.
    #[error("consent {} lacks an advanced signature: ask the patient to sign", .0.as_str())]
    AdvancedSignatureMissing(ConsentId),
    /// The consent was revoked.
    #[error("consent {} was revoked: ask the patient for a new one", .0.as_str())]
    Revoked(ConsentId),
    /// The consent ended.
    #[error("consent {} has expired: ask the patient for a new one", .0.as_str())]
    Expired(ConsentId),
    /// The consent has not begun.
    #[error("consent {} is not in force yet: wait for its first day", .0.as_str())]
    NotYetInForce(ConsentId),
    /// No consent covers this, and the law does not permit it without one.
    #[error("no consent covers this access: ask the patient for one")]
    NoConsent,
}

impl Denial {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ForbiddenByPatient(_) => "forbidden-by-patient",
            Self::ReconfirmationDue(_) => "consent-reconfirmation-due",
            Self::AdvancedSignatureMissing(_) => "consent-advanced-signature-missing",
            Self::Revoked(_) => "consent-revoked",
            Self::Expired(_) => "consent-expired",
            Self::NotYetInForce(_) => "consent-not-yet-in-force",
            Self::NoConsent => "no-consent",
        }
    }

    /// What the requester reads.
    #[must_use]
    pub fn in_spanish(&self) -> &'static str {
        match self {
            Self::ForbiddenByPatient(_) => "El paciente no permite este acceso.",
            Self::ReconfirmationDue(_) => {
                "El paciente debe confirmar de nuevo su consentimiento: pasaron 12 meses."
            }
            Self::AdvancedSignatureMissing(_) => {
                "El consentimiento para datos sensibles requiere la firma electrónica avanzada \
                 del paciente."
            }
            Self::Revoked(_) => "El paciente revocó su consentimiento.",
            Self::Expired(_) => "El consentimiento del paciente ya venció.",
            Self::NotYetInForce(_) => "El consentimiento del paciente aún no entra en vigor.",
            Self::NoConsent => "No hay un consentimiento del paciente que permita este acceso.",
        }
    }
}

/// What one consent says to a request, in the order in which statements decide: the first present
/// wins. A denial in force precedes every permit, a permit in force precedes every defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Forbids,
    Permits,
    ReconfirmationDue,
    SignatureMissing,
    Revoked,
    Expired,
    NotYetInForce,
}

/// Weighs every consent of the patient against the request at an instant.
///
/// A denial overrides every permit. Consents of other patients are ignored. The order of the
/// consents does not matter: among equals the smallest identifier is named.
pub fn evaluate(
    consents: &[Consent],
    request: &Request,
    at: Timestamp,
    policy: DefaultPolicy,
) -> Decision {
    let deciding = consents
        .iter()
        .filter(|consent| covers(consent, request))
        .filter_map(|consent| Some((standing(consent, request, at)?, &consent.id)))
        .min();
    let by_law = policy.permits(request);
    match deciding {
        Some((Standing::Forbids, id)) => Decision::Denied(Denial::ForbiddenByPatient(id.clone())),
        Some((Standing::Permits, id)) => Decision::Permitted(Permit::Consent(id.clone())),
        _ if by_law => Decision::Permitted(Permit::CareByLaw),
        Some((defect, id)) => Decision::Denied(denial(defect, id.clone())),
        None => Decision::Denied(Denial::NoConsent),
    }
}

fn covers(consent: &Consent, request: &Request) -> bool {
    let terms = &consent.terms;
    terms.patient == request.patient
        && terms.categories.contains(&request.category)
        && terms.purposes.contains(&request.purpose)
        && terms
            .recipients
            .iter()
            .any(|recipient| request.is_made_by(recipient))
}

/// None for a denial that is not in force: it neither forbids nor explains anything.
fn standing(consent: &Consent, request: &Request, at: Timestamp) -> Option<Standing> {
    let terms = &consent.terms;
    let lapse = if consent.revoked_at.is_some_and(|revoked| revoked <= at) {
        Some(Standing::Revoked)
    } else if terms.until.is_some_and(|until| until <= at) {
        Some(Standing::Expired)
    } else if at < terms.from {
        Some(Standing::NotYetInForce)
    } else {
        None
    };
    match terms.effect {
        Effect::Deny => lapse.is_none().then_some(Standing::Forbids),
        Effect::Permit => Some(lapse.unwrap_or_else(|| permit_in_force(consent, request, at))),
    }
}

fn permit_in_force(consent: &Consent, request: &Request, at: Timestamp) -> Standing {
    if !request.category.is_sensitive() {
        Standing::Permits
    } else if !consent.terms.signed_advanced {
        Standing::SignatureMissing
    } else if consent.reconfirmation_due().is_none_or(|due| due <= at) {
        Standing::ReconfirmationDue
    } else {
        Standing::Permits
    }
}

fn denial(defect: Standing, id: ConsentId) -> Denial {
    match defect {
        Standing::Forbids => Denial::ForbiddenByPatient(id),
        Standing::ReconfirmationDue => Denial::ReconfirmationDue(id),
        Standing::SignatureMissing => Denial::AdvancedSignatureMissing(id),
        Standing::Revoked => Denial::Revoked(id),
        Standing::Expired => Denial::Expired(id),
        Standing::NotYetInForce => Denial::NotYetInForce(id),
        // `evaluate` answers permits before it asks for a denial.
        Standing::Permits => Denial::NoConsent,
    }
}

#[cfg(test)]
mod tests;
