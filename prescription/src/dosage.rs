//! Structured dosing: integers with a unit, so that a counter can compute with it and a QR can
//! carry it in a few bytes.

use serde::{Deserialize, Serialize};

/// How a medicine is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dosage {
    /// Amount of one dose in thousandths of `unit`: 1 tablet is 1000, 2.5 mL is 2500.
    pub dose_milli: u32,
    /// What the dose is counted in.
    pub unit: DoseUnit,
    /// Doses per period: `times` doses every `every` periods (3 every 1 day; 1 every 8 hours).
    pub times: u16,
    /// Length of the period, in `period` units.
    pub every: u16,
    /// Unit of the period.
    pub period: Period,
    /// Duration of the treatment in days.
    pub days: u16,
    /// Route of administration.
    pub route: Route,
    /// Taken only when needed.
    pub as_needed: bool,
}

impl Dosage {
    /// The most that this dosage consumes in one day, in thousandths of the unit, rounded up.
    /// `None` for a period of zero or a result that does not fit.
    #[must_use]
    pub fn daily_milli(&self) -> Option<u64> {
        let hours = u64::from(self.every).checked_mul(self.period.hours())?;
        if hours == 0 {
            return None;
        }
        u64::from(self.dose_milli)
            .checked_mul(u64::from(self.times))?
            .checked_mul(24)
            .map(|milli_hours| milli_hours.div_ceil(hours))
    }

    /// The dosage as a Spanish sentence for paper and screen: "1 tableta cada 8 horas durante
    /// 7 días, vía oral".
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let dose = format_milli(self.dose_milli);
        let unit = self.unit.in_spanish(self.dose_milli > 1000);
        let rhythm = match (self.times, self.every) {
            (1, 1) => format!("cada {}", self.period.in_spanish(1)),
            (1, n) => format!("cada {n} {}", self.period.in_spanish(n)),
            (t, 1) => format!("{t} veces por {}", self.period.in_spanish(1)),
            (t, n) => format!("{t} veces cada {n} {}", self.period.in_spanish(n)),
        };
        let days = if self.days == 1 { "día" } else { "días" };
        let need = if self.as_needed {
            ", sólo si es necesario"
        } else {
            ""
        };
        let route = self.route.term();
        format!(
            "{dose} {unit} {rhythm} durante {} {days}, vía {route}{need}",
            self.days
        )
    }
}

/// Thousandths written as a decimal without trailing zeros.
fn format_milli(milli: u32) -> String {
    let (whole, rest) = (milli / 1000, milli % 1000);
    if rest == 0 {
        return whole.to_string();
    }
    let fraction = format!("{rest:03}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $text:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// All members.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number that the QR and the ledger carry. Never reused.
            #[must_use]
            pub fn number(self) -> u8 {
                match self { $(Self::$variant => $code),+ }
            }

            /// The member with this number.
            #[must_use]
            pub fn from_number(number: u8) -> Option<Self> {
                match number { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// The Spanish term, singular.
            #[must_use]
            pub fn term(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

coded! {
    /// What a dose is counted in.
    DoseUnit {
        /// Tableta, comprimido or gragea.
        Tablet = 1, "tableta";
        /// Cápsula.
        Capsule = 2, "cápsula";
        /// Mililitro.
        Millilitre = 3, "mL";
        /// Miligramo.
        Milligram = 4, "mg";
        /// Gota.
        Drop = 5, "gota";
        /// Ampolleta or frasco ámpula.
        Ampoule = 6, "ampolleta";
        /// Parche.
        Patch = 7, "parche";
        /// Inhalación or disparo.
        Puff = 8, "inhalación";
        /// Aplicación of a cream, gel or ointment.
        Application = 9, "aplicación";
        /// Unidad internacional.
        InternationalUnit = 10, "UI";
        /// Sobre.
        Sachet = 11, "sobre";
        /// Supositorio or óvulo.
        Suppository = 12, "supositorio";
        /// Microgramo.
        Microgram = 13, "µg";
        /// Gramo.
        Gram = 14, "g";
    }
}

impl DoseUnit {
    /// The Spanish term, plural where `many`. Symbols of measure have no plural.
    #[must_use]
    pub fn in_spanish(self, many: bool) -> String {
        let term = self.term();
        match self {
            Self::Millilitre
            | Self::Milligram
            | Self::InternationalUnit
            | Self::Microgram
            | Self::Gram => term.to_owned(),
            _ if !many => term.to_owned(),
            Self::Puff => "inhalaciones".to_owned(),
            Self::Application => "aplicaciones".to_owned(),
            Self::Tablet
            | Self::Capsule
            | Self::Drop
            | Self::Ampoule
            | Self::Patch
            | Self::Sachet
            | Self::Suppository => format!("{term}s"),
        }
    }
}

coded! {
    /// Unit of a dosing period.
    Period {
        /// Hours.
        Hour = 1, "hora";
        /// Days.
        Day = 2, "día";
        /// Weeks.
        Week = 3, "semana";
    }
}

impl Period {
    /// Length in hours.
    #[must_use]
    pub fn hours(self) -> u64 {
        match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 168,
        }
    }

    fn in_spanish(self, count: u16) -> String {
        if count == 1 {
            self.term().to_owned()
        } else {
            format!("{}s", self.term())
        }
    }
}

coded! {
    /// Route of administration (vía de administración).
    Route {
        /// By mouth.
        Oral = 1, "oral";
        /// Under the tongue.
        Sublingual = 2, "sublingual";
        /// Into a vein.
        Intravenous = 3, "intravenosa";
        /// Into a muscle.
        Intramuscular = 4, "intramuscular";
        /// Under the skin.
        Subcutaneous = 5, "subcutánea";
        /// On the skin.
        Topical = 6, "tópica";
        /// Through the skin.
        Transdermal = 7, "transdérmica";
        /// In the eye.
        Ophthalmic = 8, "oftálmica";
        /// In the ear.
        Otic = 9, "ótica";
        /// In the nose.
        Nasal = 10, "nasal";
        /// Inhaled.
        Inhaled = 11, "inhalada";
        /// Rectal.
        Rectal = 12, "rectal";
        /// Vaginal.
        Vaginal = 13, "vaginal";
        /// Inside the cheek.
        Buccal = 14, "bucal";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY_8_H: Dosage = Dosage {
        dose_milli: 1000,
        unit: DoseUnit::Capsule,
        times: 1,
        every: 8,
        period: Period::Hour,
        days: 7,
        route: Route::Oral,
        as_needed: false,
    };

    #[test]
    fn daily_amount_rounds_up() {
        assert_eq!(EVERY_8_H.daily_milli(), Some(3000));
        let every_5_h = Dosage {
            every: 5,
            ..EVERY_8_H
        };
        assert_eq!(every_5_h.daily_milli(), Some(4800));
        let weekly = Dosage {
            every: 1,
            period: Period::Week,
            ..EVERY_8_H
        };
        assert_eq!(weekly.daily_milli(), Some(143));
        assert_eq!(
            Dosage {
                every: 0,
                ..EVERY_8_H
            }
            .daily_milli(),
            None
        );
    }

    #[test]
    fn reads_as_a_physician_writes() {
        assert_eq!(
            EVERY_8_H.in_spanish(),
            "1 cápsula cada 8 horas durante 7 días, vía oral"
        );
        let drops = Dosage {
            dose_milli: 2500,
            unit: DoseUnit::Millilitre,
            times: 3,
            every: 1,
            period: Period::Day,
            days: 1,
            as_needed: true,
            ..EVERY_8_H
        };
        assert_eq!(
            drops.in_spanish(),
            "2.5 mL 3 veces por día durante 1 día, vía oral, sólo si es necesario"
        );
    }

    #[test]
    fn numbers_round_trip_and_are_unique() {
        for unit in DoseUnit::ALL {
            assert_eq!(DoseUnit::from_number(unit.number()), Some(*unit));
        }
        for route in Route::ALL {
            assert_eq!(Route::from_number(route.number()), Some(*route));
        }
        for period in Period::ALL {
            assert_eq!(Period::from_number(period.number()), Some(*period));
        }
    }
}
