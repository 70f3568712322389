//! Lines over the places of an axis.

use super::{GAP, SERIES, Scale, legend};
use crate::figures::grouped;
use crate::mark::{Column, Ink, Mark, Row, Style};
use crate::winansi;
use crate::wrap::paragraph;

pub(super) const TICK: Style = Style::regular(680, 850, Ink::Grey);

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
pub(super) fn step(highest: u64) -> u64 {
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
