//! An officer at the terminal: the one-time code without which the own key signs nothing.

use std::io::{BufRead, Write};

use anyhow::{Context, Result};
use clap::Args;
use prescription::Cedula;
use rx_service::flow::activation::{Activated, ActivationUse, OFFICER, by_code, redeem};
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

/// Who orders an act, and the code that proves it.
#[derive(Args)]
pub(crate) struct Officer {
    /// Cédula of the officer who orders and signs it, enrolled like a prescriber. Without it the
    /// operator records the act, where that may be.
    #[arg(long)]
    pub(crate) by: Option<Cedula>,
    #[command(flatten)]
    otp: Otp,
}

impl Officer {
    /// The officer's redeemed activation of an order; none where nobody orders it.
    pub(crate) async fn order(
        &self,
        office: &Office,
        verb: &str,
        parts: &[&str],
    ) -> Result<Option<Activated>> {
        let parts: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
        self.order_of(office, verb, &parts).await
    }

    /// [`Self::order`], of parts that are not text.
    pub(crate) async fn order_of(
        &self,
        office: &Office,
        verb: &str,
        parts: &[&[u8]],
    ) -> Result<Option<Activated>> {
        let Some(by) = &self.by else { return Ok(None) };
        let digests = [activation::officer_digest(verb, parts)];
        let token = self.otp.activate(office, by, &digests).await?;
        let act = ActivationUse {
            client: OFFICER,
            digests: &digests,
            per_prescription: true,
        };
        let (now, _) = office.now();
        Ok(Some(redeem(office, by, Some(&token), act, now).await?))
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
