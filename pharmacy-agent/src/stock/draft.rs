//! A movement as it was filled in, checked as a whole before anything is signed.

use std::collections::BTreeMap;

use cofepris::Catalog;
use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{Clave, Clues};
use substances::Rfc;

use super::kind::{Counterparty, Kind};
use super::on_hand::{Goods, InTransit, OnHand};
use super::order::{MAX_LINES, MovementOrder, OrderLine};
use super::typed_line::{LineProblem, StockLine, TypedLine, book_on};
use crate::store::Book;

/// Longest text of a document, a name or a notice, in characters.
pub const MAX_TEXT: usize = 120;
/// Witnesses that sign the acta of a destruction, at least.
pub const WITNESSES: usize = 2;

/// A movement as it was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What happened.
    pub kind: Kind,
    /// Invoice, remisión, acta.
    pub document: String,
    /// RFC or CLUES.
    pub counterparty: String,
    /// Names.
    pub witnesses: Vec<String>,
    /// Folio of the notice.
    pub notice: String,
    /// The lines; blank ones are not counted.
    pub lines: Vec<TypedLine>,
}

/// What a draft is held against.
pub struct Against<'a> {
    /// Medicines.
    pub catalog: &'a Catalog,
    /// Whether the pharmacy may hold fractions I to III.
    pub licensed: bool,
    /// What there is, where the service told.
    pub stock: Option<&'a OnHand>,
    /// The present instant.
    pub now: Timestamp,
    /// Its day where the pharmacy is.
    pub today: Date,
}

/// What is wrong with a field of the head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadProblem {
    /// No document.
    #[error("falta: {0}")]
    Document(&'static str),
    /// Too long, or with characters that no paper has.
    #[error("{0}: hasta {MAX_TEXT} caracteres, en una línea")]
    Text(&'static str),
    /// Neither RFC nor CLUES.
    #[error("el proveedor es un RFC (ABC010101AB1) o una CLUES (HGFAR000001)")]
    Supplier,
    /// Not a CLUES.
    #[error("{0} es una CLUES: cinco letras y seis dígitos, como HGFAR000001")]
    Establishment(&'static str),
    /// Not enough witnesses.
    #[error("la destrucción la firman al menos {WITNESSES} testigos, cada uno con su nombre")]
    Witnesses,
    /// No notice.
    #[error("falta el folio del aviso a COFEPRIS")]
    Notice,
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

/// A draft that can be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is signed.
    pub order: MovementOrder,
    /// Its lines as they are shown, with their position in the draft.
    pub lines: Vec<(usize, StockLine)>,
}

impl Draft {
    /// A draft of `kind` with nothing filled in.
    #[must_use]
    pub fn blank(kind: Kind) -> Self {
        Self {
            kind,
            document: String::new(),
            counterparty: String::new(),
            witnesses: Vec::new(),
            notice: String::new(),
            lines: Vec::new(),
        }
    }

    /// Fills in the expiry of lots that the stock knows.
    pub fn complete(&mut self, stock: &OnHand) {
        self.complete_from(|clave, lot| stock.lot(clave, lot).map(|there| there.expiry));
    }

    /// Fills in the expiry of lots that somebody knows.
    pub fn complete_from(&mut self, known: impl Fn(&Clave, &str) -> Option<Date>) {
        for line in &mut self.lines {
            let missing = line.expiry.trim().is_empty();
            let clave = line.medicine.trim().parse().ok().filter(|_| missing);
            let expiry = clave.and_then(|clave| known(&clave, line.lot.trim()));
            if let Some(expiry) = expiry {
                line.expiry = expiry.to_string();
            }
        }
    }

    /// Takes over what is on its way from the counterparty: the lines where none was given, and the
    /// document where none was.
    pub fn take_from(&mut self, transit: &InTransit) {
        let sender = self.counterparty.trim().to_uppercase();
        let wanted = self.document.trim().to_owned();
        let sent: Vec<_> = transit
            .incoming
            .iter()
            .filter(|it| it.from == sender)
            .map(|it| &it.goods)
            .filter(|goods| wanted.is_empty() || goods.document.as_deref() == Some(&wanted))
            .collect();
        if wanted.is_empty() {
            let document = sent.iter().find_map(|goods| goods.document.clone());
            self.document = document.unwrap_or_default();
        }
        if self.lines.iter().all(TypedLine::is_blank) {
            self.lines = sent.into_iter().map(typed).collect();
        }
    }

    /// Checks everything.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check(&self, against: &Against<'_>) -> Result<Checked, Problems> {
        let mut problems = Problems::default();
        let lines = self.read_lines(against, &mut problems);
        let booked = |line: &(usize, StockLine)| {
            book_on(against.catalog, &line.1.clave, against.today)
                .is_some_and(|book| book != Book::Antibiotics)
        };
        self.check_head(lines.iter().any(booked), &mut problems.head);
        if !problems.is_empty() {
            return Err(problems);
        }
        let given = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let asks = self.kind.asks();
        let counterparty = given(&self.counterparty).map(|text| text.to_uppercase());
        let order = MovementOrder {
            kind: self.kind,
            at: against.now,
            document: asks.document.and_then(|_| given(&self.document)),
            counterparty: counterparty.filter(|_| asks.counterparty != Counterparty::Nobody),
            witnesses: match asks.witnesses {
                true => self.witnesses.iter().filter_map(given).collect(),
                false => Vec::new(),
            },
            notice: given(&self.notice).filter(|_| asks.notice),
            reason: None,
            lines: lines.iter().map(|(_, line)| order_line(line)).collect(),
        };
        Ok(Checked { order, lines })
    }

    fn check_head(&self, controlled: bool, problems: &mut Vec<HeadProblem>) {
        let asks = self.kind.asks();
        if let Some((name, must)) = asks.document {
            match self.document.trim() {
                "" if must => problems.push(HeadProblem::Document(name)),
                text if !fits(text) => problems.push(HeadProblem::Text(name)),
                _ => {}
            }
        }
        let other = self.counterparty.trim().to_uppercase();
        match asks.counterparty {
            Counterparty::Supplier
                if other.parse::<Rfc>().is_err() && other.parse::<Clues>().is_err() =>
            {
                problems.push(HeadProblem::Supplier);
            }
            Counterparty::Establishment if other.parse::<Clues>().is_err() => {
                problems.push(HeadProblem::Establishment(asks.counterparty_es));
            }
            Counterparty::Nobody | Counterparty::Supplier | Counterparty::Establishment => {}
        }
        let mut named: Vec<_> = self.witnesses.iter().map(|name| name.trim()).collect();
        named.retain(|name| !name.is_empty());
        if asks.witnesses {
            let all_fit = named.iter().all(|name| fits(name));
            let folded: std::collections::BTreeSet<_> =
                named.iter().map(|name| name.to_lowercase()).collect();
            if folded.len() < WITNESSES || !all_fit {
                problems.push(HeadProblem::Witnesses);
            }
        }
        let notice = self.notice.trim();
        if asks.notice && notice.is_empty() && (controlled || self.kind == Kind::Theft) {
            problems.push(HeadProblem::Notice);
        } else if !fits(notice) {
            problems.push(HeadProblem::Text("folio del aviso"));
        }
        match self.lines.iter().filter(|line| !line.is_blank()).count() {
            0 => problems.push(HeadProblem::NoLines),
            count if count > MAX_LINES => problems.push(HeadProblem::TooManyLines),
            _ => {}
        }
    }

    /// The lines that say something, each held against the catalog, the stock and the others.
    fn read_lines(
        &self,
        against: &Against<'_>,
        problems: &mut Problems,
    ) -> Vec<(usize, StockLine)> {
        let mut lines: Vec<(usize, StockLine)> = Vec::new();
        let typed = self.lines.iter().enumerate();
        for (index, typed) in typed.filter(|(_, line)| !line.is_blank()) {
            match typed.read(against.catalog) {
                Ok(line) => {
                    let mut found = self.line_problems(&line, against);
                    let same = |(_, earlier): &&(usize, StockLine)| {
                        (&earlier.clave, &earlier.lot) == (&line.clave, &line.lot)
                    };
                    if let Some((earlier, _)) = lines.iter().find(same) {
                        found.push(LineProblem::Repeated(earlier + 1));
                    }
                    if !found.is_empty() {
                        problems.lines.insert(index, found);
                    }
                    lines.push((index, line));
                }
                Err(found) => {
                    problems.lines.insert(index, found);
                }
            }
        }
        lines
    }

    fn line_problems(&self, line: &StockLine, against: &Against<'_>) -> Vec<LineProblem> {
        let mut found = Vec::new();
        match book_on(against.catalog, &line.clave, against.today) {
            None => found.push(LineProblem::NoBook(line.name.clone())),
            Some(Book::Antibiotics) => {}
            Some(book) if !against.licensed => {
                found.push(LineProblem::NotLicensed(line.name.clone(), book.code()));
            }
            Some(Book::I | Book::II | Book::III) => {}
        }
        if line.units == 0 && self.kind != Kind::Count {
            found.push(LineProblem::Nothing);
        }
        if self.kind == Kind::Purchase && line.expiry < against.today {
            found.push(LineProblem::Expired(line.expiry));
        }
        if let Some(stock) = against.stock {
            found.extend(self.against_stock(line, stock));
        }
        found
    }

    fn against_stock(&self, line: &StockLine, stock: &OnHand) -> Option<LineProblem> {
        match stock.lot(&line.clave, &line.lot) {
            Some(there) if there.expiry != line.expiry => {
                Some(LineProblem::OtherExpiry(there.expiry))
            }
            Some(there) if self.kind.takes() && there.units < line.units => {
                let words = line.measure.words(there.units);
                Some(LineProblem::MoreThanThereIs(words))
            }
            None if self.kind.takes() => Some(LineProblem::NotInStock),
            Some(_) | None => None,
        }
    }
}

fn typed(goods: &Goods) -> TypedLine {
    TypedLine {
        medicine: goods.clave.to_string(),
        lot: goods.lot.clone(),
        expiry: goods.expiry.to_string(),
        packages: String::new(),
        units: goods.units.to_string(),
    }
}

fn order_line(line: &StockLine) -> OrderLine {
    OrderLine {
        clave: line.clave.clone(),
        lot: line.lot.clone(),
        expiry: line.expiry,
        units: line.units,
    }
}

fn fits(text: &str) -> bool {
    text.chars().count() <= MAX_TEXT && !text.contains(char::is_control)
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
