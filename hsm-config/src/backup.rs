//! A copy of the token's own record, against SoftHSM's one weak moment.
//!
//! At every login SoftHSM rewrites `token.object` in place: it truncates the file, then writes it. A
//! process that is killed in between leaves a token without a name, and its keys out of reach. What
//! is rewritten are flags, so that the copy made when the token was new serves as well.

use std::fs;
use std::path::Path;

use crate::SoftHsmError;

const RECORD: &str = "token.object";

/// Keeps a copy of each token's record that has none yet.
pub(crate) fn keep(tokens: &Path, copies: &Path) -> Result<(), SoftHsmError> {
    for token in entries(tokens)? {
        let record = tokens.join(&token).join(RECORD);
        let copy = copies.join(&token);
        if record.exists() && !copy.exists() {
            replace(&record, &copy)?;
        }
    }
    Ok(())
}

/// Puts the copy in the place of each record that was cut short. A token whose folder is away is
/// left alone.
pub(crate) fn restore(tokens: &Path, copies: &Path) -> Result<(), SoftHsmError> {
    for token in entries(copies)? {
        let (folder, copy) = (tokens.join(&token), copies.join(&token));
        let record = folder.join(RECORD);
        if folder.is_dir() && length(&record)? != length(&copy)? {
            replace(&copy, &record)?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<std::ffi::OsString>, SoftHsmError> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(SoftHsmError::io(folder)(error)),
    };
    let names = listing.map(|entry| entry.map(|entry| entry.file_name()));
    names
        .filter(|name| {
            name.as_ref()
                .is_ok_and(|name| !name.to_string_lossy().ends_with(".tmp"))
        })
        .collect::<Result<_, _>>()
        .map_err(SoftHsmError::io(folder))
}

/// Length of a file; a file that is not there has none.
fn length(path: &Path) -> Result<Option<u64>, SoftHsmError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SoftHsmError::io(path)(error)),
    }
}

/// Copies beside the target and renames: the target is old or new, never in between.
fn replace(from: &Path, to: &Path) -> Result<(), SoftHsmError> {
    let beside = to.with_extension("tmp");
    fs::copy(from, &beside).map_err(SoftHsmError::io(from))?;
    fs::rename(&beside, to).map_err(SoftHsmError::io(to))
}

#[cfg(test)]
mod tests {
    use crate::SoftHsm;

    #[test]
    fn a_record_that_was_cut_short_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let token = SoftHsm::create(folder.path(), "test").unwrap();
        let only = || {
            let mut tokens = std::fs::read_dir(token.tokens_dir()).unwrap();
            let first = tokens.next().unwrap().unwrap().path();
            assert!(tokens.next().is_none(), "no second token was made");
            first.join("token.object")
        };
        let whole = std::fs::read(only()).unwrap();
        for cut in [0, 1, whole.len() / 2] {
            std::fs::write(only(), &whole[..cut]).unwrap();
            token.mend().unwrap();
            assert_eq!(std::fs::read(only()).unwrap(), whole, "cut at {cut}");
            std::fs::write(only(), &whole[..cut]).unwrap();
            SoftHsm::create(folder.path(), "test").unwrap();
            assert_eq!(std::fs::read(only()).unwrap(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_token_that_is_away_stays_away() {
        let folder = tempfile::tempdir().unwrap();
        let token = SoftHsm::create(folder.path(), "test").unwrap();
        let away = folder.path().join("away");
        std::fs::rename(token.tokens_dir(), &away).unwrap();
        token.mend().unwrap();
        assert!(!token.tokens_dir().exists());
    }
}
