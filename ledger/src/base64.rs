//! Base64 with one spelling per value (RFC 4648 §4 and §3.5).

use data_encoding::BASE64;

/// Standard alphabet, with padding.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Reads exactly what [`encode_base64`] writes; `None` for any other text. Encoding again settles
/// it: the decoder by itself accepts padded pieces in a row, such as `AA==AA==`.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    Some(bytes).filter(|bytes| BASE64.encode(bytes) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_value() {
        assert_eq!(decode_base64(""), Some(vec![]));
        assert_eq!(decode_base64("AAE="), Some(vec![0, 1]));
        for refused in ["AA", "AA=", "AB==", "AA==AA==", "AAE=\n", " AAE=", "AA-_"] {
            assert_eq!(decode_base64(refused), None, "{refused:?}");
        }
    }
}
