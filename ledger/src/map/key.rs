//! Keys, and the way down that their bits are.

use std::fmt;

use data_encoding::HEXLOWER;

/// Bits of a key, and most nodes on a path.
pub(super) const KEY_BITS: u16 = 256;

/// A key of the map: 32 bytes, spread like a hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MapKey(pub [u8; 32]);

impl MapKey {
    /// Whether the path of this key goes right below a node at `depth`, which is less than 256.
    pub(super) fn goes_right(&self, depth: u16) -> bool {
        let byte = self.0[usize::from(depth / 8)];
        (byte << (depth % 8)) & 0x80 != 0
    }

    /// How many leading bits two keys have in common, at most 256.
    pub(super) fn common_bits(&self, other: &Self) -> u16 {
        let pairs = self.0.iter().zip(&other.0);
        let mut bits = 0;
        for (mine, theirs) in pairs {
            let same = (mine ^ theirs).leading_zeros();
            bits += same;
            if same < 8 {
                break;
            }
        }
        u16::try_from(bits).unwrap_or(KEY_BITS)
    }
}

impl fmt::Debug for MapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_from_the_most_significant() {
        let mut bytes = [0; 32];
        (bytes[0], bytes[31]) = (0b0100_0000, 1);
        let key = MapKey(bytes);
        let right: Vec<u16> = (0..KEY_BITS).filter(|bit| key.goes_right(*bit)).collect();
        assert_eq!(right, [1, 255]);
    }

    #[test]
    fn common_bits_end_at_the_first_difference() {
        let zero = MapKey([0; 32]);
        assert_eq!(zero.common_bits(&zero), 256);
        for bit in 0..KEY_BITS {
            let mut other = [0; 32];
            other[usize::from(bit / 8)] = 0x80 >> (bit % 8);
            // What follows the first difference does not count.
            other[31] |= 1;
            let expected = bit.min(255);
            assert_eq!(zero.common_bits(&MapKey(other)), expected);
        }
    }
}
