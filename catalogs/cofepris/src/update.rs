//! A new version of one catalog, read from an official file and ready to be applied.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::import::{self, ImportError, Imported, RefusedRow};
use crate::{Catalog, CatalogError, Professional, write};

/// File name of the nurses' list.
pub(crate) const NURSE_LIST: &str = "nurse_list.csv";
/// File name of the professionals' registry.
pub(crate) const PROFESSIONALS: &str = "professionals.csv";

/// What can be imported, each with its own versions and its own series of acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CatalogName {
    /// Medicines: the workbook of the Compendio.
    Medicines,
    /// Controlled lists: arts. 234 and 245 of the law.
    Substances,
    /// Establishments: the CLUES file.
    Establishments,
    /// Medicines that nurses may prescribe (art. 28 Bis, numeral 5).
    NurseList,
    /// Professionals with the state of their licence.
    Professionals,
}

impl CatalogName {
    /// All catalogs.
    pub const ALL: [Self; 5] = [
        Self::Medicines,
        Self::Substances,
        Self::Establishments,
        Self::NurseList,
        Self::Professionals,
    ];

    /// The name on the command line, in the database and as subject of the acts.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.names().0
    }

    /// What a person reads.
    #[must_use]
    pub fn spanish(self) -> &'static str {
        self.names().1
    }

    /// The catalog with this [code](Self::code).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.code() == code)
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Medicines => ("medicines", "medicamentos"),
            Self::Substances => ("substances", "listas de los arts. 234 y 245"),
            Self::Establishments => ("establishments", "establecimientos (CLUES)"),
            Self::NurseList => ("nurse-list", "medicamentos que prescribe enfermería"),
            Self::Professionals => ("professionals", "profesionales"),
        }
    }
}

/// A table of a version, in our own layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFile {
    /// Its name, as in `data/`.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// What a file would make of a catalog.
#[derive(Debug, Clone)]
pub struct Update {
    /// The catalog.
    pub name: CatalogName,
    /// Its tables.
    pub files: Vec<TableFile>,
    /// Rows that were not understood: an update with one is not applied.
    pub refused: Vec<RefusedRow>,
}

/// Why an official file gave no update.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The file could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// What it says does not hold together with the rest.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl Update {
    /// Reads an official file. `base` is the catalog that it changes.
    ///
    /// # Errors
    /// [`UpdateError`]; single rows that are not understood are in [`Update::refused`].
    pub fn read(name: CatalogName, bytes: &[u8], base: &Catalog) -> Result<Self, UpdateError> {
        let (files, refused) = match name {
            CatalogName::Medicines => {
                let Imported { rows, refused } = import::compendio::read(bytes, base)?;
                let facts: Vec<_> = rows.iter().flat_map(|row| row.facts.clone()).collect();
                let medicines: Vec<_> = rows.into_iter().map(|row| row.medicine).collect();
                let files = vec![
                    (crate::medicine::FILE, write::medicines(&medicines)?),
                    (crate::facts::MEDICINE_FACTS, write::facts(&facts)?),
                ];
                (files, refused)
            }
            CatalogName::Substances => {
                let read = import::lists::read(bytes)?;
                let table = write::listings(&read.rows)?;
                (vec![(crate::substance::FILE, table)], read.refused)
            }
            CatalogName::Establishments => {
                let read = import::clues::read(bytes)?;
                let table = write::establishments(&read.rows)?;
                (vec![(crate::establishment::FILE, table)], read.refused)
            }
            CatalogName::NurseList => {
                let read = import::nurse_list::read(bytes, base)?;
                (
                    vec![(NURSE_LIST, write::nurse_list(&read.rows)?)],
                    read.refused,
                )
            }
            CatalogName::Professionals => {
                let read = import::professionals::read(bytes)?;
                (
                    vec![(PROFESSIONALS, write::professionals(&read.rows)?)],
                    read.refused,
                )
            }
        };
        let named = |(name, content): (&str, Vec<u8>)| TableFile {
            name: name.to_owned(),
            content,
        };
        Ok(Self {
            name,
            files: files.into_iter().map(named).collect(),
            refused,
        })
    }

    /// SHA-256 of the tables: of each its name and its content.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for file in &self.files {
            digest.update(Sha256::digest(&file.name));
            digest.update(Sha256::digest(&file.content));
        }
        digest.finalize().into()
    }

    /// The professionals of an update of their registry; none for another catalog.
    ///
    /// # Errors
    /// [`UpdateError`] when the table was altered since it was written.
    pub fn professionals(&self) -> Result<Vec<Professional>, UpdateError> {
        let Some(table) = self.files.iter().find(|file| file.name == PROFESSIONALS) else {
            return Ok(Vec::new());
        };
        Ok(import::professionals::read(&table.content)?.rows)
    }
}
