//! Finding a medicine by what a person types.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::Medicine;

/// Most words of a query that are looked at; the longest name has fewer.
const MAX_WORDS: usize = 16;
/// Shorter pieces are only looked for at the beginning of a word.
const MIN_INSIDE: usize = 3;

/// Lower case, without accents, words separated by one space.
pub(crate) fn fold(text: &str) -> String {
    let bare: String = text.nfd().filter(|c| !is_combining_mark(*c)).collect();
    let lower = bare.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// How well a name answers a query; the least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The name is the query.
    Exact,
    /// The name begins with the query.
    Prefix,
    /// Every word of the query begins a word of the name.
    Words,
    /// Every word of the query is inside the name.
    Inside,
}

/// The folded names of the medicines, in the order in which the catalog keeps them.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    names: Vec<String>,
}

impl Index {
    /// The index of `medicines`.
    pub(crate) fn of(medicines: &[Medicine]) -> Self {
        Self {
            names: medicines
                .iter()
                .map(|medicine| fold(&medicine.generic_name))
                .collect(),
        }
    }

    /// Positions of the medicines that answer `query`, best first.
    pub(crate) fn find(&self, query: &str, limit: usize) -> Vec<usize> {
        let query = fold(query);
        let words: Vec<_> = query.split(' ').filter(|word| !word.is_empty()).collect();
        if words.is_empty() || words.len() > MAX_WORDS {
            return Vec::new();
        }
        let ranked = self.names.iter().enumerate();
        let mut found: Vec<_> = ranked
            .filter_map(|(at, name)| Some((rank(name, &query, &words)?, name, at)))
            .collect();
        found.sort_unstable();
        found.into_iter().take(limit).map(|(_, _, at)| at).collect()
    }
}

fn rank(name: &str, query: &str, words: &[&str]) -> Option<Rank> {
    if name == query {
        return Some(Rank::Exact);
    }
    if name.starts_with(query) {
        return Some(Rank::Prefix);
    }
    let begins = |word: &&str| name.split(' ').any(|of_name| of_name.starts_with(*word));
    if words.iter().all(begins) {
        return Some(Rank::Words);
    }
    let inside = |word: &&str| begins(word) || word.len() >= MIN_INSIDE && name.contains(*word);
    words.iter().all(inside).then_some(Rank::Inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[&str], query: &str) -> Vec<usize> {
        Index {
            names: names.iter().map(|name| fold(name)).collect(),
        }
        .find(query, 10)
    }

    #[test]
    fn folds_case_accents_and_separators() {
        assert_eq!(
            fold("  Ácido  ACETILSALICÍLICO/niño "),
            "acido acetilsalicilico nino"
        );
        // The same letters, composed and decomposed.
        assert_eq!(fold("clonaze\u{301}pam"), fold("clonazépam"));
    }

    #[test]
    fn ranks_exact_before_prefix_before_words_before_inside() {
        let names = [
            "Midazolam",
            "Morfina sódica",
            "Sulfato de morfina",
            "Apomorfina",
            "Morfina",
        ];
        assert_eq!(find(&names, "MORFINA"), [4, 1, 2, 3]);
    }

    #[test]
    fn every_word_of_the_query_counts() {
        let names = ["Tramadol-paracetamol", "Paracetamol", "Tramadol"];
        assert_eq!(find(&names, "para tram"), [0]);
    }

    #[test]
    fn short_pieces_do_not_match_inside_words() {
        assert_eq!(find(&["Morfina"], "or"), [0_usize; 0]);
        assert_eq!(find(&["Morfina"], "mo"), [0]);
    }

    #[test]
    fn an_empty_or_endless_query_finds_nothing() {
        assert!(find(&["Morfina"], " / ").is_empty());
        assert!(find(&["Morfina"], &"m ".repeat(17)).is_empty());
    }
}
