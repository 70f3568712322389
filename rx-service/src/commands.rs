//! What each subcommand does.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use prescription::SpecialFolio;
use rx_service::api;
use rx_service::app::App;
use rx_service::auth;
use rx_service::clock::SystemClock;
use rx_service::config::{Config, read_file};
use rx_service::flow::enrol;
use rx_service::keys::Keys;
use rx_service::office::Office;
use rx_service::{server, worker};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{Command, erase};

/// Runs a subcommand to its end.
pub(crate) fn run(config: &Path, command: Command) -> Result<()> {
    let config = Config::load(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve(&config).await,
            Command::Catalog { verb } => verb.run(&office(&config).await?).await,
            Command::Factor { verb } => verb.run(&office(&config).await?).await,
            Command::Revocation { verb } => verb.run(&office(&config).await?).await,
            Command::SpecialFolios { verb } => verb.run(&open(&config).await?).await,
            Command::LedgerKey { shard } => ledger_key(&config, shard.as_deref()),
            Command::InstitutionKey => institution_key(&config),
            Command::OpenShard { name } => open_shard(&config, &name).await,
            Command::Enrol(arguments) => arguments.run(&office(&config).await?).await,
            Command::Key { verb } => verb.run(&office(&config).await?).await,
            Command::Certify {
                cedula,
                certificate,
            } => certify(&config, &cedula, &certificate).await,
            Command::Erase { folio, dry_run, .. } if dry_run => {
                erase::list_due(&open(&config).await?, &folio).await
            }
            Command::Erase {
                folio,
                by,
                basis,
                otp,
                ..
            } => {
                let order = erase::Order::parse(by.as_deref(), basis.as_deref())?;
                order.run(&open(&config).await?, &folio, &otp).await
            }
            Command::DeliverFolios { cedula, folio } => {
                deliver_folios(&config, &cedula, &folio).await
            }
        }
    })
}

async fn open(config: &Config) -> Result<App> {
    App::open(config, Arc::new(SystemClock)).await
}

/// What needs no ledger: may run beside the service.
async fn office(config: &Config) -> Result<Office> {
    Office::open(config, Arc::new(SystemClock)).await
}

async fn serve(config: &Config) -> Result<()> {
    let tls = auth::server_config(&config.tls)?;
    let app = open(config).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let (stop, stopped) = watch::channel(());
    let sequencing = tokio::spawn(
        app.sequencer
            .clone()
            .run(config.publish_every(), until(stopped.clone())),
    );
    let expiring = tokio::spawn(worker::expire::run(app.clone(), until(stopped.clone())));
    let cataloguing = tokio::spawn(worker::catalog::run(app.clone(), until(stopped.clone())));
    let revoking = tokio::spawn(worker::revocation::run(app.clone(), until(stopped.clone())));
    let extending = tokio::spawn(worker::extend::run(app.clone(), until(stopped.clone())));
    let public = serve_public(config, &app, until(stopped)).await?;
    say(&format!("listening on {}", listener.local_addr()?))?;
    tracing::info!(address = %listener.local_addr()?, "serving");

    server::serve(listener, tls, api::router(app), asked_to_stop()?).await;
    // Requests have ended: now the sequencer publishes the last batch and stops.
    drop(stop);
    expiring.await?;
    cataloguing.await?;
    revoking.await?;
    extending.await?;
    sequencing.await?;
    if let Some(public) = public {
        public.await?;
    }
    tracing::info!("stopped");
    Ok(())
}

/// The public ledger over plain HTTP, where the configuration asks for it: what it says is signed,
/// and a proxy or a CDN in front of it adds TLS.
async fn serve_public(
    config: &Config,
    app: &App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<Option<JoinHandle<()>>> {
    let Some(address) = config.ledger.public_listen else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (ledger.public_listen)"))?;
    say(&format!(
        "public ledger on http://{}/ledger",
        listener.local_addr()?
    ))?;
    let router = api::public_router(app.clone());
    Ok(Some(tokio::spawn(server::serve_public(
        listener, router, stop,
    ))))
}

/// Resolves when the sender is dropped.
async fn until(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

/// Resolves at SIGTERM or Ctrl-C.
fn asked_to_stop() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn ledger_key(config: &Config, shard: Option<&str>) -> Result<()> {
    let keys = Keys::open(config)?;
    let origin = &config.ledger.origin;
    let origin = shard.map_or_else(|| origin.clone(), |name| format!("{origin}/{name}"));
    for signer in keys.ledger_signers(&origin)? {
        say(&ledger::NoteSigner::verifier_key(signer.as_ref()).to_string())?;
    }
    Ok(())
}

fn institution_key(config: &Config) -> Result<()> {
    let keys = Keys::open(config)?;
    let section = config.institution.as_ref();
    let label = section.map_or("receta-institution", |section| &section.key);
    print_public_key(keys.hsm.ensure_p256(label)?.spki())
}

fn print_public_key(spki: &[u8]) -> Result<()> {
    use x509_cert::der::pem;
    let pem = pem::encode_string("PUBLIC KEY", pem::LineEnding::LF, spki);
    say(pem.map_err(anyhow::Error::msg)?.trim_end())
}

async fn open_shard(config: &Config, name: &str) -> Result<()> {
    let opened = rx_service::ledger_setup::open_shard(config, name).await?;
    let (closed, size) = &opened.closed;
    say(&format!("closed {closed} with {size} entries"))?;
    say(&format!("opened {} in {}", opened.origin, opened.place))
}

async fn certify(config: &Config, cedula: &str, certificate: &Path) -> Result<()> {
    let bytes = read_file(certificate)?;
    let office = office(config).await?;
    Ok(enrol::install_certificate(&office, cedula.parse()?, &bytes).await?)
}

async fn deliver_folios(config: &Config, cedula: &str, folios: &[String]) -> Result<()> {
    let folios = folios
        .iter()
        .map(|f| f.parse::<SpecialFolio>())
        .collect::<Result<Vec<_>, _>>()?;
    let app = open(config).await?;
    Ok(enrol::deliver_special_folios(&app, cedula.parse()?, folios).await?)
}

pub(crate) fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
