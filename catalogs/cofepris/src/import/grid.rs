//! A table of text out of a CSV file or a workbook, within bounds.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx};

use super::error::{ImportError, RefusedRow};

/// Most bytes of a file as it lies on disk. The national CLUES file has about 15 MB.
pub const FILE_LIMIT: u64 = 64 << 20;
/// Most bytes of a workbook once unpacked.
const UNPACKED_LIMIT: u64 = 256 << 20;
/// Most parts of a workbook.
const PARTS_LIMIT: u64 = 1000;
/// Most rows and columns that are looked at. A sheet may claim a cell far out with a few bytes.
const ROWS_LIMIT: u32 = 2_000_000;
const COLUMNS_LIMIT: u32 = 256;
/// Rows in which the headers are looked for: official files have titles above them.
const HEADER_ROWS: usize = 20;

/// A column that a file must or may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// How the program calls it.
    pub(crate) name: &'static str,
    /// Headers under which files have it, folded (upper case, no accents, one space).
    pub(crate) headers: &'static [&'static str],
    /// Whether a file must have it.
    pub(crate) required: bool,
}

impl Wanted {
    /// A column that must be there, under one of these headers.
    pub(crate) const fn required(name: &'static str, headers: &'static [&'static str]) -> Self {
        Self {
            name,
            headers,
            required: true,
        }
    }

    /// A column that may be missing.
    pub(crate) const fn optional(name: &'static str, headers: &'static [&'static str]) -> Self {
        Self {
            name,
            headers,
            required: false,
        }
    }
}

/// The rows of a sheet that have cells, each with its number.
type Sheet = Vec<(u32, Vec<String>)>;

/// The rows below the headers.
#[derive(Debug)]
pub(crate) struct Grid {
    /// Where each wanted column is, and how the file writes its header.
    columns: BTreeMap<&'static str, (usize, String)>,
    rows: Sheet,
}

impl Grid {
    /// Reads `bytes`: a workbook if it begins like one, else CSV in UTF-8.
    pub(crate) fn read(bytes: &[u8], wanted: &[Wanted]) -> Result<Self, ImportError> {
        if bytes.len() as u64 > FILE_LIMIT {
            return Err(ImportError::TooLarge { limit: FILE_LIMIT });
        }
        let sheets = if bytes.starts_with(b"PK\x03\x04") {
            workbook(bytes)?
        } else {
            vec![comma_separated(bytes)?]
        };
        let mut best: Option<Vec<String>> = None;
        for sheet in sheets {
            match Self::under_headers(sheet, wanted)? {
                Ok(grid) => return Ok(grid),
                Err(missing) if best.as_ref().is_none_or(|b| missing.len() < b.len()) => {
                    best = Some(missing);
                }
                Err(_) => {}
            }
        }
        let missing = best.unwrap_or_default();
        Err(ImportError::Columns { missing })
    }

    /// The rows that have something in them.
    pub(crate) fn rows(&self) -> impl Iterator<Item = GridRow<'_>> {
        self.rows.iter().map(|(number, cells)| GridRow {
            grid: self,
            number: *number,
            cells,
        })
    }

    /// The grid below the first row that has every required header; else what the best row lacks.
    fn under_headers(
        mut sheet: Sheet,
        wanted: &[Wanted],
    ) -> Result<Result<Self, Vec<String>>, ImportError> {
        let mut fewest: Vec<String> = names(wanted.iter());
        for at in 0..sheet.len().min(HEADER_ROWS) {
            let headers = sheet.get(at).map(|(_, cells)| cells.as_slice());
            let (columns, missing) = locate(headers.unwrap_or_default(), wanted)?;
            if missing.is_empty() {
                let rows = sheet.split_off(at + 1);
                let filled = |(_, cells): &(u32, Vec<String>)| cells.iter().any(|c| !c.is_empty());
                return Ok(Ok(Self {
                    columns,
                    rows: rows.into_iter().filter(filled).collect(),
                }));
            }
            if missing.len() < fewest.len() {
                fewest = missing;
            }
        }
        Ok(Err(fewest))
    }
}

fn names<'w>(wanted: impl Iterator<Item = &'w Wanted>) -> Vec<String> {
    let first = |one: &Wanted| one.headers.first().copied().unwrap_or(one.name).to_owned();
    wanted.filter(|one| one.required).map(first).collect()
}

type Columns = BTreeMap<&'static str, (usize, String)>;

fn locate(headers: &[String], wanted: &[Wanted]) -> Result<(Columns, Vec<String>), ImportError> {
    let folded: Vec<String> = headers.iter().map(|text| header(text)).collect();
    let mut columns = BTreeMap::new();
    let mut missing = Vec::new();
    for one in wanted {
        let mut places = (0..)
            .zip(&folded)
            .filter(|(_, text)| one.headers.contains(&text.as_str()));
        match (places.next(), places.next()) {
            (Some((_, text)), Some(_)) => {
                return Err(ImportError::RepeatedColumn(text.clone()));
            }
            (Some((at, text)), None) => {
                columns.insert(one.name, (at, text.clone()));
            }
            (None, _) if one.required => missing.extend(names(std::iter::once(one))),
            (None, _) => {}
        }
    }
    Ok((columns, missing))
}

/// A header as it is compared: upper case, no accents, words apart by one space.
fn header(text: &str) -> String {
    let folded = super::compendio::fold(text).replace('_', " ");
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One row of a grid.
pub(crate) struct GridRow<'g> {
    grid: &'g Grid,
    /// Its number in the file, from 1.
    pub(crate) number: u32,
    cells: &'g [String],
}

impl<'g> GridRow<'g> {
    /// The text in a column, trimmed; empty where the column or the cell is not there.
    pub(crate) fn text(&self, column: &str) -> &'g str {
        let at = self.grid.columns.get(column).map(|(at, _)| *at);
        let cell = at.and_then(|at| self.cells.get(at));
        cell.map(|text| text.trim()).unwrap_or_default()
    }

    /// The text in a column that may not be empty.
    pub(crate) fn required(&self, column: &'static str) -> Result<&'g str, RefusedRow> {
        match self.text(column) {
            "" => Err(self.refuse(column, "un valor")),
            text => Ok(text),
        }
    }

    /// The value in a column.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        column: &'static str,
        expected: &str,
    ) -> Result<T, RefusedRow> {
        self.text(column)
            .parse()
            .map_err(|_| self.refuse(column, expected))
    }

    /// The refusal of this row for what stands in `column`.
    pub(crate) fn refuse(&self, column: &'static str, expected: &str) -> RefusedRow {
        let written = self.grid.columns.get(column).map(|(_, header)| header);
        RefusedRow {
            row: self.number,
            column: written.cloned().unwrap_or_else(|| column.to_owned()),
            expected: expected.to_owned(),
        }
    }
}

fn comma_separated(bytes: &[u8]) -> Result<Sheet, ImportError> {
    let unreadable = |error: &dyn std::fmt::Display| ImportError::Unreadable(error.to_string());
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| unreadable(&error))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        // Every row as long as the first: a field with a stray comma is an error, not a shift.
        .flexible(false)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let number = u32::try_from(line).map_err(|error| unreadable(&error))?;
        rows.push((number, record.iter().map(str::to_owned).collect()));
    }
    Ok(rows)
}

/// The sheets of a workbook. Unpacked once to see how large it is, before anything is kept.
fn workbook(bytes: &[u8]) -> Result<Vec<Sheet>, ImportError> {
    measure(bytes, UNPACKED_LIMIT)?;
    let unreadable = |error: calamine::XlsxError| ImportError::Unreadable(error.to_string());
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut sheets = Vec::new();
    for name in book.sheet_names() {
        let mut cells = book.worksheet_cells_reader(&name).map_err(unreadable)?;
        let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        // Cell by cell: a range would reserve every cell up to the farthest one.
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            if row >= ROWS_LIMIT || column >= COLUMNS_LIMIT {
                let what = "rows or columns";
                let limit = u64::from(ROWS_LIMIT);
                return Err(ImportError::Bomb { limit, what });
            }
            let text = cell_text(cell.get_value());
            if text.is_empty() {
                continue;
            }
            let cells = rows.entry(row + 1).or_default();
            let at = column as usize;
            if cells.len() <= at {
                cells.resize(at + 1, String::new());
            }
            if let Some(cell) = cells.get_mut(at) {
                *cell = text;
            }
        }
        sheets.push(rows.into_iter().collect());
    }
    Ok(sheets)
}

/// Unpacks every part into nothing, counting.
fn measure(bytes: &[u8], limit: u64) -> Result<(), ImportError> {
    let unreadable = |error: &dyn std::fmt::Display| ImportError::Unreadable(error.to_string());
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    if archive.len() as u64 > PARTS_LIMIT {
        let (limit, what) = (PARTS_LIMIT, "parts");
        return Err(ImportError::Bomb { limit, what });
    }
    let mut left = limit;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| unreadable(&error))?;
        let mut bounded = part.take(left + 1);
        let read = std::io::copy(&mut bounded, &mut std::io::sink());
        let read = read.map_err(|error| unreadable(&error))?;
        left = left.checked_sub(read).ok_or(ImportError::Bomb {
            limit,
            what: "bytes",
        })?;
    }
    Ok(())
}

/// What a person would read in the cell. Numbers are whole in our files: a clave or a postal code
/// that a spreadsheet took for a number loses the decimals it never had.
fn cell_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
    }
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{Format, Workbook};

    use super::*;

    const WANTED: [Wanted; 2] = [
        Wanted::required("code", &["CLAVE"]),
        Wanted::optional("day", &["FECHA DE INICIO", "DESDE"]),
    ];

    fn texts(bytes: &[u8]) -> Vec<(u32, String, String)> {
        let grid = Grid::read(bytes, &WANTED).unwrap();
        let row = |row: GridRow<'_>| {
            let text = |column| row.text(column).to_owned();
            (row.number, text("code"), text("day"))
        };
        grid.rows().map(row).collect()
    }

    #[test]
    fn finds_columns_by_name_in_any_order() {
        let csv = "\u{feff}otra,Fecha_de  início,clave\nx,2026-01-01, 7 \n,,\nx,,8\n";
        let expected = vec![
            (2, "7".to_owned(), "2026-01-01".to_owned()),
            (4, "8".to_owned(), String::new()),
        ];
        assert_eq!(texts(csv.as_bytes()), expected);
    }

    #[test]
    fn a_workbook_may_have_titles_and_other_sheets() {
        let mut book = Workbook::new();
        book.add_worksheet().write(0, 0, "Portada").unwrap();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "Secretaría de Salud").unwrap();
        sheet.write(3, 2, "CLAVE").unwrap();
        sheet.write(3, 0, "DESDE").unwrap();
        sheet.write(4, 2, 43_540.0).unwrap();
        let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 7, 14).unwrap();
        let format = Format::new().set_num_format("dd/mm/yyyy");
        sheet.write_with_format(4, 0, &day, &format).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let expected = (5, "43540".to_owned(), "2026-07-14".to_owned());
        assert_eq!(texts(&bytes), vec![expected]);
    }

    #[test]
    fn says_which_columns_are_missing_or_twice() {
        let missing = Grid::read(b"a,b\n1,2\n", &WANTED).unwrap_err();
        assert_eq!(missing.to_string(), "the columns are missing: CLAVE");
        let twice = Grid::read(b"clave,CLAVE\n1,2\n", &WANTED).unwrap_err();
        assert!(matches!(twice, ImportError::RepeatedColumn(_)), "{twice}");
    }

    #[test]
    fn refuses_a_row_of_another_length_and_bytes_that_are_no_text() {
        for bytes in [&b"clave,b\n1\n"[..], b"clave\n\xf1\n", b"PK\x03\x04rest"] {
            let error = Grid::read(bytes, &WANTED).unwrap_err();
            assert!(matches!(error, ImportError::Unreadable(_)), "{error}");
        }
    }

    #[test]
    fn a_bomb_is_found_before_it_is_kept() {
        use std::io::Write;
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        writer
            .start_file("xl/worksheets/sheet1.xml", options)
            .unwrap();
        writer.write_all(&vec![b' '; 1 << 20]).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        assert!(bytes.len() < 4096, "it is packed tightly");
        let error = measure(&bytes, (1 << 20) - 1).unwrap_err();
        assert!(
            matches!(error, ImportError::Bomb { what: "bytes", .. }),
            "{error}"
        );
        assert!(measure(&bytes, 1 << 20).is_ok());
    }

    #[test]
    fn a_cell_far_out_is_refused_without_room_for_it() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "CLAVE").unwrap();
        sheet.write(1_000_000, 16_000, "x").unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let error = Grid::read(&bytes, &WANTED).unwrap_err();
        assert!(matches!(error, ImportError::Bomb { .. }), "{error}");
    }
}
