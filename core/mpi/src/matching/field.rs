//! The fields of a record, prepared for comparison, and how well two of them agree.

use jiff::civil::Date;

use super::similarity::{BasisPoints, similarity};
use super::weights::weight;
use crate::birth_state::BirthState;
use crate::curp::Curp;
use crate::demographics::Demographics;
use crate::normalise;
use crate::sex::Sex;

/// From this similarity on, two names may be one name mistyped: of random pairs of Mexican
/// surnames only 1 in 900 gets there, of given names 1 in 250.
const CLOSE: BasisPoints = BasisPoints::new(8_800);

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Given names.
    GivenNames,
    /// First surname.
    FirstSurname,
    /// Second surname.
    SecondSurname,
    /// Birth date.
    BirthDate,
    /// Sex.
    Sex,
    /// Entity of birth.
    BirthState,
    /// Postal code of the home.
    PostalCode,
}

impl Field {
    /// Every field, in the order evidence is listed.
    pub const ALL: [Self; 7] = [
        Self::GivenNames,
        Self::FirstSurname,
        Self::SecondSurname,
        Self::BirthDate,
        Self::Sex,
        Self::BirthState,
        Self::PostalCode,
    ];

    /// What the reviewer reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::GivenNames => "Nombre",
            Self::FirstSurname => "Primer apellido",
            Self::SecondSurname => "Segundo apellido",
            Self::BirthDate => "Fecha de nacimiento",
            Self::Sex => "Sexo",
            Self::BirthState => "Entidad de nacimiento",
            Self::PostalCode => "Código postal",
        }
    }
}

/// How well a field agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Equal after normalisation.
    Exact,
    /// Likely the same, mistyped.
    Close,
    /// A name was left out, or stands in another name's field.
    Partial,
    /// Another value.
    Differs,
    /// One of the records does not say.
    Missing,
}

impl Level {
    /// What the reviewer reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Exact => "coincide",
            Self::Close => "se parece",
            Self::Partial => "coincide en parte, o está en otro campo",
            Self::Differs => "difiere",
            Self::Missing => "falta en un registro",
        }
    }
}

/// One field's part in the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldEvidence {
    /// Which field.
    pub field: Field,
    /// How well it agrees.
    pub level: Level,
    /// Its weight, in hundredths of a bit.
    pub weight: i32,
}

/// A person's data, normalised once, so that it can be compared with many. Personal data: no
/// `Debug`.
#[derive(Clone)]
pub struct MatchRecord {
    curp: Option<Curp>,
    pub(super) given: Words,
    pub(super) first_surname: Words,
    pub(super) second_surname: Words,
    pub(super) birth_date: Option<Date>,
    sex: Option<Sex>,
    birth_state: Option<BirthState>,
    postal_code: Option<String>,
}

impl MatchRecord {
    /// Prepares a person's data. A CURP supplies what was not declared.
    #[must_use]
    pub fn new(demographics: &Demographics, curp: Option<&Curp>) -> Self {
        let name = &demographics.name;
        Self {
            given: Words::new(&normalise::given_names(name.given())),
            first_surname: Words::new(&normalise::surname(name.first_surname())),
            second_surname: Words::new(
                &name
                    .second_surname()
                    .map(normalise::surname)
                    .unwrap_or_default(),
            ),
            birth_date: demographics.birth_date.or(curp.map(Curp::birth_date)),
            sex: demographics.sex.or(curp.map(Curp::sex)),
            birth_state: demographics.birth_state.or(curp.map(Curp::birth_state)),
            postal_code: demographics.postal_code.clone(),
            curp: curp.cloned(),
        }
    }

    pub(super) fn curp(&self) -> Option<&Curp> {
        self.curp.as_ref()
    }
}

/// A normalised name.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) text: String,
    /// The text without a leading MARIA or JOSE: what tells María Luisa from María Elena.
    distinctive: String,
}

impl Words {
    fn new(words: &[String]) -> Self {
        let compound = matches!(words.first().map(String::as_str), Some("MARIA" | "JOSE"));
        let skip = usize::from(compound && words.len() > 1);
        Self {
            text: words.join(" "),
            distinctive: words[skip..].join(" "),
        }
    }

    fn contains_all_of(&self, other: &Self) -> bool {
        other
            .text
            .split(' ')
            .all(|word| self.text.split(' ').any(|own| own == word))
    }

    fn level(&self, other: &Self) -> Level {
        if self.text.is_empty() || other.text.is_empty() {
            Level::Missing
        } else if self == other {
            Level::Exact
        } else if similarity(&self.distinctive, &other.distinctive) >= CLOSE {
            Level::Close
        } else if self.contains_all_of(other) || other.contains_all_of(self) {
            Level::Partial
        } else {
            Level::Differs
        }
    }
}

/// The evidence of every field, in the order of [`Field::ALL`].
pub(super) fn evidence(a: &MatchRecord, b: &MatchRecord) -> Vec<FieldEvidence> {
    let mut given = a.given.level(&b.given);
    let mut first = a.first_surname.level(&b.first_surname);
    let mut second = a.second_surname.level(&b.second_surname);
    // Both surnames exchanged, or given name and surname typed into each other's field.
    if first == Level::Differs
        && second == Level::Differs
        && a.first_surname == b.second_surname
        && a.second_surname == b.first_surname
    {
        (first, second) = (Level::Partial, Level::Partial);
    }
    if given == Level::Differs
        && first == Level::Differs
        && a.given.text == b.first_surname.text
        && a.first_surname.text == b.given.text
    {
        (given, first) = (Level::Partial, Level::Partial);
    }
    let levels = [
        given,
        first,
        second,
        a.birth_date
            .zip(b.birth_date)
            .map_or(Level::Missing, |(a, b)| date_level(a, b)),
        sex_level(a.sex, b.sex),
        equality(a.birth_state, b.birth_state),
        equality(a.postal_code.as_deref(), b.postal_code.as_deref()),
    ];
    Field::ALL
        .into_iter()
        .zip(levels)
        .map(|(field, level)| FieldEvidence {
            field,
            level,
            weight: weight(field, level),
        })
        .collect()
}

fn equality<T: PartialEq>(a: Option<T>, b: Option<T>) -> Level {
    match a.zip(b) {
        None => Level::Missing,
        Some((a, b)) if a == b => Level::Exact,
        Some(_) => Level::Differs,
    }
}

/// Somebody registered as X since 2023 was H or M before: X against H or M says nothing.
fn sex_level(a: Option<Sex>, b: Option<Sex>) -> Level {
    let changed_marker = a != b && (a == Some(Sex::NonBinary) || b == Some(Sex::NonBinary));
    if changed_marker {
        Level::Missing
    } else {
        equality(a, b)
    }
}

/// Close: day and month exchanged, or one of year, month and day mistaken.
fn date_level(a: Date, b: Date) -> Level {
    if a == b {
        return Level::Exact;
    }
    let same_year = a.year() == b.year();
    let exchanged = same_year && a.month() == b.day() && a.day() == b.month();
    let alike = [same_year, a.month() == b.month(), a.day() == b.day()];
    let one_differs = alike.iter().filter(|alike| **alike).count() == 2;
    if exchanged || one_differs {
        Level::Close
    } else {
        Level::Differs
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn words(text: &str) -> Words {
        Words::new(&normalise::given_names(text))
    }

    #[test]
    fn given_names_are_told_apart_by_what_follows_maria() {
        assert_eq!(
            words("Ma. Guadalupe").level(&words("MARIA GUADALUPE")),
            Level::Exact
        );
        assert_eq!(
            words("María Luisa").level(&words("María Elena")),
            Level::Differs
        );
        assert_eq!(
            words("Guadalupe").level(&words("María Guadalupe")),
            Level::Close
        );
        assert_eq!(words("Guadalupe").level(&words("Guadalupr")), Level::Close);
        assert_eq!(words("Juan").level(&words("Julio")), Level::Differs);
    }

    #[test]
    fn dates_with_one_mistake_are_close() {
        let day = date(1980, 3, 4);
        assert_eq!(date_level(day, day), Level::Exact);
        assert_eq!(date_level(day, date(1980, 4, 3)), Level::Close);
        assert_eq!(date_level(day, date(1990, 3, 4)), Level::Close);
        assert_eq!(date_level(day, date(1990, 3, 5)), Level::Differs);
    }

    #[test]
    fn a_changed_marker_of_sex_is_no_contradiction() {
        assert_eq!(
            sex_level(Some(Sex::Man), Some(Sex::NonBinary)),
            Level::Missing
        );
        assert_eq!(sex_level(Some(Sex::Man), Some(Sex::Woman)), Level::Differs);
        assert_eq!(sex_level(Some(Sex::Man), None), Level::Missing);
    }
}
