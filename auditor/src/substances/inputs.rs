//! What alerts need besides the ledger: licences, refusals, thresholds. Each is a file.

use jiff::civil::Date;
use prescription::Cedula;
use serde::Deserialize;
use surveillance::Fact;
use surveillance::alerts::{LicenceStatus, Licences, Thresholds};

/// Why a file is not what it should be: line and reason, never the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("renglón {line}: {reason}")]
pub struct InputError {
    /// The line, from 1; 0 where none can be named.
    pub line: u64,
    /// Why.
    pub reason: String,
}

fn wrong(line: u64, reason: &str) -> InputError {
    let reason = reason.to_owned();
    InputError { line, reason }
}

#[derive(Deserialize)]
struct LicenceRow {
    cedula: Cedula,
    desde: Date,
    estado: LicenceStatus,
}

/// Reads `cedula,desde,estado` (CSV): from which day on a cédula is `active`, `suspended`,
/// `revoked` or `deceased`.
///
/// # Errors
/// The first line that is not so.
pub fn licences(bytes: &[u8]) -> Result<Licences, InputError> {
    let mut licences = Licences::default();
    let mut reader = csv::Reader::from_reader(bytes);
    for (line, row) in (2..).zip(reader.deserialize::<LicenceRow>()) {
        let row = row.map_err(|error| wrong(line, csv_reason(&error)))?;
        licences.insert((&row.cedula).into(), row.desde.into(), row.estado);
    }
    Ok(licences)
}

fn csv_reason(error: &csv::Error) -> &'static str {
    if matches!(error.kind(), csv::ErrorKind::Deserialize { .. }) {
        "debe tener una cédula, una fecha y «active», «suspended», «revoked» o «deceased»"
    } else {
        "no es CSV con las columnas cedula, desde y estado"
    }
}

/// Reads facts, one JSON object a line: what the service refused, from its trail of accesses.
///
/// # Errors
/// The first line that is not a fact.
pub fn refusals(bytes: &[u8]) -> Result<Vec<Fact>, InputError> {
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(0, "no es texto UTF-8"))?;
    let lines = (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty());
    let facts = lines.map(|(number, line)| {
        serde_json::from_str(line).map_err(|_| wrong(number, "no es un hecho en JSON"))
    });
    facts.collect()
}

/// Reads thresholds (TOML); what is not said stays as it is.
///
/// # Errors
/// An unknown name or a value of the wrong type.
pub fn thresholds(bytes: &[u8]) -> Result<Thresholds, InputError> {
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(0, "no es texto UTF-8"))?;
    toml::from_str(text).map_err(|error| wrong(0, error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_by_day() {
        let licences = licences(b"cedula,desde,estado\n1234567,2026-06-01,suspended\n").unwrap();
        let cedula: Cedula = "1234567".parse().unwrap();
        let day = "2026-06-02".parse::<Date>().unwrap().into();
        let known = licences.on((&cedula).into(), day);
        assert_eq!(
            known.map(|(_, status)| status),
            Some(LicenceStatus::Suspended)
        );
        let before = "2026-05-31".parse::<Date>().unwrap().into();
        assert_eq!(licences.on((&cedula).into(), before), None);
    }

    #[test]
    fn wrong_lines_are_named_and_not_repeated() {
        let error =
            licences(b"cedula,desde,estado\n1234567,2026-06-01,active\n12,x,y\n").unwrap_err();
        assert_eq!(error.line, 3);
        let error = refusals(b"{}\n").unwrap_err();
        assert_eq!(error.line, 1);
        assert!(refusals(b"\n").unwrap().is_empty());
    }

    #[test]
    fn thresholds_in_toml() {
        let read = thresholds(b"[velocity]\nrecetas = 200\nhours = 2\n").unwrap();
        assert_eq!((read.velocity.recetas, read.velocity.hours), (200, 2));
        assert_eq!(read.peers, Thresholds::default().peers);
        assert!(thresholds(b"[velocidad]\n").is_err());
    }
}
