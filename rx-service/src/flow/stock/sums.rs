//! Consumption and balances, as the authority asks for them.

use std::collections::BTreeMap;

use audit::{Action, Outcome};
use prescription::{Clave, Clues};
use substances::{Book, MovementKind};

use crate::app::App;
use crate::auth::Role;
use crate::flow::{FlowError, Visitor};
use crate::store::{MonthSum, SumFilter};

/// What the rows are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Active ingredients, as the catalog writes them.
    Substance,
    /// Medicines.
    Clave,
    /// Classes of books.
    Book,
    /// Establishments.
    Establishment,
    /// Municipalities of the establishments.
    Municipality,
    /// Prescribers, by cédula.
    Prescriber,
    /// Months.
    Month,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// What the rows are of.
    pub by: By,
    /// First and last month, counted from January of year 0.
    pub months: (i64, i64),
    /// One establishment.
    pub establishment: Option<Clues>,
    /// One medicine.
    pub clave: Option<Clave>,
    /// One book.
    pub book: Option<Book>,
}

/// Units that patients received, less what they brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consumption {
    /// Units.
    pub units: i64,
    /// Lines of dispensings.
    pub dispensings: i64,
}

/// What became of the units of a row in the months asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Held before.
    pub opening: i64,
    /// Inventory with which the books were opened, less what left the lists.
    pub opened: i64,
    /// Made.
    pub manufactured: i64,
    /// From abroad.
    pub imported: i64,
    /// To abroad.
    pub exported: i64,
    /// From suppliers that do not record here, less what was sent back.
    pub bought: i64,
    /// From establishments that record here.
    pub received: i64,
    /// To them.
    pub shipped: i64,
    /// To patients.
    pub dispensed: i64,
    /// Back from patients.
    pub returned: i64,
    /// Destroyed.
    pub destroyed: i64,
    /// Lost or broken.
    pub lost: i64,
    /// Stolen.
    pub stolen: i64,
    /// From another book, less what went to one: the class of the medicine changed.
    pub carried: i64,
    /// What counts found, and what was handed over without being in the books.
    pub unexplained: i64,
    /// Held afterwards.
    pub closing: i64,
}

/// What patients received, by row.
///
/// # Errors
/// [`FlowError::Forbidden`] for everybody but the authority, or the database failed.
pub async fn consumption(
    app: &App,
    visitor: &Visitor,
    question: &Question,
) -> Result<BTreeMap<String, Consumption>, FlowError> {
    note(app, visitor, question).await?;
    let mut rows = BTreeMap::<String, Consumption>::new();
    let mut each = |sum: MonthSum| {
        let (units, dispensings) = match MovementKind::from_code(&sum.what) {
            Some(MovementKind::Dispensing) => (sum.units_out - sum.units_in, sum.lines),
            // To a supplier nobody prescribes.
            Some(MovementKind::Return) if sum.cedula.is_some() => (sum.units_out - sum.units_in, 0),
            _ => return,
        };
        let row = rows.entry(key(app, question.by, &sum)).or_default();
        row.units += units;
        row.dispensings += dispensings;
    };
    let filter = filter(question, question.months.0);
    app.store.month_sums(&filter, &mut each).await?;
    Ok(rows)
}

/// What became of the units, by row.
///
/// # Errors
/// As [`consumption`].
pub async fn balance(
    app: &App,
    visitor: &Visitor,
    question: &Question,
) -> Result<BTreeMap<String, Balance>, FlowError> {
    note(app, visitor, question).await?;
    let mut rows = BTreeMap::<String, Balance>::new();
    let mut each = |sum: MonthSum| {
        let row = rows.entry(key(app, question.by, &sum)).or_default();
        let net = sum.units_in - sum.units_out;
        row.closing += net;
        if sum.month < question.months.0 {
            row.opening += net;
        } else {
            row.add(&sum, net);
        }
    };
    // From the beginning: what is held is the sum of all that was.
    app.store
        .month_sums(&filter(question, 0), &mut each)
        .await?;
    if question.by == By::Month {
        rows = month_by_month(rows, &month(question.months.0));
    }
    Ok(rows)
}

/// Each month opens with what the one before left. Those before `first` are in its opening.
fn month_by_month(mut rows: BTreeMap<String, Balance>, first: &str) -> BTreeMap<String, Balance> {
    let asked = rows.split_off(first);
    let mut held: i64 = rows.values().map(|row| row.closing).sum();
    let mut carry = |(month, mut row): (String, Balance)| {
        row.opening = held;
        held += row.closing;
        row.closing = held;
        (month, row)
    };
    asked.into_iter().map(&mut carry).collect()
}

impl Balance {
    fn add(&mut self, sum: &MonthSum, net: i64) {
        let patients = sum.cedula.is_some();
        let Some(kind) = MovementKind::from_code(&sum.what) else {
            // A page that was carried, or an antibiotic that the books did not have.
            if sum.what.starts_with("carried-") {
                self.carried += net;
            } else {
                self.unexplained += net;
            }
            return;
        };
        match kind {
            MovementKind::Opening | MovementKind::Release => self.opened += net,
            MovementKind::Manufacture => self.manufactured += net,
            MovementKind::Import => self.imported += net,
            MovementKind::Export => self.exported -= net,
            MovementKind::Return if patients => self.returned += net,
            MovementKind::Purchase | MovementKind::Return => self.bought += net,
            MovementKind::Shipment => self.shipped -= net,
            MovementKind::Receipt => self.received += net,
            MovementKind::Dispensing => self.dispensed -= net,
            MovementKind::Destruction => self.destroyed -= net,
            MovementKind::Loss => self.lost -= net,
            MovementKind::Theft => self.stolen -= net,
            MovementKind::Count | MovementKind::Notice => self.unexplained += net,
        }
    }
}

fn filter(question: &Question, first: i64) -> SumFilter {
    SumFilter {
        establishment: question.establishment.clone(),
        clave: question.clave.clone(),
        class: question.book.map(Book::code),
        months: (first, question.months.1),
    }
}

fn key(app: &App, by: By, sum: &MonthSum) -> String {
    let unknown = || "?".to_owned();
    match by {
        By::Substance => app
            .catalog
            .duplicate_key(&sum.clave)
            .map_or_else(|| sum.clave.to_string(), |key| key.as_str().to_owned()),
        By::Clave => sum.clave.to_string(),
        By::Book => sum.class.clone(),
        By::Establishment => sum.establishment.to_string(),
        By::Municipality => app
            .catalog
            .establishment(&sum.establishment)
            .map_or_else(unknown, |place| {
                format!("{}, {}", place.municipality, place.entity)
            }),
        By::Prescriber => sum
            .cedula
            .as_ref()
            .map_or_else(unknown, ToString::to_string),
        By::Month => month(sum.month),
    }
}

/// A month as `YYYY-MM`.
fn month(number: i64) -> String {
    format!(
        "{:04}-{:02}",
        number.div_euclid(12),
        number.rem_euclid(12) + 1
    )
}

/// Records that the authority asks, before it is answered.
async fn note(app: &App, visitor: &Visitor, question: &Question) -> Result<(), FlowError> {
    if visitor.caller.role != Role::Auditor {
        return Err(FlowError::Forbidden(
            "Sólo la autoridad consulta el consumo y los balances.",
        ));
    }
    let (now, _) = app.now();
    let number = app.entropy.draw()?.access;
    let whose = question.establishment.as_ref();
    let access = visitor.record_book(number, now, Action::Search, whose, Outcome::Success)?;
    Ok(app.store.record_access(now, access).await?)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::clock::month_number;

    #[test]
    fn months_read_back() {
        assert_eq!(month(month_number(date(2026, 1, 31))), "2026-01");
        assert_eq!(month(month_number(date(2025, 12, 1))), "2025-12");
    }

    #[test]
    fn every_unit_of_a_balance_is_somewhere() {
        let mut balance = Balance::default();
        let mut closing = 0;
        for (number, kind) in (1..).zip(MovementKind::ALL) {
            for (units_in, units_out) in [(10 * number, 0), (0, number)] {
                let sum = MonthSum {
                    establishment: "HGIMB000064".parse().unwrap(),
                    clave: "040.000.2612.00".parse().unwrap(),
                    month: 0,
                    what: kind.code().to_owned(),
                    cedula: None,
                    class: "II".to_owned(),
                    units_in,
                    units_out,
                    lines: 1,
                };
                balance.add(&sum, units_in - units_out);
                closing += units_in - units_out;
            }
        }
        let b = balance;
        let came = b.opened + b.manufactured + b.imported + b.bought + b.received + b.returned;
        let went = b.exported + b.shipped + b.dispensed + b.destroyed + b.lost + b.stolen;
        assert_eq!(came - went + b.unexplained, closing);
    }

    #[test]
    fn each_month_opens_with_what_the_one_before_left() {
        let net = |closing| Balance {
            closing,
            ..Balance::default()
        };
        let rows = [
            ("2026-01", 5),
            ("2026-02", 7),
            ("2026-03", -2),
            ("2026-05", 4),
        ];
        let rows = rows.map(|(month, closing)| (month.to_owned(), net(closing)));
        let said: Vec<_> = month_by_month(BTreeMap::from(rows), "2026-03")
            .into_iter()
            .map(|(month, row)| (month, row.opening, row.closing))
            .collect();
        let expected = [("2026-03", 12, 10), ("2026-05", 10, 14)];
        let expected = expected.map(|(month, from, to)| (month.to_owned(), from, to));
        assert_eq!(said, expected);
    }
}
