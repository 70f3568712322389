//! What is shown, once: `--json` serialises these views, the terminal and the screen print them.

mod act;
mod book;
mod card;
mod count;
mod state;
mod stock;
mod sync;

pub(crate) use act::{ActView, OutcomeView};
pub(crate) use book::{BookView, facts, retained_text};
pub(crate) use card::{Card, CardLine};
pub(crate) use count::{CountView, DifferenceView, LotToCount};
pub(crate) use state::StateView;
pub(crate) use stock::{
    DeclaredView, StatementRow, in_transit_text, lots, lots_text, unexplained_text,
};
pub(crate) use sync::SyncView;

/// Lines for a terminal, each ended.
fn lines_of(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}
