//! The printable receta: what the patient carries when there is no telephone in the room.
//!
//! ```text
//! Receta ──compose──▶ pages of marks ──paper::pdf──▶ PDF 1.7, A5, vector QR
//! ```
//!
//! A pure function of its input: no clock, no random identifier, so that the same receta is always
//! the same bytes. Rows, pages and the file are of the crate [`::paper`]; this room knows what a
//! receta says, and where.
//!
//! What is *not* here: signing, drawing the QR from its text, and asking whether the prescription
//! is still alive. The caller brings the modules and the status.

mod compose;
mod header;
mod medicine;
mod poster;
mod proof;
mod receta;
#[cfg(test)]
mod sample;
mod spanish;
#[cfg(test)]
mod tests;

use ::paper::mark::Column;
use ::paper::sheet::Sheet;
use ::paper::{TooLong, pdf, svg};

pub use poster::Paper;
pub use receta::{Establishment, LedgerEntry, Patient, Prescriber, QrModules, Receta, RecetaLine};

/// What the receta is printed on.
const SHEET: Sheet = Sheet::A5;
/// Between the side margins.
const BODY: Column = SHEET.body();

/// Why a receta cannot be printed. Names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// The modules are not a square QR symbol of version 1 to 40 (ISO/IEC 18004).
    #[error("the QR modules are not a square of 21 to 177; draw the symbol again")]
    QrShape,
    /// A receta without medicines would be a blank cheque.
    #[error("a receta needs at least one line")]
    NoLines,
    /// Fraction I without the authority's folio ([`prescription::law::LGS_241`]).
    #[error("fraction I is printed with the authority's special folio; give it")]
    SpecialFolioMissing,
    /// The authority's folio is empty, or has a character that Code 128 set B does not.
    #[error("the special folio cannot be drawn as a barcode; use printable ASCII")]
    SpecialFolioNotPrintable,
    /// A text so long that it would not fit the sheet, or more than nine sheets.
    #[error("the receta does not fit nine pages; shorten its texts")]
    TooLong,
}

impl From<TooLong> for PaperError {
    fn from(TooLong: TooLong) -> Self {
        Self::TooLong
    }
}

/// Draws the receta as a PDF 1.7 file of A5 pages.
pub fn render(receta: &Receta) -> Result<Vec<u8>, PaperError> {
    let pages = compose::compose(receta)?;
    Ok(pdf::write(SHEET, &pages, &title(receta)))
}

/// Draws the poster, the code with the least that people need beside it, as a PDF 1.7 file.
///
/// # Errors
/// As [`render`]; [`PaperError::TooLong`] where the paper has no room.
pub fn poster_pdf(receta: &Receta, paper: Paper) -> Result<Vec<u8>, PaperError> {
    let (sheet, page) = poster::compose(receta, paper)?;
    Ok(pdf::write(sheet, &[page], &title(receta)))
}

/// The same poster as an SVG, in its size on paper.
///
/// # Errors
/// As [`poster_pdf`].
pub fn poster_svg(receta: &Receta, paper: Paper) -> Result<String, PaperError> {
    let (sheet, page) = poster::compose(receta, paper)?;
    Ok(svg::write(sheet, &page, &title(receta)))
}

/// The metadata say the folio and nothing else of the receta: print queues show them to anyone.
fn title(receta: &Receta) -> String {
    format!("Receta {}", receta.folio)
}
