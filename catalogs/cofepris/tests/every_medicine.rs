//! Properties of every row, on every day.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use cofepris::{Assimilation, Basis, Catalog, InterimPolicy, Policy};
use jiff::civil::{Date, date};
use prescription::Fraction;
use proptest::prelude::*;

const POLICIES: [Policy; 4] = [
    policy(InterimPolicy::EarlierClassContinues, Assimilation::Apply),
    policy(
        InterimPolicy::EarlierClassContinues,
        Assimilation::NamedOnly,
    ),
    policy(InterimPolicy::Unlisted, Assimilation::Apply),
    policy(InterimPolicy::Unlisted, Assimilation::NamedOnly),
];

const fn policy(interim: InterimPolicy, assimilation: Assimilation) -> Policy {
    Policy {
        interim,
        assimilation,
    }
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());

/// Each day on which a list changes, and the days around it.
fn days_of_change(catalog: &Catalog) -> BTreeSet<Date> {
    let changes = catalog
        .listings()
        .iter()
        .flat_map(|row| [row.valid_from, row.valid_to]);
    let around = |day: Date| [day.yesterday().unwrap(), day, day.tomorrow().unwrap()];
    changes
        .flatten()
        .flat_map(around)
        .chain([Date::MIN, Date::MAX])
        .collect()
}

#[test]
fn every_clave_has_a_coherent_fraction_on_every_day_of_change() {
    for policy in POLICIES {
        let catalog = CATALOG.clone().with_policy(policy);
        for day in days_of_change(&catalog) {
            for medicine in catalog.medicines() {
                let found = catalog.fraction_on(&medicine.clave, day).unwrap();
                let from_class = found.class.and_then(cofepris::LgsClass::sale_fraction);
                assert_eq!(found.fraction, from_class.unwrap_or(Fraction::IV));
                assert_eq!(found.class.is_some(), found.substance.is_some());
                assert_eq!(found.basis == Basis::Unlisted, found.class.is_none());
                assert!(
                    found.since.is_none_or(|since| since <= day),
                    "{}",
                    medicine.clave
                );
            }
        }
    }
}

#[test]
fn the_cautious_policy_is_never_laxer() {
    let cautious = &CATALOG;
    for policy in POLICIES {
        let other = CATALOG.clone().with_policy(policy);
        for day in days_of_change(cautious) {
            for medicine in cautious.medicines() {
                let here = cautious.fraction_on(&medicine.clave, day).unwrap().fraction;
                let there = other.fraction_on(&medicine.clave, day).unwrap().fraction;
                assert!(here <= there, "{} on {day}", medicine.clave);
            }
        }
    }
}

#[test]
fn texts_are_tidy() {
    let catalog = &CATALOG;
    for medicine in catalog.medicines() {
        let strength = medicine.strength.as_deref().unwrap_or("-");
        for text in [
            &medicine.generic_name,
            &medicine.form,
            &medicine.presentation,
            strength,
        ] {
            assert_eq!(text.trim(), text, "{}", medicine.clave);
            for slip in ["  ", " ,", "Ml", " ml", "mcg", "μ", "(Acceso", "..", "\n"] {
                assert!(!text.contains(slip), "{}: {text}", medicine.clave);
            }
        }
        let shouts = |word: &str| word.chars().count() > 8 && word.to_uppercase() == word;
        let acronym = |word: &str| word.chars().any(|c| !c.is_alphabetic());
        let mut words = medicine.generic_name.split(' ');
        assert!(
            !words.any(|word| shouts(word) && !acronym(word)),
            "{}",
            medicine.generic_name
        );
    }
}

#[test]
fn controlled_medicines_have_strength_and_package() {
    let catalog = &CATALOG;
    for medicine in catalog.medicines() {
        let day = date(2026, 7, 14);
        if catalog
            .fraction_on(&medicine.clave, day)
            .unwrap()
            .fraction
            .is_controlled()
        {
            assert!(medicine.strength.is_some(), "{}", medicine.clave);
            assert!(medicine.package.is_some(), "{}", medicine.clave);
        }
    }
}

#[test]
fn every_medicine_is_found_by_its_own_name() {
    let catalog = &CATALOG;
    for medicine in catalog.medicines() {
        let found = catalog.search(&medicine.generic_name.to_uppercase(), usize::MAX);
        assert!(
            found.iter().any(|one| one.clave == medicine.clave),
            "{}",
            medicine.generic_name
        );
        assert_eq!(found[0].generic_name, medicine.generic_name);
    }
}

proptest! {
    #[test]
    fn searching_never_exceeds_the_limit(query in "\\PC{0,40}", limit in 0_usize..20) {
        prop_assert!(CATALOG.search(&query, limit).len() <= limit);
    }
}
