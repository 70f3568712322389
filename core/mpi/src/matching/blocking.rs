//! Which records are worth comparing: keys that two records of one person likely share.

use std::collections::BTreeSet;
use std::fmt;

use super::field::MatchRecord;

/// A key to look candidates up by. It holds parts of names and dates: an index stores a keyed hash
/// of it, never the text, and `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockingKey(String);

impl BlockingKey {
    /// The key's text, to be hashed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BlockingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockingKey(redacted)")
    }
}

/// At most six keys: the CURP; birth date; each surname with the birth year; given name with the
/// birth year; given name with first surname. Two records are candidates when they share one.
///
/// Names enter by their first three letters, in any order, so that exchanged names still meet.
#[must_use]
pub fn blocking_keys(record: &MatchRecord) -> BTreeSet<BlockingKey> {
    let mut keys = BTreeSet::new();
    if let Some(curp) = record.curp() {
        keys.insert(BlockingKey(format!("c:{}", curp.as_str())));
    }
    let names = [&record.given, &record.first_surname, &record.second_surname]
        .map(|words| words.text.chars().take(3).collect::<String>());
    if let Some(date) = record.birth_date {
        keys.insert(BlockingKey(format!("d:{date}")));
        for name in names.iter().filter(|name| !name.is_empty()) {
            keys.insert(BlockingKey(format!("y:{}:{name}", date.year())));
        }
    }
    let [given, first, _] = names;
    let (low, high) = if given <= first {
        (given, first)
    } else {
        (first, given)
    };
    keys.insert(BlockingKey(format!("n:{low}:{high}")));
    keys
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::demographics::Demographics;
    use crate::person_name::PersonName;

    fn keys(given: &str, first: &str, year: i16) -> BTreeSet<BlockingKey> {
        let demographics = Demographics {
            name: PersonName::new(given, first, None).unwrap(),
            birth_date: Some(date(year, 1, 1)),
            sex: None,
            birth_state: None,
            postal_code: None,
        };
        blocking_keys(&MatchRecord::new(&demographics, None))
    }

    #[test]
    fn a_mistake_in_one_field_leaves_a_key_in_common() {
        let person = keys("Luz", "Muñoz", 1980);
        assert!(!person.is_disjoint(&keys("Luz", "MU%OZ", 1981)));
        assert!(!person.is_disjoint(&keys("Muñoz", "Luz", 1990)));
        assert!(!person.is_disjoint(&keys("Lux", "Nuñoz", 1980)));
        assert!(person.is_disjoint(&keys("Ana", "Ruiz", 1990)));
    }

    #[test]
    fn debug_does_not_tell_who() {
        assert!(!format!("{:?}", keys("Luz", "Muñoz", 1980)).contains("LUZ"));
    }
}
