//! What was consumed, of what and where, and whether it comes out.

use super::pdf::{SHEET, place_table, table};
use super::{MonthlyReport, Quantity, SubstanceConsumption, ThreeWayBalance};
use crate::TooLong;
use crate::chart::{self, Bar, BarGroup, Longest, Series};
use crate::figures::{grouped, signed};
use crate::letterhead::{self, NOTE, VALUE};
use crate::mark::{Row, height};
use crate::mass::Mass;
use crate::pager::Pager;
use crate::table::TableColumn;
use crate::wrap::paragraph;

/// How many substances and municipalities a chart shows; the table has all.
const DRAWN: usize = 15;
/// Height of the chart over time.
const TREND: i32 = 13_000;

pub(super) fn place(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    classes(report, pager)?;
    substances(report, pager)?;
    municipalities(report, pager)?;
    largest(report, pager)?;
    balances(report, pager)?;
    exceptions(report, pager)
}

/// A section whose title stays with its chart as far as that fits a page.
fn place_chart(pager: &mut Pager, title: &str, note: &str, chart: Vec<Row>) -> Result<(), TooLong> {
    let mut lead = letterhead::section(SHEET.body(), title);
    if chart.is_empty() {
        lead.extend(paragraph(SHEET.body(), VALUE, "Sin datos en el mes."));
        return pager.place(lead);
    }
    lead.extend(paragraph(SHEET.body(), NOTE, note));
    lead.push(Row::space(250));
    let mut chart = chart.into_iter();
    // The title keeps the first bars with it.
    while height(&lead) < 9_000
        && let Some(row) = chart.next()
    {
        lead.push(row);
    }
    pager.place(lead)?;
    for row in chart {
        pager.place(vec![row])?;
    }
    Ok(())
}

fn bar(value: u64, shown: String) -> Bar {
    Bar { value, shown }
}

fn classes(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    let body = SHEET.body();
    let groups: Vec<BarGroup> = report
        .classes
        .iter()
        .map(|class| BarGroup {
            label: class.class.clone(),
            bars: vec![bar(class.dispensings, grouped(class.dispensings))],
        })
        .collect();
    let chart = chart::bars(body, &[], &groups, Longest::OfAll);
    let note = "Surtidos del mes. Los gramos de sustancias distintas no se suman.";
    place_chart(pager, "Consumo por clase", note, chart)?;
    let rows: Vec<Vec<String>> = report
        .classes
        .iter()
        .map(|class| {
            let known = |count: Option<u64>| count.map_or_else(|| "—".to_owned(), grouped);
            vec![
                class.class.clone(),
                known(class.prescriptions),
                grouped(class.dispensings),
                signed(class.units),
                known(class.establishments),
            ]
        })
        .collect();
    let columns = vec![
        TableColumn::words("Clase", 20_000),
        TableColumn::numbers("Recetas emitidas", 10_000),
        TableColumn::numbers("Surtidos", 10_000),
        TableColumn::numbers("Unidades", 10_000),
        TableColumn::numbers("Establecimientos", 10_000),
    ];
    if !rows.is_empty() {
        place_table(pager, vec![Row::space(400)], &table(columns), &rows, "")?;
    }
    trend(report, pager)
}

fn trend(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    let trend = &report.trend;
    if trend.months.len() < 2 {
        return Ok(());
    }
    let series: Vec<Series> = trend
        .classes
        .iter()
        .take(3)
        .map(|(name, values)| Series {
            name: name.clone(),
            values: values.iter().map(|value| drawn(*value)).collect(),
        })
        .collect();
    let body = SHEET.body();
    let mut rows = letterhead::section(body, "Consumo por mes");
    rows.extend(chart::lines(
        body,
        TREND,
        &trend.unit,
        &trend.months,
        &series,
    ));
    pager.place(rows)
}

fn substances(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    let groups: Vec<BarGroup> = report
        .substances
        .iter()
        .take(DRAWN)
        .map(|one| BarGroup {
            label: one.name.clone(),
            bars: vec![quantity_bar(Quantity::Mass(one.base))],
        })
        .collect();
    let chart = chart::bars(SHEET.body(), &[], &groups, Longest::OfAll);
    let note = "Gramos de base anhidra entregados a pacientes, netos de devoluciones.";
    place_chart(pager, "Sustancias con mayor consumo", note, chart)?;
    if report.substances.is_empty() {
        return Ok(());
    }
    let rows: Vec<Vec<String>> = report.substances.iter().map(substance_cells).collect();
    let columns = vec![
        TableColumn::words("Sustancia", 22_000),
        TableColumn::numbers("Este mes", 10_000),
        TableColumn::numbers("Mes anterior", 10_000),
        TableColumn::numbers("Variación", 8_000),
        TableColumn::numbers("Unidades", 8_000),
    ];
    place_table(pager, vec![Row::space(400)], &table(columns), &rows, "")
}

fn substance_cells(one: &SubstanceConsumption) -> Vec<String> {
    let before = one.before.map(Mass::grouped_grams);
    vec![
        one.name.clone(),
        one.base.grouped_grams(),
        before.unwrap_or_else(|| "—".to_owned()),
        change(one).unwrap_or_else(|| "—".to_owned()),
        signed(one.units),
    ]
}

/// "+12.5 %" against the month before; `None` where there was nothing to compare with.
fn change(one: &SubstanceConsumption) -> Option<String> {
    let before = i128::from(one.before?.milligrams());
    let now = i128::from(one.base.milligrams());
    let permille = ((now - before) * 1_000).checked_div(before)?;
    let sign = if permille < 0 { "−" } else { "+" };
    let size = permille.unsigned_abs();
    Some(format!("{sign}{}.{}\u{a0}%", size / 10, size % 10))
}

fn municipalities(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    let all = &report.municipalities;
    let shown = |one: &super::MunicipalityConsumption| match one.per_100_000 {
        Some(rate) => format!(
            "{} ({} por 100,000 hab.)",
            grouped(one.dispensings),
            grouped(rate)
        ),
        None => grouped(one.dispensings),
    };
    let groups: Vec<BarGroup> = all
        .iter()
        .take(DRAWN)
        .map(|one| BarGroup {
            label: one.name.clone(),
            bars: vec![bar(one.dispensings, shown(one))],
        })
        .collect();
    let chart = chart::bars(SHEET.body(), &[], &groups, Longest::OfAll);
    let note = format!(
        "Surtidos de fracciones I a III. Se muestran {} de {} municipios.",
        groups.len(),
        all.len()
    );
    place_chart(pager, "Consumo por municipio", &note, chart)
}

fn balances(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    let groups: Vec<BarGroup> = report.balances.iter().map(balance_group).collect();
    let series = ["Comprado", "Prescrito", "Surtido"];
    let chart = if groups.is_empty() {
        Vec::new()
    } else {
        chart::bars(SHEET.body(), &series, &groups, Longest::OfEachGroup)
    };
    let note = "Gramos de base anhidra o unidades, como se indica. Cada sustancia o medicamento tiene \
                su propia escala: se comparan sus tres barras, no unos con otros.";
    place_chart(pager, "Balance: comprado, prescrito y surtido", note, chart)
}

fn balance_group(balance: &ThreeWayBalance) -> BarGroup {
    let parts = [balance.bought, balance.prescribed, balance.dispensed];
    BarGroup {
        label: balance.subject.clone(),
        bars: parts.map(quantity_bar).into(),
    }
}

fn quantity_bar(quantity: Quantity) -> Bar {
    match quantity {
        Quantity::Mass(mass) => bar(mass.milligrams(), mass.grouped_grams()),
        Quantity::Units(units) => bar(drawn(units), signed(units)),
    }
}

/// A chart has nothing below zero; the figure beside the bar says what there is.
fn drawn(value: i128) -> u64 {
    u64::try_from(value.max(0)).unwrap_or(u64::MAX)
}

fn largest(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    if report.largest.is_empty() {
        return Ok(());
    }
    let columns = vec![
        TableColumn::words("Establecimiento", 22_000),
        TableColumn::words("Municipio", 16_000),
        TableColumn::words("Clase", 8_000),
        TableColumn::numbers("Unidades", 8_000),
    ];
    let rows: Vec<Vec<String>> = report
        .largest
        .iter()
        .map(|one| {
            let units = signed(one.units);
            vec![
                one.establishment.clone(),
                one.municipality.clone(),
                one.class.clone(),
                units,
            ]
        })
        .collect();
    let lead = letterhead::section(SHEET.body(), "Establecimientos que más surtieron");
    place_table(pager, lead, &table(columns), &rows, "")
}

fn exceptions(report: &MonthlyReport, pager: &mut Pager) -> Result<(), TooLong> {
    let columns = vec![
        TableColumn::words("Establecimiento", 15_000),
        TableColumn::words("Medicamento o sustancia", 12_000),
        TableColumn::words("Lo que no cuadra", 19_000),
        TableColumn::words("Evidencia", 11_000),
    ];
    let rows: Vec<Vec<String>> = report
        .exceptions
        .iter()
        .map(|one| {
            let evidence = one.evidence.join("; ");
            vec![
                one.establishment.clone(),
                one.subject.clone(),
                one.seen.clone(),
                evidence,
            ]
        })
        .collect();
    let lead = letterhead::section(SHEET.body(), "Excepciones del balance");
    let empty = "Ningún balance del mes queda fuera de tolerancia.";
    place_table(pager, lead, &table(columns), &rows, empty)
}
