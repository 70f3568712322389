//! Patterns of access that a person should look at.
//!
//! Three of them, per actor: very many patients in a short time, one person in two places at
//! nearly the same time, and a burst of refused attempts. An alarm carries the records that show
//! it. It informs somebody; it never decides.

mod window;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use prescription::PatientId;

use crate::opaque_id::OpaqueId;
use crate::record::{AccessRecord, RecordId, Role, Site};
use window::DistinctWindow;

/// So many within so much time. Both ends belong to the span; a count of 0 is taken as 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// From this count on it is unusual.
    pub count: usize,
    /// The span of time.
    pub within: SignedDuration,
}

/// What makes two places different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Another municipality. Somebody may work at two establishments of one city.
    Municipality,
    /// Another establishment.
    Establishment,
}

/// From where on a pattern is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Different patients one actor touches, with or without success.
    pub patients: Limit,
    /// Places one person acts from.
    pub places: Limit,
    /// What counts as another place.
    pub place: Place,
    /// Refused attempts of one actor.
    pub refusals: Limit,
}

impl Default for Thresholds {
    /// 1,000 patients in 5 minutes and two cities in 10 minutes: the national guide's figures.
    /// 20 refusals in 5 minutes: our own choice, to be tuned with real trails.
    fn default() -> Self {
        Self {
            patients: Limit {
                count: 1_000,
                within: SignedDuration::from_mins(5),
            },
            places: Limit {
                count: 2,
                within: SignedDuration::from_mins(10),
            },
            place: Place::Municipality,
            refusals: Limit {
                count: 20,
                within: SignedDuration::from_mins(5),
            },
        }
    }
}

/// A pattern found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// Which pattern.
    pub kind: AnomalyKind,
    /// Whose accesses.
    pub actor: OpaqueId,
    /// When the limit was reached.
    pub at: Timestamp,
    /// The records that show it, oldest first: the latest of each patient, place or refusal.
    pub evidence: Vec<RecordId>,
}

/// The patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnomalyKind {
    /// Very many patients in a short time.
    ManyPatients,
    /// One person in two places.
    TwoPlaces,
    /// Many refused attempts.
    RefusalBurst,
}

impl AnomalyKind {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ManyPatients => "many-patients",
            Self::TwoPlaces => "two-places",
            Self::RefusalBurst => "refusal-burst",
        }
    }

    /// What the person who reviews alarms reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::ManyPatients => {
                "Accedió a un número inusual de pacientes distintos en poco tiempo."
            }
            Self::TwoPlaces => "La misma persona actuó desde dos lugares casi al mismo tiempo.",
            Self::RefusalBurst => "Acumuló muchos intentos rechazados en poco tiempo.",
        }
    }
}

/// A record is older than one already seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("record {} is older than one already seen: feed the trail in the order of time", .record.0)]
pub struct OutOfOrder {
    /// The record that came late.
    pub record: RecordId,
}

impl OutOfOrder {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        "audit-out-of-order"
    }

    /// What the operator reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        "El registro de acceso llegó fuera de orden; revise el reloj o la fuente de los registros."
    }
}

/// Looks at a whole stretch of the trail, in whatever order it comes.
#[must_use]
pub fn detect(records: &[AccessRecord], thresholds: Thresholds) -> Vec<Anomaly> {
    let mut ordered: Vec<&AccessRecord> = records.iter().collect();
    ordered.sort_by_key(|record| (record.at, record.id));
    let mut detector = Detector::new(thresholds);
    ordered
        .into_iter()
        .flat_map(|record| detector.step(record))
        .collect()
}

/// Looks at the trail as it grows. Per actor it holds at most the three limits' counts; actors who
/// do nothing for the longest span are forgotten.
pub struct Detector {
    thresholds: Thresholds,
    actors: HashMap<OpaqueId, ActorWindows>,
    latest: Timestamp,
    next_sweep: Timestamp,
}

struct ActorWindows {
    patients: DistinctWindow<PatientId>,
    places: DistinctWindow<String>,
    refusals: DistinctWindow<RecordId>,
    seen: Timestamp,
}

impl Detector {
    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(thresholds: Thresholds) -> Self {
        let (latest, next_sweep) = (Timestamp::MIN, Timestamp::MIN);
        Self {
            thresholds,
            actors: HashMap::new(),
            latest,
            next_sweep,
        }
    }

    /// Sees the next record. Records of one instant may come in any order.
    ///
    /// # Errors
    /// [`OutOfOrder`] when the record is older than one already seen; it is not counted.
    pub fn observe(&mut self, record: &AccessRecord) -> Result<Vec<Anomaly>, OutOfOrder> {
        if record.at < self.latest {
            return Err(OutOfOrder { record: record.id });
        }
        Ok(self.step(record))
    }

    /// Entries held at this moment, over all actors.
    #[must_use]
    pub fn held(&self) -> usize {
        let of = |w: &ActorWindows| w.patients.len() + w.places.len() + w.refusals.len();
        self.actors.values().map(of).sum()
    }

    fn step(&mut self, record: &AccessRecord) -> Vec<Anomaly> {
        self.latest = record.at;
        self.sweep(record.at);
        let (thresholds, at, id) = (self.thresholds, record.at, record.id);
        let windows = self
            .actors
            .entry(record.actor.id.clone())
            .or_insert_with(|| ActorWindows {
                patients: DistinctWindow::new(thresholds.patients),
                places: DistinctWindow::new(thresholds.places),
                refusals: DistinctWindow::new(thresholds.refusals),
                seen: at,
            });
        windows.seen = at;
        let patient = record.patient.clone();
        let place = place_of(record, thresholds.place);
        let refusal = record.outcome.is_refusal().then_some(id);
        let found = [
            (
                AnomalyKind::ManyPatients,
                patient.and_then(|p| windows.patients.observe(p, at, id)),
            ),
            (
                AnomalyKind::TwoPlaces,
                place.and_then(|p| windows.places.observe(p, at, id)),
            ),
            (
                AnomalyKind::RefusalBurst,
                refusal.and_then(|r| windows.refusals.observe(r, at, id)),
            ),
        ];
        let actor = &record.actor.id;
        found
            .into_iter()
            .filter_map(|(kind, evidence)| {
                Some(Anomaly {
                    kind,
                    actor: actor.clone(),
                    at,
                    evidence: evidence?,
                })
            })
            .collect()
    }

    fn sweep(&mut self, at: Timestamp) {
        if at < self.next_sweep {
            return;
        }
        let Thresholds {
            patients,
            places,
            refusals,
            ..
        } = self.thresholds;
        let longest = patients.within.max(places.within).max(refusals.within);
        self.actors
            .retain(|_, windows| at.duration_since(windows.seen) <= longest);
        self.next_sweep = at.checked_add(longest).unwrap_or(Timestamp::MAX);
    }
}

/// None for programs, which may serve many places, and for who acts from no establishment.
fn place_of(record: &AccessRecord, place: Place) -> Option<String> {
    let Site {
        establishment,
        municipality,
    } = record.actor.site.as_ref()?;
    (record.actor.role != Role::System).then(|| match place {
        Place::Municipality => municipality.as_str().to_owned(),
        Place::Establishment => establishment.as_str().to_owned(),
    })
}

#[cfg(test)]
mod tests;
