//! Talking with the people in the room, and PINs that nobody sees.

use std::fmt::Display;
use std::io::{BufRead, IsTerminal, Write};

use hsm::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::error::CeremonyError;

/// The terminal, or a pipe in a rehearsal.
pub(crate) struct Dialogue {
    input: std::io::Stdin,
    output: std::io::Stdout,
}

impl Dialogue {
    pub(crate) fn with_the_terminal() -> Self {
        Self {
            input: std::io::stdin(),
            output: std::io::stdout(),
        }
    }

    /// False when PINs come out of a pipe: a rehearsal, and the minutes say so.
    pub(crate) fn is_terminal(&self) -> bool {
        self.input.is_terminal()
    }

    pub(crate) fn say(&mut self, text: &str) -> Result<(), CeremonyError> {
        writeln!(self.output, "{text}").map_err(CeremonyError::Terminal)
    }

    /// Asks `who` for a PIN, which is not echoed.
    pub(crate) fn pin(&mut self, who: &str, which: &str) -> Result<Secret, CeremonyError> {
        write!(
            self.output,
            "\n{who}, teclee su {which} (no se ve) y Entrar: "
        )
        .and_then(|()| self.output.flush())
        .map_err(CeremonyError::Terminal)?;
        let mut line = String::new();
        {
            let _silence = Silence::begin(&self.input)?;
            let read = self.input.lock().read_line(&mut line);
            read.map_err(CeremonyError::Terminal)?;
        }
        self.say("")?;
        let pin = line.trim_end_matches(['\r', '\n']);
        if pin.is_empty() {
            return Err(CeremonyError::NoPin);
        }
        let length = pin.len();
        // The same allocation goes on as the secret, and is wiped with it.
        line.truncate(length);
        Ok(Secret::new(line))
    }

    /// Says why the ceremony stopped. There is nobody else to tell when that fails.
    pub(crate) fn complain(error: &impl Display) {
        let mut to = std::io::stderr();
        drop(writeln!(to, "\nSE DETIENE: {error}"));
    }
}

/// No echo until it is dropped, also when reading fails.
struct Silence<'a> {
    input: &'a std::io::Stdin,
    before: Option<Termios>,
}

impl<'a> Silence<'a> {
    fn begin(input: &'a std::io::Stdin) -> Result<Self, CeremonyError> {
        if !input.is_terminal() {
            return Ok(Self {
                input,
                before: None,
            });
        }
        let failed = |error: rustix::io::Errno| CeremonyError::Terminal(error.into());
        let before = tcgetattr(input).map_err(failed)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // Flush: what was typed before the question is not the answer.
        tcsetattr(input, OptionalActions::Flush, &silent).map_err(failed)?;
        Ok(Self {
            input,
            before: Some(before),
        })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // A terminal that is gone needs no echo.
            tcsetattr(self.input, OptionalActions::Now, before).unwrap_or_default();
        }
    }
}
