//! `CKA_UNWRAP_TEMPLATE`: what every key unwrapped by our wrapping key must be.
//!
//! Without it the *request* to unwrap decides: whoever may use the wrapping key can ask for
//! `SENSITIVE=false, EXTRACTABLE=true` and read the private key (measured on SoftHSM).
//!
//! cryptoki 0.12.1 does not know this attribute, but passes a "vendor-defined" one through as
//! bytes. Its value is an array of `CK_ATTRIBUTE` structures, written here byte by byte:
//!
//! ```c
//! typedef struct CK_ATTRIBUTE { CK_ULONG type; void *pValue; CK_ULONG ulValueLen; } CK_ATTRIBUTE;
//! ```
//!
//! The pointers are addresses of `static`s, which never move and never end, exposed as integers
//! (`expose_provenance`): no `unsafe` is needed on this side of the interface, and the module only
//! reads through them.

use std::ffi::c_ulong;

use cryptoki::object::{Attribute, AttributeType};

use crate::HsmError;

/// `CKF_ARRAY_ATTRIBUTE | 0x212` (PKCS#11 v2.40, section 4.9.1).
const CKA_UNWRAP_TEMPLATE: c_ulong = 0x4000_0212;
const CKA_SENSITIVE: c_ulong = 0x103;
const CKA_EXTRACTABLE: c_ulong = 0x162;

/// `CK_BBOOL` values the structures point to.
static CK_TRUE: u8 = 1;
static CK_FALSE: u8 = 0;

// The layout below holds where CK_ULONG is as wide as a pointer and structures are not packed:
// every Unix. Windows packs them and has a 32-bit CK_ULONG.
const _: () = assert!(size_of::<c_ulong>() == size_of::<usize>() && cfg!(unix));

/// The attribute for the wrapping key's own template: what it unwraps is `SENSITIVE=true` and
/// `EXTRACTABLE=false`. A request that says otherwise, or does not say it, is refused
/// (`CKR_TEMPLATE_INCONSISTENT`).
///
/// # Errors
/// [`HsmError::Binding`] if the bytes are not aligned as the structure demands. Allocators align
/// blocks of this size to at least a word; this makes sure of it.
pub(crate) fn sensitive_and_not_extractable() -> Result<Attribute, HsmError> {
    let mut bytes = ck_attribute(CKA_SENSITIVE, &raw const CK_TRUE);
    bytes.extend(ck_attribute(CKA_EXTRACTABLE, &raw const CK_FALSE));
    if !bytes.as_ptr().addr().is_multiple_of(align_of::<c_ulong>()) {
        return Err(HsmError::Binding(
            "unaligned CKA_UNWRAP_TEMPLATE".to_owned(),
        ));
    }
    Ok(Attribute::VendorDefined((
        AttributeType::VendorDefined(CKA_UNWRAP_TEMPLATE),
        bytes,
    )))
}

/// One `CK_ATTRIBUTE` holding a `CK_BBOOL`.
fn ck_attribute(attribute: c_ulong, value: *const u8) -> Vec<u8> {
    let length: c_ulong = 1;
    [
        attribute.to_ne_bytes().as_slice(),
        &value.expose_provenance().to_ne_bytes(),
        &length.to_ne_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_two_structures() {
        let Attribute::VendorDefined((kind, bytes)) = sensitive_and_not_extractable().unwrap()
        else {
            panic!("another attribute");
        };
        assert_eq!(kind, AttributeType::VendorDefined(CKA_UNWRAP_TEMPLATE));
        let word = size_of::<c_ulong>();
        assert_eq!(bytes.len(), 6 * word);
        let words: Vec<usize> = bytes
            .chunks(word)
            .map(|chunk| usize::from_ne_bytes(chunk.try_into().unwrap()))
            .collect();
        let (yes, no) = ((&raw const CK_TRUE).addr(), (&raw const CK_FALSE).addr());
        assert_eq!(words, [0x103, yes, 1, 0x162, no, 1]);
    }
}
