//! Therapeutic groups, for the check of overlap.

/// What a controlled substance does, as far as two prescriptions of one group overlap.
///
/// In the order in which the group of a combination is told: oxycodone with naloxone is an opioid.
/// The grouping is background knowledge [B], to be confirmed by COFEPRIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TherapeuticGroup {
    /// Opioid agonists, partial agonists and mixed agonists.
    Opioid,
    /// Benzodiazepines and those that act as they do.
    Benzodiazepine,
    /// Barbiturates.
    Barbiturate,
    /// Central stimulants and sympathomimetics.
    Stimulant,
    /// Suppressants of appetite.
    Anorectic,
    /// Ketamine and its isomers.
    Dissociative,
    /// Other hypnotics, anxiolytics and centrally acting relaxants.
    Hypnotic,
    /// Antipsychotics.
    Antipsychotic,
    /// Antidepressants.
    Antidepressant,
    /// Lithium.
    MoodStabiliser,
    /// Antiepileptics that are no barbiturate and no benzodiazepine.
    Antiepileptic,
    /// Central anticholinergics.
    Anticholinergic,
    /// Levodopa and what is given with it.
    Dopaminergic,
    /// Depletors of monoamines.
    MonoamineDepletor,
    /// Alkaloids of ergot.
    Ergot,
    /// Antagonists of opioids: no overlap with an opioid.
    OpioidAntagonist,
    /// Antagonists of benzodiazepines.
    BenzodiazepineAntagonist,
}

impl TherapeuticGroup {
    /// All groups, in order.
    pub const ALL: [Self; 17] = [
        Self::Opioid,
        Self::Benzodiazepine,
        Self::Barbiturate,
        Self::Stimulant,
        Self::Anorectic,
        Self::Dissociative,
        Self::Hypnotic,
        Self::Antipsychotic,
        Self::Antidepressant,
        Self::MoodStabiliser,
        Self::Antiepileptic,
        Self::Anticholinergic,
        Self::Dopaminergic,
        Self::MonoamineDepletor,
        Self::Ergot,
        Self::OpioidAntagonist,
        Self::BenzodiazepineAntagonist,
    ];

    /// The code of the group in the tables.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.names().0
    }

    /// What a physician reads.
    #[must_use]
    pub fn spanish(self) -> &'static str {
        self.names().1
    }

    /// The group with this [code](Self::code).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Opioid => ("opioid", "opioides"),
            Self::Benzodiazepine => ("benzodiazepine", "benzodiacepinas"),
            Self::Barbiturate => ("barbiturate", "barbitúricos"),
            Self::Stimulant => ("stimulant", "estimulantes"),
            Self::Anorectic => ("anorectic", "anorexigénicos"),
            Self::Dissociative => ("dissociative", "anestésicos disociativos"),
            Self::Hypnotic => ("hypnotic", "otros hipnóticos y ansiolíticos"),
            Self::Antipsychotic => ("antipsychotic", "antipsicóticos"),
            Self::Antidepressant => ("antidepressant", "antidepresivos"),
            Self::MoodStabiliser => ("mood-stabiliser", "estabilizadores del ánimo"),
            Self::Antiepileptic => ("antiepileptic", "otros antiepilépticos"),
            Self::Anticholinergic => ("anticholinergic", "anticolinérgicos"),
            Self::Dopaminergic => ("dopaminergic", "dopaminérgicos"),
            Self::MonoamineDepletor => ("monoamine-depletor", "depletores de monoaminas"),
            Self::Ergot => ("ergot", "alcaloides del cornezuelo"),
            Self::OpioidAntagonist => ("opioid-antagonist", "antagonistas de opioides"),
            Self::BenzodiazepineAntagonist => (
                "benzodiazepine-antagonist",
                "antagonistas de benzodiacepinas",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_differ() {
        for group in TherapeuticGroup::ALL {
            assert_eq!(TherapeuticGroup::from_code(group.code()), Some(group));
        }
        assert_eq!(TherapeuticGroup::from_code("opioide"), None);
    }

    #[test]
    fn an_opioid_decides_the_group_of_a_combination() {
        assert!(TherapeuticGroup::Opioid < TherapeuticGroup::OpioidAntagonist);
        assert!(TherapeuticGroup::ALL.is_sorted());
    }
}
