//! `rx-service special-folios`: the authority's acts on special folios (LGS art. 241), and the account
//! of what became of them.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use prescription::Cedula;
use prescription::special_folio::{FolioRange, FolioVerb};
use rx_service::app::App;
use rx_service::flow::{FolioAccount, FolioOrder, act_on_folios, folio_account};

use crate::commands::say;
use crate::officer::Otp;

/// Prescribers read from the database at once.
const PAGE: i64 = 256;

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Assign ranges to a prescriber.
    Assign(Act),
    /// Record that the prescriber got the recetario.
    Deliver(Act),
    /// Make folios void.
    Cancel(Act),
    /// Record folios as lost; needs --document.
    Lost(Act),
    /// Record folios as stolen; needs --document.
    Stolen(Act),
    /// Take unused folios back from the prescriber.
    Return(Act),
    /// The account of a period: in hand before, delivered, used, void, returned, in hand now.
    Reconcile {
        /// One prescriber; without it, all.
        #[arg(long)]
        cedula: Option<Cedula>,
        /// First day (YYYY-MM-DD), in the service's time zone.
        #[arg(long)]
        from: Date,
        /// Last day.
        #[arg(long)]
        to: Date,
        /// How it is written.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// The ranges of a prescriber and the folios with a fate.
    List {
        /// Cédula profesional.
        #[arg(long)]
        cedula: Cedula,
    },
}

/// What an act is about.
#[derive(Args)]
pub(crate) struct Act {
    /// Cédula profesional.
    #[arg(long)]
    cedula: Cedula,
    /// FIRST..LAST, FIRST..LAST-NUMBER or one folio; may be repeated.
    #[arg(long, required = true)]
    folios: Vec<FolioRange>,
    /// The authority's document: oficio, acta.
    #[arg(long)]
    document: Option<String>,
    /// Cédula of the officer who orders and signs it, enrolled like a prescriber.
    #[arg(long)]
    by: Option<Cedula>,
    #[command(flatten)]
    otp: Otp,
    /// Write nothing: say whether it could be.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For a person, in Spanish.
    Text,
    /// For a spreadsheet.
    Csv,
}

impl Verb {
    pub(crate) async fn run(self, app: &App) -> Result<()> {
        match self {
            Self::Assign(act) => act.run(app, FolioVerb::Assign).await,
            Self::Deliver(act) => act.run(app, FolioVerb::Deliver).await,
            Self::Cancel(act) => act.run(app, FolioVerb::Cancel).await,
            Self::Lost(act) => act.run(app, FolioVerb::Lost).await,
            Self::Stolen(act) => act.run(app, FolioVerb::Stolen).await,
            Self::Return(act) => act.run(app, FolioVerb::Return).await,
            Self::Reconcile {
                cedula,
                from,
                to,
                format,
            } => reconcile(app, cedula, (from, to), format).await,
            Self::List { cedula } => list(app, &cedula).await,
        }
    }
}

impl Act {
    async fn run(self, app: &App, verb: FolioVerb) -> Result<()> {
        let mut order = FolioOrder {
            verb,
            cedula: self.cedula,
            ranges: self.folios,
            document: self.document,
            by: self.by,
            activation: None,
        };
        if let (Some(by), false) = (&order.by, self.dry_run) {
            let digest = order.digest();
            order.activation = Some(self.otp.activate(app, by, &[digest]).await?);
        }
        act_on_folios(app, &order, self.dry_run).await?;
        let (past, would) = in_words(verb);
        for range in &order.ranges {
            let count = range.count();
            let what = if self.dry_run { would } else { past };
            say(&format!("{range} ({count}) {what}"))?;
        }
        Ok(())
    }
}

fn in_words(verb: FolioVerb) -> (&'static str, &'static str) {
    match verb {
        FolioVerb::Assign => ("assigned", "can be assigned"),
        FolioVerb::Deliver => ("delivered", "can be delivered"),
        FolioVerb::Cancel => ("cancelled", "can be cancelled"),
        FolioVerb::Lost => ("recorded as lost", "can be recorded as lost"),
        FolioVerb::Stolen => ("recorded as stolen", "can be recorded as stolen"),
        FolioVerb::Return => ("returned", "can be returned"),
    }
}

async fn reconcile(
    app: &App,
    cedula: Option<Cedula>,
    (from, to): (Date, Date),
    format: Format,
) -> Result<()> {
    if to < from {
        bail!("--to is before --from");
    }
    let period = (midnight(app, from)?, midnight(app, to.tomorrow()?)?);
    if let Format::Csv = format {
        say(CSV_HEADER)?;
    }
    if let Some(cedula) = cedula {
        return say(&written(
            &folio_account(app, &cedula, period).await?,
            format,
        ));
    }
    let mut last = None;
    loop {
        let page = app
            .store
            .prescribers_with_folios(last.as_ref(), PAGE)
            .await?;
        let Some(newest) = page.last() else {
            return Ok(());
        };
        last = Some(newest.clone());
        for cedula in &page {
            say(&written(&folio_account(app, cedula, period).await?, format))?;
        }
    }
}

/// The instant at which a day begins in the service's zone.
fn midnight(app: &App, day: Date) -> Result<Timestamp> {
    let begins = day.to_zoned(app.zone.clone());
    Ok(begins
        .context("a day that the time zone does not have")?
        .timestamp())
}

const CSV_HEADER: &str = "cedula,en_poder_al_inicio,entregados,utilizados,cancelados,extraviados,\
                          robados,devueltos,en_poder_al_final,sin_utilizar_hoy";

fn written(account: &FolioAccount, format: Format) -> String {
    let sums = &account.sums;
    let in_hand: Vec<_> = account.in_hand.iter().map(ToString::to_string).collect();
    match format {
        Format::Csv => format!(
            "{},{},{},{},{},{},{},{},{},{}",
            account.cedula,
            sums.opening,
            sums.delivered,
            sums.used,
            sums.cancelled,
            sums.lost,
            sums.stolen,
            sums.returned,
            sums.in_hand,
            in_hand.join(" ")
        ),
        Format::Text => format!(
            "Cédula {}\n  En poder al inicio: {}\n  Entregados: {}\n  Utilizados: {}\n  \
             Cancelados: {}\n  Extraviados: {}\n  Robados: {}\n  Devueltos: {}\n  \
             En poder al final: {}\n  Sin utilizar hoy: {}",
            account.cedula,
            sums.opening,
            sums.delivered,
            sums.used,
            sums.cancelled,
            sums.lost,
            sums.stolen,
            sums.returned,
            sums.in_hand,
            if in_hand.is_empty() {
                "ninguno".to_owned()
            } else {
                in_hand.join(", ")
            }
        ),
    }
}

async fn list(app: &App, cedula: &Cedula) -> Result<()> {
    let folios = app.store.folios_of(cedula).await?;
    for known in &folios.ranges {
        let state = match known.delivered_at {
            Some(at) => format!("delivered {}", on(app, at)),
            None => format!("assigned {}", on(app, known.assigned_at)),
        };
        say(&format!(
            "{} ({}) {state}",
            known.range,
            known.range.count()
        ))?;
    }
    for fate in &folios.fates {
        let by = fate
            .used_by
            .map(|folio| format!(" by {folio}"))
            .unwrap_or_default();
        say(&format!(
            "{} {}{by} {}",
            fate.folio,
            fate.fate.code(),
            on(app, fate.at)
        ))?;
    }
    Ok(())
}

fn on(app: &App, at: Timestamp) -> Date {
    at.to_zoned(app.zone.clone()).date()
}

#[cfg(test)]
mod tests {
    use prescription::special_folio::Reconciliation;

    use super::*;

    fn account() -> FolioAccount {
        FolioAccount {
            cedula: "7654321".parse().unwrap(),
            sums: Reconciliation {
                opening: 10,
                delivered: 50,
                used: 5,
                stolen: 1,
                in_hand: 54,
                ..Reconciliation::default()
            },
            in_hand: vec![
                "HGO-0001..HGO-0030".parse().unwrap(),
                "HGO-0032".parse().unwrap(),
            ],
        }
    }

    #[test]
    fn a_row_has_a_value_for_each_column() {
        let row = written(&account(), Format::Csv);
        assert_eq!(
            row,
            "7654321,10,50,5,0,0,1,0,54,HGO-0001..HGO-0030 HGO-0032"
        );
        assert_eq!(row.split(',').count(), CSV_HEADER.split(',').count());
    }

    #[test]
    fn a_person_reads_where_every_folio_is() {
        let text = written(&account(), Format::Text);
        for line in ["Cédula 7654321", "Robados: 1", "En poder al final: 54"] {
            assert!(text.contains(line), "{text}");
        }
        assert!(
            text.ends_with("Sin utilizar hoy: HGO-0001..HGO-0030, HGO-0032"),
            "{text}"
        );
        let none = FolioAccount {
            in_hand: Vec::new(),
            ..account()
        };
        assert!(written(&none, Format::Text).ends_with("ninguno"));
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(subcommand)]
        verb: Verb,
    }

    #[test]
    fn a_mistyped_range_is_refused_before_anything_is_opened() {
        use clap::Parser;
        let parse = |folios: &str| {
            Line::try_parse_from(["x", "assign", "--cedula", "7654321", "--folios", folios])
        };
        assert!(parse("HGO-0001..0050").is_ok());
        for (wrong, said) in [
            ("HGO-0009..HGO-0001", "before it begins"),
            ("HGO-0001..JAL-0009", "same series"),
            ("hgo", "6 to 30"),
        ] {
            let error = parse(wrong).err().unwrap().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
