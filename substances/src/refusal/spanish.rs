//! What the person who is refused reads: what to do next, and the article where it is law.

mod line;
mod order;

use super::Refusal;

impl Refusal {
    /// One Spanish sentence that says what to do next; where the law asks for it, the article and
    /// its rule follow. Names nobody.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let advice = self.advice();
        match self.law() {
            Some(article) => format!("{advice} {}: {}", article.citation, article.rule),
            None => advice,
        }
    }

    fn advice(&self) -> String {
        match *self {
            Self::KindMayNot { kind } => order::kind_may_not(kind),
            Self::NotLicensed { book } => order::not_licensed(book),
            Self::NoResponsible => order::NO_RESPONSIBLE.to_owned(),
            Self::BookNotAuthorised { book } => order::book_not_authorised(book),
            Self::LinesOfOrder { most } => order::lines(most),
            Self::InTheFuture => order::IN_THE_FUTURE.to_owned(),
            Self::BeforeLastEntry { book, last } => order::before_last_entry(book, last),
            Self::RecordedWithPrescription => order::WITH_PRESCRIPTION.to_owned(),
            Self::DocumentMissing { kind } => order::document_missing(kind),
            Self::TextNotPrintable => order::TEXT.to_owned(),
            Self::PermitMissing { kind } => order::permit_missing(kind).to_owned(),
            Self::WitnessesMissing { least, .. } => order::witnesses(least),
            Self::NoticeOfNothing => order::NOTICE_OF_NOTHING.to_owned(),
            Self::PapersNotNeeded { kind } => order::papers_not_needed(kind),
            Self::CounterpartMissing { kind } => order::counterpart_missing(kind),
            Self::CounterpartUnknown => order::COUNTERPART_UNKNOWN.to_owned(),
            Self::CounterpartIsSelf => order::COUNTERPART_IS_SELF.to_owned(),
            Self::CounterpartNotLicensed { book } => order::counterpart_not_licensed(book),
            Self::ShipmentUnknown => order::SHIPMENT_UNKNOWN.to_owned(),
            Self::NotTheReceiver => order::NOT_THE_RECEIVER.to_owned(),
            Self::MedicineUnknown { line } => line::says(line, line::MEDICINE_UNKNOWN),
            Self::NotControlled { line } => line::says(line, line::NOT_CONTROLLED),
            Self::UnitsOfLine { line } => line::says(line, line::UNITS),
            Self::LotNumber { line } => line::says(line, line::LOT_NUMBER),
            Self::LotExpired { line } => line::says(line, line::LOT_EXPIRED),
            Self::NotEnoughStock { line, held } => line::not_enough(line, held),
            Self::TooMany { line } => line::says(line, line::TOO_MANY),
            Self::AlreadyOpened { line } => line::says(line, line::ALREADY_OPENED),
            Self::NotInShipment { line } => line::says(line, line::NOT_IN_SHIPMENT),
            Self::MoreThanShipped { line, left } => line::more_than_shipped(line, left),
            Self::ReasonMissing { line, expected } => line::reason_missing(line, expected),
            Self::ReasonDoesNotFit { line } => line::says(line, line::REASON_DOES_NOT_FIT),
            Self::NotCorrectable => order::NOT_CORRECTABLE.to_owned(),
            Self::NotInCorrected { line } => line::says(line, line::NOT_IN_CORRECTED),
            Self::MoreThanCorrected { line, left } => line::more_than_corrected(line, left),
            Self::LotMissing { line } => line::says(line, line::LOT_MISSING),
            Self::NotOfPrescription => order::NOT_OF_PRESCRIPTION.to_owned(),
        }
    }
}
