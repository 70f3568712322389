//! A control book as files: PDF for the inspector, CSV for machines, laid out by the crate `paper`.

use std::collections::{BTreeMap, BTreeSet};

use ::paper::antibiotics::{
    AntibioticAct, AntibioticEntry, AntibioticPrescriber, AntibioticRegister,
};
use ::paper::control_book::{self as sheet, BookClass, Entry};
use ::paper::letterhead::{Establishment, Period};
use prescription::{Cedula, Clave};
use substances::book::{BookLine, What};
use substances::{Book, Counterpart, MovementKind};

use super::ControlBook;
use crate::app::App;
use crate::flow::{FlowError, prescriber};

/// The book twice.
pub struct BookFiles {
    /// For people.
    pub pdf: Vec<u8>,
    /// For machines.
    pub csv: Vec<u8>,
}

/// Lays out a book.
///
/// # Errors
/// The book does not fit its paper, or contradicts itself: a defect of ours.
pub async fn files(app: &App, book: &ControlBook) -> Result<BookFiles, FlowError> {
    let class = match book.book {
        Book::I => BookClass::I,
        Book::II => BookClass::II,
        Book::III => BookClass::III,
        Book::Antibiotics => {
            let register = register(app, book).await?;
            let files = register.files().map_err(FlowError::internal)?;
            return Ok(BookFiles {
                pdf: files.pdf,
                csv: files.csv,
            });
        }
    };
    let corrected = corrected(app, book).await?;
    let pages = book.pages.iter();
    let sheet = sheet::ControlBook {
        class,
        establishment: establishment(app, book).await?,
        permit: None,
        period: period(book),
        ledger: origin(app, book),
        pages: pages
            .map(|page| {
                let lines = book.lines.iter().filter(|line| line.clave == page.clave);
                let facts = Facts::of(app, &page.clave);
                sheet::BookPage {
                    clave: page.clave.to_string(),
                    generic_name: facts.name,
                    form: facts.form,
                    strength: facts.strength,
                    presentation: facts.presentation,
                    unit: facts.unit,
                    opening: page.brought_forward.count(),
                    entries: lines.map(|line| entry(line, &corrected)).collect(),
                }
            })
            .collect(),
    };
    let files = sheet.files().map_err(FlowError::internal)?;
    Ok(BookFiles {
        pdf: files.pdf,
        csv: files.csv,
    })
}

/// What the catalog says of a medicine; the clave alone where it does not know it.
pub(super) struct Facts {
    pub(super) name: String,
    form: String,
    pub(super) strength: String,
    presentation: String,
    pub(super) unit: String,
}

impl Facts {
    pub(super) fn of(app: &App, clave: &Clave) -> Self {
        let medicine = app.catalog.medicine(clave);
        let of = |part: fn(&cofepris::Medicine) -> String| medicine.map(part);
        Self {
            name: of(|medicine| medicine.generic_name.clone()).unwrap_or(clave.to_string()),
            form: of(|medicine| medicine.form.clone()).unwrap_or_default(),
            strength: medicine
                .and_then(|m| m.strength.clone())
                .unwrap_or_default(),
            presentation: of(|medicine| medicine.presentation.clone()).unwrap_or_default(),
            unit: medicine
                .and_then(|medicine| medicine.package.as_ref())
                .map_or("envase".to_owned(), |package| package.unit.clone()),
        }
    }
}

/// Of a line that corrects a movement, the entry of this book that it takes back.
type Corrected = BTreeMap<u64, u64>;

async fn corrected(app: &App, book: &ControlBook) -> Result<Corrected, FlowError> {
    let mut corrected = Corrected::new();
    for line in &book.lines {
        let Some(number) = line.corrects else {
            continue;
        };
        let entries = app.store.entries_of_movement(&book.establishment, number);
        let lot = line
            .lot
            .as_ref()
            .map(|lot| (lot.number.clone(), lot.expiry));
        let same = entries.await?.into_iter().find(|entry| {
            entry.class == book.book.code() && entry.clave == line.clave && entry.lot == lot
        });
        if let Some(same) = same {
            corrected.insert(line.entry, same.number);
        }
    }
    Ok(corrected)
}

fn entry(line: &BookLine, corrected: &Corrected) -> Entry {
    Entry {
        number: line.entry,
        date: line.on,
        concept: concept(line),
        corrects: corrected.get(&line.entry).copied(),
        movement: line.movement,
        document: line.document.clone(),
        permit: line.permit.clone(),
        folio: line.folio.map(|folio| folio.to_string()),
        retained: line.retained,
        cedula: line.prescriber.as_ref().map(Cedula::to_string),
        counterpart: counterpart(line),
        lot: line.lot.as_ref().map(|lot| lot.number.clone()),
        expiry: line.lot.as_ref().map(|lot| lot.expiry),
        entered: line.units_in.count(),
        left: line.units_out.count(),
        balance: line.balance.count(),
        ledger_index: Some(line.ledger),
    }
}

fn concept(line: &BookLine) -> String {
    let concept = line.what.in_spanish();
    let mut letters = concept.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => concept,
    }
}

fn counterpart(line: &BookLine) -> String {
    match &line.counterpart {
        Some(Counterpart::Establishment(clues)) => clues.to_string(),
        Some(Counterpart::Supplier { rfc, licence }) => match licence {
            Some(licence) => format!("{rfc}, licencia {licence}"),
            None => rfc.to_string(),
        },
        None => String::new(),
    }
}

async fn register(app: &App, book: &ControlBook) -> Result<AntibioticRegister, FlowError> {
    let corrected = corrected(app, book).await?;
    let prescribers = prescribers(app, book).await?;
    let lines = book.lines.iter();
    Ok(AntibioticRegister {
        establishment: establishment(app, book).await?,
        period: period(book),
        ledger: origin(app, book),
        entries: lines
            .map(|line| {
                let prescriber = line.prescriber.as_ref();
                let prescriber = prescriber
                    .and_then(|cedula| prescribers.get(cedula))
                    .cloned();
                antibiotic(app, line, &corrected, prescriber)
            })
            .collect(),
    })
}

fn antibiotic(
    app: &App,
    line: &BookLine,
    corrected: &Corrected,
    prescriber: Option<AntibioticPrescriber>,
) -> AntibioticEntry {
    let facts = Facts::of(app, &line.clave);
    let (came, went) = (line.units_in.count(), line.units_out.count());
    AntibioticEntry {
        number: line.entry,
        date: line.on,
        late: line.late,
        act: if line.what == What::Movement(MovementKind::Dispensing) {
            AntibioticAct::Sold
        } else if went > 0 {
            AntibioticAct::Discarded
        } else {
            AntibioticAct::Acquired
        },
        concept: concept(line),
        clave: line.clave.to_string(),
        name: facts.name,
        presentation: facts.presentation,
        lot: line.lot.as_ref().map(|lot| lot.number.clone()),
        expiry: line.lot.as_ref().map(|lot| lot.expiry),
        quantity: came.max(went),
        unit: facts.unit,
        balance: line.balance.count(),
        document: line.document.clone(),
        folio: line.folio.map(|folio| folio.to_string()),
        retained: line.retained,
        prescriber,
        corrects: corrected.get(&line.entry).copied(),
        ledger_index: Some(line.ledger),
    }
}

/// Name and place of those who prescribed antibiotics. Who cannot be found is known by cédula.
async fn prescribers(
    app: &App,
    book: &ControlBook,
) -> Result<BTreeMap<Cedula, AntibioticPrescriber>, FlowError> {
    let cedulas = book.lines.iter().filter_map(|line| line.prescriber.clone());
    let cedulas: BTreeSet<_> = cedulas.collect();
    let mut known = BTreeMap::new();
    for cedula in cedulas {
        let (name, address) = match prescriber::named(app, &cedula).await {
            Ok((prescriber, name)) => {
                let works = prescriber.establishments.first();
                let place = works.and_then(|clues| app.catalog.establishment(clues));
                let address = place.map(|place| {
                    format!("{}, {}, {}", place.name, place.municipality, place.entity)
                });
                (name, address.unwrap_or_default())
            }
            // Not enrolled any more, or with a certificate that has ended.
            Err(FlowError::NotEnrolled | FlowError::Certificate(_)) => Default::default(),
            Err(error) => return Err(error),
        };
        let prescriber = AntibioticPrescriber {
            name,
            cedula: cedula.to_string(),
            address,
        };
        known.insert(cedula, prescriber);
    }
    Ok(known)
}

/// The establishment as the catalog and its certificate know it. Who is responsable sanitario the
/// service does not know: name and cédula are written on the paper that is signed.
pub(super) async fn establishment(
    app: &App,
    book: &ControlBook,
) -> Result<Establishment, FlowError> {
    let clues = &book.establishment;
    let known = app.catalog.establishment(clues);
    let keeper = app.store.keeper(clues).await?;
    Ok(Establishment {
        name: known.map_or_else(|| format!("Establecimiento {clues}"), |e| e.name.clone()),
        clues: clues.to_string(),
        address: known.map_or_else(String::new, |e| {
            let place = [&e.locality, &e.municipality, &e.entity, &e.postal_code];
            place.map(String::as_str).join(", ")
        }),
        licence: keeper.and_then(|keeper| keeper.licence),
        responsible: String::new(),
        responsible_cedula: String::new(),
    })
}

pub(super) fn period(book: &ControlBook) -> Period {
    Period {
        from: book.days.0,
        to: book.days.1,
    }
}

/// Origin of the public ledger that the lines cite.
pub(super) fn origin(app: &App, book: &ControlBook) -> String {
    let last = book.lines.last().map_or(0, |line| line.ledger);
    app.seals.origin_of(last).unwrap_or_default().to_owned()
}
