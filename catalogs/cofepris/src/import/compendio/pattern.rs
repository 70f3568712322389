//! Regular expressions with look-around, whose failures are errors and not panics.

use fancy_regex::{Captures, Regex};

use crate::import::ImportError;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern(Regex);

fn failed(error: fancy_regex::Error) -> ImportError {
    ImportError::Pattern(Box::new(error))
}

impl Pattern {
    pub(super) fn new(text: &str) -> Result<Self, ImportError> {
        Regex::new(text).map(Self).map_err(failed)
    }

    /// The same, without regard to case.
    pub(super) fn any_case(text: &str) -> Result<Self, ImportError> {
        Self::new(&format!("(?i){text}"))
    }

    pub(super) fn is_in(&self, text: &str) -> Result<bool, ImportError> {
        self.0.is_match(text).map_err(failed)
    }

    pub(super) fn find<'t>(&self, text: &'t str) -> Result<Option<Captures<'t>>, ImportError> {
        self.0.captures(text).map_err(failed)
    }

    pub(super) fn all<'t>(&self, text: &'t str) -> Result<Vec<Captures<'t>>, ImportError> {
        let found = self.0.captures_iter(text);
        found.collect::<Result<_, _>>().map_err(failed)
    }

    /// Every match replaced: `$1` or `${1}` is what a group holds.
    pub(super) fn replace(&self, text: &str, by: &str) -> Result<String, ImportError> {
        let replaced = self.0.try_replacen(text, 0, by).map_err(failed)?;
        Ok(replaced.into_owned())
    }

    /// Every match replaced by what `by` says of it.
    pub(super) fn replace_with(
        &self,
        text: &str,
        by: impl Fn(&str) -> Result<String, ImportError>,
    ) -> Result<String, ImportError> {
        let mut done = String::with_capacity(text.len());
        let mut end = 0;
        for found in self.all(text)? {
            let Some(whole) = found.get(0) else { continue };
            done.push_str(text.get(end..whole.start()).unwrap_or_default());
            done.push_str(&by(whole.as_str())?);
            end = whole.end();
        }
        done.push_str(text.get(end..).unwrap_or_default());
        Ok(done)
    }

    /// What stands between the matches.
    pub(super) fn split<'t>(&self, text: &'t str) -> Result<Vec<&'t str>, ImportError> {
        let mut parts = Vec::new();
        let mut end = 0;
        for found in self.all(text)? {
            let Some(whole) = found.get(0) else { continue };
            parts.push(text.get(end..whole.start()).unwrap_or_default());
            end = whole.end();
        }
        parts.push(text.get(end..).unwrap_or_default());
        Ok(parts)
    }

    /// What stands before the first match; all of `text` where there is none.
    pub(super) fn before<'t>(&self, text: &'t str) -> Result<&'t str, ImportError> {
        let start = self
            .find(text)?
            .and_then(|found| found.get(0).map(|m| m.start()));
        Ok(start.and_then(|at| text.get(..at)).unwrap_or(text))
    }
}

/// What a group of a match holds, if anything.
pub(super) fn group<'t>(found: &Captures<'t>, name: &str) -> Option<&'t str> {
    found.name(name).map(|part| part.as_str())
}

/// Where a match begins and ends.
pub(super) fn span(found: &Captures<'_>) -> (usize, usize) {
    found
        .get(0)
        .map_or((0, 0), |whole| (whole.start(), whole.end()))
}
