//! Medicine goes out, comes back and is owed: the three steps that move quantities, folded.
//!
//! A return that undoes part of a dispensing is folded by folding the line again without that
//! part: what a correction leaves is what would have been there had the mistake not been made.

use jiff::Span;
use jiff::civil::Date;

use super::line::{Counted, Part};
use super::{ApplyError, LineState, Prescription, Status};
use crate::event::{Returned, Transferred};
use crate::law::Parameters;
use crate::{Clues, Dispensed, DispensedLine, Fraction, Packages};

/// One dispensing, and what of it came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispensing {
    /// Day of the dispensing, in the time zone of the pharmacy.
    pub on: Date,
    /// Who dispensed.
    pub pharmacy: Clues,
    /// What was handed over of each line.
    pub lines: Vec<HandedLine>,
}

/// What was handed over of one line in one dispensing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandedLine {
    /// Number of the line, from 1.
    pub line: u8,
    /// Packages handed over.
    pub packages: Packages,
    /// Packages of them that came back, for whatever reason.
    pub returned: Packages,
    /// Packages of those that a correction undid: they count as never handed over.
    pub undone: Packages,
    /// The receta was retained with it.
    pub retained: bool,
    /// The pharmacy that retained the receta owes the rest.
    pub rest_owed: bool,
}

/// The rest of a fill that was begun is this pharmacy's to hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Who owes it.
    pub pharmacy: Clues,
    /// Since which day.
    pub since: Date,
    /// The receta itself is retained there, so that nobody else can fill it.
    pub retained: bool,
    /// It was transferred there, and is owed there whatever was handed over.
    pub transferred: bool,
}

impl Reservation {
    /// The last day on which only this pharmacy may hand the rest over; `None` where it holds the
    /// receta.
    #[must_use]
    pub fn until(&self, parameters: &Parameters) -> Option<Date> {
        let days = Span::new().days(parameters.reservation_days);
        (!self.retained).then(|| self.since.saturating_add(days))
    }
}

impl HandedLine {
    /// Packages that can still come back.
    #[must_use]
    pub fn returnable(&self) -> Packages {
        self.packages.minus(self.returned).unwrap_or_default()
    }

    /// Packages that count as handed over.
    fn counted(&self) -> Packages {
        self.packages.minus(self.undone).unwrap_or_default()
    }

    fn of(part: &DispensedLine) -> Self {
        Self {
            line: part.line,
            packages: part.packages,
            returned: Packages::ZERO,
            undone: Packages::ZERO,
            retained: part.retained,
            rest_owed: part.rest_owed,
        }
    }
}

impl Prescription {
    /// Takes the packages of `dispensed` off its lines, and ends the prescription with its last one.
    pub(super) fn hand_over(&mut self, dispensed: &Dispensed) -> Result<(), ApplyError> {
        if dispensed.lines.is_empty() {
            return Err(ApplyError::Empty);
        }
        for (index, part) in dispensed.lines.iter().enumerate() {
            let corrupt = ApplyError::Line(part.line);
            let mut earlier = dispensed.lines[..index].iter();
            if earlier.any(|earlier| earlier.line == part.line) || !self.counts_units(part) {
                return Err(corrupt);
            }
            let (line, state) = self.line(part.line).ok_or(corrupt.clone())?;
            if !(self.issued.written_on..=line.valid_until).contains(&dispensed.on) {
                return Err(ApplyError::Day(part.line));
            }
            if self.is_retained_elsewhere(part.line, &dispensed.pharmacy) {
                return Err(corrupt);
            }
            let visit = Part {
                packages: part.packages,
                fill: part.fill,
                retained: part.retained,
                rest_owed: part.rest_owed,
            };
            let after = state.after(line, visit).ok_or(corrupt)?;
            let before = self.reservation(part.line);
            let same = before.filter(|before| before.pharmacy == dispensed.pharmacy);
            let reservation = Reservation {
                pharmacy: dispensed.pharmacy.clone(),
                since: dispensed.on,
                retained: part.retained,
                transferred: same.is_some_and(|before| before.transferred),
            };
            self.set_line(part.line, after, Some(reservation));
        }
        self.dispensings.push(Dispensing {
            on: dispensed.on,
            pharmacy: dispensed.pharmacy.clone(),
            lines: dispensed.lines.iter().map(HandedLine::of).collect(),
        });
        if self.is_all_closed() {
            self.status = Status::Completed { at: dispensed.at };
        }
        Ok(())
    }

    /// Takes back part of a dispensing; what is undone is owed again where a line opens with it.
    pub(super) fn take_back(&mut self, returned: &Returned) -> Result<(), ApplyError> {
        let corrupt = || ApplyError::Returned(returned.dispensing);
        let index = usize::try_from(returned.dispensing).ok();
        let index = index.and_then(|number| number.checked_sub(1));
        let dispensing = index.and_then(|index| self.dispensings.get_mut(index));
        let dispensing = dispensing.ok_or_else(corrupt)?;
        if dispensing.pharmacy != returned.pharmacy
            || returned.on < dispensing.on
            || returned.lines.is_empty()
        {
            return Err(corrupt());
        }
        for (index, part) in returned.lines.iter().enumerate() {
            let mut earlier = returned.lines[..index].iter();
            let twice = earlier.any(|earlier| earlier.line == part.line);
            let mut lines = dispensing.lines.iter_mut();
            let handed = lines.find(|handed| handed.line == part.line);
            let handed = handed.ok_or_else(corrupt)?;
            if twice || part.packages.is_zero() || part.packages > handed.returnable() {
                return Err(corrupt());
            }
            handed.returned = handed.returned.plus(part.packages).ok_or_else(corrupt)?;
            if part.undoes {
                handed.undone = handed.undone.plus(part.packages).ok_or_else(corrupt)?;
            }
        }
        for part in returned.lines.iter().filter(|part| part.undoes) {
            self.fold_line_again(part.line).ok_or_else(corrupt)?;
        }
        if matches!(self.status, Status::Completed { .. }) && !self.is_all_closed() {
            self.status = Status::Active;
        }
        Ok(())
    }

    /// What becomes of a line without what was undone.
    fn fold_line_again(&mut self, number: u8) -> Option<()> {
        let (line, _) = self.line(number)?;
        let standing = self.reservation(number).cloned();
        let (mut visits, mut last, mut stands) = (Vec::new(), None, false);
        for dispensing in &self.dispensings {
            let mut lines = dispensing.lines.iter();
            let handed = lines.find(|handed| handed.line == number);
            let Some(handed) = handed.filter(|handed| !handed.counted().is_zero()) else {
                continue;
            };
            visits.push(Counted {
                packages: handed.counted(),
                retained: handed.retained,
                rest_owed: handed.rest_owed || !handed.undone.is_zero(),
            });
            let here = |owes: &Reservation| owes.pharmacy == dispensing.pharmacy;
            stands |= standing.as_ref().is_some_and(here);
            last = Some(Reservation {
                pharmacy: dispensing.pharmacy.clone(),
                since: dispensing.on,
                retained: handed.retained && line.fraction == Fraction::I,
                transferred: false,
            });
        }
        let state = LineState::of_visits(line, &visits)?;
        // Whoever handed over nothing, as it turns out, owes nothing: unless it was passed on to them.
        let standing = standing.filter(|owes| stands || owes.transferred);
        self.set_line(number, state, standing.or(last));
        Some(())
    }

    /// Moves the rest that `from` owes to another pharmacy.
    pub(super) fn transfer(&mut self, transferred: &Transferred) -> Result<(), ApplyError> {
        let lines = &transferred.lines;
        let ascending = lines.is_sorted_by(|one, next| one < next);
        let owed = |line: &u8| {
            self.reservation(*line).is_some_and(|reservation| {
                reservation.pharmacy == transferred.from && !reservation.retained
            })
        };
        let other = transferred.from != transferred.to;
        if lines.is_empty() || !ascending || !other || !lines.iter().all(owed) {
            return Err(ApplyError::Transferred);
        }
        for line in lines {
            if let Some(place) = self.reservations.get_mut(usize::from(*line) - 1) {
                *place = Some(Reservation {
                    pharmacy: transferred.to.clone(),
                    since: transferred.on,
                    retained: false,
                    transferred: true,
                });
            }
        }
        Ok(())
    }

    /// The dispensing with this number, from 1 in the order of the ledger.
    #[must_use]
    pub fn dispensing(&self, number: u32) -> Option<&Dispensing> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.dispensings.get(index)
    }

    /// Who owes the rest of the fill under way of this line, if it was begun.
    #[must_use]
    pub fn reservation(&self, number: u8) -> Option<&Reservation> {
        let index = usize::from(number).checked_sub(1)?;
        self.reservations.get(index)?.as_ref()
    }

    /// The day on which fill number `fill` of a line began, where it has begun.
    #[must_use]
    pub fn fill_began_on(&self, number: u8, fill: u8) -> Option<Date> {
        let (line, _) = self.line(number)?;
        let before = fill.checked_sub(1)?;
        let (mut times, mut total) = (0_u8, Packages::ZERO);
        for dispensing in &self.dispensings {
            let mut lines = dispensing.lines.iter();
            let handed = lines.find(|handed| handed.line == number);
            let Some(handed) = handed.filter(|handed| !handed.counted().is_zero()) else {
                continue;
            };
            times = times.saturating_add(1);
            total = total.plus(handed.counted())?;
            // Of the controlled medicines every visit is a fill.
            let begun = if line.fraction.is_controlled() {
                times == fill
            } else {
                total > line.packages.times(before)?
            };
            if begun {
                return Some(dispensing.on);
            }
        }
        None
    }

    fn is_retained_elsewhere(&self, line: u8, pharmacy: &Clues) -> bool {
        let reservation = self.reservation(line);
        reservation.is_some_and(|reserved| reserved.retained && reserved.pharmacy != *pharmacy)
    }

    /// In unit doses every quantity counts units, and says so.
    fn counts_units(&self, part: &DispensedLine) -> bool {
        let inpatient = !self.issued.setting.is_outpatient();
        part.units == inpatient.then(|| part.packages.count())
    }

    /// The line as it is now; `by` owes the rest of a fill that is begun.
    fn set_line(&mut self, number: u8, after: LineState, by: Option<Reservation>) {
        let index = usize::from(number).saturating_sub(1);
        let begun = matches!(after, LineState::Open { in_fill, .. } if !in_fill.is_zero());
        if let (Some(line), Some(place)) =
            (self.lines.get_mut(index), self.reservations.get_mut(index))
        {
            *line = after;
            *place = by.filter(|_| begun);
        }
    }

    fn is_all_closed(&self) -> bool {
        let mut lines = self.lines.iter();
        lines.all(|line| matches!(line, LineState::Closed { .. }))
    }
}
