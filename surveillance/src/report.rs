//! All of it for one month: what a monthly report is drawn from.

use crate::aggregate::Aggregate;
use crate::alerts::{Alert, Licences, Thresholds, Watch};
use crate::balance::{Balance, Tolerance};
use crate::consumption::{By, Consumed, Consumption, Grouping, Item, Key};
use crate::day::{Day, Period, Span};
use crate::fact::Fact;
use crate::place::{Area, Places};
use crate::product::{Class, Products};
use crate::table::{Cell, Table};

/// Months that the trend shows, the reported one included.
const TREND: i32 = 12;

/// Rows of the lists of a report: what is further down is in the tables of the other commands.
const LISTED: usize = 20;

/// The report of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyReport {
    /// The month.
    pub month: Period,
    /// Consumption by substance, with the month before.
    pub substances: Table,
    /// Consumption by entity and class.
    pub entities: Table,
    /// Units handed over of each class in each of the last twelve months, for a chart.
    pub trend: Vec<(Period, Vec<(Class, i128)>)>,
    /// The establishments that handed over most of fractions I to III.
    pub largest: Table,
    /// The balance of the country.
    pub balance: Table,
    /// What did not add up in the month, by establishment.
    pub exceptions: Table,
    /// What a person should look at.
    pub alerts: Vec<Alert>,
    /// Facts that came too late to be watched on their day.
    pub late: u64,
}

/// Gathers a month. Facts come roughly in order of their days ([`Watch::push`]) and begin with the
/// first movement.
pub struct Gathering<'g> {
    products: &'g Products,
    places: &'g Places,
    month: Period,
    by_substance: Consumption<'g>,
    by_entity: Consumption<'g>,
    by_class: Consumption<'g>,
    by_establishment: Consumption<'g>,
    national: Balance<'g>,
    detailed: Balance<'g>,
    watch: Watch<'g>,
}

impl<'g> Gathering<'g> {
    /// A report of the month that `day` lies in.
    #[must_use]
    pub fn new(
        products: &'g Products,
        places: &'g Places,
        licences: &'g Licences,
        thresholds: &'g Thresholds,
        day: Day,
    ) -> Self {
        let month = Period::of(day, Span::Month);
        let consumption = |area, by, from: Day| {
            let grouping = Grouping {
                area,
                by,
                prescriber: false,
                span: Span::Month,
            };
            Consumption::new(products, places, grouping).between(from, month.last())
        };
        let before = months_before(month, 1).first();
        Self {
            products,
            places,
            month,
            by_substance: consumption(Area::Country, By::Substance, before),
            by_entity: consumption(Area::Entity, By::Class, month.first()),
            by_class: consumption(
                Area::Country,
                By::Class,
                months_before(month, TREND - 1).first(),
            ),
            by_establishment: consumption(Area::Establishment, By::Class, month.first()),
            national: Balance::new(products, places, Area::Country, Span::Month),
            detailed: Balance::new(products, places, Area::Establishment, Span::Month),
            watch: Watch::new(products, places, licences, thresholds),
        }
    }

    /// Takes a fact.
    pub fn push(&mut self, fact: &Fact) {
        if fact.day > self.month.last() {
            return;
        }
        self.by_substance.add(fact);
        self.by_entity.add(fact);
        self.by_class.add(fact);
        self.by_establishment.add(fact);
        self.national.add(fact);
        self.detailed.add(fact);
        self.watch.push(*fact);
    }

    /// The report.
    #[must_use]
    pub fn finish(self, tolerance: Tolerance) -> MonthlyReport {
        let (month, places) = (self.month, self.places);
        let label = month.to_string();
        let this = |table: Table, column: usize| Table {
            rows: table
                .rows
                .into_iter()
                .filter(|row| is(row.get(column), &label))
                .collect(),
            ..table
        };
        let balance = this(self.national.table(tolerance), 3);
        let exceptions = this(self.detailed.exceptions(tolerance), 2);
        let watched = self.watch.finish();
        let (products, substances) = (self.products, self.by_substance.rows());
        MonthlyReport {
            month,
            substances: of_substances(products, month, &substances),
            entities: this(self.by_entity.table(), 0),
            trend: trend(month, &self.by_class.rows()),
            largest: largest(places, &self.by_establishment.rows()),
            balance,
            exceptions,
            alerts: watched
                .alerts
                .into_iter()
                .filter(|alert| month.contains(alert.day))
                .collect(),
            late: watched.late,
        }
    }
}

fn is(cell: Option<&Cell>, label: &str) -> bool {
    matches!(cell, Some(Cell::Text(text)) if text == label)
}

fn months_before(month: Period, count: i32) -> Period {
    (0..count).fold(month, |month, _| {
        Period::of(month.first().plus(-1), Span::Month)
    })
}

fn of_substances(products: &Products, month: Period, rows: &[(Key, Consumed)]) -> Table {
    let columns = [
        "Substancia",
        "Unidades",
        "Gramos de base anhidra",
        "Gramos del mes anterior",
    ];
    let mut table = Table::new("Consumo por substancia", &columns);
    let of = |item: Item, period: Period| {
        let row = rows
            .iter()
            .find(|(key, _)| key.item == item && key.period == period);
        row.map(|(_, consumed)| *consumed).unwrap_or_default()
    };
    for (key, consumed) in rows.iter().filter(|(key, _)| key.period == month) {
        let before = of(key.item, months_before(month, 1));
        table.rows.push(vec![
            Cell::Text(crate::consumption::label(products, key.item)),
            Cell::Count(consumed.net()),
            Cell::Grams(consumed.base_ng),
            Cell::Grams(before.base_ng),
        ]);
    }
    table
}

fn trend(month: Period, rows: &[(Key, Consumed)]) -> Vec<(Period, Vec<(Class, i128)>)> {
    let months = (0..TREND).rev().map(|back| months_before(month, back));
    let of = |period: Period, class: Class| {
        let same = |key: &Key| key.period == period && key.item == Item::Class(class);
        let row = rows.iter().find(|(key, _)| same(key));
        row.map_or(0, |(_, consumed)| consumed.net())
    };
    let classes = [Class::I, Class::II, Class::III, Class::Antibiotics];
    let each = months.map(|month| {
        (
            month,
            classes.map(|class| (class, of(month, class))).to_vec(),
        )
    });
    each.collect()
}

fn largest(places: &Places, rows: &[(Key, Consumed)]) -> Table {
    let columns = ["Establecimiento", "Municipio", "Clase", "Unidades"];
    let mut table = Table::new("Establecimientos que más surtieron", &columns);
    let controlled = |key: &Key| matches!(key.item, Item::Class(class) if class.is_controlled());
    let mut rows: Vec<_> = rows.iter().filter(|(key, _)| controlled(key)).collect();
    rows.sort_by_key(|(key, consumed)| (std::cmp::Reverse(consumed.net()), *key));
    for (key, consumed) in rows.into_iter().take(LISTED) {
        let (crate::place::AreaKey::Establishment(clues), Item::Class(class)) =
            (key.area, key.item)
        else {
            continue;
        };
        table.rows.push(vec![
            Cell::text(clues),
            Cell::Text(places.label(places.area(clues, Area::Municipality))),
            Cell::text(class.in_spanish()),
            Cell::Count(consumed.net()),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::{Act, Flow};

    fn report(facts: &[Fact]) -> MonthlyReport {
        let (products, places) = (products(), places());
        let (licences, thresholds) = (Licences::default(), Thresholds::default());
        let on = day("2026-07-15");
        let mut gathering = Gathering::new(&products, &places, &licences, &thresholds, on);
        for fact in facts {
            gathering.push(fact);
        }
        gathering.finish(Tolerance::default())
    }

    #[test]
    fn a_month_beside_the_one_before() {
        let found = report(&[
            fact(0, "2026-06-10", moved(MORPHINE, Flow::Bought, 100)),
            fact(1, "2026-06-11", dispensed(MORPHINE, 10, 1)),
            fact(2, "2026-07-11", dispensed(MORPHINE, 20, 1)),
            fact(3, "2026-07-12", dispensed(CLONAZEPAM, 30, 1)),
            fact(4, "2026-07-20", moved(MORPHINE, Flow::Missing, 3)),
            fact(5, "2026-08-01", dispensed(MORPHINE, 40, 1)),
        ]);
        let text = |table: &Table| -> Vec<Vec<String>> {
            table
                .rows
                .iter()
                .map(|row| row.iter().map(ToString::to_string).collect())
                .collect()
        };
        assert_eq!(
            text(&found.substances),
            [
                ["MORFINA", "20", "0.452", "0.226"],
                ["CLONAZEPAM", "30", "0.06", "0"]
            ]
        );
        assert_eq!(
            text(&found.largest)[0],
            [PHARMACY, "ACATLAN, HIDALGO", "fracción II", "30"]
        );
        assert_eq!(found.balance.rows.len(), 2);
        let morphine = &text(&found.balance)[0];
        assert_eq!(
            (morphine[1].as_str(), morphine[4].as_str()),
            (MORPHINE, "90")
        );
        let codes: Vec<_> = text(&found.exceptions)
            .iter()
            .map(|row| row[3].clone())
            .collect();
        assert_eq!(codes, ["missing", "dispensed-more-than-held"]);
        let kinds: Vec<_> = found.alerts.iter().map(|alert| alert.seen.code()).collect();
        assert_eq!(kinds, ["opioid-benzodiazepine", "unexplained-difference"]);
    }

    #[test]
    fn twelve_months_of_every_class() {
        let found = report(&[
            fact(0, "2025-08-01", dispensed(MORPHINE, 7, 1)),
            fact(1, "2025-07-31", dispensed(MORPHINE, 9, 1)),
            fact(
                2,
                "2026-07-31",
                Act::Returned(handed(CLONAZEPAM, 2, 1, 1, 1)),
            ),
        ]);
        assert_eq!(found.trend.len(), 12);
        assert_eq!(found.trend[0].1[0], (Class::I, 7));
        assert_eq!(found.trend[11].1[1], (Class::II, -2));
    }
}
