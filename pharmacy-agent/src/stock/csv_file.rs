//! Lines of a movement from a CSV file, as a supplier or a spreadsheet writes it.

use super::draft::Draft;
use super::order::MAX_LINES;
use super::typed_line::TypedLine;

/// Largest file, in bytes: far beyond [`MAX_LINES`] lines.
pub const MAX_FILE: usize = 256 * 1024;

/// The columns, in the order in which they are explained.
pub const COLUMNS: [&str; 5] = ["clave", "lote", "caducidad", "envases", "unidades"];

/// A file that is not such a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// Too large.
    #[error("el archivo es demasiado grande: haga varios de hasta {MAX_LINES} renglones")]
    TooLarge,
    /// Not text.
    #[error("el archivo no es texto UTF-8: guárdelo como «CSV UTF-8»")]
    NotUtf8,
    /// The first line is no header.
    #[error(
        "la primera línea debe nombrar las columnas: clave, lote, caducidad y envases o unidades \
         (falta {0})"
    )]
    Header(&'static str),
    /// A column twice, or one that is not known.
    #[error("la columna «{0}» sobra o está repetida")]
    Column(String),
    /// A row with fewer or more fields.
    #[error("la línea {line} tiene {found} columnas y el encabezado {expected}")]
    Row {
        /// The line of the file, from 1.
        line: u64,
        /// Its fields.
        found: u64,
        /// Those of the header.
        expected: u64,
    },
    /// Broken otherwise.
    #[error("el archivo no es CSV")]
    NotCsv,
}

/// Reads the lines of a file: comma or semicolon, columns in any order, BOM allowed. What the
/// fields say is checked by [`Draft::check`].
///
/// # Errors
/// [`CsvError`].
pub fn read(bytes: &[u8]) -> Result<Vec<TypedLine>, CsvError> {
    if bytes.len() > MAX_FILE {
        return Err(CsvError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| CsvError::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = Columns::of(reader.headers().map_err(|_| CsvError::NotCsv)?)?;
    let rows = reader.records().map(|row| {
        let row = row.map_err(|error| row_error(&error))?;
        Ok(columns.line(&row))
    });
    rows.collect()
}

/// Puts the lines of a file in the place of those of a draft.
///
/// # Errors
/// [`CsvError`].
pub fn fill(draft: &mut Draft, bytes: &[u8]) -> Result<(), CsvError> {
    draft.lines = read(bytes)?;
    Ok(())
}

fn row_error(error: &csv::Error) -> CsvError {
    let csv::ErrorKind::UnequalLengths {
        pos,
        expected_len,
        len,
    } = error.kind()
    else {
        return CsvError::NotCsv;
    };
    CsvError::Row {
        line: pos.as_ref().map_or(0, csv::Position::line),
        found: *len,
        expected: *expected_len,
    }
}

/// Where each column is.
struct Columns([Option<usize>; 5]);

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, CsvError> {
        let mut places = [None; 5];
        for (place, name) in header.iter().enumerate() {
            let known = COLUMNS
                .iter()
                .position(|column| column.eq_ignore_ascii_case(name));
            let slot = known.and_then(|known| places.get_mut(known));
            let slot = slot.filter(|slot| slot.is_none());
            let unknown = || CsvError::Column(name.chars().take(40).collect());
            *slot.ok_or_else(unknown)? = Some(place);
        }
        let [clave, lot, expiry, packages, units] = places;
        for (place, name) in [(clave, "clave"), (lot, "lote"), (expiry, "caducidad")] {
            place.ok_or(CsvError::Header(name))?;
        }
        packages.or(units).ok_or(CsvError::Header("envases"))?;
        Ok(Self(places))
    }

    fn line(&self, row: &csv::StringRecord) -> TypedLine {
        let [medicine, lot, expiry, packages, units] = self.0.map(|place| {
            place
                .and_then(|place| row.get(place))
                .unwrap_or_default()
                .to_owned()
        });
        TypedLine {
            medicine,
            lot,
            expiry,
            packages,
            units,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn comma_or_semicolon_any_order_and_a_bom() {
        let expected = TypedLine {
            medicine: "040.000.2612.00".to_owned(),
            lot: "CZ,1".to_owned(),
            expiry: "2027-09".to_owned(),
            packages: "10".to_owned(),
            units: String::new(),
        };
        for file in [
            "clave,lote,caducidad,envases\n040.000.2612.00,\"CZ,1\",2027-09,10\n",
            "\u{feff}Lote;ENVASES;Clave;Caducidad;unidades\r\nCZ,1; 10 ;040.000.2612.00;2027-09;\r\n",
        ] {
            assert_eq!(read(file.as_bytes()), Ok(vec![expected.clone()]), "{file}");
        }
    }

    #[test]
    fn what_is_no_table_says_why() {
        use CsvError as E;
        let row = E::Row {
            line: 3,
            found: 2,
            expected: 4,
        };
        for (file, error) in [
            ("", E::Header("clave")),
            ("clave,lote,envases\n", E::Header("caducidad")),
            ("clave,lote,caducidad\n", E::Header("envases")),
            (
                "clave,lote,caducidad,envases,clave\n",
                E::Column("clave".to_owned()),
            ),
            (
                "clave,lote,caducidad,envases,precio\n",
                E::Column("precio".to_owned()),
            ),
            ("clave,lote,caducidad,envases\na,b,c,d\na,b\n", row),
        ] {
            assert_eq!(read(file.as_bytes()), Err(error), "{file}");
        }
        assert_eq!(read(b"clave\xff"), Err(E::NotUtf8));
        assert_eq!(read(&vec![b'a'; MAX_FILE + 1]), Err(E::TooLarge));
    }

    proptest! {
        #[test]
        fn never_panics(file in "(clave,lote,caducidad,envases)?\n?(\\PC{0,9}[,;\n\"]){0,12}") {
            drop(read(file.as_bytes()));
        }
    }
}
