//! What is wrong with a movement as it was filled in, for the person who filled it in.

use std::collections::BTreeMap;

use prescription::Clave;

use super::order::MAX_LINES;
use super::typed_line::LineProblem;

/// Longest text of a document, a name or a notice, in bytes, as the ledger takes it.
pub const MAX_TEXT: usize = 120;
/// Witnesses that sign the acta of a destruction, at least.
pub const WITNESSES: usize = 2;

/// What is wrong with a field of the head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadProblem {
    /// No document.
    #[error("falta: {0}")]
    Document(&'static str),
    /// Too long, or with characters that no paper has.
    #[error("{0}: hasta {MAX_TEXT} caracteres, en una línea")]
    Text(&'static str),
    /// Not an RFC.
    #[error("el proveedor se nombra por su RFC, como ABC010101AB1")]
    Supplier,
    /// A supplier of controlled medicines without licence.
    #[error("falta la licencia sanitaria del proveedor: hay renglones de las fracciones I a III")]
    Licence,
    /// Fraction I without permit.
    #[error("falta el permiso de COFEPRIS: hay renglones de la fracción I (LGS art. 236)")]
    Permit,
    /// Which shipment is not said.
    #[error("falta el número del envío: tómelo de «Por recibir»")]
    Shipment,
    /// Not a CLUES.
    #[error("{0} es una CLUES: cinco letras y seis dígitos, como HGFAR000001")]
    Establishment(&'static str),
    /// Not enough witnesses.
    #[error("la destrucción la firman al menos {WITNESSES} testigos, cada uno con su nombre")]
    Witnesses,
    /// No line.
    #[error("no hay ningún renglón")]
    NoLines,
    /// Too many lines.
    #[error("un movimiento tiene hasta {MAX_LINES} renglones; haga dos")]
    TooManyLines,
}

/// Everything that is wrong with a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// Of the head.
    pub head: Vec<HeadProblem>,
    /// Of the lines, by their position in the draft.
    pub lines: BTreeMap<usize, Vec<LineProblem>>,
}

impl Problems {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.lines.is_empty()
    }

    /// Lines whose name fits several medicines, and those medicines.
    #[must_use]
    pub fn candidates(&self) -> BTreeMap<usize, &[(Clave, String)]> {
        self.lines
            .iter()
            .filter_map(|(index, problems)| {
                let mut found = problems.iter().filter_map(LineProblem::candidates);
                found.next().map(|candidates| (*index, candidates))
            })
            .collect()
    }

    /// One sentence for each problem, the head first.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let head = self.head.iter().map(|problem| format!("{problem}."));
        let lines = self.lines.iter().flat_map(|(index, problems)| {
            let sentence = move |problem| format!("Renglón {}: {problem}.", index + 1);
            problems.iter().map(sentence)
        });
        head.chain(lines).collect()
    }
}
