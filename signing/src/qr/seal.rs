//! The seal: the ledger's word that it holds this prescription, at which index, since when.
//!
//! The prescriber signs first. The ledger sequences, then signs the digest of the message, its
//! index and its time with Ed25519. The seal stands in the unprotected header under
//! [`SEAL_LABEL`], `{-65537: [index, time, signature]}`, because it is younger than the signature
//! around it; it carries its own protection.

use std::convert::Infallible;

use jiff::Timestamp;
use minicbor::{Decoder, Encoder};
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use crate::cose::{EMPTY_MAP, Sign1};

/// Header label of the seal, in the private-use range (RFC 9052 §11.1).
pub const SEAL_LABEL: i64 = -65_537;
/// What a seal's signature starts with, so that no other signature of the ledger key is one.
pub const SEAL_DOMAIN: &[u8; 15] = b"receta/seal/v1\0";
/// Bytes of a seal message: domain, digest, index and time.
pub const SEAL_MESSAGE_LEN: usize = 63;

type EncodeError = minicbor::encode::Error<Infallible>;

/// A seal as it stands in a QR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// Index of the issue in the ledger.
    pub index: u64,
    /// Ledger time, to the second.
    pub at: Timestamp,
    /// Ed25519 signature by the ledger key over [`seal_message`].
    pub signature: [u8; 64],
}

/// Why a seal was refused, or cannot be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Signed by the prescriber, not yet in the ledger.
    #[error("the QR has no seal of the ledger; fetch the sealed QR from the service")]
    Missing,
    /// Sealed before.
    #[error("the message is already sealed; a prescription is sealed once")]
    AlreadySealed,
    /// Another unprotected header than the seal.
    #[error("the QR has an unprotected header that is not a seal")]
    UnknownHeader,
    /// Not an index, a time and 64 bytes.
    #[error("the seal is not an index, a time and a signature of 64 bytes")]
    Shape,
    /// Before 1970 or beyond year 9999.
    #[error("the time of the seal is out of range")]
    Time,
    /// The result would not fit a QR.
    #[error("the sealed message is too large for a QR")]
    TooLarge,
    /// Not by the ledger key over this message.
    #[error("the seal is not by the ledger key that is pinned here")]
    BadSignature,
}

/// The bytes that the ledger key signs for the message whose [`digest`] is given.
#[must_use]
pub fn seal_message(digest: &[u8; 32], index: u64, at: Timestamp) -> [u8; SEAL_MESSAGE_LEN] {
    let mut message = [0; SEAL_MESSAGE_LEN];
    message[..15].copy_from_slice(SEAL_DOMAIN);
    message[15..47].copy_from_slice(digest);
    message[47..55].copy_from_slice(&index.to_be_bytes());
    message[55..].copy_from_slice(&at.as_second().to_be_bytes());
    message
}

/// SHA-256 of the message without its seal: what the ledger seals, and what names a QR elsewhere
/// (`urn:receta:qr-digest`). Sealing does not change it.
#[must_use]
pub fn digest(message: &Sign1) -> [u8; 32] {
    Sha256::digest(message.without_unprotected().encode()).into()
}

/// Puts a seal on a message that has none. Does not verify it.
pub fn attach(message: &Sign1, seal: &Seal) -> Result<Sign1, SealError> {
    if message.unprotected() != EMPTY_MAP {
        return Err(SealError::AlreadySealed);
    }
    let time = u64::try_from(seal.at.as_second()).map_err(|_| SealError::Time)?;
    let mut map = Vec::with_capacity(90);
    let written = encode_map(&mut Encoder::new(&mut map), seal, time);
    debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
    message
        .with_unprotected(map)
        .map_err(|_| SealError::TooLarge)
}

fn encode_map(e: &mut Encoder<&mut Vec<u8>>, seal: &Seal, time: u64) -> Result<(), EncodeError> {
    e.map(1)?.i64(SEAL_LABEL)?;
    e.array(3)?
        .u64(seal.index)?
        .u64(time)?
        .bytes(&seal.signature)?;
    Ok(())
}

/// Takes the seal off: the message as the prescriber signed it, and the seal, unverified.
pub fn detach(message: &Sign1) -> Result<(Sign1, Seal), SealError> {
    let map = message.unprotected();
    if map == EMPTY_MAP {
        return Err(SealError::Missing);
    }
    let mut d = Decoder::new(map);
    let only_the_seal = matches!(d.map(), Ok(Some(1))) && matches!(d.i64(), Ok(SEAL_LABEL));
    if !only_the_seal {
        return Err(SealError::UnknownHeader);
    }
    let (index, time, signature) = decode_seal(&mut d).ok_or(SealError::Shape)?;
    let seconds = i64::try_from(time).map_err(|_| SealError::Time)?;
    let at = Timestamp::from_second(seconds).map_err(|_| SealError::Time)?;
    Ok((
        message.without_unprotected(),
        Seal {
            index,
            at,
            signature,
        },
    ))
}

fn decode_seal(d: &mut Decoder<'_>) -> Option<(u64, u64, [u8; 64])> {
    (d.array().ok()? == Some(3)).then_some(())?;
    Some((
        d.u64().ok()?,
        d.u64().ok()?,
        d.bytes().ok()?.try_into().ok()?,
    ))
}

impl Seal {
    /// Verifies the seal over the message with this [`digest`] by the pinned ledger key.
    pub fn verify(
        self,
        digest: &[u8; 32],
        ledger_key: &[u8; 32],
    ) -> Result<VerifiedSeal, SealError> {
        UnparsedPublicKey::new(&ED25519, ledger_key)
            .verify(&seal_message(digest, self.index, self.at), &self.signature)
            .map_err(|_| SealError::BadSignature)?;
        Ok(VerifiedSeal {
            index: self.index,
            at: self.at,
        })
    }
}

/// Proof that the ledger holds a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedSeal {
    index: u64,
    at: Timestamp,
}

impl VerifiedSeal {
    /// Index in the ledger.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Ledger time, to the second.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::fixture::{self, Ledger};

    fn signed() -> Sign1 {
        fixture::signed(&fixture::payload())
    }

    #[test]
    fn seal_message_is_63_bytes_in_this_order() {
        let at = Timestamp::from_second(0x0102).unwrap();
        let message = seal_message(&[0xdd; 32], 7, at);
        assert_eq!(&message[..15], b"receta/seal/v1\0");
        assert_eq!(message[15..47], [0xdd; 32]);
        assert_eq!(
            message[47..],
            [0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 1, 2]
        );
    }

    #[test]
    fn attach_then_detach_and_verify() {
        let ledger = Ledger::new(1);
        let seal = ledger.seal(&signed(), 42, fixture::sealed_at());
        let sealed = attach(&signed(), &seal).unwrap();
        let sealed = Sign1::parse(&sealed.encode()).unwrap();
        let (message, read) = detach(&sealed).unwrap();
        assert_eq!((message, read), (signed(), seal));
        assert_eq!(digest(&sealed), digest(&signed()));
        let verified = read.verify(&digest(&sealed), &ledger.public).unwrap();
        assert_eq!(
            (verified.index(), verified.at()),
            (42, fixture::sealed_at())
        );
    }

    #[test]
    fn bad_signature_when_anything_differs() {
        let ledger = Ledger::new(1);
        let seal = ledger.seal(&signed(), 42, fixture::sealed_at());
        let digest = digest(&signed());
        let later = Timestamp::from_second(seal.at.as_second() + 1).unwrap();
        let bad = Err(SealError::BadSignature);
        assert_eq!(
            Seal { index: 43, ..seal }.verify(&digest, &ledger.public),
            bad
        );
        assert_eq!(
            Seal { at: later, ..seal }.verify(&digest, &ledger.public),
            bad
        );
        assert_eq!(seal.verify(&[0; 32], &ledger.public), bad);
        assert_eq!(seal.verify(&digest, &Ledger::new(2).public), bad);
        assert_eq!(seal.verify(&digest, &[0xff; 32]), bad);
    }

    #[test]
    fn missing_and_already_sealed() {
        assert_eq!(detach(&signed()), Err(SealError::Missing));
        let seal = Ledger::new(1).seal(&signed(), 42, fixture::sealed_at());
        let sealed = attach(&signed(), &seal).unwrap();
        assert_eq!(attach(&sealed, &seal), Err(SealError::AlreadySealed));
    }

    /// What `detach` says of a message with this unprotected header.
    fn refusal(encode: impl FnOnce(&mut Encoder<Vec<u8>>)) -> SealError {
        let mut e = Encoder::new(Vec::new());
        encode(&mut e);
        let message = signed().with_unprotected(e.into_writer()).unwrap();
        detach(&message).unwrap_err()
    }

    #[test]
    fn unknown_header() {
        let other_label = refusal(|e| {
            e.map(1).unwrap().i64(-65_538).unwrap().null().unwrap();
        });
        assert_eq!(other_label, SealError::UnknownHeader);
        let one_more = refusal(|e| {
            e.map(2).unwrap().u8(5).unwrap().null().unwrap();
            e.i64(SEAL_LABEL).unwrap().null().unwrap();
        });
        assert_eq!(one_more, SealError::UnknownHeader);
    }

    #[test]
    fn shape() {
        let not_an_array = refusal(|e| {
            e.map(1)
                .unwrap()
                .i64(SEAL_LABEL)
                .unwrap()
                .bytes(&[0; 64])
                .unwrap();
        });
        let short_signature = refusal(|e| {
            e.map(1).unwrap().i64(SEAL_LABEL).unwrap().array(3).unwrap();
            e.u8(1).unwrap().u8(1).unwrap().bytes(&[0; 63]).unwrap();
        });
        let one_too_many = refusal(|e| {
            e.map(1).unwrap().i64(SEAL_LABEL).unwrap().array(4).unwrap();
            e.u8(1)
                .unwrap()
                .u8(1)
                .unwrap()
                .bytes(&[0; 64])
                .unwrap()
                .null()
                .unwrap();
        });
        let negative_index = refusal(|e| {
            e.map(1).unwrap().i64(SEAL_LABEL).unwrap().array(3).unwrap();
            e.i8(-1).unwrap().u8(1).unwrap().bytes(&[0; 64]).unwrap();
        });
        for reason in [not_an_array, short_signature, one_too_many, negative_index] {
            assert_eq!(reason, SealError::Shape);
        }
    }

    #[test]
    fn time() {
        let seal = Ledger::new(1).seal(&signed(), 42, Timestamp::from_second(-1).unwrap());
        assert_eq!(attach(&signed(), &seal), Err(SealError::Time));
        for beyond in [u64::MAX, 400_000_000_000] {
            let reason = refusal(|e| {
                e.map(1).unwrap().i64(SEAL_LABEL).unwrap().array(3).unwrap();
                e.u8(1)
                    .unwrap()
                    .u64(beyond)
                    .unwrap()
                    .bytes(&[0; 64])
                    .unwrap();
            });
            assert_eq!(reason, SealError::Time);
        }
    }

    #[test]
    fn too_large() {
        let signer = crate::cose::test_signer::TestSigner::new(1);
        let large = Sign1::sign(None, vec![0; 4010], |digest| signer.sign(digest)).unwrap();
        let seal = Ledger::new(1).seal(&large, 42, fixture::sealed_at());
        assert_eq!(attach(&large, &seal), Err(SealError::TooLarge));
    }
}
