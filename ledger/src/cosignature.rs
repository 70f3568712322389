//! Cosignatures (C2SP tlog-cosignature, Ed25519): a witness's word that, at a time, a checkpoint
//! was the largest consistent one it had seen of that log.

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::SignedCheckpoint;
use crate::note::NoteSignature;
use crate::note_signer::{NoteSignError, NoteSigner};
use crate::verifier_key::{VerifierKey, VerifierKeyError, check_ed25519};
use crate::vkey::{KeyType, is_key_name, key_id, parse_vkey, write_vkey};

/// Times are POSIX seconds up to this (C2SP tlog-cosignature, "Format").
const MAX_TIME: u64 = i64::MAX as u64;

/// The public key of a witness. Written as `<name>+<id, 8 hex digits>+<base64(0x04 ‖ 32-byte key)>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WitnessKey {
    name: String,
    id: u32,
    public_key: [u8; 32],
}

/// Evidence that a witness cosigned the checkpoint this was obtained from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCosignature {
    name: String,
    time: u64,
}

impl VerifiedCosignature {
    /// The key name of the witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the witness says it signed, in seconds since 1970. The witness's clock, not ours.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }
}

/// Why a checkpoint is not shown to be cosigned by a witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// No signature line of this name and key id.
    #[error("the checkpoint has no cosignature of this witness")]
    Missing,
    /// The line carries something else than 8 bytes of time and 64 of signature.
    #[error("the cosignature is not a 63-bit time and an Ed25519 signature")]
    Malformed,
    /// The signature is not over this checkpoint and time.
    #[error("the cosignature does not verify: the checkpoint or the cosignature was altered")]
    BadSignature,
}

impl WitnessKey {
    /// A key from its parts; the id is computed.
    ///
    /// # Errors
    /// When the name is not one a signature line can carry.
    pub fn new(name: &str, public_key: [u8; 32]) -> Result<Self, VerifierKeyError> {
        if !is_key_name(name) {
            return Err(VerifierKeyError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, KeyType::Cosignature, &public_key),
            public_key,
        })
    }

    /// The same key pair and name, as a witness: what [`cosign`] signs with.
    #[must_use]
    pub fn of(key: &VerifierKey) -> Self {
        Self {
            name: key.name().to_owned(),
            id: key_id(key.name(), KeyType::Cosignature, key.public_key()),
            public_key: *key.public_key(),
        }
    }

    /// The key name: a schema-less URL such as `witness.example/unam`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of `SHA-256(name ‖ 0x0A ‖ 0x04 ‖ public key)`, big-endian.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The 32-byte Ed25519 public key (RFC 8032).
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// Finds this witness's line on the checkpoint, and checks it.
    ///
    /// # Errors
    /// [`CosignatureError::Missing`] when there is none; otherwise as [`WitnessKey::verify_line`].
    pub fn verify(
        &self,
        checkpoint: &SignedCheckpoint,
    ) -> Result<VerifiedCosignature, CosignatureError> {
        let mut lines = checkpoint.signatures().iter();
        let line = lines.find(|line| line.is_by(&self.name, self.id));
        self.verify_line(checkpoint, line.ok_or(CosignatureError::Missing)?)
    }

    /// Checks one signature line, such as a witness answers, against the checkpoint it is for.
    ///
    /// # Errors
    /// One variant per reason why the line is not this witness's word on this checkpoint.
    pub fn verify_line(
        &self,
        checkpoint: &SignedCheckpoint,
        line: &NoteSignature,
    ) -> Result<VerifiedCosignature, CosignatureError> {
        if !line.is_by(&self.name, self.id) {
            return Err(CosignatureError::Missing);
        }
        let time = line.signature().split_first_chunk::<8>();
        let (time, signature) = time.ok_or(CosignatureError::Malformed)?;
        let time = u64::from_be_bytes(*time);
        if time > MAX_TIME || signature.len() != 64 {
            return Err(CosignatureError::Malformed);
        }
        let message = signed_message(checkpoint, time);
        check_ed25519(&self.public_key, message.as_bytes(), signature)
            .map_err(|_| CosignatureError::BadSignature)?;
        Ok(VerifiedCosignature {
            name: self.name.clone(),
            time,
        })
    }
}

/// Cosigns a checkpoint at `time` (seconds since 1970) with the witness's key pair, whose name is
/// the witness's. The caller has decided that the checkpoint deserves it: see
/// [`decide`](crate::decide).
///
/// # Errors
/// When the time does not fit the format, or the signer fails.
pub fn cosign(
    checkpoint: &SignedCheckpoint,
    time: u64,
    signer: &dyn NoteSigner,
) -> Result<NoteSignature, NoteSignError> {
    if time > MAX_TIME {
        return Err(NoteSignError::Time);
    }
    let key = WitnessKey::of(signer.verifier_key());
    let signature = signer.sign(signed_message(checkpoint, time).as_bytes())?;
    let timed = [time.to_be_bytes().as_slice(), &signature].concat();
    let line = NoteSignature::new(&key.name, key.id, timed);
    key.verify_line(checkpoint, &line)
        .map_err(|_| NoteSignError::DoesNotVerify)?;
    Ok(line)
}

/// The whole text of the checkpoint, extension lines included, under a header that no checkpoint
/// of a sane origin begins with.
fn signed_message(checkpoint: &SignedCheckpoint, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{}", checkpoint.claimed())
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_vkey(f, &self.name, KeyType::Cosignature, &self.public_key)
    }
}

impl FromStr for WitnessKey {
    type Err = VerifierKeyError;

    /// Reads exactly what `Display` writes; a file's final newline is the caller's to trim.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, public_key) = parse_vkey(text, KeyType::Cosignature)?;
        Self::new(name, public_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Checkpoint, TreeHead};
    use crate::hash::leaf_hash;
    use crate::note_signer::SoftwareSigner;

    const ORIGIN: &str = "ledger.example.mx/receta";
    /// A witness in service, with its published key.
    const REMORA: &str = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";

    fn checkpoint(size: u64) -> SignedCheckpoint {
        let log_key = SoftwareSigner::from_seed(ORIGIN, &[1; 32]).unwrap();
        let head = TreeHead {
            size,
            root: leaf_hash(b"root"),
        };
        SignedCheckpoint::sign(Checkpoint::new(ORIGIN, head).unwrap(), &log_key).unwrap()
    }

    fn witness() -> SoftwareSigner {
        SoftwareSigner::from_seed("witness.example/unam", &[9; 32]).unwrap()
    }

    #[test]
    fn a_published_witness_key_parses_and_displays_identically() {
        let key: WitnessKey = REMORA.parse().unwrap();
        assert_eq!((key.name(), key.id()), ("remora.n621.de", 0xda77_ade7));
        assert_eq!(key.to_string(), REMORA);
        assert_eq!(
            REMORA.parse::<VerifierKey>(),
            Err(VerifierKeyError::Algorithm)
        );
    }

    #[test]
    fn a_log_key_is_not_a_witness_key() {
        let signer = witness();
        let as_log = signer.verifier_key().to_string();
        assert_eq!(
            as_log.parse::<WitnessKey>(),
            Err(VerifierKeyError::Algorithm)
        );
        let as_witness = WitnessKey::of(signer.verifier_key());
        assert_ne!(as_witness.id(), signer.verifier_key().id());
        let altered = as_witness.to_string().replace("unam", "ipn");
        assert_eq!(altered.parse::<WitnessKey>(), Err(VerifierKeyError::Id));
    }

    #[test]
    fn cosigned_attached_and_found_again() {
        let mut signed = checkpoint(42);
        let key = WitnessKey::of(witness().verifier_key());
        assert_eq!(key.verify(&signed), Err(CosignatureError::Missing));
        let line = cosign(&signed, 1_679_315_147, &witness()).unwrap();
        signed.attach(line).unwrap();
        let read = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
        let cosignature = key.verify(&read).unwrap();
        assert_eq!(cosignature.name(), "witness.example/unam");
        assert_eq!(cosignature.time(), 1_679_315_147);
    }

    #[test]
    fn a_cosignature_is_of_one_checkpoint_one_time_and_one_witness() {
        let key = WitnessKey::of(witness().verifier_key());
        let line = cosign(&checkpoint(42), 7, &witness()).unwrap();
        assert_eq!(
            key.verify_line(&checkpoint(43), &line),
            Err(CosignatureError::BadSignature)
        );
        let with = |signature: Vec<u8>| NoteSignature::new(key.name(), key.id(), signature);
        let bytes = line.signature();
        let mut later = bytes.to_vec();
        later[7] = 8;
        for (altered, reason) in [
            (later, CosignatureError::BadSignature),
            (bytes[..71].to_vec(), CosignatureError::Malformed),
            ([bytes, &[0]].concat(), CosignatureError::Malformed),
            (bytes[..7].to_vec(), CosignatureError::Malformed),
            ([&[0x80], &bytes[1..]].concat(), CosignatureError::Malformed),
        ] {
            let refused = key.verify_line(&checkpoint(42), &with(altered));
            assert_eq!(refused, Err(reason));
        }
        let other = WitnessKey::new("witness.example/ipn", *key.public_key()).unwrap();
        assert_eq!(
            other.verify_line(&checkpoint(42), &line),
            Err(CosignatureError::Missing)
        );
    }

    #[test]
    fn a_time_beyond_63_bits_is_not_signed() {
        assert!(cosign(&checkpoint(1), MAX_TIME, &witness()).is_ok());
        let refused = cosign(&checkpoint(1), MAX_TIME + 1, &witness());
        assert!(matches!(refused, Err(NoteSignError::Time)), "{refused:?}");
    }
}
