//! The recetas that a book retained, as files: what an establishment hands to the authority when
//! asked for them (LGS art. 242).

use ::paper::retained::{RetainedLine, RetainedList};
use substances::Book;
use substances::book::BookLine;

use super::ControlBook;
use super::files::{BookFiles, Facts, establishment, origin, period};
use crate::app::App;
use crate::flow::FlowError;

/// Lays out the list of the recetas that stay with `book`.
///
/// # Errors
/// The list contradicts itself: a defect of ours; or the database failed.
pub async fn retained_files(app: &App, book: &ControlBook) -> Result<BookFiles, FlowError> {
    let mut lines = Vec::new();
    for line in &book.lines {
        if let Some(number) = line.retained {
            lines.push(retained(app, book, line, number).await?);
        }
    }
    lines.sort_by_key(|line| (line.number, line.entry));
    let list = RetainedList {
        establishment: establishment(app, book).await?,
        period: period(book),
        book: match book.book {
            Book::I => "Fracción I",
            Book::II => "Fracción II",
            Book::III => "Fracción III",
            Book::Antibiotics => "Antibióticos",
        }
        .to_owned(),
        ledger: origin(app, book),
        lines,
    };
    let files = list.files().map_err(FlowError::internal)?;
    Ok(BookFiles {
        pdf: files.pdf,
        csv: files.csv,
    })
}

async fn retained(
    app: &App,
    book: &ControlBook,
    line: &BookLine,
    number: u64,
) -> Result<RetainedLine, FlowError> {
    let (Some(folio), Some(prescriber)) = (line.folio, &line.prescriber) else {
        let entry = line.entry;
        let error = format!("entry {entry} of book {} retains nothing", book.book.code());
        return Err(FlowError::Internal(error));
    };
    // Only fraction I is written on a special recetario.
    let special_folio = match book.book {
        Book::I => app.store.prescription(folio).await?,
        Book::II | Book::III | Book::Antibiotics => None,
    };
    let facts = Facts::of(app, &line.clave);
    Ok(RetainedLine {
        number,
        date: line.on,
        folio: folio.to_string(),
        special_folio: special_folio
            .and_then(|stored| stored.state.issued.special_folio)
            .map(|special| special.as_str().to_owned()),
        cedula: prescriber.to_string(),
        clave: line.clave.to_string(),
        medicine: format!("{} {}", facts.name, facts.strength)
            .trim()
            .to_owned(),
        units: line.units_out.count(),
        unit: facts.unit,
        entry: line.entry,
        ledger_index: Some(line.ledger),
    })
}
