//! The programs of the workspace as child processes: found, run, watched, and never left behind.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

/// Time that a program has to say that it is ready.
const START: Duration = Duration::from_mins(1);
/// Time that a program has to end after it was asked to.
const FAREWELL: Duration = Duration::from_secs(20);

/// Children that are alive, for [`kill_all`].
static CHILDREN: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The folder with the workspace's programs: the one this program lies in, or its parent for a test.
///
/// # Errors
/// The program is not built.
pub fn program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|p| p.is_file());
    found.with_context(|| {
        format!("the program `{name}` is not built; run: cargo build -p rx-service -p pharmacy-agent -p auditor -p witness")
    })
}

/// Ends every child with SIGINT, as the terminal would, and makes [`interrupted`] true. For Ctrl-C: the main thread then
/// finds its child gone, and unwinds.
pub fn kill_all() {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let children = CHILDREN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    for child in children {
        if kill_process(child, Signal::INT).is_err() {
            // It ended a moment ago, which is what was wanted.
        }
    }
}

/// Whether the person asked to stop.
#[must_use]
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// A child that ends with its owner.
struct Guarded {
    child: Child,
    pid: Pid,
}

impl Guarded {
    /// Starts `command` in a process group of its own, so that Ctrl-C reaches us first.
    fn spawn(command: &mut Command) -> Result<Self> {
        ensure!(!interrupted(), "interrupted");
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let pid = i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .context("process id")?;
        CHILDREN
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(pid);
        Ok(Self { child, pid })
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(self.pid, signal)?)
    }

    /// Waits for the end, at most `patience`.
    fn wait(&mut self, patience: Duration) -> Result<bool> {
        let started = Instant::now();
        while started.elapsed() < patience {
            if self.child.try_wait()?.is_some() {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(false)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            // Nothing more can be done about a child that cannot be killed.
            drop(self.child.kill());
            drop(self.child.wait());
        }
        let mut children = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
        children.retain(|child| *child != self.pid);
    }
}

/// Runs a program to its end. An exit code other than zero is no error here.
///
/// # Errors
/// It cannot be started.
pub fn run(command: &mut Command) -> Result<Output> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut guarded = Guarded::spawn(command)?;
    let stdout = drain(guarded.child.stdout.take());
    let stderr = drain(guarded.child.stderr.take());
    let status = guarded.child.wait()?;
    let joined = |thread: std::thread::JoinHandle<Vec<u8>>| thread.join().unwrap_or_default();
    Ok(Output {
        status,
        stdout: joined(stdout),
        stderr: joined(stderr),
    })
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe
            && pipe.read_to_end(&mut bytes).is_err()
        {
            // What was read until then is what there is.
        }
        bytes
    })
}

/// Runs a program that must succeed; its standard output.
///
/// # Errors
/// What it wrote to standard error.
pub fn run_ok(command: &mut Command) -> Result<String> {
    let output = run(command)?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{} failed ({}):\n{}",
            describe(command),
            output.status,
            why.trim()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy());
    std::iter::once(program.to_string_lossy())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A program that serves until it is stopped. Dropping it kills it.
pub struct Server {
    guarded: Guarded,
    log: PathBuf,
    lines: Receiver<String>,
    stop_signal: Signal,
}

impl Server {
    /// Starts `command`, with standard error appended to `log`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        Self::start_stopped_by(command, log, Signal::TERM)
    }

    /// The same for a program that stops gracefully at another signal than SIGTERM.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) fn start_stopped_by(
        command: &mut Command,
        log: &Path,
        stop_signal: Signal,
    ) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file);
        let mut guarded = Guarded::spawn(command)?;
        let (sender, lines) = channel();
        if let Some(stdout) = guarded.child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    // Nobody listens any more once the server is ready: keep the pipe empty.
                    drop(sender.send(line));
                }
            });
        }
        Ok(Self {
            guarded,
            log: log.to_owned(),
            lines,
            stop_signal,
        })
    }

    /// Waits for the line that starts with `prefix`; what follows it.
    ///
    /// # Errors
    /// The program ended, or said nothing in time; with the end of its log.
    pub fn wait_for_line(&mut self, prefix: &str) -> Result<String> {
        let started = Instant::now();
        loop {
            match self.lines.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(prefix) {
                        return Ok(rest.trim().to_owned());
                    }
                }
                Err(RecvTimeoutError::Timeout) if started.elapsed() < START => {}
                Err(_) => bail!(
                    "the program did not become ready. End of its log:\n{}",
                    self.log_tail()
                ),
            }
        }
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.guarded.child.id()
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// The operating system does not say.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.guarded.child.try_wait()?.is_none())
    }

    /// Stops it gracefully (SIGTERM, or whatever the program listens to).
    ///
    /// # Errors
    /// It does not stop within 20 seconds, or ends with an error.
    pub fn stop(mut self) -> Result<()> {
        self.guarded.signal(self.stop_signal)?;
        ensure!(
            self.guarded.wait(FAREWELL)?,
            "the program did not stop when asked"
        );
        let status = self.guarded.child.wait()?;
        ensure!(
            status.success(),
            "stopped with {status}. End of its log:\n{}",
            self.log_tail()
        );
        Ok(())
    }

    /// Kills it in mid-run (SIGKILL), as a power cut would.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn kill(mut self) -> Result<()> {
        self.guarded.child.kill()?;
        self.guarded.child.wait()?;
        Ok(())
    }

    /// The last lines of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    fn log() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        (folder, path)
    }

    #[test]
    fn a_failure_shows_what_the_program_said() {
        assert_eq!(run_ok(&mut shell("echo yes")).unwrap(), "yes\n");
        let error = run_ok(&mut shell("echo nope >&2; exit 3"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("nope") && error.contains('3'), "{error}");
    }

    #[test]
    fn a_server_is_ready_when_it_says_so_and_stops_when_asked() {
        let (_folder, log) = log();
        let script = "trap 'exit 0' TERM; echo hello; echo listening on 127.0.0.1:9; \
                      while true; do sleep 0.05; done";
        let mut server = Server::start(&mut shell(script), &log).unwrap();
        assert_eq!(
            server.wait_for_line("listening on ").unwrap(),
            "127.0.0.1:9"
        );
        assert!(server.is_running().unwrap());
        server.stop().unwrap();
    }

    #[test]
    fn a_server_that_dies_at_once_shows_its_log() {
        let (_folder, log) = log();
        let mut server = Server::start(&mut shell("echo broken key >&2; exit 1"), &log).unwrap();
        let error = server
            .wait_for_line("listening on ")
            .unwrap_err()
            .to_string();
        assert!(error.contains("broken key"), "{error}");
    }

    #[test]
    fn dropping_a_server_kills_it() {
        let (_folder, log) = log();
        let server = Server::start(&mut shell("exec sleep 600"), &log).unwrap();
        let pid = Pid::from_raw(i32::try_from(server.pid()).unwrap()).unwrap();
        drop(server);
        assert!(rustix::process::test_kill_process(pid).is_err());
    }
}
