//! A pharmacy's counter: the real `pharmacy-agent`, run as a program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::Result;
use rustix::process::Signal;

use crate::configuration;
use crate::processes::{Server, program, run};

/// One counter of the world.
pub struct Counter {
    program: PathBuf,
    config: PathBuf,
}

/// What a counter's command answered.
#[derive(Debug)]
pub struct Said {
    /// Whether it did what was asked.
    pub success: bool,
    /// Exit code, if it ended by itself.
    pub code: Option<i32>,
    /// What it wrote, standard error after standard output.
    pub text: String,
}

impl Counter {
    pub(crate) fn new(world: &Path, number: u8) -> Result<Self> {
        let config = world.join(configuration::counter_file(number));
        anyhow::ensure!(config.is_file(), "there is no counter {number}");
        Ok(Self {
            program: program("pharmacy-agent")?,
            config,
        })
    }

    /// `pharmacy-agent` with this counter's configuration; the subcommand is the caller's.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(&self.config);
        command
    }

    /// Runs a subcommand to its end.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run<I, S>(&self, arguments: I) -> Result<Said>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<std::ffi::OsStr>,
    {
        Ok(Said::of(&run(self.command().args(arguments))?))
    }

    /// The counter's configuration file.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Starts the counter's screen.
    ///
    /// # Errors
    /// It does not start; the end of its log.
    pub fn serve<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Server> {
        let log = self.config.with_file_name("log.jsonl");
        Server::start_stopped_by(
            self.command().arg("serve").args(arguments),
            &log,
            Signal::INT,
        )
    }
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Self {
            success: output.status.success(),
            code: output.status.code(),
            text,
        }
    }

    /// The last line: where a refusal says why.
    #[must_use]
    pub fn last_line(&self) -> String {
        self.text
            .trim_end()
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned()
    }
}
