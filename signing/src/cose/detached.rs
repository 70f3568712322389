//! Detached signatures: the document travels beside, the message carries `nil` as payload.

use super::{CoseError, EMPTY_MAP, Kid, Sign1, SignError};

/// Proof that the holder of a key signed a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedDetached {
    kid: Kid,
}

impl VerifiedDetached {
    /// The key that signed.
    #[must_use]
    pub fn kid(&self) -> Kid {
        self.kid
    }
}

/// Signs `document` (its exact bytes) and returns the encoded message without it.
///
/// `sign` receives the SHA-256 of the `Sig_structure`; the key may live in an HSM.
pub fn sign_detached<E: std::error::Error + 'static>(
    document: &[u8],
    kid: Kid,
    sign: impl FnOnce([u8; 32]) -> Result<[u8; 64], E>,
) -> Result<Vec<u8>, SignError<E>> {
    Ok(Sign1::sign_over(Some(kid), document, None, sign)?.encode())
}

/// Verifies a message made by [`sign_detached`] against `document` and the key in `spki_der`.
///
/// The message may leave out its `kid`; if it names a key, it must be this one.
pub fn verify_detached(
    cose: &[u8],
    document: &[u8],
    spki_der: &[u8],
) -> Result<VerifiedDetached, CoseError> {
    let message = Sign1::parse(cose)?;
    if message.unprotected() != EMPTY_MAP {
        return Err(CoseError::UnknownHeader);
    }
    if message.payload().is_some() {
        return Err(CoseError::PayloadPresent);
    }
    let kid = message.verify_over(document, spki_der)?;
    Ok(VerifiedDetached { kid })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::test_signer::TestSigner;

    const DOCUMENT: &[u8] = br#"{"resourceType":"MedicationDispense"}"#;

    fn evidence(signer: &TestSigner) -> Vec<u8> {
        sign_detached(DOCUMENT, signer.kid, |digest| signer.sign(digest)).unwrap()
    }

    #[test]
    fn verifies_and_names_the_key() {
        let signer = TestSigner::new(1);
        let verified = verify_detached(&evidence(&signer), DOCUMENT, &signer.spki).unwrap();
        assert_eq!(verified.kid(), signer.kid);
    }

    #[test]
    fn bad_signature_for_another_document() {
        let signer = TestSigner::new(1);
        let result = verify_detached(&evidence(&signer), b"{}", &signer.spki);
        assert_eq!(result, Err(CoseError::BadSignature));
    }

    #[test]
    fn kid_mismatch_for_another_key() {
        let signer = TestSigner::new(1);
        let result = verify_detached(&evidence(&signer), DOCUMENT, &TestSigner::new(2).spki);
        assert_eq!(result, Err(CoseError::KidMismatch));
    }

    #[test]
    fn payload_present() {
        let signer = TestSigner::new(1);
        let carried = Sign1::sign(Some(signer.kid), DOCUMENT.to_vec(), |digest| {
            signer.sign(digest)
        })
        .unwrap();
        let result = verify_detached(&carried.encode(), DOCUMENT, &signer.spki);
        assert_eq!(result, Err(CoseError::PayloadPresent));
    }

    #[test]
    fn unknown_header() {
        let signer = TestSigner::new(1);
        let message = Sign1::parse(&evidence(&signer)).unwrap();
        let message = message.with_unprotected(vec![0xa1, 0x05, 0x00]).unwrap();
        let result = verify_detached(&message.encode(), DOCUMENT, &signer.spki);
        assert_eq!(result, Err(CoseError::UnknownHeader));
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let signer = TestSigner::new(1);
        let good = evidence(&signer);
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(
                verify_detached(&bad, DOCUMENT, &signer.spki).is_err(),
                "bit {bit}"
            );
        }
    }
}
