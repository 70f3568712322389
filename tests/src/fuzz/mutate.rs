//! A byte mutator: small damage to something valid, which reaches further into a parser than noise.

use crate::random::Random;

/// Values that parsers treat as boundaries.
const INTERESTING: [u8; 14] = [
    0, 1, 0x17, 0x18, 0x19, 0x1f, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xa0, 0xfe, 0xff,
];

/// `seed` with one to four changes. It may come out as it was.
#[must_use]
pub fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        change(&mut bytes, random);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        bytes.push(any(random));
        return;
    }
    let at = random.position(bytes.len());
    let rest = bytes.len() - at;
    match random.below(8) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = any(random),
        3 => bytes[at] = INTERESTING[random.position(INTERESTING.len())],
        4 => bytes.insert(at, any(random)),
        5 => {
            let end = at + 1 + random.position(rest.min(8));
            drop(bytes.drain(at..end.min(at + rest)));
        }
        // A piece once more: duplicate keys, entries and lines.
        6 => {
            let piece = bytes[at..at + 1 + random.position(rest.min(64))].to_vec();
            let to = random.position(bytes.len());
            drop(bytes.splice(to..to, piece));
        }
        _ => bytes.truncate(at),
    }
}

fn any(random: &mut Random) -> u8 {
    random.draw().to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_small_and_reproducible() {
        let seed: Vec<u8> = (0..=255).collect();
        let run = |number| {
            let mut random = Random::new(number);
            (0..100)
                .map(|_| mutate(&seed, &mut random))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
        let changed = run(5).iter().filter(|bytes| **bytes != seed).count();
        assert!(changed > 95);
        assert!(run(5).iter().all(|bytes| bytes.len() <= 256 + 4 * 64));
    }

    #[test]
    fn nothing_can_be_mutated_too() {
        let mut random = Random::new(1);
        assert!((0..100).any(|_| !mutate(&[], &mut random).is_empty()));
    }
}
