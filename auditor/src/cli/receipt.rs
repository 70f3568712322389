//! `auditor receipt`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use data_encoding::HEXLOWER_PERMISSIVE;
use ledger::{Hash, leaf_hash};

use super::files::{Unusable, read, read_key};
use super::{CLEAN, FINDINGS};
use crate::receipt;

#[derive(Debug, Args)]
pub(super) struct ReceiptArgs {
    /// Comprobante (c2sp.org/tlog-proof)
    #[arg(long, value_name = "ARCHIVO")]
    receipt: PathBuf,
    /// Llave pública del registro (vkey)
    #[arg(long, value_name = "ARCHIVO")]
    key: PathBuf,
    /// La entrada, tal como está en el registro
    #[arg(long, value_name = "ARCHIVO", required_unless_present = "leaf_hash")]
    entry: Option<PathBuf>,
    /// Huella de la entrada: SHA-256 de un byte cero y la entrada, en hexadecimal
    #[arg(long, value_name = "HEX", conflicts_with = "entry")]
    leaf_hash: Option<String>,
    /// Imprime el resultado en JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ReceiptArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let leaf = match (&args.entry, &args.leaf_hash) {
        (Some(path), _) => leaf_hash(&read(path)?),
        (None, Some(hex)) => parse_hash(hex).ok_or(Unusable::LeafHash)?,
        (None, None) => return Err(Unusable::LeafHash),
    };
    let key = read_key(&args.key)?;
    let verified = receipt::verify(&read(&args.receipt)?, leaf, &key);
    let (text, json, code) = match verified {
        Ok(receipt) => {
            let (index, size) = (receipt.index(), receipt.head().size);
            let text = format!(
                "Comprobante válido: es la entrada {index} del registro {} (árbol firmado de \
                 {size} entradas).",
                key.name()
            );
            let json = serde_json::json!({
                "clean": true, "origin": key.name(), "entry": index, "size": size,
            });
            (text, json, CLEAN)
        }
        Err(reason) => {
            let reason = reason.in_spanish();
            let json = serde_json::json!({"clean": false, "message": reason});
            (format!("Comprobante NO válido: {reason}."), json, FINDINGS)
        }
    };
    let text = if args.json { json.to_string() } else { text };
    writeln!(out, "{text}")?;
    Ok(code)
}

fn parse_hash(hex: &str) -> Option<Hash> {
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
    bytes.try_into().ok().map(Hash)
}
