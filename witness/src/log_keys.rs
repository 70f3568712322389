//! The logs to watch: files with a vkey, or with a whole policy.

use std::path::{Path, PathBuf};
use std::{fs, io};

use ledger::{Policy, PolicyError, VerifierKey, VerifierKeyError};

/// Why a file names no log.
#[derive(Debug, thiserror::Error)]
pub enum LogKeysError {
    /// It cannot be read.
    #[error("No se puede leer {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// One line, but no vkey.
    #[error("El archivo {} no tiene una vkey de un registro: {source}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: VerifierKeyError,
    },
    /// Not a policy.
    #[error("El archivo {} no es una política: {source}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Which line, and what is wrong with it.
        source: PolicyError,
    },
    /// A policy without logs.
    #[error("La política de {} no nombra ningún registro (líneas «log»).", .0.display())]
    NoLog(PathBuf),
}

/// The keys of all files, each once. A log that changes its key has several.
///
/// # Errors
/// The first file that names no log.
pub fn read_all(files: &[PathBuf]) -> Result<Vec<VerifierKey>, LogKeysError> {
    let mut keys = Vec::new();
    for file in files {
        for key in read(file)? {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

fn read(path: &Path) -> Result<Vec<VerifierKey>, LogKeysError> {
    let path_buf = || path.to_owned();
    let text = fs::read_to_string(path).map_err(|source| LogKeysError::Io {
        path: path_buf(),
        source,
    })?;
    // A vkey has no blanks; every line of a policy that says anything does.
    let is_vkey = !text.trim_end().contains([' ', '\t', '\n', '#']);
    if is_vkey {
        let key = text.trim_end().parse();
        return key
            .map(|key| vec![key])
            .map_err(|source| LogKeysError::Key {
                path: path_buf(),
                source,
            });
    }
    let policy = Policy::parse(&text).map_err(|source| LogKeysError::Policy {
        path: path_buf(),
        source,
    })?;
    if policy.logs().is_empty() {
        return Err(LogKeysError::NoLog(path_buf()));
    }
    Ok(policy.logs().iter().map(|log| log.key.clone()).collect())
}

#[cfg(test)]
mod tests {
    use ledger::{NoteSigner as _, SoftwareSigner};

    use super::*;

    #[test]
    fn keys_and_policies_are_read_together() {
        let key = |seed: u8| {
            let signer = SoftwareSigner::from_seed("log.example/receta", &[seed; 32]).unwrap();
            signer.verifier_key().clone()
        };
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let vkey = file("vkey", &format!("{}\n", key(1)));
        let both = format!("# both\nlog {}\nlog {}\nquorum none\n", key(1), key(2));
        let policy = file("policy", &both);
        assert_eq!(read_all(&[vkey, policy]).unwrap(), [key(1), key(2)]);

        let no_key = read_all(&[file("x", "log.example\n")]);
        assert!(
            matches!(no_key, Err(LogKeysError::Key { .. })),
            "{no_key:?}"
        );
        let wrong = read_all(&[file("x", "log x\nquorum none\n")]).unwrap_err();
        assert!(wrong.to_string().contains("line 1"), "{wrong}");
        let no_log = read_all(&[file("x", "quorum none\n")]);
        assert!(matches!(no_log, Err(LogKeysError::NoLog(_))), "{no_log:?}");
        let missing = read_all(&[folder.path().join("missing")]);
        assert!(matches!(missing, Err(LogKeysError::Io { .. })));
    }
}
