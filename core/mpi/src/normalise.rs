//! Names as they are compared: no accents, no damage, no abbreviations.
//!
//! Real Mexican registers hold `MA. DEL CARMEN`, `J JESUS` and a `Ñ` that some system could not
//! write (`MU%OZ`, `MU#OZ`, `MUÿOZ`).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a lost `Ñ` was seen to become in a sample of 2.3 million surnames, and in Windows-1252,
/// code page 850 and UTF-8 read wrongly.
const LOST_ENIE: [char; 10] = ['%', '#', '!', '?', 'ÿ', 'Ͽ', '¥', '¤', 'Ð', '\u{FFFD}'];

/// UTF-8 that was read as Windows-1252 or Latin-1.
const MOJIBAKE: [(&str, &str); 9] = [
    ("Ã‘", "Ñ"),
    ("Ã\u{91}", "Ñ"),
    ("Ã±", "ñ"),
    ("Ã¡", "á"),
    ("Ã©", "é"),
    ("Ã\u{AD}", "í"),
    ("Ã³", "ó"),
    ("Ãº", "ú"),
    ("Ã¼", "ü"),
];

/// Words that do not count as part of a name. Source: RENAPO, Instructivo Normativo CURP.
const PARTICLES: [&str; 19] = [
    "DA", "DAS", "DE", "DEL", "DER", "DI", "DIE", "DD", "EL", "LA", "LOS", "LAS", "LE", "LES",
    "MAC", "MC", "VAN", "VON", "Y",
];

/// True for a particle (`DE`, `LA`, `VON`…) in capitals.
pub(crate) fn is_particle(token: &str) -> bool {
    PARTICLES.contains(&token)
}

/// Puts back what an encoding error took, where it is recognisable: a stand-in for `Ñ` must be
/// between two letters.
pub(crate) fn repair_encoding(text: &str) -> String {
    let mut repaired = text.to_owned();
    for (damage, letter) in MOJIBAKE {
        if repaired.contains(damage) {
            repaired = repaired.replace(damage, letter);
        }
    }
    let characters: Vec<char> = repaired.chars().collect();
    let letter_at = |place: Option<usize>| {
        place
            .and_then(|place| characters.get(place))
            .is_some_and(|c| c.is_alphabetic())
    };
    characters
        .iter()
        .enumerate()
        .map(|(place, character)| {
            let enclosed = letter_at(place.checked_sub(1)) && letter_at(place.checked_add(1));
            if LOST_ENIE.contains(character) && enclosed {
                'Ñ'
            } else {
                *character
            }
        })
        .collect()
}

/// Capitals without accents; `Ñ` becomes `N`, apostrophes vanish, everything else that is not a
/// letter separates words.
pub(crate) fn fold(text: &str) -> Vec<String> {
    let letters: String = repair_encoding(text)
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '’' | '`' | '´'))
        .flat_map(char::to_uppercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    letters.split_whitespace().map(str::to_owned).collect()
}

/// Given names as compared: `MA` is `MARIA`, a leading `J` before another name is `JOSE`,
/// particles do not count.
pub(crate) fn given_names(text: &str) -> Vec<String> {
    let mut tokens = without_particles(fold(text));
    let compound = tokens.len() > 1;
    if let Some(first) = tokens.first_mut() {
        match first.as_str() {
            "MA" => "MARIA".clone_into(first),
            "J" if compound => "JOSE".clone_into(first),
            _ => {}
        }
    }
    tokens
}

/// A surname as compared: `DE LA CRUZ` and `CRUZ` are the same.
pub(crate) fn surname(text: &str) -> Vec<String> {
    without_particles(fold(text))
}

/// A name made of particles alone (`DA`, `LE`) keeps them.
fn without_particles(tokens: Vec<String>) -> Vec<String> {
    if tokens.iter().all(|token| is_particle(token)) {
        return tokens;
    }
    tokens
        .into_iter()
        .filter(|token| !is_particle(token))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn damaged_enie_reads_as_the_undamaged_name() {
        let undamaged = fold("Muñoz");
        assert_eq!(undamaged, ["MUNOZ"]);
        for damaged in [
            "MU%OZ",
            "MU#OZ",
            "MU!OZ",
            "MU?OZ",
            "MUÿOZ",
            "MUϿOZ",
            "MUÃ‘OZ",
            "mu\u{FFFD}oz",
        ] {
            assert_eq!(fold(damaged), undamaged, "{damaged}");
        }
    }

    #[test]
    fn a_stand_in_outside_a_word_is_no_letter() {
        assert_eq!(fold("LOPEZ ?"), ["LOPEZ"]);
        assert_eq!(fold("#12 LOPEZ"), ["12", "LOPEZ"]);
    }

    #[test]
    fn abbreviations_and_particles() {
        assert_eq!(given_names("Ma. del Carmen"), ["MARIA", "CARMEN"]);
        assert_eq!(given_names("MARÍA DEL CARMEN"), ["MARIA", "CARMEN"]);
        assert_eq!(given_names("J Jesús"), given_names("JOSE JESUS"));
        assert_eq!(given_names("J"), ["J"]);
        assert_eq!(surname("de la Cruz"), surname("CRUZ"));
        assert_eq!(surname("Le"), ["LE"]);
    }

    #[test]
    fn composed_and_decomposed_accents_are_equal() {
        assert_eq!(fold("Jose\u{301}"), fold("José"));
        assert_eq!(fold("O'Farril"), fold("OFARRIL"));
        assert_eq!(fold("  Pérez-Gil "), ["PEREZ", "GIL"]);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "[A-Za-zÁÉÍÓÚÑáéíóúñü%#?'. -]{0,30}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once.join(" ")), once);
        }
    }
}
