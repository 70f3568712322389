//! In which time zone an establishment is: the law counts days where it is.
//!
//! Ley de los Husos Horarios en los Estados Unidos Mexicanos (DOF 28-10-2022, reformed for Chihuahua
//! on 30-11-2022) \[B\]: by federal entity, and apart from it by municipality along the border with
//! the United States, where summer time goes on. The rules of each zone come from the IANA data that
//! is compiled into the program.

use std::collections::BTreeMap;

use cofepris::Establishment;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prescription::Clues;

/// Federal entities outside of the central zone: the first two letters of a CLUES.
const ENTITIES: [(&str, &str); 6] = [
    ("BC", "America/Tijuana"),
    ("BS", "America/Mazatlan"),
    ("NT", "America/Mazatlan"),
    ("QR", "America/Cancun"),
    ("SL", "America/Mazatlan"),
    ("SR", "America/Hermosillo"),
];

/// Municipalities that differ from their entity, as the register of establishments writes them.
const MUNICIPALITIES: [(&str, &str, &[&str]); 6] = [
    (
        "CH",
        "America/Ciudad_Juarez",
        &[
            "ASCENSION",
            "GUADALUPE",
            "JANOS",
            "JUAREZ",
            "PRAXEDIS G. GUERRERO",
        ],
    ),
    (
        "CH",
        "America/Ojinaga",
        &["COYAME DEL SOTOL", "MANUEL BENAVIDES", "OJINAGA"],
    ),
    (
        "CL",
        "America/Matamoros",
        &[
            "ACUÑA",
            "ALLENDE",
            "GUERRERO",
            "HIDALGO",
            "JIMENEZ",
            "MORELOS",
            "NAVA",
            "OCAMPO",
            "PIEDRAS NEGRAS",
            "VILLA UNION",
            "ZARAGOZA",
        ],
    ),
    ("NL", "America/Matamoros", &["ANAHUAC"]),
    (
        "TS",
        "America/Matamoros",
        &[
            "CAMARGO",
            "GUERRERO",
            "GUSTAVO DIAZ ORDAZ",
            "MATAMOROS",
            "MIER",
            "MIGUEL ALEMAN",
            "NUEVO LAREDO",
            "REYNOSA",
            "RIO BRAVO",
            "VALLE HERMOSO",
        ],
    ),
    ("NT", "America/Bahia_Banderas", &["BAHIA DE BANDERAS"]),
];

/// The zone of every establishment.
#[derive(Debug, Clone)]
pub struct Zones {
    /// Of all that nothing else says anything about.
    central: TimeZone,
    entities: BTreeMap<&'static str, TimeZone>,
    municipalities: BTreeMap<&'static str, BTreeMap<&'static str, TimeZone>>,
    /// What the configuration says of single establishments.
    establishments: BTreeMap<Clues, TimeZone>,
}

/// A zone that the IANA data does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no IANA time zone {0:?}")]
pub struct UnknownZone(String);

impl Zones {
    /// The zones of the country, with `central` for the central one and what the configuration says
    /// of single `establishments`.
    ///
    /// # Errors
    /// The first name that is no time zone.
    pub fn new(
        central: &str,
        establishments: &BTreeMap<Clues, String>,
    ) -> Result<Self, UnknownZone> {
        let mut entities = BTreeMap::new();
        for (entity, zone) in ENTITIES {
            entities.insert(entity, named(zone)?);
        }
        let mut municipalities: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (entity, zone, names) in MUNICIPALITIES {
            let zone = named(zone)?;
            let of_entity = municipalities.entry(entity).or_default();
            of_entity.extend(names.iter().map(|name| (*name, zone.clone())));
        }
        let establishments = establishments
            .iter()
            .map(|(clues, zone)| Ok((clues.clone(), named(zone)?)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            central: named(central)?,
            entities,
            municipalities,
            establishments,
        })
    }

    /// The zone of an establishment, `known` to the catalog or not. One that is not is in the zone
    /// of its entity: if it stands in a border municipality, the configuration must say so.
    #[must_use]
    pub fn of(&self, clues: &Clues, known: Option<&Establishment>) -> &TimeZone {
        if let Some(zone) = self.establishments.get(clues) {
            return zone;
        }
        let municipality = known.map(|known| known.municipality.as_str());
        self.of_place(&clues.as_str()[..2], municipality)
    }

    fn of_place(&self, entity: &str, municipality: Option<&str>) -> &TimeZone {
        municipality
            .and_then(|name| self.municipalities.get(entity)?.get(name))
            .or_else(|| self.entities.get(entity))
            .unwrap_or(&self.central)
    }
}

fn named(zone: &str) -> Result<TimeZone, UnknownZone> {
    TimeZone::get(zone).map_err(|_| UnknownZone(zone.to_owned()))
}

/// The instant at which `last` is over in `zone`: the midnight after it, or where the clocks skip
/// midnight, the first instant of the next day.
#[must_use]
pub fn end_of_day(last: Date, zone: &TimeZone) -> Timestamp {
    last.tomorrow()
        .and_then(|next| next.to_zoned(zone.clone()))
        .map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zones() -> Zones {
        Zones::new("America/Mexico_City", &BTreeMap::new()).unwrap()
    }

    fn end(entity: &str, municipality: Option<&str>, last: Date) -> String {
        end_of_day(last, zones().of_place(entity, municipality)).to_string()
    }

    #[test]
    fn every_zone_of_the_country_has_its_own_midnight() {
        let last = date(2026, 1, 31);
        for (entity, municipality, expected) in [
            ("QR", None, "2026-02-01T05:00:00Z"),
            ("DF", None, "2026-02-01T06:00:00Z"),
            ("HG", Some("PACHUCA DE SOTO"), "2026-02-01T06:00:00Z"),
            ("CH", Some("CHIHUAHUA"), "2026-02-01T06:00:00Z"),
            ("CH", Some("OJINAGA"), "2026-02-01T06:00:00Z"),
            ("CH", Some("JUAREZ"), "2026-02-01T07:00:00Z"),
            ("NT", Some("TEPIC"), "2026-02-01T07:00:00Z"),
            ("NT", Some("BAHIA DE BANDERAS"), "2026-02-01T06:00:00Z"),
            ("SR", None, "2026-02-01T07:00:00Z"),
            ("SL", None, "2026-02-01T07:00:00Z"),
            ("BS", None, "2026-02-01T07:00:00Z"),
            ("BC", None, "2026-02-01T08:00:00Z"),
        ] {
            assert_eq!(
                end(entity, municipality, last),
                expected,
                "{entity} {municipality:?}"
            );
        }
    }

    #[test]
    fn summer_time_goes_on_along_the_border_and_nowhere_else() {
        let last = date(2026, 7, 31);
        for (entity, municipality, expected) in [
            ("BC", None, "2026-08-01T07:00:00Z"),
            ("CH", Some("JUAREZ"), "2026-08-01T06:00:00Z"),
            ("CH", Some("OJINAGA"), "2026-08-01T05:00:00Z"),
            ("CH", Some("DELICIAS"), "2026-08-01T06:00:00Z"),
            ("TS", Some("REYNOSA"), "2026-08-01T05:00:00Z"),
            ("TS", Some("TAMPICO"), "2026-08-01T06:00:00Z"),
            ("CL", Some("PIEDRAS NEGRAS"), "2026-08-01T05:00:00Z"),
            ("CL", Some("SALTILLO"), "2026-08-01T06:00:00Z"),
            ("NL", Some("ANAHUAC"), "2026-08-01T05:00:00Z"),
            ("SR", None, "2026-08-01T07:00:00Z"),
            ("QR", None, "2026-08-01T05:00:00Z"),
        ] {
            assert_eq!(
                end(entity, municipality, last),
                expected,
                "{entity} {municipality:?}"
            );
        }
    }

    /// In Tijuana the eighth of March 2026 has 23 hours and the first of November 25: the day ends
    /// at the midnight on the clock, not 24 hours after it began.
    #[test]
    fn the_days_of_the_change_end_at_the_midnight_on_the_clock() {
        for (last, begins, ends) in [
            (
                date(2026, 3, 8),
                "2026-03-08T08:00:00Z",
                "2026-03-09T07:00:00Z",
            ),
            (
                date(2026, 11, 1),
                "2026-11-01T07:00:00Z",
                "2026-11-02T08:00:00Z",
            ),
        ] {
            assert_eq!(end("BC", None, last.yesterday().unwrap()), begins);
            assert_eq!(end("BC", None, last), ends);
        }
    }

    #[test]
    fn the_configuration_has_the_last_word_and_a_wrong_zone_is_named() {
        let clues: Clues = "HGIMB000011".parse().unwrap();
        let catalog = cofepris::Catalog::embedded().unwrap();
        let known = catalog.establishment(&clues);
        let central = TimeZone::get("America/Mexico_City").unwrap();
        assert_eq!(zones().of(&clues, known), &central);
        let mut said = BTreeMap::from([(clues.clone(), "America/Cancun".to_owned())]);
        let zones = Zones::new("America/Mexico_City", &said).unwrap();
        assert_eq!(
            zones.of(&clues, known),
            &TimeZone::get("America/Cancun").unwrap()
        );
        said.insert(clues, "America/Pachuca".to_owned());
        let wrong = Zones::new("America/Mexico_City", &said).unwrap_err();
        assert_eq!(wrong, UnknownZone("America/Pachuca".to_owned()));
    }
}
