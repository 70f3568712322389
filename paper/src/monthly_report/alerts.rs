//! The alerts, each kind with its threshold, its cases and what it is not.

use super::pdf::{SHEET, place_table, table};
use super::{AlertKind, MonthlyReport};
use crate::TooLong;
use crate::chart::{self, Bar, BarGroup, Longest};
use crate::figures::grouped;
use crate::letterhead::{self, NOTE, STRONG_CELL, VALUE, day};
use crate::mark::Row;
use crate::pager::Pager;
use crate::table::TableColumn;
use crate::wrap::{Span, paragraph, spans};

/// Under the title of every kind.
pub(super) const NO_VERDICT: &str = "Una alerta es información y no un veredicto sobre una persona: \
     la revisa quien tiene la facultad de hacerlo, con la evidencia que se lista.";

pub(super) fn place(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    let body = SHEET.body();
    let mut rows = letterhead::section(body, "Alertas del mes");
    rows.extend(paragraph(body, VALUE, NO_VERDICT));
    rows.push(Row::space(300));
    if report.alerts.is_empty() {
        rows.extend(paragraph(
            body,
            VALUE,
            "No se buscó ninguna clase de alerta.",
        ));
    }
    let groups: Vec<BarGroup> = report
        .alerts
        .iter()
        .map(|kind| BarGroup {
            label: kind.name.clone(),
            bars: vec![Bar {
                value: kind.count,
                shown: grouped(kind.count),
            }],
        })
        .collect();
    rows.extend(chart::bars(body, &[], &groups, Longest::OfAll));
    pager.place(rows)?;
    let kinds = report.alerts.iter().filter(|kind| kind.count > 0);
    for kind in kinds {
        place_kind(kind, pager)?;
    }
    Ok(())
}

fn place_kind(kind: &AlertKind, pager: &mut Pager) -> Result<(), TooLong> {
    let body = SHEET.body();
    let shown = u64::try_from(kind.cases.len()).unwrap_or(u64::MAX);
    let mut lead = letterhead::section(body, &kind.name);
    lead.extend(spans(
        body,
        &[
            Span::new(STRONG_CELL, "Umbral:"),
            Span::new(NOTE, &kind.threshold),
            Span::new(STRONG_CELL, "Casos:"),
            Span::new(NOTE, &count(kind.count, shown)),
        ],
    ));
    lead.extend(paragraph(body, NOTE, NO_VERDICT));
    lead.push(Row::space(250));
    let columns = vec![
        TableColumn::words("Fecha", 5_500),
        TableColumn::words("Lo que se observó", 28_000),
        TableColumn::words("Evidencia", 22_000),
    ];
    let rows: Vec<Vec<String>> = kind
        .cases
        .iter()
        .map(|case| vec![day(case.day), case.seen.clone(), case.evidence.join("; ")])
        .collect();
    let empty = "Los casos se consultan en el sistema.";
    place_table(pager, lead, &table(columns), &rows, empty)
}

fn count(count: u64, shown: u64) -> String {
    if shown < count {
        format!("{} (se listan {}).", grouped(count), grouped(shown))
    } else {
        format!("{}.", grouped(count))
    }
}
