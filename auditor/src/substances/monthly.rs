//! The monthly report as `paper` prints it.

use jiff::civil::Date;
use paper::mass::Mass;
use paper::monthly_report as paper_report;
use surveillance::alerts::{Alert, NOTE, Thresholds};
use surveillance::place::{Area, Places};
use surveillance::product::{Class, SubstanceId};
use surveillance::report::{MonthlyReport, REPORTED};
use surveillance::{Period, Products, Source};

use crate::verify::Report;

/// Cases of one kind of alert, exceptions, and substances or municipalities that are printed.
const PRINTED: usize = 40;

/// What the report is printed from, besides its figures.
pub struct Printed<'p> {
    /// The medicines.
    pub products: &'p Products,
    /// The places.
    pub places: &'p Places,
    /// The thresholds that it was watched with.
    pub thresholds: &'p Thresholds,
    /// Who issues it.
    pub office: String,
    /// What the audit of the ledger found.
    pub audit: &'p Report,
}

impl Printed<'_> {
    /// The report for the printer.
    #[must_use]
    pub fn of(&self, report: &MonthlyReport) -> paper_report::MonthlyReport {
        let name = |id: SubstanceId| {
            let substance = self.products.substance(id);
            substance.map_or_else(String::new, |substance| substance.key.clone())
        };
        let substances = report.substances.iter().take(PRINTED);
        let municipalities = report.municipalities.iter().take(PRINTED);
        let balances = report.balances.iter();
        paper_report::MonthlyReport {
            month: Date::from(report.month.first()),
            scope: "Nacional".to_owned(),
            office: self.office.clone(),
            cut: self.cut(),
            classes: report.classes.iter().map(class).collect(),
            trend: trend(report),
            substances: substances
                .map(|of| paper_report::SubstanceConsumption {
                    name: name(of.substance),
                    base: Mass::from_nanograms(of.base_ng),
                    before: Some(Mass::from_nanograms(of.before_ng)),
                    units: of.units,
                })
                .collect(),
            municipalities: municipalities
                .map(
                    |(area, dispensings)| paper_report::MunicipalityConsumption {
                        name: self.places.label(*area),
                        dispensings: *dispensings,
                        per_100_000: None,
                    },
                )
                .collect(),
            largest: self.largest(report),
            balances: balances
                .map(|of| paper_report::ThreeWayBalance {
                    subject: name(of.substance),
                    bought: mass(of.bought_ng),
                    prescribed: mass(of.prescribed_ng),
                    dispensed: mass(of.dispensed_ng),
                })
                .collect(),
            exceptions: self.exceptions(report),
            alerts: self.alerts(&report.alerts),
            notes: self.notes(report),
        }
    }

    fn cut(&self) -> paper_report::LedgerCut {
        let ledger = self.audit.ledger.as_ref();
        let size = self
            .audit
            .shards
            .iter()
            .map(|shard| shard.size)
            .sum::<u64>();
        paper_report::LedgerCut {
            origin: ledger.map_or_else(String::new, |ledger| ledger.origin.clone()),
            size: size.max(ledger.map_or(0, |ledger| ledger.size)),
            root: ledger.map_or_else(String::new, |ledger| ledger.root.clone()),
        }
    }

    fn largest(&self, report: &MonthlyReport) -> Vec<paper_report::LargeEstablishment> {
        let largest = report.largest.iter();
        let each = largest.map(|(clues, class, units)| paper_report::LargeEstablishment {
            establishment: clues.to_string(),
            municipality: self
                .places
                .label(self.places.area(*clues, Area::Municipality)),
            class: title(*class).to_owned(),
            units: *units,
        });
        each.collect()
    }

    fn exceptions(&self, report: &MonthlyReport) -> Vec<paper_report::BalanceException> {
        let exceptions = report.exceptions.iter().take(PRINTED);
        let each = exceptions.map(|(clues, clave, exception)| paper_report::BalanceException {
            establishment: clues.to_string(),
            subject: match self.products.get(*clave) {
                Some(product) => format!("{clave} {}", product.name),
                None => clave.to_string(),
            },
            seen: exception.in_spanish(),
            evidence: vec![format!("libro de {clues}, hoja {clave}")],
        });
        each.collect()
    }

    /// Every kind that is looked for, those without a case too.
    fn alerts(&self, alerts: &[Alert]) -> Vec<paper_report::AlertKind> {
        let kinds = kinds(self.thresholds).into_iter();
        let each = kinds.map(|(code, name, threshold)| {
            let of = || alerts.iter().filter(|alert| alert.seen.code() == code);
            paper_report::AlertKind {
                name: name.to_owned(),
                threshold,
                count: of().count() as u64,
                cases: of().take(PRINTED).map(case).collect(),
            }
        });
        each.collect()
    }

    fn notes(&self, report: &MonthlyReport) -> Vec<String> {
        let mut notes = vec![NOTE.to_owned()];
        let findings = self.audit.findings.total();
        if findings > 0 {
            notes.push(format!(
                "La auditoría del registro tiene {findings} hallazgos; lo que no se verificó no está \
                 en ninguna cifra."
            ));
        }
        let missing = self.audit.summary.bodies.map_or(0, |bodies| bodies.missing);
        if missing > 0 {
            notes.push(format!(
                "Faltan {missing} cuerpos: sus actos no están en ninguna cifra."
            ));
        }
        if report.late > 0 {
            notes.push(format!(
                "{} hechos se registraron más de cuatro días después y se vigilaron como de un día \
                 posterior.",
                report.late
            ));
        }
        if !report.unconverted.is_empty() {
            let claves: Vec<_> = report.unconverted.iter().map(ToString::to_string).collect();
            notes.push(format!(
                "Sin conversión a base anhidra: {}.",
                claves.join(", ")
            ));
        }
        notes
    }
}

fn class(of: &surveillance::report::OfClass) -> paper_report::ClassConsumption {
    paper_report::ClassConsumption {
        class: title(of.class).to_owned(),
        prescriptions: Some(of.recetas),
        dispensings: of.dispensings,
        units: of.units,
        establishments: Some(of.establishments),
    }
}

fn mass(ng: i128) -> paper_report::Quantity {
    paper_report::Quantity::Mass(Mass::from_nanograms(ng))
}

fn title(class: Class) -> &'static str {
    match class {
        Class::I => "Fracción I",
        Class::II => "Fracción II",
        Class::III => "Fracción III",
        Class::Antibiotics => "Antibióticos",
        Class::Other => "Otros",
    }
}

fn trend(report: &MonthlyReport) -> paper_report::Trend {
    let months = report.trend.iter().map(|(month, _)| short(*month));
    let classes = REPORTED.iter().enumerate().map(|(place, class)| {
        let counts = report
            .trend
            .iter()
            .map(|(_, counts)| i128::from(counts[place]));
        (title(*class).to_owned(), counts.collect())
    });
    paper_report::Trend {
        unit: "surtidos".to_owned(),
        months: months.collect(),
        classes: classes.collect(),
    }
}

/// `dic 25`.
fn short(month: Period) -> String {
    const MONTHS: [&str; 12] = [
        "ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic",
    ];
    let first = Date::from(month.first());
    let name = usize::try_from(first.month())
        .ok()
        .and_then(|month| MONTHS.get(month - 1));
    format!(
        "{} {:02}",
        name.unwrap_or(&""),
        first.year().rem_euclid(100)
    )
}

fn case(alert: &Alert) -> paper_report::AlertCase {
    let listed = alert.evidence.listed.iter().map(|source| match source {
        Source::Ledger(index) => format!("entrada {index}"),
        Source::Access(number) => format!("acceso {number}"),
    });
    paper_report::AlertCase {
        day: Date::from(alert.day),
        seen: alert.seen.in_spanish(),
        evidence: listed.collect(),
    }
}

/// Code, name and threshold of every kind of alert.
#[must_use]
pub fn kinds(of: &Thresholds) -> Vec<(&'static str, &'static str, String)> {
    let [velocity, many, dose, both] = of_people(of);
    let peers = of.peers.deviations_permille;
    vec![
        (
            "prescriber-velocity",
            "Muchas recetas en pocas horas",
            velocity,
        ),
        (
            "many-prescribers",
            "Varios prescriptores para un paciente",
            many,
        ),
        ("opioid-dose", "Equivalente de morfina oral", dose),
        ("opioid-benzodiazepine", "Opioide y benzodiacepina", both),
        (
            "licence-not-active",
            "Cédula no activa en el registro",
            format!("{} recetas en un día", of.licence.recetas),
        ),
        (
            "folio-reuse",
            "Folio presentado de nuevo",
            format!(
                "{} intentos en {} días",
                of.folio_reuse.attempts, of.folio_reuse.days
            ),
        ),
        (
            "photocopy",
            "Una receta en varios mostradores",
            format!(
                "{} en {} días",
                of.photocopy.establishments, of.photocopy.days
            ),
        ),
        (
            "unexplained-difference",
            "Faltantes en conteos",
            format!(
                "{} unidades en {} días",
                of.unexplained.units, of.unexplained.days
            ),
        ),
        (
            "late-receipt",
            "Envíos sin recepción",
            format!("{} días después del envío", of.late_receipt.days),
        ),
        (
            "above-peers",
            "Muy por encima de sus comparables",
            format!("mediana más {peers} milésimas de la desviación absoluta mediana"),
        ),
    ]
}

fn of_people(of: &Thresholds) -> [String; 4] {
    let (velocity, many, dose) = (of.velocity, of.many_prescribers, of.opioid_dose);
    [
        format!("{} recetas en {} h", velocity.recetas, velocity.hours),
        format!("{} en {} días", many.prescribers, many.days),
        format!("{} mg al día en {} días", dose.mg_per_day, dose.days),
        format!("dentro de {} días", of.opioid_benzodiazepine.days),
    ]
}

#[cfg(test)]
mod tests {
    use surveillance::alerts::Seen;

    use super::*;

    #[test]
    fn every_kind_of_alert_is_named_once() {
        let kinds = kinds(&Thresholds::default());
        let mut codes: Vec<_> = kinds.iter().map(|(code, ..)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Seen::CODES.len());
        assert!(Seen::CODES.iter().all(|code| codes.contains(code)));
    }

    #[test]
    fn months_are_short() {
        let day = "2025-12-31".parse::<Date>().unwrap();
        let month = Period::of(day.into(), surveillance::Span::Month);
        assert_eq!(short(month), "dic 25");
    }
}
