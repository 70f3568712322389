//! Registration of a passkey (§7.1), with attestation "none".

use minicbor::Decoder;

use super::client_data::{self, Ceremony};
use super::{PublicKey, RelyingParty, WebauthnError, authenticator_data};

/// More is no attestation object of format "none".
const MOST: usize = 4 << 10;

/// What the browser returned of `navigator.credentials.create()`.
#[derive(Debug, Clone, Copy)]
pub struct Registration<'a> {
    /// `response.clientDataJSON`.
    pub client_data: &'a [u8],
    /// `response.attestationObject`.
    pub attestation: &'a [u8],
}

/// A registered passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its credential id.
    pub id: Vec<u8>,
    /// Its key.
    pub key: PublicKey,
    /// Its counter when it was last seen.
    pub counter: u32,
}

/// Verifies a registration that answers `challenge`.
///
/// # Errors
/// [`WebauthnError`], the first check that fails.
pub fn register(
    given: Registration<'_>,
    challenge: &[u8; 32],
    party: &RelyingParty,
) -> Result<Passkey, WebauthnError> {
    client_data::check(given.client_data, Ceremony::Create, challenge, party)?;
    let data = read_attestation(given.attestation)?;
    let data = authenticator_data::check(data, party)?;
    let attested = data.attested.ok_or(WebauthnError::AuthenticatorData)?;
    Ok(Passkey {
        id: attested.id,
        key: attested.key,
        counter: data.counter,
    })
}

/// The authenticator data in an attestation object of format "none".
fn read_attestation(bytes: &[u8]) -> Result<&[u8], WebauthnError> {
    let broken = |_| WebauthnError::Attestation;
    if bytes.len() > MOST {
        return Err(WebauthnError::Attestation);
    }
    let mut decoder = Decoder::new(bytes);
    if decoder.map().map_err(broken)? != Some(3) {
        return Err(WebauthnError::Attestation);
    }
    let (mut format, mut statement, mut data) = (None, None, None);
    for _ in 0..3 {
        let again = match decoder.str().map_err(broken)? {
            "fmt" => format.replace(decoder.str().map_err(broken)?).is_some(),
            "attStmt" => {
                let members = decoder.map().map_err(broken)?;
                // Of another format the members follow: nothing after them is needed.
                if members != Some(0) {
                    return Err(WebauthnError::Format);
                }
                statement.replace(()).is_some()
            }
            "authData" => data.replace(decoder.bytes().map_err(broken)?).is_some(),
            _ => return Err(WebauthnError::Attestation),
        };
        if again {
            return Err(WebauthnError::Attestation);
        }
    }
    if decoder.position() != bytes.len() {
        return Err(WebauthnError::Attestation);
    }
    if format != Some("none") {
        return Err(WebauthnError::Format);
    }
    data.ok_or(WebauthnError::Attestation)
}
