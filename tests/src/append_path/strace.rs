//! Running a program under `strace`, which makes one of its system calls fail or kills it there.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

/// A program that takes longer waits for something that a fault took away.
const PATIENCE: Duration = Duration::from_mins(1);

/// What happens at a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is not executed, and returns EIO.
    Eio,
    /// The process is killed with SIGKILL as it enters it.
    Kill,
}

impl Fault {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Eio, Self::Kill];
}

/// A fault at one place. `strace` counts the calls of each thread by itself: an EIO may hit several
/// threads once each, a SIGKILL hits the first that gets there.
#[derive(Clone, Copy, Debug)]
pub struct Injection {
    /// The system call.
    pub syscall: &'static str,
    /// What happens.
    pub fault: Fault,
    /// At which call of a thread, counted from 1.
    pub place: u64,
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            Fault::Eio => "error=EIO",
            Fault::Kill => "signal=KILL",
        };
        write!(f, "inject={}:{what}:when={}", self.syscall, self.place)
    }
}

/// What a run came to.
#[derive(Debug)]
pub(super) struct Run {
    /// Standard output.
    pub(super) said: String,
    /// Standard error.
    pub(super) complained: String,
    pub(super) status: ExitStatus,
    /// Whether the fault happened.
    pub(super) hit: bool,
}

/// Why `strace` cannot trace on this machine, if it cannot.
///
/// # Errors
/// Its own words.
pub fn is_permitted() -> Result<(), String> {
    let traced = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .output();
    let output = traced.map_err(|error| format!("strace: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Runs the program, under `injection` if there is one. `scratch` is a folder for what it leaves.
///
/// # Errors
/// It does not start, or does not end.
pub(super) fn run(
    program: &mut Command,
    injection: Option<Injection>,
    scratch: &Path,
) -> Result<Run> {
    let trace = scratch.join("trace");
    let Some(injection) = injection else {
        return finish(program, scratch, |_| Ok(false));
    };
    let of = format!("trace={}", injection.syscall);
    let mut command = traced(program, &trace, &of);
    command.args(["-e", &injection.to_string(), "--"]);
    command.arg(program.get_program()).args(program.get_args());
    finish(&mut command, scratch, |status| match injection.fault {
        Fault::Kill => Ok(status.signal() == Some(Signal::KILL.as_raw())),
        Fault::Eio => Ok(fs::read_to_string(&trace)?.contains("(INJECTED)")),
    })
}

/// How often the busiest thread of the program makes each of these calls.
///
/// # Errors
/// It does not end well.
pub(super) fn count_calls(
    program: &mut Command,
    syscalls: &[&str],
    scratch: &Path,
) -> Result<BTreeMap<String, u64>> {
    let trace = scratch.join("trace");
    let of = format!("trace={}", syscalls.join(","));
    let mut command = traced(program, &trace, &of);
    command
        .arg("--")
        .arg(program.get_program())
        .args(program.get_args());
    let run = finish(&mut command, scratch, |_| Ok(false))?;
    if !run.status.success() {
        bail!("without a fault: {}", run.complained);
    }
    let mut by_thread: HashMap<(&str, &str), u64> = HashMap::new();
    let trace = fs::read_to_string(&trace)?;
    for line in trace.lines() {
        // `<thread> <call>(…`; the second half of an interrupted line begins with `<...`.
        let thread_and_call = line.split_once(' ').and_then(|(thread, rest)| {
            let (call, _) = rest.trim_start().split_once('(')?;
            Some((thread, call))
        });
        if let Some(found) = thread_and_call {
            *by_thread.entry(found).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, call), count) in by_thread {
        let known: &mut u64 = most.entry(call.to_owned()).or_default();
        *known = count.max(*known);
    }
    Ok(most)
}

/// `strace` before the program's name. Without `--seccomp-bpf`, which would be quicker: `strace` 6.1
/// then injects a signal at the first call only.
fn traced(program: &Command, trace: &Path, of: &str) -> Command {
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-o"])
        .arg(trace)
        .args(["-e", of]);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

fn finish(
    command: &mut Command,
    scratch: &Path,
    hit: impl FnOnce(ExitStatus) -> Result<bool>,
) -> Result<Run> {
    let complaints = scratch.join("stderr");
    let mut child = command
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&complaints)?)
        .spawn()
        .context("the program does not start")?;
    let outcome = wait(&mut child);
    let complained = fs::read_to_string(&complaints)?;
    let (said, status) = outcome.with_context(|| complained.clone())?;
    Ok(Run {
        said,
        complained,
        status,
        hit: hit(status)?,
    })
}

/// Everything that it says, and how it ends; one that does not end is killed, with all it started.
fn wait(child: &mut Child) -> Result<(String, ExitStatus)> {
    let mut pipe = child.stdout.take().context("no pipe")?;
    let (ended, end) = channel::<()>();
    let group = Pid::from_child(child);
    let watchdog = thread::spawn(move || {
        let waited = end.recv_timeout(PATIENCE);
        let too_long = waited == Err(RecvTimeoutError::Timeout);
        if too_long && kill_process_group(group, Signal::KILL).is_err() {
            // It ended a moment ago.
        }
        too_long
    });
    let mut said = Vec::new();
    let read = pipe.read_to_end(&mut said);
    let status = child.wait()?;
    drop(ended);
    if watchdog.join().unwrap_or(true) {
        bail!("the program does not end");
    }
    read?;
    Ok((String::from_utf8_lossy(&said).into_owned(), status))
}
