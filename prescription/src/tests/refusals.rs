//! The codes of refusals are an API: complete, stable in shape, one for each kind.

use std::collections::{HashMap, HashSet};
use std::mem::discriminant;

use super::every_refusal::every_refusal;
use crate::{Fraction, Refusal, law};

#[test]
fn every_code_has_an_example() {
    let source = include_str!("../refusal/code.rs");
    let written = source
        .lines()
        .filter_map(|line| line.split("=> \"").nth(1)?.split('"').next());
    let examples: HashSet<_> = every_refusal().iter().map(Refusal::code).collect();
    let without: Vec<_> = written.filter(|code| !examples.contains(code)).collect();
    assert_eq!(without, Vec::<&str>::new());
}

#[test]
fn a_code_is_kebab_case_and_of_one_kind_of_refusal() {
    let mut kinds = HashMap::new();
    for refusal in every_refusal() {
        let code = refusal.code();
        assert!(
            code.bytes().all(|c| c.is_ascii_lowercase() || c == b'-'),
            "{code}"
        );
        let kind = *kinds.entry(code).or_insert(discriminant(&refusal));
        assert_eq!(kind, discriminant(&refusal), "{code}");
        assert_eq!(refusal.to_string(), code);
    }
}

#[test]
fn a_refusal_that_is_not_law_cites_none() {
    let most = 12;
    let bound = Refusal::TooManyFills {
        line: 1,
        fraction: Fraction::IV,
        most,
    };
    assert_eq!(
        bound.law(),
        None,
        "{} sets no number",
        law::LGS_226_IV.citation
    );
    assert!(!bound.in_spanish().contains("art."));
}
