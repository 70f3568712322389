//! `WinAnsiEncoding` (ISO 32000-1, annex D.2): the 8-bit alphabet of the standard fonts.
//!
//! A name may come in any script and a dose with any sign. What the alphabet lacks is written with
//! what it has when the reader understands the same; else it becomes a visible `?`, never nothing:
//! a sign that vanishes from a dose changes the dose.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Codes 0x80 to 0x9F; the five that the encoding leaves empty are NUL here.
const FROM_0X80: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// Writes `text` in the alphabet of the standard fonts.
#[must_use]
pub fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.nfc() {
        match byte(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(substitute(character)),
        }
    }
    bytes
}

/// The code of a character that the alphabet has.
fn byte(character: char) -> Option<u8> {
    match character {
        // The soft hyphen would be drawn as a hyphen: it is left to `transliterate`.
        '\u{ad}' | '\0' => None,
        ' '..='~' | '\u{a0}'..='ÿ' => u8::try_from(u32::from(character)).ok(),
        _ => {
            let place = FROM_0X80.iter().position(|c| *c == character)?;
            u8::try_from(0x80 + place).ok()
        }
    }
}

/// The nearest writing of a character that the alphabet lacks: by the table, by taking off the
/// accents, or `?`.
fn substitute(character: char) -> Vec<u8> {
    if let Some(text) = transliterate(character) {
        return text.chars().filter_map(byte).collect();
    }
    let bare: Vec<u8> = std::iter::once(character)
        .nfd()
        .filter(|part| !is_combining_mark(*part))
        .map(|part| byte(part).unwrap_or(b'?'))
        .collect();
    if bare.is_empty() { vec![b'?'] } else { bare }
}

/// Signs that have a reading in the alphabet. Compatibility decompositions are *not* used: they
/// would read `10⁶` as 106 and `1⅓` as 11/3.
fn transliterate(character: char) -> Option<&'static str> {
    Some(match character {
        'μ' => "µ",
        'α' => "alfa",
        'β' => "beta",
        'γ' => "gamma",
        'δ' | 'Δ' => "delta",
        'ω' => "omega",
        '≤' | '⩽' => "<=",
        '≥' | '⩾' => ">=",
        '≈' => "~",
        '→' => "->",
        '−' | '‐' | '‑' | '‒' => "-",
        '―' => "—",
        '⁄' | '∕' => "/",
        '′' => "'",
        '″' => "\"",
        '⅓' => " 1/3",
        '⅔' => " 2/3",
        '⅛' => " 1/8",
        '⁰' => "^0",
        '⁴' => "^4",
        '⁵' => "^5",
        '⁶' => "^6",
        '⁷' => "^7",
        '⁸' => "^8",
        '⁹' => "^9",
        '㎎' => "mg",
        '㎍' => "µg",
        '㎖' => "mL",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ł' => "l",
        'Ł' => "L",
        'đ' => "d",
        'Đ' => "D",
        'ı' => "i",
        'ẞ' => "SS",
        '\t'
        | '\n'
        | '\r'
        | '\u{2000}'..='\u{2006}'
        | '\u{2008}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{205f}'
        | '\u{3000}' => " ",
        '\u{2007}' | '\u{202f}' => "\u{a0}",
        // No ink in any font: soft hyphen, joiners, writing direction, byte order mark.
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => "",
        _ => return None,
    })
}

/// The text that a viewer extracts from `bytes`.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            0x80..=0x9f => FROM_0X80[usize::from(byte - 0x80)],
            _ => char::from(*byte),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        decode(&encode(text))
    }

    #[test]
    fn spanish_is_written_whole() {
        let text = "ÁÉÍÓÚÜÑ áéíóúüñ ¿¡ § 25 µg/h ½ 38 °C 10² × ± «» — “”…® ™ €";
        assert_eq!(written(text), text);
        assert_eq!(encode("ñ—€"), [0xf1, 0x97, 0x80]);
    }

    #[test]
    fn loose_accents_are_composed_first() {
        assert_eq!(written("Nun\u{303}ez Jose\u{301}"), "Nuñez José");
    }

    #[test]
    fn what_is_lacking_is_written_with_what_there_is() {
        for (text, expected) in [
            ("25 μg", "25 µg"),
            ("dosis ≤ 4 mg", "dosis <= 4 mg"),
            ("10⁶ UI", "10^6 UI"),
            ("1⅓ tableta", "1 1/3 tableta"),
            ("interferón β", "interferón beta"),
            ("Dvořák Łukasz Kőszegi", "Dvorák Lukasz Koszegi"),
            ("−5 ‑ 3", "-5 - 3"),
            ("una\nlínea\taparte", "una línea aparte"),
            ("in\u{ad}visi\u{200b}ble\u{202e}", "invisible"),
            ("5\u{202f}mg", "5\u{a0}mg"),
        ] {
            assert_eq!(written(text), expected);
        }
    }

    #[test]
    fn what_has_no_reading_is_seen() {
        assert_eq!(written("王 5 mg 💊 \u{7}\u{301}"), "? 5 mg ? ??");
    }

    proptest! {
        #[test]
        fn every_text_can_be_written(text in "\\PC{0,40}") {
            // No control and no empty code reaches the page.
            for byte in encode(&text) {
                prop_assert!(byte >= 0x20 && byte != 0x7f, "{byte:#x}");
                prop_assert!(![0x81, 0x8d, 0x8f, 0x90, 0x9d, 0xad].contains(&byte));
            }
        }
    }
}
