//! A progress bar on a terminal; nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

use crate::verify::{Progress, Stage};

/// Redrawing is costlier than hashing an entry.
const EVERY: u64 = 256;

pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{msg} [{bar:30}] {pos}/{len} entradas ({per_sec}, faltan {eta})";
        // The template is fixed; were it wrong, the default style would show the same numbers.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn show(&self, progress: Progress) {
        if !progress.entries.is_multiple_of(EVERY) && progress.entries != progress.size {
            return;
        }
        let name = match progress.stage {
            Stage::Tree => "Árbol firmado",
            Stage::Entries => "Actos y firmas",
        };
        self.advance(name, progress.entries, progress.size);
    }

    /// Shows `entries` of `of`, under a name.
    pub(super) fn advance(&self, name: &'static str, entries: u64, of: u64) {
        // The next shard has the name of the one before, and another length.
        if self.0.message() != name || self.0.length() != Some(of) {
            self.0.set_message(name);
            self.0.reset();
            self.0.set_length(of);
        }
        self.0.set_position(entries);
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
