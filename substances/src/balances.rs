//! What every account holds: the fold of all postings.

mod key;

use std::collections::HashMap;

use prescription::Clave;

use self::key::{Key, Lots};
use crate::posting::each_posting;
use crate::{Account, Lot, Movement, PartyRef, Posting, Units};

/// What every account holds. Stocks and shipments on their way are never below zero; the accounts
/// of the world ([`crate::Outside`]) are whatever the others leave.
///
/// An account is 32 bytes whose identifiers are packed numbers, so that a posting to accounts that
/// exist costs three look-ups and allocates nothing.
#[derive(Debug, Clone, Default)]
pub struct Balances {
    accounts: HashMap<Key, i128>,
    lots: Lots,
    /// What the accounts of the movement under way held before it.
    undo: Vec<(Key, Option<i128>)>,
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
            balances.add(key, i128::from(units.count()))?;
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
        let holds = |party| {
            self.balance(party, posting.clave, posting.lot)
                .unwrap_or_default()
        };
        let units = i128::from(posting.units.count());
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
        let units = i128::from(posting.units.count());
        self.add(from, -units)?;
        self.add(to, units)
    }

    fn key(&mut self, party: PartyRef<'_>, clave: &Clave, lot: &Lot) -> Key {
        Key::new(party, clave, self.lots.intern(lot))
    }

    fn add(&mut self, key: Key, units: i128) -> Result<(), PostingError> {
        let before = self.accounts.get(&key).copied();
        let after = change(before.unwrap_or_default(), units, key.is_outside())?;
        self.undo.push((key, before));
        self.accounts.insert(key, after);
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

    /// What an account holds; `None` where it has no history. An account of the world may be
    /// negative.
    #[must_use]
    pub fn balance(&self, party: PartyRef<'_>, clave: &Clave, lot: &Lot) -> Option<i128> {
        let lot = self.lots.find(lot)?;
        self.accounts.get(&Key::new(party, clave, lot)).copied()
    }

    /// The units that a stock or a shipment on its way holds. Zero for an account of the world
    /// that gave more than it received.
    #[must_use]
    pub fn held(&self, party: PartyRef<'_>, clave: &Clave, lot: &Lot) -> Units {
        units(self.balance(party, clave, lot).unwrap_or_default())
    }

    /// Every account with what it holds, in no particular order; those that hold zero included.
    pub fn iter(&self) -> impl Iterator<Item = (Account, i128)> {
        self.accounts
            .iter()
            .filter_map(|(key, held)| Some((key.account(&self.lots)?, *held)))
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

/// What an account that holds `held` holds after `change`.
fn change(held: i128, change: i128, outside: bool) -> Result<i128, PostingError> {
    let after = held.checked_add(change).ok_or(PostingError::TooMany)?;
    if outside {
        return Ok(after);
    }
    if after < 0 {
        return Err(PostingError::NotEnough {
            held: units(held),
            asked: units(-change),
        });
    }
    if after > i128::from(Units::MOST.count()) {
        return Err(PostingError::TooMany);
    }
    Ok(after)
}

fn is_outside(party: PartyRef<'_>) -> bool {
    matches!(party, PartyRef::Outside(_))
}

/// A balance as units: zero where it is negative.
fn units(held: i128) -> Units {
    Units::new(u64::try_from(held.max(0)).unwrap_or(u64::MAX))
}
