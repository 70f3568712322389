//! The register of antibiotics (Acuerdo DOF 27-05-2010): acquisition, sale or dispensing, and
//! discarding, with lot and expiry; the receta by its consecutive number where it is retained, else
//! the prescriber.

#[cfg(test)]
mod tests;

use jiff::civil::Date;

use crate::csv;
use crate::figures::grouped;
use crate::letterhead::{Establishment, Period, day};
use crate::listing::{Listing, RegisterError};
use crate::table::TableColumn;
use crate::twin::Files;
use crate::wrap::joined;

/// The register of one establishment and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AntibioticRegister {
    /// Whose register.
    pub establishment: Establishment,
    /// Which days.
    pub period: Period,
    /// Origin line of the public ledger whose indices the entries cite.
    pub ledger: String,
    /// In the order of their numbers.
    pub entries: Vec<AntibioticEntry>,
}

/// One entry of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AntibioticEntry {
    /// Its number, without gaps.
    pub number: u64,
    /// The day on which it happened, in the establishment's time.
    pub date: Date,
    /// Recorded after an entry of a later date: an antibiotic may be handed over offline. Such an
    /// entry stands where it was recorded, and its date may be before the register's period.
    pub late: bool,
    /// Which of the register's three quantities it is.
    pub act: AntibioticAct,
    /// What happened, in Spanish: "Adquisición", "Venta", "Devolución", "Destrucción", …
    pub concept: String,
    /// Clave of the Compendio Nacional.
    pub clave: String,
    /// Brand, or the generic name where it has none.
    pub name: String,
    /// Presentation.
    pub presentation: String,
    /// Lot.
    pub lot: Option<String>,
    /// Expiry of the lot.
    pub expiry: Option<Date>,
    /// How much, in `unit`.
    pub quantity: u64,
    /// What is counted: "cápsulas", "envases".
    pub unit: String,
    /// Balance of the clave after it, in `unit`.
    pub balance: u64,
    /// Invoice or acta.
    pub document: Option<String>,
    /// Folio of the receta, which names nobody.
    pub folio: Option<String>,
    /// Consecutive number under which the receta is retained, if it is.
    pub retained: Option<u64>,
    /// Who prescribed.
    pub prescriber: Option<AntibioticPrescriber>,
    /// Number of the entry that this one corrects, if it corrects one.
    pub corrects: Option<u64>,
    /// Its entry in the public ledger; `None` while it has none yet.
    pub ledger_index: Option<u64>,
}

/// Which of the three quantities of the register an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AntibioticAct {
    /// Came in.
    Acquired,
    /// Went to a patient.
    Sold,
    /// Went out in any other way.
    Discarded,
}

/// The prescriber, as the Acuerdo wants it noted where the receta is not retained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AntibioticPrescriber {
    /// Full name.
    pub name: String,
    /// Cédula profesional.
    pub cedula: String,
    /// Address of the practice.
    pub address: String,
}

const HEADER: [&str; 23] = [
    "clues",
    "asiento",
    "fecha",
    "extemporaneo",
    "movimiento",
    "concepto",
    "corrige_asiento",
    "clave",
    "denominacion",
    "presentacion",
    "lote",
    "caducidad",
    "cantidad",
    "unidad",
    "saldo",
    "documento",
    "folio_receta",
    "receta_retenida",
    "medico",
    "cedula_profesional",
    "domicilio_medico",
    "libro_publico",
    "indice_libro_publico",
];

impl AntibioticRegister {
    /// Both files; the PDF prints the digest of the CSV.
    ///
    /// # Errors
    /// [`RegisterError`]: the register contradicts itself, or does not fit.
    pub fn files(&self) -> Result<Files, RegisterError> {
        let csv = self.csv()?;
        let listing = Listing {
            title: "REGISTRO DE ANTIBIÓTICOS",
            basis: "Fundamento: Acuerdo por el que se determinan los lineamientos a los que estará \
                    sujeta la venta y dispensación de antibióticos, DOF 27-05-2010; Ley General de \
                    Salud, artículo 226 fracción IV.",
            short: "Registro de antibióticos".to_owned(),
            note: "Los asientos no se tachan ni se enmiendan: lo que se corrige se corrige con un \
                   asiento nuevo que cita al corregido. «Extemporáneo» es lo que se surtió sin \
                   conexión y se asentó después.",
            house: &self.establishment,
            period: self.period,
            ledger: &self.ledger,
            columns: columns(),
            rows: self.entries.iter().map(cells).collect(),
        };
        listing.files(csv)
    }

    /// The CSV: a record for each entry. Dates are `AAAA-MM-DD`, quantities digits.
    ///
    /// # Errors
    /// [`RegisterError`]: the register contradicts itself.
    pub fn csv(&self) -> Result<Vec<u8>, RegisterError> {
        self.check()?;
        let records = self.entries.iter().map(|entry| self.record(entry));
        Ok(csv::write(&HEADER, records))
    }

    fn check(&self) -> Result<(), RegisterError> {
        if self.period.to < self.period.from {
            return Err(RegisterError::Period);
        }
        let mut last: Option<u64> = None;
        let mut latest = self.period.from;
        for entry in &self.entries {
            let early = entry.date < self.period.from && !entry.late;
            if early || entry.date > self.period.to {
                return Err(RegisterError::OutOfPeriod(entry.number));
            }
            if last.is_some_and(|last| last.checked_add(1) != Some(entry.number)) {
                return Err(RegisterError::Number(entry.number));
            }
            if entry.date < latest && !entry.late {
                return Err(RegisterError::Order(entry.number));
            }
            latest = latest.max(entry.date);
            last = Some(entry.number);
        }
        Ok(())
    }

    fn record(&self, entry: &AntibioticEntry) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
        let prescriber = |part: fn(&AntibioticPrescriber) -> &String| {
            let part = entry.prescriber.as_ref().map(part);
            part.cloned().unwrap_or_default()
        };
        let ledger = entry.ledger_index.map(|_| self.ledger.clone());
        vec![
            self.establishment.clues.clone(),
            entry.number.to_string(),
            entry.date.to_string(),
            if entry.late { "si" } else { "no" }.to_owned(),
            entry.act.code().to_owned(),
            entry.concept.clone(),
            number(entry.corrects),
            entry.clave.clone(),
            entry.name.clone(),
            entry.presentation.clone(),
            text(&entry.lot),
            entry
                .expiry
                .map(|date| date.to_string())
                .unwrap_or_default(),
            entry.quantity.to_string(),
            entry.unit.clone(),
            entry.balance.to_string(),
            text(&entry.document),
            text(&entry.folio),
            number(entry.retained),
            prescriber(|one| &one.name),
            prescriber(|one| &one.cedula),
            prescriber(|one| &one.address),
            ledger.unwrap_or_default(),
            number(entry.ledger_index),
        ]
    }
}

impl AntibioticAct {
    fn code(self) -> &'static str {
        match self {
            Self::Acquired => "adquisicion",
            Self::Sold => "venta",
            Self::Discarded => "desecho",
        }
    }
}

fn columns() -> Vec<TableColumn> {
    vec![
        TableColumn::numbers("No.", 3_200),
        TableColumn::words("Fecha de adquisición", 5_000),
        TableColumn::words("Fecha de venta o desecho", 5_000),
        TableColumn::words("Denominación y presentación", 14_000),
        TableColumn::words("Lote", 5_600),
        TableColumn::words("Caducidad", 4_900),
        TableColumn::numbers("Adquirida", 4_500),
        TableColumn::numbers("Vendida", 4_300),
        TableColumn::numbers("Desechada", 5_200),
        TableColumn::numbers("Saldo", 4_300),
        TableColumn::words("Concepto y documento", 12_000),
        TableColumn::words("Médico que prescribe", 12_500),
        TableColumn::numbers("Libro público", 4_900),
    ]
}

fn cells(entry: &AntibioticEntry) -> Vec<String> {
    let on = day(entry.date);
    let quantity = grouped(entry.quantity);
    let only = |wanted: AntibioticAct, text: &str| {
        if entry.act == wanted {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let out = if entry.act == AntibioticAct::Acquired {
        String::new()
    } else {
        on.clone()
    };
    let prescriber = entry
        .prescriber
        .as_ref()
        .map(|one| joined(&[&one.name, &format!("cédula {}", one.cedula), &one.address]));
    vec![
        entry.number.to_string(),
        only(AntibioticAct::Acquired, &on),
        out,
        joined(&[&entry.name, &entry.presentation, &entry.clave, &entry.unit]),
        entry.lot.clone().unwrap_or_default(),
        entry.expiry.map(day).unwrap_or_default(),
        only(AntibioticAct::Acquired, &quantity),
        only(AntibioticAct::Sold, &quantity),
        only(AntibioticAct::Discarded, &quantity),
        grouped(entry.balance),
        documents(entry),
        prescriber.unwrap_or_default(),
        entry
            .ledger_index
            .map_or_else(|| "pendiente".to_owned(), |index| index.to_string()),
    ]
}

fn documents(entry: &AntibioticEntry) -> String {
    let named = |name: &str, value: Option<String>| match value {
        Some(value) => format!("{name} {value}"),
        None => String::new(),
    };
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    joined(&[
        &entry.concept,
        if entry.late { "extemporáneo" } else { "" },
        &named("corrige el asiento", number(entry.corrects)),
        entry.document.as_deref().unwrap_or_default(),
        &named("Receta", entry.folio.clone()),
        &named("retenida n.º", number(entry.retained)),
    ])
}
