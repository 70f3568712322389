//! Where each module of a symbol lies: the view of the corner marks, put right at each alignment
//! pattern. A crease or a curved sheet moves them one by one, and what lies between follows.

use image::GrayImage;
use rxing::qrcode::common::Version;

use crate::corners::{Corners, Place};

/// How alike an alignment pattern must be, −1 to 1.
const ALIKE: f32 = 0.55;

/// A grid of places in the picture.
pub(crate) struct Lattice<'a> {
    corners: &'a Corners,
    dimension: u32,
    /// Module coordinates of the lines of nodes.
    lines: Vec<f32>,
    /// Node by node, row by row: how far it lies from the view of the corner marks.
    moved: Vec<Place>,
}

impl<'a> Lattice<'a> {
    /// Finds the alignment patterns of a symbol of `version`.
    pub(crate) fn fit(image: &GrayImage, corners: &'a Corners, version: &Version) -> Self {
        let dimension = version.getDimensionForVersion();
        let centres = version.getAlignmentPatternCenters();
        let has_patterns = centres.len() > 1;
        let lines: Vec<f32> = if has_patterns {
            centres.iter().map(|centre| *centre as f32 + 0.5).collect()
        } else {
            vec![6.5, dimension as f32 - 6.5]
        };
        let count = lines.len();
        let mut lattice = Self {
            corners,
            dimension,
            lines,
            moved: vec![(0.0, 0.0); count * count],
        };
        if has_patterns {
            lattice.find_patterns(image);
        }
        lattice
    }

    fn find_patterns(&mut self, image: &GrayImage) {
        let count = self.lines.len();
        let mut known = vec![false; count * count];
        for corner in [0, count - 1, count * (count - 1)] {
            known[corner] = true;
        }
        // From the top left outwards, so that each search begins where its neighbours were found.
        let mut nodes: Vec<(usize, usize)> = (0..count)
            .flat_map(|y| (0..count).map(move |x| (x, y)))
            .collect();
        nodes.sort_by_key(|(x, y)| x + y);
        for (x, y) in nodes {
            if known[y * count + x] {
                continue;
            }
            let guess = self.guess(x, y, &known);
            self.moved[y * count + x] = guess;
            if let Some(found) = self.search(image, x, y, guess) {
                self.moved[y * count + x] = found;
                known[y * count + x] = true;
            }
        }
        for y in 0..count {
            for x in 0..count {
                if !known[y * count + x] {
                    self.moved[y * count + x] = self.guess(x, y, &known);
                }
            }
        }
    }

    /// What the known neighbours say: a plane through three of them, else their mean.
    fn guess(&self, x: usize, y: usize, known: &[bool]) -> Place {
        let count = self.lines.len();
        let at = |x: Option<usize>, y: Option<usize>| {
            let (x, y) = (x.filter(|x| *x < count)?, y.filter(|y| *y < count)?);
            known[y * count + x].then(|| self.moved[y * count + x])
        };
        let (left, up) = (x.checked_sub(1), y.checked_sub(1));
        if let (Some(a), Some(b), Some(c)) = (at(left, Some(y)), at(Some(x), up), at(left, up)) {
            return (a.0 + b.0 - c.0, a.1 + b.1 - c.1);
        }
        let around = [
            at(left, Some(y)),
            at(Some(x), up),
            at(Some(x + 1), Some(y)),
            at(Some(x), Some(y + 1)),
        ];
        let (sum, found) = around
            .into_iter()
            .flatten()
            .fold(((0.0, 0.0), 0.0), |(sum, found), moved: Place| {
                ((sum.0 + moved.0, sum.1 + moved.1), found + 1.0)
            });
        if found > 0.0 {
            (sum.0 / found, sum.1 / found)
        } else {
            (0.0, 0.0)
        }
    }

    /// The place around `guess` that looks most like an alignment pattern.
    fn search(&self, image: &GrayImage, x: usize, y: usize, guess: Place) -> Option<Place> {
        let (cx, cy) = (self.lines[x], self.lines[y]);
        let ring: Vec<(Place, f32)> = pattern()
            .map(|(dx, dy, light)| {
                let (px, py) = self.corners.project(self.dimension, cx + dx, cy + dy);
                ((px, py), light)
            })
            .collect();
        let module = self.corners.module;
        let (mut best, mut likeness) = (guess, -1.0);
        // Coarse over two and a half modules, then finer around what was best.
        for (reach, step) in [(5_i8, module / 2.0), (2, module / 5.0), (2, module / 12.0)] {
            let middle = best;
            for dy in -reach..=reach {
                for dx in -reach..=reach {
                    let moved = (
                        middle.0 + f32::from(dx) * step,
                        middle.1 + f32::from(dy) * step,
                    );
                    let alike = likeness_of(image, &ring, moved);
                    if alike > likeness {
                        (best, likeness) = (moved, alike);
                    }
                }
            }
        }
        (likeness > ALIKE).then_some(best)
    }

    /// The place of module coordinates.
    pub(crate) fn place(&self, x: f32, y: f32) -> Place {
        let (px, py) = self.corners.project(self.dimension, x, y);
        let count = self.lines.len();
        let cell = |at: f32| {
            let after = self
                .lines
                .iter()
                .position(|line| *line > at)
                .unwrap_or(count - 1);
            let low = after.clamp(1, count - 1) - 1;
            let part = (at - self.lines[low]) / (self.lines[low + 1] - self.lines[low]);
            (low, part.clamp(-0.3, 1.3))
        };
        let ((column, u), (row, v)) = (cell(x), cell(y));
        let node = |dx: usize, dy: usize| self.moved[(row + dy) * count + column + dx];
        let mix = |of: fn(Place) -> f32| {
            let top = of(node(0, 0)) * (1.0 - u) + of(node(1, 0)) * u;
            let bottom = of(node(0, 1)) * (1.0 - u) + of(node(1, 1)) * u;
            top * (1.0 - v) + bottom * v
        };
        (px + mix(|p| p.0), py + mix(|p| p.1))
    }
}

/// The 25 modules of an alignment pattern: offset, and 1 for light, 0 for dark.
fn pattern() -> impl Iterator<Item = (f32, f32, f32)> {
    (-2_i8..=2).flat_map(|y| {
        (-2_i8..=2).map(move |x| {
            let ring = x.abs().max(y.abs());
            (
                f32::from(x),
                f32::from(y),
                if ring == 1 { 1.0 } else { 0.0 },
            )
        })
    })
}

/// Correlation of the greys with the pattern.
fn likeness_of(image: &GrayImage, ring: &[(Place, f32)], moved: Place) -> f32 {
    // 8 of 25 are light.
    const MEAN: f32 = 0.32;
    let (mut sum, mut squares, mut with) = (0.0, 0.0, 0.0);
    for ((x, y), light) in ring {
        let grey = sample(image, x + moved.0, y + moved.1);
        sum += grey;
        squares += grey * grey;
        with += grey * (light - MEAN);
    }
    let variance = squares - sum * sum / 25.0;
    // The pattern's own variance is 25 · 0.32 · 0.68.
    if variance < 25.0 {
        0.0
    } else {
        with / (variance * 5.44).sqrt()
    }
}

/// The grey at a place, between its four pixels. Places are in pixel corners' coordinates.
pub(crate) fn sample(image: &GrayImage, x: f32, y: f32) -> f32 {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let (x, y) = ((x - 0.5).max(0.0), (y - 0.5).max(0.0));
    let (left, top) = ((x as usize).min(width - 1), (y as usize).min(height - 1));
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (u, v) = ((x - left as f32).min(1.0), (y - top as f32).min(1.0));
    let grey = image.as_raw();
    let at = |x: usize, y: usize| f32::from(grey[y * width + x]);
    let upper = at(left, top) * (1.0 - u) + at(right, top) * u;
    let lower = at(left, bottom) * (1.0 - u) + at(right, bottom) * u;
    upper * (1.0 - v) + lower * v
}
