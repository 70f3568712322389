//! What is printed: pages of marks, and the PDF files made of them.
//!
//! ```text
//! facts ──▶ rows (paragraphs, tables, charts) ──pager──▶ pages of marks ──pdf──▶ PDF 1.7
//! ```
//!
//! Everything is a pure function of its input: no clock, no random identifier, so that the same
//! facts are always the same bytes. Text is set in the viewer's own Helvetica with
//! `WinAnsiEncoding`; what that encoding lacks is transliterated ([`winansi`]). All lengths are
//! integers, in hundredths of a point.
//!
//! What is *not* here: where the facts come from (SQL, HTTP, the ledger), the rules of the law, and
//! the receta itself, which `rx-service` composes of these primitives.

pub mod antibiotics;
pub mod chart;
pub mod code128;
pub mod control_book;
pub mod csv;
pub mod figures;
pub mod form;
#[cfg(test)]
mod geometry;
pub mod helvetica;
pub mod incb;
pub mod letterhead;
mod listing;
pub mod mark;
pub mod mass;
pub mod monthly_report;
pub mod pager;
pub mod pdf;
#[cfg(test)]
mod readers;
pub mod retained;
pub mod sheet;
pub mod svg;
pub mod table;
pub mod twin;
pub mod winansi;
pub mod wrap;

pub use listing::RegisterError;

/// A row taller than a page, or more pages than the document may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document does not fit its pages; shorten its texts")]
pub struct TooLong;

/// All text of a page, run by run: what a reader reads, for tests of what is printed.
#[must_use]
pub fn page_text(page: &[mark::Mark]) -> String {
    let runs = page.iter().filter_map(|mark| match mark {
        mark::Mark::Text { text, .. } => Some(winansi::decode(text)),
        mark::Mark::Fill { .. }
        | mark::Mark::Cells { .. }
        | mark::Mark::Line { .. }
        | mark::Mark::Watermark { .. } => None,
    });
    runs.collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}
