//! Federal entity of birth: RENAPO's two-letter codes.

use std::fmt;

/// Code, INEGI number (none for births abroad) and name. Source: RENAPO's code list for the CURP,
/// joined with INEGI's entities of the 2020 census.
const STATES: [(&str, Option<&str>, &str); 33] = [
    ("AS", Some("01"), "Aguascalientes"),
    ("BC", Some("02"), "Baja California"),
    ("BS", Some("03"), "Baja California Sur"),
    ("CC", Some("04"), "Campeche"),
    ("CL", Some("05"), "Coahuila de Zaragoza"),
    ("CM", Some("06"), "Colima"),
    ("CS", Some("07"), "Chiapas"),
    ("CH", Some("08"), "Chihuahua"),
    ("DF", Some("09"), "Ciudad de México"),
    ("DG", Some("10"), "Durango"),
    ("GT", Some("11"), "Guanajuato"),
    ("GR", Some("12"), "Guerrero"),
    ("HG", Some("13"), "Hidalgo"),
    ("JC", Some("14"), "Jalisco"),
    ("MC", Some("15"), "México"),
    ("MN", Some("16"), "Michoacán de Ocampo"),
    ("MS", Some("17"), "Morelos"),
    ("NT", Some("18"), "Nayarit"),
    ("NL", Some("19"), "Nuevo León"),
    ("OC", Some("20"), "Oaxaca"),
    ("PL", Some("21"), "Puebla"),
    ("QT", Some("22"), "Querétaro"),
    ("QR", Some("23"), "Quintana Roo"),
    ("SP", Some("24"), "San Luis Potosí"),
    ("SL", Some("25"), "Sinaloa"),
    ("SR", Some("26"), "Sonora"),
    ("TC", Some("27"), "Tabasco"),
    ("TS", Some("28"), "Tamaulipas"),
    ("TL", Some("29"), "Tlaxcala"),
    ("VZ", Some("30"), "Veracruz de Ignacio de la Llave"),
    ("YN", Some("31"), "Yucatán"),
    ("ZS", Some("32"), "Zacatecas"),
    ("NE", None, "Nacido en el extranjero"),
];

/// One of the 32 federal entities, or `NE` for a person born abroad (characters 12-13 of a CURP).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BirthState(&'static (&'static str, Option<&'static str>, &'static str));

impl BirthState {
    /// Finds RENAPO's code, exactly as written in a CURP (`HG`, `DF`, `NE`).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        STATES.iter().find(|state| state.0 == code).map(Self)
    }

    /// All 33, in INEGI's order, births abroad last.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.iter().map(Self)
    }

    /// RENAPO's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.0
    }

    /// INEGI's two digits; `None` for a person born abroad.
    #[must_use]
    pub fn inegi(self) -> Option<&'static str> {
        self.0.1
    }

    /// The name a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        self.0.2
    }
}

impl fmt::Debug for BirthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BirthState({})", self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn thirty_two_entities_and_abroad_each_with_its_own_code() {
        let codes: BTreeSet<_> = BirthState::all().map(BirthState::code).collect();
        assert_eq!(codes.len(), 33);
        assert_eq!(
            BirthState::all()
                .filter(|state| state.inegi().is_none())
                .count(),
            1
        );
        assert_eq!(
            BirthState::from_code("NE").map(BirthState::inegi),
            Some(None)
        );
    }

    #[test]
    fn codes_are_renapos_not_the_iso_ones() {
        assert_eq!(
            BirthState::from_code("HG").map(BirthState::in_spanish),
            Some("Hidalgo")
        );
        assert_eq!(BirthState::from_code("MX"), None);
        assert_eq!(BirthState::from_code("hg"), None);
    }
}
