//! `auditor substances alerts`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use surveillance::alerts::{Alert, Licences, NOTE, Thresholds, Watch, Watched};
use surveillance::{Cell, Fact, Table};

use super::{Format, Known, MirrorArgs, OutputArgs, year_of};
use crate::cli::files::{Unusable, read};
use crate::substances::inputs;
use crate::verify::Report;

/// What is watched with, besides the ledger.
#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// Umbrales (TOML); lo que no diga queda como está
    #[arg(long, value_name = "ARCHIVO")]
    thresholds: Option<PathBuf>,
    /// Registro de cédulas por día (CSV: cedula,desde,estado)
    #[arg(long, value_name = "ARCHIVO")]
    licences: Option<PathBuf>,
    /// Lo que el servicio rechazó (un hecho JSON por línea); no está en el registro público
    #[arg(long, value_name = "ARCHIVO")]
    refusals: Option<PathBuf>,
}

/// The files, read.
pub(super) struct WatchInputs {
    pub(super) thresholds: Thresholds,
    pub(super) licences: Licences,
    pub(super) refusals: Vec<Fact>,
}

impl WatchArgs {
    pub(super) fn read(&self) -> Result<WatchInputs, Unusable> {
        Ok(WatchInputs {
            thresholds: read_with(self.thresholds.as_ref(), inputs::thresholds)?,
            licences: read_with(self.licences.as_ref(), inputs::licences)?,
            refusals: read_with(self.refusals.as_ref(), inputs::refusals)?,
        })
    }
}

fn read_with<T: Default>(
    path: Option<&PathBuf>,
    parse: impl Fn(&[u8]) -> Result<T, inputs::InputError>,
) -> Result<T, Unusable> {
    let Some(path) = path else {
        return Ok(T::default());
    };
    parse(&read(path)?).map_err(|error| Unusable::Input(path.clone(), error))
}

/// Hands facts on in the order of their days, with what was refused among them.
pub(super) fn merged(mut facts: Vec<Fact>, refusals: Vec<Fact>) -> Vec<Fact> {
    facts.extend(refusals);
    facts.sort_by_key(|fact| (fact.day, fact.at));
    facts
}

#[derive(Debug, Args)]
pub(super) struct AlertsArgs {
    #[command(flatten)]
    mirror: MirrorArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &AlertsArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let known = Known::read()?;
    let watched = args.watch.read()?;
    let mut facts = Vec::new();
    let audit = args.mirror.facts(&known, &mut |fact| facts.push(fact))?;
    let last = facts.iter().map(|fact| fact.day).max();
    let mut watch = Watch::new(
        &known.products,
        &known.places,
        &watched.licences,
        &watched.thresholds,
    );
    for fact in merged(facts, watched.refusals) {
        watch.push(fact);
    }
    let found = watch.finish();
    if args.output.format == Format::Json {
        let bytes = json_of(&found, &watched.thresholds, &audit);
        super::write_to(args.output.out.as_ref(), bytes.as_bytes(), out)?;
        return Ok(super::verdict(&audit));
    }
    args.output
        .write(table(&found.alerts), &audit, year_of(last), out)
}

fn json_of(found: &Watched, thresholds: &Thresholds, audit: &Report) -> String {
    let alerts = found.alerts.iter().map(|alert| {
        json!({
            "code": alert.seen.code(),
            "day": alert.day,
            "seen": alert.seen,
            "evidence": alert.evidence,
            "message": alert.in_spanish(),
        })
    });
    let json = json!({
        "alerts": alerts.collect::<Vec<_>>(),
        "thresholds": thresholds,
        "notes": std::iter::once(NOTE.to_owned()).chain(super::what_is_missing(audit)).collect::<Vec<_>>(),
    });
    format!("{json}\n")
}

fn table(alerts: &[Alert]) -> Table {
    let row = |alert: &Alert| {
        vec![
            Cell::Text(alert.day.to_string()),
            Cell::Text(alert.seen.code().to_owned()),
            Cell::Text(alert.seen.in_spanish()),
            Cell::Text(alert.evidence.in_spanish()),
        ]
    };
    Table {
        title: "Alertas: lo que conviene que una persona revise".to_owned(),
        columns: ["Día", "Código", "Qué se registró", "Evidencia"]
            .map(str::to_owned)
            .to_vec(),
        rows: alerts.iter().map(row).collect(),
        notes: vec![NOTE.to_owned()],
    }
}
