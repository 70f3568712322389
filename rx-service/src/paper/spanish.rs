//! Days, ages and quantities as a receta writes them.

use jiff::Unit;
use jiff::civil::Date;
pub(super) use prescription::spanish::day;

/// The age on a day, in the unit that matters at that age: "46 años", "8 meses", "12 días". `None`
/// before the birth.
pub(super) fn age(birth: Date, on: Date) -> Option<String> {
    if on < birth {
        return None;
    }
    let span = birth.until((Unit::Year, on)).ok()?;
    let months = span.get_months();
    Some(match (span.get_years(), months, span.get_days()) {
        (0, 0, 1) => "1 día".to_owned(),
        (0, 0, days) => format!("{days} días"),
        (0, 1, _) => "1 mes".to_owned(),
        (0, months, _) => format!("{months} meses"),
        (1, months, _) => format!("{} meses", 12 + months),
        (years, _, _) => format!("{years} años"),
    })
}

/// "2 (dos) envases": the words guard the figure against an added stroke.
pub(super) fn packages(count: u32) -> String {
    let noun = if count == 1 { "envase" } else { "envases" };
    match in_words(count) {
        Some(words) => format!("{count} ({words}) {noun}"),
        None => format!("{count} {noun}"),
    }
}

/// "2 (dos) dosis unitarias".
pub(super) fn unit_doses(count: u32) -> String {
    let noun = if count == 1 {
        "dosis unitaria"
    } else {
        "dosis unitarias"
    };
    match in_words(count) {
        // Of a feminine noun: "una", "veintiuna", "treinta y una".
        Some(words) => match words.strip_suffix("ún").or(words.strip_suffix("un")) {
            Some(stem) => format!("{count} ({stem}una) {noun}"),
            None => format!("{count} ({words}) {noun}"),
        },
        None => format!("{count} {noun}"),
    }
}

/// "se surte 1 vez", "se surte hasta 3 veces", "se surte hasta 3 veces, cada 30 días".
pub(super) fn fills(count: u8, interval: Option<u16>) -> String {
    match (count, interval) {
        (1, _) => "se surte 1 vez".to_owned(),
        (_, None) => format!("se surte hasta {count} veces"),
        (_, Some(1)) => format!("se surte hasta {count} veces, cada día"),
        (_, Some(days)) => format!("se surte hasta {count} veces, cada {days} días"),
    }
}

/// 1 to 99 before a masculine noun: "un", "veintiún", "treinta y un". Larger counts are beyond any
/// receta and are written in figures alone.
pub(super) fn in_words(count: u32) -> Option<String> {
    const TO_29: [&str; 30] = [
        "",
        "un",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "diez",
        "once",
        "doce",
        "trece",
        "catorce",
        "quince",
        "dieciséis",
        "diecisiete",
        "dieciocho",
        "diecinueve",
        "veinte",
        "veintiún",
        "veintidós",
        "veintitrés",
        "veinticuatro",
        "veinticinco",
        "veintiséis",
        "veintisiete",
        "veintiocho",
        "veintinueve",
    ];
    const TENS: [&str; 7] = [
        "treinta",
        "cuarenta",
        "cincuenta",
        "sesenta",
        "setenta",
        "ochenta",
        "noventa",
    ];
    let count = usize::try_from(count).ok()?;
    match count {
        1..=29 => Some(TO_29[count].to_owned()),
        30..=99 => {
            let tens = TENS[count / 10 - 3];
            Some(match TO_29[count % 10] {
                "" => tens.to_owned(),
                units => format!("{tens} y {units}"),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn one_to_ninety_nine() {
        for (count, words) in [
            (1, "un"),
            (2, "dos"),
            (10, "diez"),
            (16, "dieciséis"),
            (20, "veinte"),
            (21, "veintiún"),
            (22, "veintidós"),
            (23, "veintitrés"),
            (26, "veintiséis"),
            (29, "veintinueve"),
            (30, "treinta"),
            (31, "treinta y un"),
            (45, "cuarenta y cinco"),
            (50, "cincuenta"),
            (66, "sesenta y seis"),
            (77, "setenta y siete"),
            (88, "ochenta y ocho"),
            (99, "noventa y nueve"),
        ] {
            assert_eq!(in_words(count).as_deref(), Some(words));
        }
        let all: BTreeSet<_> = (1..=99).map(|count| in_words(count).unwrap()).collect();
        assert_eq!(all.len(), 99);
        assert!(
            all.iter()
                .all(|words| !words.is_empty() && !words.ends_with(" y "))
        );
        assert_eq!(in_words(0), None);
        assert_eq!(in_words(100), None);
    }

    #[test]
    fn quantities() {
        assert_eq!(packages(1), "1 (un) envase");
        assert_eq!(packages(2), "2 (dos) envases");
        assert_eq!(packages(120), "120 envases");
        assert_eq!(unit_doses(1), "1 (una) dosis unitaria");
        assert_eq!(unit_doses(21), "21 (veintiuna) dosis unitarias");
        assert_eq!(unit_doses(31), "31 (treinta y una) dosis unitarias");
        assert_eq!(unit_doses(10), "10 (diez) dosis unitarias");
        assert_eq!(fills(3, Some(30)), "se surte hasta 3 veces, cada 30 días");
        assert_eq!(fills(1, None), "se surte 1 vez");
        assert_eq!(fills(3, None), "se surte hasta 3 veces");
    }

    #[test]
    fn days_and_ages() {
        let on = date(2026, 3, 3);
        assert_eq!(day(on), "3 de marzo de 2026");
        assert_eq!(day(date(2026, 12, 31)), "31 de diciembre de 2026");
        for (birth, expected) in [
            (date(1980, 3, 3), Some("46 años")),
            (date(1980, 3, 4), Some("45 años")),
            (date(2024, 3, 3), Some("2 años")),
            (date(2024, 10, 1), Some("17 meses")),
            (date(2025, 7, 1), Some("8 meses")),
            (date(2026, 2, 2), Some("1 mes")),
            (date(2026, 2, 19), Some("12 días")),
            (date(2026, 3, 2), Some("1 día")),
            (date(2026, 3, 3), Some("0 días")),
            (date(2026, 3, 4), None),
        ] {
            assert_eq!(age(birth, on).as_deref(), expected);
        }
    }
}
