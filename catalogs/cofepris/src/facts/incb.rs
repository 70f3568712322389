//! What the International Narcotics Control Board calls a substance.

/// An international convention with schedules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Convention {
    /// Single Convention on Narcotic Drugs, 1961: forms A, B and C, the Yellow List.
    Narcotics1961,
    /// Convention on Psychotropic Substances, 1971: form P, the Green List.
    Psychotropics1971,
}

impl Convention {
    /// The year, which is its code in the tables.
    #[must_use]
    pub fn year(self) -> u16 {
        match self {
            Self::Narcotics1961 => 1961,
            Self::Psychotropics1971 => 1971,
        }
    }

    /// The convention of this [year](Self::year).
    #[must_use]
    pub fn from_year(year: u16) -> Option<Self> {
        [Self::Narcotics1961, Self::Psychotropics1971]
            .into_iter()
            .find(|convention| convention.year() == year)
    }
}

/// Where a convention lists a substance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncbListing {
    /// Code of the INCB (`NM 009`, `PB 006`).
    pub code: String,
    /// International name in English, in capitals (`MORPHINE`).
    pub name: String,
    /// The convention.
    pub convention: Convention,
    /// Its schedule, from 1 to 4.
    pub schedule: u8,
}

impl IncbListing {
    /// The schedule as the lists write it (`I` to `IV`).
    #[must_use]
    pub fn schedule_roman(&self) -> &'static str {
        match self.schedule {
            1 => "I",
            2 => "II",
            3 => "III",
            _ => "IV",
        }
    }

    /// The schedule written as [`Self::schedule_roman`].
    pub(crate) fn schedule_from(roman: &str) -> Option<u8> {
        match roman {
            "I" => Some(1),
            "II" => Some(2),
            "III" => Some(3),
            "IV" => Some(4),
            _ => None,
        }
    }
}

/// Whether `code` is one letter of the convention, one of the name, and three digits.
pub(crate) fn is_code(code: &str, convention: Convention) -> bool {
    let list = match convention {
        Convention::Narcotics1961 => b'N',
        Convention::Psychotropics1971 => b'P',
    };
    matches!(code.as_bytes(), [first, name, b' ', digits @ ..]
        if *first == list
            && name.is_ascii_uppercase()
            && digits.len() == 3
            && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_round_trip() {
        for schedule in 1..=4 {
            let listing = IncbListing {
                code: "NM 009".to_owned(),
                name: "MORPHINE".to_owned(),
                convention: Convention::Narcotics1961,
                schedule,
            };
            assert_eq!(
                IncbListing::schedule_from(listing.schedule_roman()),
                Some(schedule)
            );
        }
        assert_eq!(IncbListing::schedule_from("V"), None);
    }

    #[test]
    fn a_code_belongs_to_its_convention() {
        assert!(is_code("NM 009", Convention::Narcotics1961));
        assert!(is_code("PB 006", Convention::Psychotropics1971));
        for wrong in ["PB 006", "NM009", "NM 09", "NM 0099", "N\u{d1} 009", ""] {
            assert!(!is_code(wrong, Convention::Narcotics1961), "{wrong}");
        }
    }
}
