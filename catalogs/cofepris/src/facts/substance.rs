//! Facts of a substance, whatever the medicine.

use crate::facts::incb;
use crate::table::{Column, Row, Table};
use crate::{CatalogError, Convention, IncbListing, TherapeuticGroup};

/// File name of the table of substances.
pub(crate) const SUBSTANCE_FACTS: &str = "substance_facts.csv";
/// File name of the table of salts.
pub(crate) const SALTS: &str = "salts.csv";

/// Where a figure comes from, as in `data/SOURCES.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// \[L\]: the law's own text.
    Law,
    /// \[S\]: a secondary source.
    Secondary,
    /// \[B\]: background knowledge.
    Background,
}

impl Mark {
    /// The letter of the mark.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Law => "L",
            Self::Secondary => "S",
            Self::Background => "B",
        }
    }

    fn from_letter(letter: &str) -> Option<Self> {
        [Self::Law, Self::Secondary, Self::Background]
            .into_iter()
            .find(|mark| mark.letter() == letter)
    }
}

/// A figure with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked<T> {
    /// The figure.
    pub value: T,
    /// Where it comes from.
    pub mark: Mark,
}

/// How much oral morphine one part of an opioid, as labelled, stands for, in thousandths, by route.
///
/// `None` where no public consensus gives a factor: it does not mean zero. A patch has none,
/// because it releases a rate and not its content: see [`crate::IngredientFacts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OralMorphine {
    /// By mouth.
    pub oral: Option<Marked<u32>>,
    /// By injection or infusion.
    pub parenteral: Option<Marked<u32>>,
    /// In the cheek or under the tongue.
    pub buccal: Option<Marked<u32>>,
}

/// A salt or hydrate in which a substance is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salt {
    /// Its name in English (`sulfate pentahydrate`).
    pub name: String,
    /// Its formula (`C34H50N2O15S`).
    pub formula: String,
    /// Molecules of the base in one of the salt.
    pub bases: u32,
    /// Anhydrous base in 10 000 parts of the salt, by molecular weight [B].
    pub base_ten_thousandths: u32,
}

/// What is known of a controlled substance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubstanceFacts {
    /// As an ingredient of medicines, in the form of [`crate::SubstanceKey`] (`FENTANILO`).
    pub ingredient: String,
    /// Key of the listing in the law that it falls under (`FENTANIL`).
    pub substance: String,
    /// Its listing by the INCB; `None` where the conventions of 1961 and 1971 do not have it.
    pub incb: Option<IncbListing>,
    /// Its group, for the check of overlap.
    pub group: TherapeuticGroup,
    /// Formula of the anhydrous base, where it is needed.
    pub base_formula: Option<String>,
    /// Oral morphine it stands for.
    pub oral_morphine: OralMorphine,
    /// Its salts and hydrates.
    pub salts: Vec<Salt>,
}

impl SubstanceFacts {
    /// Whether it is an opioid that acts as one (no antagonist).
    #[must_use]
    pub fn is_opioid(&self) -> bool {
        self.group == TherapeuticGroup::Opioid
    }

    /// Whether it is a benzodiazepine (no antagonist).
    #[must_use]
    pub fn is_benzodiazepine(&self) -> bool {
        self.group == TherapeuticGroup::Benzodiazepine
    }

    /// The salt of this name.
    #[must_use]
    pub fn salt(&self, name: &str) -> Option<&Salt> {
        self.salts.iter().find(|salt| salt.name == name)
    }
}

/// The tables in `bytes` and `salts`, sorted by ingredient.
pub(super) fn parse(bytes: &[u8], salts: &[u8]) -> Result<Vec<SubstanceFacts>, CatalogError> {
    let table = Table::parse(SUBSTANCE_FACTS, bytes)?;
    let columns = Columns::of(&table)?;
    let mut facts: Vec<_> = table
        .rows()
        .map(|row| columns.facts(&row))
        .collect::<Result<_, _>>()?;
    facts.sort_by(|a, b| a.ingredient.cmp(&b.ingredient));
    if let Some(pair) = facts
        .windows(2)
        .find(|pair| pair[0].ingredient == pair[1].ingredient)
    {
        return Err(CatalogError::Duplicate {
            file: SUBSTANCE_FACTS,
            key: pair[0].ingredient.clone(),
        });
    }
    add_salts(&mut facts, salts)?;
    Ok(facts)
}

fn add_salts(facts: &mut [SubstanceFacts], bytes: &[u8]) -> Result<(), CatalogError> {
    let table = Table::parse(SALTS, bytes)?;
    let ingredient = table.column("ingredient")?;
    let name = table.column("salt")?;
    let formula = table.column("salt_formula")?;
    let bases = table.column("bases")?;
    let share = table.column("base_ten_thousandths")?;
    for row in table.rows() {
        let base_ten_thousandths = row.parsed(share, "a whole number of ten-thousandths")?;
        if !(1..=10_000).contains(&base_ten_thousandths) {
            return Err(row.wrong(share, "from 1 to 10000"));
        }
        let of = row.required(ingredient)?;
        let substance = facts
            .iter_mut()
            .find(|one| one.ingredient == of)
            .ok_or_else(|| row.wrong(ingredient, "an ingredient of substance_facts.csv"))?;
        let salt = Salt {
            name: row.required(name)?.to_owned(),
            formula: row.required(formula)?.to_owned(),
            bases: row.parsed(bases, "a whole number")?,
            base_ten_thousandths,
        };
        if substance.salt(&salt.name).is_some() {
            return Err(CatalogError::Duplicate {
                file: SALTS,
                key: format!("{of}, {}", salt.name),
            });
        }
        substance.salts.push(salt);
    }
    Ok(())
}

struct Columns {
    ingredient: Column,
    substance: Column,
    code: Column,
    name: Column,
    convention: Column,
    schedule: Column,
    group: Column,
    base_formula: Column,
    factors: [(Column, Column); 3],
}

impl Columns {
    fn of(table: &Table) -> Result<Self, CatalogError> {
        Ok(Self {
            ingredient: table.column("ingredient")?,
            substance: table.column("substance")?,
            code: table.column("incb_code")?,
            name: table.column("incb_name")?,
            convention: table.column("convention")?,
            schedule: table.column("schedule")?,
            group: table.column("group")?,
            base_formula: table.column("base_formula")?,
            factors: [
                (table.column("ome_oral")?, table.column("ome_oral_mark")?),
                (
                    table.column("ome_parenteral")?,
                    table.column("ome_parenteral_mark")?,
                ),
                (
                    table.column("ome_buccal")?,
                    table.column("ome_buccal_mark")?,
                ),
            ],
        })
    }

    fn facts(&self, row: &Row<'_>) -> Result<SubstanceFacts, CatalogError> {
        let [oral, parenteral, buccal] = self.factors;
        let formula = row.text(self.base_formula);
        Ok(SubstanceFacts {
            ingredient: row.required(self.ingredient)?.to_owned(),
            substance: row.required(self.substance)?.to_owned(),
            incb: self.incb(row)?,
            group: TherapeuticGroup::from_code(row.text(self.group))
                .ok_or_else(|| row.wrong(self.group, "a therapeutic group"))?,
            base_formula: (!formula.is_empty()).then(|| formula.to_owned()),
            oral_morphine: OralMorphine {
                oral: marked(row, oral)?,
                parenteral: marked(row, parenteral)?,
                buccal: marked(row, buccal)?,
            },
            salts: Vec::new(),
        })
    }

    fn incb(&self, row: &Row<'_>) -> Result<Option<IncbListing>, CatalogError> {
        let code = row.text(self.code);
        if code.is_empty() {
            return Ok(None);
        }
        let convention = Convention::from_year(row.parsed(self.convention, "1961 or 1971")?)
            .ok_or_else(|| row.wrong(self.convention, "1961 or 1971"))?;
        if !incb::is_code(code, convention) {
            return Err(row.wrong(self.code, "a code of the convention, as NM 009"));
        }
        Ok(Some(IncbListing {
            code: code.to_owned(),
            name: row.required(self.name)?.to_owned(),
            convention,
            schedule: IncbListing::schedule_from(row.text(self.schedule))
                .ok_or_else(|| row.wrong(self.schedule, "I to IV"))?,
        }))
    }
}

/// A figure and its mark: both or neither.
pub(super) fn marked<T: std::str::FromStr>(
    row: &Row<'_>,
    (value, mark): (Column, Column),
) -> Result<Option<Marked<T>>, CatalogError> {
    if row.text(value).is_empty() && row.text(mark).is_empty() {
        return Ok(None);
    }
    Ok(Some(Marked {
        value: row.parsed(value, "a whole number")?,
        mark: Mark::from_letter(row.text(mark)).ok_or_else(|| row.wrong(mark, "L, S or B"))?,
    }))
}
