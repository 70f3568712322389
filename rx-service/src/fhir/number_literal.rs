//! Number literals of a JSON text. A parser hands over a binary floating point number; FHIR's
//! `decimal` is what is written. The literals are looked at before that difference can matter.

/// Most significant digits of a decimal that survive a binary64 and its shortest printing: every
/// decimal of 15 digits does (IEEE 754), so the canonical form keeps its value.
const MAX_SIGNIFICANT: usize = 15;

/// Why a number literal is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberProblem {
    /// `1e3`: legal JSON, never needed for a dose or a count.
    #[error("numbers are written without an exponent")]
    Exponent,
    /// More digits than every reader keeps.
    #[error("numbers have at most 15 significant digits")]
    TooManyDigits,
}

/// Iterates over the number literals outside of strings, in the order of the text. On text that is
/// not JSON the result means nothing, but it ends.
pub(super) struct NumberLiterals<'t> {
    rest: &'t [u8],
}

impl<'t> NumberLiterals<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { rest: text }
    }

    /// Skips the string whose opening quote has been read.
    fn skip_string(&mut self) {
        while let [first, rest @ ..] = self.rest {
            self.rest = rest;
            match first {
                b'"' => return,
                b'\\' => self.rest = rest.get(1..).unwrap_or_default(),
                _ => {}
            }
        }
    }
}

impl Iterator for NumberLiterals<'_> {
    /// What is wrong with the literal, if anything.
    type Item = Option<NumberProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        while let [first, rest @ ..] = self.rest {
            match first {
                b'"' => {
                    self.rest = rest;
                    self.skip_string();
                }
                b'-' | b'0'..=b'9' => {
                    let is_part =
                        |c: &u8| matches!(c, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
                    let end = self
                        .rest
                        .iter()
                        .position(|c| !is_part(c))
                        .unwrap_or(self.rest.len());
                    let (literal, rest) = self.rest.split_at(end);
                    self.rest = rest;
                    return Some(problem_of(literal));
                }
                _ => self.rest = rest,
            }
        }
        None
    }
}

fn problem_of(literal: &[u8]) -> Option<NumberProblem> {
    if literal.iter().any(|c| matches!(c, b'e' | b'E')) {
        return Some(NumberProblem::Exponent);
    }
    let digits = literal.iter().filter(|c| c.is_ascii_digit());
    let significant = digits.skip_while(|c| **c == b'0').count();
    (significant > MAX_SIGNIFICANT).then_some(NumberProblem::TooManyDigits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<Option<NumberProblem>> {
        NumberLiterals::new(text.as_bytes()).collect()
    }

    #[test]
    fn finds_each_literal_once_and_none_inside_strings() {
        assert_eq!(
            problems(r#"{"a1": [1, -2.50, 0], "b\"3": "4e5 \\", "c": true}"#),
            [None; 3]
        );
        assert_eq!(problems(""), []);
        assert_eq!(problems(r#""unfinished 1e5 \"#), []);
    }

    #[test]
    fn refuses_exponents_and_lost_digits() {
        use NumberProblem::{Exponent, TooManyDigits};
        assert_eq!(
            problems("[1e3, 1.5E-3, 0.000123456789012345, 1234567890123456, 1.0000000000000001]"),
            [
                Some(Exponent),
                Some(Exponent),
                None,
                Some(TooManyDigits),
                Some(TooManyDigits)
            ]
        );
    }
}
