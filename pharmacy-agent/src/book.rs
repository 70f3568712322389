//! Book: the control books of fractions I to III and the register of antibiotics.

use std::io::Write;

use crate::counter::Counter;
use crate::store::{Book, BookEntry, StoreError};

/// The books cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The output failed.
    #[error("No se puede escribir el libro: {0}.")]
    Write(#[from] csv::Error),
    /// The output failed at its end.
    #[error("No se puede escribir el libro: {0}.")]
    Flush(#[from] std::io::Error),
}

/// Every entry of every book, book by book.
///
/// # Errors
/// [`StoreError`].
pub fn book(counter: &Counter) -> Result<Vec<BookEntry>, StoreError> {
    let store = counter.store();
    let mut entries = Vec::new();
    for book in Book::ALL {
        entries.extend(store.book(book)?);
    }
    Ok(entries)
}

/// Writes entries as CSV (RFC 4180) with a header.
///
/// # Errors
/// [`BookError`].
pub fn write_csv(entries: &[BookEntry], out: &mut dyn Write) -> Result<(), BookError> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "libro",
        "numero",
        "asentado",
        "fecha",
        "folio",
        "clave",
        "medicamento",
        "envases",
        "lote",
        "caducidad",
        "cedula",
        "retenida",
    ])?;
    for entry in entries {
        let line = &entry.line;
        csv.write_record([
            entry.book.code(),
            &entry.number.to_string(),
            &entry.entered_at.to_string(),
            &entry.on.to_string(),
            &entry.folio.to_string(),
            line.clave.as_str(),
            &plain(&line.name),
            &line.packages.to_string(),
            &plain(line.lot.as_deref().unwrap_or_default()),
            &line
                .expiry
                .map(|expiry| expiry.to_string())
                .unwrap_or_default(),
            entry.cedula.as_str(),
            if line.retained { "sí" } else { "no" },
        ])?;
    }
    Ok(csv.flush()?)
}

/// A lot is typed by people: what a spreadsheet would run as a formula becomes text.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::{offline_act, submission};
    use crate::store::Store;

    #[test]
    fn csv_has_a_row_per_entry_and_no_formulas() {
        let (_folder, mut store) = Store::temporary();
        let mut act = offline_act(1);
        act.lines[0].lot = Some("=1+1,\"x\"".to_owned());
        store.record_act(&act, &submission(), "RX1").unwrap();
        let mut out = Vec::new();
        write_csv(&store.book(Book::Antibiotics).unwrap(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let expected = format!(
            "libro,numero,asentado,fecha,folio,clave,medicamento,envases,lote,caducidad,cedula,\
             retenida\nantibioticos,1,2026-11-23T18:00:00Z,2026-11-23,{},010.000.2128.00,\
             Medicamento de prueba,1,\"'=1+1,\"\"x\"\"\",2027-06-30,12345678,sí\n",
            act.folio
        );
        assert_eq!(text, expected);
    }
}
