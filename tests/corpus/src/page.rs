//! The printed page: reflectance of a square of paper around the symbol, dot by dot.

use crate::conditions::{Conditions, Crease, Stamp, Thermal};
use crate::random::Random;
use crate::symbol::Symbol;

/// Dots of the page per module: twice as fine as the finest head that prints four to a module.
pub(crate) const DOTS: usize = 8;
/// Modules of paper around the symbol: the quiet zone of four, then other print.
const MARGIN: usize = 9;

/// A square of paper: 0 is black ink, 1 is paper.
pub(crate) struct Page {
    /// Dots per side.
    pub(crate) side: usize,
    pub(crate) reflectance: Vec<f32>,
}

impl Page {
    /// Prints the symbol, and what else is on the page.
    pub(crate) fn print(symbol: &Symbol, conditions: &Conditions, random: &mut Random) -> Self {
        let modules = symbol.width() + 2 * MARGIN;
        let mut page = Self {
            side: modules * DOTS,
            reflectance: vec![1.0; modules * DOTS * modules * DOTS],
        };
        page.draw(symbol, conditions.gain);
        page.words(modules, random);
        if let Some(thermal) = conditions.thermal {
            page.heat(thermal, random);
        }
        if let Some(stamp) = conditions.stamp {
            page.stamp(stamp);
        }
        for crease in &conditions.creases {
            page.wear(crease, random);
        }
        page
    }

    /// The symbol; ink spreads `gain` modules over each edge.
    fn draw(&mut self, symbol: &Symbol, gain: f64) {
        let module = |dot: f64| (dot / DOTS as f64).floor() as i64 - MARGIN as i64;
        let spread = gain * DOTS as f64;
        for y in 0..self.side {
            for x in 0..self.side {
                let (fx, fy) = (x as f64 + 0.5, y as f64 + 0.5);
                let reached = [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)]
                    .into_iter()
                    .any(|(dx, dy)| {
                        symbol.is_dark(module(fx + dx * spread), module(fy + dy * spread))
                    });
                if reached {
                    self.reflectance[y * self.side + x] = 0.0;
                }
            }
        }
    }

    /// Bars like words, above and below the quiet zone.
    fn words(&mut self, modules: usize, random: &mut Random) {
        for row in [1, 3, modules - 4, modules - 2] {
            let mut x = 2 * DOTS;
            while x + 8 * DOTS < self.side {
                let length = (random.between(0.4, 1.6) * DOTS as f64) as usize;
                for y in row * DOTS..row * DOTS + DOTS {
                    let from = y * self.side + x;
                    self.reflectance[from..from + length].fill(0.1);
                }
                x += length + (random.between(0.3, 1.4) * DOTS as f64) as usize;
            }
        }
    }

    /// Columns of dead elements, bands, and paper that is not black.
    fn heat(&mut self, thermal: Thermal, random: &mut Random) {
        let elements = (self.side as f64 / thermal.element) as usize;
        let dead: Vec<bool> = (0..=elements)
            .map(|_| random.unit() < thermal.dead)
            .collect();
        for y in 0..self.side {
            let phase = (y as f64 / thermal.period).fract();
            let band = if phase < 0.35 { thermal.banding } else { 0.0 };
            let density = thermal.density * (1.0 - band);
            for x in 0..self.side {
                let dot = &mut self.reflectance[y * self.side + x];
                let ink = if dead[(x as f64 / thermal.element) as usize] {
                    0.0
                } else {
                    f64::from(1.0 - *dot) * density
                };
                *dot = (1.0 - ink) as f32;
            }
        }
    }

    /// Two rings, a cross stroke and letters' bars, in ink that lets some light through.
    fn stamp(&mut self, stamp: Stamp) {
        let centre = self.side as f64 / 2.0 / DOTS as f64;
        for y in 0..self.side {
            for x in 0..self.side {
                let fx = x as f64 / DOTS as f64 - centre - stamp.centre.0;
                let fy = y as f64 / DOTS as f64 - centre - stamp.centre.1;
                let radius = fx.hypot(fy);
                let ring = |at: f64| (radius - at).abs() < stamp.stroke / 2.0;
                let inside = radius < stamp.radius * 0.62;
                let bar = inside && (fy / (2.2 * stamp.stroke)).fract().abs() < 0.4;
                let letters = bar && (fx / (1.3 * stamp.stroke)).fract().abs() < 0.7;
                if ring(stamp.radius) || ring(stamp.radius * 0.7) || letters {
                    self.reflectance[y * self.side + x] *= stamp.through as f32;
                }
            }
        }
    }

    /// The stripe of a fold: ink worn off in flakes, or dirt and shadow.
    fn wear(&mut self, crease: &Crease, random: &mut Random) {
        let centre = self.side as f64 / 2.0;
        let (sin, cos) = crease.angle.sin_cos();
        for y in 0..self.side {
            for x in 0..self.side {
                let across = (x as f64 - centre) * -sin + (y as f64 - centre) * cos;
                let off = (across / DOTS as f64 - crease.offset).abs();
                if off < crease.half_width {
                    let fade = (1.0 - off / crease.half_width).min(0.7) / 0.7;
                    let part = crease.light.abs() * fade * random.between(0.7, 1.0);
                    let dot = &mut self.reflectance[y * self.side + x];
                    let goal = if crease.light > 0.0 { 1.0 } else { 0.15 };
                    *dot += (goal - *dot) * part as f32;
                }
            }
        }
    }
}
