//! How much patients received: by substance, class or clave, by area, by prescriber, by period.
//!
//! Consumption is what was handed over to patients less what came back from them. What counts is
//! the day of the act, and where: the establishment that dispensed, or took back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::aggregate::Aggregate;
use crate::code::{CedulaCode, ClaveCode};
use crate::day::{Day, Period, Span};
use crate::fact::{Act, Fact, Handed};
use crate::place::{Area, AreaKey, Places};
use crate::product::{Class, Products, SubstanceId};
use crate::table::{Cell, Table};

/// What medicines are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// Clave.
    Clave,
    /// Controlled substance: a medicine with two of them counts for both.
    Substance,
    /// Class, on the day of the act.
    Class,
}

/// What is told apart; everything else is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grouping {
    /// Areas.
    pub area: Area,
    /// Medicines.
    pub by: By,
    /// Whether prescribers are.
    pub prescriber: bool,
    /// Periods.
    pub span: Span,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// When.
    pub period: Period,
    /// Where.
    pub area: AreaKey,
    /// Of what.
    pub item: Item,
    /// On whose word, where prescribers are told apart and there was one.
    pub prescriber: Option<CedulaCode>,
}

/// A medicine, a substance or a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A clave.
    Clave(ClaveCode),
    /// A controlled substance.
    Substance(SubstanceId),
    /// A class.
    Class(Class),
}

/// What patients received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consumed {
    /// Times that something was handed over.
    pub dispensings: u64,
    /// Units handed over.
    pub dispensed: u64,
    /// Units that came back.
    pub returned: u64,
    /// Nanograms of anhydrous base, net of what came back; of [`By::Class`] always 0, because
    /// grams of different substances are no sum.
    pub base_ng: i128,
    /// Units, net, of which the catalog does not say the base.
    pub unconverted: i128,
}

impl Consumed {
    /// Units handed over less units that came back.
    #[must_use]
    pub fn net(&self) -> i128 {
        i128::from(self.dispensed) - i128::from(self.returned)
    }

    fn add(&mut self, handed: &Handed, base_ng: Option<u128>, back: bool) {
        let sign = if back { -1 } else { 1 };
        if back {
            self.returned = self.returned.saturating_add(handed.units);
        } else {
            self.dispensings += 1;
            self.dispensed = self.dispensed.saturating_add(handed.units);
        }
        match base_ng.map(i128::try_from) {
            Some(Ok(ng)) => self.base_ng = self.base_ng.saturating_add(sign * ng),
            // Above i128 is beyond any mass; below is not known.
            Some(Err(_)) | None => self.unconverted += sign * i128::from(handed.units),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            dispensings: self.dispensings + other.dispensings,
            dispensed: self.dispensed.saturating_add(other.dispensed),
            returned: self.returned.saturating_add(other.returned),
            base_ng: self.base_ng.saturating_add(other.base_ng),
            unconverted: self.unconverted + other.unconverted,
        }
    }
}

/// Consumption, summed in one pass.
#[derive(Debug, Clone)]
pub struct Consumption<'c> {
    products: &'c Products,
    places: &'c Places,
    grouping: Grouping,
    days: Option<(Day, Day)>,
    cells: HashMap<Key, Consumed>,
}

impl<'c> Consumption<'c> {
    /// Nothing yet.
    #[must_use]
    pub fn new(products: &'c Products, places: &'c Places, grouping: Grouping) -> Self {
        Self {
            products,
            places,
            grouping,
            days: None,
            cells: HashMap::new(),
        }
    }

    /// Only what happened from `first` to `last`.
    #[must_use]
    pub fn between(self, first: Day, last: Day) -> Self {
        Self {
            days: Some((first, last)),
            ..self
        }
    }

    /// All rows, in order of period, area, item, prescriber.
    #[must_use]
    pub fn rows(&self) -> Vec<(Key, Consumed)> {
        let mut rows: Vec<_> = self.cells.iter().map(|(key, sum)| (*key, *sum)).collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        rows
    }

    fn take(&mut self, fact: &Fact, handed: &Handed, back: bool) {
        let Grouping {
            area,
            by,
            prescriber,
            span,
        } = self.grouping;
        let product = self.products.get(handed.clave);
        let key = |item| Key {
            period: Period::of(fact.day, span),
            area: self.places.area(fact.establishment, area),
            item,
            prescriber: handed
                .prescribed
                .map(|(cedula, _)| cedula)
                .filter(|_| prescriber),
        };
        let count = |cells: &mut HashMap<Key, Consumed>, key, base| {
            let cell: &mut Consumed = cells.entry(key).or_default();
            cell.add(handed, base, back);
        };
        match by {
            By::Clave => {
                let base = product.and_then(|product| product.base_ng(handed.units));
                count(&mut self.cells, key(Item::Clave(handed.clave)), base);
            }
            By::Class => {
                let class = self.products.class_on(handed.clave, fact.day);
                count(&mut self.cells, key(Item::Class(class)), Some(0));
            }
            By::Substance => {
                for ingredient in product.map_or(&[][..], |product| &product.ingredients) {
                    let units = u128::from(handed.units);
                    let base = ingredient.base_ng.map(|ng| u128::from(ng) * units);
                    let key = key(Item::Substance(ingredient.substance));
                    count(&mut self.cells, key, base);
                }
            }
        }
    }

    /// The rows for people and machines.
    #[must_use]
    pub fn table(&self) -> Table {
        let prescriber = self.grouping.prescriber;
        let item = match self.grouping.by {
            By::Clave => "Clave",
            By::Substance => "Substancia",
            By::Class => "Clase",
        };
        let mut columns = vec!["Periodo", "Lugar", item];
        columns.extend(prescriber.then_some("Cédula"));
        columns.extend([
            "Entregas",
            "Unidades surtidas",
            "Unidades devueltas",
            "Unidades netas",
            "Gramos de base anhidra",
            "Unidades sin conversión",
        ]);
        let mut table = Table::new(
            "Consumo de substancias controladas y antibióticos",
            &columns,
        );
        for (key, sum) in self.rows() {
            let mut row = vec![
                Cell::text(key.period),
                Cell::Text(self.places.label(key.area)),
                Cell::Text(label(self.products, key.item)),
            ];
            if prescriber {
                let cedula = key.prescriber;
                row.push(cedula.map_or(Cell::Blank, Cell::text));
            }
            let converts = self.grouping.by != By::Class;
            row.extend([
                Cell::Count(sum.dispensings.into()),
                Cell::Count(sum.dispensed.into()),
                Cell::Count(sum.returned.into()),
                Cell::Count(sum.net()),
                Cell::grams(converts.then_some(sum.base_ng)),
                Cell::Count(sum.unconverted),
            ]);
            table.rows.push(row);
        }
        table.notes.push(
            "Lo entregado a pacientes menos lo devuelto por ellos, el día y en el establecimiento \
             del acto. «Unidades sin conversión»: el catálogo no dice cuánta base tienen."
                .to_owned(),
        );
        table
    }
}

/// The name of an item.
#[must_use]
pub fn label(products: &Products, item: Item) -> String {
    match item {
        Item::Clave(clave) => clave.to_string(),
        Item::Class(class) => class.in_spanish().to_owned(),
        Item::Substance(id) => {
            let substance = products.substance(id);
            substance.map_or_else(String::new, |substance| substance.key.clone())
        }
    }
}

impl Aggregate for Consumption<'_> {
    fn add(&mut self, fact: &Fact) {
        let outside = |(first, last)| fact.day < first || last < fact.day;
        if self.days.is_some_and(outside) {
            return;
        }
        match &fact.act {
            Act::Dispensed(handed) => self.take(fact, handed, false),
            Act::Returned(handed) => self.take(fact, handed, true),
            Act::Moved { .. }
            | Act::Issued { .. }
            | Act::Prescribed { .. }
            | Act::Lapsed { .. }
            | Act::Stated { .. }
            | Act::Refused { .. } => {}
        }
    }

    fn merge(mut self, other: Self) -> Self {
        for (key, sum) in other.cells {
            match self.cells.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(sum);
                }
                Entry::Occupied(mut taken) => {
                    let merged = taken.get().plus(sum);
                    taken.insert(merged);
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::*;

    fn facts() -> Vec<Fact> {
        let mix = Act::Dispensed(handed(CODEINE_MIX, 10, 2, 2, 9));
        vec![
            fact(0, "2026-06-30", dispensed(MORPHINE, 20, 1)),
            fact(1, "2026-07-01", dispensed(MORPHINE, 40, 1)),
            fact(
                2,
                "2026-07-02",
                Act::Returned(handed(MORPHINE, 10, 1, 1, 1)),
            ),
            fact(3, "2026-07-13", dispensed(TRAMADOL, 20, 3)),
            fact(4, "2026-07-14", dispensed(TRAMADOL, 20, 3)),
            fact_at(5, "2026-07-14", "DFFAR000001", mix),
            fact(6, "2026-07-14", moved(MORPHINE, crate::Flow::Bought, 500)),
        ]
    }

    fn sums(grouping: Grouping) -> Vec<(String, Consumed)> {
        let (products, places) = (products(), places());
        let mut consumption = Consumption::new(&products, &places, grouping);
        consumption.extend(facts());
        let name = |key: &Key| {
            let (where_, what) = (places.label(key.area), label(&products, key.item));
            format!("{} {where_} {what}", key.period)
        };
        let rows = consumption.rows();
        rows.iter().map(|(key, sum)| (name(key), *sum)).collect()
    }

    const NATIONAL: Grouping = Grouping {
        area: Area::Country,
        by: By::Substance,
        prescriber: false,
        span: Span::Month,
    };

    #[test]
    fn by_substance_and_month_in_units_and_base() {
        let rows = sums(NATIONAL);
        let names: Vec<_> = rows.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "2026-06 México MORFINA",
            "2026-07 México MORFINA",
            "2026-07 México TRAMADOL",
            "2026-07 México CODEINA",
        ];
        assert_eq!(names, expected);
        let july = rows[1].1;
        assert_eq!((july.dispensed, july.returned, july.net()), (40, 10, 30));
        assert_eq!(july.base_ng, 30 * 22_600_000);
        assert_eq!((rows[3].1.base_ng, rows[3].1.unconverted), (0, 10));
    }

    #[test]
    fn the_class_of_the_day_counts() {
        let rows = sums(Grouping {
            by: By::Class,
            ..NATIONAL
        });
        let of = |name: &str| rows.iter().find(|row| row.0 == name).unwrap().1.dispensed;
        assert_eq!(of("2026-07 México otros"), 20);
        assert_eq!(of("2026-07 México fracción II"), 20);
        assert_eq!(of("2026-07 México fracción I"), 50);
    }

    #[test]
    fn by_establishment_and_year() {
        let grouping = Grouping {
            area: Area::Establishment,
            span: Span::Year,
            by: By::Clave,
            ..NATIONAL
        };
        let rows = sums(grouping);
        let morphine = format!("2026 HGFAR000001 {MORPHINE}");
        let found = rows.iter().find(|row| row.0 == morphine).unwrap();
        assert_eq!(found.1.net(), 50);
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn prescribers_apart() {
        let (products, places) = (products(), places());
        let grouping = Grouping {
            prescriber: true,
            ..NATIONAL
        };
        let mut consumption = Consumption::new(&products, &places, grouping);
        consumption.extend(facts());
        let table = consumption.table();
        assert_eq!(table.columns[3], "Cédula");
        let cedulas: Vec<_> = table.rows.iter().map(|row| row[3].to_string()).collect();
        assert_eq!(cedulas, ["1000001", "1000001", "1000001", "1000002"]);
        assert!(table.to_csv().is_ok());
    }

    #[test]
    fn only_the_days_asked_for() {
        let (products, places) = (products(), places());
        let mut july = Consumption::new(&products, &places, NATIONAL)
            .between(day("2026-07-01"), day("2026-07-13"));
        july.extend(facts());
        let units: Vec<_> = july.rows().iter().map(|(_, sum)| sum.net()).collect();
        assert_eq!(units, [30, 20]);
    }
}
