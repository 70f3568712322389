//! What the catalog says of each medicine, as far as the views need it.

use std::collections::HashMap;

use prescription::Fraction;
use serde::{Deserialize, Serialize};

use crate::code::ClaveCode;
use crate::day::Day;

/// The medicines and substances of a view.
#[derive(Debug, Clone, Default)]
pub struct Products {
    all: Vec<Product>,
    places: HashMap<ClaveCode, usize>,
    substances: Vec<Substance>,
}

/// One clave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The clave.
    pub clave: ClaveCode,
    /// Name, form and strength, for people.
    pub name: String,
    /// What is counted, in Spanish and in the singular; empty where a package counts as one.
    pub unit: String,
    /// Units of a package, at least one.
    pub units_per_package: u32,
    /// Whether it is an antibiotic.
    pub antibiotic: bool,
    /// Its sale fraction from each day on, ascending.
    pub fractions: Vec<(Day, Fraction)>,
    /// The controlled substances that it contains.
    pub ingredients: Vec<Ingredient>,
}

/// A controlled substance in one unit of a medicine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ingredient {
    /// Which.
    pub substance: SubstanceId,
    /// Nanograms of anhydrous base in one unit; `None` where the catalog does not say.
    pub base_ng: Option<u64>,
    /// Nanograms of oral morphine that one unit stands for by the route of this medicine; `None`
    /// where it is no opioid, or no public source gives a factor, which does not mean zero.
    pub oral_morphine_ng: Option<u64>,
}

/// Position of a substance in [`Products::substances`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubstanceId(pub u16);

/// A controlled substance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substance {
    /// Its key in the catalog.
    pub key: String,
    /// Where the conventions list it.
    pub schedule: Option<Schedule>,
    /// Its code on the forms of the INCB.
    pub incb_code: Option<String>,
    /// Whether it is an opioid.
    pub opioid: bool,
    /// Whether it is a benzodiazepine.
    pub benzodiazepine: bool,
}

/// A schedule of the conventions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Schedule {
    /// Single Convention on Narcotic Drugs, 1961: I to IV.
    Narcotic(u8),
    /// Convention on Psychotropic Substances, 1971: I to IV.
    Psychotropic(u8),
}

/// The class of a medicine: which book it is entered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Fraction I.
    I,
    /// Fraction II.
    II,
    /// Fraction III.
    III,
    /// Antibiotics of fraction IV.
    #[serde(rename = "antibiotics")]
    Antibiotics,
    /// Everything else.
    #[serde(rename = "other")]
    Other,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 5] = [Self::I, Self::II, Self::III, Self::Antibiotics, Self::Other];

    /// Whether it is one of the fractions I to III.
    #[must_use]
    pub fn is_controlled(self) -> bool {
        self <= Self::III
    }

    /// What people read.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::I => "fracción I",
            Self::II => "fracción II",
            Self::III => "fracción III",
            Self::Antibiotics => "antibióticos",
            Self::Other => "otros",
        }
    }
}

impl Product {
    /// Its class on a day.
    #[must_use]
    pub fn class_on(&self, day: Day) -> Class {
        let later = self.fractions.partition_point(|(from, _)| *from <= day);
        let fraction = later.checked_sub(1).and_then(|at| self.fractions.get(at));
        match fraction.map(|(_, fraction)| *fraction) {
            Some(Fraction::I) => Class::I,
            Some(Fraction::II) => Class::II,
            Some(Fraction::III) => Class::III,
            Some(Fraction::IV | Fraction::V | Fraction::VI) | None if self.antibiotic => {
                Class::Antibiotics
            }
            Some(Fraction::IV | Fraction::V | Fraction::VI) | None => Class::Other,
        }
    }

    /// Nanograms of controlled base, all ingredients together, in `units`; `None` where the
    /// catalog does not say it of one of them.
    #[must_use]
    pub fn base_ng(&self, units: u64) -> Option<u128> {
        let ingredients = self.ingredients.iter();
        let each = ingredients.map(|ingredient| ingredient.base_ng.map(u128::from));
        let one = each.sum::<Option<u128>>()?;
        one.checked_mul(u128::from(units))
    }

    /// Nanograms of oral morphine that `units` stand for, as far as factors are known.
    #[must_use]
    pub fn oral_morphine_ng(&self, units: u64) -> u128 {
        let known = self
            .ingredients
            .iter()
            .filter_map(|one| one.oral_morphine_ng);
        let one: u128 = known.map(u128::from).sum();
        one.saturating_mul(u128::from(units))
    }
}

impl Products {
    /// The medicines of a view. Of two with one clave the later counts.
    #[must_use]
    pub fn new(products: Vec<Product>, substances: Vec<Substance>) -> Self {
        let places = products
            .iter()
            .enumerate()
            .map(|(place, product)| (product.clave, place));
        Self {
            places: places.collect(),
            all: products,
            substances,
        }
    }

    /// The medicine with this clave.
    #[must_use]
    pub fn get(&self, clave: ClaveCode) -> Option<&Product> {
        self.all.get(*self.places.get(&clave)?)
    }

    /// The class of a medicine on a day; [`Class::Other`] where the catalog does not have it.
    #[must_use]
    pub fn class_on(&self, clave: ClaveCode, day: Day) -> Class {
        let product = self.get(clave);
        product.map_or(Class::Other, |product| product.class_on(day))
    }

    /// All medicines.
    #[must_use]
    pub fn all(&self) -> &[Product] {
        &self.all
    }

    /// All substances; a [`SubstanceId`] is a position here.
    #[must_use]
    pub fn substances(&self) -> &[Substance] {
        &self.substances
    }

    /// The substance at this position.
    #[must_use]
    pub fn substance(&self, id: SubstanceId) -> Option<&Substance> {
        self.substances.get(usize::from(id.0))
    }

    /// The substances in a medicine.
    pub fn substances_of(&self, clave: ClaveCode) -> impl Iterator<Item = &Substance> {
        let product = self.get(clave).into_iter();
        let ingredients = product.flat_map(|product| &product.ingredients);
        ingredients.filter_map(|ingredient| self.substance(ingredient.substance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{CODEINE_MIX, MORPHINE, TRAMADOL, clave, day, products};

    #[test]
    fn the_fraction_of_the_day_counts() {
        let products = products();
        let on = |text| products.class_on(clave(TRAMADOL), day(text));
        assert_eq!(on("2026-07-13"), Class::Other);
        assert_eq!(on("2026-07-14"), Class::II);
        assert_eq!(
            products.class_on(clave("999.999.9999.99"), day("2026-07-14")),
            Class::Other
        );
    }

    #[test]
    fn base_and_equivalent_are_exact() {
        let products = products();
        let morphine = products.get(clave(MORPHINE)).unwrap();
        // 30 mg of the hydrated sulfate are 22.6 mg of base; here its factor is 1.
        assert_eq!(morphine.base_ng(20), Some(452_000_000));
        assert_eq!(morphine.oral_morphine_ng(20), 452_000_000);
        assert_eq!(
            morphine.base_ng(u64::MAX),
            Some(u128::from(u64::MAX) * 22_600_000)
        );
    }

    #[test]
    fn one_unknown_figure_leaves_the_sum_unknown() {
        let products = products();
        assert_eq!(products.get(clave(CODEINE_MIX)).unwrap().base_ng(1), None);
    }
}
