//! What happens to each picture: the parameters of a kind at a severity from 0 to 1.

use std::f64::consts::{PI, TAU};

use crate::Kind;
use crate::random::Random;

/// A fold across the page, in modules from its centre.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crease {
    /// Direction of the line, in radians.
    pub(crate) angle: f64,
    /// Distance from the centre of the symbol.
    pub(crate) offset: f64,
    /// How far the far side is moved along the line.
    pub(crate) shift: f64,
    /// Half width of the worn stripe.
    pub(crate) half_width: f64,
    /// Light of the stripe: above 0 the ink is worn off, below 0 it lies in shadow.
    pub(crate) light: f64,
}

/// A rubber stamp over a corner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    /// Centre, in modules from the centre of the symbol.
    pub(crate) centre: (f64, f64),
    /// Of the outer ring.
    pub(crate) radius: f64,
    /// Of its strokes.
    pub(crate) stroke: f64,
    /// What the ink lets through, 0 to 1.
    pub(crate) through: f64,
}

/// A thermal printer that was never cleaned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thermal {
    /// Part of the elements of the head that are dead.
    pub(crate) dead: f64,
    /// How much of the blackness the bands take away.
    pub(crate) banding: f64,
    /// Width of an element, in dots of the page.
    pub(crate) element: f64,
    /// Rows of dots between two bands.
    pub(crate) period: f64,
    /// Darkness of black, 0 to 1.
    pub(crate) density: f64,
}

/// A spot of light that hides what is under it, in modules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glare {
    /// Centre, from the centre of the symbol.
    pub(crate) centre: (f64, f64),
    /// Where it is half as strong.
    pub(crate) radius: f64,
    /// Strength at the centre; above 1 it saturates around it too.
    pub(crate) strength: f64,
}

/// Everything of one picture.
#[derive(Debug, Clone)]
pub(crate) struct Conditions {
    /// Pixels per module.
    pub(crate) scale: f64,
    /// Turn, in radians.
    pub(crate) angle: f64,
    /// Where each corner of the page is moved, as part of the side.
    pub(crate) corners: [(f64, f64); 4],
    pub(crate) creases: Vec<Crease>,
    /// How far ink spreads, in modules.
    pub(crate) gain: f64,
    pub(crate) stamp: Option<Stamp>,
    pub(crate) thermal: Option<Thermal>,
    /// Radius of the disc of a lens out of focus, in modules.
    pub(crate) defocus: f64,
    /// Length in modules and direction of a moved camera.
    pub(crate) motion: Option<(f64, f64)>,
    /// Grey of black ink and of paper, 0 to 255.
    pub(crate) levels: (f64, f64),
    /// Light at the darkest edge (1 is none lost), its direction, and whether a hard shadow ends it.
    pub(crate) light: Option<(f64, f64, bool)>,
    pub(crate) glare: Vec<Glare>,
    /// Deviation of the noise, in greys.
    pub(crate) noise: f64,
    /// Part of the pixels that are black or white by chance.
    pub(crate) specks: f64,
    /// Quality of the JPEG; PNG where there is none.
    pub(crate) jpeg: Option<u8>,
}

impl Conditions {
    /// A clean scan.
    fn mild(random: &mut Random) -> Self {
        Self {
            scale: random.between(3.4, 5.2),
            angle: random.between(-0.06, 0.06),
            corners: [(0.0, 0.0); 4],
            creases: Vec::new(),
            gain: random.between(0.0, 0.06),
            stamp: None,
            thermal: None,
            defocus: 0.25,
            motion: None,
            levels: (random.between(15.0, 45.0), random.between(205.0, 245.0)),
            light: None,
            glare: Vec::new(),
            noise: 4.0,
            specks: 0.0,
            jpeg: None,
        }
    }

    /// Makes everything that happens to the paper `by` times larger against the modules.
    pub(crate) fn enlarge(&mut self, by: f64) {
        self.scale /= by;
        self.gain *= by;
        self.defocus *= by;
        self.motion = self.motion.map(|(length, angle)| (length * by, angle));
        for crease in &mut self.creases {
            crease.offset *= by;
            crease.shift *= by;
            crease.half_width *= by;
        }
        for glare in &mut self.glare {
            glare.centre = (glare.centre.0 * by, glare.centre.1 * by);
            glare.radius *= by;
        }
        if let Some(stamp) = &mut self.stamp {
            stamp.centre = (stamp.centre.0 * by, stamp.centre.1 * by);
            stamp.radius *= by;
            stamp.stroke *= by;
        }
        if let Some(thermal) = &mut self.thermal {
            thermal.period *= by;
            thermal.element *= by;
        }
    }

    /// Those of `kind` at `severity`, the rest a clean scan.
    pub(crate) fn of(kind: Kind, severity: f64, random: &mut Random) -> Self {
        let mut c = Self::mild(random);
        let at = |low: f64, high: f64| low + (high - low) * severity;
        match kind {
            Kind::Scan => {
                c.scale = random.between(3.0, 4.2);
                c.gain = at(0.0, 0.15);
                c.noise = at(8.0, 46.0);
                c.specks = at(0.0, 0.02);
            }
            Kind::Defocus => {
                c.defocus = at(0.3, 0.9);
                c.noise = 5.0;
            }
            Kind::Motion => c.motion = Some((at(0.4, 1.8), random.between(0.0, PI))),
            Kind::Perspective => {
                c.angle = random.between(-PI, PI);
                c.corners = tilt(at(0.08, 0.34), random);
            }
            Kind::Crease => c.creases = creases(severity, random),
            Kind::LowContrast => {
                let span = at(100.0, 18.0);
                let black = random.between(30.0, 150.0);
                c.levels = (black, black + span);
                c.noise = at(4.0, 5.0);
            }
            Kind::Glare => {
                let count = if severity > 0.5 { 2 } else { 1 };
                c.glare = (0..count)
                    .map(|_| Glare {
                        centre: (random.between(-26.0, 26.0), random.between(-26.0, 26.0)),
                        radius: at(4.0, 12.0),
                        strength: random.between(1.0, 1.8),
                    })
                    .collect();
            }
            Kind::Stamp => c.stamp = Some(stamp(severity, random)),
            Kind::UnevenLight => {
                c.light = Some((at(0.4, 0.03), random.between(0.0, TAU), random.unit() < 0.5));
            }
            Kind::Thermal => c.thermal = Some(thermal(severity, random)),
            Kind::Jpeg => {
                c.scale = random.between(2.0, 3.2);
                let quality = at(30.0, 3.0).round();
                c.jpeg = Some(quality as u8);
            }
            Kind::Photograph => photograph(&mut c, severity, random),
        }
        c
    }
}

/// A little of everything that a telephone in a hand does.
fn photograph(c: &mut Conditions, severity: f64, random: &mut Random) {
    let at = |low: f64, high: f64| low + (high - low) * severity;
    c.scale = random.between(3.6, 5.6);
    c.angle = random.between(-0.5, 0.5);
    c.corners = tilt(at(0.04, 0.16), random);
    c.defocus = at(0.3, 0.65);
    c.motion = Some((at(0.1, 0.8), random.between(0.0, PI)));
    c.light = Some((at(0.8, 0.35), random.between(0.0, TAU), random.unit() < 0.3));
    c.noise = at(5.0, 16.0);
    c.jpeg = Some(at(85.0, 45.0).round() as u8);
}

/// The page leans: two neighbouring corners come closer, and each is a little off.
fn tilt(amount: f64, random: &mut Random) -> [(f64, f64); 4] {
    let (near, far) = (amount / 2.0, random.between(0.2, 0.6) * amount);
    let mut jitter = |part: f64| random.between(-part, part) * amount;
    let mut corners = [
        (near + jitter(0.15), far + jitter(0.15)),
        (-near + jitter(0.15), far + jitter(0.15)),
        (jitter(0.15), jitter(0.15)),
        (jitter(0.15), jitter(0.15)),
    ];
    if random.next() & 1 == 0 {
        corners = [
            (corners[3].0, corners[3].1),
            (-corners[0].1, corners[0].0),
            (-corners[1].1, corners[1].0),
            (corners[2].0, corners[2].1),
        ];
    }
    corners
}

fn creases(severity: f64, random: &mut Random) -> Vec<Crease> {
    let at = |low: f64, high: f64| low + (high - low) * severity;
    let count = if severity > 0.66 {
        3
    } else if severity > 0.33 {
        2
    } else {
        1
    };
    (0..count)
        .map(|_| Crease {
            angle: random.between(0.0, PI),
            offset: random.between(-26.0, 26.0),
            shift: at(0.05, 0.75) * random.sign(),
            half_width: at(0.3, 1.0),
            light: at(0.35, 0.9) * random.sign(),
        })
        .collect()
}

fn stamp(severity: f64, random: &mut Random) -> Stamp {
    let at = |low: f64, high: f64| low + (high - low) * severity;
    Stamp {
        centre: (
            random.sign() * random.between(24.0, 36.0),
            random.sign() * random.between(24.0, 36.0),
        ),
        radius: at(10.0, 20.0),
        stroke: at(1.0, 2.4),
        through: at(0.75, 0.2),
    }
}

fn thermal(severity: f64, random: &mut Random) -> Thermal {
    let at = |low: f64, high: f64| low + (high - low) * severity;
    Thermal {
        dead: at(0.0, 0.045),
        banding: at(0.05, 0.5),
        element: 2.0,
        period: random.between(24.0, 90.0),
        density: at(0.95, 0.6),
    }
}
