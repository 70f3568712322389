//! The witness's Ed25519 key, in a file that only its owner may read.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use ledger::{SoftwareSigner, VerifierKeyError};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::durable::sync_folder_of;

const FILE: &str = "key";
const HEADER: &str = "receta.witness-key/v1";
/// Longer than any key file.
const MAX_BYTES: u64 = 1024;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// `init` never replaces a key: the old one's cosignatures would be worthless.
    #[error("Ya hay una llave en {}; no se reemplaza. Elija otro directorio.", .0.display())]
    Exists(PathBuf),
    /// There is none yet.
    #[error("No hay llave en {}; créela con: witness init --name NOMBRE --dir DIRECTORIO", .0.display())]
    Missing(PathBuf),
    /// Others may read it.
    #[error("Otros usuarios pueden leer el archivo de la llave; corríjalo con: chmod 600 {}", .0.display())]
    Exposed(PathBuf),
    /// The content is not a key's.
    #[error("El archivo {} no es una llave de testigo, o está dañado.", .0.display())]
    Damaged(PathBuf),
    /// The name cannot stand in a signature line.
    #[error("El nombre no sirve: debe ser como testigo.example/unam, sin espacios ni «+» ({0}).")]
    Name(#[from] VerifierKeyError),
    /// The operating system gives no randomness.
    #[error("El sistema operativo no entrega números aleatorios.")]
    NoEntropy,
    /// The operating system refused.
    #[error("No se puede leer o escribir {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
}

/// Draws a key and writes it to a new file.
///
/// # Errors
/// When there is a key already, the name is not one, or the file cannot be written.
pub fn create(directory: &Path, name: &str) -> Result<SoftwareSigner, KeyFileError> {
    let path = directory.join(FILE);
    let failed = |source: io::Error| {
        if source.kind() == io::ErrorKind::AlreadyExists {
            return KeyFileError::Exists(path.clone());
        }
        let path = path.clone();
        KeyFileError::Io { path, source }
    };
    let mut seed = [0; 32];
    let drawn = SystemRandom::new().fill(&mut seed);
    drawn.map_err(|_| KeyFileError::NoEntropy)?;
    let signer = SoftwareSigner::from_seed(name, &seed)?;
    fs::create_dir_all(directory).map_err(failed)?;
    let mut options = File::options();
    let file = options.write(true).create_new(true).mode(0o600).open(&path);
    let mut file = file.map_err(failed)?;
    let content = format!("{HEADER}\n{name}\n{}\n", BASE64.encode(&seed));
    file.write_all(content.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    sync_folder_of(&path).map_err(failed)?;
    Ok(signer)
}

/// Reads the key.
///
/// # Errors
/// When it is missing, damaged, or readable by others.
pub fn load(directory: &Path) -> Result<SoftwareSigner, KeyFileError> {
    let path = directory.join(FILE);
    let failed = |source: io::Error| {
        if source.kind() == io::ErrorKind::NotFound {
            return KeyFileError::Missing(path.clone());
        }
        let path = path.clone();
        KeyFileError::Io { path, source }
    };
    let file = File::open(&path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed(path));
    }
    let mut content = String::new();
    let read = file.take(MAX_BYTES).read_to_string(&mut content);
    read.map_err(failed)?;
    parse(&content).ok_or(KeyFileError::Damaged(path))
}

fn parse(content: &str) -> Option<SoftwareSigner> {
    let rest = content.strip_suffix('\n')?.strip_prefix(HEADER)?;
    let (name, seed) = rest.strip_prefix('\n')?.split_once('\n')?;
    let seed: [u8; 32] = BASE64.decode(seed.as_bytes()).ok()?.try_into().ok()?;
    SoftwareSigner::from_seed(name, &seed).ok()
}

#[cfg(test)]
mod tests {
    use ledger::NoteSigner as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("witness");
        assert!(matches!(load(&directory), Err(KeyFileError::Missing(_))));
        let made = create(&directory, "witness.example/unam").unwrap();
        let file = directory.join(FILE);
        let permissions = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(permissions & 0o777, 0o600);
        let loaded = load(&directory).unwrap();
        assert_eq!(loaded.verifier_key(), made.verifier_key());
        let again = create(&directory, "witness.example/unam");
        assert!(matches!(again, Err(KeyFileError::Exists(_))), "{again:?}");

        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(load(&directory), Err(KeyFileError::Exposed(_))));
    }

    #[test]
    fn keys_differ_and_damage_is_noticed() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = create(one.path(), "a").unwrap();
        let second = create(other.path(), "a").unwrap();
        assert_ne!(first.verifier_key(), second.verifier_key());
        let file = one.path().join(FILE);
        let content = fs::read_to_string(&file).unwrap();
        for damaged in [
            "",
            &content[1..],
            &content[..content.len() - 2],
            &content.replace("\na\n", "\na b\n"),
            &content.replace("v1", "v2"),
        ] {
            fs::write(&file, damaged).unwrap();
            let refused = load(one.path());
            assert!(
                matches!(refused, Err(KeyFileError::Damaged(_))),
                "{damaged}"
            );
        }
        let unnamed = create(&one.path().join("x"), "a b");
        assert!(matches!(unnamed, Err(KeyFileError::Name(_))), "{unnamed:?}");
    }
}
