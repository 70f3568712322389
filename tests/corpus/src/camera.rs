//! The picture of a page: geometry, lens, light, sensor.

use image::{GrayImage, Luma};

use crate::conditions::{Conditions, Crease};
use crate::page::{DOTS, Page};
use crate::random::Random;

/// Grey of the table on which the page lies.
const TABLE: f32 = 0.55;

/// A picture while it is made: light of each pixel, 0 to 1 before the levels.
struct Plane {
    width: usize,
    height: usize,
    light: Vec<f32>,
}

/// Takes the picture.
pub(crate) fn take(page: &Page, conditions: &Conditions, random: &mut Random) -> GrayImage {
    let mut plane = project(page, conditions);
    if conditions.defocus > 0.0 {
        plane = plane.spread(&disc(conditions.defocus * conditions.scale));
    }
    if let Some((length, angle)) = conditions.motion {
        plane = plane.spread(&stroke(length * conditions.scale, angle));
    }
    plane.expose(conditions, random)
}

/// The page seen through a homography, nine rays a pixel.
fn project(page: &Page, conditions: &Conditions) -> Plane {
    let modules = page.side as f64 / DOTS as f64;
    let side = modules * conditions.scale;
    let (sin, cos) = conditions.angle.sin_cos();
    let square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
    let corners: [(f64, f64); 4] = std::array::from_fn(|corner| {
        let (x, y) = square[corner];
        let (dx, dy) = conditions.corners[corner];
        let (x, y) = ((x + dx - 0.5) * side, (y + dy - 0.5) * side);
        (x * cos - y * sin, x * sin + y * cos)
    });
    let least = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::MAX, f64::min);
    let most = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::MIN, f64::max);
    let (left, top) = (least(|c| c.0) - 12.0, least(|c| c.1) - 12.0);
    let (width, height) = (most(|c| c.0) + 12.0 - left, most(|c| c.1) + 12.0 - top);
    let corners = corners.map(|(x, y)| (x - left, y - top));
    let inverse = invert(&from_square(&corners));
    let (width, height) = (width.ceil() as usize, height.ceil() as usize);
    let mut light = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let mut sum = 0.0;
            for ray in 0..9_u8 {
                let fx = x as f64 + (f64::from(ray % 3) + 0.5) / 3.0;
                let fy = y as f64 + (f64::from(ray / 3) + 0.5) / 3.0;
                let (u, v) = apply(&inverse, fx, fy);
                sum += reflected(page, unfold(u, v, modules, &conditions.creases));
            }
            light.push(sum / 9.0);
        }
    }
    Plane {
        width,
        height,
        light,
    }
}

/// Where on the flat page a point of the folded one was: the far side of a fold is moved along it.
fn unfold(u: f64, v: f64, modules: f64, creases: &[Crease]) -> (f64, f64) {
    let (mut x, mut y) = ((u - 0.5) * modules, (v - 0.5) * modules);
    for crease in creases {
        let (sin, cos) = crease.angle.sin_cos();
        if x * -sin + y * cos > crease.offset {
            x -= crease.shift * cos;
            y -= crease.shift * sin;
        }
    }
    (x / modules + 0.5, y / modules + 0.5)
}

fn reflected(page: &Page, (u, v): (f64, f64)) -> f32 {
    let side = page.side as f64;
    if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
        return TABLE;
    }
    page.reflectance[(v * side) as usize * page.side + (u * side) as usize]
}

/// The homography that takes the unit square to four corners (Heckbert 1989).
fn from_square(c: &[(f64, f64); 4]) -> [f64; 9] {
    let (dx1, dx2) = (c[1].0 - c[2].0, c[3].0 - c[2].0);
    let (dy1, dy2) = (c[1].1 - c[2].1, c[3].1 - c[2].1);
    let (sx, sy) = (
        c[0].0 - c[1].0 + c[2].0 - c[3].0,
        c[0].1 - c[1].1 + c[2].1 - c[3].1,
    );
    let whole = dx1 * dy2 - dx2 * dy1;
    let (g, h) = ((sx * dy2 - dx2 * sy) / whole, (dx1 * sy - sx * dy1) / whole);
    [
        c[1].0 - c[0].0 + g * c[1].0,
        c[3].0 - c[0].0 + h * c[3].0,
        c[0].0,
        c[1].1 - c[0].1 + g * c[1].1,
        c[3].1 - c[0].1 + h * c[3].1,
        c[0].1,
        g,
        h,
        1.0,
    ]
}

/// The adjoint, which is the inverse up to a factor.
fn invert(m: &[f64; 9]) -> [f64; 9] {
    [
        m[4] * m[8] - m[5] * m[7],
        m[2] * m[7] - m[1] * m[8],
        m[1] * m[5] - m[2] * m[4],
        m[5] * m[6] - m[3] * m[8],
        m[0] * m[8] - m[2] * m[6],
        m[2] * m[3] - m[0] * m[5],
        m[3] * m[7] - m[4] * m[6],
        m[1] * m[6] - m[0] * m[7],
        m[0] * m[4] - m[1] * m[3],
    ]
}

fn apply(m: &[f64; 9], x: f64, y: f64) -> (f64, f64) {
    let w = m[6] * x + m[7] * y + m[8];
    (
        (m[0] * x + m[1] * y + m[2]) / w,
        (m[3] * x + m[4] * y + m[5]) / w,
    )
}

/// Offsets and weights of a spread point.
type Kernel = Vec<(isize, isize, f32)>;

fn disc(radius: f64) -> Kernel {
    let reach = radius.ceil() as isize;
    let cells = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (x, y)));
    cells
        .filter_map(|(x, y)| {
            let over = radius + 0.5 - (x as f64).hypot(y as f64);
            (over > 0.0).then(|| (x, y, over.min(1.0) as f32))
        })
        .collect()
}

fn stroke(length: f64, angle: f64) -> Kernel {
    let (sin, cos) = angle.sin_cos();
    let steps = (length * 4.0).ceil().max(1.0) as i32;
    (0..=steps)
        .map(|step| {
            let along = (f64::from(step) / f64::from(steps) - 0.5) * length;
            (
                (along * cos).round() as isize,
                (along * sin).round() as isize,
                1.0,
            )
        })
        .collect()
}

impl Plane {
    fn spread(&self, kernel: &Kernel) -> Self {
        let total: f32 = kernel.iter().map(|cell| cell.2).sum();
        let mut light = Vec::with_capacity(self.light.len());
        for y in 0..self.height {
            for x in 0..self.width {
                let sum: f32 = kernel
                    .iter()
                    .map(|(dx, dy, weight)| {
                        let x = x.saturating_add_signed(*dx).min(self.width - 1);
                        let y = y.saturating_add_signed(*dy).min(self.height - 1);
                        self.light[y * self.width + x] * weight
                    })
                    .sum();
                light.push(sum / total);
            }
        }
        Self {
            width: self.width,
            height: self.height,
            light,
        }
    }

    /// Light and sensor make greys of it.
    fn expose(&self, c: &Conditions, random: &mut Random) -> GrayImage {
        let (middle_x, middle_y) = (self.width as f64 / 2.0, self.height as f64 / 2.0);
        let reach = middle_x.max(middle_y);
        let (black, white) = c.levels;
        GrayImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            let (dx, dy) = (f64::from(x) - middle_x, f64::from(y) - middle_y);
            let reflected = f64::from(self.light[y as usize * self.width + x as usize]);
            let mut grey = black + (white - black) * reflected;
            grey *= light(c, dx / reach, dy / reach);
            for glare in &c.glare {
                let (gx, gy) = (dx / c.scale - glare.centre.0, dy / c.scale - glare.centre.1);
                let fall = (gx * gx + gy * gy) / (glare.radius * glare.radius);
                grey += 255.0 * glare.strength / (1.0 + fall * fall);
            }
            grey += c.noise * random.normal();
            if c.specks > 0.0 && random.unit() < c.specks {
                grey = if random.next() & 1 == 0 { 0.0 } else { 255.0 };
            }
            Luma([grey.round().clamp(0.0, 255.0) as u8])
        })
    }
}

/// How much of the light arrives, by place from -1 to 1.
fn light(c: &Conditions, x: f64, y: f64) -> f64 {
    let Some((darkest, angle, hard)) = c.light else {
        return 1.0;
    };
    let (sin, cos) = angle.sin_cos();
    let along = (f64::midpoint(x * cos, y * sin) + 0.5).clamp(0.0, 1.0);
    if !hard {
        return 1.0 - (1.0 - darkest) * along;
    }
    // A shadow with an edge of a twentieth of the picture.
    let edge = ((along - 0.5) * 20.0).clamp(0.0, 1.0);
    1.0 - (1.0 - darkest) * edge
}
