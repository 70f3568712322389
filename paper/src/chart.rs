//! Charts of vector marks: bars lying on their side, and lines over time.
//!
//! A chart is rows like everything else, so that it is placed as text is; every bar carries its
//! figure, so that nobody has to measure ink. Values are integers, and so is every place.

use crate::figures::grouped;
use crate::mark::{Column, Ink, Mark, Row, Style};
use crate::winansi;
use crate::wrap::paragraph;

const LABEL: Style = Style::regular(800, 1_000, Ink::Black);
const FIGURE: Style = Style::regular(760, 1_000, Ink::Grey);
const TICK: Style = Style::regular(680, 850, Ink::Grey);
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

/// One line of a line chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// One value for each place of the axis.
    pub values: Vec<u64>,
}

/// Lines over the places of an axis, from zero: at most three series, in the unit that `unit`
/// names. `places` are the labels of the horizontal axis; of many, only some are written.
#[must_use]
pub fn lines(
    column: Column,
    height: i32,
    unit: &str,
    places: &[String],
    series: &[Series],
) -> Vec<Row> {
    let highest = series
        .iter()
        .flat_map(|one| one.values.iter().copied())
        .max();
    let step = step(highest.unwrap_or(0));
    let top = highest
        .unwrap_or(0)
        .div_ceil(step)
        .max(1)
        .saturating_mul(step);
    let figures = TICK.width(&winansi::encode(&grouped(top)));
    let plot = Plot {
        column: column.indented(figures + GAP / 2),
        scale: Scale {
            top,
            length: height - TICK.leading,
        },
        places: places.len(),
    };
    let mut marks = plot.grid(step, column.x + figures);
    marks.extend(plot.axis(places));
    for (one, ink) in series.iter().zip(SERIES) {
        marks.extend(plot.line(&one.values, ink));
    }
    let names: Vec<&str> = series.iter().map(|one| one.name.as_str()).collect();
    let mut rows = legend(column, &names);
    rows.extend(paragraph(column, TICK, unit));
    rows.push(Row::space(GAP));
    rows.push(Row {
        height: height + GAP,
        marks,
    });
    rows
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

/// The field of a line chart, and where values lie in it.
#[derive(Debug, Clone, Copy)]
struct Plot {
    column: Column,
    scale: Scale,
    places: usize,
}

impl Plot {
    fn y(self, value: u64) -> i32 {
        self.scale.length - self.scale.of(value)
    }

    /// The middle of the place's share of the width.
    fn x(self, place: usize) -> i32 {
        let count = i32::try_from(self.places.max(1)).unwrap_or(i32::MAX);
        let place = i32::try_from(place).unwrap_or(0);
        self.column.x + self.column.width / count * place + self.column.width / count / 2
    }

    /// A hairline and a figure at each step.
    fn grid(self, step: u64, figures_end: i32) -> Vec<Mark> {
        let mut marks = Vec::new();
        for value in (0..=self.scale.top / step).map(|count| count * step) {
            marks.push(Mark::Fill {
                x: self.column.x,
                y: self.y(value),
                width: self.column.width,
                height: 30,
                ink: Ink::Hairline,
            });
            let text = winansi::encode(&grouped(value));
            marks.push(Mark::Text {
                x: figures_end - TICK.width(&text),
                y: self.y(value) + TICK.size * 36 / 100,
                style: TICK,
                text,
            });
        }
        marks
    }

    /// The labels under their places: all of them, or every second, third, … that fits.
    fn axis(self, places: &[String]) -> Vec<Mark> {
        let labels: Vec<Vec<u8>> = places.iter().map(|label| winansi::encode(label)).collect();
        let widest = labels.iter().map(|label| TICK.width(label)).max();
        let room = self.x(1) - self.x(0);
        let every = (widest.unwrap_or(0) + GAP) / room.max(1) + 1;
        let every = usize::try_from(every).unwrap_or(1);
        labels
            .into_iter()
            .enumerate()
            .step_by(every)
            .map(|(place, text)| {
                let width = TICK.width(&text);
                let last = (self.column.end() - width).max(self.column.x);
                Mark::Text {
                    x: (self.x(place) - width / 2).clamp(self.column.x, last),
                    y: self.scale.length + TICK.baseline(TICK.leading) + GAP / 2,
                    style: TICK,
                    text,
                }
            })
            .collect()
    }

    /// The line through the values, with a dot at each; a single value is a dot.
    fn line(self, values: &[u64], ink: Ink) -> Vec<Mark> {
        const DOT: i32 = 240;
        let points: Vec<(i32, i32)> = values
            .iter()
            .enumerate()
            .map(|(place, value)| (self.x(place), self.y(*value)))
            .collect();
        let dots = points.iter().map(|(x, y)| Mark::Fill {
            x: x - DOT / 2,
            y: y - DOT / 2,
            width: DOT,
            height: DOT,
            ink,
        });
        let mut marks: Vec<Mark> = dots.collect();
        if points.len() > 1 {
            let thickness = 110;
            marks.push(Mark::Line {
                points,
                thickness,
                ink,
            });
        }
        marks
    }
}

/// 1, 2 or 5 times a power of ten, so that about five steps reach the highest value.
fn step(highest: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if highest / step < 5 || step == u64::MAX {
                return step;
            }
        }
        power = power.saturating_mul(10);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::Sheet;

    fn group(label: &str, values: &[u64]) -> BarGroup {
        let bars = values.iter().map(|value| Bar {
            value: *value,
            shown: grouped(*value),
        });
        BarGroup {
            label: label.to_owned(),
            bars: bars.collect(),
        }
    }

    /// Left edge and width of the bars of one ink.
    fn fills(rows: &[Row], wanted: Ink) -> Vec<(i32, i32)> {
        let marks = rows.iter().flat_map(|row| &row.marks);
        marks
            .filter_map(|mark| match mark {
                Mark::Fill { x, width, ink, .. } if *ink == wanted => Some((*x, *width)),
                Mark::Fill { .. }
                | Mark::Text { .. }
                | Mark::Cells { .. }
                | Mark::Line { .. }
                | Mark::Watermark { .. } => None,
            })
            .collect()
    }

    fn ends_within(rows: &[Row], column: Column) {
        for mark in rows.iter().flat_map(|row| &row.marks) {
            if let Mark::Text { x, style, text, .. } = mark {
                assert!(*x >= column.x && x + style.width(text) <= column.end());
            }
        }
    }

    #[test]
    fn bars_are_as_long_as_their_values() {
        let column = Sheet::Letter.body();
        let groups = [group("A", &[1_000]), group("B", &[500]), group("C", &[0])];
        let rows = bars(column, &["Total"], &groups, Longest::OfAll);
        let widths: Vec<i32> = fills(&rows, Ink::Accent).iter().map(|(_, w)| *w).collect();
        assert_eq!(widths[0] / 2, widths[1]);
        assert_eq!(widths[2], 0);
        ends_within(&rows, column);
    }

    #[test]
    fn each_group_may_have_its_own_scale() {
        let column = Sheet::Letter.body();
        let groups = [group("A", &[1_000, 500]), group("B", &[10, 5])];
        let rows = bars(column, &["x", "y"], &groups, Longest::OfEachGroup);
        // The legend's patches come first.
        let first: Vec<i32> = fills(&rows, Ink::Accent)
            .iter()
            .skip(1)
            .map(|(_, w)| *w)
            .collect();
        assert_eq!(first[0], first[1]);
        let second = fills(&rows, Ink::Second);
        assert_eq!(second[1], second[2]);
    }

    #[test]
    fn a_small_value_beside_a_huge_one_is_seen() {
        let rows = bars(
            Sheet::Letter.body(),
            &["Total"],
            &[group("A", &[u64::MAX]), group("B", &[1])],
            Longest::OfAll,
        );
        assert!(fills(&rows, Ink::Accent)[1].1 > 0);
    }

    #[test]
    fn series_have_their_colours_and_a_legend() {
        let column = Sheet::Letter.body();
        let series = ["Comprado", "Prescrito", "Surtido"];
        let rows = bars(
            column,
            &series,
            &[group("Morfina", &[30, 20, 10])],
            Longest::OfAll,
        );
        let text = crate::page_text(
            &rows
                .iter()
                .flat_map(|r| r.marks.clone())
                .collect::<Vec<_>>(),
        );
        for name in series {
            assert!(text.contains(name));
        }
        for ink in SERIES {
            // One patch in the legend and one bar.
            assert_eq!(fills(&rows, ink).len(), 2);
        }
    }

    #[test]
    fn a_chart_of_nothing_is_nothing_long() {
        assert!(bars(Sheet::Letter.body(), &[], &[], Longest::OfAll).is_empty());
        let rows = lines(Sheet::Letter.body(), 10_000, "g", &[], &[]);
        ends_within(&rows, Sheet::Letter.body());
    }

    #[test]
    fn steps_are_round_and_about_five() {
        for (highest, expected) in [
            (0, 1),
            (4, 1),
            (5, 2),
            (9, 2),
            (10, 5),
            (24, 5),
            (25, 10),
            (1_234_567, 500_000),
        ] {
            assert_eq!(step(highest), expected, "{highest}");
        }
        assert!(step(u64::MAX) > u64::MAX / 10);
    }

    #[test]
    fn a_line_goes_from_zero_to_the_top() {
        let column = Sheet::Letter.body();
        let places: Vec<String> = (1..=40).map(|day| format!("día {day}")).collect();
        let series = [Series {
            name: "Consumo".to_owned(),
            values: (0..40).map(|day| day * 25).collect(),
        }];
        let rows = lines(column, 14_000, "gramos", &places, &series);
        ends_within(&rows, column);
        let points = rows
            .iter()
            .flat_map(|row| &row.marks)
            .find_map(|mark| match mark {
                Mark::Line { points, .. } => Some(points.clone()),
                Mark::Fill { .. }
                | Mark::Text { .. }
                | Mark::Cells { .. }
                | Mark::Watermark { .. } => None,
            });
        let points = points.unwrap();
        assert_eq!(points.len(), 40);
        assert_eq!(points[0].1, 14_000 - TICK.leading);
        // 975 of 1,000.
        assert_eq!(points[39].1, (14_000 - TICK.leading) * 25 / 1_000 + 1);
        assert!(
            points
                .windows(2)
                .all(|two| two[0].0 < two[1].0 && two[0].1 > two[1].1)
        );
    }
}
