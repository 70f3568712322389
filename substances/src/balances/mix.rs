//! A hash for accounts. They are numbers that this crate gives out, so that nobody can choose them to
//! collide; what somebody can choose, the numbers of lots, is interned with the standard one.

use std::hash::Hasher;

/// Multiplies and mixes: a few cycles for an account.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::{BuildHasher as _, BuildHasherDefault};

    use super::*;

    #[test]
    fn neighbouring_accounts_do_not_collide() {
        let build = BuildHasherDefault::<Mix>::default();
        let hashes: HashSet<u64> = (0_u64..200)
            .flat_map(|clues| (0_u64..50).map(move |clave| (clues, clave)))
            .flat_map(|(clues, clave)| (0_u32..10).map(move |lot| (clues, 0_u64, clave, lot)))
            .map(|account| build.hash_one(account))
            .collect();
        assert_eq!(hashes.len(), 200 * 50 * 10);
        // The table takes its slots from the low bits: as many are taken as by chance, 51 287.
        let low: HashSet<u64> = hashes.iter().map(|hash| hash & 0xffff).collect();
        assert!(low.len() > 50_000, "{}", low.len());
    }
}
