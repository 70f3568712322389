//! What a book must be to be printed.

use std::collections::BTreeSet;

use super::{BookError, BookPage, ControlBook, Entry};
use crate::letterhead::Period;

/// Refuses a book that contradicts itself.
pub(super) fn check(book: &ControlBook) -> Result<(), BookError> {
    if book.period.to < book.period.from {
        return Err(BookError::Period);
    }
    let mut claves = BTreeSet::new();
    for page in &book.pages {
        if !claves.insert(page.clave.as_str()) {
            let clave = page.clave.clone();
            return Err(BookError::Page { clave });
        }
        check_page(page, book.period)?;
    }
    check_series(book)
}

/// Each page by itself: its entries in the order of their numbers, every balance from the one
/// before.
fn check_page(page: &BookPage, period: Period) -> Result<(), BookError> {
    let mut balance = page.opening;
    let mut last = None;
    for entry in &page.entries {
        let (clave, number) = (page.clave.clone(), entry.number);
        if !period.contains(entry.date) {
            return Err(BookError::OutOfPeriod { clave, number });
        }
        if last.is_some_and(|last| number <= last) {
            return Err(BookError::Number { clave, number });
        }
        if entry.corrects.is_some_and(|corrected| corrected >= number) {
            return Err(BookError::Correction { clave, number });
        }
        if !follows(balance, entry) {
            return Err(BookError::Balance { clave, number });
        }
        balance = entry.balance;
        last = Some(number);
    }
    Ok(())
}

fn follows(balance: u64, entry: &Entry) -> bool {
    let after = u128::from(balance) + u128::from(entry.entered);
    after.checked_sub(u128::from(entry.left)) == Some(u128::from(entry.balance))
}

/// The entries of all pages together: consecutive numbers, dates that run forwards with them.
fn check_series(book: &ControlBook) -> Result<(), BookError> {
    let pages = book.pages.iter();
    let mut entries: Vec<(&str, &Entry)> = pages
        .flat_map(|page| {
            page.entries
                .iter()
                .map(|entry| (page.clave.as_str(), entry))
        })
        .collect();
    entries.sort_by_key(|(_, entry)| entry.number);
    for two in entries.windows(2) {
        let [(_, before), (clave, entry)] = two else {
            continue;
        };
        let (clave, number) = ((*clave).to_owned(), entry.number);
        if before.number.checked_add(1) != Some(number) {
            return Err(BookError::Number { clave, number });
        }
        if entry.date < before.date {
            return Err(BookError::Order { clave, number });
        }
    }
    Ok(())
}
