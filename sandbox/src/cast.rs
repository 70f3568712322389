//! The people and places of the sandbox. The people are invented, and their CURPs with them; the
//! establishments are of the public register (CLUES, Hidalgo, January 2025), and none of them has
//! anything to do with this project.

use anyhow::{Context, Result};
use jiff::civil::{Date, date};
use mpi::{BirthState, Curp, PersonName, Sex, curp_prefix};

/// Centro de Salud Actopan: where both prescribers work.
pub const EHR_CLUES: &str = "HGIMB000163";
/// Boxtha: where only the second one works.
pub const OTHER_EHR_CLUES: &str = "HGIMB000180";
/// CLUES and sanitary licence of the first pharmacy.
pub const PHARMACY_1: (&str, &str) = ("HGIMB000064", "LS-HGO-0417");
/// CLUES and sanitary licence of the second pharmacy.
pub const PHARMACY_2: (&str, &str) = ("HGIMB000262", "LS-HGO-0981");
/// A pharmacy without a licence.
pub const UNLICENSED_PHARMACY_CLUES: &str = "HGIMB000245";

/// Folios of the special recetario that the authority delivered to the first prescriber.
pub const SPECIAL_FOLIOS: [&str; 4] = [
    "HGO-2026-0000137",
    "HGO-2026-0000138",
    "HGO-2026-0000139",
    "HGO-2026-0000140",
];

/// A cédula that nobody enrolled.
pub const UNKNOWN_CEDULA: &str = "1357911";

/// An invented person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Name.
    pub name: PersonName,
    /// Birth date.
    pub birth_date: Date,
    /// Sex.
    pub sex: Sex,
    /// A CURP that fits name, date and sex.
    pub curp: Curp,
}

impl Person {
    /// Invents a person born in Hidalgo: `names` are given names, first and second surname.
    ///
    /// # Errors
    /// A name without letters, or a birth date outside the years that a CURP can write.
    pub fn new(names: [&str; 3], birth_date: Date, sex: Sex) -> Result<Self> {
        let [given, first, second] = names;
        let name = PersonName::new(given, first, Some(second))?;
        let hidalgo = BirthState::from_code("HG").context("Hidalgo is a state")?;
        // The last homonym: whoever has this name and birthday is unlikely to have that one.
        let homonym = if birth_date.year() < 2000 { 9 } else { 25 };
        let curp = curp_prefix(&name, birth_date, sex, hidalgo).fictitious(homonym)?;
        Ok(Self {
            name,
            birth_date,
            sex,
            curp,
        })
    }

    /// One of many people: the `number`-th, always the same.
    ///
    /// # Errors
    /// None for any number, in practice.
    pub fn numbered(number: u64) -> Result<Self> {
        const GIVEN: [&str; 8] = [
            "Rosa", "Julián", "Marisol", "Efraín", "Lucía", "Tomás", "Beatriz", "Gael",
        ];
        const SURNAMES: [&str; 11] = [
            "Olvera", "Pacheco", "Zamora", "Islas", "Vargas", "Trejo", "Ángeles", "Monroy",
            "Cerón", "Lugo", "Barrera",
        ];
        let pick = |list: &[&'static str], by: u64| {
            let place = usize::try_from(number / by).unwrap_or(0) % list.len();
            list[place]
        };
        let given_at = usize::try_from(number % 8).unwrap_or(0);
        let sex = if given_at % 2 == 0 {
            Sex::Woman
        } else {
            Sex::Man
        };
        let days = i64::try_from((number / 968) % 20_000)?;
        let birth_date = date(1940, 1, 1).checked_add(jiff::Span::new().days(days))?;
        Self::new(
            [GIVEN[given_at], pick(&SURNAMES, 8), pick(&SURNAMES, 88)],
            birth_date,
            sex,
        )
    }

    /// Given names and both surnames.
    #[must_use]
    pub fn full_name(&self) -> String {
        let second = self.name.second_surname().unwrap_or_default();
        format!(
            "{} {} {second}",
            self.name.given(),
            self.name.first_surname()
        )
        .trim()
        .to_owned()
    }
}

/// An invented prescriber.
#[derive(Debug, Clone)]
pub struct Prescriber {
    /// Who.
    pub person: Person,
    /// Cédula profesional.
    pub cedula: &'static str,
    /// "Dra." or "Dr.".
    pub title: &'static str,
    /// Where the prescriber works.
    pub establishments: &'static [&'static str],
}

impl Prescriber {
    /// Title and name.
    #[must_use]
    pub fn display(&self) -> String {
        format!("{} {}", self.title, self.person.full_name())
    }
}

/// The two prescribers.
///
/// # Errors
/// None, in practice.
pub fn prescribers() -> Result<[Prescriber; 2]> {
    Ok([
        Prescriber {
            person: Person::new(
                ["Teresa", "Mendoza", "Rivas"],
                date(1979, 8, 21),
                Sex::Woman,
            )?,
            cedula: "7654321",
            title: "Dra.",
            establishments: &[EHR_CLUES],
        },
        Prescriber {
            person: Person::new(["Andrés", "Güereña", "Muñoz"], date(1968, 2, 3), Sex::Man)?,
            cedula: "4321987",
            title: "Dr.",
            establishments: &[EHR_CLUES, OTHER_EHR_CLUES],
        },
    ])
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_places_are_in_the_register_and_open() {
        let catalog = cofepris::Catalog::embedded().unwrap();
        let pharmacies = [PHARMACY_1.0, PHARMACY_2.0, UNLICENSED_PHARMACY_CLUES];
        for clues in [EHR_CLUES, OTHER_EHR_CLUES].into_iter().chain(pharmacies) {
            let place = catalog.establishment(&clues.parse().unwrap()).unwrap();
            assert!(place.is_operating(), "{clues}");
        }
    }

    #[test]
    fn numbered_people_are_different_people() {
        let curps: HashSet<String> = (0..3000)
            .map(|n| Person::numbered(n).unwrap().curp.as_str().to_owned())
            .collect();
        assert!(curps.len() > 2990, "{}", curps.len());
        let again = Person::numbered(77).unwrap();
        assert_eq!(
            again.curp.as_str(),
            Person::numbered(77).unwrap().curp.as_str()
        );
        Person::numbered(u64::MAX).unwrap();
    }

    #[test]
    fn identifiers_have_their_shapes() {
        for prescriber in prescribers().unwrap() {
            prescriber.cedula.parse::<prescription::Cedula>().unwrap();
        }
        UNKNOWN_CEDULA.parse::<prescription::Cedula>().unwrap();
        for folio in SPECIAL_FOLIOS {
            folio.parse::<prescription::SpecialFolio>().unwrap();
        }
    }
}
