//! Placing rows on pages.

use crate::TooLong;
use crate::mark::{Column, Ink, Mark, Row, Style, height};
use crate::sheet::{MARGIN, Sheet};
use crate::winansi;
use crate::wrap::clipped;

/// Kept free at the foot of every page for the footer and the page number.
const FOOTER: i32 = 1_250;
/// Kept free under the rows for "continúa en la página 2".
const CONTINUATION: i32 = 1_200;

const SMALL: Style = Style::regular(720, 900, Ink::Grey);
const TURN: Style = Style::bold(850, CONTINUATION, Ink::Accent);

/// The marks of one page, in drawing order.
pub type Page = Vec<Mark>;

/// What a document has on its pages besides its own rows.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The paper.
    pub sheet: Sheet,
    /// On top of every page, such as a banner.
    pub every_page: Vec<Row>,
    /// Behind everything else on every page.
    pub watermark: Option<Mark>,
    /// Under `every_page` on the second page and after it.
    pub running_head: Vec<Row>,
    /// What stands at the bottom of the first page.
    pub first_foot: Vec<Row>,
    /// Left of the page number at the foot of the first page.
    pub footer: String,
    /// The same of every later page.
    pub later_footer: String,
    /// Whether a page that is not the last says where it continues.
    pub continues: bool,
    /// An input that asks for more pages is refused.
    pub most_pages: usize,
}

impl Frame {
    /// Nothing but a footer and page numbers.
    #[must_use]
    pub fn plain(sheet: Sheet, footer: &str, most_pages: usize) -> Self {
        Self {
            sheet,
            every_page: Vec::new(),
            watermark: None,
            running_head: Vec::new(),
            first_foot: Vec::new(),
            footer: footer.to_owned(),
            later_footer: footer.to_owned(),
            continues: false,
            most_pages,
        }
    }

    fn continuation(&self) -> i32 {
        if self.continues { CONTINUATION } else { 0 }
    }
}

/// Rows in, pages out: each row goes under the last one, or on top of the next page.
pub struct Pager {
    frame: Frame,
    pages: Vec<Page>,
    /// Under the running head of every page begun from now on: the head of a table.
    repeated: Vec<Row>,
    y: i32,
}

impl Pager {
    /// An empty first page.
    ///
    /// # Errors
    /// The frame leaves no room on the page.
    pub fn new(frame: Frame) -> Result<Self, TooLong> {
        let mut pager = Self {
            frame,
            pages: Vec::new(),
            repeated: Vec::new(),
            y: 0,
        };
        pager.turn()?;
        if pager.floor() < pager.y {
            return Err(TooLong);
        }
        Ok(pager)
    }

    /// The strip between the side margins.
    #[must_use]
    pub fn body(&self) -> Column {
        self.frame.sheet.body()
    }

    /// Height that is left on this page.
    #[must_use]
    pub fn room(&self) -> i32 {
        self.floor() - self.y
    }

    /// Replaces the running head of the pages begun from now on.
    pub fn set_running_head(&mut self, rows: Vec<Row>) {
        self.frame.running_head = rows;
    }

    /// Puts `rows` on top of every page begun from now on, under the running head.
    pub fn repeat(&mut self, rows: Vec<Row>) {
        self.repeated = rows;
    }

    /// Places the last rows: if the page ends with them, they may use the room of "continúa".
    ///
    /// # Errors
    /// As [`Pager::place`].
    pub fn place_last(&mut self, rows: Vec<Row>) -> Result<(), TooLong> {
        if self.y + height(&rows) > self.floor() + self.frame.continuation() {
            return self.place(rows);
        }
        for row in rows {
            self.put(row);
        }
        Ok(())
    }

    /// Places rows that belong together: on one page if a page can hold them.
    ///
    /// # Errors
    /// A row taller than a page, or more pages than the frame allows.
    pub fn place(&mut self, rows: Vec<Row>) -> Result<(), TooLong> {
        let whole = height(&rows);
        if self.y + whole > self.floor() && whole <= self.capacity() {
            self.turn()?;
        }
        for row in rows {
            if self.y + row.height > self.floor() {
                if row.height > self.capacity() {
                    return Err(TooLong);
                }
                self.turn()?;
            }
            self.put(row);
        }
        Ok(())
    }

    /// Begins the next page.
    ///
    /// # Errors
    /// More pages than the frame allows.
    pub fn turn(&mut self) -> Result<(), TooLong> {
        if self.pages.len() == self.frame.most_pages {
            return Err(TooLong);
        }
        self.pages
            .push(self.frame.watermark.clone().into_iter().collect());
        self.y = MARGIN;
        let mut head = self.frame.every_page.clone();
        if self.pages.len() > 1 {
            head.extend(self.frame.running_head.iter().cloned());
            head.extend(self.repeated.iter().cloned());
        }
        for row in head {
            self.put(row);
        }
        Ok(())
    }

    /// Ends every page: what continues, the foot, the page number. They come last so that a text
    /// reader reads the page in its order.
    #[must_use]
    pub fn finish(self) -> Vec<Page> {
        let count = self.pages.len();
        let (mut frame, mut pages) = (self.frame, self.pages);
        let body = frame.sheet.body();
        for (number, page) in (1..).zip(&mut pages) {
            // Only the first page has a foot.
            let foot = std::mem::take(&mut frame.first_foot);
            let continuation = frame.continuation();
            let mut y = frame.sheet.height() - MARGIN - FOOTER - height(&foot) - continuation;
            if number < count && frame.continues {
                let text = format!("Continúa en la página {}", number + 1);
                let row = Row::right(body, TURN, winansi::encode(&text));
                page.extend(row.marks.into_iter().map(|mark| mark.lowered(y)));
            }
            y += continuation;
            for row in foot {
                page.extend(row.marks.into_iter().map(|mark| mark.lowered(y)));
                y += row.height;
            }
            page.extend(footer(&frame, number, count));
        }
        pages
    }

    /// Where the rows of this page end.
    fn floor(&self) -> i32 {
        let floor = self.frame.sheet.height() - MARGIN - FOOTER - self.frame.continuation();
        if self.pages.len() == 1 {
            floor - height(&self.frame.first_foot)
        } else {
            floor
        }
    }

    /// Height for rows on a page after the first.
    fn capacity(&self) -> i32 {
        let frame = &self.frame;
        frame.sheet.height()
            - 2 * MARGIN
            - FOOTER
            - frame.continuation()
            - height(&frame.every_page)
            - height(&frame.running_head)
            - height(&self.repeated)
    }

    /// Puts the row under the last one.
    fn put(&mut self, row: Row) {
        let top = self.y;
        self.y += row.height;
        if let Some(page) = self.pages.last_mut() {
            page.extend(row.marks.into_iter().map(|mark| mark.lowered(top)));
        }
    }
}

/// The frame's words on the left, "Página 1 de 2" on the right, a hairline above them.
fn footer(frame: &Frame, number: usize, count: usize) -> Vec<Mark> {
    let body = frame.sheet.body();
    let left = if number == 1 {
        &frame.footer
    } else {
        &frame.later_footer
    };
    let y = frame.sheet.height() - MARGIN - SMALL.leading;
    let rule = Row::rule(body, 300, 40, Ink::Hairline);
    let page = winansi::encode(&format!("Página {number} de {count}"));
    // What is between the two stays white.
    let room = body.width - SMALL.width(&page) - 1_000;
    let left = Mark::Text {
        x: body.x,
        y: SMALL.baseline(SMALL.leading),
        style: SMALL,
        text: clipped(SMALL, left, room),
    };
    let text = Row::right(body, SMALL, page)
        .marks
        .into_iter()
        .chain([left]);
    let rule = rule.marks.into_iter().map(|mark| mark.lowered(y - 300));
    rule.chain(text.map(|mark| mark.lowered(y))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page_text;
    use crate::wrap::paragraph;

    const PLAIN: Style = Style::regular(900, 1_100, Ink::Black);

    fn rows(count: usize, text: &str) -> Vec<Row> {
        let body = Sheet::Letter.body();
        (0..count)
            .flat_map(|_| paragraph(body, PLAIN, text))
            .collect()
    }

    #[test]
    fn pages_are_numbered_and_repeat_what_they_must() {
        let mut frame = Frame::plain(Sheet::Letter, "pie", 9);
        frame.continues = true;
        frame.every_page = rows(1, "banda");
        frame.running_head = rows(1, "sigue");
        let mut pager = Pager::new(frame).unwrap();
        pager.repeat(rows(1, "encabezado"));
        for _ in 0..150 {
            pager.place(rows(1, "renglón")).unwrap();
        }
        let printed = pager.finish();
        assert_eq!(printed.len(), 3);
        for (number, page) in (1..).zip(&printed) {
            let text = page_text(page);
            assert!(text.contains(&format!("Página {number} de 3")), "{text}");
            assert_eq!(text.matches("banda").count(), 1);
            assert_eq!(text.contains("encabezado"), number > 1);
            assert_eq!(text.contains("sigue"), number > 1);
            assert_eq!(text.contains("Continúa en la página"), number < 3);
        }
        let lines: usize = printed
            .iter()
            .map(|page| page_text(page).matches("renglón").count())
            .sum();
        assert_eq!(lines, 150);
    }

    #[test]
    fn rows_that_belong_together_are_not_parted() {
        let mut pager = Pager::new(Frame::plain(Sheet::Letter, "", 9)).unwrap();
        pager.place(rows(60, "antes")).unwrap();
        let left = pager.room();
        pager.place(rows(10, "juntos")).unwrap();
        assert!(left < 11_000);
        let printed = pager.finish();
        assert_eq!(page_text(&printed[0]).matches("juntos").count(), 0);
        assert_eq!(page_text(&printed[1]).matches("juntos").count(), 10);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut pager = Pager::new(Frame::plain(Sheet::Letter, "", 2)).unwrap();
        assert_eq!(pager.place(vec![Row::space(90_000)]), Err(TooLong));
        assert_eq!(pager.place(rows(500, "x")), Err(TooLong));
        let mut frame = Frame::plain(Sheet::A5, "", 2);
        frame.first_foot = vec![Row::space(60_000)];
        assert!(Pager::new(frame).is_err());
    }
}
