//! Debian packages: what is there, what is missing, and the line that installs it.

use std::path::Path;
use std::process::{Command, Stdio};

/// Something that a command needs on the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Need {
    /// The software token.
    SoftHsm,
    /// A throw-away database cluster for the store's tests.
    Postgres,
    /// The second verifier of the legal signatures.
    OpenSsl,
    /// The second reader of the QR.
    Zbar,
    /// The second verifier of the ledger, with its one library.
    Python,
    /// What makes system calls fail.
    Strace,
    /// The second maker of one-time codes.
    Oathtool,
}

impl Need {
    /// Everything that the tests need.
    pub(crate) const ALL: [Self; 7] = [
        Self::SoftHsm,
        Self::Postgres,
        Self::OpenSsl,
        Self::Zbar,
        Self::Python,
        Self::Strace,
        Self::Oathtool,
    ];

    fn package(self) -> &'static str {
        match self {
            Self::SoftHsm => "softhsm2",
            Self::Postgres => "postgresql",
            Self::OpenSsl => "openssl",
            Self::Zbar => "zbar-tools",
            // Which brings python3.
            Self::Python => "python3-cryptography",
            Self::Strace => "strace",
            Self::Oathtool => "oathtool",
        }
    }

    fn is_there(self) -> bool {
        match self {
            Self::SoftHsm => on_path("softhsm2-util"),
            Self::Postgres => {
                Path::new("/usr/lib/postgresql")
                    .read_dir()
                    .is_ok_and(|mut versions| {
                        versions.any(|v| v.is_ok_and(|v| v.path().join("bin/initdb").exists()))
                    })
            }
            Self::OpenSsl => on_path("openssl"),
            Self::Zbar => on_path("zbarimg"),
            Self::Python => Command::new("/usr/bin/python3")
                .args(["-c", "import cryptography"])
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
            Self::Strace => on_path("strace"),
            Self::Oathtool => on_path("oathtool"),
        }
    }
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// Installs what is missing of `needs`.
///
/// # Errors
/// Not root: the line to run. Otherwise what apt-get said.
pub(crate) fn ensure(needs: &[Need]) -> Result<(), String> {
    let missing: Vec<_> = needs
        .iter()
        .filter(|need| !need.is_there())
        .map(|need| need.package())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !is_root() {
        return Err(format!(
            "Missing Debian packages. Run this line, then the command again:\n\n  \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {packages}\n"
        ));
    }
    eprintln!("▶ apt-get install {packages}");
    apt(&["update", "-qq"])?;
    apt(&[
        &["install", "-y", "-qq", "--no-install-recommends"],
        &missing[..],
    ]
    .concat())
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| String::from_utf8_lossy(&id.stdout).trim() == "0")
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .map_err(|error| format!("cannot start apt-get: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(format!("apt-get {} failed:\n{why}", arguments.join(" ")))
}
