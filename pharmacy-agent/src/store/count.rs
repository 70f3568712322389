//! A physical count under way: what the books said when it began, and what was counted since.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::Clave;
use rusqlite::{OptionalExtension as _, named_params};

use super::column::Columns;
use super::statement::insert;
use super::{ActId, Statement, Store, StoreError};

/// A count under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockCount {
    /// Its number.
    pub id: ActId,
    /// When it began.
    pub begun_at: Timestamp,
    /// Each lot to be counted, by clave, expiry and lot.
    pub lots: Vec<CountedLot>,
}

/// One lot of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedLot {
    /// The medicine.
    pub clave: Clave,
    /// Manufacturer's lot.
    pub lot: String,
    /// Expiry.
    pub expiry: Date,
    /// What the books said when the count began. Not to be shown before everything is counted.
    pub book_units: u64,
    /// What was counted, once it was.
    pub counted: Option<u64>,
}

impl Store {
    /// Begins a count.
    ///
    /// # Errors
    /// [`StoreError`]; also while another is under way.
    pub fn begin_count(&mut self, count: &StockCount) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "INSERT INTO stock_count (id, begun_at) VALUES (?1, ?2)",
            (count.id.to_string(), count.begun_at.as_second()),
        )?;
        for lot in &count.lots {
            transaction.execute(
                "INSERT INTO counted_lot (count, clave, lot, expiry, book_units, counted_units)
                 VALUES (:count, :clave, :lot, :expiry, :book_units, :counted)",
                named_params! {
                    ":count": count.id.to_string(),
                    ":clave": lot.clave.as_str(),
                    ":lot": lot.lot,
                    ":expiry": lot.expiry.to_string(),
                    ":book_units": lot.book_units.cast_signed(),
                    ":counted": lot.counted.map(u64::cast_signed),
                },
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The count under way.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn count_under_way(&self) -> Result<Option<StockCount>, StoreError> {
        let query = "SELECT id, begun_at FROM stock_count WHERE ended_at IS NULL";
        let begun: Option<(String, i64)> = self
            .connection
            .query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((id, begun_at)) = begun else {
            return Ok(None);
        };
        let corrupt = |column| StoreError::Corrupt {
            table: "stock_count",
            column,
        };
        Ok(Some(StockCount {
            lots: self.counted_lots(&id)?,
            id: id.parse().map_err(|_| corrupt("id"))?,
            begun_at: Timestamp::from_second(begun_at).map_err(|_| corrupt("begun_at"))?,
        }))
    }

    fn counted_lots(&self, id: &str) -> Result<Vec<CountedLot>, StoreError> {
        let query = "SELECT * FROM counted_lot WHERE count = ?1 ORDER BY clave, expiry, lot";
        let mut statement = self.connection.prepare_cached(query)?;
        let mut rows = statement.query([id])?;
        let mut lots = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = Columns {
                table: "counted_lot",
                row,
            };
            let counted: Option<i64> = columns.raw("counted_units")?;
            let counted = counted.map(u64::try_from).transpose();
            lots.push(CountedLot {
                clave: columns.parsed("clave")?,
                lot: columns.raw("lot")?,
                expiry: columns.parsed("expiry")?,
                book_units: columns.integer("book_units")?,
                counted: counted.map_err(|_| columns.corrupt("counted_units"))?,
            });
        }
        Ok(lots)
    }

    /// Enters what was counted of lots, all or none. A lot that the books do not have is added.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn enter_counted(&mut self, id: &ActId, lots: &[CountedLot]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for lot in lots {
            transaction.execute(
                "INSERT INTO counted_lot (count, clave, lot, expiry, book_units, counted_units)
                 VALUES (:count, :clave, :lot, :expiry, :book_units, :counted)
                 ON CONFLICT (count, clave, lot) DO UPDATE
                 SET book_units = excluded.book_units, counted_units = excluded.counted_units",
                named_params! {
                    ":count": id.to_string(),
                    ":clave": lot.clave.as_str(),
                    ":lot": lot.lot,
                    ":expiry": lot.expiry.to_string(),
                    ":book_units": lot.book_units.cast_signed(),
                    ":counted": lot.counted.map(u64::cast_signed),
                },
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Ends the count with what it states; with nothing, it was abandoned.
    ///
    /// Commit point: the count ends and its movements are pending, or neither.
    ///
    /// # Errors
    /// [`StoreError`]; also if the count has ended.
    pub fn end_count(
        &mut self,
        id: &ActId,
        statements: &[Statement],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for statement in statements {
            insert(&transaction, statement)?;
        }
        let outcome = if statements.is_empty() {
            "abandoned"
        } else {
            "closed"
        };
        let changed = transaction.execute(
            "UPDATE stock_count SET ended_at = ?2, outcome = ?3
             WHERE id = ?1 AND ended_at IS NULL",
            (id.to_string(), at.as_second(), outcome),
        )?;
        if changed != 1 {
            return Err(StoreError::NotPending(id.to_string()));
        }
        transaction.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixture::acts::statement;
    use crate::fixture::{CONTROLLED, now};

    fn lot(lot: &str, book_units: u64, counted: Option<u64>) -> CountedLot {
        CountedLot {
            clave: CONTROLLED.parse().unwrap(),
            lot: lot.to_owned(),
            expiry: date(2027, 9, 30),
            book_units,
            counted,
        }
    }

    fn count(n: u8) -> StockCount {
        StockCount {
            id: format!("{n:032x}").parse().unwrap(),
            begun_at: now(),
            lots: vec![lot("A", 30, None), lot("B", 60, None)],
        }
    }

    #[test]
    fn a_count_survives_the_program_and_there_is_one_at_a_time() {
        let (folder, mut store) = Store::temporary();
        assert_eq!(store.count_under_way().unwrap(), None);
        store.begin_count(&count(1)).unwrap();
        assert!(store.begin_count(&count(2)).is_err());
        store
            .enter_counted(&count(1).id, &[lot("B", 60, Some(59))])
            .unwrap();
        drop(store);
        let mut store = Store::open(folder.path()).unwrap();
        store
            .enter_counted(&count(1).id, &[lot("C", 0, Some(1))])
            .unwrap();
        let lots = store.count_under_way().unwrap().unwrap().lots;
        let expected = [
            lot("A", 30, None),
            lot("B", 60, Some(59)),
            lot("C", 0, Some(1)),
        ];
        assert_eq!(lots, expected);
    }

    #[test]
    fn a_count_ends_with_its_movements_or_not_at_all() {
        let (_folder, mut store) = Store::temporary();
        let count = count(1);
        store.begin_count(&count).unwrap();
        let twice = [statement(1), statement(1)];
        assert!(store.end_count(&count.id, &twice, now()).is_err());
        assert!(store.count_under_way().unwrap().is_some());
        store.end_count(&count.id, &[statement(1)], now()).unwrap();
        assert_eq!(store.count_under_way().unwrap(), None);
        assert_eq!(store.pending_statements().unwrap().len(), 1);
        let again = store.end_count(&count.id, &[statement(2)], now());
        assert!(matches!(again, Err(StoreError::NotPending(_))));
        assert_eq!(store.pending_statements().unwrap().len(), 1);
    }
}
