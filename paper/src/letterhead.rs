//! What every official document of ours begins and ends with: the band with its title, the
//! establishment, the signatures, and the digest of the file that says the same for machines.

use jiff::civil::Date;
use prescription::spanish;

use crate::mark::{Column, Ink, Mark, Row, Style, beside};
use crate::wrap::{Span, paragraph, spans};

pub(crate) const LABEL: Style = Style::bold(640, 860, Ink::Accent);
pub(crate) const VALUE: Style = Style::regular(840, 1_040, Ink::Black);
pub(crate) const NOTE: Style = Style::regular(740, 940, Ink::Grey);
pub(crate) const SECTION: Style = Style::bold(1_050, 1_500, Ink::Accent);
pub(crate) const TABLE_HEAD: Style = Style::bold(660, 820, Ink::Accent);
pub(crate) const CELL: Style = Style::regular(720, 880, Ink::Black);
pub(crate) const STRONG_CELL: Style = Style::bold(720, 880, Ink::Black);

/// The establishment that keeps the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Establishment {
    /// Its name.
    pub name: String,
    /// Its CLUES.
    pub clues: String,
    /// Its address, or municipality and state.
    pub address: String,
    /// Number of its licencia sanitaria for I to III (LGS arts. 198-I, 257 and 258), if it has one.
    pub licence: Option<String>,
    /// Name of its responsable sanitario (LGS arts. 259 and 260); empty where it is to be written by
    /// hand.
    pub responsible: String,
    /// Cédula profesional of the responsable sanitario; empty as the name is.
    pub responsible_cedula: String,
}

/// From one day to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

impl Period {
    /// "del 1 de noviembre de 2026 al 30 de noviembre de 2026".
    pub(crate) fn in_spanish(self) -> String {
        let (from, to) = (spanish::day(self.from), spanish::day(self.to));
        format!("del {from} al {to}")
    }

    /// "01/11/2026–30/11/2026".
    pub(crate) fn short(self) -> String {
        format!("{}–{}", day(self.from), day(self.to))
    }

    /// Whether the day is of it.
    #[must_use]
    pub fn contains(self, date: Date) -> bool {
        self.from <= date && date <= self.to
    }
}

/// A day as a table has room for it: "05/11/2026".
pub(crate) fn day(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

/// The title in white on a band, what it rests on under it.
pub(crate) fn title(column: Column, title: &str, basis: &str) -> Vec<Row> {
    const TITLE: Style = Style::bold(1_200, 1_500, Ink::White);
    const PADDING: i32 = 250;
    let inside = Column {
        x: column.x + 700,
        width: column.width - 1_400,
    };
    let mut text = paragraph(inside, TITLE, title);
    text.insert(0, Row::space(PADDING));
    text.push(Row::space(PADDING));
    let mut rows: Vec<Row> = text.into_iter().map(|row| on_ground(row, column)).collect();
    rows.push(Row::space(350));
    rows.extend(paragraph(column, NOTE, basis));
    rows.push(Row::space(450));
    rows
}

fn on_ground(mut row: Row, column: Column) -> Row {
    let ground = Mark::Fill {
        x: column.x,
        y: 0,
        width: column.width,
        height: row.height,
        ink: Ink::Accent,
    };
    row.marks.insert(0, ground);
    row
}

/// Labels over values, `per_line` beside each other.
pub(crate) fn facts(column: Column, per_line: i32, facts: &[(&str, String)]) -> Vec<Row> {
    const GAP: i32 = 900;
    let width = (column.width - GAP * (per_line - 1)) / per_line;
    let mut rows = Vec::new();
    let step = usize::try_from(per_line).unwrap_or(1);
    for line in facts.chunks(step) {
        let mut set = Vec::new();
        let mut x = column.x;
        for (label, value) in line {
            let place = Column { x, width };
            let mut fact = paragraph(place, LABEL, label);
            let value = if value.is_empty() { "—" } else { value };
            fact.extend(paragraph(place, VALUE, value));
            set = beside(set, fact);
            x += width + GAP;
        }
        rows.extend(set);
        rows.push(Row::space(350));
    }
    rows
}

/// Who keeps the document, and of which days it is.
pub(crate) fn establishment(
    column: Column,
    house: &Establishment,
    period: Period,
    more: &[(&str, String)],
) -> Vec<Row> {
    let licence = house.licence.clone().unwrap_or_default();
    let mut all = vec![
        ("ESTABLECIMIENTO", house.name.clone()),
        ("DOMICILIO", house.address.clone()),
        ("CLUES", house.clues.clone()),
        ("LICENCIA SANITARIA", licence),
        ("RESPONSABLE SANITARIO", house.responsible.clone()),
        ("CÉDULA PROFESIONAL", house.responsible_cedula.clone()),
        ("PERIODO", period.in_spanish()),
    ];
    all.extend(more.iter().cloned());
    facts(column, 5, &all)
}

/// Where the responsable sanitario signs, and the authority that reviews.
pub(crate) fn signatures(column: Column, house: &Establishment) -> Vec<Row> {
    const GAP: i32 = 4_000;
    let width = (column.width - GAP) / 2;
    let left = Column { x: column.x, width };
    let right = column.indented(width + GAP);
    let place = |column: Column, name: &str, role: &str| {
        let mut rows = vec![Row::space(3_400), Row::rule(column, 200, 60, Ink::Black)];
        rows.extend(paragraph(column, VALUE, name));
        rows.extend(paragraph(column, NOTE, role));
        rows
    };
    // Where it is not known it is written by hand, with the name.
    let cedula = match house.responsible_cedula.as_str() {
        "" => "Responsable sanitario. Nombre, cédula y firma.".to_owned(),
        cedula => format!("Responsable sanitario, cédula {cedula}. Nombre y firma."),
    };
    beside(
        place(left, &house.responsible, &cedula),
        place(
            right,
            " \u{a0}",
            "Autoridad sanitaria que revisa. Nombre, cargo, fecha, firma y sello.",
        ),
    )
}

/// How a reader finds out whether the paper and the file say the same.
pub(crate) fn twin(column: Column, digest: &str) -> Vec<Row> {
    let words = "El archivo CSV gemelo contiene los mismos asientos. Su huella SHA-256 es";
    spans(
        column,
        &[
            Span::new(NOTE, words),
            Span::new(STRONG_CELL, digest),
            Span::new(NOTE, "(compruébela con «sha256sum»)."),
        ],
    )
}

/// One line of text that must fit: the running head of a continued page.
pub(crate) fn running(column: Column, text: &str) -> Vec<Row> {
    let mut rows = paragraph(column, STRONG_CELL, text);
    rows.push(Row::space(200));
    rows
}

/// A section's title with white space over it.
pub(crate) fn section(column: Column, text: &str) -> Vec<Row> {
    let mut rows = vec![Row::space(500)];
    rows.extend(paragraph(column, SECTION, text));
    rows.push(Row::rule(column, 250, 60, Ink::Accent));
    rows.push(Row::space(150));
    rows
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::sheet::Sheet;

    #[test]
    fn a_period_has_both_its_ends() {
        let period = Period {
            from: date(2026, 11, 1),
            to: date(2026, 11, 30),
        };
        assert!(period.contains(period.from) && period.contains(period.to));
        assert!(!period.contains(date(2026, 12, 1)));
        assert_eq!(period.short(), "01/11/2026–30/11/2026");
        assert_eq!(
            period.in_spanish(),
            "del 1 de noviembre de 2026 al 30 de noviembre de 2026"
        );
    }

    #[test]
    fn unknown_facts_are_a_dash() {
        let rows = facts(Sheet::Letter.body(), 2, &[("LICENCIA", String::new())]);
        let marks: Vec<Mark> = rows.into_iter().flat_map(|row| row.marks).collect();
        assert_eq!(crate::page_text(&marks), "LICENCIA —");
    }
}
