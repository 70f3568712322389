//! Reed–Solomon over GF(256) as ISO/IEC 18004 §7.5.2 uses it (x⁸+x⁴+x³+x²+1, first root α⁰),
//! with erasures: a codeword known to be doubtful costs one check symbol, not two.

/// Powers of α, twice around so that a sum of two logarithms needs no reduction.
const EXP: [u8; 512] = powers();
const LOG: [u8; 256] = logarithms();

const fn powers() -> [u8; 512] {
    let (mut table, mut power, mut at) = ([0; 512], 1_u16, 0);
    while at < 512 {
        table[at] = (power & 0xff) as u8;
        power <<= 1;
        if power & 0x100 != 0 {
            power ^= 0x11d;
        }
        at += 1;
    }
    table
}

const fn logarithms() -> [u8; 256] {
    let (mut table, mut at) = ([0; 256], 0);
    while at < 255 {
        table[EXP[at] as usize] = at as u8;
        at += 1;
    }
    table
}

fn log(a: u8) -> usize {
    usize::from(LOG[usize::from(a)])
}

fn mul(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        0
    } else {
        EXP[log(a) + log(b)]
    }
}

fn div(a: u8, b: u8) -> u8 {
    if a == 0 {
        0
    } else {
        EXP[log(a) + 255 - log(b)]
    }
}

/// The value at `x` of a polynomial, lowest power first.
fn value(polynomial: &[u8], x: u8) -> u8 {
    polynomial
        .iter()
        .rev()
        .fold(0, |sum, factor| mul(sum, x) ^ factor)
}

fn product(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut product = vec![0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            product[i + j] ^= mul(*x, *y);
        }
    }
    product
}

/// Corrects `block`, of which the last `checks` are check symbols, in place; `erased` are places
/// that may be wrong. `spare` check symbols must be left over, so that chance does not correct what
/// is no codeword: each makes that 256 times less likely. Whether it is a codeword now.
pub(crate) fn correct(block: &mut [u8], checks: usize, erased: &[usize], spare: usize) -> bool {
    let syndromes: Vec<u8> = (0..checks)
        .map(|power| {
            block
                .iter()
                .fold(0, |sum, symbol| mul(sum, EXP[power]) ^ symbol)
        })
        .collect();
    if syndromes.iter().all(|syndrome| *syndrome == 0) {
        return true;
    }
    let Some(budget) = checks.checked_sub(erased.len() + spare) else {
        return false;
    };
    let length = block.len();
    let locate = |place: usize| EXP[length - 1 - place];
    let erasures = erased
        .iter()
        .fold(vec![1], |all, place| product(&all, &[1, locate(*place)]));
    let errors = berlekamp_massey(&forney_syndromes(&syndromes, &erasures), erased.len());
    if 2 * (errors.len() - 1) > budget {
        return false;
    }
    let locator = product(&errors, &erasures);
    let places: Vec<usize> = (0..block.len())
        .filter(|place| value(&locator, EXP[255 - log(locate(*place))]) == 0)
        .collect();
    if places.len() + 1 != locator.len() {
        return false;
    }
    let mut evaluator = product(&syndromes, &locator);
    evaluator.truncate(checks);
    for place in places {
        let x = locate(place);
        let inverse = EXP[255 - log(x)];
        // The formal derivative keeps the odd powers.
        let derivative: Vec<u8> = locator
            .iter()
            .enumerate()
            .skip(1)
            .map(|(at, f)| if at % 2 == 1 { *f } else { 0 })
            .collect();
        let slope = value(&derivative, inverse);
        if slope == 0 {
            return false;
        }
        block[place] ^= mul(x, div(value(&evaluator, inverse), slope));
    }
    (0..checks).all(|power| {
        block
            .iter()
            .fold(0, |sum, symbol| mul(sum, EXP[power]) ^ symbol)
            == 0
    })
}

/// Syndromes without the part of the erasures.
fn forney_syndromes(syndromes: &[u8], erasures: &[u8]) -> Vec<u8> {
    let mut whole = product(syndromes, erasures);
    whole.truncate(syndromes.len());
    whole
}

/// The shortest recurrence of the syndromes after those that the erasures use up, without zeros at
/// its end.
fn berlekamp_massey(syndromes: &[u8], skip: usize) -> Vec<u8> {
    let (mut current, mut previous) = (vec![1_u8], vec![1_u8]);
    let (mut length, mut shift, mut last) = (0_usize, 1_usize, 1_u8);
    let syndromes = syndromes.get(skip..).unwrap_or_default();
    for at in 0..syndromes.len() {
        let discrepancy =
            current
                .iter()
                .take(length + 1)
                .enumerate()
                .fold(0, |sum, (back, factor)| match at.checked_sub(back) {
                    Some(place) => sum ^ mul(*factor, syndromes[place]),
                    None => sum,
                });
        if discrepancy == 0 {
            shift += 1;
            continue;
        }
        let before = current.clone();
        let factor = div(discrepancy, last);
        current.resize(current.len().max(previous.len() + shift), 0);
        for (place, term) in previous.iter().enumerate() {
            current[place + shift] ^= mul(factor, *term);
        }
        if 2 * length <= at {
            length = at + 1 - length;
            previous = before;
            last = discrepancy;
            shift = 1;
        } else {
            shift += 1;
        }
    }
    while current.len() > 1 && current.last() == Some(&0) {
        current.pop();
    }
    current
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long division by the generator, written without the functions above it tests.
    fn encode(data: &[u8], checks: usize) -> Vec<u8> {
        let generator = (0..checks).fold(vec![1], |all, power| product(&[EXP[power], 1], &all));
        let mut remainder = data.to_vec();
        remainder.extend(vec![0; checks]);
        for at in 0..data.len() {
            let factor = remainder[at];
            for (place, term) in generator.iter().rev().enumerate() {
                remainder[at + place] ^= mul(*term, factor);
            }
        }
        [data, &remainder[data.len()..]].concat()
    }

    fn numbers(seed: u32) -> impl Iterator<Item = u32> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        })
    }

    /// ISO/IEC 18004 annex I: the check symbols of version 1-M for "01234567".
    #[test]
    fn the_example_of_the_standard() {
        let data = [
            0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11,
            0xec, 0x11,
        ];
        let checks = [0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55];
        assert_eq!(encode(&data, 10)[16..], checks);
        let mut block = [data.as_slice(), &checks].concat();
        assert!(correct(&mut block, 10, &[], 0));
    }

    #[test]
    fn corrects_up_to_its_capacity_and_never_says_yes_to_something_else() {
        for (seed, (errors, erasures)) in
            (0_u32..).zip((0..=14).flat_map(|e| (0..=26).map(move |s| (e, s))))
        {
            let mut random = numbers(seed * 77 + 1);
            let data: Vec<u8> = random.by_ref().take(40).map(|n| (n & 0xff) as u8).collect();
            let right = encode(&data, 24);
            let mut block = right.clone();
            let mut places: Vec<usize> = (0..block.len()).collect();
            for at in (1..places.len()).rev() {
                places.swap(at, random.next().unwrap() as usize % (at + 1));
            }
            for place in &places[..errors + erasures] {
                block[*place] ^= (random.next().unwrap() % 255 + 1) as u8;
            }
            let erased = &places[errors..errors + erasures];
            let (within, read) = (
                2 * errors + erasures <= 24,
                correct(&mut block, 24, erased, 0),
            );
            if within {
                assert!(
                    read && block == right,
                    "{errors} errors, {erasures} erasures"
                );
            }
            if 2 * errors + erasures > 20 && errors > 0 {
                let mut block = right.clone();
                for place in &places[..errors + erasures] {
                    block[*place] ^= 0x5a;
                }
                let read = correct(&mut block, 24, erased, 4);
                assert!(
                    !read,
                    "{errors} errors, {erasures} erasures with four to spare"
                );
            }
        }
    }
}
