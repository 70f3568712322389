//! `auditor check` and `auditor explain`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::files::{self, Unusable};
use super::pins::{LogArgs, SignerArgs};
use super::{CLEAN, FINDINGS};
use crate::bundle::Claim;
use crate::bundle::check::{CheckedBundle, check};
use crate::bundle::explain::explain;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    what: WhatArgs,
    /// Imprime el resultado en JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    what: WhatArgs,
    /// Escribe una página HTML en vez de texto
    #[arg(long)]
    html: bool,
}

#[derive(Debug, Args)]
struct WhatArgs {
    /// Prueba que escribió auditor prove o auditor absence
    #[arg(value_name = "ARCHIVO")]
    bundle: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    signers: SignerArgs,
}

impl WhatArgs {
    /// The file, and what is wrong with it if anything is.
    fn check(&self) -> Result<(Vec<u8>, Result<CheckedBundle, String>), Unusable> {
        let bytes = files::read(&self.bundle)?;
        let (trust, signers) = (self.log.read()?, self.signers.read()?);
        let checked = check(&bytes, &trust, &signers).map_err(|reason| reason.to_string());
        Ok((bytes, checked))
    }
}

/// Verifies a bundle offline and prints what was checked.
pub(super) fn run(args: &CheckArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let (_, checked) = args.what.check()?;
    let code = if checked.is_ok() { CLEAN } else { FINDINGS };
    if args.json {
        writeln!(out, "{}", to_json(&checked))?;
        return Ok(code);
    }
    match checked {
        Ok(checked) => tell(&checked, out)?,
        Err(reason) => writeln!(out, "Prueba NO válida: {reason}.")?,
    }
    Ok(code)
}

/// Explains a bundle to a court; refuses to where it does not verify.
pub(super) fn run_explain(args: &ExplainArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let (bytes, checked) = args.what.check()?;
    match checked {
        Ok(checked) => {
            let document = explain(&bytes, &checked);
            let text = if args.html {
                document.to_html()
            } else {
                document.to_text()
            };
            out.write_all(text.as_bytes())?;
            Ok(CLEAN)
        }
        Err(reason) => {
            writeln!(out, "No hay nada que explicar. Prueba NO válida: {reason}.")?;
            Ok(FINDINGS)
        }
    }
}

fn tell(checked: &CheckedBundle, out: &mut dyn Write) -> std::io::Result<()> {
    let (checkpoint, head) = (checked.checkpoint(), checked.checkpoint().head());
    let cosigned = checkpoint.cosignatures().len();
    let signatures = checked.summary().signatures;
    writeln!(out, "Prueba válida. {}", claimed(checked))?;
    writeln!(
        out,
        "  Firma del registro {}: correcta; cofirmas de testigos: {cosigned}",
        checkpoint.checkpoint().origin()
    )?;
    writeln!(
        out,
        "  Árbol firmado: {} entradas, raíz {}",
        head.size,
        head.root.to_base64()
    )?;
    if checked.shards() > 1 {
        writeln!(
            out,
            "  Segmentos del registro: {}; ese árbol fija los anteriores por sus aperturas",
            checked.shards()
        )?;
    }
    for (entry, leaf) in checked.steps() {
        let body = if entry.opening.is_some() {
            "con su cuerpo"
        } else {
            "sin cuerpo"
        };
        writeln!(
            out,
            "  Entrada {}, {}: incluida en el árbol, la deja {}, {body}",
            entry.index,
            leaf.at,
            leaf.after.in_spanish()
        )?;
    }
    writeln!(
        out,
        "  Mapa: cabeza en la última entrada ({}), estado probado",
        checked.map_head().entries
    )?;
    writeln!(
        out,
        "  Firmas verificadas: {} de quien prescribe, {} de códigos QR, {} de farmacias; sin \
         verificar: {}",
        signatures.cades, signatures.qr, signatures.pharmacy, signatures.unverified
    )
}

fn claimed(checked: &CheckedBundle) -> String {
    match (checked.claim(), checked.state()) {
        (Claim::Folio(folio), Some(state)) => format!(
            "Folio {folio}: {}, surtidos {} de {} envases.",
            state.phase.in_spanish(),
            state.totals.dispensed,
            state.totals.prescribed
        ),
        (Claim::Folio(folio), None) => format!("No existe receta con el folio {folio}."),
        (Claim::BlindedKey(_), _) => "Ninguna receta activa bajo la clave cegada.".to_owned(),
    }
}

fn to_json(checked: &Result<CheckedBundle, String>) -> serde_json::Value {
    let checked = match checked {
        Ok(checked) => checked,
        Err(reason) => return json!({"clean": false, "message": reason}),
    };
    let head = checked.checkpoint().head();
    let state = checked.state().map(|state| {
        json!({
            "phase": state.phase.code(),
            "dispensed": state.totals.dispensed,
            "prescribed": state.totals.prescribed,
        })
    });
    json!({
        "clean": true,
        "claim": checked.claim(),
        "origin": checked.checkpoint().checkpoint().origin(),
        "size": head.size,
        "root": head.root.to_base64(),
        "cosigned": checked.checkpoint().cosignatures().iter().map(ledger::VerifiedCosignature::name).collect::<Vec<_>>(),
        "entries": checked.steps().map(|(entry, _)| entry.index).collect::<Vec<_>>(),
        "state": state,
        "signatures": checked.summary().signatures,
    })
}
