//! A register that is one long table: the register of antibiotics, the list of retained recetas.

use crate::TooLong;
use crate::letterhead::{self, CELL, Establishment, NOTE, Period, TABLE_HEAD, VALUE};
use crate::mark::Row;
use crate::pager::{Frame, Pager};
use crate::pdf;
use crate::sheet::Sheet;
use crate::table::{Table, TableColumn};
use crate::twin::{Files, digest};
use crate::wrap::{joined, paragraph};

const SHEET: Sheet = Sheet::LetterLandscape;
/// Ten books of a thousand sheets: an input that asks for more is split by period.
const MOST_PAGES: usize = 10_000;

/// Why a register cannot be printed. Names numbers, never a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The last day is before the first.
    #[error("the period of the register ends before it begins")]
    Period,
    /// An entry of another period.
    #[error("entry {0} is not of the register's period")]
    OutOfPeriod(u64),
    /// A gap in the numbers, or a number twice.
    #[error("entry {0} does not follow the number before it")]
    Number(u64),
    /// A date before the last entry's.
    #[error("entry {0} is dated before the entry that it follows")]
    Order(u64),
    /// Texts that do not fit the paper, or more pages than a register may have.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

/// The words around the table, and the table as people read it.
pub(crate) struct Listing<'a> {
    pub(crate) title: &'a str,
    pub(crate) basis: &'a str,
    /// What the file is called, in its metadata and at the foot of its pages.
    pub(crate) short: String,
    pub(crate) note: &'a str,
    pub(crate) house: &'a Establishment,
    pub(crate) period: Period,
    pub(crate) ledger: &'a str,
    pub(crate) columns: Vec<TableColumn>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Listing<'_> {
    /// Both files, bound by the digest of the CSV.
    pub(crate) fn files(&self, csv: Vec<u8>) -> Result<Files, RegisterError> {
        let csv_sha256 = digest(&csv);
        let pdf = self.pdf(&csv_sha256)?;
        Ok(Files {
            pdf,
            csv,
            csv_sha256,
        })
    }

    fn pdf(&self, csv_sha256: &str) -> Result<Vec<u8>, TooLong> {
        let body = SHEET.body();
        let mut pager = Pager::new(self.frame(csv_sha256))?;
        let mut rows = letterhead::title(body, self.title, self.basis);
        let more = [
            ("RENGLONES", self.rows.len().to_string()),
            ("LIBRO PÚBLICO", self.ledger.to_owned()),
        ];
        let establishment = letterhead::establishment(body, self.house, self.period, &more);
        rows.extend(establishment);
        rows.extend(paragraph(body, NOTE, self.note));
        rows.extend(letterhead::twin(body, csv_sha256));
        rows.push(Row::space(500));
        pager.place(rows)?;
        let table = Table::new(0, self.columns.clone(), TABLE_HEAD, CELL).filling(body);
        table.place(&mut pager, self.rows.iter().map(Vec::as_slice))?;
        if self.rows.is_empty() {
            let mut none = vec![Row::space(250)];
            none.extend(paragraph(body, VALUE, "Sin asientos en el periodo."));
            pager.place(none)?;
        }
        let mut end = letterhead::signatures(body, self.house);
        end.push(Row::space(500));
        end.extend(letterhead::twin(body, csv_sha256));
        pager.place(end)?;
        Ok(pdf::write(SHEET, &pager.finish(), &self.short))
    }

    fn frame(&self, csv_sha256: &str) -> Frame {
        let short: String = csv_sha256.chars().take(16).collect();
        let footer = joined(&[
            &self.short,
            &format!("CLUES {}", self.house.clues),
            &self.period.short(),
            &format!("CSV {short}…"),
        ]);
        Frame::plain(SHEET, &footer, MOST_PAGES)
    }
}
