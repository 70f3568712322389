//! Medicines, controlled substances and fractions by date, and health establishments.
//!
//! The catalog answers what a clave is ([`Catalog::medicine`]), in which sale fraction it was on
//! the day a prescription was issued ([`Catalog::fraction_on`]), which claves are the same
//! substance ([`Catalog::duplicate_key`]), what a unit holds of a controlled substance
//! ([`Catalog::substance_facts`]) and where an establishment is ([`Catalog::establishment`]). Its data are CSVs in `data/`, embedded at compile time and checked
//! against their sums when loaded; `data/SOURCES.md` says where each figure comes from.
//!
//! What this crate does *not* do: decide whether a prescription may be issued or dispensed (that
//! is `prescription`), read a clock, or fetch newer data.

mod catalog;
mod class;
mod classification;
mod diff;
mod embedded;
mod error;
mod establishment;
mod facts;
pub mod import;
mod medicine;
mod policy;
mod professional;
mod search;
mod set;
mod substance;
mod table;
mod update;
mod write;

pub use catalog::Catalog;
pub use class::LgsClass;
pub use classification::{Basis, Classification};
pub use diff::{Change, Diff, Difference, Limits, Proposal, Reclassified, Row, Warning};
pub use error::CatalogError;
pub use establishment::Establishment;
pub use facts::{
    Convention, IncbListing, IngredientFacts, Mark, Marked, OralMorphine, Salt, SubstanceFacts,
    TherapeuticGroup,
};
pub use medicine::{Medicine, Package, SubstanceKey};
pub use policy::{Assimilation, InterimPolicy, Policy};
pub use professional::{LicenceStatus, Professional};
pub use set::{CatalogSet, Version};
pub use substance::Listing;
pub use update::{CatalogName, TableFile, Update, UpdateError};
