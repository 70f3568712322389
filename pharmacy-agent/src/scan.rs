//! Scan: an image file, or what a keyboard-wedge scanner typed, becomes the text of a QR.

use std::io::Read;
use std::path::{Path, PathBuf};

use signing::qr::image_reader::{ImageReadError, MAX_FILE_LEN, read_image};
use signing::qr::text::PREFIX;

use crate::wedge::is_typed;

/// Nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The file cannot be read.
    #[error("No se puede leer {path}: {source}.")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No QR in the image.
    #[error("{}", .0.in_spanish())]
    Image(#[from] ImageReadError),
    /// Neither an image nor text.
    #[error("La entrada no es una imagen PNG o JPEG ni el texto de un código QR.")]
    Unreadable,
}

/// The text of the QR in `input`: a text that starts with `RX1`, the path of an image, or `-` for
/// either of them on standard input.
///
/// # Errors
/// [`ScanError`].
pub fn scan(input: &str) -> Result<String, ScanError> {
    if input == "-" {
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_FILE_LEN)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
        read.map_err(|source| in_file(Path::new("-"), source))?;
        return scan_bytes(&bytes);
    }
    if starts_like_a_qr(input) {
        return Ok(compact(input));
    }
    let path = Path::new(input);
    let size = std::fs::metadata(path)
        .map_err(|source| in_file(path, source))?
        .len();
    if size > u64::try_from(MAX_FILE_LEN).unwrap_or(u64::MAX) {
        return Err(ImageReadError::TooLarge.into());
    }
    scan_bytes(&std::fs::read(path).map_err(|source| in_file(path, source))?)
}

/// The text of the QR in the bytes of an image or a text.
///
/// # Errors
/// [`ScanError`].
pub fn scan_bytes(bytes: &[u8]) -> Result<String, ScanError> {
    match read_image(bytes) {
        Err(ImageReadError::UnknownFormat) => {
            let text = std::str::from_utf8(bytes).map_err(|_| ScanError::Unreadable)?;
            let text = compact(text.trim_matches(char::is_control));
            let readable = !text.is_empty() && !text.contains(char::is_control);
            readable.then_some(text).ok_or(ScanError::Unreadable)
        }
        read => Ok(compact(&read?)),
    }
}

fn starts_like_a_qr(input: &str) -> bool {
    let start = input.trim_start().as_bytes().get(..PREFIX.len());
    let starts = start.is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()));
    (starts || is_typed(input)) && !Path::new(input).exists()
}

/// Without white space and in capitals, as the QR has it: scanners add line ends and lower case.
#[must_use]
pub fn compact(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_whitespace());
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

fn in_file(path: &Path, source: std::io::Error) -> ScanError {
    ScanError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use signing::qr::QrSymbol;

    use super::*;
    use crate::fixture;

    #[test]
    fn an_image_and_a_scanner_give_the_same_text() {
        let text = fixture::qr(&fixture::payload());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receta.png");
        let png = QrSymbol::draw(&text).unwrap().to_png(4).unwrap();
        std::fs::write(&path, png).unwrap();
        assert_eq!(scan(path.to_str().unwrap()).unwrap(), text);
        let typed = format!(" {}\r\n", text.to_lowercase());
        assert_eq!(scan(&typed).unwrap(), text);
        assert_eq!(scan_bytes(typed.as_bytes()).unwrap(), text);
    }

    #[test]
    fn each_reason_is_one_spanish_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("blank.png"), b"\x89PNG\r\n\x1a\n").unwrap();
        std::fs::write(path("binary"), [0xff, 0xfe, 0x00]).unwrap();
        std::fs::write(path("empty"), "").unwrap();
        for (input, said) in [
            (path("missing.png"), "missing.png"),
            (path("blank.png"), "dañada"),
            (path("binary"), "ni el texto"),
            (path("empty"), "ni el texto"),
        ] {
            let message = scan(&input).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
            assert!(!message.contains('\n'));
        }
    }
}
