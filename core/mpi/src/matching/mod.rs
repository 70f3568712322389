//! May two records be the same person? Fellegi and Sunter's sum of evidence, with Jaro-Winkler
//! similarity for names and the CURP's own rules on top.
//!
//! Each field that agrees or disagrees adds a weight, `log2(m/u)`: how much more often this is
//! seen between two records of one person than between two people. The sum is compared with
//! thresholds that depend on how many people the register holds. Weights are integers, in
//! hundredths of a bit, so that every machine decides alike.
//!
//! What this does *not* do: merge anybody. The national guide wants a person to look at what is
//! likely but not certain; [`Match::Review`] carries what they need to see.

mod blocking;
#[cfg(test)]
mod febrl;
mod field;
mod similarity;
mod weights;

pub use blocking::{BlockingKey, blocking_keys};
pub use field::{Field, FieldEvidence, Level, MatchRecord};
pub use similarity::{BasisPoints, similarity};
pub use weights::Thresholds;

use field::evidence;

/// The answer, each with the reasons a reviewer reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// The same person, with less than one error in a thousand.
    Same(Explanation),
    /// Somebody must look.
    Review(Explanation),
    /// Two people, as far as these records tell.
    Different(Explanation),
}

impl Match {
    /// The reasons, whatever the answer.
    #[must_use]
    pub fn explanation(&self) -> &Explanation {
        match self {
            Self::Same(why) | Self::Review(why) | Self::Different(why) => why,
        }
    }
}

/// Why a pair was judged as it was. Holds no value of any field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The rule that decided.
    pub rule: Rule,
    /// One entry per field, in the order of [`Field`].
    pub fields: Vec<FieldEvidence>,
    /// Sum of the weights, in hundredths of a bit.
    pub total: i32,
}

/// The rule that decided a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Both carry the same CURP and the names agree.
    SameCurp,
    /// Both carry the same CURP, but no part of the name agrees: somebody uses another's CURP, or
    /// a record was mixed up.
    SharedCurp,
    /// The CURPs differ in the differentiator alone: homonyms or twins.
    Homonym,
    /// Two valid CURPs, yet everything else agrees: RENAPO may have given one person two.
    TwoCurps,
    /// The sum would suffice, but a field that identifies (second surname, given names, birth
    /// date, sex) does not agree exactly: relatives look like this.
    IdentifyingFieldDiffers,
    /// The sum of the weights alone.
    Score,
}

impl Rule {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SameCurp => "same-curp",
            Self::SharedCurp => "shared-curp",
            Self::Homonym => "homonym",
            Self::TwoCurps => "two-curps",
            Self::IdentifyingFieldDiffers => "identifying-field-differs",
            Self::Score => "score",
        }
    }

    /// What the reviewer reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::SameCurp => "Ambos registros tienen la misma CURP.",
            Self::SharedCurp => {
                "Ambos registros tienen la misma CURP, pero los nombres no coinciden."
            }
            Self::Homonym => {
                "Las CURP sólo difieren en la homoclave: son homónimos o gemelos, no un error de \
                 captura."
            }
            Self::TwoCurps => "Los datos coinciden, pero cada registro tiene otra CURP válida.",
            Self::IdentifyingFieldDiffers => {
                "Los datos se parecen, pero difiere uno que identifica a la persona; así se ven \
                 los familiares."
            }
            Self::Score => "Resultado de la suma de coincidencias y diferencias.",
        }
    }
}

/// Judges a pair. Symmetric: the order of the two records does not matter.
#[must_use]
pub fn compare(a: &MatchRecord, b: &MatchRecord, thresholds: Thresholds) -> Match {
    let fields = evidence(a, b);
    let total = fields.iter().map(|field| field.weight).sum();
    let why = |rule| Explanation {
        rule,
        fields: fields.clone(),
        total,
    };
    let reaches_review = total >= thresholds.review;

    if let (Some(first), Some(second)) = (a.curp(), b.curp()) {
        return if first == second {
            let stranger = [Field::GivenNames, Field::FirstSurname]
                .iter()
                .all(|name| level_of(&fields, *name) == Level::Differs);
            if stranger {
                Match::Review(why(Rule::SharedCurp))
            } else {
                Match::Same(why(Rule::SameCurp))
            }
        } else if first.is_homonym_of(second) {
            Match::Different(why(Rule::Homonym))
        } else if reaches_review {
            Match::Review(why(Rule::TwoCurps))
        } else {
            Match::Different(why(Rule::Score))
        };
    }
    if !reaches_review {
        Match::Different(why(Rule::Score))
    } else if total < thresholds.same {
        Match::Review(why(Rule::Score))
    } else if identifies(&fields) {
        Match::Same(why(Rule::Score))
    } else {
        Match::Review(why(Rule::IdentifyingFieldDiffers))
    }
}

fn level_of(fields: &[FieldEvidence], wanted: Field) -> Level {
    fields
        .iter()
        .find(|field| field.field == wanted)
        .map_or(Level::Missing, |field| field.level)
}

/// False matches are mostly relatives: they share surnames, home and state. So the fields that
/// tell relatives apart must agree, however high the sum, and surnames must stand in their place.
fn identifies(fields: &[FieldEvidence]) -> bool {
    let surname_stands =
        |field| !matches!(level_of(fields, field), Level::Differs | Level::Partial);
    level_of(fields, Field::BirthDate) == Level::Exact
        && level_of(fields, Field::GivenNames) != Level::Differs
        && level_of(fields, Field::Sex) != Level::Differs
        && surname_stands(Field::FirstSurname)
        && surname_stands(Field::SecondSurname)
}

#[cfg(test)]
mod tests;
