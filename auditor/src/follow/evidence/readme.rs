//! What a folder of evidence says of itself, for a court and for its expert.

use jiff::Timestamp;

use super::Contradiction;
use crate::trust::TrustedCheckpoint;

pub(super) fn text(
    contradiction: &Contradiction,
    known: &TrustedCheckpoint,
    shown: &TrustedCheckpoint,
    at: Timestamp,
) -> String {
    let origin = known.checkpoint().origin();
    let (a, b) = (known.head(), shown.head());
    let title = contradiction.in_spanish();
    let proves = proves(contradiction);
    let how = how(contradiction);
    format!(
        "{title}.\n\n\
         Registro: {origin}\n\
         Llave fijada: {key}\n\
         Detectado: {at} (reloj de esta computadora; nada de lo que sigue depende de él)\n\
         a.checkpoint, conocido antes: {a_size} entradas, raíz {a_root}\n\
         b.checkpoint, mostrado después: {b_size} entradas, raíz {b_root}\n\n\
         QUÉ PRUEBA\n{proves}\n\n\
         CÓMO VERIFICARLO\n\
         Con este programa, sin red: auditor evidence CARPETA --key LLAVE\n\n\
         Con cualquier otra herramienta. Cada checkpoint es una nota firmada \
         (c2sp.org/signed-note): el texto hasta el renglón en blanco, con su último salto de línea, \
         y después una línea «— nombre base64» por firma. Esos bytes, decodificados, son cuatro de \
         identificador y 64 de una firma Ed25519 (RFC 8032) sobre el texto. La llave fijada termina \
         en el base64 de un byte 0x01 y los 32 bytes de la llave pública: obténgala de una fuente \
         independiente y compárela con la de arriba.\n\
         1. Verifique la firma de los dos checkpoints con esa llave.\n{how}",
        key = known.key(),
        a_size = a.size,
        a_root = a.root.to_base64(),
        b_size = b.size,
        b_root = b.root.to_base64(),
    )
}

fn proves(contradiction: &Contradiction) -> &'static str {
    match contradiction {
        Contradiction::Fork { .. } => {
            "Que quien tiene la llave del registro firmó dos historias distintas con el mismo número \
             de entradas. Un registro honesto firma una sola: las dos no pueden ser verdaderas. No \
             depende de quién entregó los archivos, ni de este programa. No prueba cuál de las dos \
             es la verdadera, ni quién usó la llave."
        }
        Contradiction::Rewrite { .. } => {
            "Que quien tiene la llave del registro firmó un árbol que no contiene, como principio, \
             otro que también firmó: alguna entrada se alteró o se quitó. Un registro honesto sólo \
             agrega. No depende de quién entregó los archivos, ni de este programa. No prueba cuál \
             de las dos historias es la verdadera, ni quién usó la llave."
        }
        Contradiction::Rollback { witnesses, .. } if witnesses.is_empty() => {
            "Que existen dos estados firmados y que el menor es el principio del mayor. Por sí solos \
             pudieron ser verdaderos los dos, cada uno en su momento: que el menor se mostró después \
             lo atestigua quien operaba este espejo. Una copia atrasada del servidor basta para \
             explicarlo; que persista es ocultar entradas."
        }
        Contradiction::Rollback { .. } => {
            "Que un testigo cofirmó el estado menor con una hora posterior a la del mayor, lo que un \
             testigo honesto nunca hace (c2sp.org/tlog-witness): el registro y ese testigo \
             retrocedieron. Las horas están dentro de las cofirmas."
        }
    }
}

fn how(contradiction: &Contradiction) -> &'static str {
    match contradiction {
        Contradiction::Fork { .. } => {
            "2. Compare el segundo renglón de los dos textos (número de entradas): es el mismo.\n\
             3. Compare el tercero (raíz): es distinto.\n"
        }
        Contradiction::Rewrite { .. } | Contradiction::Rollback { .. } => {
            "2. subarboles.txt tiene, en base64, las raíces de los subárboles completos que cubren \
             primero el árbol menor y después el resto del mayor, de izquierda a derecha; cada uno \
             es el más grande que cabe y que empieza en un múltiplo de su tamaño.\n\
             3. Únalos con SHA-256(0x01 ‖ izquierdo ‖ derecho), como en RFC 6962: todos juntos dan la \
             raíz firmada del mayor.\n\
             4. Sólo los primeros, los del árbol menor, dan la raíz con que empieza el mayor. \
             Compárela con la raíz firmada del menor: en una reescritura es distinta; en un \
             retroceso es la misma.\n"
        }
    }
}
