//! Workbooks as another program reads them, and the CSV beside them.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use super::*;
use crate::readers;

pub(crate) fn form() -> Form {
    let mass = |nanograms| Value::Mass(Mass::from_nanograms(nanograms));
    let text = |text: &str| Value::Text(text.to_owned());
    Form {
        title: "Formulario de ensayo".into(),
        basis: "Convención Única de 1961, artículo 20".into(),
        year: 2026,
        period: "año civil 2026".into(),
        header: vec![("País o territorio".into(), "México".into())],
        made_on: None,
        parts: vec![FormPart {
            name: "Parte I".into(),
            title: "Consumo".into(),
            columns: vec![
                FormColumn::new("Código", Kind::Words),
                FormColumn::new("Estupefaciente", Kind::Words),
                FormColumn::new("Recetas", Kind::Count),
                FormColumn::new("Consumido", Kind::KilogramsGrams),
                FormColumn::new("Potente", Kind::GramsMilligrams),
                FormColumn::new("Decimal", Kind::Kilograms),
            ],
            rows: vec![
                vec![
                    text("NM 004"),
                    text("Morfina"),
                    Value::Count(1_234),
                    mass(12_345_678_900_000),
                    mass(1_002_003_000),
                    mass(12_345_678_000_000),
                ],
                vec![
                    text("NF 001"),
                    text("=HYPERLINK(\"http://x\";\"y\")"),
                    Value::Blank,
                    mass(-1_500_000_000_000),
                    text("n"),
                    Value::Blank,
                ],
            ],
            notes: vec!["En blanco: lo que ningún registro da.".into()],
        }],
    }
}

fn sheet(form: &Form) -> calamine::Range<Data> {
    let file = form.xlsx().unwrap();
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).unwrap();
    let name = workbook.sheet_names()[0].clone();
    let formulas = workbook.worksheet_formula(&name).unwrap();
    assert_eq!(formulas.used_cells().count(), 0, "no cell is a formula");
    workbook.worksheet_range(&name).unwrap()
}

#[test]
fn another_program_reads_the_numbers() {
    let sheet = sheet(&form());
    let cell = |row, column| {
        sheet
            .get_value((row, column))
            .cloned()
            .unwrap_or(Data::Empty)
    };
    assert_eq!(cell(0, 0), Data::String("Formulario de ensayo".into()));
    assert_eq!(cell(2, 2), Data::String("México".into()));
    assert_eq!(cell(3, 2), Data::String("año civil 2026".into()));
    assert_eq!(cell(6, 3), Data::String("Consumido".into()));
    assert_eq!(cell(7, 3), Data::String("kg".into()));
    assert_eq!(cell(7, 6), Data::String("mg".into()));
    let row: Vec<Data> = (2..8).map(|column| cell(8, column)).collect();
    let numbers = [1_234.0, 12.0, 346.0, 1.0, 2.0, 12.345_678];
    assert_eq!(row, numbers.map(Data::Float));
    assert_eq!(cell(9, 3), Data::Float(-1.0));
    assert_eq!(cell(9, 4), Data::Float(-500.0));
    assert_eq!(cell(9, 5), Data::String("n".into()));
    assert_eq!(cell(9, 2), Data::Empty);
    assert_eq!(
        cell(11, 0),
        Data::String("En blanco: lo que ningún registro da.".into())
    );
}

#[test]
fn what_looks_like_a_formula_is_words() {
    let sheet = sheet(&form());
    let words = "'=HYPERLINK(\"http://x\";\"y\")";
    assert_eq!(sheet.get_value((9, 1)), Some(&Data::String(words.into())));
    let (name, csv) = form().csv().unwrap().remove(0);
    assert_eq!(name, "Parte I");
    let csv = String::from_utf8(csv).unwrap();
    let expected = "Código,Estupefaciente,Recetas,Consumido (kg),Consumido (g),Potente (g),\
                    Potente (mg),Decimal (kg)\r\n\
                    NM 004,Morfina,1234,12,346,1,2,12.345678\r\n\
                    NF 001,\"'=HYPERLINK(\"\"http://x\"\";\"\"y\"\")\",,-1,-500,n,,\r\n";
    assert_eq!(csv, expected);
}

#[test]
fn the_same_form_is_the_same_file() {
    let one = form().xlsx().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(one, form().xlsx().unwrap());
    let mut other = form();
    other.made_on = Some(jiff::civil::date(2027, 6, 30));
    assert_ne!(one, other.xlsx().unwrap());
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let mut short = form();
    short.parts[0].rows[1].pop();
    assert!(matches!(short.xlsx(), Err(FormError::Row { row: 1, .. })));
    let mut wrong = form();
    wrong.parts[0].rows[0][2] = Value::Mass(Mass::from_nanograms(1));
    assert!(matches!(wrong.csv(), Err(FormError::Row { row: 0, .. })));
    let mut name = form();
    name.parts[0].name = "a/b".into();
    assert!(matches!(name.xlsx(), Err(FormError::Spreadsheet(_))));
}

#[test]
fn figures_beyond_a_spreadsheets_digits_are_written_out() {
    let mut huge = form();
    huge.parts[0].rows[0][2] = Value::Count(12_345_678_901_234_567);
    let sheet = sheet(&huge);
    let digits = Data::String("12345678901234567".into());
    assert_eq!(sheet.get_value((8, 2)), Some(&digits));
}

#[test]
fn python_reads_it_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("form.xlsx");
    std::fs::write(&path, form().xlsx().unwrap()).unwrap();
    let script = "import sys\n\
                  try:\n    import openpyxl\nexcept ImportError:\n    print('absent'); sys.exit()\n\
                  book = openpyxl.load_workbook(sys.argv[1])\n\
                  sheet = book.worksheets[0]\n\
                  print(sheet.title, sheet['D9'].value, sheet['E9'].value, book.properties.created)";
    let arguments = ["-c", script, path.to_str().unwrap()];
    let Some(said) = readers::run("/usr/bin/python3", &arguments) else {
        return;
    };
    if said.trim() == "absent" {
        eprintln!("SKIPPED: openpyxl is not installed");
        return;
    }
    assert_eq!(said.trim(), "Parte I 12 346 2026-01-01 00:00:00");
}

#[test]
#[ignore = "writes files to look at"]
fn samples() {
    readers::leave("form.xlsx", &form().xlsx().unwrap());
}
