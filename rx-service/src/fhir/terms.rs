//! Words and codes of routes and dose units: what an EHR may write for each, and what we write.

use prescription::{DoseUnit, Period, Route};

/// SNOMED CT code of a route (descendants of 284009009).
#[must_use]
pub fn snomed_of(route: Route) -> &'static str {
    match route {
        Route::Oral => "26643006",
        Route::Sublingual => "37839007",
        Route::Intravenous => "47625008",
        Route::Intramuscular => "78421000",
        Route::Subcutaneous => "34206005",
        Route::Topical => "6064005",
        Route::Transdermal => "45890007",
        Route::Ophthalmic => "54485002",
        Route::Otic => "10547007",
        Route::Nasal => "46713006",
        Route::Inhaled => "447694001",
        Route::Rectal => "37161004",
        Route::Vaginal => "16857009",
        Route::Buccal => "54471007",
    }
}

/// The route with this SNOMED CT code.
#[must_use]
pub fn route_from_snomed(code: &str) -> Option<Route> {
    Route::ALL
        .iter()
        .copied()
        .find(|route| snomed_of(*route) == code)
}

/// The route with this Spanish term, with or without "vía".
#[must_use]
pub fn route_from_term(term: &str) -> Option<Route> {
    let term = fold(term);
    let term = term.strip_prefix("via ").unwrap_or(&term);
    Route::ALL
        .iter()
        .copied()
        .find(|route| fold(route.term()) == term)
}

/// UCUM codes of a unit; the first is the one we write. Things that are counted have UCUM
/// annotations, in the terms that HL7's own examples use.
#[must_use]
pub fn ucum_of(unit: DoseUnit) -> &'static [&'static str] {
    match unit {
        DoseUnit::Tablet => &["{tablet}", "{tbl}", "{tableta}"],
        DoseUnit::Capsule => &["{capsule}", "{cap}", "{capsula}"],
        DoseUnit::Millilitre => &["mL", "ml"],
        DoseUnit::Milligram => &["mg"],
        DoseUnit::Drop => &["[drp]"],
        DoseUnit::Ampoule => &["{ampule}", "{ampoule}", "{ampolleta}"],
        DoseUnit::Patch => &["{patch}", "{parche}"],
        DoseUnit::Puff => &["{puff}", "{inhalacion}"],
        DoseUnit::Application => &["{application}", "{aplicacion}"],
        DoseUnit::InternationalUnit => &["[iU]", "[IU]"],
        DoseUnit::Sachet => &["{sachet}", "{sobre}"],
        DoseUnit::Suppository => &["{suppository}", "{supositorio}"],
        DoseUnit::Microgram => &["ug"],
        DoseUnit::Gram => &["g"],
    }
}

/// The unit with this UCUM code. UCUM's case matters.
#[must_use]
pub fn unit_from_ucum(code: &str) -> Option<DoseUnit> {
    DoseUnit::ALL
        .iter()
        .copied()
        .find(|unit| ucum_of(*unit).contains(&code))
}

/// The unit with this Spanish term, singular or plural.
#[must_use]
pub fn unit_from_term(term: &str) -> Option<DoseUnit> {
    let term = fold(term);
    let term = synonym(&term).unwrap_or(&term);
    DoseUnit::ALL.iter().copied().find(|unit| {
        [false, true]
            .into_iter()
            .any(|many| fold(&unit.in_spanish(many)) == term)
    })
}

/// Other words for the same units, folded.
fn synonym(term: &str) -> Option<&'static str> {
    Some(match term {
        "comprimido" | "comprimidos" | "gragea" | "grageas" => "tableta",
        "mililitro" | "mililitros" => "ml",
        "miligramo" | "miligramos" => "mg",
        "microgramo" | "microgramos" | "mcg" | "ug" => "μg",
        "gramo" | "gramos" => "g",
        "frasco ampula" | "frascos ampula" | "ampula" | "ampulas" => "ampolleta",
        "disparo" | "disparos" => "inhalacion",
        "unidad internacional" | "unidades internacionales" => "ui",
        "ovulo" | "ovulos" => "supositorio",
        _ => return None,
    })
}

/// The period with this UCUM code, as `timing.repeat` writes it.
#[must_use]
pub fn period_from_code(code: &str) -> Option<Period> {
    match code {
        "h" => Some(Period::Hour),
        "d" => Some(Period::Day),
        "wk" => Some(Period::Week),
        _ => None,
    }
}

/// Whether `term` says that a quantity counts packages.
#[must_use]
pub fn is_package(term: &str) -> bool {
    matches!(fold(term).as_str(), "envase" | "envases")
}

/// Whether `term` says that a quantity counts unit doses.
#[must_use]
pub fn is_unit_dose(term: &str) -> bool {
    matches!(
        fold(term).as_str(),
        "dosis unitaria" | "dosis unitarias" | "unidad" | "unidades"
    )
}

/// Lower case without accents, with single spaces: what makes two spellings of a term the same.
fn fold(term: &str) -> String {
    let plain = |c: char| match c {
        'á' => Some('a'),
        'é' => Some('e'),
        'í' => Some('i'),
        'ó' => Some('o'),
        'ú' | 'ü' => Some('u'),
        'µ' => Some('μ'),
        // Combining accents, as a decomposed text carries them.
        '\u{300}'..='\u{36f}' => None,
        other => Some(other),
    };
    let lower: String = term.to_lowercase().chars().filter_map(plain).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_route_and_unit_reads_back_in_each_spelling() {
        for route in Route::ALL {
            assert_eq!(route_from_snomed(snomed_of(*route)), Some(*route));
            assert_eq!(
                route_from_term(&format!("Vía {}", route.term())),
                Some(*route)
            );
            assert_eq!(
                route_from_term(&fold(route.term()).to_uppercase()),
                Some(*route)
            );
        }
        for unit in DoseUnit::ALL {
            for code in ucum_of(*unit) {
                assert_eq!(unit_from_ucum(code), Some(*unit));
            }
            for many in [false, true] {
                assert_eq!(unit_from_term(&unit.in_spanish(many)), Some(*unit));
            }
        }
    }

    #[test]
    fn no_code_means_two_things() {
        let codes: Vec<_> = DoseUnit::ALL
            .iter()
            .flat_map(|unit| ucum_of(*unit))
            .collect();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        let routes: HashSet<_> = Route::ALL.iter().map(|route| snomed_of(*route)).collect();
        assert_eq!(routes.len(), Route::ALL.len());
    }

    #[test]
    fn accents_case_and_composition_do_not_matter() {
        assert_eq!(unit_from_term("Ca\u{301}psulas"), Some(DoseUnit::Capsule));
        assert_eq!(unit_from_term("  GRAGEAS "), Some(DoseUnit::Tablet));
        assert_eq!(unit_from_term("mcg"), Some(DoseUnit::Microgram));
        assert_eq!(unit_from_term("\u{b5}g"), Some(DoseUnit::Microgram));
        assert_eq!(route_from_term("subcutanea"), Some(Route::Subcutaneous));
        assert_eq!(unit_from_term("cucharada"), None);
        assert_eq!(route_from_term("intratecal"), None);
        assert!(is_package("Envases") && !is_package("tabletas"));
        assert!(is_unit_dose("Dosis unitarias") && !is_unit_dose("dosis"));
    }

    #[test]
    fn ucum_is_case_sensitive() {
        assert_eq!(unit_from_ucum("MG"), None);
        assert_eq!(unit_from_ucum("Mg"), None);
    }
}
