//! Medicines and places from the catalog.

use std::collections::{BTreeSet, HashMap};

use cofepris::{Catalog, Convention, IngredientFacts, Medicine, SubstanceFacts};
use jiff::civil::Date;

use crate::code::{ClaveCode, CluesCode};
use crate::day::Day;
use crate::place::{Municipality, Places};
use crate::product::{Ingredient, Product, Products, Schedule, Substance, SubstanceId};

/// All medicines of a catalog, with the fraction of each on every day.
#[must_use]
pub fn products(catalog: &Catalog) -> Products {
    let days = days_of_change(catalog);
    let known = catalog.substances();
    let ids: HashMap<&str, SubstanceId> = known
        .iter()
        .enumerate()
        .filter_map(|(n, facts)| {
            Some((
                facts.ingredient.as_str(),
                SubstanceId(u16::try_from(n).ok()?),
            ))
        })
        .collect();
    let product = |medicine: &Medicine| Product {
        clave: ClaveCode::from(&medicine.clave),
        name: name(medicine),
        unit: medicine
            .package
            .as_ref()
            .map_or_else(String::new, |package| package.unit.clone()),
        units_per_package: catalog.units_per_package(&medicine.clave),
        antibiotic: medicine.antibiotic,
        fractions: fractions(catalog, medicine, &days),
        ingredients: catalog
            .substance_facts(&medicine.clave)
            .iter()
            .filter_map(|facts| ingredient(facts, &ids))
            .collect(),
    };
    let products = catalog.medicines().iter().map(product).collect();
    Products::new(products, known.iter().map(substance).collect())
}

/// Where the establishments of a catalog are.
#[must_use]
pub fn places(catalog: &Catalog) -> Places {
    let mut places = Places::default();
    for establishment in catalog.establishments() {
        let municipality = Municipality {
            entity: establishment.entity.clone(),
            name: establishment.municipality.clone(),
        };
        places.insert(CluesCode::from(&establishment.clues), municipality);
    }
    places
}

fn name(medicine: &Medicine) -> String {
    let strength = medicine.strength.as_deref().unwrap_or_default();
    let name = format!("{}, {} {strength}", medicine.generic_name, medicine.form);
    name.trim_end().to_owned()
}

fn ingredient(facts: &IngredientFacts, ids: &HashMap<&str, SubstanceId>) -> Option<Ingredient> {
    Some(Ingredient {
        substance: *ids.get(facts.substance.ingredient.as_str())?,
        base_ng: facts.base_ng_per_unit,
        oral_morphine_ng: facts
            .oral_morphine_ng_per_unit
            .as_ref()
            .map(|marked| marked.value),
    })
}

fn substance(facts: &SubstanceFacts) -> Substance {
    let schedule = facts.incb.as_ref().map(|listing| match listing.convention {
        Convention::Narcotics1961 => Schedule::Narcotic(listing.schedule),
        Convention::Psychotropics1971 => Schedule::Psychotropic(listing.schedule),
    });
    Substance {
        key: facts.substance.clone(),
        schedule,
        incb_code: facts.incb.as_ref().map(|listing| listing.code.clone()),
        opioid: facts.is_opioid(),
        benzodiazepine: facts.is_benzodiazepine(),
    }
}

/// Days on which some listing begins, or has ended.
fn days_of_change(catalog: &Catalog) -> Vec<Date> {
    let listings = catalog.listings().iter();
    let days = listings.flat_map(|listing| {
        let after = listing.valid_to.and_then(|last| last.tomorrow().ok());
        [listing.valid_from, after].into_iter().flatten()
    });
    days.collect::<BTreeSet<_>>().into_iter().collect()
}

fn fractions(
    catalog: &Catalog,
    medicine: &Medicine,
    days: &[Date],
) -> Vec<(Day, prescription::Fraction)> {
    let before = (Day::MIN, Date::MIN);
    let all = [before]
        .into_iter()
        .chain(days.iter().map(|day| (Day::from(*day), *day)));
    let mut fractions: Vec<(Day, prescription::Fraction)> = Vec::new();
    for (from, day) in all {
        let Some(found) = catalog.fraction_on(&medicine.clave, day) else {
            continue;
        };
        if fractions
            .last()
            .is_none_or(|(_, last)| *last != found.fraction)
        {
            fractions.push((from, found.fraction));
        }
    }
    fractions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{clave, clues, day};
    use crate::place::Area;
    use crate::product::Class;

    #[test]
    fn agrees_with_the_catalog_on_every_day_of_change_and_the_one_before() {
        let catalog = Catalog::embedded().unwrap();
        let products = products(&catalog);
        for date in days_of_change(&catalog) {
            for date in [date.yesterday().unwrap(), date] {
                for medicine in catalog.medicines() {
                    let said = catalog.fraction_on(&medicine.clave, date).unwrap().fraction;
                    let class = products.class_on(ClaveCode::from(&medicine.clave), date.into());
                    let controlled = [Class::I, Class::II, Class::III]
                        .into_iter()
                        .zip(prescription::Fraction::ALL);
                    let expected = controlled
                        .into_iter()
                        .find(|(_, fraction)| *fraction == said);
                    let other = if medicine.antibiotic {
                        Class::Antibiotics
                    } else {
                        Class::Other
                    };
                    assert_eq!(
                        class,
                        expected.map_or(other, |(class, _)| class),
                        "{medicine:?} {date}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_known_medicine_and_a_known_place() {
        let catalog = Catalog::embedded().unwrap();
        let products = products(&catalog);
        let clonazepam = products.get(clave("040.000.2612.00")).unwrap();
        assert_eq!(clonazepam.class_on(day("2026-06-01")), Class::II);
        assert_eq!(clonazepam.base_ng(1), Some(2_000_000));
        assert!(
            products
                .substances_of(clonazepam.clave)
                .any(|one| one.benzodiazepine)
        );
        assert_eq!(clonazepam.name, "Clonazepam, Tableta 2 mg");
        let places = places(&catalog);
        let area = places.area(clues("HGIMB000011"), Area::Municipality);
        assert_eq!(places.label(area), "ACATLAN, HIDALGO");
    }
}
