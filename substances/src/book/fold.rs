//! The fold of movements into books.

use std::collections::BTreeMap;

use jiff::civil::Date;
use prescription::{Clave, Clues};

use super::BookLine;
use super::write::Writer;
use crate::{Book, Movement, Units};

/// A movement with the index of its leaf in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Index in the ledger.
    pub ledger: u64,
    /// The movement.
    pub movement: Movement,
}

/// The books of one establishment, folded up to some movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    establishment: Clues,
    pub(super) tails: [Tail; Book::ALL.len()],
    pub(super) pages: BTreeMap<Clave, Page>,
    /// Index of the leaf of the last movement.
    last_leaf: Option<u64>,
    /// Number of the last movement of the register.
    last_movement: u64,
}

/// The end of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tail {
    /// Number of the last entry.
    pub(super) entry: u64,
    /// The latest date of an entry.
    pub(super) on: Option<Date>,
    /// Number of the last retained prescription.
    pub(super) retained: u64,
}

/// The page of a medicine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// The book that it is in.
    pub(super) book: Book,
    /// Units of all lots.
    pub(super) balance: Units,
}

/// A movement cannot follow those before it: the record is corrupt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// It belongs to another establishment.
    #[error("the movement belongs to another establishment")]
    Establishment,
    /// Its leaf is not after the last one.
    #[error("leaf {0} is not after that of the movement before")]
    Leaf(u64),
    /// The establishment's series has a gap or a repetition.
    #[error("movement {found} follows movement {last} of the series")]
    Series {
        /// The number before.
        last: u64,
        /// The number found.
        found: u64,
    },
    /// It is dated before the last entry of its book.
    #[error("an entry dated {0} follows a later one")]
    Date(Date),
    /// More goes out than there is, or more comes in than can be counted.
    #[error("the balance of a page cannot be")]
    Balance,
}

impl Books {
    /// Empty books.
    #[must_use]
    pub fn new(establishment: Clues) -> Self {
        Self {
            establishment,
            tails: Default::default(),
            pages: BTreeMap::new(),
            last_leaf: None,
            last_movement: 0,
        }
    }

    /// The date of the last entry of each book that has one.
    pub fn last_entries(&self) -> impl Iterator<Item = (Book, Date)> {
        let books = Book::ALL.into_iter().zip(self.tails);
        books.filter_map(|(book, tail)| Some((book, tail.on?)))
    }

    /// The book and the balance of a medicine's page.
    #[must_use]
    pub fn page(&self, clave: &Clave) -> Option<(Book, Units)> {
        self.pages.get(clave).map(|page| (page.book, page.balance))
    }

    /// Every page, by clave.
    pub fn pages(&self) -> impl Iterator<Item = (&Clave, Book, Units)> {
        let pages = self.pages.iter();
        pages.map(|(clave, page)| (clave, page.book, page.balance))
    }

    /// Enters a movement and gives its lines.
    ///
    /// # Errors
    /// [`BookError`]; nothing has changed then.
    pub fn enter(&mut self, logged: &Logged) -> Result<Vec<BookLine>, BookError> {
        let movement = &logged.movement;
        if movement.establishment != self.establishment {
            return Err(BookError::Establishment);
        }
        if self.last_leaf.is_some_and(|last| logged.ledger <= last) {
            return Err(BookError::Leaf(logged.ledger));
        }
        let last = self.last_movement;
        if let Some(found) = movement.number()
            && last.checked_add(1) != Some(found)
        {
            return Err(BookError::Series { last, found });
        }
        let lines = Writer::new(self, logged).write()?;
        self.last_leaf = Some(logged.ledger);
        self.last_movement = movement.number().unwrap_or(last);
        Ok(lines)
    }
}

/// The lines of all books of an establishment, from its movements in the order of the ledger.
///
/// # Errors
/// The first movement that cannot follow those before it, by its place in `movements`.
pub fn books<'m>(
    establishment: &Clues,
    movements: impl IntoIterator<Item = &'m Logged>,
) -> Result<Vec<BookLine>, (usize, BookError)> {
    let mut books = Books::new(establishment.clone());
    let mut lines = Vec::new();
    for (place, logged) in movements.into_iter().enumerate() {
        lines.extend(books.enter(logged).map_err(|error| (place, error))?);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::What;
    use crate::tests::fixture::{PHARMACY, clave, clues, date, lawful, medicine, recorded};
    use crate::tests::visit::{Wanted, visit};
    use crate::{CountReason, MovementKind, Origin, law, of_dispensing};

    fn entered(book: Book, kind: MovementKind, number: u64, on: &str) -> Logged {
        let mut movement = recorded(lawful(kind, book));
        movement.origin = Origin::Register { number };
        movement.on = date(on);
        Logged {
            ledger: 100 + 10 * number,
            movement,
        }
    }

    /// One package of lot 1 of each of these books, handed over for prescription `number`.
    fn handed_over(books: &[Book], number: u8, ledger: u64, on: &str) -> Logged {
        let wanted = books.iter().map(|book| Wanted {
            book: *book,
            lot: 1,
            packages: 1,
        });
        let wanted: Vec<_> = wanted.collect();
        let (issued, dispensed) = visit(&wanted, number, date(on), &clues(PHARMACY));
        let on_lists = |wanted: &Clave| {
            let book = Book::ALL.into_iter().find(|book| clave(*book) == *wanted);
            book.map(medicine)
        };
        let movement = of_dispensing(&issued, &dispensed, on_lists);
        Logged {
            ledger,
            movement: movement.unwrap().unwrap(),
        }
    }

    #[test]
    fn entries_are_numbered_and_the_balance_runs() {
        let book = Book::II;
        let movements = [
            entered(book, MovementKind::Purchase, 1, "2026-08-03"),
            entered(Book::I, MovementKind::Purchase, 2, "2026-08-03"),
            handed_over(&[book], 1, 125, "2026-08-04"),
            entered(book, MovementKind::Destruction, 3, "2026-08-05"),
        ];
        // 25 bought, 5 handed over; 25 to destroy are not there.
        let failed = books(&clues(PHARMACY), &movements);
        assert_eq!(failed, Err((3, BookError::Balance)));
        let lines = books(&clues(PHARMACY), &movements[..3]).unwrap();
        let figures: Vec<_> = lines
            .iter()
            .map(|line| {
                let units = (line.units_in, line.units_out, line.balance);
                (line.book, line.entry, units)
            })
            .collect();
        let units = |a, b, c| (Units::new(a), Units::new(b), Units::new(c));
        assert_eq!(
            figures,
            [
                (book, 1, units(25, 0, 25)),
                (Book::I, 1, units(25, 0, 25)),
                (book, 2, units(0, 5, 20)),
            ]
        );
        let sold = &lines[2];
        assert_eq!(sold.what, What::Movement(MovementKind::Dispensing));
        assert_eq!((sold.ledger, sold.movement), (125, None));
        assert_eq!(sold.prescriber.as_ref().unwrap().as_str(), "1234567");
        assert_eq!(sold.folio, movements[2].movement.prescription());
        let bought = &lines[0];
        assert_eq!(bought.document.as_deref(), Some("F-1234"));
        assert_eq!((bought.ledger, bought.movement), (110, Some(1)));
        assert_eq!(bought.counterpart, movements[0].movement.counterpart);
    }

    /// ([`law::LGS_242`]: fraction I; [`law::LGS_226_LIBROS`]: II and III.)
    #[test]
    fn a_controlled_book_is_in_date_order_and_an_antibiotic_may_be_late() {
        for book in Book::ALL {
            let movements = [
                entered(book, MovementKind::Purchase, 1, "2026-08-05"),
                handed_over(&[book], 1, 125, "2026-08-04"),
            ];
            let result = books(&clues(PHARMACY), &movements);
            if book.is_controlled() {
                let article = if book == Book::I {
                    law::LGS_242
                } else {
                    law::LGS_226_LIBROS
                };
                let error = BookError::Date(date("2026-08-04"));
                assert_eq!(result, Err((1, error)), "{}", article.citation);
            } else {
                let lines = result.unwrap();
                // The register goes on in its order, and shows what is late.
                let late: Vec<_> = lines.iter().map(|line| (line.entry, line.late)).collect();
                assert_eq!(late[0], (1, false));
                assert!(late[1..].iter().all(|(_, late)| *late));
            }
        }
    }

    #[test]
    fn a_retained_receta_has_one_number_in_each_book_that_retains_it() {
        let both = [Book::II, Book::III];
        let movements = [
            entered(Book::II, MovementKind::Purchase, 1, "2026-08-03"),
            entered(Book::III, MovementKind::Purchase, 2, "2026-08-03"),
            handed_over(&[Book::III], 1, 125, "2026-08-03"),
            handed_over(&both, 2, 126, "2026-08-03"),
            handed_over(&[Book::II, Book::II], 3, 127, "2026-08-03"),
        ];
        let lines = books(&clues(PHARMACY), &movements).unwrap();
        let retained: Vec<_> = lines
            .iter()
            .filter_map(|line| Some((line.book, line.retained?)))
            .collect();
        assert_eq!(
            retained,
            [(Book::III, 1), (Book::II, 1), (Book::III, 2), (Book::II, 2)]
        );
    }

    /// Tramadol on 2026-07-14: its page is closed in one book and goes on in another.
    #[test]
    fn a_page_goes_on_in_another_book_when_the_class_changes() {
        let mut before = entered(Book::III, MovementKind::Purchase, 1, "2026-07-10");
        before.movement.lines[0].clave = clave(Book::II);
        let other = entered(Book::III, MovementKind::Purchase, 2, "2026-07-16");
        let after = entered(Book::II, MovementKind::Purchase, 3, "2026-07-15");
        let movements = [before, other, after];
        let mut all = Books::new(clues(PHARMACY));
        let mut lines = Vec::new();
        for logged in &movements {
            lines.extend(all.enter(logged).unwrap());
        }
        let twenty_five = Units::new(25);
        let [_, _, out, carried, bought] = lines.as_slice() else {
            panic!("five lines")
        };
        assert_eq!((out.book, out.what), (Book::III, What::CarriedTo(Book::II)));
        assert_eq!(
            (out.units_out, out.balance, out.entry),
            (twenty_five, Units::ZERO, 3)
        );
        // The old book is in date order too.
        assert_eq!(out.on, date("2026-07-16"));
        assert_eq!(
            (carried.book, carried.what),
            (Book::II, What::CarriedFrom(Book::III))
        );
        assert_eq!(
            (carried.units_in, carried.balance),
            (twenty_five, twenty_five)
        );
        assert_eq!((bought.entry, bought.balance), (2, Units::new(50)));
        assert_eq!(all.page(&clave(Book::II)), Some((Book::II, Units::new(50))));
    }

    #[test]
    fn what_was_missing_of_an_antibiotic_is_an_entry_of_its_own() {
        let mut sold = handed_over(&[Book::Antibiotics], 1, 125, "2026-08-04");
        sold.movement.lines[0].shortfall = Units::new(5);
        let lines = books(&clues(PHARMACY), [&sold]).unwrap();
        let [missing, sale] = lines.as_slice() else {
            panic!("two lines")
        };
        assert_eq!(
            (missing.what, missing.units_in),
            (What::Shortfall, Units::new(5))
        );
        assert_eq!((missing.retained, sale.retained), (None, Some(1)));
        assert_eq!((sale.units_out, sale.balance), (Units::new(5), Units::ZERO));
    }

    #[test]
    fn a_count_is_an_entry_with_and_without_difference() {
        let mut opened = entered(Book::I, MovementKind::Opening, 1, "2026-08-03");
        opened.movement.lines[0].units = Units::new(100);
        let equal = entered(Book::I, MovementKind::Count, 2, "2026-08-03");
        let mut short = entered(Book::I, MovementKind::Count, 3, "2026-08-03");
        short.movement.lines[0].units = Units::new(98);
        if let Some(counted) = &mut short.movement.lines[0].counted {
            counted.reason = Some(CountReason::Unknown);
        }
        let lines = books(&clues(PHARMACY), [&opened, &equal, &short]).unwrap();
        let figures: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line.units_in.count(),
                    line.units_out.count(),
                    line.balance.count(),
                )
            })
            .collect();
        assert_eq!(figures, [(100, 0, 100), (0, 0, 100), (0, 2, 98)]);
    }

    #[test]
    fn a_correction_names_what_it_corrects() {
        let bought = entered(Book::I, MovementKind::Purchase, 1, "2026-08-03");
        let mut back = entered(Book::I, MovementKind::Purchase, 2, "2026-08-04");
        back.movement.corrects = Some(1);
        let lines = books(&clues(PHARMACY), [&bought, &back]).unwrap();
        assert_eq!((lines[1].corrects, lines[1].entry), (Some(1), 2));
        assert_eq!(
            (lines[1].units_out, lines[1].balance),
            (Units::new(25), Units::ZERO)
        );
    }

    #[test]
    fn a_record_of_somebody_else_or_out_of_order_is_refused_whole() {
        let first = entered(Book::I, MovementKind::Purchase, 1, "2026-08-03");
        let mut all = Books::new(clues(PHARMACY));
        all.enter(&first).unwrap();
        let before = all.clone();
        let mut foreign = entered(Book::I, MovementKind::Purchase, 2, "2026-08-03");
        foreign.movement.establishment = clues("HGSSA000099");
        assert_eq!(all.enter(&foreign), Err(BookError::Establishment));
        let mut earlier = entered(Book::I, MovementKind::Purchase, 2, "2026-08-03");
        earlier.ledger = 110;
        assert_eq!(all.enter(&earlier), Err(BookError::Leaf(110)));
        let again = Logged {
            ledger: 111,
            ..first
        };
        let error = BookError::Series { last: 1, found: 1 };
        assert_eq!(all.enter(&again), Err(error));
        // The second line fails after the first was written.
        let mut half = entered(Book::I, MovementKind::Destruction, 2, "2026-08-03");
        let mut more = half.movement.lines[0].clone();
        more.units = Units::new(26);
        half.movement.lines.push(more);
        assert_eq!(all.enter(&half), Err(BookError::Balance));
        assert_eq!(all, before);
        assert_eq!(
            all.last_entries().collect::<Vec<_>>(),
            [(Book::I, date("2026-08-03"))]
        );
    }
}
