//! Placing rows on pages.

use super::PaperError;
use super::mark::{BODY, Ink, MARGIN, Mark, PAGE_HEIGHT, Row, Style, height};
use super::winansi;

/// More pages than any receta needs: an input that asks for them is refused.
const MAX_PAGES: usize = 9;
/// Kept free at the foot of every page for the folio and the page number.
const FOOTER: i32 = 1_250;
/// Kept free under the rows for "continúa en la página 2".
const CONTINUATION: i32 = 1_200;

const SMALL: Style = Style::regular(720, 900, Ink::Grey);
const TURN: Style = Style::bold(850, CONTINUATION, Ink::Accent);

/// The marks of one page, in drawing order.
pub(super) type Page = Vec<Mark>;

/// Rows in, pages out: each row goes under the last one, or on top of the next page.
pub(super) struct Pager {
    pages: Vec<Page>,
    /// What every page carries besides its rows: banner and watermark of the status.
    every_page: Vec<Row>,
    watermark: Option<Mark>,
    /// Says on the second page and after it whose receta this is.
    running_head: Vec<Row>,
    /// What stands at the foot of the first page.
    foot: Vec<Row>,
    y: i32,
}

impl Pager {
    /// An empty first page. `foot` stands at its bottom; `running_head` on top of the others;
    /// `every_page` on top of all.
    pub(super) fn new(
        every_page: Vec<Row>,
        watermark: Option<Mark>,
        running_head: Vec<Row>,
        foot: Vec<Row>,
    ) -> Result<Self, PaperError> {
        let mut pager = Self {
            pages: Vec::new(),
            every_page,
            watermark,
            running_head,
            foot,
            y: 0,
        };
        pager.turn()?;
        if pager.floor() < pager.y {
            return Err(PaperError::TooLong);
        }
        Ok(pager)
    }

    /// Places the last rows: if the page ends with them, they may use the room of "continúa".
    pub(super) fn place_last(&mut self, rows: Vec<Row>) -> Result<(), PaperError> {
        if self.y + height(&rows) > self.floor() + CONTINUATION {
            return self.place(rows);
        }
        for row in rows {
            self.put(row);
        }
        Ok(())
    }

    /// Places rows that belong together: on one page if a page can hold them.
    pub(super) fn place(&mut self, rows: Vec<Row>) -> Result<(), PaperError> {
        let whole = height(&rows);
        if self.y + whole > self.floor() && whole <= self.capacity() {
            self.turn()?;
        }
        for row in rows {
            if self.y + row.height > self.floor() {
                if row.height > self.capacity() {
                    return Err(PaperError::TooLong);
                }
                self.turn()?;
            }
            self.put(row);
        }
        Ok(())
    }

    /// Ends every page: what continues, the foot, the page number. They come last so that a text
    /// reader reads the page in its order.
    pub(super) fn finish(self, folio: &str) -> Vec<Page> {
        let count = self.pages.len();
        let mut foot = self.foot;
        let mut pages = self.pages;
        for (number, page) in (1..).zip(&mut pages) {
            // Only the first page has a foot.
            let foot = std::mem::take(&mut foot);
            let mut y = PAGE_HEIGHT - MARGIN - FOOTER - height(&foot) - CONTINUATION;
            if number < count {
                let text = format!("Continúa en la página {}", number + 1);
                let row = Row::right(BODY, TURN, winansi::encode(&text));
                page.extend(row.marks.into_iter().map(|mark| mark.lowered(y)));
            }
            y += CONTINUATION;
            for row in foot {
                page.extend(row.marks.into_iter().map(|mark| mark.lowered(y)));
                y += row.height;
            }
            page.extend(footer(folio, number, count));
        }
        pages
    }

    /// Where the rows of this page end.
    fn floor(&self) -> i32 {
        let floor = PAGE_HEIGHT - MARGIN - FOOTER - CONTINUATION;
        if self.pages.len() == 1 {
            floor - height(&self.foot)
        } else {
            floor
        }
    }

    /// Height for rows on a page after the first.
    fn capacity(&self) -> i32 {
        PAGE_HEIGHT
            - 2 * MARGIN
            - FOOTER
            - CONTINUATION
            - height(&self.every_page)
            - height(&self.running_head)
    }

    fn turn(&mut self) -> Result<(), PaperError> {
        if self.pages.len() == MAX_PAGES {
            return Err(PaperError::TooLong);
        }
        self.pages
            .push(self.watermark.clone().into_iter().collect());
        self.y = MARGIN;
        let head = if self.pages.len() == 1 {
            Vec::new()
        } else {
            self.running_head.clone()
        };
        for row in self.every_page.clone().into_iter().chain(head) {
            self.put(row);
        }
        Ok(())
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

/// Folio on the left, "Página 1 de 2" on the right; a page without the QR says where it is.
fn footer(folio: &str, number: usize, count: usize) -> Vec<Mark> {
    let mut left = format!("Folio {folio}");
    if number > 1 {
        left.push_str(" · El código y la firma están en la página 1");
    }
    let y = PAGE_HEIGHT - MARGIN - SMALL.leading;
    let rule = Row::rule(BODY, 300, 40, Ink::Hairline);
    let page = winansi::encode(&format!("Página {number} de {count}"));
    let left = Mark::Text {
        x: BODY.x,
        y: SMALL.baseline(SMALL.leading),
        style: SMALL,
        text: winansi::encode(&left),
    };
    let text = Row::right(BODY, SMALL, page)
        .marks
        .into_iter()
        .chain([left]);
    let rule = rule.marks.into_iter().map(|mark| mark.lowered(y - 300));
    rule.chain(text.map(|mark| mark.lowered(y))).collect()
}
