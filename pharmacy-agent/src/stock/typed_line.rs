//! One line of a movement as somebody typed it, and what it says.

use cofepris::{Catalog, Medicine};
use jiff::civil::Date;
use prescription::Clave;

use super::amount::Measure;
use crate::counter::medicine_name;
use crate::dispense::{OrderError, parse_expiry, parse_lot};
use crate::store::Book;

/// Medicines offered where a name fits several.
pub const MAX_CANDIDATES: usize = 12;

/// A line as it was typed: in a form, in a file, on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedLine {
    /// Clave, or a name.
    pub medicine: String,
    /// Lot.
    pub lot: String,
    /// `AAAA-MM` or `AAAA-MM-DD`.
    pub expiry: String,
    /// Whole packages.
    pub packages: String,
    /// Units beside them.
    pub units: String,
}

/// A line that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockLine {
    /// The medicine.
    pub clave: Clave,
    /// Its name.
    pub name: String,
    /// How it is counted.
    pub measure: Measure,
    /// Manufacturer's lot.
    pub lot: String,
    /// Last day on which it is good.
    pub expiry: Date,
    /// Units of the presentation.
    pub units: u64,
}

/// What is wrong with one field of a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// No medicine was named.
    #[error("falta la clave o el nombre del medicamento")]
    NoMedicine,
    /// A clave that the catalog does not have.
    #[error("la clave {0} no está en el catálogo")]
    UnknownClave(Clave),
    /// A name that no medicine has.
    #[error("ningún medicamento se llama así; revise el nombre o escriba la clave")]
    UnknownName,
    /// A name that several have.
    #[error("{}; elija la que es", many(.0))]
    Ambiguous(Vec<(Clave, String)>),
    /// Nothing that a book keeps.
    #[error("{0} no se lleva en ningún libro: no se registra aquí")]
    NoBook(String),
    /// A pharmacy without licence.
    #[error("{0} es de la fracción {1}, y esta farmacia no tiene licencia sanitaria para ella")]
    NotLicensed(String, &'static str),
    /// No lot.
    #[error("falta el lote")]
    NoLot,
    /// No expiry.
    #[error("falta la caducidad")]
    NoExpiry,
    /// Lot or expiry cannot be read.
    #[error(transparent)]
    Batch(#[from] OrderError),
    /// Bought after its day.
    #[error("caducó el {0}: no lo reciba, devuélvalo al proveedor")]
    Expired(Date),
    /// Neither packages nor units.
    #[error("falta la cantidad: envases, unidades sueltas o ambos")]
    NoQuantity,
    /// Not a number.
    #[error("la cantidad es un número entero, sin puntos ni comas")]
    Quantity,
    /// A count may find nothing, a movement moves something.
    #[error("la cantidad es cero")]
    Nothing,
    /// Beyond any pharmacy.
    #[error("la cantidad es demasiado grande")]
    TooMany,
    /// More than there is.
    #[error("hay {} de ese lote", .0)]
    MoreThanThereIs(String),
    /// The own stock has no such lot.
    #[error("no hay existencias de ese lote")]
    NotInStock,
    /// The own stock has this lot with another expiry.
    #[error("ese lote está registrado con caducidad {0}")]
    OtherExpiry(Date),
    /// The same lot twice.
    #[error("repite el lote del renglón {0}; súmelos en uno")]
    Repeated(usize),
}

impl LineProblem {
    /// The medicines among which to choose.
    #[must_use]
    pub fn candidates(&self) -> Option<&[(Clave, String)]> {
        if let Self::Ambiguous(candidates) = self {
            Some(candidates)
        } else {
            None
        }
    }
}

fn many(candidates: &[(Clave, String)]) -> String {
    match candidates.len() {
        1 => "hay una presentación con ese nombre entre otros".to_owned(),
        MAX_CANDIDATES => format!("hay {MAX_CANDIDATES} presentaciones o más con ese nombre"),
        few => format!("hay {few} presentaciones con ese nombre"),
    }
}

impl TypedLine {
    /// Whether nothing was typed.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        [
            &self.medicine,
            &self.lot,
            &self.expiry,
            &self.packages,
            &self.units,
        ]
        .iter()
        .all(|field| field.trim().is_empty())
    }

    /// What the line says, by itself.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self, catalog: &Catalog) -> Result<StockLine, Vec<LineProblem>> {
        let mut problems = Vec::new();
        let mut keep = |problem| problems.push(problem);
        let medicine = find(catalog, self.medicine.trim()).map_err(&mut keep).ok();
        let lot = required(&self.lot, LineProblem::NoLot, parse_lot);
        let lot = lot.map_err(&mut keep).ok();
        let expiry = required(&self.expiry, LineProblem::NoExpiry, parse_expiry);
        let expiry = expiry.map_err(&mut keep).ok();
        let measure = Measure::of(medicine);
        let units = self.quantity(&measure).map_err(&mut keep).ok();
        match (medicine, lot, expiry, units) {
            (Some(medicine), Some(lot), Some(expiry), Some(units)) => Ok(StockLine {
                clave: medicine.clave.clone(),
                name: medicine_name(catalog, &medicine.clave),
                measure,
                lot,
                expiry,
                units,
            }),
            _ => Err(problems),
        }
    }

    fn quantity(&self, measure: &Measure) -> Result<u64, LineProblem> {
        let (packages, units) = (self.packages.trim(), self.units.trim());
        if packages.is_empty() && units.is_empty() {
            return Err(LineProblem::NoQuantity);
        }
        let (packages, units) = (number(packages)?, number(units)?);
        measure.units(packages, units).ok_or(LineProblem::TooMany)
    }
}

/// Blank is none; else digits alone.
fn number(text: &str) -> Result<u64, LineProblem> {
    if text.is_empty() {
        return Ok(0);
    }
    if !text.bytes().all(|c| c.is_ascii_digit()) {
        return Err(LineProblem::Quantity);
    }
    text.parse().map_err(|_| LineProblem::TooMany)
}

fn required<T>(
    text: &str,
    missing: LineProblem,
    parse: impl FnOnce(&str) -> Result<T, OrderError>,
) -> Result<T, LineProblem> {
    match text.trim() {
        "" => Err(missing),
        text => Ok(parse(text)?),
    }
}

/// The medicine of a clave, or the only one of a name.
///
/// # Errors
/// [`LineProblem`].
pub fn find<'c>(catalog: &'c Catalog, typed: &str) -> Result<&'c Medicine, LineProblem> {
    if typed.is_empty() {
        return Err(LineProblem::NoMedicine);
    }
    if let Ok(clave) = typed.parse() {
        let known = catalog.medicine(&clave);
        return known.ok_or(LineProblem::UnknownClave(clave));
    }
    let found = catalog.search(typed, catalog.medicines().len());
    match found.as_slice() {
        [] => return Err(LineProblem::UnknownName),
        [only] => return Ok(only),
        _ => {}
    }
    // What the law keeps in a book is offered first, and never taken for what was meant: who types
    // paracetamol does not mean the one with tramadol.
    let booked: Vec<_> = found
        .iter()
        .copied()
        .filter(|it| may_be_booked(it))
        .collect();
    let candidates = if booked.is_empty() { found } else { booked };
    let named = |medicine: &&Medicine| {
        let name = medicine_name(catalog, &medicine.clave);
        (medicine.clave.clone(), name)
    };
    let candidates = candidates.iter().take(MAX_CANDIDATES).map(named);
    Err(LineProblem::Ambiguous(candidates.collect()))
}

/// Whether a book keeps it on some day.
pub(crate) fn may_be_booked(medicine: &Medicine) -> bool {
    medicine.antibiotic || !medicine.substances.is_empty() || !medicine.assimilated_to.is_empty()
}

/// The book that keeps `clave` on `day`.
#[must_use]
pub fn book_on(catalog: &Catalog, clave: &Clave, day: Date) -> Option<Book> {
    let classified = catalog.fraction_on(clave, day)?;
    let antibiotic = catalog.medicine(clave).is_some_and(|m| m.antibiotic);
    Book::of(classified.fraction, antibiotic)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixture::{ANTIBIOTIC, CONTROLLED, ORDINARY};

    fn typed(medicine: &str, lot: &str, expiry: &str, packages: &str, units: &str) -> TypedLine {
        let [medicine, lot, expiry, packages, units] =
            [medicine, lot, expiry, packages, units].map(str::to_owned);
        TypedLine {
            medicine,
            lot,
            expiry,
            packages,
            units,
        }
    }

    fn read(line: &TypedLine) -> Result<StockLine, Vec<LineProblem>> {
        line.read(&Catalog::embedded().unwrap())
    }

    #[test]
    fn packages_and_loose_units_add_up() {
        let line = read(&typed(CONTROLLED, " L1 ", "2027-09", "2", "5")).unwrap();
        assert_eq!(line.units, 65);
        assert_eq!((line.lot.as_str(), line.expiry), ("L1", date(2027, 9, 30)));
        assert!(line.name.starts_with("Clonazepam"), "{}", line.name);
        let none = read(&typed(CONTROLLED, "L1", "2027-09", "0", "")).unwrap();
        assert_eq!(none.units, 0, "a count may find nothing");
    }

    #[test]
    fn a_name_is_enough_where_it_fits_one() {
        let catalog = Catalog::embedded().unwrap();
        let Err(LineProblem::Ambiguous(candidates)) = find(&catalog, "clonazepam") else {
            panic!("clonazepam comes in several presentations")
        };
        assert!(
            candidates
                .iter()
                .any(|(clave, _)| clave.as_str() == CONTROLLED)
        );
        assert!(
            candidates
                .iter()
                .all(|(_, name)| name.starts_with("Clonazepam"))
        );
        let whole = catalog.medicines().iter().find(|medicine| {
            may_be_booked(medicine) && catalog.search(&medicine.generic_name, 9).len() == 1
        });
        let whole = whole.unwrap();
        assert_eq!(find(&catalog, &whole.generic_name), Ok(whole));
        let paracetamol = find(&catalog, "paracetamol");
        assert!(
            matches!(paracetamol, Err(LineProblem::Ambiguous(_))),
            "none is guessed"
        );
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        use LineProblem as P;
        let problems = read(&typed("", "", "", "", "")).unwrap_err();
        assert_eq!(
            problems,
            [P::NoMedicine, P::NoLot, P::NoExpiry, P::NoQuantity]
        );
        let problems =
            read(&typed("999.999.9999.99", "x\u{7}", "30/09/27", "2.5", "")).unwrap_err();
        let unknown = "999.999.9999.99".parse().unwrap();
        let expected = [
            P::UnknownClave(unknown),
            P::Batch(OrderError::Lot),
            P::Batch(OrderError::Expiry),
            P::Quantity,
        ];
        assert_eq!(problems, expected);
        for (packages, units, problem) in [
            ("-1", "", P::Quantity),
            ("1,000", "", P::Quantity),
            ("9999999999", "", P::TooMany),
            ("99999999999999999999", "", P::TooMany),
            ("", "x", P::Quantity),
        ] {
            let refused = read(&typed(CONTROLLED, "L", "2027-09", packages, units));
            assert_eq!(refused, Err(vec![problem]), "{packages} {units}");
        }
        let nobody = read(&typed("xyzzy", "L", "2027-09", "1", "")).unwrap_err();
        assert_eq!(nobody, [P::UnknownName]);
    }

    #[test]
    fn each_medicine_has_its_book_on_its_day() {
        let catalog = Catalog::embedded().unwrap();
        let book = |clave: &str, day| book_on(&catalog, &clave.parse().unwrap(), day);
        let day = date(2026, 11, 23);
        assert_eq!(book(CONTROLLED, day), Some(Book::II));
        assert_eq!(book(ANTIBIOTIC, day), Some(Book::Antibiotics));
        assert_eq!(book(ORDINARY, day), None);
    }
}
