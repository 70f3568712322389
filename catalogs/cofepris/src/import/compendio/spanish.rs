//! Spelling shared by the derivations: folding, accents, sentence case, spacing.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::pattern::Pattern;
use crate::import::ImportError;

const ROMAN: [&str; 9] = ["II", "III", "IV", "VI", "VII", "VIII", "IX", "X", "XIII"];
const UPPER: [&str; 20] = [
    "BCG",
    "B.C.G.",
    "DPT",
    "SR",
    "SRP",
    "ADN",
    "AS01B",
    "AS01B.",
    "COVID",
    "C1",
    "NPH",
    "A",
    "B",
    "D",
    "D3",
    "L",
    "F",
    "T",
    "A-B",
    "F(AB’)2",
];
const UPPER_TOO: &str = "F(AB´)2";
/// Accents the publication itself puts on the wrong syllable, or never writes.
const CORRECTED: [(&str, &str); 6] = [
    ("ANHIDRA", "anhidra"),
    ("VALPROICO", "valproico"),
    ("NEUMOCOCICA", "neumocócica"),
    ("HIPERHINMUNE", "hiperinmune"),
    ("BOSENTAN", "bosentán"),
    ("TIROFIBAN", "tirofibán"),
];
const KEEP: [(&str, &str); 9] = [
    ("ARNM", "ARNm"),
    ("TD", "Td"),
    ("TDPA", "Tdpa"),
    ("ADNR", "ADNr"),
    ("FCEHR", "FCEhr"),
    ("WILLEBRAND", "Willebrand"),
    ("HARTMANN", "Hartmann"),
    ("HAEMOPHILUS", "Haemophilus"),
    ("R-L-ASPARAGINASA", "r-L-asparaginasa"),
];

/// Upper case without accents: the form in which words are compared.
pub(crate) fn fold(text: &str) -> String {
    let bare: String = text.nfd().filter(|c| !is_combining_mark(*c)).collect();
    bare.to_uppercase()
}

/// One space wherever there is any.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How the publication's texts are tidied and how its words are spelled.
#[derive(Debug)]
pub(super) struct Spelling {
    steps: Vec<(Pattern, &'static str)>,
    words: Pattern,
    letters: Pattern,
    accents: HashMap<String, String>,
}

impl Spelling {
    /// The spelling of a publication, learned from all its texts: a word that has an accent
    /// anywhere gets it everywhere.
    pub(super) fn learn<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Self, ImportError> {
        let steps = [
            // The publication mixes micro sign, Greek mu and "mcg"; the project writes the first.
            (r"(?<=\d)\s*[μµ]g\b", " µg"),
            (r"(?<=\d)\s*mcg\b", " µg"),
            (r"(?<=\d)\s*m[lL]\b", " mL"),
            (r"(?<=\d)\s*M[lL]\b", " mL"),
            (r"(?<=\d)\s*(mg|g|kg|UI|U|mEq|mmol|KBq)\b", " ${1}"),
            (r"(?<=[A-Za-zµ])\s*/\s*(?=\d)", "/"),
            (r"(?<=\d)\s*/\s*(?=m?[Lg]\b)", "/"),
            (r"\b(mg|g|µg|UI|U|mEq)\s*/\s*[mM][lL]\b", "${1}/mL"),
            (r"\b(mg|g|µg|UI|U|mEq)\s*/\s*(L|h|día)\b", "${1}/${2}"),
            // Thousands, put back at the end.
            (r"(?<=\d) (?=000\b)", "\u{202f}"),
            (r"\s+([,.;:)])", "${1}"),
            (r"\(\s+", "("),
        ];
        let steps = steps.map(|(text, by)| Pattern::new(text).map(|pattern| (pattern, by)));
        Ok(Self {
            steps: steps.into_iter().collect::<Result<_, _>>()?,
            words: Pattern::new(r"[^\s/,()]+(?:\(AB.\)2)?")?,
            letters: Pattern::new(r"[^\W\d_]+")?,
            accents: accents(texts),
        })
    }

    /// One space between words, none before punctuation, units spelled one way.
    pub(super) fn tidy(&self, text: &str) -> Result<String, ImportError> {
        let mut text = one_line(text).replace('μ', "µ");
        for (pattern, by) in &self.steps {
            text = pattern.replace(&text, by)?;
        }
        let text = text.replace('\u{202f}', " ");
        Ok(text.trim_matches([' ', '.', ';', ':']).to_owned())
    }

    /// `CLORURO DE SODIO` as `Cloruro de sodio`; acronyms, numerals and names stay.
    pub(super) fn sentence_case(&self, text: &str) -> Result<String, ImportError> {
        let text = self.words.replace_with(text, |word| self.spell(word))?;
        let text = text.replace("unido A ", "unido a ");
        if text.starts_with("r-L-") {
            return Ok(text);
        }
        let mut letters = text.chars();
        Ok(match letters.next() {
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => text,
        })
    }

    fn spell(&self, word: &str) -> Result<String, ImportError> {
        let key = word.to_uppercase();
        if let Some((_, spelled)) = KEEP.iter().find(|(kept, _)| *kept == key) {
            return Ok((*spelled).to_owned());
        }
        let stays = |list: &[&str]| list.contains(&key.as_str());
        if stays(&UPPER) || stays(&ROMAN) || key == UPPER_TOO {
            return Ok(key);
        }
        self.letters.replace_with(word, |letters| {
            let known = self.accents.get(&fold(letters));
            Ok(known.cloned().unwrap_or_else(|| letters.to_lowercase()))
        })
    }
}

/// The spelling with accents of each folded word that has one.
fn accents<'t>(texts: impl Iterator<Item = &'t str>) -> HashMap<String, String> {
    let mut seen: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for text in texts {
        for word in text.split(|c: char| !c.is_alphabetic()) {
            if word.chars().count() >= 4 {
                let spellings = seen.entry(fold(word)).or_default();
                *spellings.entry(word.to_lowercase()).or_default() += 1;
            }
        }
    }
    let mut accents: HashMap<_, _> = CORRECTED
        .iter()
        .map(|(folded, spelled)| ((*folded).to_owned(), (*spelled).to_owned()))
        .collect();
    for (folded, spellings) in seen {
        let accented = spellings
            .into_iter()
            .filter(|(word, _)| fold(word) != word.to_uppercase())
            .max_by(|(a, n), (b, m)| (n, a).cmp(&(m, b)));
        if let Some((word, _)) = accented {
            accents.entry(folded).or_insert(word);
        }
    }
    accents
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling() -> Spelling {
        Spelling::learn(["Suspensión de paracetamol", "SUSPENSION"].into_iter()).unwrap()
    }

    #[test]
    fn an_accent_that_is_written_once_is_written_always() {
        let spelled = spelling()
            .sentence_case("SUSPENSION, CLORURO DE SODIO II")
            .unwrap();
        assert_eq!(spelled, "Suspensión, cloruro de sodio II");
    }

    #[test]
    fn units_are_spelled_one_way() {
        let tidy = |text| spelling().tidy(text).unwrap();
        assert_eq!(tidy(" 5μg ( 2 mcg)  en 3 Ml ."), "5 µg (2 µg) en 3 mL");
        assert_eq!(tidy("600 000 UI / mL"), "600 000 UI/mL");
    }
}
