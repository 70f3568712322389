//! `docs/REFUSALS.md` tells the truth: each section has a row for every variant of its enum and for
//! no other, and the test that a row names exists and names the variant.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the functions that tests share fail as tests do"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// ``| reason | `Enum::Variant` | `file` `test` |``
struct Row {
    error: String,
    variant: String,
    file: String,
    test: String,
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts between back-ticks.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn row(line: &str) -> Option<Row> {
    // The reason may hold a `|` of its own, escaped.
    let mut cells = line.strip_prefix('|')?.strip_suffix('|')?.rsplitn(3, '|');
    let (place, error) = (code(cells.next()?), code(cells.next()?));
    let (error, variant) = error.first()?.split_once("::")?;
    let [file, test] = place[..] else {
        panic!("no file and test in {line}");
    };
    Some(Row {
        error: error.to_owned(),
        variant: variant.to_owned(),
        file: file.to_owned(),
        test: test.to_owned(),
    })
}

/// The variants of `pub enum name` in `source`.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let start = source
        .find(&format!("pub enum {name} {{"))
        .or_else(|| source.find(&format!("pub enum {name}<")));
    let body = &source[start.unwrap_or_else(|| panic!("no enum {name}"))..];
    let body = &body[..body.find("\n}").unwrap()];
    body.lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| {
            line.chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect()
        })
        .collect()
}

/// The text of `fn name`, up to the brace that closes it at its own indentation.
fn function<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let start = source.find(&format!("fn {name}("))?;
    let line = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let spaces = source[line..start].chars().take_while(|c| *c == ' ');
    let closing = format!("\n{}}}", spaces.collect::<String>());
    let end = source[start..].find(&closing)?;
    Some(&source[start..start + end])
}

/// Whether `text` has `::variant` as a whole word.
fn names(text: &str, variant: &str) -> bool {
    let name = format!("::{variant}");
    text.match_indices(&name).any(|(at, _)| {
        let next = text[at + name.len()..].chars().next();
        !next.is_some_and(|c| c.is_ascii_alphanumeric())
    })
}

#[test]
fn every_reason_has_its_variant_and_its_test() {
    let page = read("docs/REFUSALS.md");
    // Enum to its file, from ``## … (`Enum`, `file`)``.
    let headings = page.lines().filter(|line| line.starts_with("## "));
    let enums: BTreeMap<&str, &str> = headings
        .filter_map(|heading| match code(heading)[..] {
            [name, file] => Some((name, file)),
            _ => None,
        })
        .collect();
    let rows: Vec<Row> = page.lines().filter_map(row).collect();
    assert!(
        enums.len() > 10 && rows.len() > 150,
        "{} enums, {} rows",
        enums.len(),
        rows.len()
    );

    let mut wrong = vec![];
    for (name, file) in &enums {
        let there = variants(&read(file), name);
        let told = rows.iter().filter(|row| row.error == *name);
        let told: BTreeSet<String> = told.map(|row| row.variant.clone()).collect();
        wrong.extend(
            there
                .difference(&told)
                .map(|variant| format!("{name}::{variant} has no row; add one")),
        );
        wrong.extend(
            told.difference(&there)
                .map(|variant| format!("there is no {name}::{variant} any more")),
        );
    }
    for row in &rows {
        let told = format!("{}::{}", row.error, row.variant);
        match function(&read(&row.file), &row.test) {
            None => wrong.push(format!("{told}: no {} in {}", row.test, row.file)),
            Some(text) if !names(text, &row.variant) => {
                wrong.push(format!("{told}: {} does not name it", row.test));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "docs/REFUSALS.md:\n{}", wrong.join("\n"));
}
