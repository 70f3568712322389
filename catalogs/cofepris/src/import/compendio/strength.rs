//! Strength text: the amount of each active ingredient, per unit or per volume.

use super::names::of;
use super::pattern::{Pattern, group, span};
use super::spanish::{Spelling, fold};
use crate::import::ImportError;

const AMOUNT: &str = r"(?<![\d.,])(?:\d{1,3}(?: \d{3})+|\d+)(?:[.,]\d+)*\s*(?:millones (?:de )?)?(?:mg|µg|μg|mcg|g|UI|U|mEq|mmol|KBq|%)(?![A-Za-z])";
const PER: &str = r"\s*/\s*(?:\d+(?:\.\d+)?\s*)?(?:mL|ml|Ml|g|día|h|cm2)\b";
const BASE: &str = r"(?:Cada|El|La)\s+(?<n>\d+(?:\.\d+)?)?\s*(?<u>mL|ml|mililitros?|g|gramos?)\b(?: de soluci[óo]n)?\s+(?:reconstituid\w+ )?contienen?";
const INACTIVE: &str = r"\b(?:Veh[íi]culo|Excipientes?|Diluyente|Agua (?:inyectable|estéril))\b[^.]*?(?:c\.?b\.?p\.?|\d)\s*(?:c\.?b\.?p\.?)?\s*\d*\s*\w*\.?";
const MAX_INGREDIENTS: usize = 4;
/// Descriptions that name several amounts, where the labelled strength is stated apart.
const STATED: [(&str, &str); 3] = [
    ("040.000.7027.00", "20 mg/mL"),
    ("040.000.7028.00", "0.05 mg/mL"),
    ("010.000.7238.00", "350 mg"),
];
/// Descriptions that contradict themselves or arithmetic: better blank than wrong (`SOURCES.md`).
const DOUBTFUL: [&str; 3] = ["010.000.6300.00", "010.000.7166.01", "010.000.6000.00"];

/// What a row says of a medicine, for its strength.
pub(super) struct Said<'r> {
    pub(super) clave: &'r str,
    pub(super) composition: &'r str,
    pub(super) name: &'r str,
    pub(super) ingredients: &'r [String],
}

/// An amount, with the text that names its ingredient.
type Found = (String, String);

/// The rules for strengths.
#[derive(Debug)]
pub(super) struct Strengths {
    amount: Pattern,
    base: Pattern,
    inactive: Pattern,
    restates: Pattern,
    salt_follows: Pattern,
    contains: Pattern,
    each: Pattern,
    alternative: Pattern,
    dots: Pattern,
    remark: Pattern,
    range: Pattern,
    thousands: Pattern,
    zeros: Pattern,
    point: Pattern,
}

impl Strengths {
    pub(super) fn new() -> Result<Self, ImportError> {
        Ok(Self {
            amount: Pattern::new(&format!("(?<a>{AMOUNT})(?<per>{PER})?"))?,
            base: Pattern::new(BASE)?,
            inactive: Pattern::any_case(INACTIVE)?,
            restates: Pattern::new(r"^\W*(?:[Ee]quivalentes? an?|como|correspondientes? a)\W*$")?,
            salt_follows: Pattern::any_case(
                r"^\s*de (?:clorhidrato|sulfato|fosfato|mesilato|maleato|fumarato|acetato|bromhidrato)",
            )?,
            contains: Pattern::new(r"[Cc]ontienen?(?: aproximadamente)?\s*:?|libera:")?,
            each: Pattern::new(r"\bCada\b")?,
            alternative: Pattern::new(r"\s[óo]\s+(?=[A-ZÁÉÍÓÚ])")?,
            dots: Pattern::new("[.…]{2,}")?,
            remark: Pattern::new(r"\([^()]*\)")?,
            range: Pattern::new(r"\d(?:\s*[-–]|\s+a)\s*$")?,
            thousands: Pattern::new(r"(\d),(\d{3})\b")?,
            zeros: Pattern::new(r"(\.\d*?)0+(?=[ /%])")?,
            point: Pattern::new(r"(\d)\.(?=[ /%])")?,
        })
    }

    /// `2 mg`, `10 mg/mL`, `500 mg / 125 mg`; `None` when the amounts do not pair with the names.
    pub(super) fn strength(
        &self,
        said: &Said<'_>,
        spelling: &Spelling,
    ) -> Result<Option<String>, ImportError> {
        if let Some(stated) = of(&STATED, said.clave) {
            return Ok(Some(stated.to_owned()));
        }
        if DOUBTFUL.contains(&said.clave) {
            return Ok(None);
        }
        let body = self.body(said.composition)?;
        let found = self
            .amounts(&body, &fold(said.name), spelling)?
            .unwrap_or_default();
        if found.is_empty()
            || found.len() != said.ingredients.len()
            || found.len() > MAX_INGREDIENTS
        {
            return Ok(None);
        }
        let Some(mut amounts) = in_order_of_name(found, said.ingredients) else {
            return Ok(None);
        };
        if let Some(base) = self.base.find(said.composition)?
            && !amounts.iter().any(|amount| amount.contains(['/', '%']))
        {
            let unit = group(&base, "u").unwrap_or_default().to_lowercase();
            let unit = if unit.starts_with('m') { "mL" } else { "g" };
            let per = match group(&base, "n") {
                Some(n) if n != "1" => format!("/{n} {unit}"),
                _ => format!("/{unit}"),
            };
            for amount in &mut amounts {
                amount.push_str(&per);
            }
        }
        Ok(Some(amounts.join(" / ")))
    }

    /// What follows "contiene", without vehicles, remarks and the alternative salt.
    fn body(&self, composition: &str) -> Result<String, ImportError> {
        let contains = self.contains.find(composition)?.map(|found| span(&found).1);
        let body = contains
            .and_then(|end| composition.get(end..))
            .unwrap_or(composition);
        let one = self.each.before(body)?;
        let body = self
            .inactive
            .replace(if one.is_empty() { body } else { one }, " ")?;
        let first = self.alternative.before(&body)?;
        let body = if self.amount.is_in(first)? {
            first
        } else {
            body.as_str()
        };
        self.remark.replace(&self.dots.replace(body, " ")?, " ")
    }

    /// The amounts in their order, or `None` when they are alternatives.
    fn amounts(
        &self,
        body: &str,
        name: &str,
        spelling: &Spelling,
    ) -> Result<Option<Vec<Found>>, ImportError> {
        let mut found: Vec<Found> = Vec::new();
        let mut end = 0;
        for one in self.amount.all(body)? {
            let (start, after) = span(&one);
            let before = body.get(end..start).unwrap_or_default();
            end = after;
            if self.range.is_in(before)? {
                return Ok(None);
            }
            let per = group(&one, "per").unwrap_or_default();
            let amount = group(&one, "a").unwrap_or_default();
            let written = self.clean(&format!("{amount}{per}"), spelling)?;
            if let Some((text, last)) = found.last_mut()
                && self.restates.is_in(before)?
            {
                // The base counts, except where the medicine is named after its salt.
                let named_salt = name.contains(" DE ") && fold(text).contains(name);
                let rest = body.get(end..).unwrap_or_default();
                if !named_salt && !self.salt_follows.is_in(rest)? {
                    *last = written;
                }
                continue;
            }
            let folded = fold(before);
            let bare = folded.trim_matches([' ', '.', ':', ';', ',', '-', '–']);
            if !found.is_empty() && ["", "O", "U", "A", "Y"].contains(&bare) {
                return Ok(None);
            }
            found.push((before.to_owned(), written));
        }
        Ok(Some(found))
    }

    fn clean(&self, amount: &str, spelling: &Spelling) -> Result<String, ImportError> {
        let text = spelling.tidy(&amount.replace('μ', "µ"))?;
        let text = self.thousands.replace(&text, "${1} ${2}")?;
        // 50.00 mg is 50 mg.
        let text = self.zeros.replace(&text, "${1}")?;
        self.point.replace(&text, "${1}")
    }
}

/// Amounts in the order of the ingredients, or `None` when one cannot be told from another.
fn in_order_of_name(found: Vec<Found>, ingredients: &[String]) -> Option<Vec<String>> {
    if let [_] = ingredients {
        return found.into_iter().next().map(|(_, amount)| vec![amount]);
    }
    let mut amounts: Vec<(&str, String)> = Vec::new();
    for (text, amount) in found {
        // The text may begin with the tail of the previous equivalence ("… de amoxicilina."): the
        // ingredient named last is the one this amount belongs to.
        let folded = fold(&text);
        let place = |name: &str| stems(name).filter_map(|stem| folded.rfind(&stem)).max();
        let (at, name) = ingredients
            .iter()
            .map(|name| (place(name), name.as_str()))
            .max()?;
        if at.is_none() || amounts.iter().any(|(known, _)| *known == name) {
            return None;
        }
        amounts.push((name, amount));
    }
    ingredients
        .iter()
        .map(|name| {
            amounts
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, a)| a.clone())
        })
        .collect()
}

/// Beginnings of its words: the salt ("clavulanato") shares them with the acid.
fn stems(ingredient: &str) -> impl Iterator<Item = String> {
    ingredient
        .split_whitespace()
        .filter(|word| !["ACIDO", "DE", "SODICA", "SODICO"].contains(word))
        .map(|word| word.chars().take(6).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strength(composition: &str, name: &str, ingredients: &[&str]) -> Option<String> {
        let ingredients: Vec<_> = ingredients.iter().map(|one| (*one).to_owned()).collect();
        let said = Said {
            clave: "010.000.0001.00",
            composition,
            name,
            ingredients: &ingredients,
        };
        let spelling = Spelling::learn(std::iter::empty()).unwrap();
        Strengths::new()
            .unwrap()
            .strength(&said, &spelling)
            .unwrap()
    }

    #[test]
    fn the_base_counts_where_the_salt_is_equivalent_to_it() {
        let text = "Cada tableta contiene: Clorhidrato de buprenorfina equivalente a 0.20 mg de \
                    buprenorfina.";
        assert_eq!(
            strength(text, "Buprenorfina", &["BUPRENORFINA"]).as_deref(),
            Some("0.2 mg")
        );
    }

    #[test]
    fn amounts_follow_the_order_of_the_name() {
        let text = "Cada tableta contiene: Paracetamol 325.0 mg Clorhidrato de tramadol 37.5 mg.";
        let pair = strength(text, "Tramadol-paracetamol", &["TRAMADOL", "PARACETAMOL"]);
        assert_eq!(pair.as_deref(), Some("37.5 mg / 325 mg"));
    }

    #[test]
    fn per_millilitre_and_ranges() {
        let text = "Cada 5 mL contienen: Fenobarbital 20 mg.";
        assert_eq!(
            strength(text, "Fenobarbital", &["FENOBARBITAL"]).as_deref(),
            Some("20 mg/5 mL")
        );
        let range = "Cada tableta contiene: Pancreatina 150 - 300 mg";
        assert_eq!(strength(range, "Pancreatina", &["PANCREATINA"]), None);
    }
}
