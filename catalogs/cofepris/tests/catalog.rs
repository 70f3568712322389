//! The embedded catalog, as the service uses it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use cofepris::{Assimilation, Basis, Catalog, CatalogError, InterimPolicy, LgsClass, Policy};
use jiff::civil::{Date, date};
use prescription::{Clave, Clues, Fraction};

const BEFORE: Date = date(2026, 1, 15);
const DECREE: Date = date(2026, 1, 16);
const EVE: Date = date(2026, 7, 13);
const REFORM: Date = date(2026, 7, 14);

fn catalog() -> Catalog {
    Catalog::embedded().unwrap()
}

fn clave(text: &str) -> Clave {
    text.parse().unwrap()
}

/// Fraction, class and basis of a clave on a day.
fn on(catalog: &Catalog, text: &str, day: Date) -> (Fraction, Option<LgsClass>, Basis) {
    let found = catalog.fraction_on(&clave(text), day).unwrap();
    (found.fraction, found.class, found.basis)
}

#[test]
fn carries_every_row() {
    let catalog = catalog();
    assert_eq!(catalog.medicines().len(), 1895);
    assert_eq!(catalog.listings().len(), 322);
    assert_eq!(catalog.establishments().len(), 512);
}

#[test]
fn clonazepam_is_group_iii_fraction_ii() {
    let catalog = catalog();
    let clonazepam = catalog.medicine(&clave("040.000.2612.00")).unwrap();
    assert_eq!(clonazepam.generic_name, "Clonazepam");
    assert_eq!(clonazepam.form, "Tableta");
    assert_eq!(clonazepam.strength.as_deref(), Some("2 mg"));
    assert_eq!(clonazepam.presentation, "Envase con 30 tabletas");
    let package = clonazepam.package.as_ref().unwrap();
    assert_eq!((package.units, package.unit.as_str()), (30, "tableta"));
    let found = catalog.fraction_on(&clonazepam.clave, REFORM).unwrap();
    assert_eq!(found.fraction, Fraction::II);
    assert_eq!(found.class, Some(LgsClass::PsicotropicoIII));
    assert_eq!(found.substance, Some("CLONAZEPAM"));
    assert_eq!((found.since, found.antibiotic), (None, false));
}

#[test]
fn morphine_is_an_estupefaciente_of_fraction_i() {
    let listed = (Fraction::I, Some(LgsClass::Estupefaciente), Basis::Listed);
    assert_eq!(on(&catalog(), "040.000.2103.00", BEFORE), listed);
}

#[test]
fn group_ii_is_fraction_i_through_article_250() {
    let listed = (Fraction::I, Some(LgsClass::PsicotropicoII), Basis::Listed);
    assert_eq!(
        on(&catalog(), "040.000.0132.01", BEFORE),
        listed,
        "nalbufina"
    );
}

#[test]
fn amoxicillin_is_an_antibiotic_of_fraction_iv() {
    let catalog = catalog();
    let [first, ..] = catalog.search("amoxicilina", 5)[..] else {
        panic!("none found")
    };
    assert_eq!(first.generic_name, "Amoxicilina");
    let found = catalog.fraction_on(&first.clave, REFORM).unwrap();
    assert_eq!((found.fraction, found.antibiotic), (Fraction::IV, true));
    assert_eq!(
        (found.class, found.substance, found.basis),
        (None, None, Basis::Unlisted)
    );
}

#[test]
fn antibiotics_are_systemic_antibacterials() {
    let catalog = catalog();
    let antibiotic = |text| catalog.medicine(&clave(text)).unwrap().antibiotic;
    assert!(
        antibiotic("010.000.6343.00"),
        "cefixima has no AWaRe remark"
    );
    assert!(antibiotic("010.000.2404.00"), "isoniazida");
    assert!(
        !antibiotic("010.000.7106.00"),
        "dolutegravir is an antiretroviral"
    );
    assert!(
        !antibiotic("010.000.2821.00"),
        "cloranfenicol eye drops are not systemic"
    );
}

#[test]
fn tramadol_moves_from_fraction_iii_to_ii() {
    let catalog = catalog();
    // Alone, with dexketoprofeno (whose clave is not of the 040 group) and with paracetamol.
    for tramadol in ["040.000.2106.00", "010.000.7210.00", "040.000.2096.00"] {
        let group_iv = (Fraction::III, Some(LgsClass::PsicotropicoIV));
        let group_iii = (Fraction::II, Some(LgsClass::PsicotropicoIII));
        let on = |day| on(&catalog, tramadol, day);
        assert_eq!(on(BEFORE), (group_iv.0, group_iv.1, Basis::Listed));
        assert_eq!(on(DECREE), (group_iv.0, group_iv.1, Basis::Interim));
        assert_eq!(on(EVE), (group_iv.0, group_iv.1, Basis::Interim));
        assert_eq!(on(REFORM), (group_iii.0, group_iii.1, Basis::Listed));
    }
    let found = catalog
        .fraction_on(&clave("040.000.2106.00"), REFORM)
        .unwrap();
    assert_eq!(found.since, Some(REFORM));
}

#[test]
fn to_the_letter_tramadol_is_unlisted_in_between() {
    let policy = Policy {
        interim: InterimPolicy::Unlisted,
        ..Policy::default()
    };
    let catalog = catalog().with_policy(policy);
    let found = catalog.fraction_on(&clave("040.000.2106.00"), EVE).unwrap();
    assert_eq!(
        (found.fraction, found.basis),
        (Fraction::IV, Basis::Unlisted)
    );
    assert_eq!(on(&catalog, "040.000.2106.00", REFORM).0, Fraction::II);
}

#[test]
fn bupropion_enters_group_iii_as_anfebutamona() {
    let catalog = catalog();
    let on = |day| catalog.fraction_on(&clave("040.000.4486.01"), day).unwrap();
    assert_eq!((on(EVE).fraction, on(EVE).since), (Fraction::IV, None));
    assert_eq!(
        (on(REFORM).fraction, on(REFORM).substance),
        (Fraction::II, Some("ANFEBUTAMONA"))
    );
}

#[test]
fn removed_substances_leave_group_iv_with_the_decree() {
    let catalog = catalog();
    for removed in [
        "040.000.4484.00", // sertralina
        "040.000.2608.00", // carbamazepina
        "010.000.2623.00", // valproato de magnesio
        "010.000.2630.00", // valproato semisódico
        "010.000.2620.00", // ácido valproico
        "040.000.2654.00", // levodopa y carbidopa
        "010.000.2655.00", // entacapona, levodopa, carbidopa
        "010.000.6083.00", // citrato de cafeína
    ] {
        let on = |day| catalog.fraction_on(&clave(removed), day).unwrap();
        assert_eq!(on(BEFORE).fraction, Fraction::III, "{removed}");
        assert_eq!(
            on(BEFORE).class,
            Some(LgsClass::PsicotropicoIV),
            "{removed}"
        );
        assert_eq!(on(DECREE).fraction, Fraction::IV, "{removed}");
        assert_eq!(
            (on(REFORM).basis, on(REFORM).since),
            (Basis::Unlisted, Some(DECREE))
        );
    }
}

#[test]
fn pseudoefedrina_moves_from_group_iii_to_ii() {
    // No clave of the compendium contains it: the lists are asked by substance.
    let catalog = catalog();
    let class = |day| catalog.class_on("PSEUDOEFEDRINA", day);
    assert_eq!(class(BEFORE), Some(LgsClass::PsicotropicoIII));
    assert_eq!(class(EVE), Some(LgsClass::PsicotropicoIII));
    assert_eq!(class(REFORM), Some(LgsClass::PsicotropicoII));
}

#[test]
fn of_a_combination_the_strictest_substance_decides() {
    let catalog = catalog();
    let oxycodone_naloxone = catalog
        .fraction_on(&clave("040.000.6175.00"), REFORM)
        .unwrap();
    assert_eq!(oxycodone_naloxone.substance, Some("OXICODONA"));
    assert_eq!(oxycodone_naloxone.fraction, Fraction::I);
    // Ergotamina (III) with cafeína (IV until the decree).
    let ergotamine = catalog
        .fraction_on(&clave("040.000.2673.00"), BEFORE)
        .unwrap();
    assert_eq!(
        (ergotamine.substance, ergotamine.fraction),
        (Some("ERGOTAMINA"), Fraction::II)
    );
}

#[test]
fn assimilated_medicines_follow_the_policy() {
    let cautious = catalog();
    let named = catalog().with_policy(Policy {
        assimilation: Assimilation::NamedOnly,
        ..Policy::default()
    });
    for (text, fraction) in [
        ("040.000.0248.00", Fraction::I),   // remifentanilo, as fentanil
        ("040.000.7029.00", Fraction::II),  // esketamina, as ketamina
        ("040.000.5710.00", Fraction::II),  // paliperidona, as risperidona
        ("040.000.3204.00", Fraction::III), // levomepromazina, as promazina
    ] {
        let found = on(&cautious, text, REFORM);
        assert_eq!((found.0, found.2), (fraction, Basis::Assimilated), "{text}");
        assert_eq!(
            on(&named, text, REFORM),
            (Fraction::IV, None, Basis::Unlisted),
            "{text}"
        );
    }
}

#[test]
fn an_unknown_clave_has_no_classification() {
    let unknown = clave("999.999.9999.99");
    let catalog = catalog();
    assert!(catalog.medicine(&unknown).is_none());
    assert!(catalog.fraction_on(&unknown, REFORM).is_none());
    assert!(catalog.duplicate_key(&unknown).is_none());
}

#[test]
fn strengths_and_salts_of_one_substance_share_a_key() {
    let catalog = catalog();
    let key = |text| catalog.duplicate_key(&clave(text)).unwrap();
    assert_eq!(
        key("040.000.2612.00"),
        key("040.000.2613.00"),
        "clonazepam tablets and drops"
    );
    assert_eq!(
        key("010.000.2620.00"),
        key("010.000.2630.00"),
        "valproic acid and its salt"
    );
    assert_ne!(key("040.000.2106.00"), key("040.000.2096.00"));
    assert!(
        key("040.000.2106.00").shares_ingredient(key("040.000.2096.00")),
        "tramadol in both"
    );
}

#[test]
fn finds_by_name_with_and_without_accents() {
    let catalog = catalog();
    for query in ["clonazépam", "CLONAZEPAM", "clonaz"] {
        let found = catalog.search(query, 10);
        assert_eq!(found.len(), 2, "{query}");
        assert!(
            found
                .iter()
                .all(|medicine| medicine.generic_name == "Clonazepam"),
            "{query}"
        );
    }
    let aspirin = catalog.search("acido acetilsalicilico", 1);
    assert_eq!(aspirin[0].generic_name, "Ácido acetilsalicílico");
    assert_eq!(catalog.search("tramadol", 3).len(), 3, "the limit holds");
}

#[test]
fn establishments_are_found_by_clues() {
    let catalog = catalog();
    let clues: Clues = "HGIMB000011".parse().unwrap();
    let acatlan = catalog.establishment(&clues).unwrap();
    assert_eq!(
        (acatlan.name.as_str(), acatlan.municipality.as_str()),
        ("ACATLÁN", "ACATLAN")
    );
    assert_eq!(acatlan.postal_code, "43540");
    assert!(acatlan.is_operating());
    assert!(
        catalog
            .establishment(&"HGIMB999999".parse().unwrap())
            .is_none()
    );
}

#[test]
fn refuses_a_medicine_with_a_prohibited_or_unknown_substance() {
    let medicines = include_str!("../data/medicines.csv");
    let load = |substance: &str| {
        let altered =
            medicines.replace("CLONAZEPAM,CLONAZEPAM", &format!("CLONAZEPAM,{substance}"));
        let substances = include_str!("../data/substances.csv");
        let establishments = include_str!("../data/establishments.csv");
        Catalog::from_readers(
            altered.as_bytes(),
            substances.as_bytes(),
            establishments.as_bytes(),
        )
    };
    assert!(
        matches!(load("MDA"), Err(CatalogError::NoFraction { .. })),
        "group I"
    );
    assert!(matches!(
        load("NADA"),
        Err(CatalogError::UnknownSubstance { .. })
    ));
    assert!(load("CLONAZEPAM").is_ok());
}

#[test]
fn the_digest_names_the_data() {
    let embedded = catalog();
    assert_eq!(embedded.digest().len(), 64);
    let substances = include_str!("../data/substances.csv");
    let establishments = include_str!("../data/establishments.csv");
    let reader = |medicines: &str| {
        Catalog::from_readers(
            medicines.as_bytes(),
            substances.as_bytes(),
            establishments.as_bytes(),
        )
    };
    let medicines = include_str!("../data/medicines.csv");
    assert_eq!(reader(medicines).unwrap().digest(), embedded.digest());
    let altered = medicines.replacen("Clonazepam", "Clonazepán", 1);
    assert_ne!(reader(&altered).unwrap().digest(), embedded.digest());
}
