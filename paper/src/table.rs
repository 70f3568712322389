//! Tables: columns of fixed width, a head that every page repeats.

use crate::TooLong;
use crate::mark::{Column, Ink, Mark, Row, Style, beside};
use crate::pager::Pager;
use crate::wrap::paragraph;

/// Between a column's edges and its text.
const PADDING: i32 = 270;
/// Over and under the text of a cell.
const AIR: i32 = 120;

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// What the head says.
    pub title: String,
    /// In hundredths of a point, padding included.
    pub width: i32,
    /// Where its texts stand.
    pub align: Align,
}

impl TableColumn {
    /// A column of words.
    #[must_use]
    pub fn words(title: &str, width: i32) -> Self {
        Self {
            title: title.to_owned(),
            width,
            align: Align::Left,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub fn numbers(title: &str, width: i32) -> Self {
        Self {
            align: Align::Right,
            ..Self::words(title, width)
        }
    }
}

/// How a table looks and what its columns are. It holds no rows: they are placed as they come.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<TableColumn>,
    /// Left edge.
    x: i32,
    head: Style,
    body: Style,
}

impl Table {
    /// A table whose left edge is at `x`.
    #[must_use]
    pub fn new(x: i32, columns: Vec<TableColumn>, head: Style, body: Style) -> Self {
        Self {
            columns,
            x,
            head,
            body,
        }
    }

    /// The same with its columns widened in proportion, so that they fill `strip`.
    #[must_use]
    pub fn filling(mut self, strip: Column) -> Self {
        let whole = self.width().max(1);
        let mut given = 0;
        let last = self.columns.len().saturating_sub(1);
        for (place, column) in self.columns.iter_mut().enumerate() {
            column.width = if place == last {
                strip.width - given
            } else {
                column.width * strip.width / whole
            };
            given += column.width;
        }
        self.x = strip.x;
        self
    }

    /// The same with the columns from `first` to `last` as one of words: for rows that are a
    /// sentence and a few numbers.
    #[must_use]
    pub fn merged(&self, first: usize, last: usize) -> Self {
        let mut columns = self.columns.clone();
        let merged: Vec<TableColumn> = columns.drain(first..=last).collect();
        let width = merged.iter().map(|column| column.width).sum();
        columns.insert(first, TableColumn::words("", width));
        Self {
            columns,
            ..self.clone()
        }
    }

    /// From the left edge of the first column to the right edge of the last.
    #[must_use]
    pub fn width(&self) -> i32 {
        self.columns.iter().map(|column| column.width).sum()
    }

    /// The titles on a light ground, a line under them.
    #[must_use]
    pub fn head(&self) -> Vec<Row> {
        let titles: Vec<&str> = self.columns.iter().map(|c| c.title.as_str()).collect();
        let mut rows = self.set(&titles, self.head);
        for row in &mut rows {
            let ground = Mark::Fill {
                x: self.x,
                y: 0,
                width: self.width(),
                height: row.height,
                ink: Ink::Band,
            };
            row.marks.insert(0, ground);
        }
        rows.push(self.line(Ink::Accent, 60));
        rows
    }

    /// One row of the table, as rows of text that belong together, a hairline under them. Cells
    /// beyond the last column are not set; missing ones are empty.
    #[must_use]
    pub fn row(&self, cells: &[&str]) -> Vec<Row> {
        self.styled_row(cells, self.body)
    }

    /// The same in another style: a total, a balance carried over.
    #[must_use]
    pub fn styled_row(&self, cells: &[&str], style: Style) -> Vec<Row> {
        let mut rows = self.set(cells, style);
        rows.push(self.line(Ink::Hairline, 25));
        rows
    }

    /// Places the head and the rows; every page on which the table continues has the head again.
    ///
    /// # Errors
    /// As [`Pager::place`].
    pub fn place<'a, R>(&self, pager: &mut Pager, rows: R) -> Result<(), TooLong>
    where
        R: IntoIterator<Item = &'a [String]>,
    {
        self.place_under(pager, Vec::new(), rows)
    }

    /// The same under `lead`, such as a title, which stays with the head and the first row.
    ///
    /// # Errors
    /// As [`Pager::place`].
    pub fn place_under<'a, R>(
        &self,
        pager: &mut Pager,
        mut lead: Vec<Row>,
        rows: R,
    ) -> Result<(), TooLong>
    where
        R: IntoIterator<Item = &'a [String]>,
    {
        pager.repeat(Vec::new());
        lead.extend(self.head());
        for cells in rows {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            lead.extend(self.row(&cells));
            pager.place(std::mem::take(&mut lead))?;
            pager.repeat(self.head());
        }
        pager.place(lead)?;
        pager.repeat(Vec::new());
        Ok(())
    }

    fn set(&self, cells: &[&str], style: Style) -> Vec<Row> {
        let mut x = self.x;
        let mut rows = Vec::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            let inside = Column {
                x: x + PADDING,
                width: column.width - 2 * PADDING,
            };
            x += column.width;
            let mut text = paragraph(inside, style, cell);
            if column.align == Align::Right {
                for row in &mut text {
                    push_right(row, inside);
                }
            }
            rows = beside(rows, text);
        }
        if rows.is_empty() {
            rows.push(Row::space(style.leading));
        }
        rows.insert(0, Row::space(AIR));
        rows.push(Row::space(AIR));
        rows
    }

    fn line(&self, ink: Ink, thickness: i32) -> Row {
        let strip = Column {
            x: self.x,
            width: self.width(),
        };
        Row::rule(strip, thickness, thickness, ink)
    }
}

/// Moves a row's texts to the column's right edge.
fn push_right(row: &mut Row, column: Column) {
    let ends = row.marks.iter().filter_map(|mark| match mark {
        Mark::Text { x, style, text, .. } => Some(x + style.width(text)),
        Mark::Fill { .. } | Mark::Cells { .. } | Mark::Line { .. } | Mark::Watermark { .. } => None,
    });
    let by = column.end() - ends.max().unwrap_or_else(|| column.end());
    for mark in &mut row.marks {
        if let Mark::Text { x, .. } = mark {
            *x += by;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page_text;
    use crate::pager::Frame;
    use crate::sheet::Sheet;

    const HEAD: Style = Style::bold(700, 900, Ink::Accent);
    const PLAIN: Style = Style::regular(750, 950, Ink::Black);

    fn table() -> Table {
        let columns = vec![
            TableColumn::words("Concepto", 20_000),
            TableColumn::numbers("Unidades", 8_000),
        ];
        Table::new(3_000, columns, HEAD, PLAIN)
    }

    fn edges(rows: &[Row]) -> Vec<(i32, i32)> {
        let texts = rows.iter().flat_map(|row| &row.marks);
        texts
            .filter_map(|mark| match mark {
                Mark::Text { x, style, text, .. } => Some((*x, x + style.width(text))),
                Mark::Fill { .. }
                | Mark::Cells { .. }
                | Mark::Line { .. }
                | Mark::Watermark { .. } => None,
            })
            .collect()
    }

    #[test]
    fn numbers_end_at_the_same_edge() {
        let table = table();
        for number in ["1", "1 234", "98 765 432"] {
            let edges = edges(&table.row(&["Compra", number]));
            assert_eq!(edges[0].0, 3_000 + PADDING);
            assert_eq!(edges[1].1, 31_000 - PADDING);
        }
    }

    #[test]
    fn a_long_text_wraps_within_its_column() {
        let rows = table().row(&[&"Devolución ".repeat(20), "3"]);
        assert!(rows.len() > 5);
        for (left, right) in edges(&rows) {
            assert!(left >= 3_000 + PADDING && right <= 31_000 - PADDING);
        }
    }

    #[test]
    fn every_page_has_the_head() {
        let mut pager = Pager::new(Frame::plain(Sheet::LetterLandscape, "", 99)).unwrap();
        let rows: Vec<Vec<String>> = (0..200)
            .map(|number| vec![format!("Asiento {number}"), number.to_string()])
            .collect();
        table()
            .filling(Sheet::LetterLandscape.body())
            .place(&mut pager, rows.iter().map(Vec::as_slice))
            .unwrap();
        let printed = pager.finish();
        assert!(printed.len() > 3);
        for page in &printed {
            assert_eq!(page_text(page).matches("Concepto").count(), 1);
        }
        let whole: String = printed.iter().map(|page| page_text(page)).collect();
        assert_eq!(whole.matches("Asiento").count(), 200);
    }

    #[test]
    fn an_empty_table_is_its_head() {
        let mut pager = Pager::new(Frame::plain(Sheet::Letter, "", 9)).unwrap();
        table().place(&mut pager, []).unwrap();
        assert!(page_text(&pager.finish()[0]).contains("Concepto"));
    }

    #[test]
    fn merged_columns_keep_the_width() {
        let merged = table().merged(0, 1);
        assert_eq!(merged.width(), table().width());
        let edges = edges(&merged.row(&["Saldo final del periodo"]));
        assert_eq!(edges[0].0, 3_000 + PADDING);
    }

    #[test]
    fn filled_columns_end_where_the_strip_ends() {
        let strip = Sheet::LetterLandscape.body();
        assert_eq!(table().filling(strip).width(), strip.width);
    }
}
