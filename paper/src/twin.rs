//! A document for people and the file that says the same to machines, bound by a digest.

use sha2::{Digest, Sha256};

/// The document twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// PDF 1.7, on Letter paper.
    pub pdf: Vec<u8>,
    /// RFC 4180, as [`crate::csv`] writes it.
    pub csv: Vec<u8>,
    /// SHA-256 of the CSV, in hexadecimal, as the PDF prints it.
    pub csv_sha256: String,
}

/// SHA-256 of a file, in lower-case hexadecimal: what `sha256sum` prints.
#[must_use]
pub fn digest(file: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let halves = |byte: u8| [byte >> 4, byte & 0xf].map(|half| DIGITS[usize::from(half)]);
    Sha256::digest(file)
        .iter()
        .copied()
        .flat_map(halves)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_what_sha256sum_prints() {
        assert_eq!(
            digest(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
