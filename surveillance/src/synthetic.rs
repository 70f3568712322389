//! A country of facts from a seed, for benchmarks and tests: fact `n` is a function of the seed and
//! of `n`, so that workers can each make their part, in any number.
//!
//! The mix is that of pharmacies: of ten facts one is a purchase, one a receta line, one a shipment
//! or its receipt, seven are dispensings. Stocks are not kept: a balance of them has exceptions.

use prescription::{Clave, Clues, Fraction, PatientId};

use crate::code::{CedulaCode, ClaveCode, CluesCode, PatientCode, RecetaCode};
use crate::day::Day;
use crate::fact::{Act, Fact, Flow, Handed, Source};
use crate::place::{Municipality, Places};
use crate::product::{Ingredient, Product, Products, Schedule, Substance, SubstanceId};

/// How large the country is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Establishments.
    pub establishments: u32,
    /// Claves, a tenth as many substances.
    pub claves: u16,
    /// Prescribers.
    pub prescribers: u32,
    /// Patients.
    pub patients: u32,
    /// Days over which the facts are spread, from the first.
    pub days: u16,
    /// The first day.
    pub first: Day,
}

/// A country.
#[derive(Debug, Clone)]
pub struct Synthetic {
    seed: u64,
    size: Size,
    establishments: Vec<CluesCode>,
    claves: Vec<ClaveCode>,
}

impl Synthetic {
    /// The country of this seed and size; nothing of it is empty.
    #[must_use]
    pub fn new(seed: u64, size: Size) -> Self {
        let size = Size {
            establishments: size.establishments.clamp(1, 999_999),
            claves: size.claves.clamp(1, 9999),
            prescribers: size.prescribers.clamp(1, 8_000_000),
            patients: size.patients.max(1),
            days: size.days.max(1),
            first: size.first,
        };
        Self {
            seed,
            size,
            establishments: (0..size.establishments).filter_map(establishment).collect(),
            claves: (0..size.claves).filter_map(clave).collect(),
        }
    }

    /// The medicines: fractions I to III in turn, base from 1 to 100 mg a unit.
    #[must_use]
    pub fn products(&self) -> Products {
        let fractions = [Fraction::I, Fraction::II, Fraction::III];
        let substances = self.claves.len().div_ceil(10);
        let product = |(n, clave): (usize, &ClaveCode)| Product {
            clave: *clave,
            name: format!("Medicamento {n}"),
            unit: "tableta".to_owned(),
            units_per_package: 30,
            antibiotic: false,
            fractions: vec![(Day::MIN, fractions[n % 3])],
            ingredients: vec![Ingredient {
                substance: SubstanceId(u16::try_from(n / 10).unwrap_or_default()),
                base_ng: Some(1_000_000 * (1 + n as u64 % 100)),
                oral_morphine_ng: (n / 10).is_multiple_of(2).then_some(1_000_000),
            }],
        };
        let substance = |n: usize| Substance {
            key: format!("SUBSTANCIA {n}"),
            schedule: Some(if n.is_multiple_of(2) {
                Schedule::Narcotic(1)
            } else {
                Schedule::Psychotropic(4)
            }),
            incb_code: None,
            opioid: n.is_multiple_of(2),
            benzodiazepine: !n.is_multiple_of(2),
        };
        Products::new(
            self.claves.iter().enumerate().map(product).collect(),
            (0..substances).map(substance).collect(),
        )
    }

    /// Where the establishments are: 25 to a municipality, 76 municipalities to an entity.
    #[must_use]
    pub fn places(&self) -> Places {
        let mut places = Places::default();
        for (n, establishment) in self.establishments.iter().enumerate() {
            let municipality = Municipality {
                entity: format!("ENTIDAD {}", n / 25 / 76),
                name: format!("MUNICIPIO {}", n / 25),
            };
            places.insert(*establishment, municipality);
        }
        places
    }

    /// Facts of these numbers. The day rises with the number when there are `total` of them.
    pub fn facts(&self, numbers: std::ops::Range<u64>, total: u64) -> impl Iterator<Item = Fact> {
        numbers.map(move |n| self.fact(n, total.max(1)))
    }

    fn fact(&self, n: u64, total: u64) -> Fact {
        let mut dice = Dice(self.seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let days = u64::from(self.size.days);
        let day = u128::from(n) * u128::from(days) / u128::from(total);
        let day = self.size.first.plus(i32::try_from(day).unwrap_or_default());
        let establishment = self.establishment(&mut dice);
        let at = i64::from(day.number()) * 86_400 + 43_200;
        let at = at + i64::try_from(dice.below(36_000)).unwrap_or_default();
        let act = self.act(&mut dice);
        Fact {
            source: Source::Ledger(n),
            at,
            day,
            establishment,
            act,
        }
    }

    fn establishment(&self, dice: &mut Dice) -> CluesCode {
        self.establishments[dice.place(self.establishments.len())]
    }

    fn act(&self, dice: &mut Dice) -> Act {
        let clave = self.claves[dice.place(self.claves.len())];
        let units = 30 * (1 + dice.below(3));
        let other = Some(self.establishment(dice));
        let moved = |flow, units: u64, other| Act::Moved {
            clave,
            flow,
            units: i64::try_from(units).unwrap_or(i64::MAX),
            other,
        };
        let patient = pseudonym(dice.below(self.size.patients.into()));
        let receta = pseudonym(dice.next());
        let prescriber = cedula(dice.below(self.size.prescribers.into()));
        let (Some(patient), Some(receta), Some(prescriber)) = (patient, receta, prescriber) else {
            return moved(Flow::Bought, units, None);
        };
        match dice.below(20) {
            0 | 1 => moved(Flow::Bought, units * 20, None),
            2 => moved(Flow::Shipped, units, other),
            3 => moved(Flow::Received, units, other),
            4 | 5 => {
                let (patient, receta) = (PatientCode::from(patient), RecetaCode::from(receta));
                Act::Prescribed {
                    clave,
                    units,
                    prescriber,
                    patient,
                    receta,
                }
            }
            _ => Act::Dispensed(Handed {
                clave,
                units,
                patient: Some(patient.into()),
                prescribed: Some((prescriber, receta.into())),
            }),
        }
    }
}

fn establishment(n: u32) -> Option<CluesCode> {
    let clues: Clues = format!("HGFAR{n:06}").parse().ok()?;
    Some(clues.into())
}

fn clave(n: u16) -> Option<ClaveCode> {
    let clave: Clave = format!("040.000.{n:04}.00").parse().ok()?;
    Some(clave.into())
}

/// `SplitMix64` (Steele, Lea, Flood 2014): equal numbers on every machine, from any seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn place(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap_or_default()
    }
}

fn pseudonym(n: u64) -> Option<PatientId> {
    format!("{n:032x}").parse().ok()
}

fn cedula(n: u64) -> Option<CedulaCode> {
    let cedula: prescription::Cedula = format!("{}", 1_000_000 + n).parse().ok()?;
    Some(cedula.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::day;

    const SIZE: Size = Size {
        establishments: 100,
        claves: 30,
        prescribers: 50,
        patients: 500,
        days: 30,
        first: Day::from_number(20_000),
    };

    #[test]
    fn a_seed_gives_one_country_whoever_makes_it() {
        let country = Synthetic::new(7, SIZE);
        let whole: Vec<_> = country.facts(0..1000, 1000).collect();
        let parts = country
            .facts(0..400, 1000)
            .chain(country.facts(400..1000, 1000));
        assert!(parts.eq(whole.iter().copied()));
        let other: Vec<_> = Synthetic::new(8, SIZE).facts(0..1000, 1000).collect();
        assert_ne!(other, whole);
    }

    #[test]
    fn it_has_what_pharmacies_have() {
        let country = Synthetic::new(
            7,
            Size {
                first: day("2026-06-01"),
                ..SIZE
            },
        );
        let facts: Vec<_> = country.facts(0..10_000, 10_000).collect();
        let dispensed = facts
            .iter()
            .filter(|fact| matches!(fact.act, Act::Dispensed(_)))
            .count();
        assert!((6_500..7_500).contains(&dispensed), "{dispensed}");
        assert!(facts.is_sorted_by_key(|fact| fact.day));
        assert_eq!(facts[9_999].day, day("2026-06-30"));
        let products = country.products();
        let known = |fact: &Fact| {
            fact.act
                .clave()
                .is_none_or(|clave| products.get(clave).is_some())
        };
        assert!(facts.iter().all(known));
        let places = country.places();
        assert!(
            facts
                .iter()
                .all(|fact| places.municipality_of(fact.establishment).is_some())
        );
    }
}
