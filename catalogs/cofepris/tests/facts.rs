//! Facts of controlled substances: complete, consistent, and right where they were worked out by
//! hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use cofepris::{
    Catalog, Convention, IngredientFacts, Mark, Marked, Salt, SubstanceFacts, TherapeuticGroup,
};
use jiff::civil::{Date, date};
use prescription::{Clave, Fraction};

const REFORM: Date = date(2026, 7, 14);

fn clave(text: &str) -> Clave {
    text.parse().unwrap()
}

/// The facts of the only controlled ingredient of a clave.
fn only<'c>(catalog: &'c Catalog, text: &str) -> &'c IngredientFacts {
    let facts = catalog.substance_facts(&clave(text));
    assert_eq!(facts.len(), 1, "{text}");
    &facts[0]
}

/// Claves by fraction: how many, and how many of them have every amount of anhydrous base.
fn coverage(catalog: &Catalog, fraction: Fraction) -> (usize, usize) {
    let claves = || {
        catalog.medicines().iter().filter(|medicine| {
            catalog
                .fraction_on(&medicine.clave, REFORM)
                .unwrap()
                .fraction
                == fraction
        })
    };
    let complete = |medicine: &&cofepris::Medicine| {
        let facts = catalog.substance_facts(&medicine.clave);
        !facts.is_empty() && facts.iter().all(|one| one.base_ng_per_unit.is_some())
    };
    (claves().count(), claves().filter(complete).count())
}

#[test]
fn every_clave_of_fractions_i_to_iii_has_its_anhydrous_base() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(coverage(&catalog, Fraction::I), (34, 34));
    assert_eq!(coverage(&catalog, Fraction::II), (38, 38));
    assert_eq!(coverage(&catalog, Fraction::III), (25, 25));
}

#[test]
fn every_listed_ingredient_of_a_medicine_has_facts() {
    let catalog = Catalog::embedded().unwrap();
    for medicine in catalog.medicines() {
        let facts = catalog.substance_facts(&medicine.clave);
        for key in medicine.substances.iter().chain(&medicine.assimilated_to) {
            // Thiopental is listed twice, under its name and under its brand.
            let known =
                key == "PENTOTAL SODICO" || facts.iter().any(|one| one.substance.substance == *key);
            assert!(known, "{} contains {key} without facts", medicine.clave);
        }
    }
}

#[test]
fn every_substance_with_facts_is_on_the_lists() {
    let catalog = Catalog::embedded().unwrap();
    for facts in catalog.substances() {
        let listed = catalog
            .listings()
            .iter()
            .any(|listing| listing.substance == facts.substance);
        assert!(listed, "{} is on no list", facts.substance);
    }
}

#[test]
fn ten_amounts_of_anhydrous_base_worked_out_by_hand() {
    let catalog = Catalog::embedded().unwrap();
    for (text, nanograms) in [
        // Morphine sulfate pentahydrate 10 mg; 2 × 285.343 / 758.830 = 75.21 %.
        ("040.000.2103.00", 7_521_000),
        // Morphine sulfate anhydrous 30 mg; 2 × 285.343 / 668.755 = 85.34 %.
        ("040.000.4029.00", 25_602_000),
        // Morphine hydrochloride trihydrate 20 mg/mL × 1 mL; 285.343 / 375.845 = 75.92 %.
        ("040.000.7027.00", 15_184_000),
        // Fentanyl 0.05 mg/mL, of the base, × 10 mL.
        ("040.000.7028.00", 500_000),
        // Methadone hydrochloride 10 mg/mL, a unit is 1 mL; 309.453 / 345.911 = 89.46 %.
        ("040.000.5910.00", 8_946_000),
        // Oxycodone hydrochloride 40 mg; 315.369 / 351.827 = 89.64 %.
        ("040.000.6040.00", 35_856_000),
        // Methylphenidate hydrochloride 18 mg; 233.311 / 269.769 = 86.49 %.
        ("040.000.4470.01", 15_568_200),
        // Buprenorphine, of the base, 0.3 mg.
        ("040.000.4026.00", 300_000),
        // Tramadol hydrochloride 37.5 mg; 263.381 / 299.839 = 87.84 %.
        ("040.000.2096.00", 32_940_000),
        // Phenobarbital 20 mg in 5 mL, a unit is 1 mL.
        ("040.000.2619.00", 4_000_000),
    ] {
        assert_eq!(
            only(&catalog, text).base_ng_per_unit,
            Some(nanograms),
            "{text}"
        );
    }
}

#[test]
fn the_base_is_the_share_of_its_salt() {
    let catalog = Catalog::embedded().unwrap();
    let mut salts = 0;
    for medicine in catalog.medicines() {
        for facts in catalog.substance_facts(&medicine.clave) {
            let labelled = facts.labelled_ng_per_unit.unwrap();
            let share = match &facts.salt {
                None => 10_000,
                Some(name) => {
                    salts += 1;
                    facts.substance.salt(name).unwrap().base_ten_thousandths
                }
            };
            let base = (labelled * u64::from(share) + 5000) / 10_000;
            assert_eq!(facts.base_ng_per_unit, Some(base), "{}", medicine.clave);
        }
    }
    assert!(salts > 30, "only {salts} medicines are measured as a salt");
}

/// The weight of a molecule in mg/mol, from its formula.
fn weight(formula: &str) -> u64 {
    const ATOMS: [(&str, u64); 13] = [
        ("H", 1008),
        ("Li", 6940),
        ("C", 12_011),
        ("N", 14_007),
        ("O", 15_999),
        ("F", 18_998),
        ("Na", 22_990),
        ("Mg", 24_305),
        ("P", 30_974),
        ("S", 32_060),
        ("Cl", 35_450),
        ("K", 39_098),
        ("Br", 79_904),
    ];
    let mut rest = formula;
    let mut sum = 0;
    while !rest.is_empty() {
        let letters = 1 + rest[1..]
            .chars()
            .take_while(char::is_ascii_lowercase)
            .count();
        let (symbol, after) = rest.split_at(letters);
        let digits = after.chars().take_while(char::is_ascii_digit).count();
        let (count, after) = after.split_at(digits);
        let (_, atom) = ATOMS.iter().find(|(name, _)| *name == symbol).unwrap();
        sum += atom
            * if count.is_empty() {
                1
            } else {
                count.parse().unwrap()
            };
        rest = after;
    }
    sum
}

/// What the formulas say of a salt, in ten-thousandths to the nearest.
fn share(facts: &SubstanceFacts, salt: &Salt) -> u64 {
    let base = u64::from(salt.bases) * weight(facts.base_formula.as_deref().unwrap());
    (2 * 10_000 * base + weight(&salt.formula)) / (2 * weight(&salt.formula))
}

#[test]
fn the_share_of_each_salt_is_that_of_the_formulas() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(weight("C17H19NO3"), 285_343, "morphine");
    let mut salts = 0;
    for facts in catalog.substances() {
        for salt in &facts.salts {
            salts += 1;
            let stated = u64::from(salt.base_ten_thousandths);
            assert_eq!(
                stated,
                share(facts, salt),
                "{} {}",
                facts.ingredient,
                salt.name
            );
        }
    }
    assert!(salts > 25, "only {salts} salts");
}

#[test]
fn oral_morphine_follows_the_route() {
    let catalog = Catalog::embedded().unwrap();
    let stands_for = |text| only(&catalog, text).oral_morphine_ng_per_unit;
    let milligrams = |value: u64, mark| {
        Some(Marked {
            value: value * 1_000_000,
            mark,
        })
    };
    assert_eq!(
        stands_for("040.000.4029.00"),
        milligrams(30, Mark::Secondary)
    );
    assert_eq!(
        stands_for("040.000.2103.00"),
        milligrams(30, Mark::Background)
    );
    assert_eq!(
        stands_for("040.000.4032.00"),
        milligrams(30, Mark::Secondary)
    );
    assert_eq!(
        stands_for("040.000.5910.00"),
        milligrams(47, Mark::Secondary)
    );
    assert_eq!(
        stands_for("040.000.6140.00"),
        milligrams(30, Mark::Secondary)
    );
    assert_eq!(
        stands_for("040.000.6188.00"),
        milligrams(13, Mark::Secondary)
    );
    // A patch of 25 µg/h over three days: 25 × 2.4 × 3.
    assert_eq!(
        stands_for("040.000.4027.00"),
        milligrams(180, Mark::Secondary)
    );
    // No factor by consensus: a partial agonist, and no opioid.
    assert_eq!(stands_for("040.000.2097.00"), None);
    assert_eq!(stands_for("040.000.3215.00"), None);
}

#[test]
fn the_group_of_a_combination_is_that_of_the_opioid() {
    let catalog = Catalog::embedded().unwrap();
    let group = |text| catalog.therapeutic_group(&clave(text));
    assert_eq!(group("040.000.6175.00"), Some(TherapeuticGroup::Opioid));
    assert_eq!(
        group("040.000.2612.00"),
        Some(TherapeuticGroup::Benzodiazepine)
    );
    assert_eq!(
        group("040.000.0302.00"),
        Some(TherapeuticGroup::OpioidAntagonist)
    );
    assert_eq!(group("010.000.0104.00"), None, "paracetamol");
}

#[test]
fn packages_and_ceilings() {
    let catalog = Catalog::embedded().unwrap();
    assert_eq!(catalog.units_per_package(&clave("040.000.2612.00")), 30);
    assert_eq!(
        catalog.units_per_package(&clave("040.000.5910.00")),
        30,
        "mL"
    );
    assert_eq!(catalog.units_per_package(&clave("999.000.0000.00")), 1);
    let most = |text| catalog.max_daily_milli(&clave(text)).map(|most| most.value);
    // Methylphenidate: 72 mg a day are four tablets of 18 mg, two of 36 mg.
    assert_eq!(most("040.000.4470.01"), Some(4000));
    assert_eq!(most("040.000.4472.01"), Some(2000));
    assert_eq!(most("040.000.2103.00"), None, "morphine has no ceiling");
}

/// The name of the INCB in the shared lists, by code, schedule and convention.
fn shared_incb() -> Option<Vec<(String, String, String)>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/incb");
    let mut rows = Vec::new();
    for file in ["incb_yellow_codes.csv", "incb_green_codes.csv"] {
        let path = std::path::Path::new(folder).join(file);
        let mut reader = csv::Reader::from_path(path).ok()?;
        rows.extend(reader.records().map(|record| {
            let record = record.unwrap();
            let text = |at: usize| record.get(at).unwrap().to_owned();
            (text(0), text(2).to_uppercase(), text(3))
        }));
    }
    Some(rows)
}

#[test]
fn codes_names_and_schedules_are_those_of_the_incb() {
    let Some(rows) = shared_incb() else {
        eprintln!("skipped: ../shared/data/incb is not there");
        return;
    };
    let catalog = Catalog::embedded().unwrap();
    let mut codes = 0;
    for incb in catalog
        .substances()
        .iter()
        .filter_map(|one| one.incb.as_ref())
    {
        let schedule = format!(
            "Schedule {} ({})",
            incb.schedule_roman(),
            incb.convention.year()
        );
        let word = incb.name.split(['-', ' ']).next().unwrap();
        let found = rows.iter().any(|(code, name, listed)| {
            code.replace(' ', "") == incb.code.replace(' ', "")
                && *listed == schedule
                && name.contains(word)
        });
        assert!(found, "{incb:?}");
        codes += 1;
    }
    assert!(codes > 50, "only {codes} codes");
}

#[test]
fn the_forms_of_each_convention() {
    let catalog = Catalog::embedded().unwrap();
    let convention = |name| {
        catalog
            .substance(name)
            .unwrap()
            .incb
            .as_ref()
            .map(|one| one.convention)
    };
    assert_eq!(convention("MORFINA"), Some(Convention::Narcotics1961));
    assert_eq!(
        convention("BUPRENORFINA"),
        Some(Convention::Psychotropics1971)
    );
    assert_eq!(convention("TRAMADOL"), None, "national control only");
}
