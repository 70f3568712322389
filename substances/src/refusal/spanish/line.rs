//! What a line of an order is told.

use crate::Units;

pub(super) const MEDICINE_UNKNOWN: &str = "el catálogo no tiene esa clave; revísela.";
pub(super) const NOT_CONTROLLED: &str =
    "ese día el medicamento no era controlado ni antibiótico; no lleva libro.";
pub(super) const UNITS: &str = "indique una cantidad mayor que cero.";
pub(super) const LOT_NUMBER: &str =
    "escriba el lote como está impreso en el envase, hasta 40 caracteres.";
pub(super) const LOT_EXPIRED: &str =
    "el lote está caducado; sólo puede destruirse o devolverse al proveedor.";
pub(super) const TOO_MANY: &str =
    "la existencia pasaría de lo que se puede contar; revise la cantidad.";
pub(super) const ALREADY_OPENED: &str =
    "ese medicamento ya tiene asientos; registre un conteo físico en vez de un inventario inicial.";
pub(super) const NOT_IN_SHIPMENT: &str = "el envío no trae ese lote.";
pub(super) const REASON_DOES_NOT_FIT: &str =
    "el motivo no explica esta diferencia, o no hay diferencia que explicar.";
pub(super) const NOT_IN_CORRECTED: &str = "el asiento que se corrige no tiene ese lote.";
pub(super) const LOT_MISSING: &str = "faltan el lote y la caducidad para el libro.";

pub(super) fn says(line: usize, what: &str) -> String {
    format!("Renglón {line}: {what}")
}

pub(super) fn not_enough(line: usize, held: Units) -> String {
    says(
        line,
        &format!("no alcanza; hay {held} unidades de ese lote."),
    )
}

pub(super) fn more_than_shipped(line: usize, left: Units) -> String {
    says(
        line,
        &format!("del envío quedan {left} unidades de ese lote por recibir."),
    )
}

pub(super) fn reason_missing(line: usize, expected: Units) -> String {
    says(
        line,
        &format!("el libro dice {expected} unidades; indique el motivo de la diferencia."),
    )
}

pub(super) fn more_than_corrected(line: usize, left: Units) -> String {
    says(
        line,
        &format!("del asiento que se corrige quedan {left} unidades."),
    )
}
