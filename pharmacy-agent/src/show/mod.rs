//! What is shown, once: `--json` serialises these views, the terminal and the screen print them.

mod act;
mod book;
mod card;
mod state;
mod sync;

pub(crate) use act::{ActView, OutcomeView};
pub(crate) use book::{BookView, book_text};
pub(crate) use card::{Card, CardLine};
pub(crate) use state::StateView;
pub(crate) use sync::SyncView;

/// Lines for a terminal, each ended.
fn lines_of(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}
