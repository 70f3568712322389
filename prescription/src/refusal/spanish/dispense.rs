//! What a pharmacist reads, and whoever cancels.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{day, envases, instant};
use crate::event::CancelReason;
use crate::{Fraction, Packages};

pub(super) const NOT_YET_VALID: &str =
    "La receta tiene una fecha posterior a la de entrega: revise la fecha de entrega.";
pub(super) const LINES_OF_COMMAND: &str =
    "Indique qué renglones entrega: al menos uno, y cada uno una sola vez.";
pub(super) const NOT_THE_PRESCRIBER: &str =
    "Sólo quien prescribió esta receta puede cancelarla, suspenderla o reanudarla: pídaselo.";

pub(super) fn completed(at: Timestamp) -> String {
    format!(
        "No entregue nada más: la receta terminó de surtirse el {}.",
        instant(at)
    )
}

pub(super) fn cancelled(at: Timestamp, reason: CancelReason) -> String {
    format!(
        "No la surta y remita al paciente con quien prescribió: la receta se canceló el {} \
         (motivo: {}).",
        instant(at),
        reason.in_spanish()
    )
}

pub(super) fn expired(line: Option<u8>, valid_until: Date) -> String {
    let until = day(valid_until);
    match line {
        Some(line) => {
            format!("Renglón {line}: venció el {until}; el paciente necesita una receta nueva.")
        }
        None => format!("La receta venció el {until}: el paciente necesita una nueva."),
    }
}

pub(super) fn still_valid(until: Date) -> String {
    format!(
        "La receta vale hasta el {}: no puede darse por vencida antes.",
        day(until)
    )
}

pub(super) fn no_such_line(line: u8) -> String {
    format!("La receta no tiene renglón {line}: revise el número.")
}

pub(super) fn line_closed(line: u8, retained: bool) -> String {
    let why = if retained {
        "ya se surtió y la receta se retuvo"
    } else {
        "ya se surtió completo"
    };
    format!("Renglón {line}: {why}; no entregue nada más.")
}

pub(super) fn more_than_owed(line: u8, owed: Packages) -> String {
    format!(
        "Renglón {line}: entregue {} como máximo en este surtido.",
        envases(owed.count())
    )
}

pub(super) fn nothing(line: u8) -> String {
    format!("Renglón {line}: indique cuántos envases entrega, al menos uno.")
}

pub(super) fn licence(line: u8, fraction: Fraction) -> String {
    format!(
        "Renglón {line}: esta farmacia no tiene licencia sanitaria para la fracción {fraction}; \
         remita al paciente a una que la tenga."
    )
}

pub(super) fn lot_missing(line: u8, fraction: Fraction) -> String {
    let book = if fraction.is_controlled() {
        "el libro de control"
    } else {
        "el registro de antibióticos"
    };
    format!("Renglón {line}: anote lote y caducidad para {book}.")
}

pub(super) fn medicine_expired(line: u8) -> String {
    format!("Renglón {line}: ese lote ya caducó; apártelo de la venta y entregue otro.")
}

pub(super) fn online_only(line: u8) -> String {
    format!(
        "Renglón {line}: este medicamento sólo se surte con conexión; espere a recuperarla o \
         remita al paciente a otra farmacia."
    )
}

pub(super) const DAY_OF_INSTANT: &str =
    "El día de entrega no corresponde a su hora: revise el reloj y la zona horaria del mostrador.";

pub(super) fn wrong_medicine(line: u8) -> String {
    format!(
        "Renglón {line}: ese no es el medicamento de la receta; busque el de la clave recetada."
    )
}

pub(super) fn substitution(line: u8) -> String {
    format!(
        "Renglón {line}: quien prescribió no autorizó la sustitución; entregue la denominación \
         distintiva recetada y anótela."
    )
}

pub(super) fn too_early(line: u8, from: Date) -> String {
    format!(
        "Renglón {line}: aún no toca el siguiente surtido; entréguelo a partir del {}.",
        day(from)
    )
}

pub(super) fn owed_elsewhere(line: u8, until: Option<Date>) -> String {
    match until {
        Some(until) => format!(
            "Renglón {line}: otra farmacia empezó este surtido y debe el resto hasta el {}; remita \
             allá al paciente o, si él lo pide, registre el traspaso.",
            day(until)
        ),
        None => format!(
            "Renglón {line}: la farmacia que recogió la receta debe el resto; remita allá al \
             paciente."
        ),
    }
}

pub(super) fn unit_dose(line: u8) -> String {
    format!("Renglón {line}: son dosis unitarias; sólo las entrega la farmacia de ese hospital.")
}

pub(super) fn back_dated(line: u8, last: Date) -> String {
    format!(
        "Renglón {line}: ya hay una entrega del {}; no se asienta una anterior en el libro.",
        day(last)
    )
}
