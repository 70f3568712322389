//! The CURP's last character.

/// RENAPO's alphabet: a character's value is its position, 0 to 36.
const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";

/// The digit that must follow the first 17 characters of a CURP.
///
/// `None` when the text is not 17 characters of RENAPO's alphabet. Source: RENAPO, Instructivo
/// Normativo CURP: `(10 − Σ value·(18−i) mod 10) mod 10` over positions i = 0 to 16.
#[must_use]
pub fn expected_check_digit(first_17: &str) -> Option<char> {
    if first_17.chars().count() != 17 {
        return None;
    }
    let mut sum = 0;
    for (weight, character) in (2..=18u32).rev().zip(first_17.chars()) {
        let value = ALPHABET.chars().position(|known| known == character)?;
        sum += weight * u32::try_from(value).ok()?;
    }
    char::from_digit((10 - sum % 10) % 10, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        assert_eq!(expected_check_digit("SABC560626MDFLRN0"), Some('1'));
        assert_eq!(expected_check_digit("VADA800927HSRSRL0"), Some('5'));
        assert_eq!(expected_check_digit("HEGT761003MDFRNN0"), Some('7'));
    }

    #[test]
    fn a_changed_character_is_seen_where_its_weight_is_coprime_to_ten_and_never_where_it_is_ten() {
        let base = "SABC560626MDFLRN0";
        let digit_without = |position: usize| {
            let mut changed: Vec<char> = base.chars().collect();
            changed[position] = '1';
            expected_check_digit(&String::from_iter(changed))
        };
        for position in [1, 5, 7, 9, 11, 15] {
            assert_ne!(digit_without(position), Some('1'), "position {position}");
        }
        // The tens of the day: a known blind spot of RENAPO's scheme.
        assert_eq!(digit_without(8), Some('1'));
    }

    #[test]
    fn enie_has_a_value_of_its_own() {
        assert_ne!(
            expected_check_digit("SABC560626MDFLRÑ0"),
            expected_check_digit("SABC560626MDFLRN0")
        );
    }

    #[test]
    fn wrong_shapes_have_no_digit() {
        for wrong in [
            "",
            "SABC560626MDFLRN",
            "SABC560626MDFLRN01",
            "sABC560626MDFLRN0",
        ] {
            assert_eq!(expected_check_digit(wrong), None, "{wrong}");
        }
    }
}
