//! `rx-service factor`: second factors, enrolled and removed by order of an officer. Runs beside the
//! service.

use std::path::PathBuf;

use activation::totp::Algorithm;
use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};
use prescription::Cedula;
use rx_service::flow::activation::{OFFICER, Orderer, enrol_totp, factors, remove_factor};
use rx_service::office::Office;
use rx_service::store::FactorKind;

use crate::commands::say;
use crate::officer::Officer;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Enrol an app with one-time codes (RFC 6238). Prints its otpauth: URI, once: whoever sees it
    /// can make the codes. The person scans it, and it is seen nowhere else.
    ///
    /// With this app the prescriber signs at once, or registers a passkey in the clinical record
    /// (POST /csc/v2/passkeys/options and register).
    Totp {
        /// Whose: cédula profesional of a prescriber or officer who is enrolled.
        #[arg(long)]
        cedula: Cedula,
        #[command(flatten)]
        officer: Officer,
        /// sha1 is what every app computes; sha256 for apps that can.
        #[arg(long, value_enum, default_value = "sha1")]
        algorithm: Hash,
        /// Write the URI as a QR (SVG) to this file, which only its owner may read, instead of
        /// printing it.
        #[arg(long, value_name = "FILE")]
        qr: Option<PathBuf>,
    },
    /// List the factors of a person.
    List {
        /// Cédula profesional.
        #[arg(long)]
        cedula: Cedula,
    },
    /// Remove a factor: a telephone that was lost, a person who left. It proves nothing from then on.
    Remove {
        /// Cédula profesional.
        #[arg(long)]
        cedula: Cedula,
        /// Its identifier, as `factor list` shows it.
        #[arg(long)]
        factor: String,
        #[command(flatten)]
        officer: Officer,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Hash {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
}

impl Verb {
    pub(crate) async fn run(self, office: &Office) -> Result<()> {
        match self {
            Self::Totp {
                cedula,
                officer,
                algorithm,
                qr,
            } => {
                let ordered = officer
                    .order(office, "factor-totp", &[cedula.as_str()])
                    .await?;
                let by = ordered.as_ref().map_or(Orderer::First, Orderer::By);
                let algorithm = match algorithm {
                    Hash::Sha1 => Algorithm::Sha1,
                    Hash::Sha256 => Algorithm::Sha256,
                };
                let uri = enrol_totp(office, &cedula, algorithm, by).await?;
                match qr {
                    None => say(&uri),
                    Some(file) => write_qr(&file, &uri),
                }
            }
            Self::List { cedula } => list(office, &cedula).await,
            Self::Remove {
                cedula,
                factor,
                officer,
            } => {
                let parts = [cedula.as_str(), &factor];
                let ordered = officer.order(office, "factor-remove", &parts).await?;
                let ordered = ordered.context("--by is missing: an officer orders it")?;
                remove_factor(office, &cedula, &factor, (&ordered, OFFICER)).await?;
                say(&format!("{factor} removed"))
            }
        }
    }
}

async fn list(office: &Office, cedula: &Cedula) -> Result<()> {
    for factor in factors(office, cedula).await? {
        let kind = match factor.kind {
            FactorKind::Totp { algorithm, .. } => format!("totp {}", algorithm.code()),
            FactorKind::Passkey(_) => "passkey ES256".to_owned(),
        };
        let (id, label, at) = (factor.id, factor.label, factor.enrolled_at);
        say(&format!("{id} {kind} {at} {label}"))?;
    }
    Ok(())
}

/// Writes a QR of `uri` to a new file that only its owner may read.
fn write_qr(file: &std::path::Path, uri: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let code = qrcode::QrCode::new(uri.as_bytes())?;
    let svg = code.render::<qrcode::render::svg::Color<'_>>().build();
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(file);
    let mut opened = opened.with_context(|| format!("cannot make {}", file.display()))?;
    opened.write_all(svg.as_bytes())?;
    say(&format!(
        "QR in {}: scan it and destroy the file",
        file.display()
    ))
}
