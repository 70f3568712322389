//! The answer of `POST /verifications`: what has become of a prescription.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::event::{CancelReason, Setting, SuspendReason};
use prescription::state::Phase;
use prescription::{Clave, Clues, Folio, Fraction};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What has become of a prescription. Unknown members are ignored: a newer service may say more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateAnswer {
    /// The prescription.
    pub folio: Folio,
    /// Its state.
    #[serde(serialize_with = "phase_code", deserialize_with = "phase_of")]
    pub phase: Phase,
    /// Number of its last event.
    pub version: u64,
    /// Each line.
    pub lines: Vec<LineAnswer>,
    /// What was handed over before, anywhere.
    pub dispensings: Vec<DispensedAnswer>,
    /// The cancellation, if there was one.
    pub cancelled: Option<CancelledAnswer>,
    /// The suspension, while there is one.
    #[serde(default)]
    pub suspended: Option<SuspendedAnswer>,
    /// `outpatient`, or `inpatient`: then every quantity counts unit doses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub setting: Option<String>,
    /// SHA-256 of the QR without seal, base64url.
    pub qr_digest: String,
}

impl StateAnswer {
    /// Whether every quantity counts unit doses (LGS art. 226 Bis).
    #[must_use]
    pub fn in_unit_doses(&self) -> bool {
        self.setting.as_deref() == Some(Setting::Inpatient.code())
    }
}

/// What has become of one line.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the wire says of a line"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineAnswer {
    /// Its number, from 1.
    pub line: u8,
    /// The medicine.
    pub clave: Clave,
    /// Packages of one fill.
    pub packages: u32,
    /// Fills, the first included.
    pub fills: u8,
    /// The fill under way, from 1.
    pub fill: u8,
    /// Packages owed in it; zero of a closed line.
    pub owed: u32,
    /// Packages handed over in all fills.
    pub dispensed: u32,
    /// Nothing more will be handed over.
    pub closed: bool,
    /// The receta was retained for this line.
    pub retained: bool,
    /// The last day on which it can be filled.
    pub valid_until: Date,
    /// Sale fraction.
    pub fraction: Fraction,
    /// Whether it is an antibiotic.
    pub antibiotic: bool,
    /// Packages that can still be handed over in all fills.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remainder: Option<u32>,
    /// The first day of the next fill, where that is later than today.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_fill_on: Option<Date>,
    /// The brand that was prescribed beside the generic name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub brand: Option<String>,
    /// Whether another brand, or the generic, may go in its place.
    #[serde(default = "yes")]
    pub substitution_allowed: bool,
    /// Who owes the rest of the fill under way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reserved: Option<ReservedAnswer>,
}

fn yes() -> bool {
    true
}

/// Who owes the rest of a fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservedAnswer {
    /// The pharmacy.
    pub pharmacy: Clues,
    /// It is this one.
    pub here: bool,
    /// Since when.
    pub since: Date,
    /// The last day on which only it may hand the rest over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Date>,
    /// It keeps the receta: nobody else can hand the rest over.
    #[serde(default)]
    pub retained: bool,
}

/// One earlier dispensing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispensedAnswer {
    /// When.
    pub at: Timestamp,
    /// This pharmacy did it.
    #[serde(default)]
    pub own: bool,
    /// Of an own one: the last day on which it can be taken back or corrected.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub returnable_until: Option<Date>,
    /// What.
    pub lines: Vec<DispensedLineAnswer>,
}

/// What was handed over of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispensedLineAnswer {
    /// The line.
    pub line: u8,
    /// Packages.
    pub packages: u32,
    /// Packages of it that came back.
    #[serde(default)]
    pub returned: u32,
    /// Of an own one: its name at the service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
}

/// A cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelledAnswer {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: CancelReason,
}

/// A suspension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspendedAnswer {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: SuspendReason,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn phase_code<S: Serializer>(phase: &Phase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(phase.code())
}

fn phase_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Phase, D::Error> {
    let code = String::deserialize(deserializer)?;
    let mut issued = Phase::ALL.into_iter().filter(|phase| *phase != Phase::None);
    issued
        .find(|phase| phase.code() == code)
        .ok_or_else(|| serde::de::Error::custom("not a phase"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// As the service writes it.
    pub(crate) const ANSWER: &str = r#"{"folio":"0000-0000-0000-0000","phase":"partially-dispensed",
        "phase_es":"surtida en parte","version":2,"lines":[{"line":1,"clave":"010.000.0104.00",
        "packages":3,"fills":1,"fill":1,"owed":2,"dispensed":1,"closed":false,"retained":false,
        "valid_until":"2026-12-23","fraction":"IV","antibiotic":false}],"dispensings":[{"at":
        "2026-11-23T18:00:00Z","lines":[{"line":1,"packages":1}]}],"cancelled":{"at":
        "2026-11-24T18:00:00Z","reason":"therapy-changed","reason_es":"cambió el tratamiento"},
        "qr_digest":"AAAA"}"#;

    #[test]
    fn reads_what_the_service_writes_and_reads_back_what_it_keeps() {
        let answer: StateAnswer = serde_json::from_str(ANSWER).unwrap();
        assert_eq!(answer.phase, Phase::PartiallyDispensed);
        assert_eq!(
            (answer.lines[0].owed, answer.lines[0].fraction),
            (2, Fraction::IV)
        );
        assert_eq!(answer.dispensings[0].lines[0].packages, 1);
        let cancelled = answer.cancelled.as_ref().unwrap();
        assert_eq!(cancelled.reason, CancelReason::TherapyChanged);
        let kept = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<StateAnswer>(&kept).unwrap(), answer);
    }

    #[test]
    fn reads_what_may_follow_a_dispensing() {
        let said = ANSWER
            .replace(
                r#""fraction":"IV","antibiotic":false"#,
                r#""fraction":"IV","antibiotic":false,"unit":"envase","remainder":3,
                "next_fill_on":"2026-12-01","refill_interval":30,"brand":"Tempra",
                "substitution_allowed":false,"reserved":{"pharmacy":"HGFAR000002","here":false,
                "since":"2026-11-23","until":"2026-11-30","retained":false}"#,
            )
            .replace(
                r#""lines":[{"line":1,"packages":1}]"#,
                r#""number":1,"own":true,"returnable_until":"2026-12-23","lines":[{"line":1,
                "packages":1,"returned":1,"id":"0000000000000000-44-1"}]"#,
            );
        let answer: StateAnswer = serde_json::from_str(&said).unwrap();
        let line = &answer.lines[0];
        assert_eq!(
            (line.remainder, line.substitution_allowed),
            (Some(3), false)
        );
        let reserved = line.reserved.as_ref().unwrap();
        assert!(!reserved.here && reserved.until.is_some());
        let done = &answer.dispensings[0];
        assert!(done.own && done.returnable_until.is_some());
        assert_eq!(done.lines[0].returned, 1);
        assert!(!answer.in_unit_doses());
        let kept = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<StateAnswer>(&kept).unwrap(), answer);
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for (from, to) in [
            ("partially-dispensed", "teleported"),
            ("partially-dispensed", "none"),
            ("\"IV\"", "\"VII\""),
            ("\"owed\":2", "\"owed\":-2"),
            ("\"qr_digest\":\"AAAA\"", "\"qr\":\"AAAA\""),
        ] {
            let text = ANSWER.replace(from, to);
            assert!(serde_json::from_str::<StateAnswer>(&text).is_err(), "{to}");
        }
    }
}
