//! Finds where the code cites the articles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// File, relative to the repository, and item in it; no item where a module's own doc cites.
pub(crate) type Place = (String, Option<String>);

/// Who cites which symbol.
#[derive(Debug, Default)]
pub(crate) struct Citations {
    rules: BTreeMap<String, BTreeSet<Place>>,
    tests: BTreeMap<String, BTreeSet<Place>>,
}

impl Citations {
    /// Reads every source file below `rooms`. The table of articles itself and the texts of
    /// refusals do not count as rules: they name an article, they do not apply it.
    pub(crate) fn scan(repository: &Path, rooms: &[&str]) -> Self {
        let mut citations = Self::default();
        for room in rooms {
            for file in rust_files(&repository.join(room)) {
                let source = fs::read_to_string(&file).unwrap();
                let name = file.strip_prefix(repository).unwrap();
                let name = name.to_str().unwrap().replace('\\', "/");
                citations.read(&name, &source);
            }
        }
        citations
    }

    /// The rules that cite `symbol`.
    pub(crate) fn rules(&self, symbol: &str) -> Vec<&Place> {
        self.rules.get(symbol).into_iter().flatten().collect()
    }

    /// The test functions that cite `symbol`.
    pub(crate) fn tests(&self, symbol: &str) -> Vec<&Place> {
        self.tests.get(symbol).into_iter().flatten().collect()
    }

    /// Every symbol that is cited anywhere.
    pub(crate) fn symbols(&self) -> BTreeSet<String> {
        self.rules
            .keys()
            .chain(self.tests.keys())
            .cloned()
            .collect()
    }

    fn read(&mut self, file: &str, source: &str) {
        let lines: Vec<_> = source.lines().map(str::trim_start).collect();
        let all_tests = file.contains("/src/tests/") || file.ends_with("tests.rs");
        let tests_from = lines.iter().position(|line| *line == "mod tests {");
        let names_only = file.ends_with("/law.rs") || file.contains("/refusal");
        let mut item: Option<(&str, bool)> = None;
        for (index, line) in lines.iter().enumerate() {
            if let Some(name) = item_name(line) {
                item = Some((name, index > 0 && lines[index - 1] == "#[test]"));
            }
            let in_tests = all_tests || tests_from.is_some_and(|from| index > from);
            for symbol in symbols_in(line) {
                if in_tests {
                    if let Some((name, true)) = item {
                        let place = (file.to_owned(), Some(name.to_owned()));
                        self.tests.entry(symbol).or_default().insert(place);
                    }
                } else if !names_only {
                    let place = (file.to_owned(), subject(&lines[index..], item));
                    self.rules.entry(symbol).or_default().insert(place);
                }
            }
        }
    }
}

/// What a line of code is about: a comment speaks of the item that follows it, a module's comment
/// of the module, code of the item that it is in.
fn subject(rest: &[&str], current: Option<(&str, bool)>) -> Option<String> {
    let name = match rest[0] {
        line if line.starts_with("//!") => None,
        line if line.starts_with("///") => rest.iter().find_map(|line| item_name(line)),
        _ => current.map(|(name, _)| name),
    };
    name.map(str::to_owned)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The name of the function, type or constant that this line begins to define.
fn item_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let keyword = words.find(|word| *word != "pub" && !word.starts_with("pub("))?;
    let named = ["fn", "struct", "enum", "const"].contains(&keyword);
    let name = words.next().filter(|_| named)?;
    let name = if name == "fn" { words.next()? } else { name };
    name.split(['(', '<', ':', ';']).next()
}

/// The symbols `law::…` in a line. Those of the law are written in capitals with a digit or two.
fn symbols_in(line: &str) -> Vec<String> {
    let after = line.split("law::").skip(1);
    let words = after.map(|text| {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    });
    let prefixed = |word: &String| {
        ["LGS_", "RIS_", "ACUERDO_", "DECRETO_"]
            .iter()
            .any(|prefix| word.starts_with(prefix))
    };
    words.filter(prefixed).collect()
}

#[test]
fn tells_rules_from_tests() {
    let source = "
        //! The chapter ([`law::LGS_1`]).
        /// [`law::LGS_2`]: thirty days.
        pub(super) const fn days(limit: u8) {
            refuse(law::LGS_3);
        }
        #[cfg(test)]
        mod tests {
            fn not_a_test() { law::LGS_4; }
            #[test]
            fn thirty_one_days_are_refused() { law::LGS_2; }
        }";
    let mut citations = Citations::default();
    citations.read("room/src/issue.rs", source);
    let at = |name: Option<&str>| ("room/src/issue.rs".to_owned(), name.map(str::to_owned));
    assert_eq!(citations.rules("LGS_1"), [&at(None)]);
    assert_eq!(citations.rules("LGS_2"), [&at(Some("days"))]);
    assert_eq!(citations.rules("LGS_3"), [&at(Some("days"))]);
    assert_eq!(
        citations.tests("LGS_2"),
        [&at(Some("thirty_one_days_are_refused"))]
    );
    assert!(citations.tests("LGS_4").is_empty() && citations.rules("LGS_4").is_empty());
}
