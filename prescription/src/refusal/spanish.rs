//! What the person who is refused reads: what to do next, and the article where it is law.

mod after;
mod dispense;
mod erase;
mod issue;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::Refusal;
use crate::spanish::day;

impl Refusal {
    /// One Spanish sentence that says what to do next; where the law asks for it, the article and
    /// its rule follow. Names nobody: no patient, no prescriber.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let advice = self.advice();
        match self.law() {
            Some(article) => format!("{advice} {}: {}", article.citation, article.rule),
            None => advice,
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table: one line for each refusal")]
    fn advice(&self) -> String {
        match *self {
            Self::ProfessionMayNotPrescribe { line, fraction } => issue::profession(line, fraction),
            Self::PrescriberNotActive => issue::PRESCRIBER_NOT_ACTIVE.to_owned(),
            Self::PrescriberNotAtEstablishment => issue::NOT_AT_ESTABLISHMENT.to_owned(),
            Self::LineCount { most } => issue::line_count(most),
            Self::WrittenOn => issue::WRITTEN_ON.to_owned(),
            Self::FractionIMixed => issue::FRACTION_I_MIXED.to_owned(),
            Self::SpecialFolioMissing => issue::SPECIAL_FOLIO_MISSING.to_owned(),
            Self::SpecialFolioNotUsable(problem) => issue::special_folio(problem).to_owned(),
            Self::SpecialFolioNotNeeded => issue::SPECIAL_FOLIO_NOT_NEEDED.to_owned(),
            Self::AddressMissing => issue::ADDRESS_MISSING.to_owned(),
            Self::DiagnosisMissing => issue::DIAGNOSIS_MISSING.to_owned(),
            Self::ConsentDenied => issue::CONSENT_DENIED.to_owned(),
            Self::MedicineUnknown { line } => issue::medicine_unknown(line),
            Self::Prohibited { line, .. } => issue::prohibited(line),
            Self::PackageCount { line, most } => issue::package_count(line, most),
            Self::FractionIIPackages { line, asked } => issue::fraction_ii_packages(line, asked),
            Self::NoFills { line } => issue::no_fills(line),
            Self::TooManyFills {
                line,
                fraction,
                most,
            } => issue::fills(line, fraction, most),
            Self::TreatmentTooLong { line, days } => issue::treatment(line, days),
            Self::InternTreatmentTooLong { line, days, most } => issue::intern(line, days, most),
            Self::DosageIncomplete { line } => issue::dosage_incomplete(line),
            Self::DailyDoseAboveIndication { line } => issue::daily_dose(line),
            Self::BrandName { line } => issue::brand_name(line),
            Self::DuplicateSubstance { line, other } => issue::duplicate(line, other),
            Self::AlreadyCompleted { at } => dispense::completed(at),
            Self::AlreadyCancelled { at, reason } => dispense::cancelled(at, reason),
            Self::AlreadyExpired { line, valid_until } => dispense::expired(line, valid_until),
            Self::NotYetValid => dispense::NOT_YET_VALID.to_owned(),
            Self::StillValid { until } => dispense::still_valid(until),
            Self::LinesOfCommand => dispense::LINES_OF_COMMAND.to_owned(),
            Self::NoSuchLine { line } => dispense::no_such_line(line),
            Self::LineClosed { line, retained } => dispense::line_closed(line, retained),
            Self::MoreThanOwed { line, owed } => dispense::more_than_owed(line, owed),
            Self::NothingDispensed { line } => dispense::nothing(line),
            Self::PharmacyNotLicensed { line, fraction } => dispense::licence(line, fraction),
            Self::LotMissing { line, fraction, .. } => dispense::lot_missing(line, fraction),
            Self::MedicineExpired { line } => dispense::medicine_expired(line),
            Self::OnlineOnly { line } => dispense::online_only(line),
            Self::NotThePrescriber => dispense::NOT_THE_PRESCRIBER.to_owned(),
            Self::NotForAnimals => issue::NOT_FOR_ANIMALS.to_owned(),
            Self::NotDental { line } => issue::not_dental(line),
            Self::NotOnNurseList { line } => issue::nurse_list(line),
            Self::SpeciesMissing => issue::SPECIES_MISSING.to_owned(),
            Self::NoBrandToKeep { line } => issue::no_brand(line),
            Self::UnitDoseCount { line, most } => issue::unit_doses(line, most),
            Self::UnitDoseFills { line } => issue::unit_dose_fills(line),
            Self::RefillInterval { line, most } => issue::refill_interval(line, most),
            Self::SupplyAtHand { line, other, until } => issue::at_hand(line, other, until),
            Self::SameGroup { line, other, until } => issue::same_group(line, other, until),
            Self::SameSpecialRecetaOpen { line, other } => issue::same_special(line, other),
            Self::Suspended { at, reason } => after::suspended(at, reason),
            Self::NotSuspended => after::NOT_SUSPENDED.to_owned(),
            Self::WrongMedicine { line } => dispense::wrong_medicine(line),
            Self::SubstitutionNotAllowed { line } => dispense::substitution(line),
            Self::TooEarly { line, from } => dispense::too_early(line, from),
            Self::OwedElsewhere { line, until } => dispense::owed_elsewhere(line, until),
            Self::UnitDoseElsewhere { line } => dispense::unit_dose(line),
            Self::DayOfInstant => dispense::DAY_OF_INSTANT.to_owned(),
            Self::BackDated { line, last } => dispense::back_dated(line, last),
            Self::NoSuchDispensing { dispensing } => after::no_such_dispensing(dispensing),
            Self::NotTheDispensingPharmacy => after::OTHER_PHARMACY.to_owned(),
            Self::ReturnWindowOver { until } => after::window(until),
            Self::MoreThanHandedOver { line, most } => after::more_than_handed_over(line, most),
            Self::NotToTheShelf { line } => after::not_to_the_shelf(line),
            Self::NothingToTransfer => after::NOTHING_TO_TRANSFER.to_owned(),
            Self::RetainedNotTransferable { line } => after::retained(line),
            Self::NotAtEnd => erase::NOT_AT_END.to_owned(),
            Self::RetentionNotOver { until } => erase::retention(until),
            Self::AlreadyErased { at } => erase::erased(at),
        }
    }
}

/// "3 de marzo de 2026 a las 15:04, hora del centro". The refusal knows no place; most of the
/// country keeps this hour, UTC−6 all year since 2022.
fn instant(at: Timestamp) -> String {
    let central = Offset::constant(-6).to_datetime(at);
    format!(
        "{} a las {}, hora del centro",
        day(central.date()),
        central.strftime("%H:%M")
    )
}

/// "1 envase", "2 envases".
fn envases(count: u32) -> String {
    format!("{count} {}", if count == 1 { "envase" } else { "envases" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::CancelReason;
    use crate::tests::every_refusal::every_refusal;
    use crate::tests::fixture::date;
    use crate::{Packages, law};

    #[test]
    fn every_refusal_reads_as_a_sentence_and_cites_its_article() {
        for refusal in every_refusal() {
            let text = refusal.in_spanish();
            assert!(text.ends_with('.') && text.len() > 20, "{text}");
            assert!(!text.contains("  ") && !text.contains(".."), "{text}");
            if let Some(article) = refusal.law() {
                assert!(
                    text.ends_with(article.rule) && text.contains(article.citation),
                    "{text}"
                );
            }
            if let Some(line) = refusal.line() {
                assert!(
                    text.to_lowercase().contains(&format!("renglón {line}")),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn says_what_was_asked_and_what_to_do() {
        let refusal = Refusal::FractionIIPackages {
            line: 1,
            asked: Packages::new(3),
        };
        let expected = format!(
            "Renglón 1: pidió 3 envases; prescriba 2 como máximo. LGS art. 226, fracción II: {}",
            law::LGS_226_II.rule
        );
        assert_eq!(refusal.in_spanish(), expected);
    }

    #[test]
    fn days_and_hours_are_those_of_mexico() {
        assert_eq!(day(date("2026-03-01")), "1 de marzo de 2026");
        assert_eq!(day(date("2026-12-31")), "31 de diciembre de 2026");
        let at = "2026-03-02T03:30:00Z".parse().unwrap();
        let refusal = Refusal::AlreadyCancelled {
            at,
            reason: CancelReason::TherapyChanged,
        };
        let text = refusal.in_spanish();
        assert!(
            text.contains("1 de marzo de 2026 a las 21:30, hora del centro"),
            "{text}"
        );
        assert!(text.contains("cambió el tratamiento"), "{text}");
    }
}
