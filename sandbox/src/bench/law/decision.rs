//! One decision of an issue with all its checks: the catalog's classification of the day, and the
//! rules over prescriber, document, lines and what the patient has.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cofepris::Catalog;
use jiff::civil::{Date, date};
use prescription::issue::{
    Holding, IssueCommand, IssueFacts, MedicineClass, MedicineFacts, PrescriberFacts, Profession,
    RequestedLine, SpecialFolioFacts, Subject, decide,
};
use prescription::law::Parameters;
use prescription::{
    Clave, Dosage, DoseUnit, Folio, Fraction, MapSecret, Packages, Period, Route, SpecialFolio,
};
use sha2::{Digest, Sha256};

use super::super::figure::each;
use super::super::percentiles::{Summary, Times};
use super::super::process::own_cpu;

/// The day on which everything is written.
pub(super) const TODAY: Date = date(2026, 11, 26);
/// Decisions that are timed.
const COUNT: u64 = 20_000;
/// Prescriptions that the patient has already, of other substances.
const HOLDINGS: u8 = 20;

/// What is decided.
#[derive(Clone, Copy)]
pub(super) enum Case {
    /// As many lines as a receta has, of fraction IV, for a patient who has much already.
    SixLines,
    /// Morphine on a special recetario.
    FractionI,
    /// Clonazepam for somebody who has diazepam: refused.
    Overlap,
}

/// All of them.
pub(super) const CASES: [Case; 3] = [Case::SixLines, Case::FractionI, Case::Overlap];

impl Case {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::SixLines => "six lines of fraction IV, twenty prescriptions at hand",
            Self::FractionI => "fraction I on a special recetario",
            Self::Overlap => "fraction II that overlaps in its group: refused",
        }
    }

    fn claves(self) -> &'static [&'static str] {
        match self {
            Self::SixLines => &[
                "010.000.5165.00",
                "010.000.2520.00",
                "010.000.0104.00",
                "010.000.2501.00",
                "010.000.0657.00",
                "010.000.2111.00",
            ],
            Self::FractionI => &["040.000.4029.00"],
            Self::Overlap => &["040.000.2612.00"],
        }
    }
}

/// What was found.
pub(super) struct Measured {
    /// Nanoseconds of processor, each.
    pub(super) cpu: u64,
    pub(super) times: Summary,
}

/// Decides `case` again and again.
///
/// # Errors
/// The decision is not the lawful one.
pub(super) fn measure(case: Case) -> Result<Measured> {
    let catalog = Catalog::embedded()?;
    let parameters = Parameters::default();
    let command = command(case)?;
    let mut times = Times::default();
    let before = own_cpu();
    for _ in 0..COUNT {
        let once = Instant::now();
        let facts = facts(case, &catalog, &command)?;
        let answer = decide(command.clone(), &facts, &parameters);
        times.push(once.elapsed());
        ensure!(
            answer.is_ok() != matches!(case, Case::Overlap),
            "{}: {answer:?}",
            case.title()
        );
    }
    let cpu = own_cpu().saturating_sub(before);
    Ok(Measured {
        cpu: each(cpu, COUNT),
        times: times.summary(),
    })
}

/// Nanoseconds of processor of one SHA-256 over a document: what nothing that is signed avoids.
pub(super) fn bare_digest() -> Result<u64> {
    let document = vec![b'x'; 4096];
    let before = own_cpu();
    for _ in 0..COUNT {
        black_box(Sha256::digest(black_box(&document)));
    }
    let cpu = own_cpu().saturating_sub(before);
    ensure!(
        cpu > Duration::ZERO,
        "the clock of the processor stands still"
    );
    Ok(each(cpu, COUNT))
}

fn command(case: Case) -> Result<IssueCommand> {
    let special: SpecialFolio = "HGO-2026-0000137".parse()?;
    let lines = case.claves().iter().map(|clave| {
        Ok(RequestedLine {
            clave: clave.parse()?,
            packages: Packages::new(1),
            fills: 1,
            dosage: Dosage {
                dose_milli: 1000,
                unit: DoseUnit::Tablet,
                times: 1,
                every: 8,
                period: Period::Hour,
                days: 7,
                route: Route::Oral,
                as_needed: false,
            },
            brand: None,
            no_substitution: false,
            refill_interval: None,
            overlap: None,
        })
    });
    Ok(IssueCommand {
        folio: Folio::from_random([7; 10]),
        at: "2026-11-26T10:00:00-06:00".parse()?,
        today: TODAY,
        written_on: TODAY,
        patient: "0".repeat(32).parse()?,
        subject: Subject::Person,
        setting: prescription::event::Setting::default(),
        prescriber: "1234567".parse()?,
        establishment: "HGIMB000163".parse()?,
        special_folio: matches!(case, Case::FractionI).then_some(special),
        has_address: true,
        has_diagnosis: true,
        diagnoses: vec!["C50.9".to_owned()],
        lines: lines.collect::<Result<_>>()?,
    })
}

/// What the flow gathers without a database: the catalog's part is timed with the decision.
fn facts(case: Case, catalog: &Catalog, command: &IssueCommand) -> Result<IssueFacts> {
    let secret = MapSecret::new([5; 32]);
    let medicines = command.lines.iter().map(|line| {
        let clave = &line.clave;
        let class = catalog
            .fraction_on(clave, command.written_on)
            .with_context(|| format!("{clave} is not in the catalog"))?;
        let key = catalog
            .duplicate_key(clave)
            .with_context(|| format!("{clave} has no substance"))?;
        Ok(MedicineFacts {
            class: MedicineClass::Sold(class.fraction),
            antibiotic: class.antibiotic,
            substance: key.as_str().to_owned(),
            map_key: secret.blind(key.as_str()),
            max_daily_milli: catalog.max_daily_milli(clave).map(|most| most.value),
            group: group_of(catalog, clave),
            units_per_package: units_of(catalog, clave),
            nurse_listed: None,
        })
    });
    let others = (1..=HOLDINGS).map(|n| holding(n, &format!("SUBSTANCE {n}"), Fraction::IV));
    let mut holdings: Vec<_> = others.collect();
    if matches!(case, Case::Overlap) {
        holdings.push(Holding {
            group: group_of(catalog, &command.lines[0].clave),
            ..holding(0, "DIAZEPAM", Fraction::II)
        });
    }
    Ok(IssueFacts {
        prescriber: PrescriberFacts {
            profession: Profession::Physician,
            active: true,
            establishments: vec![command.establishment.clone()],
        },
        medicines: medicines.collect::<Result<_>>()?,
        special_folio: match case {
            Case::FractionI => SpecialFolioFacts::Usable,
            Case::SixLines | Case::Overlap => SpecialFolioFacts::NotGiven,
        },
        holdings,
        consent: true,
    })
}

fn group_of(catalog: &Catalog, clave: &Clave) -> Option<String> {
    let group = catalog.therapeutic_group(clave)?;
    Some(group.code().to_owned())
}

fn units_of(catalog: &Catalog, clave: &Clave) -> Option<u32> {
    let package = catalog.medicine(clave)?.package.as_ref()?;
    Some(package.units)
}

/// A prescription that the patient has: filled yesterday, for a month.
fn holding(number: u8, substance: &str, fraction: Fraction) -> Holding {
    Holding {
        folio: Folio::from_random([number; 10]),
        clave: None,
        substance: substance.to_owned(),
        group: None,
        fraction,
        remainder: Packages::new(1),
        supply_until: Some(date(2026, 12, 25)),
    }
}
