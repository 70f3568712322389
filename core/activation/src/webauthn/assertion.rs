//! An assertion of a passkey (§7.2): the prescriber's consent.

use super::client_data::{self, Ceremony};
use super::{Passkey, RelyingParty, WebauthnError, authenticator_data};

/// What the browser returned of `navigator.credentials.get()`.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// `response.clientDataJSON`.
    pub client_data: &'a [u8],
    /// `response.authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// `response.signature`, DER.
    pub signature: &'a [u8],
}

/// Verifies that `passkey` answered `challenge`; returns its new counter.
///
/// # Errors
/// [`WebauthnError`], the first check that fails.
pub fn verify(
    given: Assertion<'_>,
    passkey: &Passkey,
    challenge: &[u8; 32],
    party: &RelyingParty,
) -> Result<u32, WebauthnError> {
    let hash = client_data::check(given.client_data, Ceremony::Get, challenge, party)?;
    let data = authenticator_data::check(given.authenticator_data, party)?;
    if data.attested.is_some() {
        return Err(WebauthnError::AuthenticatorData);
    }
    let signed = [given.authenticator_data, hash.as_slice()].concat();
    passkey.key.verify(&signed, given.signature)?;
    // Passkeys that are synchronised between devices do not count, and always say 0.
    let counts = passkey.counter != 0 || data.counter != 0;
    if counts && data.counter <= passkey.counter {
        return Err(WebauthnError::Counter);
    }
    Ok(data.counter)
}
