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
const CKA_CLASS: c_ulong = 0x0;
const CKA_KEY_TYPE: c_ulong = 0x100;
const CKA_SENSITIVE: c_ulong = 0x103;
const CKA_DERIVE: c_ulong = 0x10c;
const CKA_EXTRACTABLE: c_ulong = 0x162;
const CKA_WRAP_WITH_TRUSTED: c_ulong = 0x210;

/// Values the structures point to: `CK_BBOOL`s, and `CK_ULONG`s for class and type.
static CK_TRUE: u8 = 1;
static CK_FALSE: u8 = 0;
static CKO_PRIVATE_KEY: c_ulong = 3;
static CKK_EC: c_ulong = 3;

// The layout below holds where CK_ULONG is as wide as a pointer and structures are not packed:
// every Unix. Windows packs them and has a 32-bit CK_ULONG.
const _: () = assert!(size_of::<c_ulong>() == size_of::<usize>() && cfg!(unix));

/// How what a wrapping key unwraps is kept inside the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confinement {
    /// Never out again: `EXTRACTABLE=false`.
    Forever,
    /// Out only wrapped under a key that the security officer made trusted:
    /// `WRAP_WITH_TRUSTED=true`.
    UnderTrusted,
}

/// The attribute for the wrapping key's own template: what it unwraps is an EC private key,
/// `SENSITIVE=true`, `DERIVE=false`, and confined. A request that says otherwise, or does not say
/// it, is refused (`CKR_TEMPLATE_INCONSISTENT`). Class and type are part of it because an EC key
/// unwrapped as an AES key would be an oracle.
///
/// # Errors
/// [`HsmError::Binding`] if the bytes are not aligned as the structure demands. Allocators align
/// blocks of this size to at least a word; this makes sure of it.
pub(crate) fn unwrap_template(confinement: Confinement) -> Result<Attribute, HsmError> {
    let confined = match confinement {
        Confinement::Forever => flag(CKA_EXTRACTABLE, &raw const CK_FALSE),
        Confinement::UnderTrusted => flag(CKA_WRAP_WITH_TRUSTED, &raw const CK_TRUE),
    };
    let bytes = [
        number(CKA_CLASS, &raw const CKO_PRIVATE_KEY),
        number(CKA_KEY_TYPE, &raw const CKK_EC),
        flag(CKA_SENSITIVE, &raw const CK_TRUE),
        flag(CKA_DERIVE, &raw const CK_FALSE),
        confined,
    ]
    .concat();
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
fn flag(attribute: c_ulong, value: *const u8) -> Vec<u8> {
    ck_attribute(attribute, value.expose_provenance(), size_of::<u8>())
}

/// One `CK_ATTRIBUTE` holding a `CK_ULONG`.
fn number(attribute: c_ulong, value: *const c_ulong) -> Vec<u8> {
    ck_attribute(attribute, value.expose_provenance(), size_of::<c_ulong>())
}

fn ck_attribute(attribute: c_ulong, value: usize, length: usize) -> Vec<u8> {
    // CK_ULONG is as wide as a pointer: asserted above.
    [
        attribute.to_ne_bytes(),
        value.to_ne_bytes(),
        length.to_ne_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_five_structures() {
        let (yes, no) = ((&raw const CK_TRUE).addr(), (&raw const CK_FALSE).addr());
        let class = (&raw const CKO_PRIVATE_KEY).addr();
        let ec = (&raw const CKK_EC).addr();
        for (confinement, last) in [
            (Confinement::Forever, [0x162, no, 1]),
            (Confinement::UnderTrusted, [0x210, yes, 1]),
        ] {
            let Attribute::VendorDefined((kind, bytes)) = unwrap_template(confinement).unwrap()
            else {
                panic!("another attribute");
            };
            assert_eq!(kind, AttributeType::VendorDefined(CKA_UNWRAP_TEMPLATE));
            let word = size_of::<c_ulong>();
            let words: Vec<usize> = bytes
                .chunks(word)
                .map(|chunk| usize::from_ne_bytes(chunk.try_into().unwrap()))
                .collect();
            let common = [
                [0x0, class, word],
                [0x100, ec, word],
                [0x103, yes, 1],
                [0x10c, no, 1],
            ];
            assert_eq!(words[..12], common.concat()[..]);
            assert_eq!(words[12..], last);
        }
    }
}
