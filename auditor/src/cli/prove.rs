//! `auditor prove` and `auditor absence`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;

use clap::Args;
use data_encoding::HEXLOWER_PERMISSIVE;
use prescription::{BlindedKey, Folio};

use super::files::Unusable;
use super::pins::OptionalLogArgs;
use super::progress::Bar;
use super::{CLEAN, FINDINGS};
use crate::bundle::check::{self, CheckError};
use crate::bundle::prove::{ProofError, prove};
use crate::bundle::{Bundle, Claim};
use crate::shards::ShardsError;
use crate::trust::LogTrust;
use crate::verify::Signers;

#[derive(Debug, Args)]
pub(super) struct ProveArgs {
    /// Folio de la receta
    #[arg(value_name = "FOLIO")]
    folio: String,
    #[command(flatten)]
    from: FromArgs,
    /// Cuerpos de los actos, para incluir los de esta receta: contienen datos personales
    #[arg(long, value_name = "ARCHIVO")]
    bodies: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct AbsenceArgs {
    /// Clave cegada de la substancia para el paciente, en hexadecimal
    #[arg(long, value_name = "HEX")]
    blinded_key: String,
    #[command(flatten)]
    from: FromArgs,
}

#[derive(Debug, Args)]
struct FromArgs {
    /// Espejo verificado del registro, con todos sus segmentos
    #[arg(long, value_name = "DIRECTORIO")]
    mirror: PathBuf,
    #[command(flatten)]
    log: OptionalLogArgs,
    /// Archivo que se escribe
    #[arg(long, value_name = "ARCHIVO")]
    out: PathBuf,
}

/// Proves all entries and the state of one prescription, or that there is none.
pub(super) fn folio(args: &ProveArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let folio: Folio = args.folio.parse().map_err(|_| Unusable::Folio)?;
    let bodies = match &args.bodies {
        Some(path) => {
            let file = File::open(path).map_err(|error| Unusable::File(path.clone(), error))?;
            Some(BufReader::with_capacity(1 << 20, file))
        }
        None => None,
    };
    run(&args.from, Claim::Folio(folio), bodies, out)
}

/// Proves that no active prescription holds a place.
pub(super) fn absence(args: &AbsenceArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let key = HEXLOWER_PERMISSIVE.decode(args.blinded_key.as_bytes()).ok();
    let key = key.and_then(|bytes| bytes.try_into().ok().map(BlindedKey));
    let key = key.filter(|key| *key != BlindedKey::UNKNOWN);
    let claim = Claim::BlindedKey(key.ok_or(Unusable::BlindedKey)?);
    run(&args.from, claim, None, out)
}

fn run(
    args: &FromArgs,
    claim: Claim,
    bodies: Option<BufReader<File>>,
    out: &mut dyn Write,
) -> Result<u8, Unusable> {
    let trust = args.log.read()?;
    if !args.mirror.is_dir() {
        return Err(Unusable::NotADirectory(args.mirror.clone()));
    }
    let bar = Bar::new();
    let mut bodies = bodies;
    let bodies = bodies.as_mut().map(|bodies| bodies as &mut dyn BufRead);
    let mut progress = |entries, of| bar.advance("Hojas", entries, of);
    let proved = prove(&args.mirror, trust.as_ref(), claim, bodies, &mut progress);
    bar.clear();
    let bundle = match proved {
        Ok(bundle) => bundle,
        Err(
            error @ (ProofError::OtherMap
            | ProofError::Distrusted(_)
            | ProofError::Shards(ShardsError::Refused(_))
            | ProofError::NoOpening(_)
            | ProofError::Root),
        ) => {
            writeln!(out, "No se formó ninguna prueba: {error}.")?;
            return Ok(FINDINGS);
        }
        Err(error) => return Err(Unusable::Proof(error)),
    };
    let bytes = bundle.encode().map_err(Unusable::Bundle)?;
    if let Err(reason) = worth(&bytes, trust.as_ref()) {
        writeln!(out, "No se formó ninguna prueba: {reason}.")?;
        return Ok(FINDINGS);
    }
    fs::write(&args.out, &bytes).map_err(|error| Unusable::File(args.out.clone(), error))?;
    writeln!(
        out,
        "Prueba escrita en {}: {} ({} bytes).",
        args.out.display(),
        said(&bundle),
        bytes.len()
    )?;
    Ok(CLEAN)
}

/// A proof that would not pass its check is not handed out. Whose signatures to believe is for
/// whoever checks it to say.
fn worth(bytes: &[u8], trust: Option<&LogTrust>) -> Result<(), CheckError> {
    match trust {
        Some(trust) => check::check(bytes, trust, &Signers::default()).map(drop),
        None => Ok(()),
    }
}

fn said(bundle: &Bundle) -> String {
    match (&bundle.claim, bundle.entries.as_slice()) {
        (Claim::Folio(folio), []) => format!("no existe receta con el folio {folio}"),
        (Claim::Folio(folio), entries) => {
            let opened = entries.iter().filter(|entry| entry.opening.is_some());
            format!(
                "folio {folio}, {} entradas, {} con su cuerpo",
                entries.len(),
                opened.count()
            )
        }
        (Claim::BlindedKey(_), _) => "ninguna receta activa bajo la clave".to_owned(),
    }
}
