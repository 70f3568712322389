//! The report from its title to its signature.

use super::{MonthlyReport, alerts, consumption};
use crate::TooLong;
use crate::figures::grouped;
use crate::letterhead::{self, CELL, NOTE, TABLE_HEAD, VALUE};
use crate::mark::Row;
use crate::pager::{Frame, Page, Pager};
use crate::pdf;
use crate::sheet::Sheet;
use crate::table::{Table, TableColumn};
use crate::wrap::{joined, paragraph};

pub(super) const SHEET: Sheet = Sheet::Letter;
/// Alerts are listed one by one: a report of more pages is split by entity.
const MOST_PAGES: usize = 2_000;

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

const WHAT_IT_IS: &str = "Este informe se calcula con los asientos del libro público y con los \
     cuerpos que la autoridad lee; cualquiera que tenga los mismos asientos obtiene las mismas \
     cifras. Las cantidades de sustancia van en gramos de base anhidra. Una alerta es información \
     para una persona: no es un veredicto sobre nadie.";

/// Draws the report.
pub(super) fn write(report: &MonthlyReport) -> Result<Vec<u8>, TooLong> {
    let title = format!("Informe mensual, {}, {}", report.scope, month(report));
    Ok(pdf::write(SHEET, &pages(report)?, &title))
}

pub(super) fn pages(report: &MonthlyReport) -> Result<Vec<Page>, TooLong> {
    let footer = joined(&[
        "Informe mensual de sustancias controladas",
        &report.scope,
        &month(report),
    ]);
    let mut pager = Pager::new(Frame::plain(SHEET, &footer, MOST_PAGES))?;
    pager.place(head(report))?;
    consumption::place(report, &mut pager)?;
    alerts::place(report, &mut pager)?;
    if !report.notes.is_empty() {
        let mut rows = letterhead::section(SHEET.body(), "Notas");
        for note in &report.notes {
            rows.extend(paragraph(SHEET.body(), VALUE, note));
            rows.push(Row::space(250));
        }
        pager.place(rows)?;
    }
    Ok(pager.finish())
}

/// "noviembre de 2026".
pub(super) fn month(report: &MonthlyReport) -> String {
    let place = usize::try_from(report.month.month() - 1).unwrap_or(0);
    format!("{} de {}", MONTHS[place], report.month.year())
}

fn head(report: &MonthlyReport) -> Vec<Row> {
    let body = SHEET.body();
    let basis = "Fundamento: Ley General de Salud, artículos 226 y 234 a 256; Convención \
                 Única de 1961 sobre Estupefacientes; Convenio sobre Sustancias Sicotrópicas de 1971.";
    let mut rows = letterhead::title(body, "INFORME MENSUAL DE SUSTANCIAS CONTROLADAS", basis);
    let facts = [
        ("MES", month(report)),
        ("ÁMBITO", report.scope.clone()),
        ("EMITE", report.office.clone()),
        ("LIBRO PÚBLICO", report.cut.origin.clone()),
        ("ASIENTOS LEÍDOS", grouped(report.cut.size)),
        ("RAÍZ DEL ÁRBOL", report.cut.root.clone()),
    ];
    rows.extend(letterhead::facts(body, 3, &facts));
    rows.extend(paragraph(body, NOTE, WHAT_IT_IS));
    rows
}

/// A table as wide as the page.
pub(super) fn table(columns: Vec<TableColumn>) -> Table {
    Table::new(0, columns, TABLE_HEAD, CELL).filling(SHEET.body())
}

/// Places a table under its title, which stays with the first rows; a sentence where it is empty.
pub(super) fn place_table(
    pager: &mut Pager,
    lead: Vec<Row>,
    table: &Table,
    rows: &[Vec<String>],
    empty: &str,
) -> Result<(), TooLong> {
    let mut lead = lead;
    if rows.is_empty() {
        lead.extend(paragraph(pager.body(), VALUE, empty));
        return pager.place(lead);
    }
    table.place_under(pager, lead, rows.iter().map(Vec::as_slice))
}
