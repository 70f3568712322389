//! The constancia de conservación of NOM-151-SCFI-2016: an RFC 3161 token over SHA-256 from a
//! provider accredited by the Secretaría de Economía, under a policy of its arc.
//!
//! The norm gives a data message the presumption of Código de Comercio art. 49 and 210-A: that it
//! has stayed whole and unaltered since the moment stated.

use der::Tag;

use super::response;
use super::{ImprintHash, ObjectIdentifier, TimestampError, TimestampTrust, VerifiedTimestamp};
use crate::cms::signed_data::Fields;

/// The arc of the Secretaría de Economía's policies for NOM-151.
pub const ARC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.484.101.10.316");

/// Verifies a constancia over exactly the bytes of `document`. Providers hand out the token, or
/// the whole response around it: either is read.
///
/// # Errors
/// [`TimestampError::NotNom151`] and [`TimestampError::NotSha256`] where it is a timestamp, but no
/// constancia; every other reason as for a token.
pub fn verify(
    constancia: &[u8],
    document: &[u8],
    trust: &TimestampTrust,
) -> Result<VerifiedTimestamp, TimestampError> {
    let token = if is_response(constancia) {
        response::token(constancia)?
    } else {
        constancia
    };
    let verified = trust.verify_token(token, document)?;
    if verified.hash() != ImprintHash::Sha256 {
        return Err(TimestampError::NotSha256);
    }
    if !below_arc(verified.policy()) {
        return Err(TimestampError::NotNom151(verified.policy()));
    }
    Ok(verified)
}

/// Whether `policy` lies strictly below [`ARC`].
#[must_use]
pub fn below_arc(policy: ObjectIdentifier) -> bool {
    policy.len() > ARC.len() && policy.arcs().take(ARC.len()).eq(ARC.arcs())
}

/// A response starts with its status, a token with its type.
fn is_response(der: &[u8]) -> bool {
    let Ok(mut outer) = Fields::new(der) else {
        return false;
    };
    let inner = outer.expect(Tag::Sequence).and_then(Fields::new);
    inner
        .and_then(|mut inner| inner.optional(Tag::Sequence))
        .is_ok_and(|status| status.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp::test_tsa::{Stamps, at};

    #[test]
    fn a_constancia_is_read_as_token_and_as_response() {
        let stamps = Stamps::new();
        let draft = stamps.draft(b"documento");
        for constancia in [
            stamps.tsa.token(&draft).unwrap(),
            stamps.tsa.respond(&draft).unwrap(),
        ] {
            let verified = verify(&constancia, b"documento", &stamps.trust).unwrap();
            assert_eq!(verified.gen_time(), at());
            let other = verify(&constancia, b"otro documento", &stamps.trust);
            assert_eq!(other, Err(TimestampError::ImprintMismatch));
        }
    }

    #[test]
    fn a_timestamp_under_another_policy_is_no_constancia() {
        let mut stamps = Stamps::new();
        stamps.trust.policies = crate::timestamp::AcceptedPolicies::Any;
        for policy in ["1.2.3", "2.16.484.101.10.316", "2.16.484.101.10.3160.1"] {
            let mut draft = stamps.draft(b"documento");
            policy.clone_into(&mut draft.policy);
            let token = stamps.tsa.token(&draft).unwrap();
            let refused = verify(&token, b"documento", &stamps.trust);
            let policy = ObjectIdentifier::new_unwrap(policy);
            assert_eq!(refused, Err(TimestampError::NotNom151(policy)));
        }
    }

    #[test]
    fn a_constancia_is_over_sha_256() {
        let stamps = Stamps::new();
        let mut draft = stamps.draft(b"documento");
        let digest = ImprintHash::Sha512.digest(b"documento");
        draft.imprint = simulators::tsa::imprint("2.16.840.1.101.3.4.2.3", &digest).unwrap();
        let token = stamps.tsa.token(&draft).unwrap();
        assert!(stamps.trust.verify_token(&token, b"documento").is_ok());
        let refused = verify(&token, b"documento", &stamps.trust);
        assert_eq!(refused, Err(TimestampError::NotSha256));
    }
}
