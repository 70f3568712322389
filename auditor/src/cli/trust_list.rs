//! The authorities of `auditor signature` out of a trust list.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use signing::trust::TrustStore;
use signing::trust::list::{TrustList, TrustListError, read_key};

use super::files::{self, Unusable};

#[derive(Debug, Args)]
pub(super) struct TrustListArgs {
    /// Lista de confianza firmada, con las autoridades y desde y hasta cuándo se confía en cada una
    #[arg(long, value_name = "ARCHIVO", requires = "trust_list_key")]
    trust_list: Option<PathBuf>,
    /// Llave pública de quien publica la lista (PEM o DER; se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "trust_list")]
    trust_list_key: Vec<PathBuf>,
}

impl TrustListArgs {
    /// The list, verified by a pinned key. One whose day has not come counts for nothing yet; one
    /// that is overdue still does: whoever judges an old signature has no newer one.
    pub(super) fn read(&self, now: Timestamp) -> Result<Option<TrustList>, Unusable> {
        let Some(path) = &self.trust_list else {
            return Ok(None);
        };
        let keys = self.trust_list_key.iter().map(|path| {
            let key = read_key(&files::read(path)?);
            key.map_err(|reason| refused(path, &reason))
        });
        let keys = keys.collect::<Result<Vec<_>, Unusable>>()?;
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let list = TrustList::verify(&files::read(path)?, &keys)
            .map_err(|reason| refused(path, &reason))?;
        if list.effective_from > now.to_zoned(TimeZone::UTC).date() {
            return Err(Unusable::TrustListEarly(list.effective_from));
        }
        Ok(Some(list))
    }

    /// Adds what `list` says to `store`.
    pub(super) fn apply(&self, list: &TrustList, store: &mut TrustStore) -> Result<(), Unusable> {
        let path = self.trust_list.as_deref().unwrap_or(Path::new(""));
        let applied = list.apply(store);
        applied.map_err(|reason| refused(path, &reason))
    }
}

/// Which list it was judged with.
pub(super) fn tell(list: &TrustList, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let (version, from) = (list.version, list.effective_from);
    writeln!(
        out,
        "  Lista de confianza: versión {version}, rige desde el {from}"
    )?;
    if list.next_update < now {
        let due = list.next_update;
        writeln!(
            out,
            "  ATENCIÓN: la siguiente versión debía salir el {due}; pida la más nueva"
        )?;
    }
    Ok(())
}

pub(super) fn to_json(list: &TrustList, now: Timestamp) -> serde_json::Value {
    json!({
        "version": list.version,
        "effective_from": list.effective_from.to_string(),
        "next_update": list.next_update.to_string(),
        "sha256": list.digest().ok(),
        "overdue": list.next_update < now,
    })
}

fn refused(path: &Path, reason: &TrustListError) -> Unusable {
    Unusable::TrustList(path.to_owned(), in_spanish(reason))
}

fn in_spanish(reason: &TrustListError) -> String {
    let text = match reason {
        TrustListError::TooLarge => "es demasiado grande",
        TrustListError::Malformed => "está mal formada o incompleta",
        TrustListError::NotCanonical => "no está escrita en JSON canónico (RFC 8785)",
        TrustListError::Key => "no es una llave pública P-256 (PEM o DER)",
        TrustListError::Signature(detail) => {
            return format!(
                "no la firmó ninguna de las llaves de --trust-list-key, o está alterada \
                 (detalle: {detail})"
            );
        }
        TrustListError::Format => "es de un formato más nuevo: use un programa más nuevo",
        TrustListError::Twice(place) => {
            return format!("nombra dos veces a la autoridad {place}");
        }
        TrustListError::SpanInverted(place) => {
            return format!("termina la confianza en la autoridad {place} antes de empezarla");
        }
        TrustListError::Authority(place, detail) => {
            return format!("su autoridad {place} no sirve (detalle: {detail})");
        }
        // Of versions beside each other, which nobody compares here.
        TrustListError::NotVouched
        | TrustListError::Rollback { .. }
        | TrustListError::Gap { .. }
        | TrustListError::OtherHistory(_)
        | TrustListError::EffectiveEarlier
        | TrustListError::Stale
        | TrustListError::LeftOut => return reason.to_string(),
    };
    text.to_owned()
}
