//! The state of a prescription: what its events, folded in order, amount to.

mod give;
mod line;
mod phase;

use jiff::Timestamp;
use jiff::civil::Date;

pub use self::give::{Dispensing, HandedLine, Reservation};
pub use self::line::LineState;
pub use self::phase::Phase;
use crate::event::{CancelReason, SuspendReason};
use crate::{Cedula, Event, Issued, IssuedLine, Refusal};

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
    /// What was handed over, and what of it came back, in the order of the ledger.
    pub dispensings: Vec<Dispensing>,
    /// Who owes the rest of a fill that was begun, for each line in the order of `issued.lines`.
    pub reservations: Vec<Option<Reservation>>,
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
    /// The prescriber stopped it for the time being. Not an end.
    Suspended {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: SuspendReason,
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
    /// Nothing may follow the end of a prescription but returns and one erasure, and nothing that.
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
    /// Cancelled, suspended or resumed by somebody who did not prescribe.
    #[error("somebody other than the prescriber cancelled, suspended or resumed")]
    NotThePrescriber,
    /// Dispensed, transferred or suspended while suspended.
    #[error("a step that a suspension forbids")]
    Suspended,
    /// Resumed without having been suspended.
    #[error("resumed without a suspension")]
    NotSuspended,
    /// Returned: an unknown dispensing or line, another pharmacy, or more than was handed over.
    #[error("dispensing {0} cannot have been returned like this")]
    Returned(u32),
    /// Transferred: not the rest that the pharmacy owes.
    #[error("a transfer of what the pharmacy does not owe")]
    Transferred,
}

impl Status {
    /// When the prescription ended; `None` while it can be filled.
    #[must_use]
    pub fn ended_at(self) -> Option<Timestamp> {
        match self {
            Self::Active | Self::Suspended { .. } => None,
            Self::Completed { at } | Self::Cancelled { at, .. } | Self::Expired { at } => Some(at),
        }
    }
}

impl Prescription {
    /// The state right after issue.
    #[must_use]
    pub fn new(issued: Issued) -> Self {
        let count = issued.lines.len();
        Self {
            issued,
            lines: vec![LineState::UNTOUCHED; count],
            status: Status::Active,
            erased: None,
            dispensings: Vec::new(),
            reservations: vec![None; count],
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
        self.may_follow(event)?;
        match event {
            Event::Issued(_) => return Err(ApplyError::Order),
            Event::Dispensed(dispensed) => self.hand_over(dispensed)?,
            Event::Returned(returned) => self.take_back(returned)?,
            Event::Transferred(transferred) => self.transfer(transferred)?,
            Event::Cancelled(cancelled) => {
                self.is_by_the_prescriber(&cancelled.by)?;
                let (at, reason) = (cancelled.at, cancelled.reason);
                self.status = Status::Cancelled { at, reason };
            }
            Event::Suspended(suspended) => {
                self.is_by_the_prescriber(&suspended.by)?;
                let (at, reason) = (suspended.at, suspended.reason);
                self.status = Status::Suspended { at, reason };
            }
            Event::Resumed(resumed) => {
                self.is_by_the_prescriber(&resumed.by)?;
                self.status = Status::Active;
            }
            Event::Expired(expired) => self.status = Status::Expired { at: expired.at },
            Event::Erased(erased) => self.erased = Some(erased.at),
        }
        Ok(self)
    }

    /// Whether a step of this kind can come in this status at all.
    fn may_follow(&self, event: &Event) -> Result<(), ApplyError> {
        if self.erased.is_some() {
            return Err(ApplyError::AfterEnd);
        }
        let ended = self.status.ended_at().is_some();
        let suspended = matches!(self.status, Status::Suspended { .. });
        match event {
            Event::Erased(_) if !ended => Err(ApplyError::ErasedBeforeEnd),
            // Medicine comes back, and a mistake comes to light, whatever became of the receta.
            Event::Returned(_) | Event::Erased(_) => Ok(()),
            _ if ended => Err(ApplyError::AfterEnd),
            Event::Resumed(_) if !suspended => Err(ApplyError::NotSuspended),
            Event::Dispensed(_) | Event::Transferred(_) | Event::Suspended(_) if suspended => {
                Err(ApplyError::Suspended)
            }
            Event::Issued(_)
            | Event::Dispensed(_)
            | Event::Transferred(_)
            | Event::Suspended(_)
            | Event::Resumed(_)
            | Event::Cancelled(_)
            | Event::Expired(_) => Ok(()),
        }
    }

    fn is_by_the_prescriber(&self, by: &Cedula) -> Result<(), ApplyError> {
        let prescriber = *by == self.issued.prescriber;
        prescriber.then_some(()).ok_or(ApplyError::NotThePrescriber)
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

    /// That something can be handed over: it is neither suspended nor at its end.
    ///
    /// # Errors
    /// How it ended, or since when and why it is suspended.
    pub fn ensure_active(&self) -> Result<(), Refusal> {
        self.ensure_not_ended()?;
        match self.status {
            Status::Suspended { at, reason } => Err(Refusal::Suspended { at, reason }),
            Status::Active
            | Status::Completed { .. }
            | Status::Cancelled { .. }
            | Status::Expired { .. } => Ok(()),
        }
    }

    /// That the prescription is not at its end.
    ///
    /// # Errors
    /// How it ended.
    pub fn ensure_not_ended(&self) -> Result<(), Refusal> {
        match self.status {
            Status::Active | Status::Suspended { .. } => Ok(()),
            Status::Completed { at } => Err(Refusal::AlreadyCompleted { at }),
            Status::Cancelled { at, reason } => Err(Refusal::AlreadyCancelled { at, reason }),
            Status::Expired { .. } => Err(Refusal::AlreadyExpired {
                line: None,
                valid_until: self.valid_until(),
            }),
        }
    }

    /// The lines of which something can still be handed over, now or when a suspension is over:
    /// those whose substance holds its place among the patient's active prescriptions.
    pub fn open_lines(&self) -> impl Iterator<Item = &IssuedLine> {
        let active = self.status.ended_at().is_none();
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
            Status::Suspended { .. } => Phase::Suspended,
        }
    }
}
