//! `--line N=PACKAGES[:LOT:EXPIRY]`.

use jiff::civil::Date;
use prescription::Packages;
use prescription::dispense::HandedOver;

/// Longest lot number, in characters, as the service takes it.
pub const MAX_LOT: usize = 40;

/// Longest name of a brand, in characters.
pub const MAX_BRAND: usize = 80;

/// A line that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Not in the form of a line.
    #[error("escriba RENGLÓN=ENVASES o RENGLÓN=ENVASES:LOTE:CADUCIDAD, como 1=2:A123:2027-06-30")]
    Shape,
    /// Not the number of a line.
    #[error("el renglón es un número del 1 al 255")]
    Line,
    /// Not a number of packages.
    #[error("los envases son un número entero")]
    Packages,
    /// Too long, or with characters that no package has.
    #[error("el lote tiene de 1 a 40 caracteres, sin espacios alrededor")]
    Lot,
    /// Not the name of a brand.
    #[error("la marca tiene hasta 80 caracteres, en una línea")]
    Brand,
    /// Not a date.
    #[error("la caducidad es AAAA-MM-DD, o AAAA-MM para el fin de ese mes")]
    Expiry,
}

/// Reads one line of an order.
///
/// # Errors
/// [`OrderError`].
pub fn parse_line(text: &str) -> Result<HandedOver, OrderError> {
    let (line, rest) = text.split_once('=').ok_or(OrderError::Shape)?;
    let (packages, batch) = match rest.split_once(':') {
        Some((packages, batch)) => (packages, Some(batch)),
        None => (rest, None),
    };
    let batch = batch.map(|batch| batch.rsplit_once(':').ok_or(OrderError::Shape));
    let (lot, expiry) = batch.transpose()?.unwrap_or(("", ""));
    handed_over(line, packages, lot, expiry)
}

/// Reads one line of an order from its four fields; lot and expiry may be blank.
///
/// # Errors
/// [`OrderError`].
pub fn handed_over(
    line: &str,
    packages: &str,
    lot: &str,
    expiry: &str,
) -> Result<HandedOver, OrderError> {
    let line = line.parse().ok().filter(|line| *line > 0);
    Ok(HandedOver {
        line: line.ok_or(OrderError::Line)?,
        packages: Packages::new(packages.parse().map_err(|_| OrderError::Packages)?),
        clave: None,
        brand: None,
        retained_number: None,
        lot: given(lot).map(parse_lot).transpose()?,
        expiry: given(expiry).map(parse_expiry).transpose()?,
    })
}

/// Reads the name of a brand; blank is the generic.
///
/// # Errors
/// [`OrderError::Brand`].
pub fn parse_brand(text: &str) -> Result<Option<String>, OrderError> {
    let text = text.trim();
    if text.chars().count() > MAX_BRAND || text.contains(char::is_control) {
        return Err(OrderError::Brand);
    }
    Ok(given(text).map(str::to_owned))
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

pub(crate) fn parse_lot(text: &str) -> Result<String, OrderError> {
    let fits = (1..=MAX_LOT).contains(&text.chars().count());
    if fits && text.trim() == text && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(OrderError::Lot)
    }
}

/// Packages often print month and year alone: such a lot is good to the end of the month.
pub(crate) fn parse_expiry(text: &str) -> Result<Date, OrderError> {
    let digits = text.bytes().all(|c| c.is_ascii_digit() || c == b'-');
    let date = match text.len() {
        7 if digits => format!("{text}-01").parse().map(Date::last_of_month),
        10 if digits => text.parse(),
        _ => return Err(OrderError::Expiry),
    };
    date.map_err(|_| OrderError::Expiry)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn packages_alone_or_with_lot_and_expiry() {
        let plain = parse_line("2=3").unwrap();
        assert_eq!((plain.line, plain.packages.count()), (2, 3));
        assert_eq!((plain.lot, plain.expiry), (None, None));
        let full = parse_line("1=2:A:12/B:2027-02").unwrap();
        assert_eq!(full.lot.as_deref(), Some("A:12/B"));
        assert_eq!(full.expiry, Some(date(2027, 2, 28)));
        assert_eq!(
            parse_line("1=2:A:2027-06-30").unwrap().expiry,
            Some(date(2027, 6, 30))
        );
    }

    #[test]
    fn each_mistake_has_its_reason() {
        use OrderError as E;
        for (text, reason) in [
            ("1", E::Shape),
            ("1=2:A", E::Shape),
            ("0=2", E::Line),
            ("256=2", E::Line),
            ("1=-2", E::Packages),
            ("1=2.5", E::Packages),
            ("1=2: A:2027-06", E::Lot),
            ("1=2:A\u{7}:2027-06", E::Lot),
            ("1=2:A:30-06-2027", E::Expiry),
            ("1=2:A:2027-13", E::Expiry),
            ("1=2:A:06/2027", E::Expiry),
        ] {
            assert_eq!(parse_line(text), Err(reason), "{text}");
        }
        let long = format!("1=2:{}:2027-06", "x".repeat(41));
        assert_eq!(parse_line(&long), Err(E::Lot));
    }

    #[test]
    fn a_brand_is_a_name_or_the_generic() {
        assert_eq!(parse_brand("  "), Ok(None));
        assert_eq!(parse_brand(" Rivotril "), Ok(Some("Rivotril".to_owned())));
        let long = "x".repeat(MAX_BRAND + 1);
        for wrong in ["a\u{0}b", long.as_str()] {
            assert_eq!(parse_brand(wrong), Err(OrderError::Brand));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9]{0,3}=?[0-9]{0,3}:?\\PC{0,8}:?[0-9-]{0,10}") {
            drop(parse_line(&text));
        }
    }
}
