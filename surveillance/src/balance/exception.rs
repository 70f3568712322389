//! What does not add up.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::fact::Flow;
use crate::table::Cell;

/// Something that does not add up, in units. A difference has reasons; this is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exception {
    /// More was handed over than the explained movements had brought.
    DispensedMoreThanHeld(u64),
    /// Handed over without a receta.
    WithoutPrescription(u64),
    /// Prescribed and never dispensed, above the tolerance.
    NeverDispensed(u64),
    /// The movements leave another stock than the establishment says it holds.
    DoesNotClose {
        /// What the movements leave.
        computed: i128,
        /// What the establishment says.
        stated: u64,
    },
    /// Shipped in an earlier period and not arrived by the end of this one.
    NeverReceived(u64),
    /// Counts that found less than the books had.
    Missing(u64),
    /// Counts that found more than the books had.
    Found(u64),
}

/// What is let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tolerance {
    /// Thousandths of what was prescribed that may lapse: patients do not fill everything. \[B\]
    pub lapsed_permille: u16,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            lapsed_permille: 500,
        }
    }
}

/// What does not add up in a row. `transit` is what had been shipped before it and had not arrived.
pub(super) fn of(row: &Row, transit: i128, tolerance: Tolerance) -> Vec<Exception> {
    let sums = &row.sums;
    let handed = i128::from(sums.dispensed) - i128::from(sums.returned);
    let explained = |flow| !matches!(flow, Flow::Found | Flow::Shortfall | Flow::Missing);
    let came = sums.sum(|flow| flow.is_in() && explained(flow));
    let went = sums.sum(|flow| flow.is_out() && explained(flow));
    let short = handed - (row.opening + came - went);
    let late = transit - i128::from(sums.arrived);
    let prescribed = u128::from(sums.prescribed);
    let bearable = prescribed * u128::from(tolerance.lapsed_permille) / 1000;
    let lapsed = units(sums.lapsed.into()).filter(|lapsed| u128::from(*lapsed) > bearable);
    let differs = sums
        .stated
        .filter(|stated| i128::from(*stated) != row.closing);
    let found = [
        units(short).map(Exception::DispensedMoreThanHeld),
        units(sums.unprescribed.into()).map(Exception::WithoutPrescription),
        lapsed
            .filter(|_| prescribed > 0)
            .map(Exception::NeverDispensed),
        differs.map(|stated| Exception::DoesNotClose {
            computed: row.closing,
            stated,
        }),
        units(late).map(Exception::NeverReceived),
        units(sums.flow(Flow::Missing).into()).map(Exception::Missing),
        units(sums.flow(Flow::Found).into()).map(Exception::Found),
    ];
    found.into_iter().flatten().collect()
}

/// A number of units, where there are any.
fn units(number: i128) -> Option<u64> {
    if number <= 0 {
        return None;
    }
    Some(u64::try_from(number).unwrap_or(u64::MAX))
}

impl Exception {
    /// The code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DispensedMoreThanHeld(_) => "dispensed-more-than-held",
            Self::WithoutPrescription(_) => "without-prescription",
            Self::NeverDispensed(_) => "never-dispensed",
            Self::DoesNotClose { .. } => "does-not-close",
            Self::NeverReceived(_) => "never-received",
            Self::Missing(_) => "missing",
            Self::Found(_) => "found",
        }
    }

    /// What people read.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::DispensedMoreThanHeld(units) => format!(
                "se surtieron {units} unidades más de las que explican existencia y entradas"
            ),
            Self::WithoutPrescription(units) => {
                format!("{units} unidades surtidas sin receta en el registro")
            }
            Self::NeverDispensed(units) => {
                format!("{units} unidades recetadas que nadie surtió")
            }
            Self::DoesNotClose { computed, stated } => format!(
                "los movimientos dejan {computed} unidades y el establecimiento declara {stated}"
            ),
            Self::NeverReceived(units) => {
                format!("{units} unidades enviadas en un periodo anterior que nadie ha recibido")
            }
            Self::Missing(units) => format!("faltaron {units} unidades en conteos"),
            Self::Found(units) => format!("sobraron {units} unidades en conteos"),
        }
    }

    /// Units concerned.
    pub(super) fn units(&self) -> Cell {
        match *self {
            Self::DispensedMoreThanHeld(units)
            | Self::WithoutPrescription(units)
            | Self::NeverDispensed(units)
            | Self::NeverReceived(units)
            | Self::Missing(units)
            | Self::Found(units) => Cell::Count(units.into()),
            Self::DoesNotClose { computed, stated } => {
                Cell::Count(i128::from(stated).saturating_sub(computed))
            }
        }
    }
}
