//! What every account holds: the fold of all postings.

mod key;
mod mix;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasherDefault;

use prescription::Clave;

use self::key::{Key, Lots};
use self::mix::Mix;
use crate::posting::each_posting;
use crate::{Account, Lot, Movement, PartyRef, Posting, Units};

/// What every account holds. Stocks and shipments on their way are never below zero; the accounts
/// of the world ([`crate::Outside`]) are whatever the others leave.
///
/// An account is 32 bytes whose identifiers are packed numbers, so that a posting to accounts that
/// exist costs three look-ups and allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct Balances {
    accounts: HashMap<Key, i64, BuildHasherDefault<Mix>>,
    lots: Lots,
    /// What the accounts of the movement under way held before it.
    undo: Vec<(Key, Option<i64>)>,
}

/// Why a posting cannot be: nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostingError {
    /// More than there is.
    #[error("{asked} units asked of an account that holds {held}")]
    NotEnough {
        /// What it holds.
        held: Units,
        /// What was asked of it.
        asked: Units,
    },
    /// The account would hold more than can be counted.
    #[error("more units than can be counted")]
    TooMany,
    /// From a party to itself.
    #[error("a posting from a party to itself")]
    Nowhere,
}

impl Balances {
    /// The stocks that somebody stored: what `decide` needs of the accounts that an order touches.
    ///
    /// # Errors
    /// [`PostingError::TooMany`] where an account is named twice and the sum does not fit.
    pub fn of_stocks(
        stocks: impl IntoIterator<Item = (Account, Units)>,
    ) -> Result<Self, PostingError> {
        let mut balances = Self::default();
        for (account, units) in stocks {
            let key = balances.key(account.party.as_ref(), &account.clave, &account.lot);
            balances.add(key, signed(units)?)?;
        }
        balances.undo.clear();
        Ok(balances)
    }

    /// Applies a posting. Allocates only where an account or a lot is seen for the first time.
    ///
    /// # Errors
    /// [`PostingError`]; nothing has changed then.
    pub fn apply_posting(&mut self, posting: &Posting<'_>) -> Result<(), PostingError> {
        let mark = self.undo.len();
        let result = self.post(posting);
        if result.is_err() {
            self.roll_back(mark);
        }
        self.undo.truncate(mark);
        result
    }

    /// Applies all postings of a movement, or none.
    ///
    /// # Errors
    /// [`PostingError`]; nothing has changed then.
    pub fn apply(&mut self, movement: &Movement) -> Result<(), PostingError> {
        let mut result = Ok(());
        each_posting(movement, |posting| {
            if result.is_ok() {
                result = self.post(&posting);
            }
        });
        if result.is_err() {
            self.roll_back(0);
        }
        self.undo.clear();
        result
    }

    /// Whether a posting could be applied; nothing changes.
    ///
    /// # Errors
    /// [`PostingError`].
    pub fn check(&self, posting: &Posting<'_>) -> Result<(), PostingError> {
        if posting.from == posting.to {
            return Err(PostingError::Nowhere);
        }
        let lot = self.lots.find(posting.lot);
        let holds = |party| {
            let key = lot.map(|lot| Key::new(party, posting.clave, lot));
            key.and_then(|key| self.accounts.get(&key))
                .copied()
                .unwrap_or_default()
        };
        let units = signed(posting.units)?;
        change(holds(posting.from), -units, is_outside(posting.from))?;
        change(holds(posting.to), units, is_outside(posting.to))?;
        Ok(())
    }

    fn post(&mut self, posting: &Posting<'_>) -> Result<(), PostingError> {
        if posting.from == posting.to {
            return Err(PostingError::Nowhere);
        }
        let from = self.key(posting.from, posting.clave, posting.lot);
        let to = Key::new(posting.to, posting.clave, from.lot());
        let units = signed(posting.units)?;
        self.add(from, -units)?;
        self.add(to, units)
    }

    fn key(&mut self, party: PartyRef<'_>, clave: &Clave, lot: &Lot) -> Key {
        Key::new(party, clave, self.lots.intern(lot))
    }

    fn add(&mut self, key: Key, units: i64) -> Result<(), PostingError> {
        match self.accounts.entry(key) {
            Entry::Occupied(mut account) => {
                let before = *account.get();
                *account.get_mut() = change(before, units, key.is_outside())?;
                self.undo.push((key, Some(before)));
            }
            Entry::Vacant(account) => {
                account.insert(change(0, units, key.is_outside())?);
                self.undo.push((key, None));
            }
        }
        Ok(())
    }

    fn roll_back(&mut self, mark: usize) {
        for (key, before) in self.undo.drain(mark..).rev() {
            match before {
                Some(held) => self.accounts.insert(key, held),
                None => self.accounts.remove(&key),
            };
        }
    }

    /// Adds what `other` holds. Accounts of different claves never touch, so that a ledger can be
    /// folded in parts, one clave in one part only, and the parts put together.
    ///
    /// # Errors
    /// [`PostingError::TooMany`] where both hold an account and the sum does not fit; `self` is then
    /// as it was.
    pub fn absorb(&mut self, other: &Self) -> Result<(), PostingError> {
        let mut result = Ok(());
        for (key, held) in &other.accounts {
            let lot = other.lots.get(key.lot()).map(|lot| self.lots.intern(lot));
            if let Some(lot) = lot.filter(|_| result.is_ok()) {
                result = self.add(key.with_lot(lot), *held);
            }
        }
        if result.is_err() {
            self.roll_back(0);
        }
        self.undo.clear();
        result
    }

    /// What an account holds; `None` where it has no history. An account of the world may be
    /// negative.
    #[must_use]
    pub fn balance(&self, party: PartyRef<'_>, clave: &Clave, lot: &Lot) -> Option<i128> {
        let lot = self.lots.find(lot)?;
        let held = self.accounts.get(&Key::new(party, clave, lot))?;
        Some(i128::from(*held))
    }

    /// Whether any lot of a medicine has a history with `party`. Goes through all accounts: for
    /// balances of a few claves, as a decision has them.
    #[must_use]
    pub fn knows(&self, party: PartyRef<'_>, clave: &Clave) -> bool {
        let wanted = Key::new(party, clave, 0);
        self.accounts.keys().any(|key| key.with_lot(0) == wanted)
    }

    /// The units that a stock or a shipment on its way holds. Zero for an account of the world
    /// that gave more than it received.
    #[must_use]
    pub fn held(&self, party: PartyRef<'_>, clave: &Clave, lot: &Lot) -> Units {
        let held = self.balance(party, clave, lot).unwrap_or_default();
        Units::new(u64::try_from(held).unwrap_or_default())
    }

    /// Every account with what it holds, in no particular order; those that hold zero included.
    pub fn iter(&self) -> impl Iterator<Item = (Account, i128)> {
        self.accounts
            .iter()
            .filter_map(|(key, held)| Some((key.account(&self.lots)?, i128::from(*held))))
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there is no account.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }
}

/// What an account that holds `held` holds after `change`. A balance of 64 bits with its sign is
/// more than the medicine of a world.
fn change(held: i64, change: i64, outside: bool) -> Result<i64, PostingError> {
    let after = held.checked_add(change).ok_or(PostingError::TooMany)?;
    if !outside && after < 0 {
        return Err(PostingError::NotEnough {
            held: Units::new(held.unsigned_abs()),
            asked: Units::new(change.unsigned_abs()),
        });
    }
    if !outside && after.unsigned_abs() > Units::MOST.count() {
        return Err(PostingError::TooMany);
    }
    Ok(after)
}

/// Units of a posting: what no line may move, no posting does.
fn signed(units: Units) -> Result<i64, PostingError> {
    let units = Some(units).filter(|units| *units <= Units::MOST);
    let units = units.ok_or(PostingError::TooMany)?;
    i64::try_from(units.count()).map_err(|_| PostingError::TooMany)
}

fn is_outside(party: PartyRef<'_>) -> bool {
    matches!(party, PartyRef::Outside(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{PHARMACY, WAREHOUSE, clave, clues, lot};
    use crate::{Book, Outside};

    fn sorted(balances: &Balances) -> Vec<(Account, i128)> {
        let mut accounts: Vec<_> = balances.iter().collect();
        accounts.sort();
        accounts
    }

    #[test]
    fn a_movement_is_applied_whole_or_not_at_all() {
        use crate::tests::fixture::{lawful, recorded};
        let purchase = recorded(lawful(crate::MovementKind::Purchase, Book::I));
        let mut destruction = recorded(lawful(crate::MovementKind::Destruction, Book::I));
        let mut second = destruction.lines[0].clone();
        second.lot = lot("B2");
        destruction.lines.push(second);
        let mut balances = Balances::default();
        balances.apply(&purchase).unwrap();
        let before = sorted(&balances);
        assert!(matches!(
            balances.apply(&destruction),
            Err(PostingError::NotEnough { .. })
        ));
        assert_eq!(before, sorted(&balances));
    }

    #[test]
    fn an_account_that_was_emptied_has_a_history() {
        let (clave, lot) = (clave(Book::I), lot("A1"));
        let here = clues(PHARMACY);
        let here = PartyRef::Establishment(&here);
        let supplier = PartyRef::Outside(Outside::Supplier);
        let mut balances = Balances::default();
        assert_eq!(balances.balance(here, &clave, &lot), None);
        let units = Units::new(3);
        for (from, to) in [(supplier, here), (here, supplier)] {
            let (clave, lot) = (&clave, &lot);
            balances
                .apply_posting(&Posting {
                    from,
                    to,
                    clave,
                    lot,
                    units,
                })
                .unwrap();
        }
        assert_eq!(balances.balance(here, &clave, &lot), Some(0));
        assert_eq!((balances.len(), balances.is_empty()), (2, false));
    }

    #[test]
    fn parts_are_put_together() {
        let world = crate::tests::world::World::busy();
        let mut parts = [Balances::default(), Balances::default()];
        for logged in &world.ledger {
            each_posting(&logged.movement, |posting| {
                let part = usize::from(posting.clave.as_str() < "040.000.2100.00");
                parts[part].apply_posting(&posting).unwrap();
            });
        }
        let [mut whole, other] = parts;
        whole.absorb(&other).unwrap();
        assert_eq!(sorted(&whole), sorted(&world.balances));

        let full = |units| {
            let account = crate::Account {
                party: crate::Party::Establishment(clues(WAREHOUSE)),
                clave: clave(Book::I),
                lot: lot("A1"),
            };
            Balances::of_stocks([(account, units)]).unwrap()
        };
        let mut most = full(Units::MOST);
        assert_eq!(
            most.absorb(&full(Units::new(1))),
            Err(PostingError::TooMany)
        );
        assert_eq!(most.iter().next(), full(Units::MOST).iter().next());
    }
}
