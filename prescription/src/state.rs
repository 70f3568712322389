//! The state of a prescription: what its events, folded in order, amount to.

mod phase;

use jiff::Timestamp;
use jiff::civil::Date;

pub use self::phase::Phase;
use crate::event::CancelReason;
use crate::{Dispensed, Event, Issued, IssuedLine, Packages, Refusal};

/// A prescription and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prescription {
    /// How it was issued.
    pub issued: Issued,
    /// What has become of each line, in the order of `issued.lines`.
    pub lines: Vec<LineState>,
    /// What has become of the whole.
    pub status: Status,
    /// When the bodies of its events were destroyed, after its end and the legal retention.
    pub erased: Option<Timestamp>,
}

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

/// What has become of the whole prescription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It can be filled.
    Active,
    /// Every line is closed.
    Completed {
        /// When the last line was.
        at: Timestamp,
    },
    /// The prescriber cancelled it.
    Cancelled {
        /// When.
        at: Timestamp,
        /// Why.
        reason: CancelReason,
    },
    /// Its validity ran out.
    Expired {
        /// When that was recorded.
        at: Timestamp,
    },
}

/// An event does not follow from the state it is applied to: the record is corrupt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The first event must be the issue, and only the first.
    #[error("a history begins with its issue, and only once")]
    Order,
    /// An event of another prescription.
    #[error("the event belongs to another folio")]
    Folio,
    /// Nothing may follow the end of a prescription but one erasure.
    #[error("an event follows the end of the prescription")]
    AfterEnd,
    /// Erased although it can still be filled.
    #[error("an erasure precedes the end of the prescription")]
    ErasedBeforeEnd,
    /// More dispensed than prescribed, an unknown or closed line, a line twice in one dispensing,
    /// or a wrong fill number.
    #[error("line {0} cannot have been dispensed like this")]
    Line(u8),
    /// Dispensed before it was written or after its validity.
    #[error("line {0} was not valid on the day on which it was dispensed")]
    Day(u8),
    /// A dispensing of nothing.
    #[error("a dispensing names no line")]
    Empty,
    /// Cancelled by somebody who did not prescribe.
    #[error("somebody other than the prescriber cancelled")]
    NotThePrescriber,
}

impl Status {
    /// When the prescription ended; `None` while it can be filled.
    #[must_use]
    pub fn ended_at(self) -> Option<Timestamp> {
        match self {
            Self::Active => None,
            Self::Completed { at } | Self::Cancelled { at, .. } | Self::Expired { at } => Some(at),
        }
    }
}

impl Prescription {
    /// The state right after issue.
    #[must_use]
    pub fn new(issued: Issued) -> Self {
        let lines = vec![LineState::UNTOUCHED; issued.lines.len()];
        Self {
            issued,
            lines,
            status: Status::Active,
            erased: None,
        }
    }

    /// Folds a whole history.
    ///
    /// # Errors
    /// The first event that cannot have happened.
    pub fn from_history<'a>(
        events: impl IntoIterator<Item = &'a Event>,
    ) -> Result<Self, ApplyError> {
        let mut events = events.into_iter();
        let Some(Event::Issued(issued)) = events.next() else {
            return Err(ApplyError::Order);
        };
        events.try_fold(Self::new(issued.clone()), Self::apply)
    }

    /// The state after `event`.
    ///
    /// # Errors
    /// Where the event cannot have happened in this state; the stored history is then corrupt.
    pub fn apply(mut self, event: &Event) -> Result<Self, ApplyError> {
        if event.folio() != self.issued.folio {
            return Err(ApplyError::Folio);
        }
        let ended = self.status != Status::Active;
        if ended != matches!(event, Event::Erased(_)) {
            return Err(if ended {
                ApplyError::AfterEnd
            } else {
                ApplyError::ErasedBeforeEnd
            });
        }
        match event {
            Event::Issued(_) => return Err(ApplyError::Order),
            Event::Dispensed(dispensed) => self.hand_over(dispensed)?,
            Event::Cancelled(cancelled) if cancelled.by != self.issued.prescriber => {
                return Err(ApplyError::NotThePrescriber);
            }
            Event::Cancelled(cancelled) => {
                self.status = Status::Cancelled {
                    at: cancelled.at,
                    reason: cancelled.reason,
                };
            }
            Event::Expired(expired) => self.status = Status::Expired { at: expired.at },
            Event::Erased(erased) => {
                if self.erased.replace(erased.at).is_some() {
                    return Err(ApplyError::AfterEnd);
                }
            }
        }
        Ok(self)
    }

    /// Takes the packages of `dispensed` off its lines, and ends the prescription with its last one.
    fn hand_over(&mut self, dispensed: &Dispensed) -> Result<(), ApplyError> {
        if dispensed.lines.is_empty() {
            return Err(ApplyError::Empty);
        }
        for (index, part) in dispensed.lines.iter().enumerate() {
            let corrupt = ApplyError::Line(part.line);
            if dispensed.lines[..index]
                .iter()
                .any(|earlier| earlier.line == part.line)
            {
                return Err(corrupt);
            }
            let (line, state) = self.line(part.line).ok_or(corrupt.clone())?;
            if !(self.issued.written_on..=line.valid_until).contains(&dispensed.on) {
                return Err(ApplyError::Day(part.line));
            }
            let after = state.after(line, part.packages, part.fill, part.retained);
            self.lines[usize::from(part.line) - 1] = after.ok_or(corrupt)?;
        }
        if self
            .lines
            .iter()
            .all(|line| matches!(line, LineState::Closed { .. }))
        {
            self.status = Status::Completed { at: dispensed.at };
        }
        Ok(())
    }

    /// The line with this number (from 1) and what has become of it.
    #[must_use]
    pub fn line(&self, number: u8) -> Option<(&IssuedLine, LineState)> {
        let index = usize::from(number).checked_sub(1)?;
        Some((self.issued.lines.get(index)?, *self.lines.get(index)?))
    }

    /// The last day on which any line that is still open can be filled; of a prescription without
    /// open lines, the last day that any line had.
    #[must_use]
    pub fn valid_until(&self) -> Date {
        let lines = self.issued.lines.iter().zip(&self.lines);
        let open = lines.filter(|(_, state)| matches!(state, LineState::Open { .. }));
        let last_open = open.map(|(line, _)| line.valid_until).max();
        let last = || self.issued.lines.iter().map(|line| line.valid_until).max();
        last_open.or_else(last).unwrap_or(self.issued.written_on)
    }

    /// That the prescription is not at its end.
    ///
    /// # Errors
    /// How it ended.
    pub fn ensure_active(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Active => Ok(()),
            Status::Completed { at } => Err(Refusal::AlreadyCompleted { at }),
            Status::Cancelled { at, reason } => Err(Refusal::AlreadyCancelled { at, reason }),
            Status::Expired { .. } => Err(Refusal::AlreadyExpired {
                line: None,
                valid_until: self.valid_until(),
            }),
        }
    }

    /// The lines of which something can still be handed over: those whose substance holds its
    /// place among the patient's active prescriptions.
    pub fn open_lines(&self) -> impl Iterator<Item = &IssuedLine> {
        let active = self.status == Status::Active;
        let lines = self.issued.lines.iter().zip(&self.lines);
        let open =
            lines.filter(move |(_, state)| active && matches!(state, LineState::Open { .. }));
        open.map(|(line, _)| line)
    }

    /// Whether anything has been handed over.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        self.lines.iter().any(|line| !line.dispensed().is_zero())
    }

    /// The state as one word, for the API and the ledger's leaf.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.status {
            Status::Active if self.is_touched() => Phase::PartiallyDispensed,
            Status::Active => Phase::Active,
            Status::Completed { .. } => Phase::Completed,
            Status::Cancelled { .. } => Phase::Cancelled,
            Status::Expired { .. } => Phase::Expired,
        }
    }
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

    /// The state after handing over `packages` in fill number `fill`; `None` where that cannot be.
    ///
    /// Of a controlled medicine every visit is a fill (LGS art. 226, II and III: "surtir"), so that
    /// what is not collected then is not owed any more. Of the others a fill may take several
    /// visits.
    fn after(
        self,
        line: &IssuedLine,
        packages: Packages,
        fill: u8,
        retained: bool,
    ) -> Option<Self> {
        let Self::Open {
            fill: current,
            in_fill,
            dispensed,
        } = self
        else {
            return None;
        };
        if packages.is_zero() || fill != current {
            return None;
        }
        let in_fill = in_fill.plus(packages)?;
        let left = line.packages.minus(in_fill)?;
        let dispensed = dispensed.plus(packages)?;
        let fill_ends = left.is_zero() || line.fraction.is_controlled();
        Some(if retained || (fill_ends && current >= line.fills) {
            Self::Closed {
                dispensed,
                retained,
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
}
