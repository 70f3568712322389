//! Findings as the authority reads them. What a library says of a signature or a file follows in
//! its own words, after «detalle:», for whoever investigates.

use ledger::{CheckpointError, CheckpointTextError, DirectoryError, NoteError};
use prescription::state::ApplyError;

use super::Finding;

impl Finding {
    /// What is wrong, where, in one sentence.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        if let Self::InShard {
            origin,
            first,
            finding,
        } = self
        {
            let what = finding.in_spanish();
            return format!("registro {origin} (sus entradas empiezan en la {first}): {what}");
        }
        match (self.entry(), self.folio()) {
            (Some(index), Some(folio)) => {
                format!("entrada {index}, folio {folio}: {}", self.what())
            }
            (Some(index), None) => format!("entrada {index}: {}", self.what()),
            (None, _) => self.what(),
        }
    }

    fn folio(&self) -> Option<prescription::Folio> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the others do not know their folio"
        )]
        match self {
            Self::EventDiffersFromLeaf { folio, .. }
            | Self::HistoryUnlawful { folio, .. }
            | Self::ExpiredTooEarly { folio, .. }
            | Self::DayDiffers { folio, .. }
            | Self::WrongEvidence { folio, .. }
            | Self::CadesRefused { folio, .. }
            | Self::OtherPrescriber { folio, .. }
            | Self::DocumentDiffers { folio, .. }
            | Self::QrRefused { folio, .. }
            | Self::QrDiffers { folio, .. }
            | Self::PharmacyCertificateRefused { folio, .. }
            | Self::OtherPharmacy { folio, .. }
            | Self::PharmacyNotLicensed { folio, .. }
            | Self::CoseRefused { folio, .. }
            | Self::ErasureRefused { folio, .. }
            | Self::ErasureOrderDiffers { folio, .. }
            | Self::OtherOfficer { folio, .. }
            | Self::TwoMapKeys { folio, .. }
            | Self::SharedMapKey { folio, .. }
            | Self::TwoPseudonyms { folio, .. } => Some(*folio),
            _ => None,
        }
    }

    fn what(&self) -> String {
        self.of_the_tree()
            .or_else(|| self.of_the_shards())
            .or_else(|| self.of_the_leaves())
            .or_else(|| self.of_the_bodies())
            .or_else(|| self.of_erasures_and_persons())
            .unwrap_or_else(|| self.of_the_signatures())
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other groups have their own function"
    )]
    fn of_the_tree(&self) -> Option<String> {
        Some(match self {
            Self::CheckpointMissing => "el directorio no tiene checkpoint".to_owned(),
            Self::CheckpointRefused(reason) => {
                format!("el checkpoint publicado se rechaza: {}", checkpoint(reason))
            }
            Self::CheckpointDistrusted(reason) => {
                format!("el checkpoint publicado se rechaza: {reason}")
            }
            Self::EarlierCheckpointDistrusted { file, reason } => {
                format!("el checkpoint anterior {file} se rechaza: {reason}")
            }
            Self::EarlierCheckpointRefused { file, reason } => {
                format!(
                    "el checkpoint anterior {file} se rechaza: {}",
                    checkpoint(reason)
                )
            }
            Self::RolledBack {
                file,
                earlier,
                size,
            } => format!(
                "el registro publica {size} entradas, pero antes firmó {earlier} ({file}): se \
                 retiraron entradas"
            ),
            Self::OtherHistory { size } => format!(
                "el registro firmó antes otro árbol de {size} entradas: su historia fue cambiada"
            ),
            Self::TreeTooLarge { size } => {
                format!("el checkpoint declara {size} entradas, más de las que puede haber")
            }
            Self::TileUnreadable(reason) => directory(reason),
            Self::EntryAltered { bundle, tile, .. } => {
                format!("su contenido en {bundle} no corresponde a la huella que guarda {tile}")
            }
            Self::NodeAltered {
                tile,
                position,
                first,
                last,
            } => {
                format!("la huella {position} de {tile} no es la de las entradas {first} a {last}")
            }
            Self::PartialDiffers { partial, tile } => {
                format!("{partial} no es el comienzo de {tile}")
            }
            Self::RootDiffers { size } => {
                format!("las {size} entradas no dan la raíz que firma el checkpoint")
            }
            Self::ChangedMeanwhile => {
                "los archivos de entradas cambiaron durante la auditoría; repítala sobre una copia"
                    .to_owned()
            }
            _ => return None,
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other groups have their own function"
    )]
    fn of_the_shards(&self) -> Option<String> {
        Some(match self {
            Self::ShardListRefused(reason) => {
                format!("la lista de segmentos del espejo se rechaza: {reason}")
            }
            Self::ShardMissing => "la lista lo nombra y el espejo no lo tiene".to_owned(),
            Self::ShardDiffers { origin, field } => format!(
                "el espejo del segmento {origin} y la lista firmada no dicen lo mismo de {}; lo \
                 posterior no se examinó",
                field.in_spanish()
            ),
            Self::OpeningMissing { .. } => {
                "debía abrir el segmento y nombrar el anterior, y es otra cosa".to_owned()
            }
            Self::OpeningDiffers { field, .. } => format!(
                "la apertura del segmento no dice de {} lo que resulta del anterior",
                field.in_spanish()
            ),
            _ => return None,
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other groups have their own function"
    )]
    fn of_the_leaves(&self) -> Option<String> {
        Some(match self {
            Self::NotALeaf { reason, .. } => {
                format!("no es una hoja del formato publicado (detalle: {reason})")
            }
            Self::AfterEnd { ended, .. } => {
                format!(
                    "ocurre después del final de la receta, que estaba {}",
                    ended.in_spanish()
                )
            }
            Self::ChainBroken {
                expected, found, ..
            } => format!(
                "dice partir de una receta {}, pero la hoja anterior la dejó {}",
                found.in_spanish(),
                expected.in_spanish()
            ),
            Self::ImpossibleStep { before, after, .. } => format!(
                "un acto así no lleva una receta de {} a {}, o trae datos que no le corresponden",
                before.in_spanish(),
                after.in_spanish()
            ),
            Self::ErasedEntries { .. } => {
                "las entradas que declara destruidas no son las de su receta".to_owned()
            }
            Self::MapHeadDiffers { field, .. } => {
                format!("el resumen del mapa {}", field.in_spanish())
            }
            Self::TimeWentBack { previous, at, .. } => {
                format!("su hora ({at}) es anterior a la del acto previo ({previous})")
            }
            _ => return None,
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other groups have their own function"
    )]
    fn of_the_bodies(&self) -> Option<String> {
        Some(match self {
            Self::BodyLine { line, problem } => {
                format!(
                    "línea {line} del archivo de cuerpos: {}",
                    problem.in_spanish()
                )
            }
            Self::BodyOutOfOrder { line, .. } => format!(
                "su cuerpo (línea {line}) está repetido o fuera de orden; el archivo va por índice"
            ),
            Self::BodyWithoutEntry { line, .. } => {
                format!(
                    "el registro no tiene esa entrada, pero sí un cuerpo para ella (línea {line})"
                )
            }
            Self::CommitmentMismatch { .. } => {
                "la sal y el cuerpo no corresponden al compromiso de la hoja".to_owned()
            }
            Self::BodyMalformed { .. } => "su cuerpo no tiene la forma canónica".to_owned(),
            Self::EventDiffersFromLeaf { field, .. } => {
                format!(
                    "el cuerpo y la hoja no dicen lo mismo de {}",
                    field.in_spanish()
                )
            }
            Self::HistoryUnlawful { reason, .. } => {
                format!("el acto no pudo ocurrir: {}", history(reason))
            }
            Self::ExpiredTooEarly { until, .. } => {
                format!("se dio por vencida, pero era válida hasta el {until}")
            }
            Self::Act { what, .. } => what.in_spanish(),
            Self::DayDiffers { .. } => {
                "el día que declara no es el de su hora en ninguna zona horaria del país".to_owned()
            }
            _ => return None,
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other groups have their own function"
    )]
    fn of_erasures_and_persons(&self) -> Option<String> {
        Some(match self {
            Self::ErasureRefused { reason, .. } => {
                format!(
                    "la firma de quien ordenó destruir los datos no es válida (detalle: {reason})"
                )
            }
            Self::ErasureOrderDiffers { .. } => {
                "lo firmado no es la orden de destrucción que el acto registra".to_owned()
            }
            Self::OtherOfficer { .. } => {
                "la orden de destrucción la firmó una persona distinta de la que declara".to_owned()
            }
            Self::TwoMapKeys { .. } => {
                "el mismo paciente y la misma substancia tienen otro lugar en el mapa que antes: \
                 hay dos secretos para un paciente"
                    .to_owned()
            }
            Self::SharedMapKey { .. } => {
                "otro paciente, u otra substancia, ya tenía ese lugar en el mapa: dos pacientes \
                 comparten un secreto"
                    .to_owned()
            }
            Self::TwoPseudonyms { .. } => {
                "la misma persona tiene otro seudónimo que antes".to_owned()
            }
            _ => return None,
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other groups have their own function"
    )]
    fn of_the_signatures(&self) -> String {
        match self {
            Self::WrongEvidence { .. } => {
                "la evidencia no es del tipo que el acto requiere".to_owned()
            }
            Self::CadesRefused { reason, .. } => {
                format!("la firma de quien prescribe no es válida (detalle: {reason})")
            }
            Self::OtherPrescriber { .. } => {
                "la firmó una persona distinta de quien prescribe según el acto".to_owned()
            }
            Self::DocumentDiffers { field, .. } => {
                format!(
                    "el documento firmado y el acto no coinciden en {}",
                    field.in_spanish()
                )
            }
            Self::QrRefused { reason, .. } => {
                format!("el código QR no es válido (detalle: {reason})")
            }
            Self::QrDiffers { .. } => {
                "el código QR no dice lo mismo que el acto o nombra otro documento".to_owned()
            }
            Self::PharmacyCertificateRefused { reason, .. } => {
                format!(
                    "el certificado de la farmacia se rechaza: {}",
                    reason.in_spanish()
                )
            }
            Self::OtherPharmacy { .. } => {
                "el certificado es de una farmacia distinta de la que surtió según el acto"
                    .to_owned()
            }
            Self::PharmacyNotLicensed { .. } => {
                "se surtió un medicamento controlado sin licencia en el certificado de la farmacia \
                 (LGS arts. 198-I y 227 Bis)"
                    .to_owned()
            }
            Self::CoseRefused { reason, .. } => {
                format!("la firma de la farmacia no es válida (detalle: {reason})")
            }
            other => other.code().to_owned(),
        }
    }
}

/// Why a checkpoint is not believed.
#[must_use]
pub(crate) fn checkpoint(reason: &CheckpointError) -> String {
    match reason {
        CheckpointError::OtherLog { origin, pinned } => {
            format!("es del registro «{origin}», no de «{pinned}»")
        }
        CheckpointError::Text(
            text @ (CheckpointTextError::Lines
            | CheckpointTextError::ControlCharacter
            | CheckpointTextError::Size
            | CheckpointTextError::Root),
        ) => format!("está mal formado (detalle: {text})"),
        CheckpointError::Note(note) => note_reason(note),
    }
}

fn note_reason(note: &NoteError) -> String {
    format!("no lo firmó la llave fijada, o su texto está dañado (detalle: {note})")
}

fn directory(reason: &DirectoryError) -> String {
    match reason {
        DirectoryError::Missing { tile } => {
            let entries = tile.entries();
            format!(
                "falta {tile} (entradas {} a {})",
                entries.start,
                entries.end - 1
            )
        }
        DirectoryError::WrongLength { tile, .. } | DirectoryError::Bundle { tile, .. } => {
            let entries = tile.entries();
            let (first, last) = (entries.start, entries.end - 1);
            format!("{tile} está dañado (entradas {first} a {last}; detalle: {reason})")
        }
        DirectoryError::NotADirectory { .. }
        | DirectoryError::Io { .. }
        | DirectoryError::TooLarge { .. }
        | DirectoryError::NoSuchNode { .. }
        | DirectoryError::Checkpoint(_) => {
            format!("un archivo no se puede leer (detalle: {reason})")
        }
    }
}

fn history(reason: &ApplyError) -> String {
    match reason {
        ApplyError::Order => "una receta empieza por su expedición, y una sola vez".to_owned(),
        ApplyError::Folio => "pertenece a otro folio".to_owned(),
        ApplyError::ErasedBeforeEnd => {
            "sus datos se destruyeron sin que hubiera terminado".to_owned()
        }
        ApplyError::AfterEnd => "la receta ya había terminado".to_owned(),
        ApplyError::Line(line) => format!(
            "del renglón {line} se surtió más de lo que se debía, en otro surtido, o no existe"
        ),
        ApplyError::Day(line) => format!("el renglón {line} no era válido ese día"),
        ApplyError::Empty => "no surte ningún renglón".to_owned(),
        ApplyError::NotThePrescriber => {
            "canceló, suspendió o reanudó alguien distinto de quien prescribió".to_owned()
        }
        ApplyError::Suspended => "la receta estaba suspendida".to_owned(),
        ApplyError::NotSuspended => "la receta no estaba suspendida".to_owned(),
        ApplyError::Returned(dispensing) => format!(
            "la entrega {dispensing} no pudo devolverse así: no existe, es de otra farmacia o \
             rebasa lo entregado"
        ),
        ApplyError::Transferred => {
            "traspasa lo que esa farmacia no debía o ya tenía recogido".to_owned()
        }
    }
}
