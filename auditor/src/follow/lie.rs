//! What a server can show that is not true, or not the log's.

use ledger::{Tile, TreeHead};

use super::evidence::Contradiction;

/// Something the server showed that no honest server of this log shows. It never enters the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lie {
    /// The checkpoint is malformed, of another log, not signed by the pinned key, or lacks
    /// witnesses.
    Checkpoint(String),
    /// The checkpoint claims more entries than any tree has.
    TooManyEntries {
        /// The claimed size.
        size: u64,
    },
    /// The signed root does not follow from the tiles of the tree's right edge.
    Root {
        /// The signed tree.
        head: TreeHead,
    },
    /// A tile or bundle that the signed tree must have does not exist.
    Missing(Tile),
    /// A tile or bundle has another length than it must have, or does not split into its entries.
    Shape(Tile),
    /// A file has more bytes than it can have.
    TooLarge {
        /// Path below the log's prefix.
        path: String,
        /// Most bytes that it can have.
        limit: usize,
    },
    /// A hash tile does not lead to the signed root.
    Tile(Tile),
    /// An entry does not hash to what the signed tree has at its place.
    Entry {
        /// The entry.
        index: u64,
        /// Its bundle.
        bundle: Tile,
    },
    /// A line of the bodies is not one, or is not in order.
    BodyLine {
        /// What the previous line was of, or where the page began.
        after: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A body does not open the commitment of its leaf.
    Body {
        /// The entry.
        index: u64,
    },
    /// The witnesses cosigned the checkpoint too long ago. In seconds.
    Stale {
        /// How long ago.
        age: u64,
        /// Longest accepted.
        limit: u64,
    },
    /// A smaller tree than one known from an interrupted round, without the tiles to compare them.
    Older {
        /// Size known before.
        known: u64,
        /// Size shown now.
        shown: u64,
    },
    /// The list of shards is not believed, or is gone.
    Shards(String),
    /// Two checkpoints, both signed: kept as evidence.
    Contradiction(Contradiction),
}

impl Lie {
    /// What is wrong, in one sentence.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::Checkpoint(reason) => format!("el checkpoint se rechaza: {reason}"),
            Self::TooManyEntries { size } => {
                format!("el checkpoint dice tener {size} entradas, más que cualquier árbol")
            }
            Self::Root { head } => format!(
                "las losetas del borde no dan la raíz firmada del árbol de {} entradas",
                head.size
            ),
            Self::Missing(tile) => {
                format!(
                    "falta {tile}, que el árbol firmado debe tener{}",
                    range(*tile)
                )
            }
            Self::Shape(tile) => {
                format!(
                    "{tile} está truncada o no tiene la forma debida{}",
                    range(*tile)
                )
            }
            Self::TooLarge { path, limit } => {
                format!("{path} excede los {limit} bytes que puede tener; se cortó la descarga")
            }
            Self::Tile(tile) => {
                format!(
                    "{tile} no lleva a la raíz firmada: fue alterada{}",
                    range(*tile)
                )
            }
            Self::Entry { index, bundle } => {
                format!("entrada {index}: en {bundle} no es la que el registro firmó")
            }
            Self::BodyLine { after, problem } => {
                format!("los cuerpos a partir de la entrada {after}: una línea {problem}")
            }
            Self::Body { index } => {
                format!(
                    "entrada {index}: el cuerpo recibido no corresponde al compromiso de la hoja"
                )
            }
            Self::Stale { age, limit } => format!(
                "los testigos cofirmaron ese estado hace {age} segundos, más de los {limit} que se \
                 admiten: el servidor puede estar ocultando lo posterior"
            ),
            Self::Older { known, shown } => format!(
                "el servidor muestra un estado de {shown} entradas después de otro, firmado, de \
                 {known}, y no entrega las losetas para compararlos"
            ),
            Self::Shards(reason) => format!("la lista de segmentos se rechaza: {reason}"),
            Self::Contradiction(contradiction) => contradiction.in_spanish(),
        }
    }
}

fn range(tile: Tile) -> String {
    let entries = tile.entries();
    format!(" (entradas {} a {})", entries.start, entries.end - 1)
}
