//! One signed message: `18([protected, unprotected, payload / nil, signature])`.

mod outside;

use std::convert::Infallible;
use std::fmt;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use p256::ecdsa::Signature;
use sha2::{Digest, Sha256};

use super::key::p256_point;
use super::{CborError, CoseError, Kid, SignError, deterministic};
use crate::ecdsa::{self, P256Signature};

/// Longest message, in bytes. A QR of version 40 carries fewer.
pub const MAX_LEN: usize = 4096;

/// An unprotected header without entries.
pub const EMPTY_MAP: [u8; 1] = [0xa0];

/// CBOR tag 18, `COSE_Sign1` (RFC 9052 §2).
const TAG: u8 = 0xd2;
/// Header labels (RFC 9052 §3.1).
const ALG: i64 = 1;
const CRIT: i64 = 2;
const KID: i64 = 4;
/// Algorithm ES256 (RFC 9053 §2.1).
const ES256: i64 = -7;

type EncodeError = minicbor::encode::Error<Infallible>;

/// A message that is well formed. Whether its signature is good, [`Sign1::verify`] says.
///
/// `Debug` shows the key only: a payload may hold personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Sign1 {
    kid: Option<Kid>,
    /// Deterministic CBOR of a map.
    unprotected: Vec<u8>,
    payload: Option<Vec<u8>>,
    signature: P256Signature,
}

/// Proof that the holder of a key signed a payload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifiedPayload<'a> {
    kid: Kid,
    bytes: &'a [u8],
}

impl<'a> VerifiedPayload<'a> {
    /// The key that signed.
    #[must_use]
    pub fn kid(&self) -> Kid {
        self.kid
    }

    /// What it signed.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl Sign1 {
    /// Signs `payload`, which the message carries.
    ///
    /// `sign` receives the SHA-256 of the `Sig_structure` and returns `r ‖ s`; the key may live in
    /// an HSM. A high S, which is half of what an HSM returns, is normalised.
    pub fn sign<E: std::error::Error + 'static>(
        kid: Option<Kid>,
        payload: Vec<u8>,
        sign: impl FnOnce([u8; 32]) -> Result<[u8; 64], E>,
    ) -> Result<Self, SignError<E>> {
        let content = payload.clone();
        Self::sign_over(kid, &content, Some(payload), sign)
    }

    /// Signs `content`; carries `payload`.
    pub(super) fn sign_over<E: std::error::Error + 'static>(
        kid: Option<Kid>,
        content: &[u8],
        payload: Option<Vec<u8>>,
        sign: impl FnOnce([u8; 32]) -> Result<[u8; 64], E>,
    ) -> Result<Self, SignError<E>> {
        let message = Self {
            kid,
            unprotected: EMPTY_MAP.to_vec(),
            payload,
            signature: [0; 64],
        };
        if message.encode().len() > MAX_LEN {
            return Err(SignError::TooLarge);
        }
        let digest = Sha256::digest(message.sig_structure(content)).into();
        let raw = sign(digest).map_err(SignError::Signer)?;
        let parsed = Signature::from_slice(&raw).map_err(|_| SignError::InvalidSignature)?;
        Ok(Self {
            signature: parsed.normalize_s().to_bytes().into(),
            ..message
        })
    }

    /// Reads a message strictly: there is one encoding of a message, and any other is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, CoseError> {
        if bytes.len() > MAX_LEN {
            return Err(CoseError::TooLarge);
        }
        let body = bytes.strip_prefix(&[TAG]).ok_or(CoseError::NotTagged)?;
        deterministic::check(body)?;
        let parts = Parts::decode(&mut Decoder::new(body)).ok_or(CoseError::Shape)?;
        let kid = parse_protected(parts.protected)?;
        check_unprotected(parts.unprotected)?;
        let signature =
            P256Signature::try_from(parts.signature).map_err(|_| CoseError::SignatureLength)?;
        if !ecdsa::is_low_s(&signature) {
            return Err(CoseError::HighS);
        }
        Ok(Self {
            kid,
            unprotected: parts.unprotected.to_vec(),
            payload: parts.payload.map(<[u8]>::to_vec),
            signature,
        })
    }

    /// The message in its one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![TAG];
        let written = self.encode_body(&mut Encoder::new(&mut out));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    fn encode_body(&self, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), EncodeError> {
        e.array(4)?.bytes(&self.protected())?;
        e.writer_mut().extend_from_slice(&self.unprotected);
        match &self.payload {
            Some(payload) => e.bytes(payload)?,
            None => e.null()?,
        };
        e.bytes(&self.signature)?;
        Ok(())
    }

    /// The protected header, which follows from the kid alone.
    fn protected(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(13);
        let written = encode_protected(&mut Encoder::new(&mut out), self.kid);
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    /// `Sig_structure` of RFC 9052 §4.4, without external data.
    fn sig_structure(&self, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(content.len() + 40);
        let mut e = Encoder::new(&mut out);
        let mut write = || -> Result<(), EncodeError> {
            e.array(4)?
                .str("Signature1")?
                .bytes(&self.protected())?
                .bytes(&[])?
                .bytes(content)?;
            Ok(())
        };
        let written = write();
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    /// Verifies the signature over the carried payload with the key in `spki_der`.
    pub fn verify(&self, spki_der: &[u8]) -> Result<VerifiedPayload<'_>, CoseError> {
        let bytes = self.payload().ok_or(CoseError::PayloadMissing)?;
        let kid = self.verify_over(bytes, spki_der)?;
        Ok(VerifiedPayload { kid, bytes })
    }

    /// Verifies the signature over `content`; returns the identifier of the key.
    pub(super) fn verify_over(&self, content: &[u8], spki_der: &[u8]) -> Result<Kid, CoseError> {
        let point = p256_point(spki_der)?;
        let key = Kid::of_spki(spki_der);
        if self.kid.is_some_and(|named| named != key) {
            return Err(CoseError::KidMismatch);
        }
        ecdsa::verify_p256(point, &self.sig_structure(content), &self.signature)?;
        Ok(key)
    }

    /// The key that the message says signed it.
    #[must_use]
    pub fn kid(&self) -> Option<Kid> {
        self.kid
    }

    /// The payload, unless it is detached. Nobody vouches for it before [`Sign1::verify`].
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    /// The unprotected header: a map in deterministic CBOR. Nobody signed it.
    #[must_use]
    pub fn unprotected(&self) -> &[u8] {
        &self.unprotected
    }

    /// The message with an empty unprotected header; the signature stays good.
    #[must_use]
    pub fn without_unprotected(&self) -> Self {
        Self {
            unprotected: EMPTY_MAP.to_vec(),
            ..self.clone()
        }
    }

    /// The message with another unprotected header; the signature stays good.
    pub fn with_unprotected(&self, map: Vec<u8>) -> Result<Self, CoseError> {
        deterministic::check(&map)?;
        check_unprotected(&map)?;
        let message = Self {
            unprotected: map,
            ..self.clone()
        };
        if message.encode().len() > MAX_LEN {
            Err(CoseError::TooLarge)
        } else {
            Ok(message)
        }
    }
}

impl fmt::Debug for Sign1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sign1")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for VerifiedPayload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedPayload")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The four parts, not yet interpreted.
struct Parts<'a> {
    protected: &'a [u8],
    unprotected: &'a [u8],
    payload: Option<&'a [u8]>,
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn decode(d: &mut Decoder<'a>) -> Option<Self> {
        (d.array().ok()? == Some(4)).then_some(())?;
        let protected = d.bytes().ok()?;
        let start = d.position();
        (d.datatype().ok()? == Type::Map).then_some(())?;
        d.skip().ok()?;
        let unprotected = &d.input()[start..d.position()];
        let payload = if d.datatype().ok()? == Type::Null {
            d.null().ok()?;
            None
        } else {
            Some(d.bytes().ok()?)
        };
        let signature = d.bytes().ok()?;
        Some(Self {
            protected,
            unprotected,
            payload,
            signature,
        })
    }
}

fn encode_protected(e: &mut Encoder<&mut Vec<u8>>, kid: Option<Kid>) -> Result<(), EncodeError> {
    e.map(1 + u64::from(kid.is_some()))?.i64(ALG)?.i64(ES256)?;
    if let Some(kid) = kid {
        e.i64(KID)?.bytes(kid.as_bytes())?;
    }
    Ok(())
}

/// The protected header may hold the algorithm and the key, nothing else.
fn parse_protected(bytes: &[u8]) -> Result<Option<Kid>, CoseError> {
    // RFC 9052 §3: an empty map is written as an empty string.
    if bytes.is_empty() {
        return Err(CoseError::MissingAlgorithm);
    }
    deterministic::check(bytes)?;
    let mut d = Decoder::new(bytes);
    let entries = d.map().map_err(|_| CoseError::Shape)?.unwrap_or_default();
    let (mut algorithm, mut kid) = (None, None);
    for _ in 0..entries {
        // A text label is none of ours.
        match d.i64().map_err(|_| CoseError::UnknownHeader)? {
            ALG => algorithm = Some(d.i64().map_err(|_| CoseError::UnsupportedAlgorithm)?),
            CRIT => return Err(CoseError::CriticalHeader),
            KID => {
                let bytes = d.bytes().map_err(|_| CoseError::KidShape)?;
                kid = Some(Kid::new(bytes.try_into().map_err(|_| CoseError::KidShape)?));
            }
            _ => return Err(CoseError::UnknownHeader),
        }
    }
    match algorithm {
        Some(ES256) => Ok(kid),
        Some(_) => Err(CoseError::UnsupportedAlgorithm),
        None => Err(CoseError::MissingAlgorithm),
    }
}

/// What must be signed may not stand in the unprotected header. Other entries are left to the
/// profile above (the seal of a QR is one).
fn check_unprotected(map: &[u8]) -> Result<(), CoseError> {
    let mut d = Decoder::new(map);
    let entries = d.map().map_err(|_| CoseError::Shape)?.unwrap_or_default();
    for _ in 0..entries {
        match d.i64().map_err(|_| CoseError::UnknownHeader)? {
            ALG => return Err(CoseError::UnprotectedAlgorithm),
            CRIT => return Err(CoseError::CriticalHeader),
            KID => return Err(CoseError::UnprotectedKid),
            _ => d.skip().map_err(|_| CborError::Malformed)?,
        }
    }
    Ok(())
}
