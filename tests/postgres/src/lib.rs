//! A PostgreSQL cluster that lives as long as the test process.
//!
//! [`fresh_database`] starts one cluster per process, in a directory of its own and reachable only
//! through a Unix socket in it, and makes an empty database in it for every call. A shell script
//! stops the cluster and removes the directory when the process ends, however it ends.
//!
//! What this crate does *not* do: skip. Without PostgreSQL a test fails and says what to install.
//! Nothing here is durable (`fsync` is off): crash tests need a cluster of another kind.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Starts the cluster, waits for the end of its standard input, stops the cluster.
const SCRIPT: &str = include_str!("cluster.sh");

/// Where Debian keeps the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("PostgreSQL is not installed: `apt-get install postgresql` (`cargo xtask test` does)")]
    Missing,
    #[error("cannot run `{program}`: {source}")]
    Run {
        program: &'static str,
        source: std::io::Error,
    },
    #[error("PostgreSQL did not start:\n{0}")]
    Start(String),
    #[error("cannot make a database:\n{0}")]
    Create(String),
}

struct Cluster {
    bin: PathBuf,
    /// Holds the socket.
    dir: String,
    /// The script. Its standard input must stay open: it stops the cluster when that closes, which
    /// the kernel sees to when this process ends (a `static` is never dropped).
    _script: Child,
}

/// Makes an empty database and returns its URL, for example
/// `postgres://postgres@localhost/test_3?host=/tmp/throwaway-postgres.Qx7Rz1`.
///
/// The first call starts the cluster (about a second); blocks meanwhile.
///
/// # Panics
/// PostgreSQL is not installed or does not start; the message says what to do.
#[must_use]
#[expect(
    clippy::panic,
    reason = "a test without its database must fail, and say why"
)]
pub fn fresh_database() -> String {
    static CLUSTER: OnceLock<Result<Cluster, StartError>> = OnceLock::new();
    let url = match CLUSTER.get_or_init(Cluster::start) {
        Ok(cluster) => cluster.create_database(),
        Err(error) => panic!("{error}"),
    };
    url.unwrap_or_else(|error| panic!("{error}"))
}

impl Cluster {
    fn start() -> Result<Self, StartError> {
        let bin = newest_bin(Path::new(VERSIONS)).ok_or(StartError::Missing)?;
        let program = "sh";
        let mut script = shell()
            .args(["-c", SCRIPT, "throwaway-postgres"])
            .arg(&bin)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| StartError::Run { program, source })?;
        let mut dir = String::new();
        if let Some(stdout) = script.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut dir)
                .map_err(|source| StartError::Run { program, source })?;
        }
        if dir.pop() != Some('\n') {
            let mut log = String::new();
            if let Some(mut stderr) = script.stderr.take() {
                stderr
                    .read_to_string(&mut log)
                    .map_err(|source| StartError::Run { program, source })?;
            }
            return Err(StartError::Start(log));
        }
        Ok(Self {
            bin,
            dir,
            _script: script,
        })
    }

    fn create_database(&self) -> Result<String, StartError> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let output = Command::new(self.bin.join("createdb"))
            .args([
                "--no-password",
                "--username=postgres",
                "--host",
                &self.dir,
                &name,
            ])
            .env_clear()
            .current_dir("/")
            .output()
            .map_err(|source| StartError::Run {
                program: "createdb",
                source,
            })?;
        if !output.status.success() {
            return Err(StartError::Create(
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ));
        }
        Ok(format!(
            "postgres://postgres@localhost/{name}?host={}",
            self.dir
        ))
    }
}

/// A shell of a user whom PostgreSQL accepts: it refuses to run as root.
fn shell() -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid=postgres",
            "--regid=postgres",
            "--init-groups",
            "--",
            "sh",
        ]);
        command
    } else {
        Command::new("sh")
    };
    // A group of its own: what a terminal or a test runner sends to the group of the test must not
    // end the script before it has stopped the cluster.
    command
        .process_group(0)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/");
    command
}

/// The programs of the newest version under `versions`.
fn newest_bin(versions: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(versions).ok()?;
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            bin.join("initdb").is_file().then_some((version, bin))
        })
        .max()
        .map(|(_, bin)| bin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_to_install() {
        assert_eq!(newest_bin(Path::new("/nonexistent")), None);
        assert!(
            StartError::Missing
                .to_string()
                .contains("apt-get install postgresql")
        );
    }

    #[test]
    fn every_call_makes_another_database_of_the_same_cluster() {
        let (one, other) = (fresh_database(), fresh_database());
        assert_ne!(one, other);
        assert_eq!(one.split("?host=").nth(1), other.split("?host=").nth(1));
    }
}
