//! Query parameters of `GET /MedicationRequest`.
//!
//! A parameter that the server does not know is refused: a server that ignores it answers with
//! everything, and the client takes that for what it asked for.

use jiff::civil::Date;
use mpi::Curp;

use super::concept::BusinessIdentifier;
use super::primitive;
use super::shape::{Errors, Format, ShapeError, ShapeProblem};
use super::systems;

/// Names of the parameters, for the `CapabilityStatement` and for who mistypes one.
pub(super) const PARAMETERS: &str = "identifier, patient.identifier, patient:identifier, status, authoredon, _count, _cursor, _format";

/// Most resources of one page.
pub const MAX_COUNT: u16 = 100;
const DEFAULT_COUNT: u16 = 20;

/// A search, read. Personal data: no `Debug`.
#[derive(Default)]
pub struct MedicationRequestSearch {
    /// Folio (system `urn:receta:folio`) or the EHR's own identifier.
    pub identifier: Option<BusinessIdentifier>,
    /// The patient.
    pub patient: Option<Curp>,
    /// Any of these states; empty for all.
    pub statuses: Vec<RequestStatus>,
    /// Written on or after this day.
    pub written_from: Option<Date>,
    /// Written on or before this day.
    pub written_to: Option<Date>,
    /// Most resources of the page, 1 to [`MAX_COUNT`].
    pub count: u16,
    /// Where the page before ended: opaque, from its `next` link.
    pub cursor: Option<String>,
}

/// The states of a `MedicationRequest` that this service gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestStatus {
    /// Something can be filled.
    Active,
    /// Nothing more is owed.
    Completed,
    /// Cancelled by the prescriber.
    Cancelled,
    /// Its validity ran out.
    Stopped,
    /// Suspended by the prescriber.
    OnHold,
}

impl RequestStatus {
    /// The code in FHIR's medicationrequest-status.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
            Self::OnHold => "on-hold",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [
            Self::Active,
            Self::Completed,
            Self::Cancelled,
            Self::Stopped,
            Self::OnHold,
        ]
        .into_iter()
        .find(|status| status.code() == code)
    }
}

/// Reads decoded query parameters.
///
/// # Errors
/// Every problem found; the path is `http.<parameter>`.
pub(super) fn read(query: &[(String, String)]) -> Result<MedicationRequestSearch, Vec<ShapeError>> {
    let mut errors = Errors::default();
    let mut search = MedicationRequestSearch {
        count: DEFAULT_COUNT,
        ..Default::default()
    };
    for (place, (name, value)) in query.iter().enumerate() {
        let Some(known) = PARAMETERS.split(", ").find(|known| known == name) else {
            // The name is not repeated: a client may have put anything there.
            errors.push("http.?", ShapeProblem::UnknownParameter(PARAMETERS));
            continue;
        };
        let path = format!("http.{known}");
        // `authoredon` may come twice, as a range; two patients or states are not a search.
        let repeated = query[..place]
            .iter()
            .any(|(before, _)| is_same(before, name));
        if repeated && known != "authoredon" {
            errors.push(path, ShapeProblem::TooMany(1));
        } else if let Err(problem) = search.set(known, value) {
            errors.push(path, problem);
        }
    }
    errors.finish(Some(search))
}

/// Whether two parameters ask for the same: a patient has two spellings.
fn is_same(one: &str, other: &str) -> bool {
    one.replace(':', ".") == other.replace(':', ".")
}

impl MedicationRequestSearch {
    fn set(&mut self, name: &str, value: &str) -> Result<(), ShapeProblem> {
        match name {
            "identifier" => {
                let (system, value) = token(value)?;
                let (system, value) = (system.to_owned(), value.to_owned());
                self.identifier = Some(BusinessIdentifier { system, value });
            }
            "patient.identifier" | "patient:identifier" => {
                let (system, value) = token(value)?;
                if !systems::is_curp(system) {
                    return Err(ShapeProblem::SystemMissing(systems::CURP));
                }
                self.patient = Some(value.parse().map_err(ShapeProblem::Curp)?);
            }
            "status" => self.statuses = statuses(value)?,
            "authoredon" => self.narrow(value)?,
            "_count" => self.count = count(value)?,
            "_cursor" => self.cursor = Some(cursor(value)?),
            // `_format`, the last one.
            _ if matches!(value, "json" | "application/json" | "application/fhir+json") => {}
            _ => return Err(ShapeProblem::UnknownCode("application/fhir+json")),
        }
        Ok(())
    }

    /// Narrows the days by one comparison.
    fn narrow(&mut self, value: &str) -> Result<(), ShapeProblem> {
        let wrong = ShapeProblem::Format(Format::DateRange);
        let split = value.find(|c: char| c.is_ascii_digit()).ok_or(wrong)?;
        let (prefix, date) = value.split_at(split);
        let date = primitive::date(date).map_err(|_| wrong)?;
        let (from, to) = match prefix {
            "" | "eq" => (Some(date), Some(date)),
            "ge" => (Some(date), None),
            "le" => (None, Some(date)),
            "gt" => (Some(date.tomorrow().map_err(|_| wrong)?), None),
            "lt" => (None, Some(date.yesterday().map_err(|_| wrong)?)),
            _ => return Err(wrong),
        };
        self.written_from = self.written_from.max(from);
        self.written_to = match (self.written_to, to) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Ok(())
    }
}

/// `system|value`, both there: a value alone would match across systems.
fn token(text: &str) -> Result<(&str, &str), ShapeProblem> {
    let (system, value) = text.split_once('|').unwrap_or_default();
    if system.is_empty() || value.is_empty() || value.contains(['|', ',']) || text.len() > 400 {
        return Err(ShapeProblem::Format(Format::Token));
    }
    Ok((system, value))
}

fn statuses(text: &str) -> Result<Vec<RequestStatus>, ShapeProblem> {
    let known = "active, completed, cancelled, stopped, on-hold";
    let read = |code| RequestStatus::from_code(code).ok_or(ShapeProblem::UnknownCode(known));
    text.split(',').map(read).collect()
}

fn count(text: &str) -> Result<u16, ShapeProblem> {
    let range = ShapeProblem::OutOfRange {
        least: 1,
        most: u32::from(MAX_COUNT),
    };
    let digits = text.bytes().all(|c| c.is_ascii_digit());
    let count = text
        .parse()
        .ok()
        .filter(|count| digits && (1..=MAX_COUNT).contains(count));
    count.ok_or(range)
}

fn cursor(text: &str) -> Result<String, ShapeProblem> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    if (1..=128).contains(&text.len()) && text.bytes().all(allowed) {
        return Ok(text.to_owned());
    }
    Err(ShapeProblem::Format(Format::Cursor))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn search(query: &str) -> Result<MedicationRequestSearch, Vec<ShapeError>> {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        read(
            &query
                .split('&')
                .filter(|part| !part.is_empty())
                .map(pair)
                .collect::<Vec<_>>(),
        )
    }

    fn problems(query: &str) -> Vec<(String, ShapeProblem)> {
        let errors = search(query).err().unwrap();
        errors
            .into_iter()
            .map(|error| (error.path, error.problem))
            .collect()
    }

    #[test]
    fn reads_every_parameter() {
        let found = search(
            "identifier=urn:receta:folio|7K3M&patient.identifier=http://sistema.salud.gob.mx/curp|\
             SABC560626MDFLRN01&status=active,stopped&authoredon=ge2026-01-01&\
             authoredon=lt2026-02-01&_count=5&_cursor=abc_-9&_format=json",
        )
        .ok()
        .unwrap();
        assert_eq!(found.identifier.unwrap().value, "7K3M");
        assert_eq!(found.patient.unwrap().as_str(), "SABC560626MDFLRN01");
        assert_eq!(
            found.statuses,
            [RequestStatus::Active, RequestStatus::Stopped]
        );
        assert_eq!(found.written_from, Some(date(2026, 1, 1)));
        assert_eq!(found.written_to, Some(date(2026, 1, 31)));
        assert_eq!((found.count, found.cursor.as_deref()), (5, Some("abc_-9")));
        let empty = search("").ok().unwrap();
        assert!(empty.count == DEFAULT_COUNT && empty.patient.is_none());
    }

    #[test]
    fn unknown_parameters_are_refused_without_repeating_them() {
        for query in [
            "subject=SABC560626MDFLRN01",
            "_include=x",
            "Status=active",
            "status:not=x",
        ] {
            let found = problems(query);
            assert_eq!(found[0].0, "http.?", "{query}");
            assert_eq!(found[0].1, ShapeProblem::UnknownParameter(PARAMETERS));
        }
    }

    #[test]
    fn wrong_values_are_all_named() {
        let query = "identifier=7K3M&patient:identifier=urn:oid:1|X&status=draft&_count=0&\
                     authoredon=sa2026-01-01&_format=xml&_cursor=a b";
        let paths: Vec<_> = problems(query).into_iter().map(|(path, _)| path).collect();
        let expected = [
            "identifier",
            "patient:identifier",
            "status",
            "_count",
            "authoredon",
        ];
        assert_eq!(paths[..5], expected.map(|name| format!("http.{name}")));
        assert_eq!(paths[5..], ["http._format", "http._cursor"]);
    }

    #[test]
    fn a_criterion_is_given_once() {
        let curp = "http://sistema.salud.gob.mx/curp|SABC560626MDFLRN01";
        let query = format!("patient.identifier={curp}&patient:identifier={curp}");
        let expected = (
            "http.patient:identifier".to_owned(),
            ShapeProblem::TooMany(1),
        );
        assert_eq!(problems(&query), [expected]);
    }

    proptest! {
        #[test]
        fn never_panics(
            pairs in prop::collection::vec(
                (prop_oneof!["[a-z_.:]{0,12}", Just("authoredon".to_owned())], "\\PC{0,20}"),
                0..5,
            ),
        ) {
            prop_assert!(read(&pairs).map_or(true, |search| search.count == DEFAULT_COUNT));
        }
    }
}
