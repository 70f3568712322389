//! What each medicine allows: packages, fills, dosage and brand.

use super::{IssueCommand, IssueFacts, MedicineClass, MedicineFacts, RequestedLine};
#[cfg(doc)]
use crate::law;
use crate::law::{
    FRACTION_I_MAX_TREATMENT_DAYS, FRACTION_II_MAX_PACKAGES, FRACTION_III_MAX_FILLS, Parameters,
};
use crate::{Fraction, Packages, Refusal};

/// Most characters of a brand: what fits on the line of a receta.
pub const BRAND_MAX_CHARS: usize = 60;

/// A line whose medicine may be sold.
#[derive(Debug, Clone, Copy)]
pub(super) struct SoldLine<'a> {
    /// Its number, from 1.
    pub(super) number: u8,
    /// The fraction under which the medicine is sold on the day.
    pub(super) fraction: Fraction,
    /// What was asked.
    pub(super) asked: &'a RequestedLine,
    /// What the catalog says.
    pub(super) medicine: &'a MedicineFacts,
}

/// The lines that may be sold at all; the others are refused. Lines that cannot be numbered are
/// left out: [`super::document::has_lines`] refuses a prescription of so many.
pub(super) fn sold<'a>(
    command: &'a IssueCommand,
    facts: &'a IssueFacts,
    refusals: &mut Vec<Refusal>,
) -> Vec<SoldLine<'a>> {
    let mut lines = Vec::with_capacity(command.lines.len());
    for (index, (number, asked)) in (1..=u8::MAX).zip(&command.lines).enumerate() {
        match facts
            .medicines
            .get(index)
            .map(|medicine| (medicine.class, medicine))
        {
            Some((MedicineClass::Sold(fraction), medicine)) => {
                lines.push(SoldLine {
                    number,
                    fraction,
                    asked,
                    medicine,
                });
            }
            Some((MedicineClass::ProhibitedNarcotic, _)) => {
                refusals.push(prohibited_narcotic(number));
            }
            Some((MedicineClass::ProhibitedPsychotropic, _)) => {
                refusals.push(prohibited_psychotropic(number));
            }
            None => refusals.push(Refusal::MedicineUnknown { line: number }),
        }
    }
    lines
}

/// [`law::LGS_237`]: no act with heroin, opium for smoking, poppy or coca.
fn prohibited_narcotic(line: u8) -> Refusal {
    Refusal::Prohibited {
        line,
        narcotic: true,
    }
}

/// [`law::LGS_248`]: no act with psychotropic group I.
fn prohibited_psychotropic(line: u8) -> Refusal {
    Refusal::Prohibited {
        line,
        narcotic: false,
    }
}

/// At least one package. [`law::LGS_226_II`]: at most two presentations of the same product. Of the
/// other fractions the law leaves it to the prescriber, and the bound is against typing errors.
pub(super) fn packages(line: &SoldLine<'_>, parameters: &Parameters) -> Option<Refusal> {
    let asked = line.asked.packages;
    let most = parameters.max_packages_per_fill;
    if line.fraction == Fraction::II && asked > Packages::new(FRACTION_II_MAX_PACKAGES) {
        return Some(Refusal::FractionIIPackages {
            line: line.number,
            asked,
        });
    }
    let sane = !asked.is_zero() && asked <= Packages::new(most);
    (!sane).then_some(Refusal::PackageCount {
        line: line.number,
        most,
    })
}

/// At least one fill, and at most what the fraction allows.
pub(super) fn fills(line: &SoldLine<'_>, parameters: &Parameters) -> Option<Refusal> {
    let most = max_fills(line.fraction, parameters);
    let (number, fraction) = (line.number, line.fraction);
    match line.asked.fills {
        0 => Some(Refusal::NoFills { line: number }),
        asked if asked > most => Some(Refusal::TooManyFills {
            line: number,
            fraction,
            most,
        }),
        _ => None,
    }
}

/// Once where the pharmacy collects the receta: fraction I ([`law::LGS_242`]) and fraction II
/// ([`law::LGS_226_II`], [`law::LGS_251`]). Three times for fraction III ([`law::LGS_226_III`],
/// [`law::LGS_252`]). As often as the prescriber says for fraction IV ([`law::LGS_226_IV`]), within
/// a bound against typing errors; V and VI ([`law::LGS_226_V_VI`]) are no stricter.
fn max_fills(fraction: Fraction, parameters: &Parameters) -> u8 {
    match fraction {
        Fraction::I | Fraction::II => 1,
        Fraction::III => FRACTION_III_MAX_FILLS,
        Fraction::IV | Fraction::V | Fraction::VI => parameters.fraction_iv_max_fills,
    }
}

/// [`law::RIS_29_30`]: a receta gives dose, frequency and duration.
pub(super) fn dosage_is_complete(line: &SoldLine<'_>) -> Option<Refusal> {
    let dosage = &line.asked.dosage;
    let complete = dosage.dose_milli > 0 && dosage.times > 0 && dosage.every > 0 && dosage.days > 0;
    (!complete).then_some(Refusal::DosageIncomplete { line: line.number })
}

/// [`law::LGS_241_I`]: fraction I for at most thirty days of treatment.
pub(super) fn treatment(line: &SoldLine<'_>) -> Option<Refusal> {
    let days = line.asked.dosage.days;
    let too_long = line.fraction == Fraction::I && days > FRACTION_I_MAX_TREATMENT_DAYS;
    too_long.then_some(Refusal::TreatmentTooLong {
        line: line.number,
        days,
    })
}

/// [`law::LGS_241_II`]: units per day of fraction I within the approved indication, where the
/// catalog has a figure. Of the other fractions the dose is the prescriber's own judgement.
pub(super) fn daily_dose(line: &SoldLine<'_>) -> Option<Refusal> {
    let daily = line.asked.dosage.daily_milli()?;
    let most = line.medicine.max_daily_milli?;
    let above = line.fraction == Fraction::I && daily > most;
    above.then_some(Refusal::DailyDoseAboveIndication { line: line.number })
}

/// [`law::LGS_225`] and [`law::LGS_226_GENERICA`]: the clave is the generic name and is always there; a brand may be
/// added, and then it must be one that can be printed.
pub(super) fn brand(line: &SoldLine<'_>) -> Option<Refusal> {
    let brand = line.asked.brand.as_deref()?;
    let printable = !brand.is_empty()
        && brand.trim() == brand
        && brand.chars().count() <= BRAND_MAX_CHARS
        && !brand.chars().any(char::is_control);
    (!printable).then_some(Refusal::BrandName { line: line.number })
}

/// [`law::LGS_226_GENERICA`]: the prescriber may prefer a brand; "no substitution" keeps to it, and
/// says nothing without one.
pub(super) fn brand_to_keep(line: &SoldLine<'_>) -> Option<Refusal> {
    let missing = line.asked.no_substitution && line.asked.brand.is_none();
    missing.then_some(Refusal::NoBrandToKeep { line: line.number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::tests::fixture::{assert_refused, codes, issue};

    #[test]
    fn prohibited_substances_are_refused_and_nothing_else_is_said_of_them() {
        for (class, article) in [
            (MedicineClass::ProhibitedNarcotic, law::LGS_237),
            (MedicineClass::ProhibitedPsychotropic, law::LGS_248),
        ] {
            let refusals = issue(&[Fraction::IV], |command, facts| {
                facts.medicines[0].class = class;
                command.lines[0].packages = Packages::ZERO;
            })
            .unwrap_err();
            assert_eq!(codes(&refusals), ["prohibited"]);
            assert_eq!(refusals[0].law(), Some(article));
        }
    }

    #[test]
    fn a_medicine_that_the_catalog_does_not_know_is_refused() {
        let refusals = issue(&[Fraction::IV], |_, facts| facts.medicines.clear()).unwrap_err();
        assert_eq!(refusals, [Refusal::MedicineUnknown { line: 1 }]);
    }

    #[test]
    fn fraction_ii_has_two_packages_at_most() {
        let ask = |count| {
            issue(&[Fraction::II], |command, _| {
                command.lines[0].packages = Packages::new(count);
            })
        };
        assert!(ask(2).is_ok());
        assert_refused(
            ask(3),
            law::LGS_226_II,
            &Refusal::FractionIIPackages {
                line: 1,
                asked: Packages::new(3),
            },
        );
        assert_eq!(codes(&ask(0).unwrap_err()), ["package-count"]);
    }

    #[test]
    fn packages_of_the_other_fractions_are_bounded_against_typing_errors() {
        for fraction in [
            Fraction::I,
            Fraction::III,
            Fraction::IV,
            Fraction::V,
            Fraction::VI,
        ] {
            let ask = |count| {
                issue(&[fraction], |command, _| {
                    command.lines[0].packages = Packages::new(count);
                })
            };
            assert!(ask(1).is_ok() && ask(30).is_ok());
            for wrong in [0, 31] {
                let refusals = ask(wrong).unwrap_err();
                assert_eq!(refusals, [Refusal::PackageCount { line: 1, most: 30 }]);
            }
        }
    }

    #[test]
    fn each_fraction_has_its_fills() {
        for (fraction, most, article) in [
            (Fraction::I, 1, Some(law::LGS_242)),
            (Fraction::II, 1, Some(law::LGS_251)),
            (Fraction::III, 3, Some(law::LGS_226_III)),
            (Fraction::IV, 12, None),
            (Fraction::V, 12, None),
            (Fraction::VI, 12, None),
        ] {
            let ask = |fills| issue(&[fraction], |command, _| command.lines[0].fills = fills);
            assert!(ask(1).is_ok() && ask(most).is_ok());
            let refusals = ask(most + 1).unwrap_err();
            assert_eq!(
                refusals,
                [Refusal::TooManyFills {
                    line: 1,
                    fraction,
                    most
                }]
            );
            assert_eq!(refusals[0].law(), article, "{fraction}");
            assert_eq!(ask(0).unwrap_err(), [Refusal::NoFills { line: 1 }]);
        }
    }

    /// The bound is a parameter, so that no number of fills is beyond the prescriber.
    #[test]
    fn fraction_iv_is_refilled_as_often_as_the_prescriber_indicates() {
        let article = law::LGS_226_IV;
        let parameters = Parameters {
            fraction_iv_max_fills: u8::MAX,
            ..Parameters::default()
        };
        assert_eq!(
            max_fills(Fraction::IV, &parameters),
            u8::MAX,
            "{}",
            article.rule
        );
    }

    #[test]
    fn a_receta_gives_dose_frequency_and_duration() {
        let missing: [fn(&mut crate::Dosage); 4] = [
            |d| d.dose_milli = 0,
            |d| d.times = 0,
            |d| d.every = 0,
            |d| d.days = 0,
        ];
        for clear in missing {
            let answer = issue(&[Fraction::IV], |command, _| {
                clear(&mut command.lines[0].dosage);
            });
            assert_refused(
                answer,
                law::RIS_29_30,
                &Refusal::DosageIncomplete { line: 1 },
            );
        }
    }

    #[test]
    fn fraction_i_treats_for_thirty_days_at_most() {
        let ask = |fraction, days| {
            issue(&[fraction], |command, _| {
                command.lines[0].dosage.days = days;
            })
        };
        assert!(ask(Fraction::I, 30).is_ok());
        let refusal = Refusal::TreatmentTooLong { line: 1, days: 31 };
        assert_refused(ask(Fraction::I, 31), law::LGS_241_I, &refusal);
        assert!(ask(Fraction::II, 31).is_ok());
    }

    #[test]
    fn fraction_i_stays_within_the_approved_indication() {
        // The fixture prescribes one tablet every eight hours.
        let ask = |fraction, most| {
            issue(&[fraction], |_, facts| {
                facts.medicines[0].max_daily_milli = most;
            })
        };
        assert!(ask(Fraction::I, Some(3000)).is_ok());
        assert!(ask(Fraction::I, None).is_ok());
        let refusal = Refusal::DailyDoseAboveIndication { line: 1 };
        assert_refused(ask(Fraction::I, Some(2999)), law::LGS_241_II, &refusal);
        assert!(ask(Fraction::II, Some(2999)).is_ok());
    }

    #[test]
    fn a_brand_is_optional_and_printable() {
        let ask = |brand: Option<&str>| {
            issue(&[Fraction::IV], |command, _| {
                command.lines[0].brand = brand.map(str::to_owned);
            })
        };
        let generic = ask(None).unwrap();
        let clave = generic.lines[0].clave.as_str();
        assert_eq!(clave, "010.000.0000.00", "{}", law::LGS_225.rule);
        assert!(ask(Some("Tempra Niños")).is_ok());
        assert!(ask(Some(&"ñ".repeat(60))).is_ok());
        for wrong in ["", " ", "Tempra ", "Tem\npra", &"ñ".repeat(61)] {
            let refusal = Refusal::BrandName { line: 1 };
            assert_refused(ask(Some(wrong)), law::LGS_226_GENERICA, &refusal);
        }
    }

    #[test]
    fn no_substitution_needs_a_brand_to_keep_to() {
        let ask = |brand: Option<&str>| {
            issue(&[Fraction::IV], |command, _| {
                command.lines[0].brand = brand.map(str::to_owned);
                command.lines[0].no_substitution = true;
            })
        };
        assert!(ask(Some("Tempra")).unwrap().lines[0].no_substitution);
        let refusal = Refusal::NoBrandToKeep { line: 1 };
        assert_refused(ask(None), law::LGS_226_GENERICA, &refusal);
    }
}
