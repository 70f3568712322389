//! Writes the entries of one movement.

use prescription::Clave;

use super::fold::{Books, Logged, Page, Tail};
use super::{BookError, BookLine, What};
use crate::posting::line_posting;
use crate::{Book, MovementLine, Origin, PartyRef, Units};

/// Writes the entries of one movement. What it has changed it takes back where one of them cannot
/// be.
pub(super) struct Writer<'a> {
    books: &'a mut Books,
    logged: &'a Logged,
    lines: Vec<BookLine>,
    /// The ends of the books before the movement.
    before: [Tail; Book::ALL.len()],
    /// The pages before the movement, of those that it changed.
    undo: Vec<(Clave, Option<Page>)>,
    /// The number given to the prescription in each book that retains it.
    retained: [Option<u64>; Book::ALL.len()],
}

impl<'a> Writer<'a> {
    pub(super) fn new(books: &'a mut Books, logged: &'a Logged) -> Self {
        Self {
            before: books.tails,
            books,
            logged,
            lines: Vec::with_capacity(logged.movement.lines.len()),
            undo: Vec::new(),
            retained: [None; Book::ALL.len()],
        }
    }

    pub(super) fn write(mut self) -> Result<Vec<BookLine>, BookError> {
        let logged = self.logged;
        let mut result = Ok(());
        for line in &logged.movement.lines {
            result = result.and_then(|()| self.line(line));
        }
        match result {
            Ok(()) => Ok(self.lines),
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        }
    }

    /// The entry of a line, after those that it needs: the page from another book, and what was not
    /// there.
    fn line(&mut self, line: &MovementLine) -> Result<(), BookError> {
        self.turn_to_book(line)?;
        if !line.shortfall.is_zero() {
            self.entry(line, What::Shortfall, line.shortfall, Units::ZERO)?;
        }
        let movement = &self.logged.movement;
        let here = PartyRef::Establishment(&movement.establishment);
        let (units_in, units_out) = match line_posting(movement, line) {
            Some(posting) if posting.to == here => (posting.units, Units::ZERO),
            Some(posting) if posting.from == here => (Units::ZERO, posting.units),
            // A count without difference, or a loss on the way: the book notes it all the same.
            _ => (Units::ZERO, Units::ZERO),
        };
        self.entry(line, What::Movement(movement.kind), units_in, units_out)
    }

    fn entry(
        &mut self,
        line: &MovementLine,
        what: What,
        units_in: Units,
        units_out: Units,
    ) -> Result<(), BookError> {
        let page = self.books.pages.get(&line.clave);
        let held = page.map(|page| page.balance).unwrap_or_default();
        let balance = held.plus(units_in).and_then(|sum| sum.minus(units_out));
        let balance = balance.ok_or(BookError::Balance)?;
        let book = line.book;
        self.turn(&line.clave, Page { book, balance });
        let mut entry = self.numbered(book, what, &line.clave)?;
        let movement = &self.logged.movement;
        entry.lot = Some(line.lot.clone());
        entry.document.clone_from(&movement.document);
        entry.permit.clone_from(&movement.permit);
        entry.counterpart.clone_from(&movement.counterpart);
        entry.corrects = movement.corrects;
        if let Origin::Prescription { folio, prescriber } = &movement.origin {
            entry.folio = Some(*folio);
            entry.prescriber = Some(prescriber.clone());
        }
        if line.retained && what != What::Shortfall {
            entry.retained = Some(self.retained(book));
        }
        (entry.units_in, entry.units_out, entry.balance) = (units_in, units_out, balance);
        self.lines.push(entry);
        Ok(())
    }

    /// The number of the prescription among those that are retained with this book: one for all its
    /// lines.
    fn retained(&mut self, book: Book) -> u64 {
        let tail = &mut self.books.tails[book as usize];
        *self.retained[book as usize].get_or_insert_with(|| {
            tail.retained += 1;
            tail.retained
        })
    }

    /// The class of the medicine may have changed since its last entry: its page then goes on in
    /// another book.
    fn turn_to_book(&mut self, line: &MovementLine) -> Result<(), BookError> {
        let page = self.books.pages.get(&line.clave).copied();
        let Some(Page { book, balance }) = page.filter(|page| page.book != line.book) else {
            return Ok(());
        };
        if !balance.is_zero() {
            let mut out = self.numbered(book, What::CarriedTo(line.book), &line.clave)?;
            out.units_out = balance;
            self.lines.push(out);
            let mut brought = self.numbered(line.book, What::CarriedFrom(book), &line.clave)?;
            (brought.units_in, brought.balance) = (balance, balance);
            self.lines.push(brought);
        }
        let book = line.book;
        self.turn(&line.clave, Page { book, balance });
        Ok(())
    }

    fn turn(&mut self, clave: &Clave, page: Page) {
        let before = self.books.pages.insert(clave.clone(), page);
        self.undo.push((clave.clone(), before));
    }

    /// The next entry of `book`, in strict date order ([`law::LGS_242`](crate::law::LGS_242),
    /// [`law::LGS_226_LIBROS`](crate::law::LGS_226_LIBROS)). An antibiotic may have been handed over
    /// offline and be recorded late. A page that is carried away is dated as its book goes on.
    fn numbered(&mut self, book: Book, what: What, clave: &Clave) -> Result<BookLine, BookError> {
        let movement = &self.logged.movement;
        let tail = &mut self.books.tails[book as usize];
        let last = tail.on.unwrap_or(movement.on);
        let late = movement.on < last;
        let carried = matches!(what, What::CarriedTo(_));
        if late && book.is_controlled() && !carried {
            return Err(BookError::Date(movement.on));
        }
        tail.entry += 1;
        tail.on = Some(last.max(movement.on));
        Ok(BookLine {
            book,
            entry: tail.entry,
            on: if carried {
                last.max(movement.on)
            } else {
                movement.on
            },
            late: late && !carried,
            what,
            clave: clave.clone(),
            lot: None,
            document: None,
            permit: None,
            folio: None,
            prescriber: None,
            retained: None,
            counterpart: None,
            units_in: Units::ZERO,
            units_out: Units::ZERO,
            balance: Units::ZERO,
            movement: movement.number(),
            corrects: None,
            ledger: self.logged.ledger,
        })
    }

    fn roll_back(self) {
        self.books.tails = self.before;
        for (clave, before) in self.undo.into_iter().rev() {
            match before {
                Some(page) => self.books.pages.insert(clave, page),
                None => self.books.pages.remove(&clave),
            };
        }
    }
}
