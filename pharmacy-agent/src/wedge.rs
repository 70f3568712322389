//! What a keyboard-wedge scanner typed, whatever the layout of the computer.
//!
//! A scanner sends the keys of a keyboard of the United States; the computer reads them through its
//! own layout. The text of a QR has only letters and the digits 1 to 7, which are the same keys on
//! the Spanish and the Latin-American layouts. Elsewhere some keys say something else:
//!
//! | Layout | What differs |
//! |---|---|
//! | German, Swiss | Y and Z change places |
//! | French, Belgian | A and Q, W and Z change places; M is `,` or `?`; digits are `&é"'(-è` (Belgian `§`) |
//! | Turkish | i is `ı` |
//!
//! Y for Z cannot be seen in a text: both readings are offered, and the signature decides.

use signing::qr::text::{MAX_CHARS, PREFIX};

/// Most characters before the prefix: an AIM identifier (`]Q1`), STX, or what the scanner is set to.
const MAX_BEFORE: usize = 8;

/// Every text that the keys may mean, the likeliest first; none where no layout makes it a text of
/// ours, or it holds two different ones.
pub(crate) fn readings(typed: &str) -> impl Iterator<Item = String> {
    let keys: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .take(8 * MAX_CHARS)
        .collect();
    let layouts = [as_typed, german, french];
    let mut texts: Vec<String> = Vec::new();
    for layout in layouts {
        let read = only_one(&keys.chars().map(layout).collect::<String>());
        texts.extend(read.filter(|text| !texts.contains(text)));
    }
    texts.into_iter()
}

/// Whether an argument of the command line is what a scanner types.
pub(crate) fn is_typed(input: &str) -> bool {
    readings(input).next().is_some()
}

/// The text, without what stands before it, and once where the scanner sent it twice: `1` is in
/// no other place of a text than its prefix.
fn only_one(keys: &str) -> Option<String> {
    let start = keys.find(PREFIX)?;
    if keys[..start].chars().count() > MAX_BEFORE {
        return None;
    }
    let mut bodies = keys[start..].split(PREFIX).skip(1);
    let body = bodies.next()?;
    let is_ours = |c: char| c.is_ascii_uppercase() || ('2'..='7').contains(&c);
    let once = bodies.all(|other| other == body) && !body.is_empty() && body.chars().all(is_ours);
    once.then(|| format!("{PREFIX}{body}"))
}

/// Spanish, Latin-American, United States, and a Turkish i.
fn as_typed(key: char) -> char {
    match key {
        'ı' | 'İ' => 'I',
        other => other.to_ascii_uppercase(),
    }
}

fn german(key: char) -> char {
    match as_typed(key) {
        'Y' => 'Z',
        'Z' => 'Y',
        other => other,
    }
}

/// French and Belgian. With caps lock some systems give the capital of an accented letter, others
/// the digit.
fn french(key: char) -> char {
    match as_typed(key) {
        'A' => 'Q',
        'Q' => 'A',
        'W' => 'Z',
        'Z' => 'W',
        ',' | '?' => 'M',
        '&' => '1',
        'é' | 'É' => '2',
        '"' => '3',
        '\'' => '4',
        '(' => '5',
        '-' | '§' => '6',
        'è' | 'È' => '7',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Keys of a United States keyboard, row by row, and what other layouts print on them: written
    /// from the layouts' drawings, not from the code above.
    const KEYS: &str = "1234567qwertyuiopasdfghjklzxcvbnm";
    const LAYOUTS: [(&str, &str, &str); 7] = [
        (
            "Spanish",
            "1234567qwertyuiopasdfghjklzxcvbnm",
            "!\"·$%&/QWERTYUIOPASDFGHJKLZXCVBNM",
        ),
        (
            "Latin American",
            "1234567qwertyuiopasdfghjklzxcvbnm",
            "!\"#$%&/QWERTYUIOPASDFGHJKLZXCVBNM",
        ),
        (
            "United States",
            "1234567qwertyuiopasdfghjklzxcvbnm",
            "!@#$%^&QWERTYUIOPASDFGHJKLZXCVBNM",
        ),
        (
            "German",
            "1234567qwertzuiopasdfghjklyxcvbnm",
            "!\"§$%&/QWERTZUIOPASDFGHJKLYXCVBNM",
        ),
        (
            "French",
            "&é\"'(-èazertyuiopqsdfghjklwxcvbn,",
            "1234567AZERTYUIOPQSDFGHJKLWXCVBN?",
        ),
        (
            "Belgian",
            "&é\"'(§èazertyuiopqsdfghjklwxcvbn,",
            "1234567AZERTYUIOPQSDFGHJKLWXCVBN?",
        ),
        (
            "Turkish",
            "1234567qwertyuıopasdfghjklzxcvbnm",
            "!'^+%&/QWERTYUIOPASDFGHJKLZXCVBNM",
        ),
    ];

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Case {
        /// Shift is held for letters, as the scanner was told to.
        Shift,
        /// No shift: the scanner sends lower case.
        Lower,
        /// Caps lock is on and the scanner knows nothing: letters and accented letters are capitals.
        Caps,
        /// Caps lock is on and the scanner shifts letters: they come out small.
        CapsAndShift,
    }

    /// What arrives when a scanner types `text`.
    fn typed(text: &str, (_, plain, shifted): (&str, &str, &str), case: Case) -> String {
        let at = |keys: &str, place: usize| keys.chars().nth(place).unwrap();
        text.chars()
            .map(|wanted| {
                let place = KEYS
                    .chars()
                    .position(|key| key == wanted.to_ascii_lowercase())
                    .unwrap();
                let shift =
                    wanted.is_ascii_uppercase() && matches!(case, Case::Shift | Case::CapsAndShift);
                let key = if shift {
                    at(shifted, place)
                } else {
                    at(plain, place)
                };
                match case {
                    Case::Caps => key.to_uppercase().next().unwrap(),
                    Case::CapsAndShift => key.to_lowercase().next().unwrap(),
                    Case::Shift | Case::Lower => key,
                }
            })
            .collect()
    }

    const CASES: [Case; 4] = [Case::Shift, Case::Lower, Case::Caps, Case::CapsAndShift];
    const ALPHABET: &str = "RX1ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    #[test]
    fn the_whole_alphabet_survives_every_layout() {
        for layout in LAYOUTS {
            for case in CASES {
                for end in ["", "\r", "\r\n", "\t", "\n\n"] {
                    let keys = typed(ALPHABET, layout, case) + end;
                    let read = readings(&keys).any(|text| text == ALPHABET);
                    assert!(read, "{} {case:?}: {keys:?}", layout.0);
                }
            }
        }
    }

    #[test]
    fn spanish_is_read_at_once_and_nothing_else_is_tried_first() {
        for layout in &LAYOUTS[..3] {
            assert_eq!(
                readings(&typed(ALPHABET, *layout, Case::Lower))
                    .next()
                    .unwrap(),
                ALPHABET
            );
        }
    }

    #[test]
    fn prefixes_and_a_second_time_are_taken_away() {
        for keys in [
            "]Q1RX1MZXW6YTBOI",
            "\u{2}RX1MZXW6YTBOI\u{3}",
            "12RX1MZXW6YTBOI",
            "RX1MZXW6YTBOI\r\nRX1MZXW6YTBOI\r\n",
            "rx1mzxw6ytboirx1mzxw6ytboi",
        ] {
            assert_eq!(
                readings(keys).next().as_deref(),
                Some("RX1MZXW6YTBOI"),
                "{keys:?}"
            );
        }
    }

    #[test]
    fn what_is_not_one_text_is_none() {
        for keys in [
            "",
            "RX1",
            "RX2MZXW6YTBOI",
            "RX1MZXW6YTBOI RX1MZXW6YTBOJ",
            "https://example.org/RX1MZXW6",
            "RX1MZXW6YTBOI=",
            "./RX.png",
        ] {
            assert_eq!(readings(keys).next(), None, "{keys:?}");
        }
    }

    /// A key held too long repeats: the reading keeps the surplus, and the signature refuses it.
    #[test]
    fn autorepeat_is_not_guessed_away() {
        let read = readings("RX1MZXW6YTBOOOOOI").next();
        assert_eq!(read.as_deref(), Some("RX1MZXW6YTBOOOOOI"));
    }

    proptest! {
        #[test]
        fn any_text_survives_any_layout(body in "[A-Z2-7]{1,80}", layout in 0_usize..7, case in 0_usize..4) {
            let text = format!("RX1{body}");
            let keys = typed(&text, LAYOUTS[layout], CASES[case]);
            let texts: Vec<String> = readings(&keys).collect();
            prop_assert!(texts.contains(&text));
            prop_assert!(texts.len() <= 3);
        }

        #[test]
        fn arbitrary_keys_never_panic(keys in "\\PC{0,60}") {
            prop_assert!(readings(&keys).count() <= 3);
        }
    }
}
