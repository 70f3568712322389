//! What a verified bundle means, in Spanish, for a court: what was checked, what each step means,
//! and what it does not prove.

use data_encoding::HEXLOWER;
use ledger::{Hash, leaf_hash};
use prescription::leaf::{Leaf, LeafKind};
use prescription::state::Phase;
use sha2::{Digest, Sha256};

use super::check::CheckedBundle;
use super::{Claim, Entry};

mod date;
mod document;

pub(crate) use self::date::in_mexico;
pub use self::document::Document;
use self::document::Section;

/// Explains a bundle whose file has these bytes.
#[must_use]
pub fn explain(file: &[u8], checked: &CheckedBundle) -> Document {
    let title = match checked.claim() {
        Claim::Folio(folio) => format!("Dictamen sobre la receta electrónica con folio {folio}"),
        Claim::BlindedKey(_) => {
            "Dictamen sobre la ausencia de una receta activa en el registro".to_owned()
        }
    };
    Document {
        title,
        sections: vec![
            conclusion(checked),
            examined(file, checked),
            steps(checked),
            meaning(checked),
            limits(checked),
            repeat(),
        ],
    }
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn conclusion(checked: &CheckedBundle) -> Section {
    let head = checked.checkpoint().head();
    let text = match (checked.claim(), checked.state()) {
        (Claim::Folio(folio), Some(state)) => format!(
            "La receta {folio} consta en el registro y, en el estado firmado de {} entradas, está \
             {}: se surtieron {} de {} envases.",
            head.size,
            state.phase.in_spanish(),
            state.totals.dispensed,
            state.totals.prescribed
        ),
        (Claim::Folio(folio), None) => format!(
            "En el estado firmado de {} entradas no existe ninguna receta con el folio {folio}.",
            head.size
        ),
        (Claim::BlindedKey(key), _) => format!(
            "En el estado firmado de {} entradas ninguna receta activa ocupa el lugar {} (una \
             substancia para un paciente, cegada).",
            head.size,
            hex(&key.0)
        ),
    };
    Section::new("Conclusión", vec![text])
}

fn examined(file: &[u8], checked: &CheckedBundle) -> Section {
    let (checkpoint, head) = (checked.checkpoint(), checked.checkpoint().head());
    let lines = vec![
        format!(
            "Archivo de {} bytes, SHA-256 {}.",
            file.len(),
            hex(&Sha256::digest(file))
        ),
        format!("Registro: {}.", checkpoint.checkpoint().origin()),
        format!("Llave del registro que usted fijó: {}.", checkpoint.key()),
        format!(
            "Estado firmado (checkpoint): {} entradas, raíz {}.",
            head.size,
            hex(&head.root.0)
        ),
    ];
    Section::new("Qué se examinó", lines)
}

fn steps(checked: &CheckedBundle) -> Section {
    let mut lines = vec![
        "Firma del registro. El estado está firmado (Ed25519) con la llave que usted fijó: quien \
         tiene esa llave se comprometió con esa lista de entradas, en ese orden, y con ninguna otra."
            .to_owned(),
        witnesses(checked),
    ];
    if checked.shards() > 1 {
        lines.push(format!(
            "Segmentos. El registro se lleva en {} segmentos, uno tras otro. El firmado es el más \
             nuevo; la primera entrada de cada uno nombra el último estado del anterior, de modo que \
             esa firma fija también las entradas de todos ellos. Las entradas se numeran de corrido.",
            checked.shards()
        ));
    }
    for (entry, leaf) in checked.steps() {
        lines.push(step(entry, leaf, erasure_of(checked, entry.index)));
    }
    let head = checked.map_head();
    lines.push(format!(
        "Cabeza del mapa. La última entrada (número {}) compromete un mapa de {} claves con raíz {}: \
         el estado de cada receta después de todas las entradas anteriores.",
        head.entries,
        head.keys,
        hex(&head.root.0)
    ));
    lines.push(match (checked.claim(), checked.state()) {
        (Claim::Folio(_), Some(_)) => {
            "Estado. El mapa prueba para este folio exactamente el estado en que lo dejan los actos \
             de arriba: no hay otro posterior."
                .to_owned()
        }
        (Claim::Folio(_), None) => {
            "Ausencia. El mapa prueba que no hay nada bajo este folio.".to_owned()
        }
        (Claim::BlindedKey(_), _) => {
            "Ausencia. El mapa prueba que no hay nada bajo esta clave cegada.".to_owned()
        }
    });
    if checked.steps().next().is_some() {
        lines.push(signatures(checked));
    }
    Section::numbered("Qué se comprobó, paso por paso", lines)
}

fn witnesses(checked: &CheckedBundle) -> String {
    let cosignatures = checked.checkpoint().cosignatures();
    if cosignatures.is_empty() {
        return "Testigos. No se exigió ninguno: que el registro no muestre otra historia a otras \
                personas depende sólo de su llave."
            .to_owned();
    }
    let each = cosignatures.iter().map(|cosignature| {
        let time = i64::try_from(cosignature.time()).unwrap_or(i64::MAX);
        format!("{} ({})", cosignature.name(), in_mexico(time))
    });
    format!(
        "Testigos. Cofirmaron ese mismo estado, cada uno con su propio reloj: {}. Un testigo sólo \
         cofirma un estado que continúa el anterior que vio: ocultar o cambiar entradas requeriría \
         su complicidad.",
        each.collect::<Vec<_>>().join("; ")
    )
}

/// The entry that says that the body of entry `index` was destroyed.
fn erasure_of(checked: &CheckedBundle, index: u64) -> Option<u64> {
    let mut steps = checked.steps();
    steps.find_map(|(entry, leaf)| leaf.erased.contains(&index).then_some(entry.index))
}

fn step(entry: &Entry, leaf: &Leaf, erasure: Option<u64>) -> String {
    let Hash(hash) = leaf_hash(&entry.leaf);
    let place = leaf
        .establishment
        .as_ref()
        .map_or_else(String::new, |clues| {
            format!(", en el establecimiento {}", clues.as_str())
        });
    let totals = leaf.totals.map_or_else(String::new, |totals| {
        format!(
            " ({} de {} envases surtidos)",
            totals.dispensed, totals.prescribed
        )
    });
    let opened = match (&entry.opening, erasure) {
        (Some(_), _) => {
            "El cuerpo del acto corresponde al compromiso de la hoja (SHA-256 de sal y cuerpo)"
                .to_owned()
        }
        (None, Some(erasure)) => format!(
            "El cuerpo del acto se destruyó al término de su conservación, como consta en la \
             entrada {erasure}; la prueba de la entrada sigue siendo válida"
        ),
        (None, None) => "El cuerpo del acto no se presentó".to_owned(),
    };
    format!(
        "Entrada {}: {}, {}{place}. La receta pasó de {} a {}{totals}. La huella {} lleva con {} \
         hermanas a la raíz firmada. {opened}.",
        entry.index,
        kind(leaf.kind),
        in_mexico(leaf.at.as_second()),
        leaf.before.in_spanish(),
        leaf.after.in_spanish(),
        hex(&hash),
        entry.path.len(),
    )
}

fn kind(kind: LeafKind) -> &'static str {
    match kind {
        LeafKind::Issued => "expedición",
        LeafKind::Dispensed => "surtido",
        LeafKind::Cancelled => "cancelación",
        LeafKind::Expired => "vencimiento",
        LeafKind::Erased => "destrucción de los cuerpos al término de su conservación",
        LeafKind::Suspended => "suspensión",
        LeafKind::Resumed => "reanudación",
        LeafKind::Returned => "devolución o corrección de un surtido",
        LeafKind::Transferred => "traspaso de lo que falta a otra farmacia",
    }
}

fn signatures(checked: &CheckedBundle) -> String {
    let tally = checked.summary().signatures;
    let verified = format!(
        "Actos y firmas. Los actos se siguen conforme a la ley. Firmas verificadas: {} de quien \
         prescribe (CAdES), {} de códigos QR, {} de farmacias.",
        tally.cades, tally.qr, tally.pharmacy
    );
    if tally.unverified == 0 {
        return verified;
    }
    format!(
        "{verified} Quedan {} firmas sin verificar porque no se dio la autoridad que las respalda.",
        tally.unverified
    )
}

fn meaning(checked: &CheckedBundle) -> Section {
    let mut lines = vec![
        "Cambiar un solo byte de una entrada cambia su huella, y con ella la raíz: tendría que \
         haberse firmado otra. Por eso nadie, tampoco quien opera el registro, puede alterar o \
         quitar después lo que aquí consta sin que este archivo deje de verificar o queden dos \
         estados firmados que se contradicen."
            .to_owned(),
    ];
    if let Some(state) = checked.state() {
        lines.push(match state.phase {
            Phase::Active => "La receta podía surtirse en ese momento.".to_owned(),
            Phase::PartiallyDispensed => {
                "De la receta quedaban envases por surtir en ese momento.".to_owned()
            }
            Phase::Suspended => {
                "La receta estaba suspendida por quien la prescribió: no podía surtirse en ese \
                 momento."
                    .to_owned()
            }
            Phase::None | Phase::Completed | Phase::Cancelled | Phase::Expired => {
                "De la receta ya no podía surtirse nada en ese momento.".to_owned()
            }
        });
    }
    Section::new("Qué significa", lines)
}

fn limits(checked: &CheckedBundle) -> Section {
    let mut lines = vec![
        "Nada de lo ocurrido después de ese estado firmado.".to_owned(),
        "Que lo registrado haya ocurrido en el mundo: prueba quién lo firmó y que se registró, no \
         que el medicamento se entregara o se tomara."
            .to_owned(),
        "Las horas son las que declararon quienes actuaron y el registro; una cofirma acredita, con \
         el reloj del testigo, que el estado ya existía."
            .to_owned(),
        "Quién usó una llave: prueba que se usó.".to_owned(),
    ];
    let missing = checked
        .steps()
        .any(|(entry, _)| entry.opening.is_none() && erasure_of(checked, entry.index).is_none());
    if missing {
        lines.push(
            "El contenido de los actos cuyo cuerpo no se presentó: sólo lo que publica su hoja. \
             Sin todos los cuerpos tampoco se descarta que falte aquí un surtido intermedio; el \
             estado final sí es el probado."
                .to_owned(),
        );
    }
    if matches!(checked.claim(), Claim::BlindedKey(_)) {
        lines.push(
            "Que la clave cegada sea la del paciente y la substancia: eso lo prueba quien tiene el \
             secreto del paciente, volviendo a calcularla. Si el registro hubiera dado dos secretos \
             a un paciente, cada uno tendría su propio lugar."
                .to_owned(),
        );
    }
    if checked.checkpoint().cosignatures().is_empty() {
        lines.push(
            "Que el registro no haya mostrado otra historia a otras personas: para eso sirven los \
             testigos, que aquí no se exigieron."
                .to_owned(),
        );
    }
    Section::new("Qué no prueba", lines)
}

fn repeat() -> Section {
    let lines = vec![
        "En cualquier computadora, sin red: auditor check ARCHIVO --key LLAVE (o --policy POLÍTICA). \
         La llave o la política debe obtenerse de una fuente independiente de quien entregó el \
         archivo."
            .to_owned(),
        "Sin este programa: docs/FORMATS.md describe todos los formatos; son RFC 6962, RFC 9162, \
         C2SP signed-note, tlog-checkpoint y tlog-cosignature."
            .to_owned(),
    ];
    Section::new("Cómo repetirlo", lines)
}
