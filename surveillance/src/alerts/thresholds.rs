//! From where on a person is told.

use serde::{Deserialize, Serialize};

/// The thresholds. The law sets none of them: each is a parameter, marked \[S\] where a secondary
/// source names the figure (`regulatory-facts.md`, fraud) and \[B\] where we chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Recetas by one prescriber…
    pub velocity: Velocity,
    /// Prescribers for one patient…
    pub many_prescribers: ManyPrescribers,
    /// Opioids for one patient…
    pub opioid_dose: OpioidDose,
    /// Opioid and benzodiazepine for one patient…
    pub opioid_benzodiazepine: OpioidBenzodiazepine,
    /// Recetas by a prescriber whose licence is not active…
    pub licence: Licence,
    /// Folios that were used before…
    pub folio_reuse: FolioReuse,
    /// One receta at several counters…
    pub photocopy: Photocopy,
    /// Differences that nobody explained…
    pub unexplained: Unexplained,
    /// Shipments that did not arrive…
    pub late_receipt: LateReceipt,
    /// A pharmacy beside the others of its area…
    pub peers: Peers,
    /// Pieces of evidence that an alert lists; it counts them all. \[B\]
    pub evidence: u16,
}

/// Stolen credentials were seen to issue 1,000 recetas in 14 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Velocity {
    /// Recetas, \[S\]…
    pub recetas: u32,
    /// …in so many hours. \[S\]
    pub hours: u16,
}

/// Prescribers of controlled medicines (fractions I to III) for one patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManyPrescribers {
    /// Prescribers, \[S\]…
    pub prescribers: u16,
    /// …in so many consecutive days. \[S\]
    pub days: u16,
}

/// Oral-morphine equivalent of the opioids that one patient received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpioidDose {
    /// Milligrams a day, on average, \[S\]…
    pub mg_per_day: u32,
    /// …over so many consecutive days. \[S\]
    pub days: u16,
}

/// Both handed over to one patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpioidBenzodiazepine {
    /// In so many consecutive days. \[S\]
    pub days: u16,
}

/// The register says dead, suspended or revoked on the day of issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Licence {
    /// Recetas in one day. \[B\]
    pub recetas: u32,
}

/// A special folio, or the folio of another QR, was presented again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FolioReuse {
    /// Refused attempts with one folio, \[B\]…
    pub attempts: u32,
    /// …in so many consecutive days. \[B\]
    pub days: u16,
}

/// A receta was refused because nothing is owed on it, and others saw it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Photocopy {
    /// Establishments at which it was presented, \[B\]…
    pub establishments: u16,
    /// …in so many consecutive days. \[B\]
    pub days: u16,
}

/// Counts of fractions I to III that found less than the books had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Unexplained {
    /// Units of one clave at one establishment, \[B\]…
    pub units: u64,
    /// …in so many consecutive days. \[B\]
    pub days: u16,
}

/// Shipped, and not all of it received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LateReceipt {
    /// After so many days. \[B\]
    pub days: u16,
}

/// What a pharmacy handed over in a month, in units of one class, beside its peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Peers {
    /// Median absolute deviations above the median, in thousandths. \[B\]
    pub deviations_permille: u32,
    /// Establishments that a municipality needs, itself included, to be compared within; with
    /// fewer, its entity is taken, then the country. \[B\]
    pub least_peers: u16,
    /// The deviation is at least so many thousandths of the median: equal peers do not make the
    /// slightest difference an outlier. \[B\]
    pub least_deviation_permille: u16,
    /// Units below which nobody is told. \[B\]
    pub least_units: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            velocity: Velocity::default(),
            many_prescribers: ManyPrescribers::default(),
            opioid_dose: OpioidDose::default(),
            opioid_benzodiazepine: OpioidBenzodiazepine::default(),
            licence: Licence::default(),
            folio_reuse: FolioReuse::default(),
            photocopy: Photocopy::default(),
            unexplained: Unexplained::default(),
            late_receipt: LateReceipt::default(),
            peers: Peers::default(),
            evidence: 50,
        }
    }
}

/// The values of the thresholds where nothing else is configured.
macro_rules! defaults {
    ($($name:ident { $($field:ident: $value:expr),* })*) => {$(
        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $value),* }
            }
        }
    )*};
}
defaults! {
    Velocity { recetas: 1000, hours: 14 }
    ManyPrescribers { prescribers: 4, days: 90 }
    OpioidDose { mg_per_day: 100, days: 90 }
    OpioidBenzodiazepine { days: 30 }
    Licence { recetas: 1 }
    FolioReuse { attempts: 2, days: 30 }
    Photocopy { establishments: 2, days: 30 }
    Unexplained { units: 1, days: 30 }
    LateReceipt { days: 7 }
    Peers {
        deviations_permille: 6000, least_peers: 5, least_deviation_permille: 100, least_units: 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_stays_as_it_is() {
        let some: Thresholds = serde_json::from_str(r#"{"velocity":{"recetas":500}}"#).unwrap();
        assert_eq!(
            some.velocity,
            Velocity {
                recetas: 500,
                hours: 14
            }
        );
        assert_eq!(some.peers, Peers::default());
        assert_eq!(
            serde_json::from_str::<Thresholds>("{}").unwrap(),
            Thresholds::default()
        );
    }

    #[test]
    fn a_misspelt_threshold_is_refused() {
        for wrong in [r#"{"velocidad":{}}"#, r#"{"velocity":{"receta":1}}"#] {
            assert!(
                serde_json::from_str::<Thresholds>(wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
