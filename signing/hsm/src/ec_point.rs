//! `CKA_EC_POINT`, as tokens really answer it.
//!
//! PKCS#11 (section 6.3.3) wraps the point in a DER OCTET STRING; some modules answer the bare
//! point. Both have one fixed length per curve, so they cannot be confused.

use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::Session;

use crate::HsmError;

/// Reads the public point of `object` and strips the OCTET STRING.
///
/// # Errors
/// [`HsmError::MalformedAnswer`] when the attribute is absent or has another length.
pub(crate) fn read_point<const N: usize>(
    session: &Session,
    object: ObjectHandle,
) -> Result<[u8; N], HsmError> {
    let attributes = session.get_attributes(object, &[AttributeType::EcPoint])?;
    match attributes.as_slice() {
        [Attribute::EcPoint(bytes)] => unwrap_point(bytes),
        _ => Err(HsmError::MalformedAnswer("CKA_EC_POINT")),
    }
}

/// `N` is 32 for Ed25519 and 65 for an uncompressed P-256 point: short-form DER lengths both.
fn unwrap_point<const N: usize>(bytes: &[u8]) -> Result<[u8; N], HsmError> {
    const OCTET_STRING: u8 = 0x04;
    let point = match bytes {
        [OCTET_STRING, length, point @ ..] if bytes.len() == N + 2 && usize::from(*length) == N => {
            point
        }
        bare => bare,
    };
    point
        .try_into()
        .map_err(|_| HsmError::MalformedAnswer("CKA_EC_POINT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_give_the_point() {
        let wrapped = [[4_u8, 32].as_slice(), &[7; 32]].concat();
        assert_eq!(unwrap_point::<32>(&wrapped).unwrap(), [7; 32]);
        assert_eq!(unwrap_point::<32>(&[7; 32]).unwrap(), [7; 32]);
        // A bare P-256 point starts with 0x04 too; its second byte is not a length.
        let mut bare = [65_u8; 65];
        bare[0] = 4;
        assert_eq!(unwrap_point::<65>(&bare).unwrap(), bare);
    }

    #[test]
    fn anything_else_is_refused() {
        let trailing = [[4_u8, 32].as_slice(), &[7; 33]].concat();
        let wrong_length = [[4_u8, 31].as_slice(), &[7; 32]].concat();
        let wrong_tag = [[3_u8, 32].as_slice(), &[7; 32]].concat();
        for bytes in [&trailing, &wrong_length, &wrong_tag, &vec![], &vec![4]] {
            assert!(unwrap_point::<32>(bytes).is_err(), "{bytes:02x?}");
        }
    }
}
