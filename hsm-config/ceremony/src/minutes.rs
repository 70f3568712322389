//! The minutes: one text file for people, whose last lines `ceremony check` reads again.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::Make;
use crate::error::CeremonyError;

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Wrapping,
    Data,
    Institution,
    Ledger,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Wrapping, "envoltura"),
    (Kind::Data, "datos"),
    (Kind::Institution, "institución"),
    (Kind::Ledger, "registro"),
];

impl Kind {
    fn word(self) -> &'static str {
        let found = KINDS.iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, word)| word)
    }

    /// Known by its check value, not by a public key.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::Wrapping | Self::Data)
    }
}

/// A key: what for, its label, and its fingerprint in hexadecimal (check value of a secret key, the
/// public key of a pair).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) kind: Kind,
    pub(crate) label: String,
    pub(crate) fingerprint: String,
}

impl Line {
    pub(crate) fn text(&self) -> String {
        let (kind, label, fingerprint) = (self.kind.word(), &self.label, &self.fingerprint);
        format!("LLAVE {kind} {label} {fingerprint}")
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("LLAVE ")?.split(' ');
        let word = words.next()?;
        let (kind, _) = KINDS.iter().find(|(_, known)| *known == word)?;
        let line = Self {
            kind: *kind,
            label: words.next()?.to_owned(),
            fingerprint: words.next()?.to_owned(),
        };
        words.next().is_none().then_some(line)
    }
}

/// Writes the minutes into a new file of mode 0600.
pub(crate) fn write(make: &Make, rehearsal: bool, keys: &[Line]) -> Result<(), CeremonyError> {
    let path = &make.minutes;
    let failed = |source: std::io::Error| CeremonyError::Minutes {
        path: path.clone(),
        source,
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| {
            if error.kind() == ErrorKind::AlreadyExists {
                CeremonyError::MinutesExist(path.clone())
            } else {
                failed(error)
            }
        })?;
    file.write_all(text(make, rehearsal, keys).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)
}

fn text(make: &Make, rehearsal: bool, keys: &[Line]) -> String {
    let entry = if rehearsal {
        "ENSAYO: los PIN no se teclearon en una terminal. No usar en producción."
    } else {
        "Cada PIN lo tecleó quien lo tiene, sin que se viera."
    };
    let mut lines = vec![
        "ACTA DE CEREMONIA DE LLAVES".to_owned(),
        String::new(),
        format!("Fecha (la dictó el testigo): {}", make.date),
        format!("Módulo: {}", make.token.module.display()),
        format!("Token: {}", make.token.token),
        format!("Oficial de seguridad (PIN de SO): {}", make.officer),
        format!("Custodio (PIN de usuario): {}", make.custodian),
        format!("Testigo: {}", make.witness),
        entry.to_owned(),
        String::new(),
        "El oficial hizo la llave de envoltura como confiable (CKA_TRUSTED). El custodio la puso"
            .to_owned(),
        "en uso: privada, no modificable, no extraíble. El token demostró que lo que envuelve solo"
            .to_owned(),
        "sale envuelto por otra llave confiable. En el token no hay otra llave secreta.".to_owned(),
        String::new(),
    ];
    lines.extend(keys.iter().map(Line::text));
    for role in ["Oficial", "Custodio", "Testigo"] {
        lines.push(String::new());
        lines.push(format!(
            "{role}: ____________________________  Sello n.º ________"
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The keys that minutes name.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>, CeremonyError> {
    let text = std::fs::read_to_string(path).map_err(|source| CeremonyError::Minutes {
        path: path.to_owned(),
        source,
    })?;
    let named: Option<Vec<Line>> = text
        .lines()
        .filter(|line| line.starts_with("LLAVE"))
        .map(Line::read)
        .collect();
    match named {
        Some(lines) if !lines.is_empty() => Ok(lines),
        _ => Err(CeremonyError::NotMinutes(path.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_no_other() {
        for (kind, _) in KINDS {
            let line = Line {
                kind,
                label: "receta-wrapping-2026".to_owned(),
                fingerprint: "0a1b2c".to_owned(),
            };
            assert_eq!(Line::read(&line.text()), Some(line));
        }
        for bad in [
            "LLAVE",
            "LLAVE otra a 00",
            "LLAVE datos a",
            "LLAVE datos a 00 11",
        ] {
            assert_eq!(Line::read(bad), None, "{bad}");
        }
    }
}
