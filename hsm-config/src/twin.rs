//! Cloning a SoftHSM token: the backup of a token that a second HSM would hold.
//!
//! A real HSM clones by its vendor's mechanism. A SoftHSM token is a folder of files, encrypted
//! under keys in its own record, `token.object`: a copy of the folder opens with the same PINs and
//! holds the same keys. Only its name and its serial number must differ, since SoftHSM makes the
//! slot's number out of the serial.

use std::fs;
use std::path::{Path, PathBuf};

use crate::softhsm::check_label;
use crate::{SoftHsm, SoftHsmError};

const RECORD: &str = "token.object";
/// How `CKA_OS_TOKENLABEL` and `CKA_OS_TOKENSERIAL` begin in the record: the attribute, the kind
/// (3: bytes) and the length, 8 bytes each, big-endian.
const LABEL_HEAD: [u64; 3] = [0x8000_5349, 3, 32];
const SERIAL_HEAD: [u64; 3] = [0x8000_534a, 3, 16];

impl SoftHsm {
    /// A second token with the same keys and PINs under another label, in the same place. No
    /// program may have the token open meanwhile.
    ///
    /// # Errors
    /// [`SoftHsmError::BadLabel`], [`SoftHsmError::TokenThere`], [`SoftHsmError::NoSuchToken`],
    /// [`SoftHsmError::RecordUnknown`].
    pub fn clone_token(&self, label: &str) -> Result<(), SoftHsmError> {
        check_label(label)?;
        if find(&self.tokens_dir(), label)?.is_some() {
            return Err(SoftHsmError::TokenThere(label.to_owned()));
        }
        let from = self.folder_of(self.label())?;
        let record = fs::read(from.join(RECORD)).map_err(SoftHsmError::io(&from))?;
        let (record, name) =
            renamed(record, label).ok_or_else(|| SoftHsmError::RecordUnknown(from.join(RECORD)))?;
        // Under a name that SoftHSM does not look at, until it is whole.
        let beside = self.tokens_dir().with_file_name("token-being-cloned");
        if beside.exists() {
            fs::remove_dir_all(&beside).map_err(SoftHsmError::io(&beside))?;
        }
        copy_folder(&from, &beside)?;
        fs::write(beside.join(RECORD), record).map_err(SoftHsmError::io(&beside))?;
        let to = self.tokens_dir().join(name);
        fs::rename(&beside, &to).map_err(SoftHsmError::io(&to))?;
        self.keep_records()
    }

    /// The folder of the token of that label. Tests move it away to play one dead token out of two.
    ///
    /// # Errors
    /// [`SoftHsmError::NoSuchToken`].
    pub fn folder_of(&self, label: &str) -> Result<PathBuf, SoftHsmError> {
        find(&self.tokens_dir(), label)?.ok_or_else(|| SoftHsmError::NoSuchToken(label.to_owned()))
    }
}

fn find(tokens: &Path, label: &str) -> Result<Option<PathBuf>, SoftHsmError> {
    for entry in fs::read_dir(tokens).map_err(SoftHsmError::io(tokens))? {
        let folder = entry.map_err(SoftHsmError::io(tokens))?.path();
        let path = folder.join(RECORD);
        let record = fs::read(&path).map_err(SoftHsmError::io(&path))?;
        let found = field(&record, LABEL_HEAD).and_then(|at| record.get(at..at + 32));
        if found == Some(padded(label).as_slice()) {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

/// The record of the clone, and a name for its folder.
fn renamed(mut record: Vec<u8>, label: &str) -> Option<(Vec<u8>, String)> {
    let at = field(&record, LABEL_HEAD)?;
    record.get_mut(at..at + 32)?.copy_from_slice(&padded(label));
    let at = field(&record, SERIAL_HEAD)?;
    let serial = record.get_mut(at..at + 16)?;
    // Its last digits make the slot's number. Another digit for each letter of the label, so that
    // two clones differ.
    for (index, letter) in label.bytes().enumerate() {
        let digit = serial.get_mut(8 + index % 8)?;
        let value = char::from(*digit).to_digit(16)? + u32::from(letter);
        *digit = u8::try_from(char::from_digit(value % 16, 16)?).ok()?;
    }
    let name = format!("clone-{}", String::from_utf8(serial.to_vec()).ok()?);
    Some((record, name))
}

/// Where the value of the one field with that head begins.
fn field(record: &[u8], head: [u64; 3]) -> Option<usize> {
    let head = head.map(u64::to_be_bytes).concat();
    let mut places = (0..record.len()).filter(|at| record[*at..].starts_with(&head));
    let at = places.next()?;
    places.next().is_none().then_some(at + head.len())
}

fn padded(label: &str) -> Vec<u8> {
    format!("{label:<32}").into_bytes()
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), SoftHsmError> {
    fs::create_dir(to).map_err(SoftHsmError::io(to))?;
    for entry in fs::read_dir(from).map_err(SoftHsmError::io(from))? {
        let entry = entry.map_err(SoftHsmError::io(from))?;
        let target = to.join(entry.file_name());
        fs::copy(entry.path(), &target).map_err(SoftHsmError::io(&target))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_a_second_token() {
        let home = tempfile::tempdir().unwrap();
        let token = SoftHsm::create(home.path(), "receta-one").unwrap();
        token.clone_token("receta-two").unwrap();
        token.clone_token("three").unwrap();
        let folders = ["receta-one", "receta-two", "three"].map(|l| token.folder_of(l).unwrap());
        assert!(folders[0] != folders[1] && folders[1] != folders[2]);
        let slots = std::process::Command::new("softhsm2-util")
            .arg("--show-slots")
            .envs([token.environment()])
            .output()
            .unwrap();
        let slots = String::from_utf8(slots.stdout).unwrap();
        for label in ["receta-one", "receta-two", "three"] {
            let lines = slots
                .lines()
                .filter_map(|l| l.trim().strip_prefix("Label:"));
            assert_eq!(lines.filter(|l| l.trim() == label).count(), 1, "{slots}");
        }
        let again = token.clone_token("receta-two");
        assert!(matches!(again, Err(SoftHsmError::TokenThere(_))));
        let none = token.folder_of("four");
        assert!(matches!(none, Err(SoftHsmError::NoSuchToken(_))));
        // A second run takes the first token, and mends the clone too.
        SoftHsm::create(home.path(), "receta-one").unwrap();
        let record = folders[1].join(RECORD);
        let whole = fs::read(&record).unwrap();
        fs::write(&record, []).unwrap();
        token.mend().unwrap();
        assert_eq!(fs::read(&record).unwrap(), whole);
    }
}
