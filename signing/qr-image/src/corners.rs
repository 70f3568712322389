//! Where a symbol may be: three corner marks, and how the camera looked at them.

use rxing::Point;
use rxing::common::BitMatrix;
use rxing::qrcode::cpp_port::detector::{
    FindFinderPatterns, FinderPatternSet, GenerateFinderPatternSets,
};

/// A place in the picture, in pixels.
pub(crate) type Place = (f32, f32);

/// Most corner marks that a pass looks at. A symbol has three and print around it adds a few; an
/// image made of them kept `rxing`, which tries them in threes, busy for 20 s a pass.
pub(crate) const MAX_FINDER_PATTERNS: usize = 64;
/// Most threes that a pass tries: the likeliest come first.
const MAX_SETS: usize = 8;
/// Most marks of which a pass tries every two.
const MAX_MARKS_BY_TWO: usize = 4;
/// From the centre of a corner mark to its edge, in modules.
const MARK_RADIUS: f32 = 3.5;

/// Three corner marks, by their centres, and the view they are seen in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corners {
    pub(crate) top_left: Place,
    pub(crate) top_right: Place,
    pub(crate) bottom_left: Place,
    /// Homogeneous weights of the top right and the bottom left when the top left weighs 1: what
    /// makes the plane lean.
    weights: (f32, f32),
    /// Modules from centre to centre, as measured.
    across: f32,
    /// Pixels per module, the mean of what was measured.
    pub(crate) module: f32,
}

/// The likeliest threes of corner marks in a black-and-white picture, times `scale`.
pub(crate) fn find(bits: &BitMatrix, scale: f32) -> Vec<Corners> {
    let mut marks = FindFinderPatterns(bits, true, 0);
    if marks.len() > MAX_FINDER_PATTERNS {
        return Vec::new();
    }
    let sets = GenerateFinderPatternSets(&mut marks);
    sets.iter()
        .filter_map(|set| measure(bits, set, scale))
        .take(MAX_SETS)
        .collect()
}

/// Threes of which one mark is not seen, under a stamp or a spot of light: what two marks allow,
/// for a page that does not lean.
pub(crate) fn find_by_two(bits: &BitMatrix, scale: f32) -> Vec<Corners> {
    let mut marks = FindFinderPatterns(bits, true, 0);
    if marks.len() > MAX_FINDER_PATTERNS {
        return Vec::new();
    }
    marks.sort_by_key(|mark| std::cmp::Reverse(mark.size));
    marks.truncate(MAX_MARKS_BY_TWO);
    let mut found = Vec::new();
    for (place, a) in marks.iter().enumerate() {
        for b in &marks[place + 1..] {
            if a.size * 4 <= b.size * 5 {
                found.extend(of_two(bits, (a.p, a.size), (b.p, b.size), scale));
            }
        }
    }
    found
}

/// The six symbols that have two marks as corners: side by side, one above the other, or across.
fn of_two(
    bits: &BitMatrix,
    (a, size_a): (Point, i32),
    (b, size_b): (Point, i32),
    scale: f32,
) -> [Corners; 6] {
    let sized = (size_a + size_b) as f32 / (4.0 * MARK_RADIUS);
    let module = match (measured_module(bits, a, b), measured_module(bits, b, a)) {
        (Some(at_a), Some(at_b)) => f32::midpoint(at_a, at_b),
        _ => sized,
    };
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length = dx.hypot(dy);
    let at = |point: Point, x: f32, y: f32| ((point.x + x) * scale, (point.y + y) * scale);
    let (at_a, at_b) = (at(a, 0.0, 0.0), at(b, 0.0, 0.0));
    // Half of the diagonal, turned: from either end to the corner between.
    let (ux, uy) = ((dy - dx) / 2.0, (-dx - dy) / 2.0);
    let symbol = |top_left, top_right, bottom_left, across: f32, module: f32| Corners {
        top_left,
        top_right,
        bottom_left,
        weights: (1.0, 1.0),
        across,
        module: module * scale,
    };
    let side = length / module;
    let across = length / std::f32::consts::SQRT_2 / sized;
    [
        symbol(at_a, at_b, at(a, -dy, dx), side, module),
        symbol(at_b, at_a, at(b, dy, -dx), side, module),
        symbol(at_a, at(a, dy, -dx), at_b, side, module),
        symbol(at_b, at(b, -dy, dx), at_a, side, module),
        symbol(at(a, -ux, -uy), at_a, at_b, across, sized),
        symbol(at(b, ux, uy), at_b, at_a, across, sized),
    ]
}

fn measure(bits: &BitMatrix, set: &FinderPatternSet, scale: f32) -> Option<Corners> {
    let (tl, tr, bl) = (set.tl.p, set.tr.p, set.bl.p);
    let module = |from: Point, to: Point, size: i32| {
        measured_module(bits, from, to).unwrap_or(size as f32 / (2.0 * MARK_RADIUS))
    };
    let (tl_right, tr_left) = (module(tl, tr, set.tl.size), module(tr, tl, set.tr.size));
    let (tl_down, bl_up) = (module(tl, bl, set.tl.size), module(bl, tl, set.bl.size));
    if [tl_right, tr_left, tl_down, bl_up]
        .iter()
        .any(|module| *module < 1.0)
    {
        return None;
    }
    // Along a line a projection has scale 1/w², so that the distance is the number of modules times
    // the geometric mean of the scales at both ends.
    let right = Point::distance(tl, tr) / (tl_right * tr_left).sqrt();
    let down = Point::distance(tl, bl) / (tl_down * bl_up).sqrt();
    let place = |point: Point| (point.x * scale, point.y * scale);
    Some(Corners {
        top_left: place(tl),
        top_right: place(tr),
        bottom_left: place(bl),
        weights: (weight(tl_right, tr_left), weight(tl_down, bl_up)),
        across: (right * down).sqrt(),
        module: (tl_right + tr_left + tl_down + bl_up) / 4.0 * scale,
    })
}

/// Weight of the far end of a line by the scales at both; next to level is level, since the
/// measure is a pixel's.
fn weight(near: f32, far: f32) -> f32 {
    (near / far).sqrt().clamp(0.6, 1.67)
}

/// Pixels per module at a corner mark, along the line to another: the mean of the three edges on
/// both sides of its centre, at 1.5, 2.5 and 3.5 modules.
fn measured_module(bits: &BitMatrix, from: Point, to: Point) -> Option<f32> {
    let length = Point::distance(from, to);
    let step = ((to.x - from.x) / length, (to.y - from.y) / length);
    let ahead = edges(bits, from, step, length / 2.0)?;
    let behind = edges(bits, from, (-step.0, -step.1), length / 2.0)?;
    Some((ahead + behind) / 15.0)
}

/// The sum of the distances to the next three edges.
fn edges(bits: &BitMatrix, from: Point, step: Place, limit: f32) -> Option<f32> {
    const STEP: f32 = 0.25;
    let (mut sum, mut found, mut dark, mut along) = (0.0, 0, true, 0.0);
    while along < limit {
        let (x, y) = (from.x + step.0 * along, from.y + step.1 * along);
        if x < 0.0 || y < 0.0 {
            return None;
        }
        if bits.try_get(x as u32, y as u32)? != dark {
            dark = !dark;
            sum += along - STEP / 2.0;
            found += 1;
            if found == 3 {
                return Some(sum);
            }
        }
        along += STEP;
    }
    None
}

impl Corners {
    /// Modules per side that the measure allows, the likeliest first.
    pub(crate) fn dimensions(&self) -> impl Iterator<Item = u32> {
        let measured = self.across + 7.0;
        let version = (measured - 17.0) / 4.0;
        let nearest = version.round();
        let other = if version > nearest {
            nearest + 1.0
        } else {
            nearest - 1.0
        };
        [nearest, other]
            .into_iter()
            .filter(|version| (1.0..=40.0).contains(version))
            .map(|version| version as u32 * 4 + 17)
    }

    /// Where module coordinates lie in the picture, for a symbol of `dimension`.
    pub(crate) fn project(&self, dimension: u32, x: f32, y: f32) -> Place {
        let span = dimension as f32 - 2.0 * MARK_RADIUS;
        let (right, down) = ((x - MARK_RADIUS) / span, (y - MARK_RADIUS) / span);
        let parts = [
            1.0 - right - down,
            self.weights.0 * right,
            self.weights.1 * down,
        ];
        let whole: f32 = parts.iter().sum();
        let mix = |of: fn(Place) -> f32| {
            let marks = [of(self.top_left), of(self.top_right), of(self.bottom_left)];
            parts
                .iter()
                .zip(marks)
                .map(|(part, at)| part * at)
                .sum::<f32>()
                / whole
        };
        (mix(|p| p.0), mix(|p| p.1))
    }
}
