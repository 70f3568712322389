//! Random PINs, kept in files only their owner can read.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use data_encoding::BASE32_NOPAD;

use crate::SoftHsmError;

/// 20 random bytes: 32 base32 characters, 160 bits.
const PIN_ENTROPY_BYTES: usize = 20;

/// Reads the PIN kept at `path`; `None` when there is none yet.
pub(crate) fn read_pin(path: &Path) -> Result<Option<String>, SoftHsmError> {
    match std::fs::read_to_string(path) {
        Ok(pin) => Ok(Some(pin)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SoftHsmError::io(path)(error)),
    }
}

/// Draws a PIN from the operating system and keeps it at `path` (mode 0600, on disk before this
/// returns, so that no token can exist whose PIN was never written).
pub(crate) fn create_pin(path: &Path) -> Result<String, SoftHsmError> {
    let mut entropy = [0; PIN_ENTROPY_BYTES];
    let source = Path::new("/dev/urandom");
    File::open(source)
        .and_then(|mut file| file.read_exact(&mut entropy))
        .map_err(SoftHsmError::io(source))?;
    let pin = BASE32_NOPAD.encode(&entropy);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| {
            file.write_all(pin.as_bytes())?;
            file.sync_all()
        })
        .map_err(SoftHsmError::io(path))?;
    Ok(pin)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_pin_is_random_private_and_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("user.pin");
        assert!(read_pin(&path).unwrap().is_none());
        let pin = create_pin(&path).unwrap();
        assert_eq!(read_pin(&path).unwrap().as_deref(), Some(pin.as_str()));
        assert_eq!(pin.len(), 32);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = create_pin(&directory.path().join("so.pin")).unwrap();
        assert_ne!(pin, other);
    }

    #[test]
    fn an_existing_pin_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("user.pin");
        create_pin(&path).unwrap();
        assert!(matches!(create_pin(&path), Err(SoftHsmError::Io { .. })));
    }
}
