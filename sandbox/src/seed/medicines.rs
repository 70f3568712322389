//! Lines with medicines of the Compendio Nacional, each as a physician would write it.

use super::Line;

impl Line {
    /// Taken by mouth, `dose_milli` thousandths of `unit` every `hours` hours.
    fn oral(
        what: (&str, &str),
        dose_milli: u32,
        unit: &'static str,
        hours: u16,
        days: u16,
    ) -> Self {
        Self {
            clave: what.0.to_owned(),
            display: what.1.to_owned(),
            dose_milli,
            unit,
            times: 1,
            every: hours,
            period_unit: "h",
            days,
            as_needed: false,
            route: "oral",
            packages: 1,
            fills: 1,
        }
    }

    /// Fraction IV, antibiotic: two packages of 12.
    #[must_use]
    pub fn amoxicillin() -> Self {
        let what = ("010.000.2128.00", "Amoxicilina, cápsula 500 mg");
        Self {
            packages: 2,
            ..Self::oral(what, 1000, "cápsula", 8, 7)
        }
    }

    /// Fraction IV: two packages of 30, three fills.
    #[must_use]
    pub fn metformin() -> Self {
        let what = ("010.000.5165.00", "Metformina, tableta 850 mg");
        Self {
            packages: 2,
            ..Self::oral(what, 1000, "tableta", 12, 30)
        }
    }

    /// Fraction IV: one package of 30.
    #[must_use]
    pub fn losartan() -> Self {
        let what = ("010.000.2520.00", "Losartán, gragea 50 mg");
        Self::oral(what, 1000, "gragea", 24, 30)
    }

    /// Fraction II: one package of 30, half a tablet at night.
    #[must_use]
    pub fn clonazepam() -> Self {
        let what = ("040.000.2612.00", "Clonazepam, tableta 2 mg");
        Self::oral(what, 500, "tableta", 24, 30)
    }

    /// Fraction I: one package of 20, ten days.
    #[must_use]
    pub fn morphine() -> Self {
        let what = ("040.000.4029.00", "Morfina, tableta 30 mg");
        Self::oral(what, 1000, "tableta", 12, 10)
    }

    /// A clave that the catalog does not have.
    #[must_use]
    pub fn unknown() -> Self {
        Self::oral(
            ("010.000.9999.99", "Medicamento inexistente"),
            1000,
            "tableta",
            24,
            5,
        )
    }
}
