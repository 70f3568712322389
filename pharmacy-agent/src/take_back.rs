//! Take back: the pharmacy that dispensed takes medicine back, or puts its record right.

use jiff::Timestamp;
use prescription::event::{Destination, ReturnReason};
use prescription::{Folio, Packages};
use serde_json::{Value, json};

use crate::counter::Counter;
use crate::declare::{DeclareError, Declared, declare, earlier, signed};
use crate::store::{ActId, RecordedAct, Statement, StatementKind};

/// One line of one own dispensing, as the service names it: folio, index of the ledger, line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispensedId {
    /// The prescription.
    pub folio: Folio,
    /// Index of the dispensing in the ledger.
    pub index: u64,
    /// Line of the prescription.
    pub line: u8,
}

/// The text names no line of a dispensing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("No es el número de un renglón surtido.")]
pub struct DispensedIdError;

impl std::str::FromStr for DispensedId {
    type Err = DispensedIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let (Some(folio), Some(index), Some(line), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(DispensedIdError);
        };
        let canonical = |number: &str| number.bytes().all(|c| c.is_ascii_digit());
        if !canonical(index) || !canonical(line) {
            return Err(DispensedIdError);
        }
        Ok(Self {
            folio: folio.parse().map_err(|_| DispensedIdError)?,
            index: index.parse().map_err(|_| DispensedIdError)?,
            line: line.parse().map_err(|_| DispensedIdError)?,
        })
    }
}

impl std::fmt::Display for DispensedId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{}", self.folio.compact(), self.index, self.line)
    }
}

impl DispensedId {
    /// A line of an act that the ledger has.
    #[must_use]
    pub fn of(recorded: &RecordedAct, line: u8) -> Option<Self> {
        let index = recorded.ledger_index?;
        let act = &recorded.act;
        let has_line = act.lines.iter().any(|done| done.line == line);
        has_line.then_some(Self {
            folio: act.folio,
            index,
            line,
        })
    }
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeBack {
    /// Number of the statement, drawn once: the same form twice is one return.
    pub id: ActId,
    /// Of which dispensing.
    pub of: DispensedId,
    /// How many packages; dosis unitarias of an inpatient prescription.
    pub packages: Packages,
    /// Whether the quantity counts unit doses.
    pub unit_doses: bool,
    /// Why.
    pub reason: ReturnReason,
    /// Where the medicine goes.
    pub destination: Destination,
}

/// Signs, writes down and delivers. Whether it may be is the service's to say.
///
/// # Errors
/// [`DeclareError`]; nothing was stated.
pub fn take_back(
    counter: &Counter,
    what: &TakeBack,
    now: Timestamp,
) -> Result<Declared, DeclareError> {
    if let Some(declared) = earlier(counter, &what.id, now)? {
        return Ok(declared);
    }
    let statement = Statement {
        id: what.id.clone(),
        kind: StatementKind::Return,
        at: now,
        path: format!("/fhir/r4/MedicationDispense/{}/$return", what.of),
        submission: signed(&parameters(what, now), &counter.identity)?,
        summary: format!(
            "Devolución o corrección de {} × renglón {} de {}: {}, {}.",
            what.packages,
            what.of.line,
            what.of.folio,
            what.reason.in_spanish(),
            what.destination.in_spanish(),
        ),
    };
    Ok(declare(counter, &statement, now)?)
}

fn parameters(what: &TakeBack, now: Timestamp) -> Value {
    let reference = format!("MedicationDispense/{}", what.of);
    let unit = if what.unit_doses {
        "dosis unitaria"
    } else {
        "envase"
    };
    let quantity = json!({ "value": what.packages.count(), "unit": unit });
    json!({
        "resourceType": "Parameters",
        "parameter": [
            { "name": "dispense", "valueReference": { "reference": reference } },
            { "name": "at", "valueDateTime": now.to_string() },
            { "name": "reason", "valueCode": what.reason.code() },
            { "name": "destination", "valueCode": what.destination.code() },
            { "name": "quantity", "valueQuantity": quantity },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, acts, now};

    fn what() -> TakeBack {
        TakeBack {
            id: "b".repeat(32).parse().unwrap(),
            of: DispensedId {
                folio: acts::act(1).folio,
                index: 44,
                line: 1,
            },
            packages: Packages::new(1),
            unit_doses: false,
            reason: ReturnReason::EnteredInError,
            destination: Destination::Shelf,
        }
    }

    #[test]
    fn is_written_as_agreed_and_once() {
        let (_folder, counter) = fixture::counter();
        for _ in 0..2 {
            let done = take_back(&counter, &what(), now()).unwrap();
            assert!(matches!(done, Declared::Unknown { outage: true, .. }));
        }
        let [pending] = counter
            .store()
            .pending_statements()
            .unwrap()
            .try_into()
            .unwrap();
        let statement = pending.statement;
        let id = format!("{}-44-1", acts::act(1).folio.compact());
        assert_eq!(
            statement.path,
            format!("/fhir/r4/MedicationDispense/{id}/$return")
        );
        let document: Value = serde_json::from_slice(&statement.submission.document).unwrap();
        let parameter = &document["parameter"];
        let reference = format!("MedicationDispense/{id}");
        assert_eq!(parameter[0]["valueReference"]["reference"], reference);
        assert_eq!(parameter[1]["valueDateTime"], "2026-11-23T18:00:00Z");
        assert_eq!(parameter[2]["valueCode"], "entered-in-error");
        assert_eq!(parameter[3]["valueCode"], "shelf");
        assert_eq!(
            parameter[4]["valueQuantity"],
            json!({ "value": 1, "unit": "envase" })
        );
    }

    #[test]
    fn a_dispensed_line_is_named_as_the_service_does() {
        let of = what().of;
        assert_eq!(of.to_string().parse(), Ok(of.clone()));
        let compact = of.folio.compact();
        for wrong in ["", "x-1-1", "44-1", "1-44-1-1", "-44-1"] {
            assert!(wrong.parse::<DispensedId>().is_err(), "{wrong}");
        }
        for wrong in ["+4-1", "44-", "44-1-2", "44-999", "44"] {
            let wrong = format!("{compact}-{wrong}");
            assert!(wrong.parse::<DispensedId>().is_err(), "{wrong}");
        }
    }
}
