//! The proof, at every start, that the token keeps what a wrapping key promises.
//!
//! Tokens differ in what they enforce, and one that takes an attribute and ignores it would let
//! the process read prescriber keys without anybody noticing. So it is tried.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use crate::HsmError;
use crate::unwrap_template::Confinement;
use crate::wrapped::{WrappedKey, generate_and_wrap, policy, signing_key_template};

/// Tries to unwrap a trial key badly, and, under a trusted key, to wrap it where it must not go.
///
/// # Errors
/// [`HsmError::UnwrapTemplateIgnored`], [`HsmError::TrustIgnored`].
pub(crate) fn prove(
    session: &Session,
    key: ObjectHandle,
    label: &str,
    confinement: Confinement,
) -> Result<(), HsmError> {
    let (wrapped, _) = generate_and_wrap(session, key, confinement)?;
    for request in dishonest(confinement) {
        if !unwrap_is_safe(session, key, &wrapped, &request)? {
            return Err(HsmError::UnwrapTemplateIgnored {
                label: label.to_owned(),
            });
        }
    }
    // The refusals above prove nothing if the token refuses everything.
    let template = signing_key_template(&policy(confinement, false));
    let object = session.unwrap_key(&Mechanism::AesKeyWrapPad, key, wrapped.blob(), &template)?;
    session.destroy_object(object)?;
    match confinement {
        Confinement::Forever => Ok(()),
        Confinement::UnderTrusted => prove_trust(session, key, label, &wrapped),
    }
}

/// Requests that ask for more than the template grants.
fn dishonest(confinement: Confinement) -> Vec<Vec<Attribute>> {
    let mut requests = Vec::new();
    let trusts: &[Option<bool>] = match confinement {
        Confinement::Forever => &[None],
        Confinement::UnderTrusted => &[None, Some(false), Some(true)],
    };
    for trust in trusts {
        let trust: Vec<_> = trust.map(Attribute::WrapWithTrusted).into_iter().collect();
        requests.push(trust.clone());
        for (sensitive, extractable) in [(false, true), (true, true), (false, false)] {
            let mut request = trust.clone();
            request.push(Attribute::Sensitive(sensitive));
            request.push(Attribute::Extractable(extractable));
            requests.push(request);
        }
    }
    requests
}

/// True when the token refuses the request, or grants less than it asked for.
fn unwrap_is_safe(
    session: &Session,
    key: ObjectHandle,
    wrapped: &WrappedKey,
    request: &[Attribute],
) -> Result<bool, HsmError> {
    let template = signing_key_template(request);
    let unwrapped = session.unwrap_key(&Mechanism::AesKeyWrapPad, key, wrapped.blob(), &template);
    let object = match unwrapped.map_err(HsmError::from) {
        Ok(object) => object,
        Err(HsmError::Pkcs11 { .. }) => return Ok(true),
        Err(error) => return Err(error),
    };
    let kinds = [AttributeType::Sensitive, AttributeType::Extractable];
    let mut actual = session.get_attributes(object, &kinds)?;
    if !actual.contains(&Attribute::Extractable(false)) {
        // Asked only where it matters: not every token knows it.
        actual.extend(session.get_attributes(object, &[AttributeType::WrapWithTrusted])?);
    }
    session.destroy_object(object)?;
    let confined = actual.contains(&Attribute::Extractable(false))
        || actual.contains(&Attribute::WrapWithTrusted(true));
    Ok(actual.contains(&Attribute::Sensitive(true)) && confined)
}

/// The user must not be able to make a trusted key, an untrusted key must not wrap a confined one,
/// and a prescriber key must not come back as a key of another kind.
fn prove_trust(
    session: &Session,
    key: ObjectHandle,
    label: &str,
    wrapped: &WrappedKey,
) -> Result<(), HsmError> {
    let ignored = |what: &'static str| HsmError::TrustIgnored {
        label: label.to_owned(),
        what,
    };
    let mechanism = Mechanism::AesKeyWrapPad;
    if refused(session.generate_key(&Mechanism::AesKeyGen, &trial_key(true)))?.is_some() {
        return Err(ignored("the user alone can make a trusted key"));
    }
    let secret = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Sensitive(true),
        Attribute::Derive(false),
        Attribute::WrapWithTrusted(true),
    ];
    if refused(session.unwrap_key(&mechanism, key, wrapped.blob(), &secret))?.is_some() {
        return Err(ignored("a private key can be unwrapped as another kind"));
    }
    let confined = signing_key_template(&policy(Confinement::UnderTrusted, true));
    let object = session.unwrap_key(&mechanism, key, wrapped.blob(), &confined)?;
    let untrusted = session.generate_key(&Mechanism::AesKeyGen, &trial_key(false))?;
    let escaped = refused(session.wrap_key(&mechanism, untrusted, object))?.is_some();
    // The control: under the trusted key it must work, and give the same bytes (RFC 5649).
    let again = session.wrap_key(&mechanism, key, object)?;
    session.destroy_object(untrusted)?;
    session.destroy_object(object)?;
    if escaped {
        return Err(ignored("an untrusted key can wrap a prescriber key"));
    }
    if again != wrapped.blob() {
        return Err(HsmError::RewrapUnproven);
    }
    Ok(())
}

/// An AES session key that may wrap.
fn trial_key(trusted: bool) -> Vec<Attribute> {
    let mut template = vec![
        Attribute::Token(false),
        Attribute::ValueLen(32.into()),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Wrap(true),
    ];
    if trusted {
        template.push(Attribute::Trusted(true));
    }
    template
}

/// `None` when the token refused; losing the token is not a refusal.
fn refused<T>(answer: Result<T, cryptoki::error::Error>) -> Result<Option<T>, HsmError> {
    match answer.map_err(HsmError::from) {
        Ok(value) => Ok(Some(value)),
        Err(HsmError::Pkcs11 { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
