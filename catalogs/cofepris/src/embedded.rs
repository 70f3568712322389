//! The data carried in the program, and the sums that vouch for them.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::facts::{FactFiles, MEDICINE_FACTS, SALTS, SUBSTANCE_FACTS};
use crate::{CatalogError, establishment, medicine, substance};

pub(crate) const MEDICINES: &[u8] = include_bytes!("../data/medicines.csv");
pub(crate) const SUBSTANCES: &[u8] = include_bytes!("../data/substances.csv");
pub(crate) const ESTABLISHMENTS: &[u8] = include_bytes!("../data/establishments.csv");
const FACTS: FactFiles<'static> = FactFiles {
    substances: include_bytes!("../data/substance_facts.csv"),
    salts: include_bytes!("../data/salts.csv"),
    medicines: include_bytes!("../data/medicine_facts.csv"),
};
const SUMS: &str = include_str!("../data/SHA256SUMS");

/// The bytes of the tables.
#[derive(Clone, Copy)]
pub(crate) struct Files<'b> {
    pub(crate) medicines: &'b [u8],
    pub(crate) substances: &'b [u8],
    pub(crate) establishments: &'b [u8],
    pub(crate) facts: FactFiles<'b>,
}

impl Files<'static> {
    /// The embedded tables.
    pub(crate) const EMBEDDED: Self = Self {
        medicines: MEDICINES,
        substances: SUBSTANCES,
        establishments: ESTABLISHMENTS,
        facts: FACTS,
    };
}

impl<'b> Files<'b> {
    fn named(self) -> [(&'static str, &'b [u8]); 6] {
        [
            (establishment::FILE, self.establishments),
            (MEDICINE_FACTS, self.facts.medicines),
            (medicine::FILE, self.medicines),
            (SALTS, self.facts.salts),
            (SUBSTANCE_FACTS, self.facts.substances),
            (substance::FILE, self.substances),
        ]
    }

    /// The sum of each table, by name.
    pub(crate) fn sums(self) -> Sums {
        let sum = |(file, bytes): (&'static str, &[u8])| (file, Sha256::digest(bytes).into());
        Sums(self.named().into_iter().map(sum).collect())
    }

    /// Checks the tables against the committed sums.
    ///
    /// # Errors
    /// [`CatalogError::Checksum`] names the first table that differs.
    pub(crate) fn verify(self) -> Result<(), CatalogError> {
        let sums = self.sums();
        let altered = sums.lines().find(|(_, line)| !SUMS.contains(line.as_str()));
        altered.map_or(Ok(()), |(file, _)| Err(CatalogError::Checksum { file }))
    }
}

/// The sum of each table of a catalog, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sums(BTreeMap<&'static str, [u8; 32]>);

impl Sums {
    /// Notes another content of a table.
    pub(crate) fn replace(&mut self, file: &'static str, content: &[u8]) {
        self.0.insert(file, Sha256::digest(content).into());
    }

    /// The sums in the format of `sha256sum`.
    fn lines(&self) -> impl Iterator<Item = (&'static str, String)> {
        let line = |(file, sum): (&&'static str, &[u8; 32])| {
            (*file, format!("{}  {file}\n", HEXLOWER.encode(sum)))
        };
        self.0.iter().map(line)
    }

    /// SHA-256 of the sums: what `sha256sum SHA256SUMS` prints in the folder of the data.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let text: String = self.lines().map(|(_, line)| line).collect();
        Sha256::digest(text).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_sums_are_those_of_the_data() {
        let expected: String = Files::EMBEDDED
            .sums()
            .lines()
            .map(|(_, line)| line)
            .collect();
        assert_eq!(SUMS, expected);
        assert!(Files::EMBEDDED.verify().is_ok());
    }

    #[test]
    fn one_altered_byte_is_found_and_named() {
        let mut altered = SUBSTANCES.to_vec();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        let files = Files {
            substances: &altered,
            ..Files::EMBEDDED
        };
        assert!(matches!(
            files.verify(),
            Err(CatalogError::Checksum {
                file: "substances.csv"
            })
        ));
        assert_ne!(files.sums().digest(), Files::EMBEDDED.sums().digest());
    }

    #[test]
    fn the_digest_is_that_of_the_sums_file() {
        assert_eq!(
            Files::EMBEDDED.sums().digest(),
            <[u8; 32]>::from(Sha256::digest(SUMS))
        );
    }
}
