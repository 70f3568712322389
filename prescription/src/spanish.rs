//! Dates as patients, pharmacists and auditors read them.

use jiff::civil::Date;

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// A day in words: «3 de marzo de 2026».
#[must_use]
pub fn day(date: Date) -> String {
    let month = usize::try_from(date.month() - 1)
        .ok()
        .and_then(|month| MONTHS.get(month));
    format!(
        "{} de {} de {}",
        date.day(),
        month.unwrap_or(&""),
        date.year()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_has_its_name() {
        for (number, name) in (1..).zip(MONTHS) {
            let date = Date::constant(2026, number, 3);
            assert_eq!(day(date), format!("3 de {name} de 2026"));
        }
        assert_eq!(day(Date::constant(2026, 12, 31)), "31 de diciembre de 2026");
    }
}
