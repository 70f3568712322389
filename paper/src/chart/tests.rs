//! Lengths, colours and places of a chart's marks.

use super::line::{TICK, step};
use super::*;
use crate::figures::grouped;
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
            Mark::Fill { .. } | Mark::Text { .. } | Mark::Cells { .. } | Mark::Watermark { .. } => {
                None
            }
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
