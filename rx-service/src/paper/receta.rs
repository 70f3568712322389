//! What is printed: plain facts, already decided and signed elsewhere. Outside the tests these types
//! have no `Debug`: they name the patient, and a log must not.

use jiff::civil::Date;
use prescription::Fraction;

/// One prescription, ready for paper.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct Receta {
    /// The folio in its four groups, `7K3M-9QRT-2ABX-51CD`. The only thing of the receta that the
    /// file's metadata repeats.
    pub folio: String,
    /// Folio that the authority assigned to the special recetario (LGS art. 241); required when a
    /// line is of fraction I.
    pub special_folio: Option<String>,
    /// When it was issued, in the establishment's time, as it is to be read.
    pub issued_at_local: String,
    /// The day that the prescriber wrote it, from which validity is counted.
    pub written_on: Date,
    /// Where it was prescribed.
    pub establishment: Establishment,
    /// Who prescribed it.
    pub prescriber: Prescriber,
    /// For whom.
    pub patient: Patient,
    /// Diagnosis, if the prescriber stated it; obligatory on special recetas (RIS art. 30).
    pub diagnosis: Option<String>,
    /// The medicines, in order.
    pub lines: Vec<RecetaLine>,
    /// The QR symbol of the signed and sealed prescription.
    pub qr: QrModules,
    /// Its entry in the public ledger.
    pub ledger: LedgerEntry,
    /// What a reader must know before anything else, such as "CANCELADA el 3 de marzo de 2026".
    /// Its first word crosses every page.
    pub status_note: Option<String>,
}

/// The health establishment.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct Establishment {
    /// Its name.
    pub name: String,
    /// Its CLUES.
    pub clues: String,
    /// Its address, or municipality and state.
    pub place: String,
}

/// The prescriber.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct Prescriber {
    /// Full name.
    pub name: String,
    /// Cédula profesional.
    pub cedula: String,
    /// The profession that the cédula accredits, in Spanish.
    pub profession: String,
}

/// The patient.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct Patient {
    /// Full name.
    pub name: String,
    /// CURP, or the temporary identifier.
    pub curp: String,
    /// Day of birth; the age on the day of writing is printed beside it.
    pub birth_date: Option<Date>,
    /// Address; obligatory on special recetas (RIS art. 30).
    pub address: Option<String>,
}

/// One medicine.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct RecetaLine {
    /// Its number, from 1.
    pub number: u8,
    /// Generic name (LGS art. 226, last paragraph).
    pub generic_name: String,
    /// Pharmaceutical form: "tableta".
    pub form: String,
    /// Strength: "500 mg".
    pub strength: String,
    /// Presentation: "envase con 20 tabletas".
    pub presentation: String,
    /// Clave of the Compendio Nacional.
    pub clave: String,
    /// Brand that the prescriber prefers, if any.
    pub brand: Option<String>,
    /// Only that brand: nothing may take its place.
    pub no_substitution: bool,
    /// Packages per fill; unit doses where [`RecetaLine::unit_doses`].
    pub packages: u32,
    /// Whether unit doses are ordered, inside a hospital (LGS art. 226 Bis).
    pub unit_doses: bool,
    /// Days from one fill to the next, if the prescriber said.
    pub refill_interval: Option<u16>,
    /// How many times it may be filled.
    pub fills: u8,
    /// Sale fraction on the day of writing.
    pub fraction: Fraction,
    /// Whether the antibiotics agreement of 2010 applies.
    pub antibiotic: bool,
    /// The dosage as one Spanish sentence.
    pub dosage_text: String,
    /// Last day on which it may be filled.
    pub valid_until: Date,
}

/// A QR symbol without its quiet zone, which the page adds.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct QrModules {
    /// Modules per side.
    pub width: usize,
    /// Row by row from the top left corner; `true` is dark.
    pub dark: Vec<bool>,
}

/// Where the public ledger has the prescription.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct LedgerEntry {
    /// Origin line of the ledger's checkpoints: its name.
    pub origin: String,
    /// Index of the entry, from 0.
    pub index: u64,
}
