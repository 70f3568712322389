//! Suspension, return and transfer.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{day, envases, instant};
use crate::Packages;
use crate::event::SuspendReason;

pub(super) const NOT_SUSPENDED: &str = "La receta no está suspendida: no hace falta reanudarla.";
pub(super) const OTHER_PHARMACY: &str =
    "Sólo la farmacia que hizo esa entrega puede recibirla de vuelta o corregirla.";
pub(super) const NOTHING_TO_TRANSFER: &str =
    "Esa farmacia no debe ningún resto de esta receta: no hay nada que traspasar.";

pub(super) fn suspended(at: Timestamp, reason: SuspendReason) -> String {
    format!(
        "No la surta por ahora: quien prescribió suspendió la receta el {} (motivo: {}); consulte \
         de nuevo más tarde.",
        instant(at),
        reason.in_spanish()
    )
}

pub(super) fn no_such_dispensing(dispensing: u32) -> String {
    format!("La receta no tiene una entrega número {dispensing}: revise el número.")
}

pub(super) fn window(until: Date) -> String {
    format!(
        "Esa entrega se podía devolver o corregir hasta el {}; levante el acta de la diferencia.",
        day(until)
    )
}

pub(super) fn more_than_handed_over(line: u8, most: Packages) -> String {
    if most.is_zero() {
        return format!("Renglón {line}: de esa entrega no queda nada por devolver.");
    }
    format!(
        "Renglón {line}: de esa entrega se reciben {} como máximo.",
        envases(most.count())
    )
}

pub(super) fn not_to_the_shelf(line: u8) -> String {
    format!(
        "Renglón {line}: lo que salió de la farmacia no vuelve a la venta; póngalo en cuarentena o \
         destínelo a destrucción."
    )
}

pub(super) fn retained(line: u8) -> String {
    format!(
        "Renglón {line}: la receta se recogió y no puede surtirse en otra farmacia; entregue aquí \
         el resto."
    )
}
