//! Which medicines are antibiotics for the Acuerdo of DOF 27-05-2010: see `data/SOURCES.md`.

use super::spanish::fold;

/// Antibacterials and antimycobacterials of the compendium, folded [B].
const ANTIBACTERIALS: [&str; 60] = [
    "AMIKACINA",
    "AMOXICILINA",
    "AMPICILINA",
    "AZITROMICINA",
    "BACITRACINA",
    "BENCILPENICILINA",
    "CEFACLOR",
    "CEFALEXINA",
    "CEFALOTINA",
    "CEFEPIMA",
    "CEFIXIMA",
    "CEFOTAXIMA",
    "CEFTAZIDIMA",
    "CEFTOLOZANO",
    "CEFTRIAXONA",
    "CEFUROXIMA",
    "CIPROFLOXACINO",
    "CLARITROMICINA",
    "CLINDAMICINA",
    "CLORANFENICOL",
    "COLISTIMETATO",
    "DAPSONA",
    "DICLOXACILINA",
    "DOXICICLINA",
    "ERITROMICINA",
    "ERTAPENEM",
    "ESTREPTOMICINA",
    "ETAMBUTOL",
    "GENTAMICINA",
    "GRAMICIDINA",
    "IMIPENEM",
    "ISONIAZIDA",
    "LEVOFLOXACINO",
    "LINEZOLID",
    "MEROPENEM",
    "METRONIDAZOL",
    "MINOCICLINA",
    "MOXIFLOXACINO",
    "MUPIROCINA",
    "NEOMICINA",
    "NITROFURAL",
    "NITROFURANTOINA",
    "OFLOXACINA",
    "PIPERACILINA",
    "PIRAZINAMIDA",
    "POLIMIXINA B",
    "QUINUPRISTINA",
    "RIFAMPICINA",
    "RIFAXIMINA",
    "SULFACETAMIDA",
    "SULFACETAMIDA SODICA",
    "SULFADIAZINA DE PLATA",
    "SULFAMETOXAZOL",
    "TEICOPLANINA",
    "TETRACICLINA",
    "TIGECICLINA",
    "TINIDAZOL",
    "TOBRAMICINA",
    "TRIMETOPRIMA",
    "VANCOMICINA",
];

/// `AWaRe` remarks of the publication on medicines that are not antibacterial.
const NOT_ANTIBACTERIAL: [&str; 3] = ["CABOTEGRAVIR", "DOLUTEGRAVIR", "FOSTEMSAVIR"];

/// Forms that the list of COFEPRIS leaves out [S].
const TOPICAL: [&str; 12] = [
    "OFTALMIC",
    "OTIC",
    "NASAL",
    "CREMA",
    "UNGUENTO",
    "GEL",
    "POMADA",
    "VAGINAL",
    "OVULO",
    "DERMIC",
    "TOPIC",
    "SUPOSITORIO",
];

/// Whether it is a systemic antibacterial; `None` where the publication remarks it as an antibiotic
/// and the list does not have it: somebody must decide.
pub(super) fn is_antibiotic(ingredients: &[String], aware: bool, form: &str) -> Option<bool> {
    let any = |list: &[&str]| ingredients.iter().any(|name| list.contains(&name.as_str()));
    let antibacterial = any(&ANTIBACTERIALS);
    if aware && !antibacterial && !any(&NOT_ANTIBACTERIAL) {
        return None;
    }
    let folded = fold(form);
    let first = folded.split(" O ").next().unwrap_or_default();
    Some(antibacterial && !TOPICAL.iter().any(|word| first.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_on_an_unknown_ingredient_is_left_to_a_person() {
        let of = |name: &str, aware, form| is_antibiotic(&[name.to_owned()], aware, form);
        assert_eq!(of("AMOXICILINA", true, "Cápsula"), Some(true));
        assert_eq!(of("GENTAMICINA", false, "Solución oftálmica"), Some(false));
        assert_eq!(of("DOLUTEGRAVIR", true, "Tableta"), Some(false));
        assert_eq!(of("NUEVACILINA", true, "Tableta"), None);
        assert_eq!(of("NUEVACILINA", false, "Tableta"), Some(false));
    }
}
