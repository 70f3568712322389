//! Writing an act down, before the service hears of it.

use rusqlite::{Transaction, named_params};

use super::{Act, Store, StoreError, Submission};

impl Store {
    /// Writes an act down as pending.
    ///
    /// Commit point: a crash before it and nothing was handed over; a crash after it and `sync`
    /// delivers the same bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record_act(
        &mut self,
        act: &Act,
        submission: &Submission,
        qr: &str,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        insert_act(&transaction, act, submission, qr)?;
        for line in &act.lines {
            transaction.execute(
                "INSERT INTO act_line
                 (act, line, clave, name, packages, fill, retained, lot, expiry, book, brand,
                  unit_doses) VALUES
                 (:act, :line, :clave, :name, :packages, :fill, :retained, :lot, :expiry, :book,
                  :brand, :unit_doses)",
                named_params! {
                    ":act": act.id.to_string(),
                    ":line": line.line,
                    ":clave": line.clave.as_str(),
                    ":name": line.name,
                    ":packages": line.packages.count(),
                    ":fill": line.fill,
                    ":retained": line.retained,
                    ":lot": line.lot,
                    ":expiry": line.expiry.map(|expiry| expiry.to_string()),
                    ":book": line.book.map(super::Book::code),
                    ":brand": line.brand,
                    ":unit_doses": line.unit_doses,
                },
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn insert_act(
    transaction: &Transaction<'_>,
    act: &Act,
    submission: &Submission,
    qr: &str,
) -> Result<(), StoreError> {
    transaction.execute(
        "INSERT INTO act (id, folio, at, on_day, offline, cedula, document, signature, qr, state)
         VALUES (:id, :folio, :at, :on_day, :offline, :cedula, :document, :signature, :qr,
                 'pending')",
        named_params! {
            ":id": act.id.to_string(),
            ":folio": act.folio.to_string(),
            ":at": act.at.as_second(),
            ":on_day": act.on.to_string(),
            ":offline": act.offline,
            ":cedula": act.cedula.as_str(),
            ":document": submission.document,
            ":signature": submission.signature,
            ":qr": qr,
        },
    )?;
    Ok(())
}
