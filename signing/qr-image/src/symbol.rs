//! From certainties of modules to the text: format, codewords, correction, segments.

use rxing::common::BitMatrix;
use rxing::qrcode::common::{ErrorCorrectionLevel, Version};
use rxing::qrcode::cpp_port::decoder::DecodeBitStream;

use crate::modules::Modules;
use crate::reed_solomon;

/// Mask over the format information (ISO/IEC 18004 §7.9.1) and generator of its code.
const FORMAT_MASK: u32 = 0x5412;
const FORMAT_GENERATOR: u32 = 0x537;
/// Check symbols that must be left over where codewords were taken as erased.
const SPARE: usize = 4;
/// Codewords of a block that are erased, the doubtful ones first, in quarters of its check symbols.
const ERASED_QUARTERS: [usize; 3] = [0, 2, 3];

/// A symbol of a version, of which the function patterns are known.
pub(crate) struct Shape {
    version: &'static Version,
    function: BitMatrix,
    pub(crate) side: usize,
}

/// A codeword and how sure its least sure bit is.
#[derive(Debug, Clone, Copy)]
struct Codeword {
    byte: u8,
    certainty: f32,
}

impl Shape {
    pub(crate) fn of(dimension: u32) -> Option<Self> {
        let version = Version::getProvisionalVersionForDimension(dimension).ok()?;
        let function = version.buildFunctionPattern().ok()?;
        Some(Self {
            version,
            function,
            side: dimension as usize,
        })
    }

    pub(crate) fn version(&self) -> &Version {
        self.version
    }

    /// The colour of a module that is the same in all symbols of the version: timing patterns and
    /// corner marks with their separators.
    pub(crate) fn known(&self, x: usize, y: usize) -> Option<bool> {
        let far = self.side - 7;
        let corner = [(0, 0), (far, 0), (0, far)]
            .into_iter()
            .find_map(|(left, top)| {
                let (dx, dy) = (x.abs_diff(left + 3), y.abs_diff(top + 3));
                let ring = dx.max(dy);
                (ring <= 4).then_some(ring != 2 && ring != 4)
            });
        corner.or_else(|| (x == 6 || y == 6).then_some((x + y).is_multiple_of(2)))
    }

    /// How well timing patterns and corner marks fit, −1 to 1: of a wrong place or a wrong version
    /// they are noise.
    pub(crate) fn fit(&self, modules: &Modules) -> f32 {
        let mut sum = 0.0;
        for at in 8..self.side - 8 {
            let goal = if at % 2 == 0 { 1.0 } else { -1.0 };
            let (across, down) = (
                modules.values[6 * self.side + at],
                modules.values[at * self.side + 6],
            );
            sum += goal * (across.clamp(-1.0, 1.0) + down.clamp(-1.0, 1.0));
        }
        sum / (2 * (self.side - 16)) as f32
    }

    /// The text, where the modules say one.
    pub(crate) fn text(&self, modules: &Modules) -> Option<String> {
        let (level, mask) = self.format(modules)?;
        let words = self.codewords(modules, mask);
        let blocks = self.blocks(&words, level)?;
        let checks = self
            .version
            .getECBlocksForLevel(level)
            .getECCodewordsPerBlock() as usize;
        let mut data = Vec::with_capacity(words.len());
        for block in blocks {
            data.extend(corrected(&block, checks)?);
        }
        let read = DecodeBitStream(&data, self.version, level).ok()?;
        let text = read.text();
        (!text.is_empty()).then_some(text)
    }

    /// Level and mask: the one of 32 words that both copies, bit by bit and by their certainties,
    /// are most like.
    fn format(&self, modules: &Modules) -> Option<(ErrorCorrectionLevel, u32)> {
        let last = self.side - 1;
        let mut soft = [0.0_f32; 15];
        for (bit, soft) in soft.iter_mut().enumerate() {
            // Bit 0 is the least significant; places of ISO/IEC 18004 figure 25.
            let first = match bit {
                0..=5 => (8, bit),
                6 | 7 => (8, bit + 1),
                8 => (7, 8),
                _ => (14 - bit, 8),
            };
            let second = if bit < 8 {
                (last - bit, 8)
            } else {
                (8, last - 14 + bit)
            };
            for (x, y) in [first, second] {
                *soft += modules.values[y * self.side + x].clamp(-1.0, 1.0);
            }
        }
        let likeness = |data: u32| -> f32 {
            let word = format_word(data);
            let signed = |(bit, value): (usize, &f32)| {
                if word >> bit & 1 == 1 {
                    *value
                } else {
                    -*value
                }
            };
            soft.iter().enumerate().map(signed).sum()
        };
        let best = (0..32).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))?;
        let level = ErrorCorrectionLevel::forBits((best >> 3) as u8).ok()?;
        Some((level, best & 7))
    }

    /// The codewords in their order of reading (ISO/IEC 18004 §7.7.3).
    fn codewords(&self, modules: &Modules, mask: u32) -> Vec<Codeword> {
        let mut words = Vec::with_capacity(self.version.getTotalCodewords() as usize);
        let (mut byte, mut certainty, mut bits, mut upwards) = (0_u8, f32::MAX, 0, true);
        let right_columns = (0..self.side)
            .rev()
            .step_by(2)
            .map(|x| if x <= 6 { x.saturating_sub(1) } else { x });
        for right in right_columns.take(self.side / 2) {
            for row in 0..self.side {
                let y = if upwards { self.side - 1 - row } else { row };
                for x in [right, right.wrapping_sub(1)] {
                    if x >= self.side || self.function.get(x as u32, y as u32) {
                        continue;
                    }
                    let value = modules.values[y * self.side + x];
                    let dark = (value > 0.0) != masked(mask, x, y);
                    byte = byte << 1 | u8::from(dark);
                    certainty = certainty.min(value.abs());
                    bits += 1;
                    if bits % 8 == 0 {
                        words.push(Codeword { byte, certainty });
                        (byte, certainty) = (0, f32::MAX);
                    }
                }
            }
            upwards = !upwards;
        }
        words
    }

    /// The blocks, each data then check symbols (ISO/IEC 18004 §7.6).
    fn blocks(
        &self,
        words: &[Codeword],
        level: ErrorCorrectionLevel,
    ) -> Option<Vec<Vec<Codeword>>> {
        let layout = self.version.getECBlocksForLevel(level);
        let checks = layout.getECCodewordsPerBlock() as usize;
        let lengths: Vec<usize> = layout
            .getECBlocks()
            .iter()
            .flat_map(|kind| (0..kind.getCount()).map(|_| kind.getDataCodewords() as usize))
            .collect();
        let mut blocks: Vec<Vec<Codeword>> = vec![Vec::new(); lengths.len()];
        let mut words = words.iter();
        for place in 0..*lengths.iter().max()? {
            for (block, length) in blocks.iter_mut().zip(&lengths) {
                if place < *length {
                    block.push(*words.next()?);
                }
            }
        }
        for _ in 0..checks {
            for block in &mut blocks {
                block.push(*words.next()?);
            }
        }
        Some(blocks)
    }
}

/// The data of a block, corrected: first without erasures, then with its doubtful codewords erased.
fn corrected(block: &[Codeword], checks: usize) -> Option<Vec<u8>> {
    let mut doubtful: Vec<usize> = (0..block.len()).collect();
    doubtful.sort_by(|a, b| block[*a].certainty.total_cmp(&block[*b].certainty));
    for quarters in ERASED_QUARTERS {
        let erased = &doubtful[..checks * quarters / 4];
        let mut bytes: Vec<u8> = block.iter().map(|word| word.byte).collect();
        let spare = if quarters == 0 { 0 } else { SPARE };
        if reed_solomon::correct(&mut bytes, checks, erased, spare) {
            bytes.truncate(block.len() - checks);
            return Some(bytes);
        }
    }
    None
}

/// The 15 bits of format information for 5 bits of data.
fn format_word(data: u32) -> u32 {
    let mut rest = data << 10;
    for bit in (10..15).rev() {
        if rest >> bit & 1 == 1 {
            rest ^= FORMAT_GENERATOR << (bit - 10);
        }
    }
    (data << 10 | rest) ^ FORMAT_MASK
}

/// Whether a mask turns a module (ISO/IEC 18004 table 10).
fn masked(mask: u32, x: usize, y: usize) -> bool {
    match mask {
        0 => (x + y).is_multiple_of(2),
        1 => y.is_multiple_of(2),
        2 => x.is_multiple_of(3),
        3 => (x + y).is_multiple_of(3),
        4 => (y / 2 + x / 3).is_multiple_of(2),
        5 => (x * y) % 2 + (x * y) % 3 == 0,
        6 => ((x * y) % 2 + (x * y) % 3).is_multiple_of(2),
        _ => ((x + y) % 2 + (x * y) % 3).is_multiple_of(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_words_of_the_standard() {
        // ISO/IEC 18004 §7.9.1: level M, mask 101 is 100000011001110 under the mask.
        assert_eq!(format_word(0b00_101), 0b100_0000_1100_1110);
        assert_eq!(format_word(0), 0x5412);
    }

    #[test]
    fn every_version_has_its_codewords() {
        for version in 1..=40_u32 {
            let shape = Shape::of(version * 4 + 17).unwrap();
            let blank = Modules {
                side: shape.side,
                values: vec![0.5; shape.side * shape.side],
            };
            let words = shape.codewords(&blank, 0);
            assert_eq!(
                words.len(),
                shape.version.getTotalCodewords() as usize,
                "{version}"
            );
            for level in [ErrorCorrectionLevel::L, ErrorCorrectionLevel::H] {
                let blocks = shape.blocks(&words, level).unwrap();
                assert_eq!(blocks.iter().map(Vec::len).sum::<usize>(), words.len());
            }
        }
    }
}
