//! The forms of the International Narcotics Control Board, computed from the movements.
//!
//! | Form | What | Function |
//! |---|---|---|
//! | A (1961) | imports and exports of a quarter | [`Statistics::form_a`] |
//! | B (1961) | estimates for a year | [`Statistics::form_b`] |
//! | C (1961) | production, manufacture, consumption, stocks, seizures of a year | [`Statistics::form_c`] |
//! | P (1971) | manufacture, imports, exports, consumption, stocks of a year | [`Statistics::form_p`] |
//!
//! All in grams of anhydrous base. A drug is *consumed*, in the sense of the Single Convention
//! (art. 1, para. 2), when it is supplied to anybody for retail distribution, medical use or
//! scientific research; *stocks* are not those of retailers (art. 1, para. 1 x). An establishment is
//! a retailer here if it ever handed anything over to a patient. What patients received stands
//! beside it. Columns follow the contents of the forms, not their layout \[B\]; what our records
//! do not say is left blank and named in the notes.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::aggregate::Aggregate;
use crate::balance::{Balance, Row, Tolerance};
use crate::day::{Day, Period, Span};
use crate::fact::{Fact, Flow};
use crate::place::{Area, AreaKey, Places};
use crate::product::{Products, Schedule, SubstanceId};
use crate::table::{Cell, Table};

/// How needs are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Estimate {
    /// Past years that are averaged. \[B\]
    pub years: u8,
    /// Added to the average, in thousandths. \[B\]
    pub margin_permille: u16,
}

impl Default for Estimate {
    fn default() -> Self {
        Self {
            years: 3,
            margin_permille: 100,
        }
    }
}

/// What the forms are computed from, summed in one pass.
#[derive(Debug, Clone)]
pub struct Statistics<'s> {
    products: &'s Products,
    balance: Balance<'s>,
}

impl<'s> Statistics<'s> {
    /// Nothing yet. The facts must begin with the first movement: stocks are sums of all.
    #[must_use]
    pub fn new(products: &'s Products, places: &'s Places) -> Self {
        let balance = Balance::new(products, places, Area::Establishment, Span::Quarter);
        Self { products, balance }
    }

    /// Form A: imports and exports of the quarter that `day` lies in.
    #[must_use]
    pub fn form_a(&self, day: Day) -> Table {
        let quarter = Period::of(day, Span::Quarter);
        let mut table = Table::new(
            format!("JIFE, formulario A (Convención de 1961): {quarter}"),
            &[
                "Código",
                "Estupefaciente",
                "Lista",
                "Importado (g)",
                "País de origen",
                "Exportado (g)",
                "País de destino",
            ],
        );
        for (id, sums) in self.by_substance(quarter, is_narcotic) {
            let mut row = self.naming(id);
            row.extend([sums.grams(sums.imported), Cell::Blank]);
            row.extend([sums.grams(sums.exported), Cell::Blank]);
            table.rows.push(row);
        }
        table.notes = self.notes(
            "En blanco: país de origen y país de destino. El registro guarda el permiso de importación o \
             exportación, no el país.",
        );
        table
    }

    /// Form B: what a year will need, from the years before it.
    #[must_use]
    pub fn form_b(&self, year: Period, estimate: &Estimate) -> Table {
        let mut table = Table::new(
            format!("JIFE, formulario B (Convención de 1961): previsiones para {year}"),
            &[
                "Código",
                "Estupefaciente",
                "Lista",
                "Consumo interno (g)",
                "Existencias al 31 de diciembre (g)",
                "Para fabricar otros estupefacientes (g)",
                "Para preparados de la Lista III (g)",
                "Para substancias no comprendidas (g)",
                "Existencias especiales (g)",
            ],
        );
        let mut needs: BTreeMap<SubstanceId, (i128, Sums)> = BTreeMap::new();
        let mut past = year;
        for _ in 0..estimate.years {
            past = Period::of(past.first().plus(-1), Span::Year);
            for (id, sums) in self.by_substance(past, is_narcotic) {
                // The first of them is the year just before: its stocks are the latest.
                let (total, latest) = needs.entry(id).or_insert((0, sums));
                plus(total, sums.supplied);
                latest.unconverted |= sums.unconverted;
            }
        }
        for (id, (total, latest)) in needs {
            let years = i128::from(estimate.years.max(1));
            let margin = 1000 + i128::from(estimate.margin_permille);
            // Rounded up: an estimate that is too small stops treatments.
            let need = total
                .saturating_mul(margin)
                .saturating_add(years * 1000 - 1)
                / (years * 1000);
            let mut row = self.naming(id);
            row.extend([latest.grams(need), latest.grams(latest.stock)]);
            row.extend([Cell::Blank, Cell::Blank, Cell::Blank, Cell::Blank]);
            table.rows.push(row);
        }
        table.notes = self.notes(&format!(
            "Consumo: promedio de {} años anteriores más {} milésimas. Existencias: las del último \
             31 de diciembre. En blanco, porque los decide la autoridad y ningún registro los da: \
             usos para fabricar y existencias especiales.",
            estimate.years, estimate.margin_permille
        ));
        table
    }

    /// Form C: the year of narcotic drugs.
    #[must_use]
    pub fn form_c(&self, year: Period) -> Table {
        let title = format!("JIFE, formulario C (Convención de 1961): {year}");
        let mut table = self.annual(title, year, is_narcotic);
        table.columns.push("Producción agrícola (g)".to_owned());
        table.columns.push("Decomisado (g)".to_owned());
        for row in &mut table.rows {
            row.extend([Cell::Blank, Cell::Blank]);
        }
        table.notes = self.notes(
            "En blanco: usado para fabricar otras substancias, producción agrícola y \
             decomisos (LGS art. 239), que no pasan por este registro.",
        );
        table
    }

    /// Form P: the year of psychotropic substances.
    #[must_use]
    pub fn form_p(&self, year: Period) -> Table {
        let title = format!("JIFE, formulario P (Convenio de 1971): {year}");
        let mut table = self.annual(title, year, is_psychotropic);
        table.notes = self.notes(
            "En blanco: usado para fabricar otras substancias, que no pasa por este registro.",
        );
        table
    }

    fn annual(&self, title: String, year: Period, listed: fn(Schedule) -> bool) -> Table {
        let mut table = Table::new(
            title,
            &[
                "Código",
                "Substancia",
                "Lista",
                "Fabricado (g)",
                "Importado (g)",
                "Exportado (g)",
                "Consumo: entregado al menudeo (g)",
                "Surtido a pacientes (g)",
                "Existencias sin menudeo al 31 de diciembre (g)",
                "Existencias del menudeo (g)",
                "Destruido (g)",
                "Perdido o robado (g)",
                "Usado para fabricar otras substancias (g)",
            ],
        );
        for (id, sums) in self.by_substance(year, listed) {
            let mut row = self.naming(id);
            let values = [
                sums.manufactured,
                sums.imported,
                sums.exported,
                sums.supplied,
                sums.handed,
                sums.stock,
                sums.retail_stock,
                sums.destroyed,
                sums.lost,
            ];
            row.extend(values.map(|ng| sums.grams(ng)));
            row.push(Cell::Blank);
            table.rows.push(row);
        }
        table
    }

    fn naming(&self, id: SubstanceId) -> Vec<Cell> {
        let Some(substance) = self.products.substance(id) else {
            return vec![Cell::Blank, Cell::Blank, Cell::Blank];
        };
        let code = substance.incb_code.as_ref();
        vec![
            code.map_or(Cell::Blank, Cell::text),
            Cell::text(&substance.key),
            substance
                .schedule
                .map_or(Cell::Blank, |schedule| Cell::text(roman(schedule))),
        ]
    }

    fn notes(&self, blank: &str) -> Vec<String> {
        let unknown = self
            .products
            .all()
            .iter()
            .filter(|product| product.ingredients.iter().any(|one| one.base_ng.is_none()));
        let claves: Vec<_> = unknown.map(|product| product.clave.to_string()).collect();
        let mut notes = vec![
            "Gramos de base anhidra. Consumo en el sentido de la Convención de 1961 (art. 1, párr. \
             2): lo entregado a quien surte al público, neto de lo que salió de él."
                .to_owned(),
            blank.to_owned(),
        ];
        if !claves.is_empty() {
            notes.push(format!(
                "El catálogo no dice cuánta base tienen estas claves, y donde las hubo la casilla \
                 queda en blanco: {}.",
                claves.join(", ")
            ));
        }
        notes
    }

    /// What became of each listed substance in a period, and the stocks at its end.
    fn by_substance(
        &self,
        period: Period,
        listed: fn(Schedule) -> bool,
    ) -> BTreeMap<SubstanceId, Sums> {
        let rows = self.balance.rows(Tolerance::default());
        let retailers: HashSet<AreaKey> = rows
            .iter()
            .filter(|row| row.sums.dispensed > 0)
            .map(|row| row.key.area)
            .collect();
        let mut sums = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let quarter = row.key.period;
            if quarter.first() > period.last() {
                continue;
            }
            let next = rows.get(at + 1).filter(|next| {
                next.key.area == row.key.area
                    && next.key.clave == row.key.clave
                    && next.key.period.first() <= period.last()
            });
            let part = Part {
                row,
                retail: retailers.contains(&row.key.area),
                counts: period.first() <= quarter.first(),
                is_last: next.is_none(),
            };
            self.add(&part, listed, &mut sums);
        }
        sums
    }

    fn add(
        &self,
        part: &Part<'_>,
        listed: fn(Schedule) -> bool,
        sums: &mut BTreeMap<SubstanceId, Sums>,
    ) {
        let product = self.products.get(part.row.key.clave);
        for ingredient in product.map_or(&[][..], |product| &product.ingredients) {
            let substance = self.products.substance(ingredient.substance);
            let schedule = substance.and_then(|substance| substance.schedule);
            if schedule.is_some_and(listed) {
                let sum = sums.entry(ingredient.substance).or_default();
                sum.add(part, ingredient.base_ng);
            }
        }
    }
}

/// One row of the balance, and what of it counts.
struct Part<'p> {
    row: &'p Row,
    retail: bool,
    /// Its movements lie in the period.
    counts: bool,
    /// Its closing is the stock at the period's end.
    is_last: bool,
}

/// Of one substance, in nanograms.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    manufactured: i128,
    imported: i128,
    exported: i128,
    supplied: i128,
    handed: i128,
    stock: i128,
    retail_stock: i128,
    destroyed: i128,
    lost: i128,
    /// A medicine among them has no figure: the sums are too small.
    unconverted: bool,
}

impl Sums {
    fn add(&mut self, part: &Part<'_>, base_ng: Option<u64>) {
        let sums = &part.row.sums;
        let Some(base) = base_ng.map(i128::from) else {
            self.unconverted = true;
            return;
        };
        let flow = |flow| i128::from(sums.flow(flow)).saturating_mul(base);
        if part.counts {
            plus(&mut self.manufactured, flow(Flow::Manufactured));
            plus(&mut self.imported, flow(Flow::Imported));
            plus(&mut self.exported, flow(Flow::Exported));
            plus(&mut self.destroyed, flow(Flow::Destroyed));
            plus(&mut self.lost, flow(Flow::Lost));
            plus(&mut self.lost, flow(Flow::Stolen));
            plus(&mut self.lost, flow(Flow::LostOnTheWay));
            let handed = i128::from(sums.dispensed) - i128::from(sums.returned);
            plus(&mut self.handed, handed.saturating_mul(base));
            if part.retail {
                let departures = [
                    Flow::Shipped,
                    Flow::Exported,
                    Flow::SentBack,
                    Flow::Released,
                ];
                let arrivals = [
                    Flow::Bought,
                    Flow::Received,
                    Flow::TakenBack,
                    Flow::Imported,
                    Flow::Manufactured,
                ];
                for one in arrivals {
                    plus(&mut self.supplied, flow(one));
                }
                for one in departures {
                    plus(&mut self.supplied, -flow(one));
                }
            }
        }
        if part.is_last {
            let side = if part.retail {
                &mut self.retail_stock
            } else {
                &mut self.stock
            };
            plus(side, part.row.closing.saturating_mul(base));
        }
    }

    /// A number that is known to be too small is not written on a form.
    fn grams(&self, ng: i128) -> Cell {
        Cell::grams((!self.unconverted).then_some(ng))
    }
}

/// Sums stay at the end of their type: beyond it is no mass on earth.
fn plus(sum: &mut i128, ng: i128) {
    *sum = sum.saturating_add(ng);
}

fn is_narcotic(schedule: Schedule) -> bool {
    matches!(schedule, Schedule::Narcotic(_))
}

fn is_psychotropic(schedule: Schedule) -> bool {
    matches!(schedule, Schedule::Psychotropic(_))
}

fn roman(schedule: Schedule) -> &'static str {
    let (Schedule::Narcotic(number) | Schedule::Psychotropic(number)) = schedule;
    match number {
        1 => "I",
        2 => "II",
        3 => "III",
        _ => "IV",
    }
}

impl Aggregate for Statistics<'_> {
    fn add(&mut self, fact: &Fact) {
        self.balance.add(fact);
    }

    fn merge(self, other: Self) -> Self {
        Self {
            balance: self.balance.merge(other.balance),
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
