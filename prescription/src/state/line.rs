//! What has become of one line.

use crate::{Fraction, IssuedLine, Packages};

/// What has become of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Something is still owed.
    Open {
        /// The fill under way, from 1.
        fill: u8,
        /// Packages already handed over in the fill under way.
        in_fill: Packages,
        /// Packages handed over in all fills.
        dispensed: Packages,
    },
    /// Nothing more will be handed over: everything was, or the prescription was retained.
    Closed {
        /// Packages handed over in all.
        dispensed: Packages,
        /// Whether the pharmacy retained the prescription for this line.
        retained: bool,
    },
}

/// One visit, as far as a line is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) packages: Packages,
    pub(super) fill: u8,
    pub(super) retained: bool,
    pub(super) rest_owed: bool,
}

/// One visit as it counts once its corrections are taken off; never of zero packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) packages: Packages,
    pub(super) retained: bool,
    /// Of fraction I: the pharmacy that holds the receta owes the rest, because it said so or
    /// because part of the visit was undone.
    pub(super) rest_owed: bool,
}

impl LineState {
    /// A line of which nothing has been handed over.
    pub const UNTOUCHED: Self = Self::Open {
        fill: 1,
        in_fill: Packages::ZERO,
        dispensed: Packages::ZERO,
    };

    /// Packages handed over so far.
    #[must_use]
    pub fn dispensed(self) -> Packages {
        match self {
            Self::Open { dispensed, .. } | Self::Closed { dispensed, .. } => dispensed,
        }
    }

    /// Packages that can still be handed over in the fill under way, and the number of that fill.
    #[must_use]
    pub fn owed_in_fill(self, line: &IssuedLine) -> Option<(Packages, u8)> {
        match self {
            Self::Open { fill, in_fill, .. } => Some((line.packages.minus(in_fill)?, fill)),
            Self::Closed { .. } => None,
        }
    }

    /// Packages that can still be handed over of the line, in all its fills.
    #[must_use]
    pub fn remainder(self, line: &IssuedLine) -> Packages {
        let Some((owed, fill)) = self.owed_in_fill(line) else {
            return Packages::ZERO;
        };
        let later = line.packages.times(line.fills.saturating_sub(fill));
        later.and_then(|later| owed.plus(later)).unwrap_or_default()
    }

    /// The state after handing over `part`; `None` where that cannot be.
    ///
    /// Of fractions II and III every visit is a fill (LGS art. 226, II and III: "surtir"), so that
    /// what is not collected then is not owed any more. Of fraction I neither, unless the pharmacy
    /// that retained the receta recorded that it owes the rest. Of the others a fill may take
    /// several visits.
    pub(super) fn after(self, line: &IssuedLine, part: Part) -> Option<Self> {
        let Self::Open {
            fill: current,
            in_fill,
            dispensed,
        } = self
        else {
            return None;
        };
        if part.packages.is_zero() || part.fill != current {
            return None;
        }
        let in_fill = in_fill.plus(part.packages)?;
        let left = line.packages.minus(in_fill)?;
        let dispensed = dispensed.plus(part.packages)?;
        let may_owe = line.fraction == Fraction::I && part.retained && !left.is_zero();
        if part.rest_owed && !may_owe {
            return None;
        }
        let fill_ends = left.is_zero() || (line.fraction.is_controlled() && !part.rest_owed);
        let closes = part.retained && !part.rest_owed;
        Some(if closes || (fill_ends && current >= line.fills) {
            Self::Closed {
                dispensed,
                retained: part.retained,
            }
        } else if fill_ends {
            Self::Open {
                fill: current.checked_add(1)?,
                in_fill: Packages::ZERO,
                dispensed,
            }
        } else {
            Self::Open {
                fill: current,
                in_fill,
                dispensed,
            }
        })
    }

    /// What these visits amount to, in whatever fills they were recorded: for when one of them was
    /// undone. Without corrections it is what [`LineState::after`] folds. `None` where it cannot be.
    ///
    /// What a correction leaves of a visit of fractions II and III is still one of the times that
    /// the law counts. A visit that is undone as a whole was none, and its retention goes with it.
    pub(super) fn of_visits(line: &IssuedLine, visits: &[Counted]) -> Option<Self> {
        let total = visits
            .iter()
            .try_fold(Packages::ZERO, |sum, visit| sum.plus(visit.packages))?;
        let times = u8::try_from(visits.len()).unwrap_or(u8::MAX);
        let was_retained = visits.iter().any(|visit| visit.retained);
        let open = |fill, in_fill| Self::Open {
            fill,
            in_fill,
            dispensed: total,
        };
        let closed = |retained| Self::Closed {
            dispensed: total,
            retained,
        };
        if visits.is_empty() {
            return Some(Self::UNTOUCHED);
        }
        Some(match line.fraction {
            Fraction::I => {
                let left = line.packages.minus(total)?;
                if !left.is_zero() && visits.iter().any(|visit| visit.rest_owed) {
                    open(1, total)
                } else {
                    closed(was_retained)
                }
            }
            Fraction::III if times < line.fills => open(times.checked_add(1)?, Packages::ZERO),
            Fraction::II | Fraction::III => closed(was_retained),
            Fraction::IV | Fraction::V | Fraction::VI => {
                let (fills, in_fill) = total.fills_of(line.packages)?;
                if fills >= line.fills {
                    closed(was_retained)
                } else {
                    open(fills.checked_add(1)?, in_fill)
                }
            }
        })
    }
}
