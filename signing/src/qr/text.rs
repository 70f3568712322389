//! `RX1` and base32: the characters that every scanner and keyboard layout leaves alone.
//!
//! A keyboard-wedge scanner types what it reads through the layout of the computer; base45 and
//! base64 symbols do not survive a Spanish layout, letters and digits do. Scanners that type in
//! lower case (Caps Lock) or add line ends are common too.

use data_encoding::{BASE32_NOPAD, DecodeKind};

/// What every text starts with: the scheme and its version.
pub const PREFIX: &str = "RX1";
/// Alphanumeric characters of the largest symbol: version 40 at level M (ISO/IEC 18004 table 7).
pub const MAX_CHARS: usize = 3391;
/// Longest input looked at, whitespace included.
const MAX_INPUT_LEN: usize = 4 * MAX_CHARS;

/// Why a text is not the text of a QR of ours, or bytes do not fit one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than a symbol holds.
    #[error("the text is longer than any QR code; scan the code again")]
    TooLong,
    /// Some other QR.
    #[error("the text does not start with RX1; this is not the QR of a prescription")]
    NotOurs,
    /// A character that is not base32.
    #[error("the text has a character that the QR does not use; check the scanner's keyboard")]
    Symbol,
    /// A length that base32 cannot have.
    #[error("the text is incomplete; scan the code again")]
    Incomplete,
    /// Bits after the last byte that are not zero.
    #[error("the text is not in its canonical form; scan the code again")]
    NotCanonical,
}

/// The text of a QR for the bytes of a sealed COSE message.
pub fn encode(cose: &[u8]) -> Result<String, TextError> {
    if PREFIX.len() + BASE32_NOPAD.encode_len(cose.len()) > MAX_CHARS {
        return Err(TextError::TooLong);
    }
    let mut text = String::from(PREFIX);
    BASE32_NOPAD.encode_append(cose, &mut text);
    Ok(text)
}

/// The bytes in the text of a QR. Case and whitespace do not matter, everything else does.
pub fn decode(text: &str) -> Result<Vec<u8>, TextError> {
    if text.len() > MAX_INPUT_LEN {
        return Err(TextError::TooLong);
    }
    let compact: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let body = compact.strip_prefix(PREFIX).ok_or(TextError::NotOurs)?;
    if compact.len() > MAX_CHARS {
        return Err(TextError::TooLong);
    }
    if !body.bytes().all(|c| matches!(c, b'A'..=b'Z' | b'2'..=b'7')) {
        return Err(TextError::Symbol);
    }
    BASE32_NOPAD
        .decode(body.as_bytes())
        .map_err(|error| match error.kind {
            DecodeKind::Length => TextError::Incomplete,
            DecodeKind::Symbol | DecodeKind::Padding => TextError::Symbol,
            DecodeKind::Trailing => TextError::NotCanonical,
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_text() {
        // RFC 4648 §10.
        assert_eq!(encode(b"foobar").as_deref(), Ok("RX1MZXW6YTBOI"));
        assert_eq!(decode("RX1MZXW6YTBOI").as_deref(), Ok(&b"foobar"[..]));
    }

    #[test]
    fn case_and_whitespace_do_not_matter() {
        for typed in [
            "rx1mzxw6ytboi",
            " RX1 MZXW6\tYTBOI\r\n",
            "Rx1\u{a0}MzXw6YtBoI",
        ] {
            assert_eq!(decode(typed).as_deref(), Ok(&b"foobar"[..]), "{typed:?}");
        }
    }

    #[test]
    fn names_each_reason() {
        use TextError as E;
        for (text, reason) in [
            ("", E::NotOurs),
            ("RX", E::NotOurs),
            ("RX2MZXW6YTBOI", E::NotOurs),
            ("https://example.org/RX1", E::NotOurs),
            ("RX1MZXW6YTBO1", E::Symbol),
            ("RX1MZXW6YTBO=", E::Symbol),
            ("RX1MZXW6YTBOÑ", E::Symbol),
            ("RX1MZXW6Y", E::Incomplete),
            ("RX1MZXW6YTBOJ", E::NotCanonical),
        ] {
            assert_eq!(decode(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn too_long() {
        let largest = vec![0; (MAX_CHARS - 3) * 5 / 8];
        let text = encode(&largest).unwrap();
        assert!(text.len() <= MAX_CHARS);
        assert_eq!(decode(&text), Ok(largest));
        assert_eq!(encode(&[0; MAX_CHARS * 5 / 8]), Err(TextError::TooLong));
        let longer = format!("RX1{}", "A".repeat(MAX_CHARS - 2));
        assert_eq!(decode(&longer), Err(TextError::TooLong));
        assert_eq!(
            decode(&" ".repeat(MAX_INPUT_LEN + 1)),
            Err(TextError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let text = encode(&bytes).unwrap();
            prop_assert_eq!(decode(&text.to_lowercase()), Ok(bytes));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "(RX1)?.{0,60}") {
            if let Ok(bytes) = decode(&text) {
                let compact: String = text.split_whitespace().collect();
                prop_assert_eq!(encode(&bytes).unwrap(), compact.to_ascii_uppercase());
            }
        }
    }
}
