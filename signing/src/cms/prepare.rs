//! The legal signature in two steps, for a signer whose key is outside: we write the attributes,
//! they sign them, we assemble.
//!
//! What must be signed is the DER of the signed attributes with the tag of a SET (RFC 5652 §5.4),
//! with SHA-256: ECDSA over P-256 or RSASSA-PKCS1-v1_5. The document enters through the
//! `message-digest` attribute, the signer's certificate through `signing-certificate-v2`.

use der::{Decode, Encode, Tag};
use jiff::Timestamp;
use x509_cert::attr::Attributes;

use super::attributes::SignedAttributes;
use super::build::{SigningChain, assemble, sha256, signed_attributes};
use super::signed_data::only_value;
use super::{BuildError, CmsError};
use crate::ecdsa::{self, EcdsaError};
use crate::trust::{KeyError, SignatureScheme, SignerKey};

/// The attributes a signer outside has to sign. Made by [`prepare`]; kept as bytes and brought
/// back by [`Prepared::restore`] where the signer takes their time.
#[derive(Debug, Clone)]
pub struct Prepared<'a> {
    chain: &'a SigningChain,
    attributes: Attributes,
    signed_attributes: Vec<u8>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new<E>(
        content: &[u8],
        signing_time: Timestamp,
        chain: &'a SigningChain,
    ) -> Result<Self, BuildError<E>> {
        let attributes = signed_attributes(content, signing_time, chain)?;
        // The DER of the set is what is signed, and, under another tag, what is sent.
        let signed_attributes = attributes.to_der()?;
        Ok(Self {
            chain,
            attributes,
            signed_attributes,
        })
    }

    /// Takes up attributes that were prepared before, for the same certificate. They are read as
    /// strictly as a verifier reads them: [`BuildError::NotPrepared`] where they are not four good
    /// attributes in DER, or name another certificate.
    pub fn restore(
        signed_attributes: Vec<u8>,
        chain: &'a SigningChain,
    ) -> Result<Self, BuildError> {
        let set = only_value(&signed_attributes, Tag::Set).map_err(BuildError::NotPrepared)?;
        SignedAttributes::parse(set)
            .and_then(|attributes| attributes.check_signer(chain.leaf_der()))
            .map_err(BuildError::NotPrepared)?;
        let attributes = Attributes::from_der(&signed_attributes)?;
        Ok(Self {
            chain,
            attributes,
            signed_attributes,
        })
    }

    /// When the attributes say that `content` is signed; [`CmsError::MessageDigestMismatch`] where
    /// they are about other bytes. For a signer who wants to know what they are made to sign.
    pub fn covers(&self, content: &[u8]) -> Result<Timestamp, CmsError> {
        let attributes = SignedAttributes::parse(only_value(&self.signed_attributes, Tag::Set)?)?;
        if attributes.message_digest == sha256(content) {
            Ok(attributes.signing_time)
        } else {
            Err(CmsError::MessageDigestMismatch)
        }
    }

    /// The exact bytes to sign: DER, starting with the tag of a SET.
    #[must_use]
    pub fn signed_attributes(&self) -> &[u8] {
        &self.signed_attributes
    }

    /// SHA-256 of [`Self::signed_attributes`], for keys that sign digests.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        sha256(&self.signed_attributes)
    }

    /// Verifies what the key's holder returned, and assembles.
    pub(super) fn sign<E>(self, signature: &[u8]) -> Result<Vec<u8>, BuildError<E>> {
        let signature = self
            .checked(signature)
            .map_err(BuildError::WrongSignature)?;
        assemble(self.attributes, signature, self.chain)
    }

    /// The signature value as CMS carries it, once it is known to be by the leaf's key.
    fn checked(&self, signature: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self.chain.key() {
            SignerKey::P256(point) => {
                let fixed = signature.try_into().map_err(|_| EcdsaError::Malformed)?;
                ecdsa::verify_p256(point, &self.signed_attributes, fixed)?;
                Ok(ecdsa::to_der(fixed)?)
            }
            key @ SignerKey::Rsa(_) => {
                let scheme = SignatureScheme::RsaPkcs1Sha256;
                key.verify(scheme, &self.signed_attributes, signature)?;
                Ok(signature.to_vec())
            }
        }
    }
}

/// Writes the attributes of a signature over `content` that somebody else will make.
///
/// `signing_time` is the signer's claim, to the second; it must lie within the leaf's validity
/// ([`BuildError::SigningTime`]).
pub fn prepare<'a>(
    content: &[u8],
    signing_time: Timestamp,
    chain: &'a SigningChain,
) -> Result<Prepared<'a>, BuildError> {
    Prepared::new(content, signing_time, chain)
}

/// Makes the detached CAdES-B-B signature, DER of the `ContentInfo`, out of what was prepared and
/// the `signature` returned: for P-256 `r ‖ s`, 64 bytes, low S; for RSA as many bytes as its
/// modulus. Nothing is assembled that does not verify ([`BuildError::WrongSignature`]).
pub fn complete(prepared: Prepared<'_>, signature: &[u8]) -> Result<Vec<u8>, BuildError> {
    prepared.sign(signature)
}
