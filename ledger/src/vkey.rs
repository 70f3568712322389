//! The text form of public keys (C2SP signed-note, "Verifier keys"), shared by logs and witnesses.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::base64::{decode_base64, encode_base64};
use crate::verifier_key::VerifierKeyError;

/// Longer than any reasonable vkey; bounds the work of parsing.
const MAX_VKEY_BYTES: usize = 512;

/// Signature types (C2SP signed-note, "Signature types") of the keys we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyType {
    /// Plain Ed25519 over the note text: logs.
    Note = 0x01,
    /// Timestamped Ed25519 cosignatures: witnesses.
    Cosignature = 0x04,
}

/// Whether a signature line can carry this name (C2SP signed-note, "Format").
pub(crate) fn is_key_name(name: &str) -> bool {
    let refused = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    !name.is_empty() && !name.contains(refused)
}

/// First four bytes of `SHA-256(name ‖ 0x0A ‖ type ‖ public key)`, big-endian. The type is part of
/// it: one key pair has one id as a log and another as a witness.
pub(crate) fn key_id(name: &str, key_type: KeyType, public_key: &[u8; 32]) -> u32 {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', key_type as u8])
        .chain_update(public_key)
        .finalize()
        .into();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Writes `<name>+<id, 8 hex digits>+<base64(type ‖ public key)>`.
pub(crate) fn write_vkey(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    key_type: KeyType,
    public_key: &[u8; 32],
) -> fmt::Result {
    let id = key_id(name, key_type, public_key);
    let typed_key = [[key_type as u8].as_slice(), public_key].concat();
    write!(f, "{name}+{id:08x}+{}", encode_base64(&typed_key))
}

/// Reads exactly what [`write_vkey`] writes: name and public key.
pub(crate) fn parse_vkey(
    text: &str,
    key_type: KeyType,
) -> Result<(&str, [u8; 32]), VerifierKeyError> {
    if text.len() > MAX_VKEY_BYTES {
        return Err(VerifierKeyError::Format);
    }
    let (name, rest) = text.split_once('+').ok_or(VerifierKeyError::Format)?;
    // Base64 may contain further plus signs: they belong to the key.
    let (id, key) = rest.split_once('+').ok_or(VerifierKeyError::Format)?;
    let id = HEXLOWER
        .decode(id.as_bytes())
        .map_err(|_| VerifierKeyError::Format)?;
    let id: [u8; 4] = id.try_into().map_err(|_| VerifierKeyError::Format)?;
    let typed_key = decode_base64(key).ok_or(VerifierKeyError::Format)?;
    let (found_type, public_key) = typed_key.split_first().ok_or(VerifierKeyError::Format)?;
    if *found_type != key_type as u8 {
        return Err(VerifierKeyError::Algorithm);
    }
    let public_key = public_key
        .try_into()
        .map_err(|_| VerifierKeyError::Format)?;
    if !is_key_name(name) {
        return Err(VerifierKeyError::Name);
    }
    if key_id(name, key_type, &public_key) == u32::from_be_bytes(id) {
        Ok((name, public_key))
    } else {
        Err(VerifierKeyError::Id)
    }
}
