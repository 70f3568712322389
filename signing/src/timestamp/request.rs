//! Asking: `TimeStampReq` (RFC 3161 §2.4.1).

use const_oid::ObjectIdentifier;
use der::asn1::{OctetString, Uint};
use der::{Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

use super::ImprintHash;

/// A request for one timestamp: SHA-256, with a nonce, and with the authority's certificate asked
/// for, without which a token could not be verified from itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRequest {
    pub(super) digest: [u8; 32],
    pub(super) nonce: Vec<u8>,
    policy: Option<ObjectIdentifier>,
}

/// `MessageImprint` (RFC 3161 §2.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct MessageImprint {
    pub(super) hash_algorithm: AlgorithmIdentifierOwned,
    pub(super) hashed_message: OctetString,
}

#[derive(Sequence)]
struct TimeStampReq {
    version: u8,
    message_imprint: MessageImprint,
    req_policy: Option<ObjectIdentifier>,
    nonce: Option<Uint>,
    cert_req: bool,
}

impl TimestampRequest {
    /// `digest` is SHA-256 of the message. `nonce` is random; what it is worth is that nobody
    /// could foresee it. With `policy` the authority is asked for that policy.
    #[must_use]
    pub fn new(digest: [u8; 32], nonce: [u8; 16], policy: Option<ObjectIdentifier>) -> Self {
        let significant = nonce.iter().position(|byte| *byte != 0);
        let nonce = nonce.get(significant.unwrap_or(15)..).unwrap_or_default();
        Self {
            digest,
            nonce: nonce.to_vec(),
            policy,
        }
    }

    /// DER, the body of a request of type `application/timestamp-query` (RFC 3161 §3.4).
    ///
    /// # Errors
    /// None in practice: every part has a bounded size.
    pub fn to_der(&self) -> Result<Vec<u8>, der::Error> {
        TimeStampReq {
            version: 1,
            message_imprint: MessageImprint {
                hash_algorithm: AlgorithmIdentifierOwned {
                    oid: ImprintHash::Sha256.oid(),
                    // Some authorities compare the encoding with their own, which has NULL.
                    parameters: Some(der::Any::null()),
                },
                hashed_message: OctetString::new(self.digest)?,
            },
            req_policy: self.policy,
            nonce: Some(Uint::new(&self.nonce)?),
            cert_req: true,
        }
        .to_der()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_what_rfc_3161_draws() {
        let policy = ObjectIdentifier::new_unwrap("2.16.484.101.10.316.1.2");
        let mut nonce = [0; 16];
        nonce[14] = 0x80;
        let der = TimestampRequest::new([7; 32], nonce, Some(policy))
            .to_der()
            .unwrap();
        let hex = data_encoding::HEXLOWER.encode(&der);
        let imprint = format!("3031300d060960864801650304020105000420{}", "07".repeat(32));
        let policy = "0609608364650a823c0102";
        assert_eq!(
            hex,
            format!("3049020101{imprint}{policy}0203008000{}", "0101ff")
        );
    }

    #[test]
    fn a_nonce_of_zeros_is_the_number_zero() {
        let der = TimestampRequest::new([7; 32], [0; 16], None)
            .to_der()
            .unwrap();
        assert_eq!(der[der.len() - 6..], [2, 1, 0, 1, 1, 0xff]);
    }
}
