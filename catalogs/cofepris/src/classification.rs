//! What the law says of a medicine on a day.

use jiff::civil::Date;
use prescription::Fraction;

use crate::LgsClass;

/// The sale fraction of a medicine on a day, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classification<'c> {
    /// How it may be sold (art. 226).
    pub fraction: Fraction,
    /// Class of the substance that decides; `None` where no list has it.
    pub class: Option<LgsClass>,
    /// Key of the substance that decides; `None` where no list has it.
    pub substance: Option<&'c str>,
    /// Whether it is a systemic antibiotic.
    pub antibiotic: bool,
    /// First day on which it is so; `None` where no change of the lists is known.
    pub since: Option<Date>,
    /// On what ground.
    pub basis: Basis,
}

/// The ground of a [`Classification`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// A list in force names the substance.
    Listed,
    /// The lists name a substance to which it is assimilated: [`crate::Assimilation::Apply`].
    Assimilated,
    /// The listing has lapsed and the next is not yet in force:
    /// [`crate::InterimPolicy::EarlierClassContinues`].
    Interim,
    /// No list has it: fraction IV, which is conservative, because the compendium does not say
    /// which medicines are sold without prescription (fractions V and VI).
    Unlisted,
}
