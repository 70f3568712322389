//! Accounts as numbers: a CLUES and a clave fit in 44 bits each, and lots are numbered as they come.

use std::collections::HashMap;

use prescription::{Clave, Clues};

use crate::{Account, Lot, Outside, Party, PartyRef};

/// What the numbers of a party mean; in the two highest bits of the first.
const ESTABLISHMENT: u64 = 1 << 62;
const TRANSIT: u64 = 2 << 62;
const OUTSIDE: u64 = 3 << 62;
const KIND: u64 = 3 << 62;

/// An account as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    party: u64,
    /// Of a shipment: to whom. Otherwise zero.
    to: u64,
    clave: u64,
    lot: u32,
}

impl Key {
    pub(super) fn new(party: PartyRef<'_>, clave: &Clave, lot: u32) -> Self {
        let (party, to) = match party {
            PartyRef::Establishment(clues) => (ESTABLISHMENT | pack_clues(clues), 0),
            PartyRef::Transit { from, to } => (TRANSIT | pack_clues(from), pack_clues(to)),
            PartyRef::Outside(outside) => (OUTSIDE | outside as u64, 0),
        };
        Self {
            party,
            to,
            clave: pack_digits(clave.as_str()),
            lot,
        }
    }

    pub(super) fn lot(self) -> u32 {
        self.lot
    }

    /// The same account of the lot with another number.
    pub(super) fn with_lot(self, lot: u32) -> Self {
        Self { lot, ..self }
    }

    pub(super) fn is_outside(self) -> bool {
        self.party & KIND == OUTSIDE
    }

    /// The account in words; `None` for a key that `new` did not make.
    pub(super) fn account(self, lots: &Lots) -> Option<Account> {
        let number = self.party & !KIND;
        let party = match self.party & KIND {
            ESTABLISHMENT => Party::Establishment(unpack_clues(number)?),
            TRANSIT => Party::Transit {
                from: unpack_clues(number)?,
                to: unpack_clues(self.to)?,
            },
            OUTSIDE => Party::Outside(*Outside::ALL.get(usize::try_from(number).ok()?)?),
            _ => return None,
        };
        Some(Account {
            party,
            clave: unpack_clave(self.clave)?,
            lot: lots.get(self.lot)?.clone(),
        })
    }
}

/// Five letters, then six digits.
fn pack_clues(clues: &Clues) -> u64 {
    clues.as_str().bytes().fold(0, |packed, byte| match byte {
        b'A'..=b'Z' => packed * 26 + u64::from(byte - b'A'),
        _ => packed * 10 + u64::from(byte.wrapping_sub(b'0')),
    })
}

fn unpack_clues(packed: u64) -> Option<Clues> {
    let digits = packed % 1_000_000;
    let mut letters = packed / 1_000_000;
    let mut name = [b'A'; 5];
    for letter in name.iter_mut().rev() {
        *letter = b'A' + u8::try_from(letters % 26).ok()?;
        letters /= 26;
    }
    format!("{}{digits:06}", std::str::from_utf8(&name).ok()?)
        .parse()
        .ok()
}

fn pack_digits(text: &str) -> u64 {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.fold(0, |packed, digit| packed * 10 + u64::from(digit - b'0'))
}

fn unpack_clave(packed: u64) -> Option<Clave> {
    let text = format!("{packed:012}");
    let (a, rest) = text.split_at_checked(3)?;
    let (b, rest) = rest.split_at_checked(3)?;
    let (c, d) = rest.split_at_checked(4)?;
    format!("{a}.{b}.{c}.{d}").parse().ok()
}

/// Lots, numbered in the order in which they were first seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Lots {
    numbers: HashMap<Lot, u32>,
    lots: Vec<Lot>,
}

impl Lots {
    pub(super) fn intern(&mut self, lot: &Lot) -> u32 {
        if let Some(number) = self.numbers.get(lot) {
            return *number;
        }
        // Four thousand million different lots do not fit in memory before they fill the numbers.
        let number = u32::try_from(self.lots.len()).unwrap_or(u32::MAX);
        self.lots.push(lot.clone());
        self.numbers.insert(lot.clone(), number);
        number
    }

    pub(super) fn find(&self, lot: &Lot) -> Option<u32> {
        self.numbers.get(lot).copied()
    }

    pub(super) fn get(&self, number: u32) -> Option<&Lot> {
        self.lots.get(usize::try_from(number).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_account_reads_back(
            clues in "[A-Z]{5}[0-9]{6}",
            other in "[A-Z]{5}[0-9]{6}",
            clave in "[0-9]{3}\\.[0-9]{3}\\.[0-9]{4}\\.[0-9]{2}",
            outside in 0_usize..9,
            which in 0_u8..3,
        ) {
            let (from, to): (Clues, Clues) = (clues.parse().unwrap(), other.parse().unwrap());
            let party = match which {
                0 => Party::Establishment(from),
                1 => Party::Transit { from, to },
                _ => Party::Outside(Outside::ALL[outside]),
            };
            let lot = Lot { number: "L1".to_owned(), expiry: jiff::civil::date(2027, 1, 1) };
            let account = Account { party, clave: clave.parse().unwrap(), lot: lot.clone() };
            let mut lots = Lots::default();
            let number = lots.intern(&lot);
            prop_assert_eq!(lots.intern(&lot), number);
            let key = Key::new(account.party.as_ref(), &account.clave, number);
            prop_assert_eq!(key.account(&lots), Some(account));
            prop_assert_eq!(key.is_outside(), which == 2);
        }
    }

    #[test]
    fn an_account_is_small() {
        assert_eq!(size_of::<Key>(), 32);
    }
}
