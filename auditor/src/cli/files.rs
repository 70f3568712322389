//! Files that a command line names, and why nothing could be examined.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cofepris::{Catalog, CatalogError};
use ledger::{Policy, VerifierKey};

use crate::bundle::FormatError;
use crate::bundle::prove::ProofError;
use crate::follow::OpenError;
use crate::substances::inputs::InputError;
use crate::verify::PharmacyCertificateError;

/// Largest file read whole (keys, certificates, checkpoints, receipts), in bytes.
const MAX_FILE: u64 = 16 << 20;

/// Why nothing was examined: one line for whoever typed the command.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("no se puede leer {}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    #[error("{} es demasiado grande para lo que debe contener", .0.display())]
    TooLarge(PathBuf),
    #[error("{} no es un directorio", .0.display())]
    NotADirectory(PathBuf),
    #[error("{} no es una llave de registro (vkey): {}", .0.display(), .1)]
    Key(PathBuf, String),
    #[error("el catálogo del programa está dañado: {0}")]
    Catalog(#[from] CatalogError),
    #[error("falta --key o --policy")]
    NoPin,
    #[error("{} no es una política (c2sp.org/tlog-policy): {}", .0.display(), .1)]
    Policy(PathBuf, String),
    #[error("{} no sirve como autoridad o lista de revocación: {}", .0.display(), .1)]
    Trust(PathBuf, signing::trust::TrustError),
    #[error("{0} no es un OID, como 2.16.484.101.10.316.1.2")]
    Oid(String),
    #[error("{0} no es un instante, como 2026-06-01T12:00:00Z")]
    Instant(String),
    #[error("{} no sirve como autoridad de farmacias: {}", .0.display(), .1)]
    Pharmacy(PathBuf, PharmacyCertificateError),
    #[error("el folio no es válido: tiene dieciséis caracteres y el último comprueba los demás")]
    Folio,
    #[error("--blinded-key debe tener 32 dígitos hexadecimales, no todos cero")]
    BlindedKey,
    #[error("{0}")]
    Proof(ProofError),
    #[error("la prueba {0}")]
    Bundle(FormatError),
    #[error("--leaf-hash debe tener 64 dígitos hexadecimales")]
    LeafHash,
    #[error("{0}")]
    Follow(#[from] OpenError),
    #[error("{}: {}", .0.display(), .1)]
    Input(PathBuf, InputError),
    #[error("no se puede escribir {}: {}", .0.display(), .1)]
    Written(PathBuf, io::Error),
    #[error("la tabla no se puede escribir: {0}")]
    Table(String),
    #[error("no se puede escribir el resultado: {0}")]
    Output(#[from] io::Error),
}

impl Unusable {
    /// A table that its format cannot hold.
    pub(super) fn table(error: impl std::fmt::Display) -> Self {
        Self::Table(error.to_string())
    }
}

/// The catalog that the program carries.
pub(super) fn catalog() -> Result<Arc<Catalog>, Unusable> {
    Ok(Arc::new(Catalog::embedded()?))
}

pub(super) fn read_key(path: &Path) -> Result<VerifierKey, Unusable> {
    let bytes = read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    text.trim()
        .parse()
        .map_err(|error: ledger::VerifierKeyError| {
            Unusable::Key(path.to_owned(), error.to_string())
        })
}

pub(super) fn read_policy(path: &Path) -> Result<Policy, Unusable> {
    let text = String::from_utf8(read(path)?);
    let text = text.map_err(|error| Unusable::Policy(path.to_owned(), error.to_string()))?;
    Policy::parse(&text).map_err(|error| Unusable::Policy(path.to_owned(), error.to_string()))
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Unusable> {
    let failed = |error| Unusable::File(path.to_owned(), error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Unusable::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}
