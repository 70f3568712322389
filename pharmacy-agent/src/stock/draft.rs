//! A movement as it was filled in, checked as a whole before anything is signed.

use std::collections::BTreeSet;

use cofepris::Catalog;
use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{Clave, Clues};
use substances::{Counterpart, ShipmentRef};

use super::amount::Measure;
use super::kind::{Counterparty, Kind};
use super::on_hand::{Goods, InTransit, OnHand};
use super::order::{MAX_LINES, MovementOrder, OrderLine};
use super::problem::{HeadProblem, MAX_TEXT, Problems, WITNESSES};
use super::typed_line::{LineProblem, StockLine, TypedLine, book_on};
use crate::store::Book;

/// A movement as it was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What happened.
    pub kind: Kind,
    /// Invoice, remisión, acta.
    pub document: String,
    /// RFC or CLUES.
    pub counterparty: String,
    /// Sanitary licence of the supplier.
    pub licence: String,
    /// Permit for fraction I.
    pub permit: String,
    /// Number of the shipment that arrived.
    pub shipment: String,
    /// Names.
    pub witnesses: Vec<String>,
    /// Folio of the notice.
    pub notice: String,
    /// The lines; blank ones are not counted.
    pub lines: Vec<TypedLine>,
}

/// What a draft is held against.
pub struct Against<'a> {
    /// The own establishment.
    pub clues: &'a Clues,
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
            licence: String::new(),
            permit: String::new(),
            shipment: String::new(),
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

    /// Takes over the shipment that is on its way: its lines where none was given, its number and
    /// its document where none was. Without a number, the first from the counterparty.
    pub fn take_from(&mut self, transit: &InTransit, catalog: &Catalog) {
        let sender = self.counterparty.trim().to_uppercase();
        let number: Option<u64> = self.shipment.trim().parse().ok();
        let sent = transit.incoming.iter().find(|it| {
            it.from.as_str() == sender && number.is_none_or(|number| number == it.number)
        });
        let Some(sent) = sent else { return };
        self.shipment = sent.number.to_string();
        if self.document.trim().is_empty() {
            self.document = sent.document.clone().unwrap_or_default();
        }
        if self.lines.iter().all(TypedLine::is_blank) {
            self.lines = sent
                .lines
                .iter()
                .map(|goods| typed(goods, catalog))
                .collect();
        }
    }

    /// Checks everything.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn check(&self, against: &Against<'_>) -> Result<Checked, Problems> {
        let mut problems = Problems::default();
        let lines = self.read_lines(against, &mut problems);
        let book =
            |line: &(usize, StockLine)| book_on(against.catalog, &line.1.clave, against.today);
        let books: BTreeSet<_> = lines.iter().filter_map(book).collect();
        self.check_papers(&books, &mut problems.head);
        let counterpart = self
            .counterpart(&books)
            .map_err(|problem| problems.head.push(problem));
        let shipment = self.shipment(against.clues);
        let shipment = shipment.map_err(|problem| problems.head.push(problem));
        match self.lines.iter().filter(|line| !line.is_blank()).count() {
            0 => problems.head.push(HeadProblem::NoLines),
            count if count > MAX_LINES => problems.head.push(HeadProblem::TooManyLines),
            _ => {}
        }
        let (true, Ok(counterpart), Ok(shipment)) = (problems.is_empty(), counterpart, shipment)
        else {
            return Err(problems);
        };
        let asks = self.kind.asks();
        let order = MovementOrder {
            document: asks.document.and_then(|_| given(&self.document)),
            permit: given(&self.permit).filter(|_| asks.permit),
            counterpart,
            shipment,
            witnesses: if asks.witnesses {
                self.witnesses
                    .iter()
                    .filter_map(|name| given(name))
                    .collect()
            } else {
                Vec::new()
            },
            notice: given(&self.notice).filter(|_| asks.notice),
            ..MovementOrder::new(
                self.kind,
                against.now,
                lines.iter().map(|(_, line)| order_line(line)).collect(),
            )
        };
        Ok(Checked { order, lines })
    }

    /// Document, permit, witnesses, notice.
    fn check_papers(&self, books: &BTreeSet<Book>, problems: &mut Vec<HeadProblem>) {
        let asks = self.kind.asks();
        if let Some((name, must)) = asks.document {
            match self.document.trim() {
                "" if must => problems.push(HeadProblem::Document(name)),
                text if !fits(text) => problems.push(HeadProblem::Text(name)),
                _ => {}
            }
        }
        if asks.permit {
            match self.permit.trim() {
                "" if books.contains(&Book::I) => problems.push(HeadProblem::Permit),
                text if !fits(text) => problems.push(HeadProblem::Text("permiso")),
                _ => {}
            }
        }
        if asks.witnesses {
            let names = self.witnesses.iter().filter_map(|name| given(name));
            let distinct: BTreeSet<_> = names.map(|name| name.to_lowercase()).collect();
            let all_fit = self.witnesses.iter().all(|name| fits(name.trim()));
            if distinct.len() < WITNESSES || !all_fit {
                problems.push(HeadProblem::Witnesses);
            }
        }
        if asks.notice && !fits(self.notice.trim()) {
            problems.push(HeadProblem::Text("folio del aviso"));
        }
    }

    /// Who is on the other side. Of a receipt, the shipment says it.
    fn counterpart(&self, books: &BTreeSet<Book>) -> Result<Option<Counterpart>, HeadProblem> {
        let asks = self.kind.asks();
        let other = self.counterparty.trim().to_uppercase();
        match asks.counterparty {
            Counterparty::Nobody => Ok(None),
            Counterparty::Establishment if asks.shipment => Ok(None),
            Counterparty::Establishment => {
                let clues = other.parse();
                let clues = clues.map_err(|_| HeadProblem::Establishment(asks.counterparty_es))?;
                Ok(Some(Counterpart::Establishment(clues)))
            }
            Counterparty::Supplier => {
                let rfc = other.parse().map_err(|_| HeadProblem::Supplier)?;
                let licence = given(&self.licence);
                let controlled = books.iter().any(|book| *book != Book::Antibiotics);
                match &licence {
                    None if controlled => Err(HeadProblem::Licence),
                    Some(text) if !fits(text) => Err(HeadProblem::Text("licencia")),
                    _ => Ok(Some(Counterpart::Supplier { rfc, licence })),
                }
            }
        }
    }

    /// The shipment that arrived.
    fn shipment(&self, own: &Clues) -> Result<Option<ShipmentRef>, HeadProblem> {
        let asks = self.kind.asks();
        if !asks.shipment {
            return Ok(None);
        }
        let from = self.counterparty.trim().to_uppercase().parse();
        let from = from.map_err(|_| HeadProblem::Establishment(asks.counterparty_es))?;
        let number = self
            .shipment
            .trim()
            .parse()
            .map_err(|_| HeadProblem::Shipment)?;
        Ok(Some(ShipmentRef {
            from,
            to: own.clone(),
            number,
        }))
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
                // Of a lot that is there, the expiry need not be typed.
                Err(found) if found == [LineProblem::NoExpiry] && self.must_be_in(against) => {
                    problems.lines.insert(index, vec![LineProblem::NotInStock]);
                }
                Err(found) => {
                    problems.lines.insert(index, found);
                }
            }
        }
        lines
    }

    /// Whether what is named must be in a stock that is known.
    fn must_be_in(&self, against: &Against<'_>) -> bool {
        self.kind.takes() && against.stock.is_some()
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

fn typed(goods: &Goods, catalog: &Catalog) -> TypedLine {
    let measure = Measure::of(catalog.medicine(&goods.clave));
    let (packages, loose) = measure.packages(goods.units);
    let shown = |number: u64| match number {
        0 => String::new(),
        number => number.to_string(),
    };
    TypedLine {
        medicine: goods.clave.to_string(),
        lot: goods.lot.clone(),
        expiry: goods.expiry.to_string(),
        packages: shown(packages),
        units: shown(loose),
    }
}

fn order_line(line: &StockLine) -> OrderLine {
    OrderLine {
        clave: line.clave.clone(),
        lot: line.lot.clone(),
        expiry: line.expiry,
        units: line.units,
        reason: None,
    }
}

/// What was filled in; blank is nothing.
fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn fits(text: &str) -> bool {
    text.len() <= MAX_TEXT && !text.contains(char::is_control)
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
