//! The account of a prescriber's recetario over a period: where did every folio go?

use jiff::Timestamp;

use super::{Fate, FolioState, Recetarios};
use crate::{Cedula, SpecialFolio};

/// What became of the folios that a prescriber had during a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciliation {
    /// In hand when it began.
    pub opening: u64,
    /// Delivered during it.
    pub delivered: u64,
    /// Used during it.
    pub used: u64,
    /// Cancelled.
    pub cancelled: u64,
    /// Lost.
    pub lost: u64,
    /// Stolen.
    pub stolen: u64,
    /// Returned to the authority.
    pub returned: u64,
    /// In hand when it ended: what an inspector asks to see.
    pub in_hand: u64,
}

impl Reconciliation {
    /// Whether every folio is somewhere.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let out = self.used + self.cancelled + self.lost + self.stolen + self.returned;
        self.opening + self.delivered == out + self.in_hand
    }
}

impl Recetarios {
    /// The account of `cedula` from `from` until before `until`. What became void before it was
    /// delivered was never in the prescriber's hands and is not in it.
    #[must_use]
    pub fn reconcile(&self, cedula: &Cedula, from: Timestamp, until: Timestamp) -> Reconciliation {
        let mut account = Reconciliation::default();
        let own = self.0.values().filter(|state| state.cedula == *cedula);
        for state in own {
            let Some(delivered) = state.delivered_at else {
                continue;
            };
            let during = from..until;
            account.opening += u64::from(in_hand(state, from));
            account.delivered += u64::from(during.contains(&delivered));
            account.in_hand += u64::from(in_hand(state, until));
            let Some((fate, _)) = state.fate.filter(|(_, at)| during.contains(at)) else {
                continue;
            };
            match fate {
                Fate::Used => account.used += 1,
                Fate::Cancelled => account.cancelled += 1,
                Fate::Lost => account.lost += 1,
                Fate::Stolen => account.stolen += 1,
                Fate::Returned => account.returned += 1,
            }
        }
        account
    }

    /// The folios that `cedula` must have in hand, in order: unused, and without another fate.
    pub fn in_hand_of(&self, cedula: &Cedula) -> impl Iterator<Item = &SpecialFolio> {
        let own = self.0.iter().filter(move |(_, state)| {
            state.cedula == *cedula && state.delivered_at.is_some() && state.fate.is_none()
        });
        own.map(|(folio, _)| folio)
    }
}

/// Whether the prescriber had it just before `at`.
fn in_hand(state: &FolioState, at: Timestamp) -> bool {
    let delivered = state.delivered_at.is_some_and(|delivered| delivered < at);
    delivered && state.fate.is_none_or(|(_, ended)| ended >= at)
}
