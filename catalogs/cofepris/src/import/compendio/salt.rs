//! In which salt a description states the amount of an ingredient.

use super::pattern::{Pattern, group};
use super::spanish::fold;
use crate::import::ImportError;

/// What descriptions say, folded, and the name of the salt in `salts.csv`. The first that is said
/// with an amount counts.
const NAMES: [(&str, &str); 11] = [
    (
        "SULFATO DE MORFINA PENTAHIDRATAD[AO]?",
        "sulfate pentahydrate",
    ),
    ("SULFATO DE MORFINA", "sulfate pentahydrate"),
    ("SULFATO", "sulfate"),
    ("CLORHIDRATO DE MORFINA", "hydrochloride trihydrate"),
    ("CLORHIDRATO DE HIDROXIZINA", "dihydrochloride"),
    ("CLORHIDRATO", "hydrochloride"),
    ("MALEATO", "maleate"),
    ("TARTRATO", "tartrate"),
    ("CITRATO", "citrate"),
    ("VALPROATO DE MAGNESIO", "magnesium"),
    ("TIOPENTAL SODICO", "sodium"),
];
const AMOUNT: &str = r"\w*(?<before>[^.\d]{0,40}?)\d[\d.,]*\s*M?G(?<after>.{0,25})";

/// The rules for salts.
#[derive(Debug)]
pub(super) struct Salts {
    equivalent: Pattern,
}

impl Salts {
    pub(super) fn new() -> Result<Self, ImportError> {
        let equivalent = Pattern::new(r"^\W*EQUIVALENTE")?;
        Ok(Self { equivalent })
    }

    /// The salt of `ingredient` in which the amount is stated; `None` for the base.
    pub(super) fn of(
        &self,
        ingredient: &str,
        description: &str,
    ) -> Result<Option<String>, ImportError> {
        let text = fold(description);
        let stem = match ingredient {
            "ACIDO VALPROICO" => "VALPR",
            _ => ingredient.split(' ').next().unwrap_or(ingredient),
        };
        for (words, salt) in NAMES {
            let named = if words.contains(stem) {
                words.to_owned()
            } else {
                format!("{words} DE {stem}")
            };
            let said = Pattern::new(&format!("{named}{AMOUNT}"))?;
            let Some(found) = said.find(&text)? else {
                continue;
            };
            let before = group(&found, "before").unwrap_or_default();
            let after = group(&found, "after").unwrap_or_default();
            let base = before.contains("EQUIVALENTE") || self.equivalent.is_in(after)?;
            return Ok((!base).then(|| salt.to_owned()));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salt(ingredient: &str, description: &str) -> Option<String> {
        Salts::new().unwrap().of(ingredient, description).unwrap()
    }

    #[test]
    fn the_salt_before_the_amount_counts() {
        let text = "Cada tableta contiene: Clorhidrato de Tramadol 37.5 mg. Paracetamol 325.0 mg.";
        assert_eq!(salt("TRAMADOL", text).as_deref(), Some("hydrochloride"));
        assert_eq!(salt("PARACETAMOL", text), None);
        let text = "Sulfato de morfina Pentahidratada 2.5 mg.";
        assert_eq!(
            salt("MORFINA", text).as_deref(),
            Some("sulfate pentahydrate")
        );
    }

    #[test]
    fn an_equivalence_states_the_base() {
        let text = "Citrato de fentanilo equivalente a 0.5 mg de fentanilo.";
        assert_eq!(salt("FENTANILO", text), None);
        let text = "Citrato de Fentanilo 0.157 mg equivalente a 0.100 mg Fentanilo";
        assert_eq!(salt("FENTANILO", text), None);
    }
}
