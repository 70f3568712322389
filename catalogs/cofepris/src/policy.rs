//! Readings of the law that a lawyer, not a programmer, must settle.

/// How the catalog reads what the law leaves open. The default is the conservative reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Substances between two listings.
    pub interim: InterimPolicy,
    /// Substances that the lists reach without naming.
    pub assimilation: Assimilation,
}

/// The class of a substance that the reform of DOF 15-01-2026 *moved* from one group to another.
///
/// The decree entered into force on 16-01-2026, but its second transitory article gives the new
/// listings effect 180 natural days after publication (14-07-2026). In between, tramadol and
/// pseudoefedrina are on no list when the text is read to the letter: nobody meant that, and it
/// needs a legal opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InterimPolicy {
    /// The earlier class goes on until the new one takes effect.
    #[default]
    EarlierClassContinues,
    /// To the letter: on no list, hence fraction IV, in between.
    Unlisted,
}

/// Medicines whose substance no list names, but which the general clauses of arts. 234 and 245
/// reach: isomers, salts, precursors, chemical derivatives and what is analogous by nature.
///
/// `data/SOURCES.md` names them, each with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Assimilation {
    /// They follow the listed substance they derive from.
    #[default]
    Apply,
    /// Only what a list names is controlled.
    NamedOnly,
}
