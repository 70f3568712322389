//! Expiry: the validity ran out.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Expired, Prescription, Refusal};

/// Decides an expiry on `today`, the day of `at` in the time zone of the establishment: the last
/// day of every open line is past.
///
/// # Errors
/// It is still valid, or at its end already.
pub fn decide(prescription: &Prescription, at: Timestamp, today: Date) -> Result<Expired, Refusal> {
    prescription.ensure_not_ended()?;
    let until = prescription.valid_until();
    if today <= until {
        return Err(Refusal::StillValid { until });
    }
    Ok(Expired {
        folio: prescription.issued.folio,
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{ISSUED_AT, TODAY, date, dispense, prescription, visit};
    use crate::{Event, Fraction, Status, law};

    fn expire(prescription: &Prescription, today: &str) -> Result<Expired, Refusal> {
        decide(prescription, ISSUED_AT.parse().unwrap(), date(today))
    }

    #[test]
    fn the_last_day_is_still_valid() {
        let active = prescription(&[Fraction::II]);
        let until = date("2026-07-01");
        let answer = expire(&active, "2026-07-01");
        assert_eq!(
            answer,
            Err(Refusal::StillValid { until }),
            "{}",
            law::LGS_226_II.rule
        );
        assert!(expire(&active, "2026-07-02").is_ok());
    }

    #[test]
    fn it_waits_for_the_last_open_line_and_for_no_closed_one() {
        let active = prescription(&[Fraction::II, Fraction::III]);
        let until = date("2026-12-01");
        assert_eq!(
            expire(&active, "2026-07-02"),
            Err(Refusal::StillValid { until })
        );

        let active = prescription(&[Fraction::II, Fraction::IV]);
        let all_of_iv = active.issued.lines[1].packages.count();
        let mut active = active;
        for _ in 0..active.issued.lines[1].fills {
            let visited = dispense(&active, &visit(TODAY, &[(2, all_of_iv)])).unwrap();
            active = active.apply(&Event::Dispensed(visited)).unwrap();
        }
        assert!(expire(&active, "2026-07-01").is_err());
        assert!(expire(&active, "2026-07-02").is_ok());
    }

    #[test]
    fn an_ended_prescription_does_not_expire() {
        let at = ISSUED_AT.parse().unwrap();
        let mut ended = prescription(&[Fraction::II]);
        ended.status = Status::Completed { at };
        assert_eq!(
            expire(&ended, "2030-01-01"),
            Err(Refusal::AlreadyCompleted { at })
        );
    }
}
