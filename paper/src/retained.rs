//! The recetas that an establishment retains, by their consecutive numbers (LGS arts. 226-II and
//! III, 242 and 251): what it hands to the authority when asked.

use jiff::civil::Date;

use crate::csv;
use crate::figures::grouped;
use crate::letterhead::{Establishment, Period, day};
use crate::listing::{Listing, RegisterError};
use crate::table::TableColumn;
use crate::twin::Files;
use crate::wrap::joined;

/// The recetas retained in one period, of one book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetainedList {
    /// Whose.
    pub establishment: Establishment,
    /// Which days.
    pub period: Period,
    /// Of which book, in Spanish: "Fracción I", "Antibióticos".
    pub book: String,
    /// Origin line of the public ledger whose indices the list cites.
    pub ledger: String,
    /// In the order of their numbers; a receta with several medicines has a line for each.
    pub lines: Vec<RetainedLine>,
}

/// One medicine of a retained receta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetainedLine {
    /// Consecutive number of the receta in its book.
    pub number: u64,
    /// The day on which it was retained, in the establishment's time. Of an antibiotic handed over
    /// offline it may be before the period in which it was recorded.
    pub date: Date,
    /// Folio of the receta, which names nobody.
    pub folio: String,
    /// Folio that the authority assigned to the special receta, of fraction I (LGS art. 241).
    pub special_folio: Option<String>,
    /// Cédula profesional of the prescriber.
    pub cedula: String,
    /// Clave of the Compendio Nacional.
    pub clave: String,
    /// Generic name and strength.
    pub medicine: String,
    /// How much was handed over, in `unit`.
    pub units: u64,
    /// What is counted: "tabletas".
    pub unit: String,
    /// Number of its entry in the control book.
    pub entry: u64,
    /// Its entry in the public ledger; `None` while it has none yet.
    pub ledger_index: Option<u64>,
}

const HEADER: [&str; 14] = [
    "clues",
    "libro",
    "receta_retenida",
    "fecha",
    "folio_receta",
    "folio_especial",
    "cedula_profesional",
    "clave",
    "medicamento",
    "cantidad",
    "unidad",
    "asiento",
    "libro_publico",
    "indice_libro_publico",
];

impl RetainedList {
    /// Both files; the PDF prints the digest of the CSV.
    ///
    /// # Errors
    /// [`RegisterError`]: the list contradicts itself, or does not fit.
    pub fn files(&self) -> Result<Files, RegisterError> {
        let csv = self.csv()?;
        let title = format!("RECETAS RETENIDAS — {}", self.book.to_uppercase());
        let listing = Listing {
            title: &title,
            basis: "Fundamento: Ley General de Salud, artículos 226, 242 y 251; Acuerdo DOF \
                    27-05-2010 (antibióticos).",
            short: format!("Recetas retenidas, {}", self.book),
            note: "Cada receta retenida lleva un número consecutivo sin saltos; una receta con \
                   varios medicamentos ocupa un renglón por cada uno.",
            house: &self.establishment,
            period: self.period,
            ledger: &self.ledger,
            columns: columns(),
            rows: self.lines.iter().map(cells).collect(),
        };
        listing.files(csv)
    }

    /// The CSV: a record for each line. Dates are `AAAA-MM-DD`, quantities digits.
    ///
    /// # Errors
    /// [`RegisterError`]: the list contradicts itself.
    pub fn csv(&self) -> Result<Vec<u8>, RegisterError> {
        self.check()?;
        let records = self.lines.iter().map(|line| self.record(line));
        Ok(csv::write(&HEADER, records))
    }

    /// Numbers follow each other without gaps, and one number is one receta.
    fn check(&self) -> Result<(), RegisterError> {
        if self.period.to < self.period.from {
            return Err(RegisterError::Period);
        }
        let outside = self.lines.iter().find(|line| line.date > self.period.to);
        if let Some(line) = outside {
            return Err(RegisterError::OutOfPeriod(line.number));
        }
        for two in self.lines.windows(2) {
            let [before, line] = two else { continue };
            let same = before.number == line.number && before.folio == line.folio;
            let next =
                before.number.checked_add(1) == Some(line.number) && before.folio != line.folio;
            if !same && !next {
                return Err(RegisterError::Number(line.number));
            }
        }
        Ok(())
    }

    fn record(&self, line: &RetainedLine) -> Vec<String> {
        let ledger = line.ledger_index.map(|_| self.ledger.clone());
        let index = line.ledger_index.map(|index| index.to_string());
        vec![
            self.establishment.clues.clone(),
            self.book.clone(),
            line.number.to_string(),
            line.date.to_string(),
            line.folio.clone(),
            line.special_folio.clone().unwrap_or_default(),
            line.cedula.clone(),
            line.clave.clone(),
            line.medicine.clone(),
            line.units.to_string(),
            line.unit.clone(),
            line.entry.to_string(),
            ledger.unwrap_or_default(),
            index.unwrap_or_default(),
        ]
    }
}

fn columns() -> Vec<TableColumn> {
    vec![
        TableColumn::numbers("Número", 4_500),
        TableColumn::words("Fecha", 5_500),
        TableColumn::words("Folio de la receta", 10_500),
        TableColumn::words("Folio del recetario especial", 10_500),
        TableColumn::words("Cédula del médico", 6_500),
        TableColumn::words("Medicamento", 20_000),
        TableColumn::numbers("Cantidad", 5_000),
        TableColumn::words("Unidad", 6_500),
        TableColumn::numbers("Asiento", 5_000),
        TableColumn::numbers("Libro público", 5_500),
    ]
}

fn cells(line: &RetainedLine) -> Vec<String> {
    let index = line.ledger_index.map(|index| index.to_string());
    vec![
        line.number.to_string(),
        day(line.date),
        line.folio.clone(),
        line.special_folio.clone().unwrap_or_default(),
        line.cedula.clone(),
        joined(&[&line.medicine, &line.clave]),
        grouped(line.units),
        line.unit.clone(),
        line.entry.to_string(),
        index.unwrap_or_else(|| "pendiente".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::control_book::sample::{november, pharmacy};
    use crate::readers;

    fn list(count: u64) -> RetainedList {
        let line = |number: u64| RetainedLine {
            number,
            date: date(2026, 11, 1) + i64::try_from(number % 30).unwrap().days(),
            folio: format!("7K3M-9QRT-2ABX-{number:04}"),
            special_folio: Some(format!("NL-2026-{number:08}")),
            cedula: "87654321".into(),
            clave: "040.000.2103.00".into(),
            medicine: "Morfina, sulfato de, 30 mg".into(),
            units: 60,
            unit: "tabletas".into(),
            entry: number + 7,
            ledger_index: Some(48_000 + number),
        };
        RetainedList {
            establishment: pharmacy(),
            period: november(),
            book: "Fracción I".into(),
            ledger: "libro.receta.example/2026".into(),
            lines: (301..301 + count).map(line).collect(),
        }
    }

    #[test]
    fn every_receta_is_on_the_list_with_its_number() {
        let files = list(120).files().unwrap();
        readers::check(&files.pdf);
        let Some(text) = readers::text(&files.pdf) else {
            return;
        };
        for number in 301..421 {
            assert!(text.contains(&format!("NL-2026-{number:08}")), "{number}");
        }
        assert!(text.contains("RECETAS RETENIDAS — FRACCIÓN I"));
        assert!(text.contains(&files.csv_sha256));
        let lines = files.csv.split(|byte| *byte == b'\n').count();
        assert_eq!(lines, 122);
    }

    #[test]
    fn a_receta_with_two_medicines_has_one_number() {
        let mut list = list(2);
        let mut second = list.lines[1].clone();
        second.clave = "040.000.4026.00".into();
        list.lines.push(second);
        assert!(list.csv().is_ok());
        list.lines[2].folio = "another".into();
        assert_eq!(list.csv(), Err(RegisterError::Number(302)));
    }

    #[test]
    fn a_receta_of_a_later_period_is_not_on_the_list() {
        let mut list = list(3);
        list.lines[2].date = date(2026, 12, 1);
        assert_eq!(list.files(), Err(RegisterError::OutOfPeriod(303)));
    }

    #[test]
    fn a_gap_in_the_numbers_is_not_printed() {
        let mut list = list(9);
        list.lines.remove(4);
        assert_eq!(list.files(), Err(RegisterError::Number(306)));
    }

    #[test]
    #[ignore = "writes files to look at"]
    fn samples() {
        readers::leave("retained.pdf", &list(60).files().unwrap().pdf);
    }
}
