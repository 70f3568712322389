//! Charts of vector marks: bars lying on their side, and lines over time.
//!
//! A chart is rows like everything else, so that it is placed as text is; every bar carries its
//! figure, so that nobody has to measure ink. Values are integers, and so is every place.

mod line;
#[cfg(test)]
mod tests;

use crate::mark::{Column, Ink, Mark, Row, Style};
use crate::winansi;
use crate::wrap::paragraph;

pub use line::{Series, lines};

const LABEL: Style = Style::regular(800, 1_000, Ink::Black);
const FIGURE: Style = Style::regular(760, 1_000, Ink::Grey);
/// Between neighbours of every kind.
const GAP: i32 = 400;

/// The colours of a chart's series, in their order.
const SERIES: [Ink; 3] = [Ink::Accent, Ink::Second, Ink::Third];

/// One bar: how long it is and what is written beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// In any unit that all bars of the chart share.
    pub value: u64,
    /// The value as it is to be read, with its unit.
    pub shown: String,
}

/// The bars of one subject: one of each series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarGroup {
    /// Whose bars they are.
    pub label: String,
    /// At most three, in the order of the series.
    pub bars: Vec<Bar>,
}

/// What the longest bar of a chart is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Longest {
    /// The longest of all groups: groups are compared with each other.
    OfAll,
    /// The longest of each group: only the bars of a group are compared, and a substance of which
    /// there are grams is seen beside one of which there are kilograms.
    OfEachGroup,
}

/// Groups of bars from top to bottom. With more than one series, `series` names them and a legend
/// stands above. A group is never parted from its label, and the chart breaks between groups only.
#[must_use]
pub fn bars(column: Column, series: &[&str], groups: &[BarGroup], longest: Longest) -> Vec<Row> {
    let longest_of_all = values(groups).max().unwrap_or(0);
    let labels = column.width * 34 / 100;
    let figures = groups
        .iter()
        .flat_map(|group| &group.bars)
        .map(|bar| FIGURE.width(&winansi::encode(&bar.shown)))
        .max()
        .unwrap_or(0);
    let length = (column.width - labels - GAP - figures - GAP).max(1_000);
    let mut rows = legend(column, series);
    for group in groups {
        let top = match longest {
            Longest::OfAll => longest_of_all,
            Longest::OfEachGroup => values(std::slice::from_ref(group)).max().unwrap_or(0),
        };
        let label = Column {
            width: labels,
            ..column
        };
        let left = paragraph(label, LABEL, &group.label);
        let right = column.indented(labels + GAP);
        rows.push(bar_group(left, right, Scale { top, length }, group));
    }
    rows
}

fn values(groups: &[BarGroup]) -> impl Iterator<Item = u64> {
    let bars = groups.iter().flat_map(|group| &group.bars);
    bars.map(|bar| bar.value)
}

fn bar_group(label: Vec<Row>, column: Column, scale: Scale, group: &BarGroup) -> Row {
    const THICKNESS: i32 = 720;
    let mut whole = Row::space(0);
    for (bar, ink) in group.bars.iter().zip(SERIES) {
        let width = scale.of(bar.value);
        whole.marks.push(Mark::Fill {
            x: column.x,
            y: whole.height + (FIGURE.leading - THICKNESS) / 2,
            width,
            height: THICKNESS,
            ink,
        });
        whole.marks.push(Mark::Text {
            x: column.x + width + GAP / 2,
            y: whole.height + FIGURE.baseline(FIGURE.leading),
            style: FIGURE,
            text: winansi::encode(&bar.shown),
        });
        whole.height += FIGURE.leading;
    }
    let mut y = 0;
    for row in label {
        whole
            .marks
            .extend(row.marks.into_iter().map(|mark| mark.lowered(y)));
        y += row.height;
    }
    whole.height = whole.height.max(y) + 250;
    whole
}

/// Values to lengths.
#[derive(Debug, Clone, Copy)]
struct Scale {
    top: u64,
    length: i32,
}

impl Scale {
    /// Zero has no length; whatever is more has at least a hair's, so that it is seen.
    fn of(self, value: u64) -> i32 {
        if self.top == 0 || value == 0 {
            return 0;
        }
        let length = u128::from(self.length.unsigned_abs());
        let part = length * u128::from(value.min(self.top)) / u128::from(self.top);
        i32::try_from(part).unwrap_or(self.length).max(30)
    }
}

/// A patch of each series' colour and its name. One series needs none.
fn legend(column: Column, series: &[&str]) -> Vec<Row> {
    const PATCH: i32 = 600;
    if series.len() < 2 {
        return Vec::new();
    }
    let mut row = Row::space(LABEL.leading);
    let mut x = column.x;
    for (name, ink) in series.iter().zip(SERIES) {
        let text = winansi::encode(name);
        row.marks.push(Mark::Fill {
            x,
            y: (LABEL.leading - PATCH) / 2,
            width: PATCH,
            height: PATCH,
            ink,
        });
        x += PATCH + GAP / 2;
        let width = LABEL.width(&text);
        row.marks.push(Mark::Text {
            x,
            y: LABEL.baseline(LABEL.leading),
            style: LABEL,
            text,
        });
        x += width + 2 * GAP;
    }
    vec![row, Row::space(GAP)]
}
