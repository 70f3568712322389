//! Random orders, lawful or not: whatever is issued keeps the law, and whatever is refused says
//! why.

use proptest::collection::vec;
use proptest::prelude::*;

use super::fixture::{PRESCRIBER, date, order, special_folio};
use crate::issue::{self, IssueCommand, IssueFacts, MedicineClass, Profession, SpecialFolioFacts};
use crate::law::Parameters;
use crate::refusal::SpecialFolioProblem;
use crate::{Fraction, Issued, Packages};

const PROFESSIONS: [Profession; 6] = [
    Profession::Physician,
    Profession::Homeopath,
    Profession::Dentist,
    Profession::Veterinarian,
    Profession::Nurse,
    Profession::MedicalIntern,
];

/// A line: fraction (6 and 7: prohibited), packages, fills, days, substance.
type AnyLine = (usize, u32, u8, u16, u8);

fn any_order() -> impl Strategy<Value = (IssueCommand, IssueFacts)> {
    let line = (0_usize..8, 0_u32..=4, 0_u8..=4, 0_u16..=35, 0_u8..=20);
    let special = prop_oneof![
        Just(SpecialFolioFacts::Usable),
        Just(SpecialFolioFacts::NotGiven),
        Just(SpecialFolioFacts::Problem(SpecialFolioProblem::Used)),
    ];
    let profession = prop_oneof![4 => Just(0_usize), 3 => 0_usize..6];
    let flags = prop::array::uniform4(prop::bool::weighted(0.9));
    (vec(line, 0..=7), profession, special, any::<bool>(), flags).prop_map(
        |(lines, profession, special, with_folio, [active, consent, address, diagnosis])| {
            let (mut command, mut facts) = arrange(&lines);
            facts.prescriber.profession = PROFESSIONS[profession];
            facts.prescriber.active = active;
            facts.consent = consent;
            facts.special_folio = special;
            command.special_folio = with_folio.then(special_folio);
            command.has_address = address;
            command.has_diagnosis = diagnosis;
            (command, facts)
        },
    )
}

fn arrange(lines: &[AnyLine]) -> (IssueCommand, IssueFacts) {
    let fraction = |line: &AnyLine| Fraction::ALL[line.0.min(5)];
    let (mut command, mut facts) = order(&lines.iter().map(fraction).collect::<Vec<_>>());
    for (index, &(class, packages, fills, days, substance)) in lines.iter().enumerate() {
        command.lines[index].packages = Packages::new(packages);
        command.lines[index].fills = fills;
        command.lines[index].dosage.days = days;
        facts.medicines[index].substance = format!("substance {substance}");
        match class {
            6 => facts.medicines[index].class = MedicineClass::ProhibitedNarcotic,
            7 => facts.medicines[index].class = MedicineClass::ProhibitedPsychotropic,
            _ => {}
        }
    }
    (command, facts)
}

/// What the law says of a receta, stated of the result and not of the rules.
fn assert_lawful(issued: &Issued, facts: &IssueFacts, lines: &[issue::RequestedLine]) {
    assert!(facts.prescriber.active && facts.consent);
    assert!((1..=6).contains(&issued.lines.len()));
    assert_eq!(issued.lines.len(), lines.len());
    let profession = facts.prescriber.profession;
    assert_ne!(profession, Profession::Veterinarian);
    let special = issued
        .lines
        .iter()
        .filter(|line| line.fraction == Fraction::I)
        .count();
    assert!(special == 0 || special == issued.lines.len());
    assert_eq!(special > 0, issued.special_folio.is_some());
    assert!(special == 0 || facts.special_folio == SpecialFolioFacts::Usable);
    for (index, line) in issued.lines.iter().enumerate() {
        assert!(!line.packages.is_zero() && line.fills > 0 && line.dosage.days > 0);
        assert_eq!(
            facts.medicines[index].class,
            MedicineClass::Sold(line.fraction)
        );
        if line.fraction.is_controlled() {
            assert!(matches!(
                profession,
                Profession::Physician | Profession::Dentist
            ));
        }
        match line.fraction {
            Fraction::I => assert!(line.fills == 1 && line.dosage.days <= 30),
            Fraction::II => assert!(line.fills == 1 && line.packages <= Packages::new(2)),
            Fraction::III => assert!(line.fills <= 3),
            Fraction::IV | Fraction::V | Fraction::VI => {}
        }
        assert!(line.valid_until >= date("2026-07-01") && line.valid_until <= date("2026-12-01"));
        let substance = &line.substance;
        assert!(
            issued.lines[..index]
                .iter()
                .all(|other| other.substance != *substance)
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_issued_keeps_the_law((command, facts) in any_order()) {
        let lines = command.lines.clone();
        let (address, diagnosis) = (command.has_address, command.has_diagnosis);
        match issue::decide(command, &facts, &Parameters::default()) {
            Ok(issued) => {
                assert_lawful(&issued, &facts, &lines);
                prop_assert!(issued.special_folio.is_none() || (address && diagnosis));
                prop_assert_eq!(issued.prescriber.as_str(), PRESCRIBER);
            }
            Err(refusals) => {
                prop_assert!(!refusals.is_empty());
                for (index, refusal) in refusals.iter().enumerate() {
                    prop_assert!(!refusals[..index].contains(refusal), "{refusal} twice");
                }
            }
        }
    }
}
