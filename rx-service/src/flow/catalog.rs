//! New versions of the catalogs: read from an official file, shown, and applied by order of an
//! officer who signs it. Every version is an act in the register `catalog`.

use cofepris::{
    Catalog, CatalogName, CatalogSet, Diff, Limits, Proposal, TableFile, Update, UpdateError,
    Version, Warning,
};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::civil::Date;
use prescription::register::{Place, Register};
use prescription::{Cedula, Refusal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::activation::{self, ActivationUse, OFFICER};
use super::register::act_record;
use super::sign::sign;
use super::{FlowError, prescriber};
use crate::catalogs::Catalogs;
use crate::office::Office;
use crate::store::{Conflict, LicenceChange, NewVersion, Store, StoreError};

/// Name under which the diff is kept beside the tables of its version.
pub const DIFF_FILE: &str = "diff.json";
/// Largest diff that the act itself holds; a larger one is held by its digest.
const DIFF_IN_ACT: usize = 256 << 10;

/// A change of a catalog, as its body in the register tells it: what the officer signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogAct {
    /// The catalog.
    pub catalog: String,
    /// First day on which the version counts.
    pub effective_from: Date,
    /// SHA-256 of the official file, in hexadecimal.
    pub file: String,
    /// SHA-256 of the tables that it became ([`Update::digest`]).
    pub tables: String,
    /// SHA-256 of the diff in JSON, as the officer saw it.
    pub diff_digest: String,
    /// Rows added, removed and changed, and medicines whose fraction becomes another.
    pub counts: Counts,
    /// The diff itself, where it is small and names no persons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<serde_json::Value>,
    /// Who ordered it.
    pub by: Cedula,
    /// When, to the second.
    pub at: Timestamp,
}

/// How much a version changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Rows that are new.
    pub added: u64,
    /// Rows that go.
    pub removed: u64,
    /// Rows that change.
    pub changed: u64,
    /// Medicines whose fraction becomes another.
    pub reclassified: u64,
    /// What a person was asked to look at twice.
    pub warnings: u64,
}

/// What a file would change: shown before it is applied.
#[derive(Debug)]
pub struct Preview {
    /// What it says.
    pub diff: Diff,
    update: Update,
    file: [u8; 32],
    /// The number that the version will have, if nobody is faster.
    number: u64,
    licences: LicenceChange,
}

impl Preview {
    /// Whether it can be applied at all, before an officer is asked.
    ///
    /// # Errors
    /// [`CatalogProblem::NoChange`] and [`CatalogProblem::RefusedRows`].
    pub fn check(&self) -> Result<(), CatalogProblem> {
        match self.diff.refused.len() {
            0 if self.diff.is_empty() => Err(CatalogProblem::NoChange),
            0 => Ok(()),
            refused => Err(CatalogProblem::RefusedRows(refused)),
        }
    }

    /// What the officer authorises: this file, as these tables, from this day, in this place.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let day = self.diff.effective_from.to_string();
        let parts: [&[u8]; 5] = [
            self.diff.catalog.code().as_bytes(),
            day.as_bytes(),
            &self.file,
            &self.update.digest(),
            &self.number.to_be_bytes(),
        ];
        ::activation::officer_digest("catalog", &parts)
    }
}

/// Why a version was not applied; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogProblem {
    /// The file is not what it should be.
    #[error(transparent)]
    File(#[from] UpdateError),
    /// Some of its rows were not understood.
    #[error("{0} rows were refused: mend them in the file")]
    RefusedRows(usize),
    /// It says what the catalog says already.
    #[error("the file changes nothing")]
    NoChange,
    /// The lines of the professionals' registry carry their own days.
    #[error(
        "the registry of professionals counts from the day it is applied: its lines carry days"
    )]
    FutureRegistry,
    /// Somebody applied another version since the diff was shown.
    #[error("another version was applied meanwhile: look at the diff again")]
    Overtaken,
    /// The officer, the token or the database.
    #[error(transparent)]
    Flow(#[from] FlowError),
}

impl From<StoreError> for CatalogProblem {
    fn from(error: StoreError) -> Self {
        if let StoreError::Conflict(Conflict::Changed) = error {
            Self::Overtaken
        } else {
            Self::Flow(error.into())
        }
    }
}

impl From<cofepris::CatalogError> for CatalogProblem {
    fn from(error: cofepris::CatalogError) -> Self {
        Self::File(error.into())
    }
}

/// Reads an official file and says what it would change from `effective_from` on.
///
/// # Errors
/// [`CatalogProblem::File`], and the database failed.
pub async fn preview(
    office: &Office,
    name: CatalogName,
    file: &[u8],
    effective_from: Date,
) -> Result<Preview, CatalogProblem> {
    refresh(office).await?;
    let (_, today) = office.now();
    let base = office.catalog.on(effective_from);
    let update = Update::read(name, file, base)?;
    let proposal = Proposal {
        effective_from,
        today,
        refused: &update.refused,
        limits: Limits::default(),
    };
    let mut licences = LicenceChange::default();
    let mut diff = if name == CatalogName::Professionals {
        if effective_from > today {
            return Err(CatalogProblem::FutureRegistry);
        }
        let before = office.store.professionals().await?;
        let after = update.professionals()?;
        licences = LicenceChange::between(&before, &after);
        Diff::of_professionals(&before, &after, proposal)
    } else {
        let after = base.updated(&update.files)?;
        Diff::of_catalogs(name, base, &after, proposal)
    };
    let later = later_version(office, name, effective_from).await?;
    let shadowed = later.map(|from| Warning::UntilLaterVersion { from });
    diff.warnings.extend(shadowed);
    Ok(Preview {
        diff,
        file: Sha256::digest(file).into(),
        number: office
            .store
            .next_number(Register::Catalog, name.code())
            .await?,
        update,
        licences,
    })
}

/// The day on which a version that was applied already will take the place of one from
/// `effective_from` on.
async fn later_version(
    office: &Office,
    name: CatalogName,
    effective_from: Date,
) -> Result<Option<Date>, CatalogProblem> {
    // Of professionals the newest registry counts on every day.
    if name == CatalogName::Professionals {
        return Ok(None);
    }
    let versions = office.store.catalog_versions().await?.into_iter();
    let same = versions.filter(|one| one.name == name);
    let days = same.map(|one| one.effective_from);
    Ok(days.filter(|day| *day > effective_from).min())
}

/// Applies what was shown, by order of the officer with the cédula `by`, who is enrolled like a
/// prescriber and signs with the own key, activated for [`Preview::digest`]. The service that runs gives the act its place in the ledger.
///
/// # Errors
/// [`CatalogProblem`]; nothing has changed.
pub async fn apply(
    office: &Office,
    preview: Preview,
    (by, activation): (&Cedula, Option<&str>),
) -> Result<CatalogAct, CatalogProblem> {
    preview.check()?;
    let (now, _) = office.now();
    let diff = serde_json::to_vec(&preview.diff).map_err(FlowError::internal)?;
    let act = act(&preview, &diff, by, now)?;
    let document = serde_json_canonicalizer::to_vec(&act).map_err(FlowError::internal)?;
    let officer = prescriber::ready(office, by, now).await?;
    if !officer.stored.active {
        let refused = vec![Refusal::PrescriberNotActive];
        return Err(FlowError::Refused(refused).into());
    }
    let act_of = ActivationUse {
        client: OFFICER,
        digests: &[preview.digest()],
        per_prescription: true,
    };
    let activated = activation::redeem(office, by, activation, act_of, now).await?;
    let signed = sign(office, (officer, &activated), now, document, None).await?;
    let place = Place {
        register: Register::Catalog,
        subject: act.catalog.clone(),
        number: preview.number,
    };
    let salt = office.entropy.draw().map_err(FlowError::from)?.salt;
    let record = act_record(place, act.clone(), signed, act.at, salt)?;
    office
        .store
        .apply_catalog(NewVersion {
            version: version(preview.update, preview.number, act.effective_from, diff),
            applied_at: now,
            act: record,
            licences: preview.licences,
        })
        .await?;
    refresh(office).await?;
    Ok(act)
}

fn act(
    preview: &Preview,
    json: &[u8],
    by: &Cedula,
    now: Timestamp,
) -> Result<CatalogAct, FlowError> {
    let diff = &preview.diff;
    let names_persons = diff.catalog == CatalogName::Professionals;
    let shown = (json.len() <= DIFF_IN_ACT && !names_persons)
        .then(|| serde_json::from_slice(json))
        .transpose()
        .map_err(FlowError::internal)?;
    let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    Ok(CatalogAct {
        catalog: diff.catalog.code().to_owned(),
        effective_from: diff.effective_from,
        file: HEXLOWER.encode(&preview.file),
        tables: HEXLOWER.encode(&preview.update.digest()),
        diff_digest: HEXLOWER.encode(&Sha256::digest(json)),
        counts: Counts {
            added: count(diff.added.len()),
            removed: count(diff.removed.len()),
            changed: count(diff.changed.len()),
            reclassified: count(diff.reclassified.len()),
            warnings: count(diff.warnings.len()),
        },
        diff: shown,
        by: by.clone(),
        at: Timestamp::from_second(now.as_second()).map_err(FlowError::internal)?,
    })
}

/// The version as it is kept: its tables and the diff. The registry's lines are in a table of their
/// own, by cédula.
fn version(update: Update, number: u64, effective_from: Date, diff: Vec<u8>) -> Version {
    let mut files = if update.name == CatalogName::Professionals {
        Vec::new()
    } else {
        update.files
    };
    files.push(TableFile {
        name: DIFF_FILE.to_owned(),
        content: diff,
    });
    Version {
        name: update.name,
        number,
        effective_from,
        files,
    }
}

/// The catalog that the program carries, with the versions that were applied over it.
///
/// # Errors
/// The database failed, or the versions do not hold together.
pub(crate) async fn load(store: &Store) -> anyhow::Result<Catalogs> {
    let base = CatalogSet::of(Catalog::embedded()?);
    let versions = stored(store).await?;
    let count = u64::try_from(versions.len())?;
    Ok(Catalogs::new(base.with(versions)?, count))
}

/// Takes in what was applied since, by this process or by another; says whether there was anything.
///
/// # Errors
/// As [`load`]; the earlier versions go on counting.
pub async fn refresh(office: &Office) -> Result<bool, CatalogProblem> {
    if office.store.count_catalog_versions().await? == office.catalog.versions() {
        return Ok(false);
    }
    let versions = stored(&office.store).await?;
    let count = u64::try_from(versions.len()).map_err(FlowError::internal)?;
    let set = office.catalog.set().with(versions)?;
    office.catalog.replace(set, count);
    Ok(true)
}

async fn stored(store: &Store) -> Result<Vec<Version>, StoreError> {
    let mut versions = Vec::new();
    for applied in store.catalog_versions().await? {
        versions.push(Version {
            name: applied.name,
            number: applied.number,
            effective_from: applied.effective_from,
            files: store.catalog_files(applied.name, applied.number).await?,
        });
    }
    Ok(versions)
}
