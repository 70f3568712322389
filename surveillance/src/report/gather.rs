//! Gathers a month in one pass.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{LISTED, MonthlyReport, OfClass, OfSubstance, REPORTED, ThreeWay};
use crate::aggregate::Aggregate;
use crate::alerts::{Licences, Thresholds, Watch};
use crate::balance::{Balance, Exception, Tolerance};
use crate::code::{ClaveCode, CluesCode};
use crate::consumption::{By, Consumed, Consumption, Grouping, Item, Key};
use crate::day::{Day, Period, Span};
use crate::fact::{Act, Fact, Flow, Source};
use crate::place::{Area, AreaKey, Places};
use crate::product::{Class, Products, SubstanceId};

/// Months that the trend shows, the reported one included.
const TREND: i32 = 12;

/// Gathers a month. Facts come roughly in order of their days ([`Watch::push`]) and begin with the
/// first movement.
pub struct Gathering<'g> {
    products: &'g Products,
    month: Period,
    by_substance: Consumption<'g>,
    by_clave: Consumption<'g>,
    by_class: Consumption<'g>,
    by_municipality: Consumption<'g>,
    by_establishment: Consumption<'g>,
    national: Balance<'g>,
    detailed: Balance<'g>,
    recetas: [Recetas; REPORTED.len()],
    watch: Watch<'g>,
}

/// Recetas of a class: the lines of one receta come one after the other.
#[derive(Debug, Clone, Copy, Default)]
struct Recetas {
    count: u64,
    last: Option<Source>,
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
        let since = |from: Day, area, by| {
            let grouping = Grouping {
                area,
                by,
                prescriber: false,
                span: Span::Month,
            };
            Consumption::new(products, places, grouping).between(from, month.last())
        };
        let before = months_before(month, 1).first();
        let year = months_before(month, TREND - 1).first();
        Self {
            products,
            month,
            by_substance: since(before, Area::Country, By::Substance),
            by_clave: since(month.first(), Area::Country, By::Clave),
            by_class: since(year, Area::Country, By::Class),
            by_municipality: since(month.first(), Area::Municipality, By::Class),
            by_establishment: since(month.first(), Area::Establishment, By::Class),
            national: Balance::new(products, places, Area::Country, Span::Month),
            detailed: Balance::new(products, places, Area::Establishment, Span::Month),
            recetas: [Recetas::default(); REPORTED.len()],
            watch: Watch::new(products, places, licences, thresholds),
        }
    }

    /// Takes a fact.
    pub fn push(&mut self, fact: &Fact) {
        if fact.day > self.month.last() {
            return;
        }
        for consumption in [
            &mut self.by_substance,
            &mut self.by_clave,
            &mut self.by_class,
            &mut self.by_municipality,
            &mut self.by_establishment,
        ] {
            consumption.add(fact);
        }
        self.national.add(fact);
        self.detailed.add(fact);
        self.count_receta(fact);
        self.watch.push(*fact);
    }

    fn count_receta(&mut self, fact: &Fact) {
        let Act::Prescribed { clave, .. } = fact.act else {
            return;
        };
        let class = self.products.class_on(clave, fact.day);
        let place = REPORTED.iter().position(|one| *one == class);
        let recetas = place.and_then(|place| self.recetas.get_mut(place));
        if let Some(recetas) = recetas.filter(|_| self.month.contains(fact.day)) {
            recetas.count += u64::from(recetas.last != Some(fact.source));
            recetas.last = Some(fact.source);
        }
    }

    /// The report.
    #[must_use]
    pub fn finish(self, tolerance: Tolerance) -> MonthlyReport {
        let month = self.month;
        let by_class = self.by_class.rows();
        let by_clave = self.by_clave.rows();
        let unconverted = by_clave
            .iter()
            .filter(|(_, consumed)| consumed.unconverted != 0);
        let unconverted = unconverted.filter_map(|(key, _)| match key.item {
            Item::Clave(clave) => Some(clave),
            Item::Substance(_) | Item::Class(_) => None,
        });
        MonthlyReport {
            month,
            classes: self.classes(&by_class),
            trend: trend(month, &by_class),
            substances: substances(month, &self.by_substance.rows()),
            municipalities: municipalities(&self.by_municipality.rows()),
            largest: largest(&self.by_establishment.rows()),
            balances: self.three_way(tolerance),
            exceptions: self.exceptions(tolerance),
            unconverted: unconverted.collect(),
            late: 0,
            alerts: Vec::new(),
        }
        .watched(self.watch)
    }

    fn classes(&self, by_class: &[(Key, Consumed)]) -> Vec<OfClass> {
        let rows = self.by_establishment.rows();
        let classes = REPORTED.iter().zip(self.recetas);
        let of = classes.map(|(class, recetas)| {
            let consumed = of_class(by_class, self.month, *class);
            let there = rows.iter().filter(|(key, consumed)| {
                key.item == Item::Class(*class) && consumed.dispensings > 0
            });
            OfClass {
                class: *class,
                recetas: recetas.count,
                dispensings: consumed.dispensings,
                units: consumed.net(),
                establishments: there.count() as u64,
            }
        });
        of.collect()
    }

    fn three_way(&self, tolerance: Tolerance) -> Vec<ThreeWay> {
        let mut sums: BTreeMap<SubstanceId, [i128; 3]> = BTreeMap::new();
        let rows = self.national.rows(tolerance);
        for row in rows.iter().filter(|row| row.key.period == self.month) {
            let acquired = [Flow::Manufactured, Flow::Imported, Flow::Bought];
            let acquired = acquired.map(|flow| i128::from(row.sums.flow(flow)));
            let units = [
                acquired.into_iter().sum(),
                i128::from(row.sums.prescribed),
                i128::from(row.sums.dispensed) - i128::from(row.sums.returned),
            ];
            let product = self.products.get(row.key.clave);
            for ingredient in product.map_or(&[][..], |product| &product.ingredients) {
                let base = i128::from(ingredient.base_ng.unwrap_or_default());
                let of = sums.entry(ingredient.substance).or_default();
                for (sum, units) in of.iter_mut().zip(units) {
                    *sum = sum.saturating_add(units.saturating_mul(base));
                }
            }
        }
        let each = sums.into_iter();
        let each = each.map(
            |(substance, [bought_ng, prescribed_ng, dispensed_ng])| ThreeWay {
                substance,
                bought_ng,
                prescribed_ng,
                dispensed_ng,
            },
        );
        each.collect()
    }

    fn exceptions(&self, tolerance: Tolerance) -> Vec<(CluesCode, ClaveCode, Exception)> {
        let rows = self.detailed.rows(tolerance);
        let rows = rows.iter().filter(|row| row.key.period == self.month);
        let found = rows.flat_map(|row| {
            let clues = match row.key.area {
                AreaKey::Establishment(clues) => Some(clues),
                AreaKey::Country
                | AreaKey::Entity(_)
                | AreaKey::Municipality(_)
                | AreaKey::Unknown => None,
            };
            let each = row.exceptions.iter();
            each.filter_map(move |exception| Some((clues?, row.key.clave, *exception)))
        });
        found.collect()
    }
}

impl MonthlyReport {
    fn watched(mut self, watch: Watch<'_>) -> Self {
        let watched = watch.finish();
        let month = self.month;
        self.late = watched.late;
        self.alerts = watched.alerts;
        self.alerts.retain(|alert| month.contains(alert.day));
        self
    }
}

fn months_before(month: Period, count: i32) -> Period {
    let before = |month: Period, _| Period::of(month.first().plus(-1), Span::Month);
    (0..count).fold(month, before)
}

fn of_class(rows: &[(Key, Consumed)], month: Period, class: Class) -> Consumed {
    let same = |key: &Key| key.period == month && key.item == Item::Class(class);
    let row = rows.iter().find(|(key, _)| same(key));
    row.map(|(_, consumed)| *consumed).unwrap_or_default()
}

fn trend(month: Period, rows: &[(Key, Consumed)]) -> Vec<(Period, [u64; REPORTED.len()])> {
    let months = (0..TREND).rev().map(|back| months_before(month, back));
    let each = months.map(|month| {
        let of = |class| of_class(rows, month, class).dispensings;
        (month, REPORTED.map(of))
    });
    each.collect()
}

fn substances(month: Period, rows: &[(Key, Consumed)]) -> Vec<OfSubstance> {
    let mut found: BTreeMap<SubstanceId, OfSubstance> = BTreeMap::new();
    for (key, consumed) in rows {
        let Item::Substance(substance) = key.item else {
            continue;
        };
        let of = found.entry(substance).or_insert(OfSubstance {
            substance,
            base_ng: 0,
            before_ng: 0,
            units: 0,
        });
        if key.period == month {
            of.base_ng = consumed.base_ng;
            of.units = consumed.net();
        } else {
            of.before_ng = consumed.base_ng;
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by_key(|of| Reverse(of.base_ng));
    found
}

fn largest(rows: &[(Key, Consumed)]) -> Vec<(CluesCode, Class, i128)> {
    let controlled = rows
        .iter()
        .filter_map(|(key, consumed)| match (key.area, key.item) {
            (AreaKey::Establishment(clues), Item::Class(class)) if class.is_controlled() => {
                Some((clues, class, consumed.net()))
            }
            _ => None,
        });
    let mut found: Vec<_> = controlled.collect();
    found.sort_by_key(|(clues, class, units)| (Reverse(*units), *clues, *class));
    found.truncate(LISTED);
    found
}

fn municipalities(rows: &[(Key, Consumed)]) -> Vec<(AreaKey, u64)> {
    let mut found: BTreeMap<AreaKey, u64> = BTreeMap::new();
    for (key, consumed) in rows {
        if matches!(key.item, Item::Class(class) if class.is_controlled()) {
            *found.entry(key.area).or_default() += consumed.dispensings;
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(_, dispensings)| Reverse(*dispensings));
    found
}
