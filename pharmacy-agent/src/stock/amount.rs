//! Packages and units: what a person counts, and what the ledger counts.

use cofepris::Medicine;
use prescription::Clave;

use crate::counter::Counter;

/// Most units of one line: beyond any pharmacy, and far below what the ledger's sums hold.
pub const MAX_UNITS: u64 = 100_000_000;

/// How a clave is counted: units of the presentation in one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    per_package: u64,
    /// The unit in Spanish, in the singular; none where the catalog has no figure.
    unit: Option<String>,
}

impl Measure {
    /// How `medicine` is counted. A package counts 1 where the catalog has no figure.
    #[must_use]
    pub fn of(medicine: Option<&Medicine>) -> Self {
        match medicine.and_then(|medicine| medicine.package.as_ref()) {
            Some(package) => Self {
                per_package: u64::from(package.units),
                unit: Some(package.unit.clone()),
            },
            None => Self {
                per_package: 1,
                unit: None,
            },
        }
    }

    /// How `clave` is counted by `counter`.
    #[must_use]
    pub fn of_clave(counter: &Counter, clave: &Clave) -> Self {
        Self::of(counter.catalog.medicine(clave))
    }

    /// Units of `packages` packages and `loose` units beside them; `None` beyond [`MAX_UNITS`].
    #[must_use]
    pub fn units(&self, packages: u64, loose: u64) -> Option<u64> {
        let packed = packages.checked_mul(self.per_package)?;
        let units = packed.checked_add(loose)?;
        (units <= MAX_UNITS).then_some(units)
    }

    /// Whole packages in `units`, and the units beside them.
    #[must_use]
    pub fn packages(&self, units: u64) -> (u64, u64) {
        (units / self.per_package, units % self.per_package)
    }

    /// `units` in words: `62 tabletas (2 envases y 2 sueltas)`.
    #[must_use]
    pub fn words(&self, units: u64) -> String {
        let Some(unit) = &self.unit else {
            return counted(units, "envase");
        };
        let (packages, loose) = self.packages(units);
        let packages = counted(packages, "envase");
        match loose {
            0 => format!("{} ({packages})", counted(units, unit)),
            _ if units < self.per_package => counted(units, unit),
            loose => format!("{} ({packages} más {loose})", counted(units, unit)),
        }
    }

    /// What is counted, in the plural: the heading of a column.
    #[must_use]
    pub fn unit(&self) -> &str {
        self.unit.as_deref().unwrap_or("envase")
    }
}

/// `3 tabletas`, `1 envase`. Units of the catalog are Spanish nouns in the singular.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {}", plural(noun))
    }
}

/// The plural of the first word: `frasco ámpula` is `frascos ámpula`; symbols stay as they are.
fn plural(noun: &str) -> String {
    let (first, rest) = noun.split_at(noun.find(' ').unwrap_or(noun.len()));
    if matches!(first, "mL" | "g" | "mg" | "UI" | "dosis") {
        return noun.to_owned();
    }
    let ending = if first.ends_with(['a', 'e', 'i', 'o', 'u']) {
        "s"
    } else {
        "es"
    };
    format!("{first}{ending}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(per_package: u64, unit: Option<&str>) -> Measure {
        Measure {
            per_package,
            unit: unit.map(str::to_owned),
        }
    }

    #[test]
    fn units_are_said_as_a_pharmacist_counts_them() {
        let tablets = measure(30, Some("tableta"));
        assert_eq!(tablets.words(60), "60 tabletas (2 envases)");
        assert_eq!(tablets.words(30), "30 tabletas (1 envase)");
        assert_eq!(tablets.words(62), "62 tabletas (2 envases más 2)");
        assert_eq!(tablets.words(1), "1 tableta");
        assert_eq!(tablets.words(0), "0 tabletas (0 envases)");
        assert_eq!(measure(1, None).words(3), "3 envases");
        let vials = measure(1, Some("frasco ámpula"));
        assert_eq!(vials.words(2), "2 frascos ámpula (2 envases)");
    }

    #[test]
    fn a_quantity_that_no_pharmacy_holds_is_none() {
        let tablets = measure(30, Some("tableta"));
        assert_eq!(tablets.units(2, 5), Some(65));
        assert_eq!(tablets.units(u64::MAX, 0), None);
        assert_eq!(tablets.units(0, u64::MAX), None);
        assert_eq!(tablets.units(0, MAX_UNITS), Some(MAX_UNITS));
        assert_eq!(tablets.units(1, MAX_UNITS), None);
    }

    #[test]
    fn every_unit_of_the_catalog_has_a_plural() {
        let catalog = cofepris::Catalog::embedded().unwrap();
        for package in catalog
            .medicines()
            .iter()
            .filter_map(|m| m.package.as_ref())
        {
            let symbol = matches!(package.unit.as_str(), "mL" | "g" | "dosis");
            assert_ne!(
                counted(2, &package.unit) == format!("2 {}", package.unit),
                !symbol
            );
        }
        assert_eq!(counted(2, "comprimido"), "2 comprimidos");
        assert_eq!(counted(2, "mL"), "2 mL");
        assert_eq!(counted(2, "implantador"), "2 implantadores");
    }
}
