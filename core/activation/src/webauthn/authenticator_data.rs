//! The authenticator data: what the authenticator itself says (§6.1).

use minicbor::Decoder;
use minicbor::data::Type;
use sha2::{Digest as _, Sha256};

use super::{PublicKey, RelyingParty, WebauthnError};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;
/// RP ID hash, flags and counter.
const HEAD: usize = 37;
const AAGUID: usize = 16;
/// §6.5.1: credential ids have 1023 bytes at most.
const LONGEST_ID: usize = 1023;
/// How deep extensions may nest.
const DEPTH: u32 = 8;

/// A credential, as its registration carries it.
pub(super) struct Attested {
    pub(super) id: Vec<u8>,
    pub(super) key: PublicKey,
}

/// What is left after the checks.
pub(super) struct AuthenticatorData {
    pub(super) counter: u32,
    pub(super) attested: Option<Attested>,
}

/// Reads all of `bytes` and checks relying party, presence and verification.
pub(super) fn check(
    bytes: &[u8],
    party: &RelyingParty,
) -> Result<AuthenticatorData, WebauthnError> {
    let broken = WebauthnError::AuthenticatorData;
    let (head, mut rest) = bytes.split_at_checked(HEAD).ok_or(broken)?;
    let (party_hash, head) = head.split_at_checked(32).ok_or(broken)?;
    let (flags, counter) = head.split_first().ok_or(broken)?;
    let counter = u32::from_be_bytes(counter.try_into().map_err(|_| broken)?);
    if party_hash != Sha256::digest(party.id.as_bytes()).as_slice() {
        return Err(WebauthnError::RelyingParty);
    }
    if flags & USER_PRESENT == 0 {
        return Err(WebauthnError::NotPresent);
    }
    if flags & USER_VERIFIED == 0 {
        return Err(WebauthnError::NotVerified);
    }
    let mut attested = None;
    if flags & ATTESTED != 0 {
        let (credential, after) = read_attested(rest)?;
        attested = Some(credential);
        rest = after;
    }
    if flags & EXTENSIONS != 0 {
        rest = skip_extensions(rest)?;
    }
    if !rest.is_empty() {
        return Err(broken);
    }
    Ok(AuthenticatorData { counter, attested })
}

fn read_attested(bytes: &[u8]) -> Result<(Attested, &[u8]), WebauthnError> {
    let broken = WebauthnError::AuthenticatorData;
    let (_, rest) = bytes.split_at_checked(AAGUID).ok_or(broken)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(broken)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > LONGEST_ID {
        return Err(WebauthnError::CredentialId);
    }
    let (id, rest) = rest.split_at_checked(length).ok_or(broken)?;
    let (key, used) = PublicKey::read_cose(rest)?;
    let rest = rest.get(used..).ok_or(broken)?;
    let id = id.to_vec();
    Ok((Attested { id, key }, rest))
}

fn skip_extensions(bytes: &[u8]) -> Result<&[u8], WebauthnError> {
    let broken = WebauthnError::AuthenticatorData;
    let mut decoder = Decoder::new(bytes);
    if decoder.datatype().ok() != Some(Type::Map) {
        return Err(broken);
    }
    skip(&mut decoder, DEPTH)?;
    bytes.get(decoder.position()..).ok_or(broken)
}

/// Reads over one definite item, not deeper than `depth`.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other item has no items inside"
)]
fn skip(decoder: &mut Decoder<'_>, depth: u32) -> Result<(), WebauthnError> {
    let broken = |_| WebauthnError::AuthenticatorData;
    let depth = depth
        .checked_sub(1)
        .ok_or(WebauthnError::AuthenticatorData)?;
    let items = match decoder.datatype().map_err(broken)? {
        Type::Map => decoder
            .map()
            .map_err(broken)?
            .and_then(|n| n.checked_mul(2)),
        Type::Array => decoder.array().map_err(broken)?,
        Type::ArrayIndef | Type::MapIndef | Type::BytesIndef | Type::StringIndef => None,
        _ => {
            decoder.skip().map_err(broken)?;
            return Ok(());
        }
    };
    for _ in 0..items.ok_or(WebauthnError::AuthenticatorData)? {
        skip(decoder, depth)?;
    }
    Ok(())
}
