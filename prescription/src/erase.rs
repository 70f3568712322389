//! Erasure: what identifies a person is destroyed once nobody has to keep it any more.
//!
//! The bodies of a prescription's events and their salts go; leaves, tree and proofs stay. The
//! erasure itself is an event, signed by the officer who orders it, and is never destroyed.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::body::BodyError;
use crate::law::Parameters;
use crate::{Cedula, Erased, Event, Prescription, Refusal};

/// Why bodies are destroyed. Each holds only after the retention: until then the duty to keep them
/// goes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErasureBasis {
    /// The retention is over and nothing else asks to keep them.
    RetentionOver,
    /// The person asked for it (derecho de cancelación, the C of ARCO).
    PersonRequest,
    /// A court or authority ordered it.
    AuthorityOrder,
}

impl ErasureBasis {
    /// All bases.
    pub const ALL: [Self; 3] = [
        Self::RetentionOver,
        Self::PersonRequest,
        Self::AuthorityOrder,
    ];

    /// The code on the command line and in the event.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RetentionOver => "retention-over",
            Self::PersonRequest => "person-request",
            Self::AuthorityOrder => "authority-order",
        }
    }

    /// The basis with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::RetentionOver => "terminó el plazo de conservación",
            Self::PersonRequest => "lo pidió la persona (derecho de cancelación)",
            Self::AuthorityOrder => "lo ordenó una autoridad",
        }
    }
}

/// What an officer orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraseCommand {
    /// Instant of the erasure.
    pub at: Timestamp,
    /// The day of `at` in the time zone of the establishment.
    pub today: Date,
    /// The day on which the prescription ended, in the same zone.
    pub ended_on: Date,
    /// Who orders it.
    pub by: Cedula,
    /// Why.
    pub basis: ErasureBasis,
    /// Ledger indices of the prescription's events, ascending: all of them.
    pub entries: Vec<u64>,
}

/// Decides an erasure.
///
/// # Errors
/// The prescription is not at its end, the retention is not over, or it was erased already.
pub fn decide(
    prescription: &Prescription,
    command: EraseCommand,
    parameters: &Parameters,
) -> Result<Erased, Refusal> {
    is_due(prescription, command.today, command.ended_on, parameters)?;
    Ok(Erased {
        folio: prescription.issued.folio,
        at: command.at,
        by: command.by,
        basis: command.basis,
        entries: command.entries,
    })
}

/// That a prescription that ended on `ended_on` may be erased on `today`; returns the last day on
/// which its bodies had to be kept.
///
/// # Errors
/// As [`decide`].
pub fn is_due(
    prescription: &Prescription,
    today: Date,
    ended_on: Date,
    parameters: &Parameters,
) -> Result<Date, Refusal> {
    if prescription.status.ended_at().is_none() {
        return Err(Refusal::NotAtEnd);
    }
    if let Some(at) = prescription.erased {
        return Err(Refusal::AlreadyErased { at });
    }
    let until = keep_until(prescription, ended_on, parameters);
    if today > until {
        Ok(until)
    } else {
        Err(Refusal::RetentionNotOver { until })
    }
}

/// The last day on which the bodies of a prescription that ended on `ended_on` must be kept: the
/// longest of the retentions that apply to it.
#[must_use]
pub fn keep_until(prescription: &Prescription, ended_on: Date, parameters: &Parameters) -> Date {
    let lines = &prescription.issued.lines;
    let controlled = lines.iter().any(|line| line.fraction.is_controlled());
    let record = parameters.record_retention_years;
    let years = if controlled {
        record.max(parameters.controlled_retention_years)
    } else {
        record
    };
    ended_on.saturating_add(Span::new().years(years))
}

impl Erased {
    /// What the officer signs: the canonical JSON (RFC 8785) of the event itself.
    ///
    /// # Errors
    /// [`BodyError::Shape`] if the event cannot be serialised.
    pub fn order(&self) -> Result<Vec<u8>, BodyError> {
        Ok(serde_json_canonicalizer::to_vec(&Event::Erased(
            self.clone(),
        ))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{ISSUED_AT, date, prescription};
    use crate::{Fraction, Status};

    fn ended(fraction: Fraction) -> Prescription {
        let mut ended = prescription(&[fraction]);
        ended.status = Status::Completed {
            at: ISSUED_AT.parse().unwrap(),
        };
        ended
    }

    fn command(today: &str) -> EraseCommand {
        EraseCommand {
            at: format!("{today}T18:00:00Z").parse().unwrap(),
            today: date(today),
            ended_on: date("2026-06-01"),
            by: "7654321".parse().unwrap(),
            basis: ErasureBasis::RetentionOver,
            entries: vec![4, 9],
        }
    }

    fn erase(prescription: &Prescription, today: &str) -> Result<Erased, Refusal> {
        decide(prescription, command(today), &Parameters::default())
    }

    #[test]
    fn the_last_day_of_the_retention_still_keeps() {
        let until = date("2031-06-01");
        let ended = ended(Fraction::IV);
        let refused = Err(Refusal::RetentionNotOver { until });
        assert_eq!(erase(&ended, "2031-06-01"), refused);
        let erased = erase(&ended, "2031-06-02").unwrap();
        assert_eq!(erased.folio, ended.issued.folio);
        assert_eq!(erased.entries, [4, 9]);
    }

    #[test]
    fn the_longer_retention_counts() {
        let mut parameters = Parameters::default();
        let until = |fraction, parameters: &Parameters| {
            keep_until(&ended(fraction), date("2026-06-01"), parameters)
        };
        assert_eq!(until(Fraction::II, &parameters), date("2031-06-01"));
        parameters.controlled_retention_years = 7;
        assert_eq!(until(Fraction::II, &parameters), date("2033-06-01"));
        assert_eq!(until(Fraction::IV, &parameters), date("2031-06-01"));
        parameters.record_retention_years = u8::MAX;
        assert_eq!(until(Fraction::II, &parameters), date("2281-06-01"));
    }

    #[test]
    fn what_can_still_be_filled_is_not_erased() {
        let active = prescription(&[Fraction::IV]);
        assert_eq!(erase(&active, "2040-01-01"), Err(Refusal::NotAtEnd));
    }

    #[test]
    fn only_once_and_nothing_follows() {
        let ended = ended(Fraction::IV);
        let erased = Event::Erased(erase(&ended, "2031-06-02").unwrap());
        let after = ended.apply(&erased).unwrap();
        let at = erased.at();
        let refused = Err(Refusal::AlreadyErased { at });
        assert_eq!(erase(&after, "2031-06-03"), refused);
        let twice = after.apply(&erased);
        assert_eq!(twice, Err(crate::state::ApplyError::AfterEnd));
    }

    #[test]
    fn the_order_says_what_is_destroyed_and_names_no_patient() {
        let erased = erase(&ended(Fraction::IV), "2031-06-02").unwrap();
        let order = String::from_utf8(erased.order().unwrap()).unwrap();
        assert!(order.contains(r#""basis":"retention-over""#), "{order}");
        assert!(order.contains(r#""entries":[4,9]"#), "{order}");
        assert!(order.contains(r#""kind":"erased""#), "{order}");
        assert!(!order.contains("patient"), "{order}");
        let read: Event = serde_json::from_str(&order).unwrap();
        assert_eq!(read, Event::Erased(erased));
    }

    #[test]
    fn codes_name_one_basis_each() {
        for basis in ErasureBasis::ALL {
            assert_eq!(ErasureBasis::from_code(basis.code()), Some(basis));
            let written = serde_json::to_string(&basis).unwrap();
            assert_eq!(written, format!("\"{}\"", basis.code()));
        }
        assert_eq!(ErasureBasis::from_code("because"), None);
    }
}
