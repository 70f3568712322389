//! Presentation text and, where it is certain, units per package.

use std::fmt::Write;

use super::names::of;
use super::pattern::{Pattern, group, span};
use super::spanish::Spelling;
use crate::Package;
use crate::import::ImportError;

const START: &str = r"\b(?:Envase(?: o caja)?|Caja|Cada caja|Frasco(?: con| de|-ámpula con| ámpula (?:con|de))|Estuche|Lata|Vial y/o frasco)\b";
const NUMBERS: [(&str, u32); 13] = [
    ("un", 1),
    ("una", 1),
    ("dos", 2),
    ("tres", 3),
    ("cuatro", 4),
    ("cinco", 5),
    ("seis", 6),
    ("siete", 7),
    ("ocho", 8),
    ("nueve", 9),
    ("diez", 10),
    ("veinte", 20),
    ("cien", 100),
];
/// How a counted unit is spelled, by the first words of what is counted.
const UNITS: [(&str, &str); 29] = [
    ("tabletas?", "tableta"),
    ("comprimidos?", "comprimido"),
    ("c[áa]psulas?", "cápsula"),
    ("grageas?", "gragea"),
    ("perlas?", "perla"),
    ("supositorios?", "supositorio"),
    ("óvulos?", "óvulo"),
    ("parches?", "parche"),
    ("sobres?", "sobre"),
    ("am?polletas?", "ampolleta"),
    ("ámpulas?", "ampolleta"),
    ("frascos? (?:ámpula|viales|vial)", "frasco ámpula"),
    ("frascos?-ámpula", "frasco ámpula"),
    (r"via(?:l|les)\b", "frasco ámpula"),
    (
        r"(?:micro)?jeringas?\.?(?: pre-?llenadas?| precargadas?| pre llenadas?)?",
        "jeringa",
    ),
    ("plumas?(?: precargadas?| prellenadas?)?", "pluma"),
    ("cartuchos?", "cartucho"),
    ("implantes?", "implante"),
    ("bolsas?", "bolsa"),
    ("frascos?", "frasco"),
    ("tubos?", "tubo"),
    ("enemas?", "enema"),
    ("aplicadores", "aplicador"),
    ("envases", "envase"),
    ("dispositivos?", "dispositivo"),
    ("disparos", "dosis"),
    ("dosis", "dosis"),
    (r"mL\b", "mL"),
    (r"g\b", "g"),
];
const VOLUMES: [&str; 3] = ["mL", "g", "dosis"];
const COUNT_END: &str = r"(?!\s*(?:[oyu]|y/o)\s+\d)(?![.,]\d)";
const LEAD: &str = r"^(?:Envase o caja|Envase|Caja colectiva|Caja|Cada caja contiene|Caja envase contiene|Frasco|Lata)(?: de cartón| de aluminio| de plomo)?(?: o (?:frasco|caja)(?: de cartón)?)?(?: con cartón)?(?: nebulizador| gotero| frasco [aá]mbar)?(?: de| con| para| conteniendo|)(?: (?:un |1 )?(?:gotero integral|gotero integrado|frasco gotero|frasco|polvo|polvo para reconstituir|dispositivo inhalador|frasco inhalador dosificador|inhalador|frasco presurizado)(?: con| para| de|))?\s+";
const SECOND_PHRASE: &str = r"(?<!Jeringas)(?<!prellenadas)\.\s+(?=[A-ZÉ*(\[])|\s+Contiene:|,? Cada |\s+\*|(?<=\w) Envase con | y se puede |\s+Todas las ";
/// Slips of the publication, in the order in which they are mended.
const SPELLING: [(&str, &str); 17] = [
    (
        r"\b(\d{2,}|[2-9]) frascos? ámpulas?\b",
        "${1} frascos ámpula",
    ),
    (
        r"\b(\d{2,}|[2-9]) (ampolleta|tableta|jeringa|frasco)\b(?! prellenadas| ámpula)",
        "${1} ${2}s",
    ),
    ("frascos ámpulas", "frascos ámpula"),
    (r"\buna frasco", "un frasco"),
    (r"\bapolletas", "ampolletas"),
    (r"\bCápsulas", "cápsulas"),
    (r"\bcapsulas", "cápsulas"),
    (r"\bTabletas", "tabletas"),
    (r"\bJeringas\.", "jeringas"),
    (r"prellenadas\. o precargadas?", "prellenadas o precargadas"),
    (r"\bcon(?=\d)", "con "),
    (r"(?<=\d),(?=\d{3} UI)", " "),
    ("^Caja con cartón", "Caja de cartón"),
    ("^(?:Caja envase|Cada caja) contiene", "Caja con"),
    ("bolsa contiene", "bolsa con"),
    (" es un dispensador", " y un dispensador"),
    (r"\buna 1 ampolleta", "1 ampolleta"),
];
/// Rows that do not say "envase" or "caja": the package as it follows from the composition.
const UNSTATED: [(&str, &str); 14] = [
    ("010.000.7004.00", "Jeringa prellenada con 1 mL"),
    ("010.000.7004.01", "Pluma precargada con 1 mL"),
    ("010.000.4156.01", "Pluma precargada con 3 mL"),
    (
        "010.000.6316.01",
        "Caja de cartón con 5 plumas precargadas con 3 mL",
    ),
    ("010.000.3433.00", "Envase con un frasco ámpula con 2 mL"),
    ("010.000.7081.00", "Frasco ámpula con 5 mL"),
    ("010.000.2206.00", "Frasco ámpula con 2.5 mL"),
    ("010.000.7225.00", "Frasco ámpula"),
    ("010.000.7226.00", "Frasco ámpula"),
    ("010.000.0082.00", "Envase con 7 parches"),
    ("010.000.7088.00", "Frasco con 60 mg de polvo"),
    ("010.000.7238.00", "Frasco ámpula con 20 mL"),
    ("010.960.0014.00", "Frasco gotero con 15 mL"),
    ("010.000.7177.00", "Frasco ámpula con 10 mL"),
];

/// The rules for packages.
#[derive(Debug)]
pub(super) struct Packaging {
    start: Pattern,
    second_phrase: Pattern,
    spelling: Vec<(Pattern, &'static str)>,
    accessories: Pattern,
    doubtful: Pattern,
    one: Pattern,
    nested: Pattern,
    single: Pattern,
    bare: Pattern,
    counted: Pattern,
    two_kinds: Pattern,
    boxes_of_boxes: Pattern,
}

impl Packaging {
    pub(super) fn new() -> Result<Self, ImportError> {
        let spelling = SPELLING.map(|(text, by)| Pattern::new(text).map(|pattern| (pattern, by)));
        Ok(Self {
            start: Pattern::new(START)?,
            second_phrase: Pattern::new(SECOND_PHRASE)?,
            spelling: spelling.into_iter().collect::<Result<_, _>>()?,
            accessories: Pattern::any_case(
                r",?\s+(?:e|con|y) (?:instructivos?|inserto)(?: anexos?)?(?: para consumidor.*)?$|\s+Con instructivo anexo$",
            )?,
            doubtful: Pattern::new(
                r"\d [ou] \d|\bo envase con\b|carteras|cada uno con: frasco|\bg o con ",
            )?,
            one: Pattern::new(
                r"^(?<what>Frasco[- ]ámpula|Jeringa prellenada|Pluma precargada)\b(?! o )",
            )?,
            nested: Pattern::any_case(
                r"^(?:Envase|Caja)(?: de cartón)? con (?<n>un|una|1|dos|tres|cuatro|\d) frascos? con (?<m>\d+) (?<what>tabletas?|comprimidos?|cápsulas?)(?<each> cada uno)?",
            )?,
            single: Pattern::new(
                r"^Caja de cartón con frasco con (?<n>\d+) (?<what>tabletas|cápsulas)$",
            )?,
            bare: Pattern::any_case(
                r"^(?:Envase|Caja)(?: de cartón)?(?: con)? (?<what>frasco ámpula|ampolleta|jeringa prellenada|bolsa|implante)\b",
            )?,
            counted: Pattern::any_case(&counted())?,
            two_kinds: Pattern::new(r"^(?: de [\d.]+ mg)? y \d+ (?:tab|cáps|comp|parch)")?,
            boxes_of_boxes: Pattern::new(r"^ con \d+ (?:parches|tabletas|cápsulas)")?,
        })
    }

    /// Composition and package text of a description; the package text may be empty.
    pub(super) fn split<'d>(
        &self,
        description: &'d str,
    ) -> Result<(&'d str, &'d str), ImportError> {
        let at = self.start.find(description)?.map(|found| span(&found).0);
        let parts = at.and_then(|at| description.split_at_checked(at));
        Ok(parts.unwrap_or((description, "")))
    }

    /// The package in one phrase, without leaflets and without a second sentence; `None` where
    /// nothing says it.
    pub(super) fn presentation(
        &self,
        clave: &str,
        package: &str,
        spelling: &Spelling,
    ) -> Result<Option<String>, ImportError> {
        if package.is_empty() {
            return Ok(of(&UNSTATED, clave).map(str::to_owned));
        }
        let mut phrase = spelling.tidy(self.second_phrase.before(package)?)?;
        for (pattern, by) in &self.spelling {
            phrase = pattern.replace(&phrase, by)?;
        }
        let phrase = self.accessories.replace(&phrase, "")?;
        Ok(Some(phrase.trim_matches([' ', '.', ',']).to_owned()))
    }

    /// Units of one package, or `None` when the phrase leaves room for doubt.
    pub(super) fn package(&self, phrase: &str) -> Result<Option<Package>, ImportError> {
        if self.doubtful.is_in(phrase)? {
            return Ok(None);
        }
        if let Some(one) = self.one.find(phrase)? {
            let what = group(&one, "what").unwrap_or_default().to_lowercase();
            let what = what.replace('-', " ");
            let what = what.strip_suffix(" prellenada").unwrap_or(&what);
            let what = what.strip_suffix(" precargada").unwrap_or(what);
            return Ok(Some(units(1, what)));
        }
        if let Some(nested) = self.nested.find(phrase)? {
            let outer = group(&nested, "n").and_then(number);
            let inner = group(&nested, "m").and_then(number);
            let what = group(&nested, "what").unwrap_or_default();
            let (Some(outer), Some(inner)) = (outer, inner) else {
                return Ok(None);
            };
            let each = outer == 1 || group(&nested, "each").is_some();
            let all = outer.checked_mul(inner).filter(|_| each);
            return Ok(all.map(|all| units(all, what.trim_end_matches('s'))));
        }
        if let Some(single) = self.single.find(phrase)? {
            let what = group(&single, "what").unwrap_or_default();
            let n = group(&single, "n").and_then(number);
            return Ok(n.map(|n| units(n, what.trim_end_matches('s'))));
        }
        if let Some(bare) = self.bare.find(phrase)? {
            let what = group(&bare, "what").unwrap_or_default().to_lowercase();
            let around: String = phrase
                .chars()
                .take(bare_length(phrase, span(&bare).1))
                .collect();
            let what = what.replace("jeringa prellenada", "jeringa");
            return Ok((!around.contains(" o ")).then(|| units(1, &what)));
        }
        self.count(phrase)
    }

    fn count(&self, phrase: &str) -> Result<Option<Package>, ImportError> {
        let Some(found) = self.counted.find(phrase)? else {
            return Ok(None);
        };
        let matched = |at: usize| group(&found, &format!("u{at}")).is_some_and(|s| !s.is_empty());
        let unit = UNITS.iter().enumerate().find(|(at, _)| matched(*at));
        let Some((_, (_, unit))) = unit else {
            return Ok(None);
        };
        let rest = phrase.get(span(&found).1..).unwrap_or_default();
        // A second kind counted with the first ("una cápsula … y 2 cápsulas …"), or boxes of boxes.
        let mixed = !VOLUMES.contains(unit) && self.two_kinds.is_in(rest)?;
        if mixed || self.boxes_of_boxes.is_in(rest)? {
            return Ok(None);
        }
        let n = group(&found, "n").and_then(number);
        Ok(n.filter(|n| *n > 0).map(|n| units(n, unit)))
    }
}

/// How many letters of the phrase decide whether a bare package has an alternative: four beyond it.
fn bare_length(phrase: &str, end: usize) -> usize {
    phrase.get(..end).map_or(0, |text| text.chars().count()) + 4
}

fn counted() -> String {
    let numbers: Vec<_> = NUMBERS.iter().map(|(word, _)| *word).collect();
    let mut units = String::new();
    for (at, (pattern, _)) in UNITS.iter().enumerate() {
        let or = if at == 0 { "" } else { "|" };
        // Writing to a string does not fail.
        write!(units, "{or}(?<u{at}>{pattern})").unwrap_or_default();
    }
    let numbers = numbers.join("|");
    format!(r"{LEAD}(?<n>\d{{1,4}}(?: 000)?|{numbers}){COUNT_END}\s+(?:{units})\b")
}

fn units(units: u32, unit: &str) -> Package {
    Package {
        units,
        unit: unit.to_owned(),
    }
}

fn number(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let word = NUMBERS.iter().find(|(word, _)| *word == lower);
    word.map(|(_, n)| *n)
        .or_else(|| lower.replace(' ', "").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(phrase: &str) -> Option<(u32, String)> {
        let package = Packaging::new().unwrap().package(phrase).unwrap();
        package.map(|package| (package.units, package.unit))
    }

    #[test]
    fn counts_what_is_certain() {
        assert_eq!(
            package("Envase con 30 tabletas"),
            Some((30, "tableta".to_owned()))
        );
        assert_eq!(
            package("Envase con una ampolleta"),
            Some((1, "ampolleta".to_owned()))
        );
        assert_eq!(package("Envase con 60 mL"), Some((60, "mL".to_owned())));
        let nested = "Envase con dos frascos con 30 tabletas cada uno";
        assert_eq!(package(nested), Some((60, "tableta".to_owned())));
    }

    #[test]
    fn leaves_blank_what_is_not() {
        assert_eq!(package("Envase con 1 o 3 frascos ámpula"), None);
        assert_eq!(package("Envase con dos frascos con 30 tabletas"), None);
        assert_eq!(package("Envase con 1.5 mL"), None);
    }
}
