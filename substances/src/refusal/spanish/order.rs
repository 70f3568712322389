//! What an order as a whole is told.

use jiff::civil::Date;

use crate::{Book, MovementKind};

pub(super) const NO_RESPONSIBLE: &str =
    "No consta el aviso de responsable sanitario del establecimiento; preséntelo antes.";
pub(super) const IN_THE_FUTURE: &str = "La fecha es posterior a hoy; corríjala.";
pub(super) const WITH_PRESCRIPTION: &str =
    "El surtido y la devolución de un paciente se registran con su receta.";
pub(super) const TEXT: &str =
    "Un dato de los documentos está vacío, tiene espacios en los extremos o es demasiado largo.";
pub(super) const COUNTERPART_UNKNOWN: &str =
    "No se conoce el otro establecimiento; revise su CLUES.";
pub(super) const COUNTERPART_IS_SELF: &str = "La otra parte es el mismo establecimiento.";
pub(super) const NOTICE_OF_NOTHING: &str =
    "Indique el folio del aviso y el asiento del robo o extravío cuyo aviso está pendiente.";
pub(super) const SHIPMENT_UNKNOWN: &str =
    "No se conoce ese envío; revise quién lo mandó y su número.";
pub(super) const NOT_THE_RECEIVER: &str =
    "El envío no es para este establecimiento ni salió de él.";
pub(super) const NOT_CORRECTABLE: &str = "No existe ese asiento, o no se corrige de esta forma.";
pub(super) const NOT_OF_PRESCRIPTION: &str = "Lo entregado no corresponde a la receta.";

pub(super) fn kind_may_not(kind: MovementKind) -> String {
    let kind = kind.in_spanish();
    format!("Un establecimiento de esta clase no registra este movimiento: {kind}.")
}

pub(super) fn not_licensed(book: Book) -> String {
    let book = book.in_spanish();
    format!("El establecimiento no tiene licencia sanitaria para los medicamentos del {book}.")
}

pub(super) fn counterpart_not_licensed(book: Book) -> String {
    let book = book.in_spanish();
    format!(
        "La otra parte no puede tener los medicamentos del {book}: no es de los establecimientos que la ley admite, o no consta su licencia sanitaria."
    )
}

pub(super) fn book_not_authorised(book: Book) -> String {
    format!(
        "No consta el permiso del {}; solicítelo antes.",
        book.in_spanish()
    )
}

pub(super) fn lines(most: u16) -> String {
    format!("Indique de 1 a {most} renglones, con cada lote de cada clave una sola vez.")
}

pub(super) fn before_last_entry(book: Book, last: Date) -> String {
    let (day, book) = (last.strftime("%d/%m/%Y"), book.in_spanish());
    format!("La fecha es anterior al último asiento ({day}) del {book}.")
}

pub(super) fn document_missing(kind: MovementKind) -> String {
    let kind = kind.in_spanish();
    format!("Falta el número del documento o acta que ampara este movimiento: {kind}.")
}

pub(super) fn permit_missing(kind: MovementKind) -> &'static str {
    if matches!(kind, MovementKind::Import | MovementKind::Export) {
        "Falta el número del permiso de importación o exportación."
    } else {
        "Falta el número del permiso especial de adquisición o de traspaso."
    }
}

pub(super) fn witnesses(least: u8) -> String {
    format!("Indique al menos {least} testigos, cada uno una vez.")
}

pub(super) fn papers_not_needed(kind: MovementKind) -> String {
    let kind = kind.in_spanish();
    format!("Hay datos que este movimiento no lleva ({kind}); revise qué quiere registrar.")
}

pub(super) fn counterpart_missing(kind: MovementKind) -> String {
    let kind = kind.in_spanish();
    format!("Falta la otra parte, o no es la que corresponde a este movimiento: {kind}.")
}
