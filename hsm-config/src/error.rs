//! Why a development token could not be made.

use std::path::PathBuf;

/// Why [`crate::SoftHsm::create`] could not hand out a token.
#[derive(Debug, thiserror::Error)]
pub enum SoftHsmError {
    /// No `libsofthsm2.so` in any known place.
    #[error("the SoftHSM module libsofthsm2.so is not installed; run: apt-get install softhsm2")]
    ModuleMissing,
    /// `softhsm2-util` is not on the path.
    #[error("softhsm2-util is not installed; run: apt-get install softhsm2")]
    UtilityMissing,
    /// `softhsm2-util` ran and refused.
    #[error("softhsm2-util {action} failed ({status}): {output}")]
    Utility {
        /// The option it was called with, for example `--init-token`.
        action: &'static str,
        /// Its exit status.
        status: std::process::ExitStatus,
        /// What it wrote to standard error.
        output: String,
    },
    /// A label SoftHSM would truncate or that cannot be matched again.
    #[error("the token label must have 1 to 32 characters out of A-Z a-z 0-9 . _ -")]
    BadLabel,
    /// The directory is not one line of UTF-8, so it cannot be written into `softhsm2.conf`.
    #[error("the token directory {0} cannot be written into softhsm2.conf; choose a plain path")]
    BadDirectory(PathBuf),
    /// The directory already holds a token with another label.
    #[error("{directory} already holds the token {found:?}; choose another directory")]
    OtherToken {
        /// The directory asked for.
        directory: PathBuf,
        /// The label it was made with.
        found: String,
    },
    /// The token is there and its PIN file is not.
    #[error(
        "the token in {0} exists but user.pin or so.pin is missing; restore the file, or delete \
         the directory to start with a new token (its keys are lost)"
    )]
    PinMissing(PathBuf),
    /// The clone's label is taken.
    #[error("there is a token {0:?} already; choose another label")]
    TokenThere(String),
    /// No token has that label.
    #[error("there is no token {0:?} in this directory")]
    NoSuchToken(String),
    /// Another version of SoftHSM writes its records in another way.
    #[error("{0} is not the record of a SoftHSM 2.6 token; clone it by hand (README.md)")]
    RecordUnknown(PathBuf),
    /// Reading or writing the token directory failed.
    #[error("{path}: {source}")]
    Io {
        /// The file or directory concerned.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl SoftHsmError {
    /// For `map_err`: attaches the path an I/O error belongs to.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
