//! What `auditor follow` says, to people or to machines.

use std::io::{self, Write};

use ledger::VerifiedCosignature;
use serde_json::{Value, json};

use crate::follow::{Lie, Round, RoundError};

/// Where it is said, and how.
pub(super) struct Teller<'t> {
    pub(super) out: &'t mut dyn Write,
    /// One JSON object a line.
    pub(super) json: bool,
}

impl Teller<'_> {
    fn say(&mut self, text: &str, json: &Value) -> io::Result<()> {
        if self.json {
            writeln!(self.out, "{json}")?;
        } else {
            writeln!(self.out, "{text}")?;
        }
        self.out.flush()
    }

    /// The mirror is up to date.
    pub(super) fn mirror(&mut self, round: &Round) -> io::Result<()> {
        let (checkpoint, head) = (round.checkpoint.checkpoint(), round.checkpoint.head());
        let names = round.checkpoint.cosignatures().iter();
        let names: Vec<_> = names.map(VerifiedCosignature::name).collect();
        let new = head.size - round.from;
        let (origin, root) = (checkpoint.origin(), head.root.to_base64());
        let mut text = format!(
            "Espejo verificado: registro {origin}, {} entradas ({new} nuevas; {} archivos, {} \
             bytes), raíz {root}",
            head.size, round.files, round.bytes,
        );
        if !names.is_empty() {
            text.push_str(", con cofirma de ");
            text.push_str(&names.join(", "));
        }
        let json = json!({
            "event": "mirror", "origin": origin, "size": head.size, "new": new, "root": root,
            "files": round.files, "bytes": round.bytes, "cosigned": names,
        });
        self.say(&text, &json)
    }

    /// Bodies came.
    pub(super) fn bodies(&mut self, added: u64) -> io::Result<()> {
        if added == 0 {
            return Ok(());
        }
        let text = format!("Cuerpos verificados contra sus hojas: {added} nuevos.");
        self.say(&text, &json!({"event": "bodies", "new": added}))
    }

    /// Something is wrong.
    pub(super) fn error(&mut self, error: &RoundError) -> io::Result<()> {
        let (event, text) = match error {
            RoundError::Lie(Lie::Contradiction(contradiction)) => (
                "finding",
                format!(
                    "HALLAZGO: {}. La evidencia está en la carpeta evidence del espejo; la \
                     comprueba auditor evidence.",
                    contradiction.in_spanish()
                ),
            ),
            RoundError::Lie(lie) => (
                "finding",
                format!(
                    "HALLAZGO: {}. Nada de eso entró al espejo.",
                    lie.in_spanish()
                ),
            ),
            RoundError::Fetch(_) | RoundError::NoCheckpoint | RoundError::Mirror(_) => {
                ("unreachable", format!("No se pudo poner al día: {error}."))
            }
        };
        self.say(&text, &json!({"event": event, "message": text}))
    }

    /// The run was ended from outside.
    pub(super) fn interrupted(&mut self) -> io::Result<()> {
        let text =
            "Interrumpido. Lo verificado está guardado; la próxima vez se continúa desde ahí.";
        self.say(text, &json!({"event": "interrupted"}))
    }
}
