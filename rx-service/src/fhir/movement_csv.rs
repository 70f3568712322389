//! The CSV of `POST /stock/movements/csv` → lines of a movement order.
//!
//! One file is one movement. Every problem is named by its line in the file (the header is line 1)
//! and its column, so that whoever made the file in a spreadsheet finds the cell.

use serde_json::{Value, json};

use super::movement_order::{MAX_LINES, text};
use super::outcome::OperationOutcome;
use super::shape::{Format, IdentifierKind, ShapeError, ShapeProblem};
use super::{concept, primitive};

/// The lines of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct CsvLines {
    /// As a movement order has them.
    pub lines: Vec<Value>,
    /// The line of the file that each stands on.
    pub rows: Vec<u64>,
}

/// The columns, in any order; of the last two each row fills one.
const COLUMNS: [&str; 5] = ["clave", "lote", "caducidad", "envases", "unidades"];
const KNOWN: &str = "clave, lote, caducidad, envases, unidades";
/// Most digits of a quantity.
const DIGITS: usize = 9;

/// Reads a file: UTF-8, with commas or semicolons, with a header.
///
/// # Errors
/// Every problem found.
pub fn read_movement_csv(bytes: &[u8]) -> Result<CsvLines, OperationOutcome> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // The reader counts a line that ends in CR LF from its LF: one too few.
    let mut text = bytes.to_vec();
    text.retain(|byte| *byte != b'\r');
    let mut errors = Vec::new();
    let read = read(&text, &mut errors);
    match read {
        Some(read) if errors.is_empty() => Ok(read),
        _ => Err(errors.into()),
    }
}

fn problem(line: u64, column: &str, problem: ShapeProblem) -> ShapeError {
    ShapeError {
        path: format!("csv:{line}:{column}"),
        problem,
    }
}

fn read(bytes: &[u8], errors: &mut Vec<ShapeError>) -> Option<CsvLines> {
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let delimiter = if first.contains(&b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(bytes);
    let columns = Columns::of(reader.headers().ok(), errors)?;
    let mut read = CsvLines {
        lines: Vec::new(),
        rows: Vec::new(),
    };
    for record in reader.records() {
        let line = record.as_ref().ok().and_then(csv::StringRecord::position);
        let line = line.map_or(1, csv::Position::line);
        let Ok(record) = record else {
            errors.push(problem(line, "clave", ShapeProblem::Format(Format::Text)));
            continue;
        };
        if read.rows.len() == usize::from(MAX_LINES) {
            errors.push(problem(line, "clave", ShapeProblem::TooMany(MAX_LINES)));
            return None;
        }
        let row = Row {
            line,
            record: &record,
            columns: &columns,
        };
        if record.len() > columns.count {
            errors.push(problem(line, "clave", ShapeProblem::UnknownMember(KNOWN)));
        }
        read.lines.extend(row.read(errors));
        read.rows.push(line);
    }
    if read.rows.is_empty() {
        errors.push(problem(2, "clave", ShapeProblem::Missing));
    }
    Some(read)
}

/// Where each column stands.
struct Columns {
    places: [Option<usize>; COLUMNS.len()],
    count: usize,
}

impl Columns {
    fn of(header: Option<&csv::StringRecord>, errors: &mut Vec<ShapeError>) -> Option<Self> {
        let Some(header) = header else {
            errors.push(problem(1, "clave", ShapeProblem::Format(Format::Text)));
            return None;
        };
        let mut places = [None; COLUMNS.len()];
        for (at, name) in header.iter().enumerate() {
            let name = name.to_lowercase();
            match COLUMNS.iter().position(|column| *column == name) {
                None => errors.push(problem(1, "clave", ShapeProblem::UnknownMember(KNOWN))),
                Some(place) if places[place].replace(at).is_some() => {
                    errors.push(problem(1, COLUMNS[place], ShapeProblem::TooMany(1)));
                }
                Some(_) => {}
            }
        }
        for (column, place) in COLUMNS.iter().zip(&places).take(3) {
            if place.is_none() {
                errors.push(problem(1, column, ShapeProblem::Missing));
            }
        }
        if places[3].or(places[4]).is_none() {
            errors.push(problem(1, "envases", ShapeProblem::Missing));
        }
        errors.is_empty().then_some(Self {
            places,
            count: header.len(),
        })
    }
}

/// A row and its place in the file.
struct Row<'r> {
    line: u64,
    record: &'r csv::StringRecord,
    columns: &'r Columns,
}

impl Row<'_> {
    /// The line of the order; its problems go to `errors`.
    fn read(&self, errors: &mut Vec<ShapeError>) -> Option<Value> {
        let clave = self.cell(0, errors, |clave| {
            concept::parse::<prescription::Clave>(clave, IdentifierKind::Clave)
        });
        let lot = self.cell(1, errors, text);
        let expiry = self.cell(2, errors, primitive::expiry);
        let (packages, units) = (self.get(3), self.get(4));
        let (place, member) = match (packages, units) {
            (Some(_), None) => (3, "packages"),
            (None, Some(_)) => (4, "units"),
            _ => {
                let both = ShapeProblem::ExactlyOne("envases, unidades");
                errors.push(problem(self.line, "envases", both));
                return None;
            }
        };
        let amount = self.cell(place, errors, count);
        Some(json!({"clave": clave?, "lot": lot?, "expiry": expiry?, member: amount?}))
    }

    fn get(&self, column: usize) -> Option<&str> {
        let cell = self.record.get(self.columns.places[column]?)?;
        (!cell.is_empty()).then_some(cell)
    }

    fn cell<T>(
        &self,
        column: usize,
        errors: &mut Vec<ShapeError>,
        read: impl FnOnce(&str) -> Result<T, ShapeProblem>,
    ) -> Option<T> {
        let value = self.get(column).ok_or(ShapeProblem::Missing);
        value
            .and_then(read)
            .map_err(|found| errors.push(problem(self.line, COLUMNS[column], found)))
            .ok()
    }
}

fn count(text: &str) -> Result<u64, ShapeProblem> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= DIGITS;
    let count = text.parse().ok().filter(|_| digits);
    count.ok_or(ShapeProblem::Format(Format::Count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(csv: &str) -> Vec<(String, &'static str)> {
        let outcome = read_movement_csv(csv.as_bytes()).unwrap_err();
        let issues = outcome.issues.into_iter();
        issues
            .map(|issue| (issue.expression.unwrap(), issue.code))
            .collect()
    }

    #[test]
    fn reads_what_spreadsheets_write() {
        let lines = [
            json!({"clave": "040.000.2612.00", "lot": "CZ1", "expiry": "2027-09-30", "packages": 10}),
            json!({"clave": "040.000.2612.00", "lot": "C,Z", "expiry": "2027-10-31", "units": 45}),
        ];
        for csv in [
            "clave,lote,caducidad,envases,unidades\n040.000.2612.00,CZ1,2027-09,10,\n\
             040.000.2612.00,\"C,Z\",2027-10-31,,45\n",
            "\u{feff}Caducidad;CLAVE;lote;unidades;envases\r\n2027-09;040.000.2612.00;CZ1;;10\r\n\
             2027-10-31;040.000.2612.00;C,Z; 45 ;\r\n",
        ] {
            let read = read_movement_csv(csv.as_bytes()).unwrap();
            assert_eq!((read.lines, read.rows), (lines.to_vec(), vec![2, 3]));
        }
    }

    #[test]
    fn each_wrong_cell_is_named_by_line_and_column() {
        let csv = "clave,lote,caducidad,envases\n2612,CZ1,09/2027,1.5\n\
                   040.000.2612.00,,2027-09,-1\n040.000.2612.00,CZ1,2027-09,\n\
                   040.000.2612.00,CZ1,2027-09,9999999999\n";
        let expected = [
            ("csv:2:clave", "identifier-invalid"),
            ("csv:2:caducidad", "element-format"),
            ("csv:2:envases", "element-format"),
            ("csv:3:lote", "element-missing"),
            ("csv:3:envases", "element-format"),
            ("csv:4:envases", "element-exactly-one"),
            ("csv:5:envases", "element-format"),
        ];
        assert_eq!(
            paths(csv),
            expected.map(|(path, code)| (path.to_owned(), code))
        );
    }

    #[test]
    fn the_header_says_what_the_columns_are() {
        for (header, expected) in [
            ("clave,lote,caducidad", "csv:1:envases"),
            ("clave,caducidad,envases", "csv:1:lote"),
            ("clave,lote,lote,caducidad,envases", "csv:1:lote"),
            ("clave,lote,caducidad,envases,paciente", "csv:1:clave"),
        ] {
            assert_eq!(paths(&format!("{header}\nx\n"))[0].0, expected);
        }
        assert_eq!(paths("clave,lote,caducidad,envases\n")[0].0, "csv:2:clave");
        assert!(!paths("").is_empty() && read_movement_csv(b"\xff\n\xff\n").is_err());
    }

    #[test]
    fn a_row_with_more_cells_than_the_header_is_refused() {
        let csv = "clave,lote,caducidad,envases\n040.000.2612.00,CZ1,2027-09,1,7\n";
        assert_eq!(paths(csv), [("csv:2:clave".to_owned(), "element-unknown")]);
    }
}
