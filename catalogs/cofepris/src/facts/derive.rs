//! Amounts in one unit, from the strength, in whole numbers.

use super::{FactRow, Marked, SubstanceFacts};
use crate::Medicine;

/// Whether two rows of a medicine state the same amounts, so that facts read for one hold for the
/// other. The number of units in the package does not matter.
pub(crate) fn same_amounts(one: &Medicine, other: &Medicine) -> bool {
    let unit = |medicine: &Medicine| medicine.package.as_ref().map(|p| p.unit.clone());
    let concentration = one.strength.as_deref().is_some_and(|s| s.contains('/'));
    one.substance_key == other.substance_key
        && one.strength == other.strength
        && one.form == other.form
        && unit(one) == unit(other)
        && (!concentration || one.presentation == other.presentation)
}

/// The facts of a medicine that nobody has looked at yet: `salt` as its description says.
pub(crate) fn facts(
    medicine: &Medicine,
    substance: &SubstanceFacts,
    salt: Option<&str>,
) -> FactRow {
    let labelled = labelled(medicine, &substance.ingredient);
    // A salt whose share of base is not known gives no base.
    let share = match salt {
        None => Some(10_000),
        Some(name) => substance.salt(name).map(|salt| salt.base_ten_thousandths),
    };
    let base = labelled
        .zip(share)
        .and_then(|(amount, share)| scaled(amount, share, 10_000));
    let factor = factor(substance, &medicine.form);
    let oral_morphine = labelled.zip(factor).and_then(|(amount, factor)| {
        let value = scaled(amount, factor.value, 1000)?;
        Some(Marked {
            value,
            mark: factor.mark,
        })
    });
    FactRow {
        clave: medicine.clave.clone(),
        ingredient: substance.ingredient.clone(),
        strength: medicine.strength.clone().unwrap_or_default(),
        unit: unit_of(medicine).to_owned(),
        salt: share.and(salt).map(str::to_owned),
        labelled,
        base,
        oral_morphine,
        max_daily: None,
    }
}

pub(super) fn unit_of(medicine: &Medicine) -> &str {
    medicine
        .package
        .as_ref()
        .map_or("", |package| &package.unit)
}

/// `amount × numerator / denominator`, to the nearest.
fn scaled(amount: u64, numerator: u32, denominator: u64) -> Option<u64> {
    let twice = u128::from(amount) * u128::from(numerator) * 2 + u128::from(denominator);
    u64::try_from(twice / (u128::from(denominator) * 2)).ok()
}

/// The factor of the route that the form tells. A patch has none.
fn factor(substance: &SubstanceFacts, form: &str) -> Option<Marked<u32>> {
    let form = crate::search::fold(form);
    let says = |word: &str| form.contains(word);
    let factors = substance.oral_morphine;
    if says("parche") || says("inhalacion") {
        None
    } else if says("inyectable") {
        factors.parenteral
    } else if says("bucal") || says("sublingual") {
        factors.buccal
    } else {
        factors.oral
    }
}

/// The amount of `ingredient` that the label states for one unit, in nanograms.
fn labelled(medicine: &Medicine, ingredient: &str) -> Option<u64> {
    let strength = medicine.strength.as_deref()?;
    let mut amounts = strength.split(" / ");
    let amount = if medicine.substance_key.ingredients().count() == 1 {
        amounts.next()?
    } else {
        // The n-th amount is that of the n-th ingredient of the name.
        let said = crate::search::fold(&medicine.generic_name);
        let place = |name: &str| said.find(&crate::search::fold(name));
        let own = place(ingredient)?;
        let mut before = 0;
        for name in medicine.substance_key.ingredients() {
            before += usize::from(place(name)? < own);
        }
        amounts.nth(before)?
    };
    in_one_unit(amount, unit_of(medicine), &medicine.presentation)
}

/// An amount (`5 mg`, `10 mg/mL`, `20 mg/5 mL`) in one unit, in nanograms.
fn in_one_unit(amount: &str, unit: &str, presentation: &str) -> Option<u64> {
    let (amount, per) = match amount.split_once('/') {
        Some((amount, per)) => (amount, Some(per)),
        None => (amount, None),
    };
    let (number, mass) = amount.rsplit_once(' ')?;
    let nanograms = match mass {
        "g" => 1_000_000_000,
        "mg" => 1_000_000,
        "µg" => 1000,
        _ => return None,
    };
    let (digits, scale) = decimal(&number.replace(' ', ""))?;
    let whole = digits.checked_mul(nanograms)?;
    let Some(per) = per else {
        let counts_volume = unit == "mL" || unit == "g";
        return (!counts_volume).then(|| nearest(whole, scale))?;
    };
    let (count, of) = per.rsplit_once(' ').unwrap_or(("1", per));
    let per: u128 = count.parse().ok()?;
    let (volume, volume_scale) = if unit == of {
        (1, 1)
    } else if of == "mL" {
        millilitres(presentation)?
    } else {
        return None;
    };
    let divisor = scale.checked_mul(per)?.checked_mul(volume_scale)?;
    nearest(whole.checked_mul(volume)?, divisor)
}

/// The volume that a package states for one of its units (`ampolletas con 2.5 mL`).
fn millilitres(presentation: &str) -> Option<(u128, u128)> {
    let words: Vec<_> = presentation.split([' ', '(', ')', ',']).collect();
    let is_volume = |pair: &&[&str]| pair.get(1).is_some_and(|w| w.eq_ignore_ascii_case("ml"));
    let volume = words
        .windows(2)
        .filter(is_volume)
        .find_map(|pair| decimal(pair[0]));
    volume.filter(|(digits, _)| *digits > 0)
}

/// A decimal number as its digits and the power of ten they are over.
fn decimal(text: &str) -> Option<(u128, u128)> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let scale = 10_u128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    Some((format!("{whole}{decimals}").parse().ok()?, scale))
}

fn nearest(numerator: u128, denominator: u128) -> Option<u64> {
    let twice = numerator.checked_mul(2)?.checked_add(denominator)?;
    u64::try_from(twice.checked_div(denominator.checked_mul(2)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_one_unit() {
        for (amount, unit, presentation, nanograms) in [
            (
                "0.25 mg",
                "tableta",
                "Envase con 30 tabletas",
                Some(250_000),
            ),
            ("600 000 µg", "tableta", "", Some(600_000_000)),
            ("20 mg/5 mL", "mL", "Envase con 60 mL", Some(4_000_000)),
            (
                "0.05 mg/mL",
                "ampolleta",
                "Envase con 1 ámpula con 10 mL",
                Some(500_000),
            ),
            (
                "20 mg/mL",
                "ampolleta",
                "Envase con 5 ampolletas de 2.5 mL",
                Some(50_000_000),
            ),
            // Not to be told: a volume that counts without concentration, no volume, no mass.
            ("10 mg", "mL", "Envase con 10 mL", None),
            ("10 mg/mL", "ampolleta", "Envase con 5 ampolletas", None),
            ("10 UI", "ampolleta", "", None),
            ("10 mg/0 mL", "mL", "", None),
        ] {
            assert_eq!(
                in_one_unit(amount, unit, presentation),
                nanograms,
                "{amount}"
            );
        }
    }
}
