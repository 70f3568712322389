//! The signature of a CA over a structure of its own: a certificate, a list, an OCSP answer.

use der::asn1::AnyRef;
use der::{Decode, Encode, Reader, SliceReader};
use rustls_pki_types::CertificateDer;
use spki::AlgorithmIdentifierOwned;
use webpki::EndEntityCert;

use super::store::PATH_ALGORITHMS;

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SignedError {
    /// The structure is not DER of the expected shape.
    Malformed,
    /// `rustls-webpki` cannot read the signer's certificate.
    Signer(webpki::Error),
    /// An algorithm that is not in our list.
    Algorithm,
    /// It does not verify.
    BadSignature,
}

/// The first element inside the outermost SEQUENCE, as received: the part that is signed.
pub(crate) fn signed_part(der: &[u8]) -> Option<&[u8]> {
    let outer = AnyRef::from_der(der).ok()?;
    let mut reader = SliceReader::new(outer.value()).ok()?;
    reader.tlv_bytes().ok()
}

/// Verifies `signature` over `message` with the key of `signer` (a DER certificate, of which
/// nothing else is looked at).
pub(crate) fn verify(
    signer: &[u8],
    algorithm: &AlgorithmIdentifierOwned,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignedError> {
    let algorithm = algorithm.to_der().map_err(|_| SignedError::Malformed)?;
    let algorithm = AnyRef::from_der(&algorithm).map_err(|_| SignedError::Malformed)?;
    let signer = CertificateDer::from(signer);
    let signer = EndEntityCert::try_from(&signer).map_err(SignedError::Signer)?;
    let mut known = false;
    for candidate in PATH_ALGORITHMS {
        if candidate.signature_alg_id().as_ref() != algorithm.value() {
            continue;
        }
        known = true;
        // One identifier stands for several curves: each is tried.
        if signer
            .verify_signature(*candidate, message, signature)
            .is_ok()
        {
            return Ok(());
        }
    }
    Err(if known {
        SignedError::BadSignature
    } else {
        SignedError::Algorithm
    })
}
