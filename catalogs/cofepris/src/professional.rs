//! Professionals and whether their licence holds on a day.

use jiff::civil::Date;
use prescription::Cedula;

/// State of a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LicenceStatus {
    /// In force.
    Active,
    /// Suspended by an authority.
    Suspended,
    /// The professional has died.
    Deceased,
    /// Taken away for good.
    Revoked,
}

impl LicenceStatus {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Active, Self::Suspended, Self::Deceased, Self::Revoked];

    /// The code of the state.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deceased => "deceased",
            Self::Revoked => "revoked",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn spanish(self) -> &'static str {
        match self {
            Self::Active => "vigente",
            Self::Suspended => "suspendida",
            Self::Deceased => "de persona fallecida",
            Self::Revoked => "revocada",
        }
    }

    /// The state with this [code](Self::code).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether its holder may prescribe.
    #[must_use]
    pub fn may_prescribe(self) -> bool {
        self == Self::Active
    }
}

/// A line of the registry: one cédula over one period. A cédula whose state has changed has several.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Professional {
    /// Cédula profesional.
    pub cedula: Cedula,
    /// Full name.
    pub name: String,
    /// Profession, as the registry writes it.
    pub profession: String,
    /// Specialty; empty for none.
    pub specialty: String,
    /// State of the licence.
    pub status: LicenceStatus,
    /// First day of the period; `None`: since ever.
    pub from: Option<Date>,
    /// Last day of the period; `None`: until further notice.
    pub to: Option<Date>,
}

impl Professional {
    /// Whether the line speaks of this day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// Whether both lines speak of some day.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let ends_before = |a: &Self, b: &Self| a.to.zip(b.from).is_some_and(|(to, from)| to < from);
        !ends_before(self, other) && !ends_before(other, self)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn line(from: Option<Date>, to: Option<Date>) -> Professional {
        Professional {
            cedula: "1234567".parse().unwrap(),
            name: "ANA LÓPEZ".to_owned(),
            profession: "MÉDICO CIRUJANO".to_owned(),
            specialty: String::new(),
            status: LicenceStatus::Active,
            from,
            to,
        }
    }

    #[test]
    fn a_period_has_its_first_and_last_day() {
        let (first, last) = (date(2026, 1, 1), date(2026, 1, 31));
        let january = line(Some(first), Some(last));
        assert!(january.covers(first) && january.covers(last));
        assert!(!january.covers(date(2026, 2, 1)));
        assert!(line(None, None).covers(first));
    }

    #[test]
    fn periods_that_touch_do_not_overlap() {
        let january = line(None, Some(date(2026, 1, 31)));
        assert!(!january.overlaps(&line(Some(date(2026, 2, 1)), None)));
        assert!(january.overlaps(&line(Some(date(2026, 1, 31)), None)));
        assert!(january.overlaps(&line(None, None)));
    }

    #[test]
    fn only_an_active_licence_prescribes() {
        let may = LicenceStatus::ALL.map(LicenceStatus::may_prescribe);
        assert_eq!(may, [true, false, false, false]);
        for status in LicenceStatus::ALL {
            assert_eq!(LicenceStatus::from_code(status.code()), Some(status));
        }
    }
}
