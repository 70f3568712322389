//! Generic names, pharmaceutical forms and active ingredients.

use super::corrections::{
    BLANK_FORMS, DISPLAY_NAMES, FORMS_PLURAL, MISNAMED, ONE_INGREDIENT, SYNONYMS, WHOLE_NAMES,
};
use super::pattern::{Pattern, group};
use super::spanish::{Spelling, fold, one_line};
use crate::import::ImportError;

/// The value that a list of pairs has for a key.
pub(super) fn of<'p>(pairs: &[(&str, &'p str)], key: &str) -> Option<&'p str> {
    pairs
        .iter()
        .find(|(one, _)| *one == key)
        .map(|(_, value)| *value)
}

/// The name that a row should carry: the index's, or that of its own description.
pub(super) fn insumo<'r>(clave: &str, published: &'r str) -> &'r str {
    of(&MISNAMED, clave).unwrap_or(published)
}

/// The rules for names.
#[derive(Debug)]
pub(super) struct Names {
    aware: Pattern,
    inverted: Pattern,
    around_slash: Pattern,
    before_parenthesis: Pattern,
    space_closing: Pattern,
    from_parenthesis: Pattern,
    alternative: Pattern,
    between: Pattern,
    serum: Pattern,
}

impl Names {
    pub(super) fn new() -> Result<Self, ImportError> {
        Ok(Self {
            aware: Pattern::new(r"\s*\((?:Acceso|Vigilancia|Reserva)\)")?,
            inverted: Pattern::new(
                "^(?<base>[^,/()]+?),? (?<salt>BESILATO|BROMURO|CAPROATO|CLORURO|DINITRATO|\
                 DIPROPIONATO|MONONITRATO|SALES|SULFATO|VALERATO) DE$",
            )?,
            around_slash: Pattern::new(r"\s*/\s*")?,
            before_parenthesis: Pattern::new(r"(?<=\w)\(")?,
            space_closing: Pattern::new(r"\s+\)")?,
            from_parenthesis: Pattern::new(r"\s*\(.*$")?,
            alternative: Pattern::new(" [OÓ] (?=[A-Z])")?,
            between: Pattern::new(r"\s*[/,]\s*|\s+-\s+|(?<=[A-Z]{4})-(?=[A-Z]{4})|\s+[YE]\s+")?,
            serum: Pattern::new("^FABOTER.*(SOLUCI[OÓ]N INYECTABLE)$")?,
        })
    }

    /// Whether the publication remarks the name as an antibiotic of `AWaRe`.
    pub(super) fn is_remarked(&self, insumo: &str) -> Result<bool, ImportError> {
        self.aware.is_in(insumo)
    }

    /// The name as published, on one line and without the `AWaRe` remark.
    fn source(&self, insumo: &str) -> Result<String, ImportError> {
        Ok(one_line(&self.aware.replace(insumo, "")?))
    }

    /// `X, CLORURO DE` as `CLORURO DE X`.
    fn turned(&self, name: String) -> Result<String, ImportError> {
        let turned = self.inverted.find(&name)?.and_then(|found| {
            let (base, salt) = (group(&found, "base")?, group(&found, "salt")?);
            Some(format!("{salt} DE {base}"))
        });
        Ok(turned.unwrap_or(name))
    }

    /// Denominación genérica for display.
    pub(super) fn generic(&self, insumo: &str, spelling: &Spelling) -> Result<String, ImportError> {
        let name = self.source(insumo)?;
        if let Some(spelled) = of(&DISPLAY_NAMES, &name) {
            return Ok(spelled.to_owned());
        }
        let name = self.around_slash.replace(&self.turned(name)?, " / ")?;
        let name = if name.contains("F(AB") {
            name
        } else {
            self.before_parenthesis.replace(&name, " (")?
        };
        let name = self
            .space_closing
            .replace(&name, ")")?
            .replace(" - ", " / ");
        Ok(spelling
            .sentence_case(&name)?
            .replace("tosferina", "tos ferina"))
    }

    /// Folded active ingredients in the order of the name, without salts where these have names.
    pub(super) fn ingredients(&self, insumo: &str) -> Result<Vec<String>, ImportError> {
        let name = self.turned(fold(&self.source(insumo)?))?;
        if let Some(known) = of(&SYNONYMS, &name) {
            return Ok(known.split('|').map(str::to_owned).collect());
        }
        let whole = WHOLE_NAMES.iter().any(|start| name.starts_with(start));
        if whole || ONE_INGREDIENT.iter().any(|piece| name.contains(piece)) {
            return Ok(vec![name.trim_matches('.').to_owned()]);
        }
        let name = self.from_parenthesis.replace(&name, "")?;
        // Two names of one substance: the first counts.
        let name = self.alternative.before(&name)?;
        let mut found: Vec<String> = Vec::new();
        for part in self.between.split(name)? {
            let part = part.trim();
            let ingredient = of(&SYNONYMS, part).unwrap_or(part);
            if !part.is_empty() && !found.iter().any(|known| known == ingredient) {
                found.push(ingredient.to_owned());
            }
        }
        Ok(found)
    }

    /// Pharmaceutical form in sentence case; where the column is blank, from the description.
    pub(super) fn form(
        &self,
        forma: &str,
        description: &str,
        spelling: &Spelling,
    ) -> Result<String, ImportError> {
        if forma.is_empty() {
            let start = fold(description);
            let known = BLANK_FORMS
                .iter()
                .find(|(prefix, _)| start.starts_with(prefix));
            return Ok(known
                .map(|(_, form)| (*form).to_owned())
                .unwrap_or_default());
        }
        let form = self.serum.replace(forma, "$1")?;
        let text = spelling.sentence_case(&one_line(&form))?;
        Ok(of(&FORMS_PLURAL, &text).map(str::to_owned).unwrap_or(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ingredients(insumo: &str) -> Vec<String> {
        Names::new().unwrap().ingredients(insumo).unwrap()
    }

    #[test]
    fn salts_and_synonyms_join_their_base() {
        assert_eq!(ingredients("VALPROATO DE MAGNESIO"), ["ACIDO VALPROICO"]);
        assert_eq!(ingredients("ANFEBUTAMONA O BUPROPIÓN"), ["BUPROPION"]);
        assert_eq!(ingredients("SODIO, CLORURO DE"), ["CLORURO DE SODIO"]);
    }

    #[test]
    fn combinations_are_taken_apart() {
        let both = ["TRAMADOL", "PARACETAMOL"];
        assert_eq!(ingredients("TRAMADOL-PARACETAMOL"), both);
        assert_eq!(ingredients("TRAMADOL / PARACETAMOL (Acceso)"), both);
        assert_eq!(
            ingredients("LEVODOPA Y CARBIDOPA"),
            ["LEVODOPA", "CARBIDOPA"]
        );
    }
}
