//! The books for a terminal and for machines.

use serde::Serialize;

use super::lines_of;
use crate::book::{Reading, Waiting};
use crate::service::{BookPage, ControlBook, RetainedBook, RetainedReceta};
use substances::{BookLine, Counterpart};

/// A book, and what is not in it yet.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BookView {
    pub(crate) book: &'static str,
    #[serde(skip)]
    pub(crate) heading: &'static str,
    /// What the service keeps.
    pub(crate) kept: Option<ControlBook>,
    /// Why it is not told.
    pub(crate) not_told: Option<String>,
    /// What was handed over here and is not in it yet.
    pub(crate) waiting: Vec<WaitingView>,
}

/// A line that is not in the book yet.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WaitingView {
    pub(crate) on: String,
    pub(crate) folio: String,
    pub(crate) clave: String,
    pub(crate) medicine: String,
    pub(crate) packages: u32,
    pub(crate) lot: Option<String>,
    pub(crate) cedula: String,
    pub(crate) conflict: bool,
}

impl From<Reading> for BookView {
    fn from(reading: Reading) -> Self {
        let (kept, not_told) = match reading.kept {
            Ok(book) => (Some(book), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            book: reading.book.wire(),
            heading: reading.book.in_spanish(),
            kept,
            not_told,
            waiting: reading.waiting.iter().map(WaitingView::from).collect(),
        }
    }
}

impl From<&Waiting> for WaitingView {
    fn from(waiting: &Waiting) -> Self {
        let line = &waiting.line;
        Self {
            on: waiting.on.to_string(),
            folio: waiting.folio.to_string(),
            clave: line.clave.to_string(),
            medicine: line.name.clone(),
            packages: line.packages.count(),
            lot: line.lot.clone(),
            cedula: waiting.cedula.to_string(),
            conflict: waiting.conflict,
        }
    }
}

impl BookView {
    /// The book for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = vec![self.heading.to_owned()];
        if let Some(reason) = &self.not_told {
            text.push(format!("  No se puede mostrar: {reason}"));
        }
        if let Some(kept) = &self.kept {
            text.push(format!("  Del {} al {}", kept.from, kept.to));
            if kept.pages.is_empty() {
                text.push("  Sin asientos.".to_owned());
            }
            text.extend(kept.pages.iter().flat_map(|page| page_lines(kept, page)));
            if kept.waiting > 0 {
                let waiting = kept.waiting;
                text.push(format!("  {waiting} asientos más entran en un momento."));
            }
        }
        if !self.waiting.is_empty() {
            text.push("  Por asentar (surtido aquí, el servicio aún no lo registra):".to_owned());
        }
        text.extend(self.waiting.iter().map(WaitingView::text));
        lines_of(&text)
    }
}

impl WaitingView {
    /// One line.
    pub(crate) fn text(&self) -> String {
        let conflict = if self.conflict {
            "CONFLICTO: el servicio lo rechazó; "
        } else {
            ""
        };
        format!(
            "    {}  {}  {conflict}{} × {}  lote {}  cédula {}",
            self.on,
            self.folio,
            self.packages,
            self.medicine,
            self.lot.as_deref().unwrap_or("-"),
            self.cedula
        )
    }
}

fn page_lines(kept: &ControlBook, page: &BookPage) -> Vec<String> {
    let unit = page.unit.as_deref().unwrap_or("envase");
    let mut text = vec![
        format!("  {} [{}], en unidades ({unit})", page.medicine, page.clave),
        format!("    Saldo anterior: {}", page.brought_forward),
    ];
    text.extend(kept.lines_of(page).map(line_text));
    text
}

fn line_text(entry: &BookLine) -> String {
    let mut line = format!(
        "    {:>5}  {}  {:<18} entra {:>5}  sale {:>5}  saldo {:>6}",
        entry.entry,
        entry.on,
        entry.what.in_spanish(),
        entry.units_in.count(),
        entry.units_out.count(),
        entry.balance.count(),
    );
    for (name, value) in facts(entry) {
        line = format!("{line}  {name} {value}");
    }
    line
}

/// What else a line says.
pub(crate) fn facts(entry: &BookLine) -> Vec<(&'static str, String)> {
    let counterpart = entry.counterpart.as_ref().map(|it| match it {
        Counterpart::Establishment(clues) => clues.to_string(),
        Counterpart::Supplier { rfc, .. } => rfc.as_str().to_owned(),
    });
    let retained = entry.retained.map(|it| it.to_string());
    let facts = [
        ("lote", entry.lot.as_ref().map(|lot| lot.number.clone())),
        (
            "caduca",
            entry.lot.as_ref().map(|lot| lot.expiry.to_string()),
        ),
        ("documento", entry.document.clone()),
        ("permiso", entry.permit.clone()),
        ("folio", entry.folio.map(|it| it.to_string())),
        ("cédula", entry.prescriber.as_ref().map(ToString::to_string)),
        ("con", counterpart),
        ("receta retenida núm.", retained),
        ("movimiento", entry.movement.map(|it| it.to_string())),
        (
            "corrige el movimiento",
            entry.corrects.map(|it| it.to_string()),
        ),
        (
            "asentado después, surtido sin conexión el",
            entry.late.then(|| entry.on.to_string()),
        ),
        ("registro", Some(entry.ledger.to_string())),
    ];
    let said = facts.into_iter();
    said.filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// The retained recetas for a terminal.
pub(crate) fn retained_text(book: &RetainedBook) -> String {
    if book.retained.is_empty() {
        return "Ninguna receta retenida.\n".to_owned();
    }
    let line = |it: &RetainedReceta| {
        format!(
            "{:>5}  {}  {}  {} [{}]  cédula {}  asiento {}",
            it.number, it.on, it.folio, it.medicine, it.clave, it.prescriber, it.entry
        )
    };
    lines_of(&book.retained.iter().map(line).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::ServiceError;
    use crate::store::Book;

    /// As the wire contract has it.
    const BOOK: &str = crate::service::BOOK_FOR_TESTS;

    #[test]
    fn a_page_shows_its_running_balance() {
        let view = BookView::from(Reading {
            book: Book::II,
            kept: Ok(serde_json::from_str(BOOK).unwrap()),
            waiting: vec![],
        });
        let text = view.text();
        for part in [
            "Libro de control: fracción II\n",
            "Del 2026-03-01 al 2026-03-31",
            "Clonazepam 2 mg [040.000.2612.00], en unidades (tableta)",
            "Saldo anterior: 0",
            "17  2026-03-02  adquisición",
            "saldo    300  lote CZ2409A  caduca 2027-09-30  documento F-2026-001234",
            "con ALM010101AAA  movimiento 12  registro 40",
            "folio 0000-0000-0000-0000  cédula 7654321  receta retenida núm. 4  registro 44",
            "1 asientos más",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("Por asentar"), "{text}");
    }

    #[test]
    fn without_the_service_it_says_so_and_shows_what_waits() {
        let act = crate::fixture::acts::offline_act(1);
        let waiting = |conflict| Waiting {
            on: act.on,
            folio: act.folio,
            cedula: act.cedula.clone(),
            line: act.lines[0].clone(),
            conflict,
        };
        let view = BookView::from(Reading {
            book: Book::Antibiotics,
            kept: Err(ServiceError::Unreachable("sin red".to_owned())),
            waiting: vec![waiting(false), waiting(true)],
        });
        let text = view.text();
        assert!(
            text.contains("No se puede mostrar: No hay conexión"),
            "{text}"
        );
        assert!(
            text.contains("Por asentar") && text.contains("lote L-2"),
            "{text}"
        );
        assert_eq!(text.matches("CONFLICTO").count(), 1, "{text}");
        assert!(!text.contains("Sin asientos"), "{text}");
    }
}
