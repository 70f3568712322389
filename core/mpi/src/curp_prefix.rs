//! The first 16 characters of a CURP, as RENAPO forms them from a birth certificate.
//!
//! Used to notice that a declared name does not agree with a CURP, and to make fictitious CURPs
//! for tests and the sandbox. A CURP is never assigned to a real person here (NOM-024-SSA3-2012).
//! Source of the rules: RENAPO, Instructivo Normativo para la Asignación de la CURP.

use std::fmt;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::birth_state::BirthState;
use crate::check_digit::expected_check_digit;
use crate::curp::{Curp, CurpError};
use crate::normalise::{is_particle, repair_encoding};
use crate::person_name::PersonName;
use crate::sex::Sex;

const INCONVENIENT_WORDS: &str = include_str!("../data/inconvenient_words.csv");

/// Stands for a hyphen, slash, point or apostrophe inside a name: RENAPO writes X for it.
const SPECIAL: char = '/';

/// Characters 1 to 16 of a CURP. Personal data: `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct CurpPrefix {
    text: String,
    birth_date: Date,
}

/// Forms characters 1 to 16 from what a birth certificate says.
#[must_use]
pub fn curp_prefix(
    name: &PersonName,
    birth_date: Date,
    sex: Sex,
    birth_state: BirthState,
) -> CurpPrefix {
    let letters = NameLetters::of(name);
    let text = format!(
        "{}{:02}{:02}{:02}{}{}{}",
        letters.initials,
        birth_date.year().rem_euclid(100),
        birth_date.month(),
        birth_date.day(),
        sex.letter(),
        birth_state.code(),
        letters.consonants,
    );
    CurpPrefix { text, birth_date }
}

impl CurpPrefix {
    /// The 16 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Completes the prefix to a CURP of an invented person, for tests and the sandbox; `homonym`
    /// counts people with the same prefix from 0.
    ///
    /// # Errors
    /// [`CurpError::Differentiator`] when the homonyms run out (10 to 1999, 26 from 2000),
    /// [`CurpError::BirthDate`] outside 1900 to 2099.
    pub fn fictitious(&self, homonym: u8) -> Result<Curp, CurpError> {
        let (first, last) = if self.birth_date.year() < 2000 {
            (b'0', b'9')
        } else {
            (b'A', b'Z')
        };
        let differentiator = first
            .checked_add(homonym)
            .filter(|character| *character <= last)
            .ok_or(CurpError::Differentiator)?;
        let first_17 = format!("{}{}", self.text, char::from(differentiator));
        let digit = expected_check_digit(&first_17).ok_or(CurpError::CheckDigit)?;
        let curp: Curp = format!("{first_17}{digit}").parse()?;
        if curp.birth_date() == self.birth_date {
            Ok(curp)
        } else {
            Err(CurpError::BirthDate)
        }
    }
}

impl fmt::Debug for CurpPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CurpPrefix(redacted)")
    }
}

/// What a CURP takes from the name: characters 1 to 4 and 14 to 16.
#[derive(PartialEq, Eq)]
pub(crate) struct NameLetters {
    initials: String,
    consonants: String,
}

impl NameLetters {
    pub(crate) fn of(name: &PersonName) -> Self {
        let first = significant_word(name.first_surname(), false);
        let second = name
            .second_surname()
            .map(|text| significant_word(text, false));
        let second = second.unwrap_or_default();
        let given = significant_word(name.given(), true);
        let initials = [
            initial(&first),
            internal_vowel(&first),
            initial(&second),
            initial(&given),
        ];
        let consonants = [&first, &second, &given].map(|word| internal_consonant(word));
        Self {
            initials: without_inconvenience(String::from_iter(initials)),
            consonants: String::from_iter(consonants),
        }
    }

    /// True when the CURP carries these letters.
    pub(crate) fn agree_with(&self, curp: &Curp) -> bool {
        curp.as_str()[..4] == self.initials && curp.as_str()[13..16] == self.consonants
    }
}

/// The word of a name that counts: a leading MARÍA or JOSÉ of a compound given name is skipped,
/// then leading particles.
fn significant_word(text: &str, is_given: bool) -> Vec<char> {
    let capitals = curp_letters(text);
    let mut words: &[&str] = &capitals
        .split_whitespace()
        .map(|word| word.trim_end_matches(SPECIAL))
        .collect::<Vec<_>>();
    if let [first, rest @ ..] = words
        && is_given
        && !rest.is_empty()
        && matches!(*first, "MARIA" | "MA" | "JOSE" | "J")
    {
        words = rest;
    }
    while let [first, rest @ ..] = words
        && !rest.is_empty()
        && is_particle(first)
    {
        words = rest;
    }
    words
        .first()
        .map(|word| word.chars().collect())
        .unwrap_or_default()
}

/// Capitals without accents; `Ñ` stays, punctuation becomes [`SPECIAL`].
fn curp_letters(text: &str) -> String {
    let repaired: String = repair_encoding(text)
        .nfc()
        .flat_map(char::to_uppercase)
        .collect();
    let mut letters = String::with_capacity(repaired.len());
    for character in repaired.chars() {
        match character {
            'Ñ' => letters.push('Ñ'),
            '-' | '/' | '.' | '\'' | '’' => letters.push(SPECIAL),
            space if space.is_whitespace() => letters.push(' '),
            other => letters.extend(
                std::iter::once(other)
                    .nfkd()
                    .filter(|c| !is_combining_mark(*c)),
            ),
        }
    }
    letters
}

fn letter_or_x(character: Option<&char>) -> char {
    character
        .copied()
        .filter(char::is_ascii_uppercase)
        .unwrap_or('X')
}

fn is_vowel(character: char) -> bool {
    matches!(character, 'A' | 'E' | 'I' | 'O' | 'U')
}

fn initial(word: &[char]) -> char {
    letter_or_x(word.first())
}

fn internal_vowel(word: &[char]) -> char {
    letter_or_x(
        word.iter()
            .skip(1)
            .find(|c| is_vowel(**c) || **c == SPECIAL),
    )
}

fn internal_consonant(word: &[char]) -> char {
    letter_or_x(word.iter().skip(1).find(|c| !is_vowel(**c)))
}

fn without_inconvenience(initials: String) -> String {
    INCONVENIENT_WORDS
        .lines()
        .filter_map(|line| line.split_once(','))
        .find(|(word, _)| *word == initials)
        .map_or(initials, |(_, replacement)| replacement.to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn letters(given: &str, first: &str, second: &str) -> String {
        let name = PersonName::new(given, first, Some(second)).unwrap();
        let state = BirthState::from_code("DF").unwrap();
        let prefix = curp_prefix(&name, date(1956, 6, 26), Sex::Woman, state);
        assert_eq!(&prefix.as_str()[4..13], "560626MDF");
        format!("{} {}", &prefix.as_str()[..4], &prefix.as_str()[13..])
    }

    #[test]
    fn renapos_own_example() {
        assert_eq!(letters("Concepción", "Salgado", "Briseño"), "SABC LRN");
    }

    #[test]
    fn compound_names_skip_maria_and_jose() {
        assert_eq!(letters("María Luisa", "Pérez", "Hernández"), "PEHL RRS");
        assert_eq!(
            letters("Ma. de los Ángeles", "Moreno", "Sánchez"),
            "MOSA RNN"
        );
        assert_eq!(letters("J. Jesús", "Pérez", "Ruiz"), "PERJ RZS");
        assert_eq!(letters("María", "Pérez", "Ruiz"), "PERM RZR");
        // Only the first word is skipped.
        assert_eq!(letters("José María", "Pérez", "Ruiz"), "PERM RZR");
    }

    #[test]
    fn particles_missing_letters_and_special_characters() {
        assert_eq!(letters("Carlos", "de la Cruz", "Mac Gregor"), "CUGC RRR");
        assert_eq!(letters("Luis", "Pérez", ""), "PEXL RXS");
        assert_eq!(letters("Luis", "de la O", "Ek"), "OXEL XKS");
        assert_eq!(letters("Rocío", "D/Amico", "Álvarez"), "DXAR XLC");
        assert_eq!(letters("Andrés", "Ñando", "Muñoz"), "XAMA NXN");
        assert_eq!(letters("Andrés", "Güereña", "MU%OZ"), "GUMA RXN");
    }

    #[test]
    fn inconvenient_words_lose_their_second_letter() {
        assert_eq!(letters("Ofelia", "Pérez", "Díaz"), "PXDO RZF");
        let rows: Vec<_> = INCONVENIENT_WORDS
            .lines()
            .filter(|line| !line.starts_with('#'))
            .skip(1)
            .collect();
        assert_eq!(rows.len(), 81);
        for row in rows {
            let (word, replacement) = row.split_once(',').unwrap();
            assert_eq!(format!("{}X{}", &word[..1], &word[2..]), replacement);
        }
    }

    #[test]
    fn fictitious_curps_parse_and_homonyms_differ() {
        let name = PersonName::new("Luz", "Nuñez", Some("Ríos")).unwrap();
        let state = BirthState::from_code("NE").unwrap();
        for (birth, homonyms) in [(date(1999, 12, 31), 10), (date(2000, 1, 1), 26)] {
            let prefix = curp_prefix(&name, birth, Sex::NonBinary, state);
            let curps: Vec<_> = (0..homonyms)
                .map(|n| prefix.fictitious(n).unwrap())
                .collect();
            assert!(curps.iter().all(|curp| curp.birth_date() == birth));
            assert!(curps[1..].iter().all(|curp| curp.is_homonym_of(&curps[0])));
            assert_eq!(prefix.fictitious(homonyms), Err(CurpError::Differentiator));
        }
        let old = curp_prefix(&name, date(1899, 1, 1), Sex::Woman, state);
        assert_eq!(old.fictitious(0), Err(CurpError::BirthDate));
    }
}
