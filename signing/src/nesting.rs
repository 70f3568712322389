//! How deep DER is nested, told without recursion, before any parser looks at it.

/// Levels that a certificate, a revocation list or a signature may have. A certificate inside a
/// timestamp inside a signature is about 20 levels down.
pub(crate) const MAX_DEPTH: usize = 32;

/// Whether no constructed value lies deeper than [`MAX_DEPTH`]. Linear in the length.
///
/// What is not DER ends the walk: the parser that follows says why.
pub(crate) fn is_bounded(der: &[u8]) -> bool {
    let mut ends = [0_usize; MAX_DEPTH];
    let mut depth = 0;
    let mut at = 0;
    while let Some((constructed, start, end)) = element(der, at) {
        at = end;
        if constructed {
            let Some(open) = ends.get_mut(depth) else {
                return false;
            };
            *open = end;
            depth += 1;
            at = start;
        }
        while depth > 0 && ends[depth - 1] <= at {
            depth -= 1;
        }
    }
    true
}

/// Whether the element at `at` is constructed, and where its value starts and ends.
fn element(der: &[u8], at: usize) -> Option<(bool, usize, usize)> {
    let (tag, first) = (*der.get(at)?, *der.get(at + 1)?);
    let octets = match first {
        0..=0x7f => &[first],
        0x81..=0x84 => der.get(at + 2..at + 2 + usize::from(first & 0x7f))?,
        _ => return None,
    };
    let length = octets
        .iter()
        .fold(0_usize, |length, octet| length << 8 | usize::from(*octet));
    let start = at + 2 + if first < 0x80 { 0 } else { octets.len() };
    let end = start.checked_add(length)?;
    // A tag number above 30 goes on in the next octet, which is none of ours.
    (tag & 0x1f != 0x1f && end <= der.len()).then_some((tag & 0x20 != 0, start, end))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `levels` sequences, one in the other, in DER.
    pub(crate) fn nested(levels: usize) -> Vec<u8> {
        // Built from the inside, back to front, so that it costs no more than its length.
        let mut reversed: Vec<u8> = vec![];
        for _ in 0..levels {
            let length = u32::try_from(reversed.len()).unwrap();
            let octets = length.to_be_bytes();
            match length {
                0..=0x7f => reversed.push(octets[3]),
                0x80..=0xff => reversed.extend([octets[3], 0x81]),
                0x100..=0xffff => reversed.extend([octets[3], octets[2], 0x82]),
                _ => reversed.extend([octets[3], octets[2], octets[1], 0x83]),
            }
            reversed.push(0x30);
        }
        reversed.reverse();
        reversed
    }

    #[test]
    fn the_bound_is_exact() {
        assert!(is_bounded(&nested(MAX_DEPTH)));
        assert!(!is_bounded(&nested(MAX_DEPTH + 1)));
        assert!(!is_bounded(&nested(100_000)));
    }

    #[test]
    fn breadth_is_no_depth() {
        let wide = [[0x30, 0].repeat(1000), nested(MAX_DEPTH), vec![2, 1, 0]].concat();
        assert!(is_bounded(&wide));
        assert!(!is_bounded(&[wide, nested(MAX_DEPTH + 1)].concat()));
    }

    #[test]
    fn what_is_not_der_is_left_to_the_parser() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x3f, 0x21, 0],
        ] {
            assert!(is_bounded(bytes), "{bytes:02x?}");
        }
    }
}
