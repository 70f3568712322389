//! One SoftHSM token in one directory.

use std::fmt;
use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::SoftHsmError;
use crate::backup;
use crate::install::locate_module;
use crate::pin::{create_pin, read_pin};

/// The environment variable SoftHSM reads at `C_Initialize`: the path of its `softhsm2.conf`.
pub const CONF_VARIABLE: &str = "SOFTHSM2_CONF";

/// Copies of the token's own record.
const COPIES: &str = "token-records";

/// PKCS#11 pads token labels to 32 bytes.
const LABEL_MAX: usize = 32;

/// A development token: everything a program needs to open it.
///
/// Layout of the directory (mode 0700): `softhsm2.conf`, `tokens/` (SoftHSM's own),
/// `token-records/`, `label`, `user.pin` and `so.pin` (mode 0600).
#[derive(Clone)]
pub struct SoftHsm {
    directory: PathBuf,
    module: PathBuf,
    label: String,
    pin: String,
}

impl fmt::Debug for SoftHsm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftHsm")
            .field("directory", &self.directory)
            .field("module", &self.module)
            .field("label", &self.label)
            .field("pin", &"<redacted>")
            .finish()
    }
}

impl SoftHsm {
    /// Makes the token `label` in `directory`, or reuses the one a previous call made there.
    /// Two processes may call this for one directory at the same time: a lock file makes the
    /// second wait and reuse.
    ///
    /// # Errors
    /// [`SoftHsmError`], one variant per reason; a missing installation names the Debian package.
    pub fn create(directory: &Path, label: &str) -> Result<Self, SoftHsmError> {
        check_label(label)?;
        let module = locate_module()?;
        create_private_directory(directory)?;
        let directory = directory
            .canonicalize()
            .map_err(SoftHsmError::io(directory))?;
        // Held until the token is ready; closing the file releases it.
        let _lock = lock(&directory)?;
        create_private_directory(&directory.join("tokens"))?;
        write_conf(&directory)?;
        claim_label(&directory, label)?;
        let copies = directory.join(COPIES);
        create_private_directory(&copies)?;
        // First of all: a token without a name would be taken for a missing one.
        backup::restore(&directory.join("tokens"), &copies)?;
        let pin = ready_token(&directory, label)?;
        backup::keep(&directory.join("tokens"), &copies)?;
        Ok(Self {
            directory,
            module,
            label: label.to_owned(),
            pin,
        })
    }

    /// Mends what a process that was killed while it logged in may have left: call before starting
    /// a program again.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn mend(&self) -> Result<(), SoftHsmError> {
        backup::restore(&self.tokens_dir(), &self.directory.join(COPIES))
    }

    /// Keeps a copy of the record of each token that has none yet.
    pub(crate) fn keep_records(&self) -> Result<(), SoftHsmError> {
        backup::keep(&self.tokens_dir(), &self.directory.join(COPIES))
    }

    /// SoftHSM's configuration file; the value [`CONF_VARIABLE`] must have.
    #[must_use]
    pub fn conf_path(&self) -> PathBuf {
        self.directory.join("softhsm2.conf")
    }

    /// The directory in which SoftHSM keeps its objects. Tests move it away to play a dead token.
    #[must_use]
    pub fn tokens_dir(&self) -> PathBuf {
        self.directory.join("tokens")
    }

    /// The file that holds the user PIN (mode 0600), for programs that take a path.
    #[must_use]
    pub fn pin_file(&self) -> PathBuf {
        self.directory.join("user.pin")
    }

    /// The PKCS#11 module (`libsofthsm2.so`).
    #[must_use]
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The token's label (`CK_TOKEN_INFO.label`).
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The user PIN. A secret, even if only of a development token: do not log it.
    #[must_use]
    pub fn pin(&self) -> &str {
        &self.pin
    }

    /// The security officer's PIN, for a key ceremony on a development token.
    ///
    /// # Errors
    /// [`SoftHsmError::PinMissing`] when `so.pin` is gone.
    pub fn so_pin(&self) -> Result<String, SoftHsmError> {
        read_pin(&self.directory.join("so.pin"))?
            .ok_or_else(|| SoftHsmError::PinMissing(self.directory.clone()))
    }

    /// The variable to set on a process that is to use this token:
    /// `command.envs([softhsm.environment()])`.
    #[must_use]
    pub fn environment(&self) -> (&'static str, PathBuf) {
        (CONF_VARIABLE, self.conf_path())
    }
}

pub(crate) fn check_label(label: &str) -> Result<(), SoftHsmError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if label.is_empty() || label.len() > LABEL_MAX || !label.chars().all(plain) {
        return Err(SoftHsmError::BadLabel);
    }
    Ok(())
}

fn create_private_directory(path: &Path) -> Result<(), SoftHsmError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(SoftHsmError::io(path))
}

fn lock(directory: &Path) -> Result<File, SoftHsmError> {
    let path = directory.join(".lock");
    let file = File::create(&path).map_err(SoftHsmError::io(&path))?;
    file.lock().map_err(SoftHsmError::io(&path))?;
    Ok(file)
}

fn write_conf(directory: &Path) -> Result<(), SoftHsmError> {
    let tokens = directory.join("tokens");
    let tokens = tokens
        .to_str()
        .filter(|path| !path.contains(['\n', '\r']))
        .ok_or_else(|| SoftHsmError::BadDirectory(directory.to_owned()))?;
    let text = format!(
        "directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n\
         slots.removable = false\n"
    );
    let path = directory.join("softhsm2.conf");
    std::fs::write(&path, text).map_err(SoftHsmError::io(&path))
}

/// The file `label` says which token this directory is for; the first call decides.
fn claim_label(directory: &Path, label: &str) -> Result<(), SoftHsmError> {
    let path = directory.join("label");
    match std::fs::read_to_string(&path) {
        Ok(found) if found == label => Ok(()),
        Ok(found) => Err(SoftHsmError::OtherToken {
            directory: directory.to_owned(),
            found,
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::write(&path, label).map_err(SoftHsmError::io(&path))
        }
        Err(error) => Err(SoftHsmError::io(&path)(error)),
    }
}

/// Returns the user PIN of an initialised token.
///
/// The PINs reach the disk before the token is initialised: a crash between the two leaves PINs
/// without a token, which the next call initialises with those same PINs. The reverse, a token
/// whose PIN nobody knows, cannot happen.
fn ready_token(directory: &Path, label: &str) -> Result<String, SoftHsmError> {
    let (user_file, so_file) = (directory.join("user.pin"), directory.join("so.pin"));
    let (user_pin, so_pin) = (read_pin(&user_file)?, read_pin(&so_file)?);
    if token_exists(directory, label)? {
        return match (user_pin, so_pin) {
            (Some(user_pin), Some(_)) => Ok(user_pin),
            _ => Err(SoftHsmError::PinMissing(directory.to_owned())),
        };
    }
    let or_create = |pin: Option<String>, file: &Path| pin.map_or_else(|| create_pin(file), Ok);
    let user_pin = or_create(user_pin, &user_file)?;
    let so_pin = or_create(so_pin, &so_file)?;
    // The PINs are visible in the process list for these milliseconds. Acceptable for a
    // development token only; a real token is initialised with its vendor's tool (README.md).
    let arguments = [
        "--free", "--label", label, "--so-pin", &so_pin, "--pin", &user_pin,
    ];
    softhsm2_util(directory, "--init-token", &arguments)?;
    Ok(user_pin)
}

fn token_exists(directory: &Path, label: &str) -> Result<bool, SoftHsmError> {
    let listing = softhsm2_util(directory, "--show-slots", &[])?;
    Ok(listing
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Label:"))
        .any(|found| found.trim() == label))
}

/// Runs `softhsm2-util action arguments…` on this directory's tokens; returns its output.
fn softhsm2_util(
    directory: &Path,
    action: &'static str,
    arguments: &[&str],
) -> Result<String, SoftHsmError> {
    let program = Path::new("softhsm2-util");
    let output = Command::new(program)
        .arg(action)
        .args(arguments)
        .env(CONF_VARIABLE, directory.join("softhsm2.conf"))
        .output()
        .map_err(|error| {
            if error.kind() == ErrorKind::NotFound {
                SoftHsmError::UtilityMissing
            } else {
                SoftHsmError::io(program)(error)
            }
        })?;
    if !output.status.success() {
        return Err(SoftHsmError::Utility {
            action,
            status: output.status,
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
