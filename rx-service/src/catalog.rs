//! `rx-service catalog`: what an official file would change, and its application. Runs beside the
//! service.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use cofepris::CatalogName;
use cofepris::import::FILE_LIMIT;
use jiff::civil::Date;
use prescription::Cedula;
use rx_service::flow::catalog::{CatalogAct, DIFF_FILE, Preview, apply, preview};
use rx_service::office::Office;
use rx_service::store::AppliedVersion;

use crate::commands::say;
use crate::officer::Otp;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Show what a file would change, in Spanish. Nothing is applied.
    Diff {
        #[command(flatten)]
        file: File,
        /// All of it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Apply a file by order of an officer, who signs it. Shows the diff first, and applies nothing
    /// without --yes.
    Apply {
        #[command(flatten)]
        file: File,
        /// Cédula of the officer, who is enrolled like a prescriber.
        #[arg(long)]
        by: String,
        #[command(flatten)]
        otp: Otp,
        /// The officer has seen the diff.
        #[arg(long)]
        yes: bool,
    },
    /// List the versions that were applied over the catalog that the program carries.
    List,
    /// Print the diff of a version that was applied, as its officer saw it (JSON).
    Show {
        /// Which catalog.
        #[arg(long, value_parser = catalog_name)]
        catalog: CatalogName,
        /// Its number.
        #[arg(long)]
        number: u64,
    },
}

/// An official file and when it counts.
#[derive(Args)]
pub(crate) struct File {
    /// medicines (the Compendio workbook), substances (arts. 234 and 245), establishments (CLUES),
    /// nurse-list (art. 28 Bis, 5) or professionals.
    #[arg(long, value_parser = catalog_name)]
    catalog: CatalogName,
    /// The file: XLSX, or CSV in UTF-8.
    #[arg(long = "file", value_name = "FILE")]
    path: PathBuf,
    /// First day on which it counts, AAAA-MM-DD.
    #[arg(long)]
    effective_from: Date,
}

impl Verb {
    pub(crate) async fn run(self, office: &Office) -> Result<()> {
        match self {
            Self::Diff { file, json } => {
                let preview = file.preview(office).await?;
                if json {
                    return say(&serde_json::to_string_pretty(&preview.diff)?);
                }
                say(preview.diff.to_string().trim_end())
            }
            Self::Apply { file, by, otp, yes } => {
                let by: Cedula = by.parse().context("--by is no cédula")?;
                let preview = file.preview(office).await?;
                say(preview.diff.to_string().trim_end())?;
                if !yes {
                    bail!("nothing was applied: read the diff and repeat with --yes");
                }
                preview.check()?;
                let token = otp.activate(office, &by, &[preview.digest()]).await?;
                let by = (&by, Some(token.as_str()));
                say(&applied(&apply(office, preview, by).await?))
            }
            Self::List => {
                for version in office.store.catalog_versions().await? {
                    say(&line(&version))?;
                }
                Ok(())
            }
            Self::Show { catalog, number } => {
                let files = office.store.catalog_files(catalog, number).await?;
                let diff = files.into_iter().find(|file| file.name == DIFF_FILE);
                let diff = diff.with_context(|| format!("no version {number} was applied"))?;
                say(&String::from_utf8(diff.content)?)
            }
        }
    }
}

impl File {
    async fn preview(&self, office: &Office) -> Result<Preview> {
        let bytes = read(&self.path)?;
        let preview = preview(office, self.catalog, &bytes, self.effective_from).await;
        preview.with_context(|| self.path.display().to_string())
    }
}

/// The file, unless it is larger than any official one.
fn read(path: &Path) -> Result<Vec<u8>> {
    use std::io::Read;
    let name = || path.display().to_string();
    let file = std::fs::File::open(path).with_context(name)?;
    let mut bytes = Vec::new();
    // One byte more than is allowed: the importer says that it is too large.
    file.take(FILE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .with_context(name)?;
    Ok(bytes)
}

fn catalog_name(text: &str) -> Result<CatalogName, String> {
    CatalogName::from_code(text).ok_or_else(|| {
        let known = CatalogName::ALL.map(CatalogName::code).join(", ");
        format!("known: {known}")
    })
}

fn applied(act: &CatalogAct) -> String {
    let CatalogAct {
        catalog,
        effective_from,
        counts,
        tables,
        ..
    } = act;
    format!(
        "{catalog} applied from {effective_from}: {} added, {} removed, {} changed, {} \
         reclassified; tables {tables}",
        counts.added, counts.removed, counts.changed, counts.reclassified
    )
}

fn line(version: &AppliedVersion) -> String {
    let AppliedVersion {
        name,
        number,
        effective_from,
        applied_at,
        index,
    } = version;
    let entry = index.map_or_else(
        || "waiting for its ledger index".to_owned(),
        |index| format!("ledger entry {index}"),
    );
    format!(
        "{} {number} from {effective_from}, applied {applied_at}, {entry}",
        name.code()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_catalog_is_told_the_known_ones() {
        assert_eq!(catalog_name("medicines"), Ok(CatalogName::Medicines));
        let known = catalog_name("drugs").unwrap_err();
        assert!(known.contains("establishments, nurse-list"), "{known}");
    }

    #[test]
    fn a_version_is_one_line() {
        let version = AppliedVersion {
            name: CatalogName::Establishments,
            number: 2,
            effective_from: jiff::civil::date(2026, 10, 1),
            applied_at: "2026-09-01T15:00:00Z".parse().unwrap(),
            index: Some(7),
        };
        assert_eq!(
            line(&version),
            "establishments 2 from 2026-10-01, applied 2026-09-01T15:00:00Z, ledger entry 7"
        );
    }
}
