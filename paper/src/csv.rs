//! Comma-separated values (RFC 4180): UTF-8 without a byte order mark, CRLF after every record.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and a name that
//! somebody typed at a counter would then run on the inspector's machine. Such texts get an
//! apostrophe in front ([`neutral`]); [`original`] takes it off again, so that a program reads what
//! was meant.

use std::borrow::Cow;

/// Writes the records, the header first. Numbers and dates are written by the caller; every cell is
/// made harmless here.
#[must_use]
pub fn write<R, C>(header: &[&str], records: R) -> Vec<u8>
where
    R: IntoIterator<Item = Vec<C>>,
    C: AsRef<str>,
{
    let mut file = Vec::new();
    record(&mut file, header.iter().copied());
    for cells in records {
        record(&mut file, cells.iter().map(AsRef::as_ref));
    }
    file
}

fn record<'a>(file: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            file.push(b',');
        }
        let cell = neutral(cell);
        if cell.contains(['"', ',', '\r', '\n']) {
            file.push(b'"');
            file.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            file.push(b'"');
        } else {
            file.extend_from_slice(cell.as_bytes());
        }
    }
    file.extend_from_slice(b"\r\n");
}

/// The text with an apostrophe in front if a spreadsheet would run it: it begins, after spaces and
/// apostrophes, with a sign that begins a formula.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    if runs(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text of which [`neutral`] made this cell.
#[must_use]
pub fn original(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if runs(text) => text,
        _ => cell,
    }
}

/// A number below zero begins with a sign and is no formula. Apostrophes are passed over as spaces are, so that what [`neutral`] wrote is known again.
fn runs(text: &str) -> bool {
    if is_number(text) {
        return false;
    }
    let ignored =
        |character: char| character == '\'' || character.is_whitespace() || character.is_control();
    // The wide forms are signs too where a spreadsheet is set to Japanese or Chinese.
    text.trim_start_matches(ignored)
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// "-12", "-0.500".
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, decimals)) => digits(whole) && digits(decimals),
        None => digits(unsigned),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_end_with_crlf_and_quote_what_they_must() {
        let file = write(&["a", "b"], [vec!["x,y", "dijo \"no\""], vec!["", "ñ"]]);
        assert_eq!(
            String::from_utf8(file).unwrap(),
            "a,b\r\n\"x,y\",\"dijo \"\"no\"\"\"\r\n,ñ\r\n"
        );
    }

    #[test]
    fn formulas_are_words() {
        for text in [
            "=1+1",
            "+52 55",
            "-2+3",
            "-",
            "-1.",
            "@SUM(A1)",
            "\t=1",
            "  =cmd|' /C calc'!A0",
            "'=1",
            "＝1",
        ] {
            assert_eq!(neutral(text), format!("'{text}"));
        }
        for text in [
            "",
            "Farmacia",
            "-2",
            "-0.500",
            "2-3",
            "a=b",
            "'",
            "D'Artagnan",
            "O'Higgins = 5",
        ] {
            assert_eq!(neutral(text), text);
        }
    }

    proptest! {
        #[test]
        fn another_reader_reads_what_was_written(
            records in proptest::collection::vec(
                proptest::collection::vec("[-=+@'\",;\\r\\n\\t a-zñ0-9]{0,12}", 3), 1..6),
        ) {
            let file = write(&["uno", "dos", "tres"], records.clone());
            let mut reader = ::csv::Reader::from_reader(&file[..]);
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(|cell| original(cell).to_owned()).collect())
                .collect();
            prop_assert_eq!(read, records);
        }

        #[test]
        fn no_cell_begins_a_formula(text in "\\PC{0,10}|[-=+@ '\\t\\r\\n]{1,6}[a-z]{0,3}") {
            let cell = neutral(&text).into_owned();
            let begins = cell.trim_start().starts_with(['=', '+', '-', '@']);
            prop_assert!(!begins || cell.parse::<f64>().is_ok(), "{}", cell);
            prop_assert_eq!(original(&cell), text);
        }
    }
}
