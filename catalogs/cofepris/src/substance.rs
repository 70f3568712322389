//! The controlled lists of the law, with the days on which each listing is in force.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::table::Table;
use crate::{CatalogError, InterimPolicy, LgsClass};

/// File name of the table.
pub(crate) const FILE: &str = "substances.csv";

/// One line of the lists of LGS arts. 234 and 245.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Key that joins the listings of one substance before and after a reform.
    pub substance: String,
    /// Name as the law writes it.
    pub listed_as: String,
    /// Where it is listed.
    pub class: LgsClass,
    /// First day in force; `None` where it was always so.
    pub valid_from: Option<Date>,
    /// Last day in force; `None` where it has no end.
    pub valid_to: Option<Date>,
}

impl Listing {
    fn covers(&self, date: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= date) && self.valid_to.is_none_or(|to| date <= to)
    }
}

/// The listing that counts for a substance on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InForce<'c> {
    pub(crate) listing: &'c Listing,
    /// The listing has lapsed and the next one is not yet in force.
    pub(crate) interim: bool,
}

/// All listings, by substance.
#[derive(Debug, Clone)]
pub(crate) struct Substances {
    listings: Vec<Listing>,
    by_key: HashMap<String, Vec<usize>>,
}

impl Substances {
    /// The table in `bytes`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, CatalogError> {
        let table = Table::parse(FILE, bytes)?;
        let substance = table.column("substance")?;
        let listed_as = table.column("listed_as")?;
        let class = table.column("class")?;
        let valid_from = table.column("valid_from")?;
        let valid_to = table.column("valid_to")?;
        let mut listings = Vec::new();
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for row in table.rows() {
            let listing = Listing {
                substance: row.required(substance)?.to_owned(),
                listed_as: row.required(listed_as)?.to_owned(),
                class: LgsClass::from_code(row.text(class))
                    .ok_or_else(|| row.wrong(class, "a class of art. 234 or 245"))?,
                valid_from: row.date(valid_from)?,
                valid_to: row.date(valid_to)?,
            };
            if listing
                .valid_from
                .zip(listing.valid_to)
                .is_some_and(|(from, to)| to < from)
            {
                return Err(row.wrong(valid_to, "a day not before valid_from"));
            }
            by_key
                .entry(listing.substance.clone())
                .or_default()
                .push(listings.len());
            listings.push(listing);
        }
        Ok(Self { listings, by_key })
    }

    /// The listings in the order of the law.
    pub(crate) fn all(&self) -> &[Listing] {
        &self.listings
    }

    /// The listings of one substance, past, present and future.
    pub(crate) fn of<'c>(&'c self, substance: &str) -> impl Iterator<Item = &'c Listing> {
        let indices = self
            .by_key
            .get(substance)
            .map(Vec::as_slice)
            .unwrap_or_default();
        indices.iter().filter_map(|index| self.listings.get(*index))
    }

    /// The listing that counts for `substance` on `date`: the strictest in force or, between two
    /// listings, the earlier one if the policy lets it go on.
    pub(crate) fn on(
        &self,
        substance: &str,
        date: Date,
        policy: InterimPolicy,
    ) -> Option<InForce<'_>> {
        let in_force = self
            .of(substance)
            .filter(|listing| listing.covers(date))
            .min_by_key(|listing| listing.class.strictness());
        if let Some(listing) = in_force {
            return Some(InForce {
                listing,
                interim: false,
            });
        }
        let comes_back = self
            .of(substance)
            .any(|listing| listing.valid_from.is_some_and(|from| date < from));
        if policy == InterimPolicy::Unlisted || !comes_back {
            return None;
        }
        self.of(substance)
            .filter(|listing| listing.valid_to.is_some_and(|to| to < date))
            .max_by_key(|listing| listing.valid_to)
            .map(|listing| InForce {
                listing,
                interim: true,
            })
    }

    /// The day on which `substance` left the lists, if it had by `date`.
    pub(crate) fn left_on(&self, substance: &str, date: Date) -> Option<Date> {
        let last = self
            .of(substance)
            .filter_map(|listing| listing.valid_to)
            .max()?;
        last.tomorrow().ok().filter(|left| *left <= date)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const HEADER: &str = "substance,listed_as,article,class,valid_from,valid_to,change\n";
    const MOVED: &str = "X,X,245,psicotropico-III,2026-07-14,,included\n\
                         X,X (SIC),245,psicotropico-IV,,2026-01-15,moved\n";

    fn substances(rows: &str) -> Substances {
        Substances::parse(format!("{HEADER}{rows}").as_bytes()).unwrap()
    }

    fn class(substances: &Substances, day: Date, policy: InterimPolicy) -> Option<LgsClass> {
        substances
            .on("X", day, policy)
            .map(|found| found.listing.class)
    }

    #[test]
    fn a_moved_substance_keeps_its_class_until_the_new_one() {
        let moved = substances(MOVED);
        let policy = InterimPolicy::EarlierClassContinues;
        let on = |day| class(&moved, day, policy);
        assert_eq!(on(date(2026, 1, 15)), Some(LgsClass::PsicotropicoIV));
        assert_eq!(on(date(2026, 1, 16)), Some(LgsClass::PsicotropicoIV));
        assert_eq!(on(date(2026, 7, 13)), Some(LgsClass::PsicotropicoIV));
        assert_eq!(on(date(2026, 7, 14)), Some(LgsClass::PsicotropicoIII));
        assert!(moved.on("X", date(2026, 3, 1), policy).unwrap().interim);
        assert!(!moved.on("X", date(2026, 1, 15), policy).unwrap().interim);
    }

    #[test]
    fn to_the_letter_a_moved_substance_is_unlisted_in_between() {
        let moved = substances(MOVED);
        let on = |day| class(&moved, day, InterimPolicy::Unlisted);
        assert_eq!(on(date(2026, 1, 15)), Some(LgsClass::PsicotropicoIV));
        assert_eq!(on(date(2026, 1, 16)), None);
        assert_eq!(on(date(2026, 7, 13)), None);
        assert_eq!(on(date(2026, 7, 14)), Some(LgsClass::PsicotropicoIII));
    }

    #[test]
    fn a_removed_substance_does_not_linger() {
        let removed = substances("X,X,245,psicotropico-IV,,2026-01-15,removed\n");
        let policy = InterimPolicy::EarlierClassContinues;
        assert_eq!(class(&removed, date(2026, 1, 16), policy), None);
        assert_eq!(removed.left_on("X", date(2026, 1, 15)), None);
        assert_eq!(
            removed.left_on("X", date(2026, 3, 1)),
            Some(date(2026, 1, 16))
        );
    }

    #[test]
    fn of_two_listings_in_force_the_strictest_counts() {
        let twice = substances("X,X,245,psicotropico-IV,,,\nX,X,234,estupefaciente,,,\n");
        let policy = InterimPolicy::default();
        assert_eq!(
            class(&twice, date(2026, 1, 1), policy),
            Some(LgsClass::Estupefaciente)
        );
    }

    #[test]
    fn refuses_a_listing_that_ends_before_it_begins() {
        let rows = format!("{HEADER}X,X,245,psicotropico-IV,2026-07-14,2026-01-15,\n");
        let error = Substances::parse(rows.as_bytes()).unwrap_err();
        assert!(
            matches!(
                error,
                CatalogError::Value {
                    column: "valid_to",
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn refuses_an_unknown_class() {
        let rows = format!("{HEADER}X,X,245,psicotropico-VI,,,\n");
        assert!(Substances::parse(rows.as_bytes()).is_err());
    }
}
