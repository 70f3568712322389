//! Where a hash or an entry lives: C2SP tlog-tiles coordinates and their paths.

use std::fmt;
use std::ops::Range;

use crate::decimal::parse_decimal;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// Levels of the binary tree that one tile spans: `2^8 = 256`.
pub(crate) const TILE_HEIGHT: u8 = 8;
/// Trees hold fewer than `2^56` entries, so that no tile coordinate can overflow.
/// (tlog-tiles allows level 63; at two billion entries a year this suffices for 36 million years.)
pub const MAX_TREE_SIZE: u64 = (1 << 56) - 1;
/// Highest tile level a tree of [`MAX_TREE_SIZE`] entries has.
pub(crate) const MAX_LEVEL: u8 = 6;
/// Longer than any path of a tile within [`MAX_TREE_SIZE`].
const MAX_PATH_BYTES: usize = 64;

/// What a tile contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Merkle tree hashes. At level 0 the leaf hashes; at level `L` each one is the root of a full
    /// tile of level `L - 1`, that is of `256^L` entries.
    Hashes {
        /// 0 to 6.
        level: u8,
    },
    /// The entries themselves, length-prefixed (see [`decode_bundle`](crate::decode_bundle)).
    Entries,
}

impl TileKind {
    /// How many items (hashes or entries) of this kind a tree of `size` entries has.
    pub(crate) fn items(self, size: u64) -> u64 {
        size >> self.shift()
    }

    /// How many tiles, the partial one included, a tree of `size` entries has in this row.
    pub(crate) fn tiles(self, size: u64) -> u64 {
        self.items(size).div_ceil(u64::from(TILE_WIDTH))
    }

    /// Binary logarithm of the number of entries one item stands for.
    fn shift(self) -> u32 {
        match self {
            Self::Hashes { level } => u32::from(TILE_HEIGHT) * u32::from(level),
            Self::Entries => 0,
        }
    }
}

/// Coordinates of one tile or entry bundle; always within [`MAX_TREE_SIZE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile number `index` of its row, with `width` items (1 to 256; 256 is a full tile).
    ///
    /// # Errors
    /// When no tree of at most [`MAX_TREE_SIZE`] entries has such a tile.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, TileError> {
        if let TileKind::Hashes { level } = kind
            && level > MAX_LEVEL
        {
            return Err(TileError::Level);
        }
        if width == 0 || width > TILE_WIDTH {
            return Err(TileError::Width);
        }
        let row_capacity = MAX_TREE_SIZE >> kind.shift();
        if index > row_capacity / u64::from(TILE_WIDTH) {
            return Err(TileError::Index);
        }
        Ok(Self { kind, index, width })
    }

    /// The tile that a tree of `size` entries has at this place, as wide as that tree fills it;
    /// `None` where the tree has nothing.
    #[must_use]
    pub fn in_tree(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let first_item = index.checked_mul(u64::from(TILE_WIDTH))?;
        let available = kind.items(size).checked_sub(first_item)?;
        let width = u16::try_from(available.min(u64::from(TILE_WIDTH))).ok()?;
        Self::new(kind, index, width).ok()
    }

    /// What the tile contains.
    #[must_use]
    pub fn kind(self) -> TileKind {
        self.kind
    }

    /// Position of the tile in its row, from 0.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// Number of items, 1 to 256.
    #[must_use]
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether the tile has fewer than 256 items.
    #[must_use]
    pub fn is_partial(self) -> bool {
        self.width < TILE_WIDTH
    }

    /// The full tile at the same place.
    #[must_use]
    pub fn to_full(self) -> Self {
        Self {
            width: TILE_WIDTH,
            ..self
        }
    }

    /// The entry bundle that belongs to a tile of leaf hashes.
    pub(crate) fn as_entries(self) -> Self {
        Self {
            kind: TileKind::Entries,
            ..self
        }
    }

    /// The tile at the same place with another width.
    pub(crate) fn with_width(self, width: u16) -> Result<Self, TileError> {
        Self::new(self.kind, self.index, width)
    }

    /// Indices of the log entries that the items of this tile stand for.
    #[must_use]
    pub fn entries(self) -> Range<u64> {
        let first_item = self.index * u64::from(TILE_WIDTH);
        let shift = self.kind.shift();
        (first_item << shift)..((first_item + u64::from(self.width)) << shift)
    }

    /// Reads a path relative to the log's prefix, as `tile/0/x001/x234/067.p/8`.
    ///
    /// # Errors
    /// For every text that is not exactly what [`Tile`] displays for some tile: the HTTP server
    /// may hand any request path here and serve only what parses.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        if path.len() > MAX_PATH_BYTES {
            return Err(TileError::TooLong);
        }
        let (row, place) = path
            .strip_prefix("tile/")
            .and_then(|rest| rest.split_once('/'))
            .ok_or(TileError::Prefix)?;
        let kind = match row {
            "entries" => TileKind::Entries,
            level => {
                let level = parse_decimal(level).and_then(|level| u8::try_from(level).ok());
                TileKind::Hashes {
                    level: level.ok_or(TileError::Level)?,
                }
            }
        };
        let (number, width) = match place.split_once(".p/") {
            None => (place, TILE_WIDTH),
            Some((number, width)) => {
                let width = parse_decimal(width).and_then(|width| u16::try_from(width).ok());
                let width = width
                    .filter(|width| *width < TILE_WIDTH)
                    .ok_or(TileError::Width)?;
                (number, width)
            }
        };
        Self::new(kind, parse_number(number)?, width)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        f.write_str(&format_number(self.index))?;
        if self.is_partial() {
            write!(f, ".p/{}", self.width)
        } else {
            Ok(())
        }
    }
}

/// `1234067` as `x001/x234/067`: no directory holds more than a thousand names.
fn format_number(index: u64) -> String {
    let mut number = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        number = format!("x{:03}/{number}", rest % 1000);
        rest /= 1000;
    }
    number
}

fn parse_number(number: &str) -> Result<u64, TileError> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let index = digits.parse().map_err(|_| TileError::Index)?;
    // Comparing with the canonical text refuses misplaced `x` and `/` and superfluous `x000`.
    if format_number(index) == number {
        Ok(index)
    } else {
        Err(TileError::Index)
    }
}

/// Why coordinates or a path name no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Longer than any tile path.
    #[error("the path is longer than any tile path")]
    TooLong,
    /// Neither `tile/<L>/<N>` nor `tile/entries/<N>`.
    #[error("the path is neither tile/<L>/<N> nor tile/entries/<N>")]
    Prefix,
    /// The level is not a canonical decimal between 0 and 6.
    #[error("the tile level is not a decimal between 0 and 6")]
    Level,
    /// The index is not canonical three-digit path elements, or beyond any tree.
    #[error("the tile index is not in canonical x001/x234/067 form or lies beyond any tree")]
    Index,
    /// The width is not between 1 and 256 (1 and 255 in a `.p/` suffix).
    #[error("the tile width is out of range")]
    Width,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEAVES: TileKind = TileKind::Hashes { level: 0 };

    #[test]
    fn paths_of_the_specification() {
        let full = Tile::new(LEAVES, 1_234_067, 256).unwrap();
        assert_eq!(full.to_string(), "tile/0/x001/x234/067");
        let partial = Tile::new(TileKind::Entries, 273, 112).unwrap();
        assert_eq!(partial.to_string(), "tile/entries/273.p/112");
        assert_eq!(partial.entries(), 69_888..70_000);
    }

    /// The worked example of tlog-tiles: a tree of 70,000 entries.
    #[test]
    fn tiles_of_a_tree_of_70_000() {
        let widths = |level| {
            let kind = TileKind::Hashes { level };
            let last = Tile::in_tree(kind, kind.tiles(70_000) - 1, 70_000).unwrap();
            (kind.tiles(70_000), last.width())
        };
        assert_eq!(widths(0), (274, 112));
        assert_eq!(widths(1), (2, 17));
        assert_eq!(widths(2), (1, 1));
        assert_eq!(TileKind::Hashes { level: 3 }.tiles(70_000), 0);
        assert_eq!(Tile::in_tree(LEAVES, 274, 70_000), None);
        assert_eq!(Tile::in_tree(LEAVES, 1, 256), None);
    }

    #[test]
    fn refused_paths() {
        for (path, reason) in [
            ("", TileError::Prefix),
            ("checkpoint", TileError::Prefix),
            ("tile/0", TileError::Prefix),
            ("/tile/0/000", TileError::Prefix),
            ("tile/7/000", TileError::Level),
            ("tile/00/000", TileError::Level),
            ("tile/data/000", TileError::Level),
            ("tile/0/0", TileError::Index),
            ("tile/0/000/", TileError::Index),
            ("tile/0/x000/001", TileError::Index),
            ("tile/0/001/002", TileError::Index),
            ("tile/0/../000", TileError::Index),
            ("tile/0/000.tmp", TileError::Index),
            ("tile/6/001", TileError::Index),
            ("tile/0/000.p/0", TileError::Width),
            ("tile/0/000.p/256", TileError::Width),
            ("tile/0/000.p/01", TileError::Width),
            ("tile/0/000.p/1.p/1", TileError::Width),
            ("tile/0/000.p/", TileError::Width),
        ] {
            assert_eq!(Tile::parse(path), Err(reason), "{path}");
        }
        assert_eq!(Tile::parse(&"tile/0/".repeat(20)), Err(TileError::TooLong));
    }

    #[test]
    fn the_largest_tree_has_its_last_tiles() {
        for level in 0..=MAX_LEVEL {
            let kind = TileKind::Hashes { level };
            let last = Tile::in_tree(kind, kind.tiles(MAX_TREE_SIZE) - 1, MAX_TREE_SIZE).unwrap();
            assert_eq!(last.width(), 255, "level {level}");
            assert!(last.to_full().entries().end > MAX_TREE_SIZE);
            assert_eq!(Tile::parse(&last.to_string()), Ok(last));
        }
    }

    proptest! {
        #[test]
        fn what_is_displayed_parses_back(
            level in proptest::option::of(0_u8..=MAX_LEVEL), index: u64, width in 1_u16..=256,
        ) {
            let kind = level.map_or(TileKind::Entries, |level| TileKind::Hashes { level });
            if let Ok(tile) = Tile::new(kind, index >> 8, width) {
                prop_assert_eq!(Tile::parse(&tile.to_string()), Ok(tile));
            }
        }

        #[test]
        fn what_parses_is_displayed_identically(path in "tile/([0-7]|entries)/[x0-9./p]{1,12}") {
            if let Ok(tile) = Tile::parse(&path) {
                prop_assert_eq!(tile.to_string(), path);
            }
        }
    }
}
