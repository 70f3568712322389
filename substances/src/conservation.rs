//! Every unit is somewhere: over many establishments, all accounts of a lot add up to zero.

use std::collections::BTreeMap;

use prescription::Clave;

use crate::grams::Nanograms;
use crate::{Account, Lot, Outside, Party};

/// Where the units of one medicine are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whereabouts {
    /// In the establishments.
    pub in_stock: u128,
    /// Shipped and not received.
    pub in_transit: u128,
    /// What each account of the world holds, in the order of [`Outside::ALL`]: negative where more
    /// came from it than went to it.
    outside: [i128; Outside::ALL.len()],
}

/// A lot whose accounts do not add up: units appeared from nowhere (positive) or vanished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The medicine.
    pub clave: Clave,
    /// The lot.
    pub lot: Lot,
    /// The sum of all its accounts, which should be zero.
    pub units: i128,
}

impl Whereabouts {
    /// What an account of the world holds.
    #[must_use]
    pub fn outside(&self, outside: Outside) -> i128 {
        self.outside[outside as usize]
    }

    /// What came into the system, and what left it for good: opening, manufacture, import and
    /// suppliers; export, patients, destruction, loss and theft; and differences on whichever side
    /// they are. Both sides with what is in stock and on its way are equal where nothing leaks.
    #[must_use]
    pub fn entered_and_left(&self) -> (u128, u128) {
        let mut sides = (0_u128, 0_u128);
        for held in self.outside {
            if held < 0 {
                sides.0 = sides.0.saturating_add(held.unsigned_abs());
            } else {
                sides.1 = sides.1.saturating_add(held.unsigned_abs());
            }
        }
        sides
    }

    /// What is in stock or on its way, in anhydrous base.
    #[must_use]
    pub fn base_at_hand(&self, base_ng_per_unit: u64) -> Option<Nanograms> {
        let units = self.in_stock.checked_add(self.in_transit)?;
        let base = units.checked_mul(u128::from(base_ng_per_unit))?;
        Some(Nanograms::new(base))
    }

    fn add(&mut self, party: &Party, held: i128) {
        let stock = u128::try_from(held).unwrap_or_default();
        match party {
            Party::Establishment(_) => self.in_stock = self.in_stock.saturating_add(stock),
            Party::Transit { .. } => self.in_transit = self.in_transit.saturating_add(stock),
            Party::Outside(outside) => {
                let sum = &mut self.outside[*outside as usize];
                *sum = sum.saturating_add(held);
            }
        }
    }
}

/// Where the units of every medicine are, from all accounts: of [`crate::Balances::iter`], or from a
/// database that keeps them.
///
/// # Errors
/// Every lot whose accounts do not add up to zero.
pub fn conservation(
    accounts: impl IntoIterator<Item = (Account, i128)>,
) -> Result<BTreeMap<Clave, Whereabouts>, Vec<Leak>> {
    let mut medicines: BTreeMap<Clave, Whereabouts> = BTreeMap::new();
    let mut lots: BTreeMap<(Clave, Lot), i128> = BTreeMap::new();
    for (account, held) in accounts {
        let Account { party, clave, lot } = account;
        medicines
            .entry(clave.clone())
            .or_default()
            .add(&party, held);
        let sum = lots.entry((clave, lot)).or_default();
        *sum = sum.saturating_add(held);
    }
    let leaks: Vec<_> = lots
        .into_iter()
        .filter(|(_, units)| *units != 0)
        .map(|((clave, lot), units)| Leak { clave, lot, units })
        .collect();
    if leaks.is_empty() {
        Ok(medicines)
    } else {
        Err(leaks)
    }
}
