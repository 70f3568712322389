//! How dark each module is: greys, then certainties, then certainties with the blur undone.

use image::GrayImage;

use crate::lattice::{Lattice, sample};

/// Half of the neighbourhood whose light and dark a module is compared with, in modules.
const REACH: usize = 5;
/// Neighbours that the equaliser weighs: 5 by 5 without its corners, and a constant.
const TAPS: usize = 22;
/// Neighbours of the equaliser.
const NEIGHBOURS: [(isize, isize); TAPS - 1] = neighbours();

const fn neighbours() -> [(isize, isize); TAPS - 1] {
    let (mut list, mut count, mut y) = ([(0, 0); TAPS - 1], 0, -2);
    while y <= 2 {
        let mut x = -2;
        while x <= 2 {
            if (x * x) + (y * y) < 8 {
                list[count] = (x, y);
                count += 1;
            }
            x += 1;
        }
        y += 1;
    }
    list
}

/// A square of numbers, one for each module: row by row.
#[derive(Debug, Clone)]
pub(crate) struct Modules {
    pub(crate) side: usize,
    pub(crate) values: Vec<f32>,
}

impl Modules {
    /// The mean grey of five points of each module.
    pub(crate) fn sampled(image: &GrayImage, lattice: &Lattice, side: usize) -> Self {
        const OFF: f32 = 0.2;
        let mut values = Vec::with_capacity(side * side);
        for y in 0..side {
            for x in 0..side {
                let (cx, cy) = (x as f32 + 0.5, y as f32 + 0.5);
                let (px, py) = lattice.place(cx, cy);
                let (rx, ry) = lattice.place(cx + OFF, cy);
                let (dx, dy) = (rx - px, ry - py);
                // The other direction is taken as square to this one: the points are near.
                let points = [(0.0, 0.0), (dx, dy), (-dx, -dy), (-dy, dx), (dy, -dx)];
                let sum: f32 = points
                    .iter()
                    .map(|(dx, dy)| sample(image, px + dx, py + dy))
                    .sum();
                values.push(sum / 5.0);
            }
        }
        Self { side, values }
    }

    /// From −1 (light) to 1 (dark) and beyond: each grey between the light and the dark around it.
    pub(crate) fn normalised(&self) -> Self {
        let mean = self.means(|_, _| true);
        let dark = self.means(|at, grey| grey < mean[at]);
        let light = self.means(|at, grey| grey >= mean[at]);
        let values =
            self.values
                .iter()
                .zip(dark.iter().zip(&light))
                .map(|(grey, (dark, light))| {
                    let (middle, half) = ((dark + light) / 2.0, ((light - dark) / 2.0).max(1.0));
                    ((middle - grey) / half).clamp(-1.6, 1.6)
                });
        Self {
            side: self.side,
            values: values.collect(),
        }
    }

    /// The mean of the values around each module that are of a kind, from a table of sums.
    fn means(&self, of_kind: impl Fn(usize, f32) -> bool) -> Vec<f32> {
        let (side, line) = (self.side, self.side + 1);
        let mut sums = vec![(0.0_f32, 0.0_f32); line * line];
        for y in 0..side {
            let mut row = (0.0, 0.0);
            for x in 0..side {
                let (at, value) = (y * side + x, self.values[y * side + x]);
                if of_kind(at, value) {
                    row = (row.0 + value, row.1 + 1.0);
                }
                let above = sums[y * line + x + 1];
                sums[(y + 1) * line + x + 1] = (above.0 + row.0, above.1 + row.1);
            }
        }
        let mut means = Vec::with_capacity(side * side);
        for y in 0..side {
            let (top, bottom) = (y.saturating_sub(REACH), (y + REACH + 1).min(side));
            for x in 0..side {
                let (left, right) = (x.saturating_sub(REACH), (x + REACH + 1).min(side));
                let (a, b) = (sums[bottom * line + right], sums[top * line + left]);
                let (c, d) = (sums[top * line + right], sums[bottom * line + left]);
                let count = a.1 + b.1 - c.1 - d.1;
                let sum = a.0 + b.0 - c.0 - d.0;
                means.push(if count > 0.5 {
                    sum / count
                } else {
                    self.values[y * side + x]
                });
            }
        }
        means
    }

    fn get(&self, x: usize, y: usize, (dx, dy): (isize, isize)) -> f32 {
        match (x.checked_add_signed(dx), y.checked_add_signed(dy)) {
            // Around the symbol is the quiet zone.
            (Some(x), Some(y)) if x < self.side && y < self.side => self.values[y * self.side + x],
            _ => -1.0,
        }
    }

    /// Undoes blur: the weights of the neighbours that best explain what most modules are already
    /// taken for (least squares, decisions first), applied to all. `known` are modules whose colour
    /// the standard fixes.
    pub(crate) fn equalised(
        &self,
        decided: &Self,
        known: impl Fn(usize, usize) -> Option<bool>,
    ) -> Self {
        let mut normal = [[0.0_f64; TAPS + 1]; TAPS];
        let mut row = [1.0_f32; TAPS];
        for y in 0..self.side {
            for x in 0..self.side {
                let (goal, weight) = if let Some(dark) = known(x, y) {
                    (if dark { 1.0 } else { -1.0 }, 2.0)
                } else {
                    let value = decided.values[y * self.side + x];
                    (value.signum(), value.abs().min(1.0))
                };
                for (tap, off) in row.iter_mut().zip(NEIGHBOURS) {
                    *tap = self.get(x, y, off);
                }
                for (line, a) in normal.iter_mut().zip(row) {
                    let a = f64::from(a * weight);
                    for (sum, b) in line.iter_mut().zip(row.iter().chain([&goal])) {
                        *sum += a * f64::from(*b);
                    }
                }
            }
        }
        let Some(weights) = solve(&mut normal) else {
            return self.clone();
        };
        let mut values = Vec::with_capacity(self.values.len());
        for y in 0..self.side {
            for x in 0..self.side {
                let near: f32 = NEIGHBOURS
                    .iter()
                    .zip(&weights)
                    .map(|(off, weight)| self.get(x, y, *off) * weight)
                    .sum();
                values.push(near + weights[TAPS - 1]);
            }
        }
        Self {
            side: self.side,
            values,
        }
    }
}

/// Gauss–Jordan; a little is added to the diagonal, so that a blank picture has a solution too.
fn solve(normal: &mut [[f64; TAPS + 1]; TAPS]) -> Option<[f32; TAPS]> {
    for (at, line) in normal.iter_mut().enumerate() {
        line[at] += 1.0;
    }
    for at in 0..TAPS {
        let pivot = normal[at][at];
        if pivot.abs() < 1e-9 {
            return None;
        }
        normal[at].iter_mut().for_each(|cell| *cell /= pivot);
        let line = normal[at];
        for (other, cells) in normal.iter_mut().enumerate() {
            let factor = cells[at];
            if other != at {
                cells
                    .iter_mut()
                    .zip(line)
                    .for_each(|(cell, from)| *cell -= factor * from);
            }
        }
    }
    Some(std::array::from_fn(|at| normal[at][TAPS] as f32))
}
