//! Pages of a search: the cursor carries the whole search, so that following `next` neither loses
//! a filter nor puts a CURP into a URL.

use std::fmt;
use std::str::FromStr;

use prescription::{Folio, PatientId};

use crate::fhir::RequestStatus;

/// A search, and where its page before ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Most prescriptions of a page.
    pub count: u16,
    /// Lines of these statuses; empty for all.
    pub statuses: Vec<RequestStatus>,
    /// First and last day written (days since 1970-01-01).
    pub written: (i64, i64),
    /// One patient, by pseudonym.
    pub patient: Option<PatientId>,
    /// Milliseconds of issue and folio of the last prescription seen.
    pub after: Option<(i64, Folio)>,
}

/// The text is no cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this server")]
pub struct PageError;

const STATUSES: [RequestStatus; 5] = [
    RequestStatus::Active,
    RequestStatus::Completed,
    RequestStatus::Cancelled,
    RequestStatus::Stopped,
    RequestStatus::OnHold,
];

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_", self.count)?;
        for (place, status) in STATUSES.iter().enumerate() {
            if self.statuses.contains(status) {
                write!(f, "{place}")?;
            }
        }
        let patient = self.patient.as_ref().map_or("", PatientId::as_str);
        write!(f, "_{}_{}_{patient}", self.written.0, self.written.1)?;
        match self.after {
            Some((issued_at, folio)) => write!(f, "_{issued_at}_{}", folio.compact()),
            None => f.write_str("__"),
        }
    }
}

impl FromStr for Page {
    type Err = PageError;

    fn from_str(text: &str) -> Result<Self, PageError> {
        let parts: Vec<_> = text.split('_').collect();
        let [count, statuses, from, to, patient, issued_at, folio] = parts[..] else {
            return Err(PageError);
        };
        let number = |text: &str| text.parse::<i64>().map_err(|_| PageError);
        let status = |digit: char| {
            let place = digit
                .to_digit(10)
                .and_then(|place| usize::try_from(place).ok());
            place
                .and_then(|place| STATUSES.get(place).copied())
                .ok_or(PageError)
        };
        let patient = match patient {
            "" => None,
            patient => Some(patient.parse().map_err(|_| PageError)?),
        };
        let after = match (issued_at, folio) {
            ("", "") => None,
            (issued_at, folio) => Some((number(issued_at)?, folio.parse().map_err(|_| PageError)?)),
        };
        Ok(Self {
            count: count
                .parse()
                .ok()
                .filter(|count| *count > 0)
                .ok_or(PageError)?,
            statuses: statuses.chars().map(status).collect::<Result<_, _>>()?,
            written: (number(from)?, number(to)?),
            patient,
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_back_and_fits_a_cursor() {
        let page = Page {
            count: 100,
            statuses: STATUSES.to_vec(),
            written: (i64::MIN, i64::MAX),
            patient: Some("0123456789abcdef0123456789abcdef".parse().unwrap()),
            after: Some((1_795_000_000_123, Folio::from_random([7; 10]))),
        };
        let text = page.to_string();
        assert!(text.len() <= 128, "{text}");
        assert_eq!(text.parse(), Ok(page.clone()));
        let first = Page {
            statuses: Vec::new(),
            patient: None,
            after: None,
            ..page
        };
        assert_eq!(first.to_string().parse(), Ok(first));
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in [
            "",
            "1",
            "1_9_0_0___",
            "0_1_0_0___",
            "1_1_0_0__5_",
            "1_1_x_0___",
        ] {
            assert_eq!(wrong.parse::<Page>(), Err(PageError), "{wrong}");
        }
    }
}
