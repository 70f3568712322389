//! Erasure.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{day, instant};

pub(super) const NOT_AT_END: &str =
    "La receta sigue vigente; sólo se destruyen los datos de una receta que ya terminó.";

pub(super) fn retention(until: Date) -> String {
    format!(
        "Los datos de esta receta deben conservarse hasta el {}; vuelva a pedirlo después.",
        day(until)
    )
}

pub(super) fn erased(at: Timestamp) -> String {
    format!(
        "Los datos de esta receta se destruyeron el {}; el registro conserva su constancia.",
        instant(at)
    )
}
