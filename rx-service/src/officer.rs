//! An officer at the terminal: the one-time code without which the own key signs nothing.

use std::io::{BufRead, Write};

use anyhow::{Context, Result};
use clap::Args;
use prescription::Cedula;
use rx_service::flow::activation::by_code;
use rx_service::office::Office;

/// The officer's second factor.
#[derive(Args)]
pub(crate) struct Otp {
    /// The code that the officer's app shows now; without it, the terminal asks. Each code serves
    /// once, so that it may stand on a command line.
    #[arg(long, value_name = "CODE")]
    pub(crate) otp: Option<String>,
}

impl Otp {
    /// An activation of the officer `by` for `digests`.
    pub(crate) async fn activate(
        &self,
        office: &Office,
        by: &Cedula,
        digests: &[[u8; 32]],
    ) -> Result<String> {
        let code = match &self.otp {
            Some(code) => code.clone(),
            None => ask(by)?,
        };
        let token = by_code(office, by, &code, digests).await;
        token.map_err(|error| {
            if let rx_service::flow::FlowError::Activation(refusal) = &error {
                return anyhow::anyhow!("{refusal} ({})", refusal.in_spanish());
            }
            error.into()
        })
    }
}

fn ask(by: &Cedula) -> Result<String> {
    let mut terminal = std::io::stderr().lock();
    write!(terminal, "Código de un solo uso de {by}: ")?;
    terminal.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let code = line.trim();
    (!code.is_empty())
        .then(|| code.to_owned())
        .context("no one-time code was typed: give it with --otp")
}
