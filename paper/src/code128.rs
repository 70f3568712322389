//! Code 128, set B (ISO/IEC 15417): the barcode of the special recetario
//! (LGS art. 241).

const START_B: usize = 104;
const STOP: usize = 106;

/// The modules of `text` from left to right; `true` is dark. The page leaves the quiet zones, ten
/// light modules before and after the bars. `None` when the
/// text is empty or has a character that set B does not (outside printable ASCII).
#[must_use]
pub fn modules(text: &str) -> Option<Vec<bool>> {
    let mut modules = Vec::new();
    for symbol in symbols(text)? {
        let mut dark = true;
        for digit in PATTERNS.get(symbol)?.bytes() {
            let width = usize::from(digit - b'0');
            modules.resize(modules.len() + width, dark);
            dark = !dark;
        }
    }
    Some(modules)
}

/// Start, one symbol per character, check, stop.
fn symbols(text: &str) -> Option<Vec<usize>> {
    if text.is_empty() {
        return None;
    }
    let mut symbols = vec![START_B];
    for character in text.bytes() {
        symbols.push(match character {
            b' '..=b'~' => usize::from(character - b' '),
            _ => return None,
        });
    }
    symbols.push(check(&symbols));
    symbols.push(STOP);
    Some(symbols)
}

/// The start symbol counts once, the n-th character n times; modulo 103.
fn check(symbols: &[usize]) -> usize {
    let weighted = symbols
        .iter()
        .enumerate()
        .map(|(place, symbol)| place.max(1) * symbol);
    weighted.sum::<usize>() % 103
}

/// Widths of bar, space, bar, … of the symbols 0 to 106; the stop has a closing bar.
#[rustfmt::skip]
const PATTERNS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn check_symbol_of_the_textbook_example() {
        // "PJJ123C" in set A or B: 104 + 1·48 + 2·42 + 3·42 + 4·17 + 5·18 + 6·19 + 7·35 = 879.
        let symbols = symbols("PJJ123C").unwrap();
        assert_eq!(symbols, [104, 48, 42, 42, 17, 18, 19, 35, 879 % 103, 106]);
    }

    #[test]
    fn every_pattern_has_eleven_modules_and_an_even_number_of_dark_ones() {
        let distinct: BTreeSet<_> = PATTERNS.iter().collect();
        assert_eq!(distinct.len(), 107);
        for pattern in &PATTERNS[..106] {
            let widths: Vec<u8> = pattern.bytes().map(|digit| digit - b'0').collect();
            assert_eq!(widths.iter().sum::<u8>(), 11, "{pattern}");
            assert_eq!(widths.iter().step_by(2).sum::<u8>() % 2, 0, "{pattern}");
        }
        assert_eq!(
            PATTERNS[STOP].bytes().map(|digit| digit - b'0').sum::<u8>(),
            13
        );
    }

    #[test]
    fn begins_with_start_b_and_ends_with_a_bar() {
        let modules = modules("A").unwrap();
        assert_eq!(modules.len(), 3 * 11 + 13);
        let start: String = modules[..11]
            .iter()
            .map(|dark| if *dark { '1' } else { '0' })
            .collect();
        assert_eq!(start, "11010010000");
        assert_eq!(modules.last(), Some(&true));
    }

    #[test]
    fn other_characters_are_refused() {
        for wrong in ["", "Ñ", "A\n", "A\u{7f}"] {
            assert_eq!(modules(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn eleven_modules_a_character(text in "[ -~]{1,40}") {
            prop_assert_eq!(modules(&text).unwrap().len(), 11 * (text.len() + 2) + 13);
        }
    }
}
