//! The end of chapter 7: somebody with access to the ledger's key signs another history of the same
//! size, and offers it to a witness.
//!
//! PKCS#11 modules read their configuration from the environment at the first call, so the forger
//! is a process of its own: `sandbox forge`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use ledger::{
    AddCheckpoint, Checkpoint, ForkEvidence, Frontier, Hash, SignedCheckpoint, TileDirectory,
    TreeHead, leaf_hash,
};
use prescription::Folio;
use prescription::leaf::{Leaf, LeafKind, Pseudonym};
use rx_service::config::Config;
use rx_service::keys::Keys;

use super::{COFEPRIS, Stage};
use crate::client::Client;
use crate::ledger_download::entries;
use crate::processes::run_ok;

/// Where the evidence goes in the results.
pub(super) const EVIDENCE: &str = "fork.txt";

/// What the forger signs.
#[derive(Debug, Args)]
pub(crate) struct ForgeArguments {
    /// Configuration of the service
    #[arg(long)]
    config: PathBuf,
    /// Entries of the tree
    #[arg(long)]
    size: u64,
    /// Root of the tree, base64
    #[arg(long)]
    root: String,
}

/// The other process: signs a tree head with the key in the token, and prints it.
///
/// # Errors
/// The token refuses.
pub(crate) fn forge(arguments: &ForgeArguments) -> Result<()> {
    let config = Config::load(&arguments.config)?;
    let head = TreeHead {
        size: arguments.size,
        root: Hash::from_base64(&arguments.root).context("--root is no hash")?,
    };
    let origin = &config.ledger.origin;
    let signers = Keys::open(&config)?.signers(origin)?;
    let signed = SignedCheckpoint::sign(Checkpoint::new(origin, head)?, signers.newest())?;
    Ok(write!(std::io::stdout().lock(), "{signed}")?)
}

/// `folio` is a prescription whose dispensing the other history leaves out; its entry.
pub(super) fn tell(stage: &mut Stage, folio: Folio) -> Result<u64> {
    let ledger = stage.out.join("ledger");
    let (index, head) = history_without_dispensing(&ledger, folio)?;
    let forged = sign_with_the_token(stage, head)?;
    let vkey = stage.world.ledger_key()?;
    forged
        .verify(&vkey)
        .context("la falsificación lleva la firma")?;

    let witness = &stage.world.witnesses[COFEPRIS];
    let request = AddCheckpoint::new(head.size, Vec::new(), forged)?;
    let answer = Client::without_certificate(&witness.url()).post_bytes(
        "/add-checkpoint",
        request.to_string().into_bytes(),
        &[],
    )?;
    ensure!(
        answer.status == 409,
        "el testigo respondió {} a una bifurcación",
        answer.status
    );
    let evidence = only_file(&witness.folder().join("evidence"))?;
    let text = std::fs::read(&evidence)?;
    let fork = ForkEvidence::parse(&text)?;
    fork.verify(&[vkey])?;
    let sizes = [fork.first(), fork.second()].map(|signed| signed.claimed().size());
    ensure!(sizes == [head.size; 2], "la prueba es de otro árbol");
    std::fs::write(stage.out.join(EVIDENCE), text)?;

    let name = witness.name();
    stage.narrator.refused(&format!(
        "Alguien con acceso a la llave del libro firma otra historia de {} asientos, sin el surtido \
         del asiento {index}.",
        head.size
    ));
    stage.narrator.detail(
        "→",
        &format!("{name} no la cofirma (HTTP {}), y guarda las dos firmas que se contradicen: {EVIDENCE}", answer.status),
    );
    Ok(index)
}

/// The mirror's tree as if a prescription had never been dispensed: the act's entry repeats the one
/// before it. Its index, and the head.
fn history_without_dispensing(ledger: &Path, folio: Folio) -> Result<(u64, TreeHead)> {
    let directory = TileDirectory::open(ledger)?;
    let checkpoint = directory.read_checkpoint()?.context("no hay checkpoint")?;
    let size = checkpoint.claimed().size();
    let mut entries = entries(&directory, size)?;
    let is_dispensing = |entry: &[u8]| {
        Leaf::decode(entry).is_ok_and(|leaf| {
            leaf.pseudonym == Pseudonym::of(folio) && leaf.kind == LeafKind::Dispensed
        })
    };
    let mut pairs = entries.windows(2);
    let before = pairs.position(|pair| is_dispensing(&pair[1]));
    let before = before.context("la receta no se surtió")?;
    let (at, repeated) = (before + 1, entries[before].clone());
    entries[at] = repeated;
    let mut frontier = Frontier::new();
    for entry in &entries {
        frontier.push(leaf_hash(entry), &mut |_, _| {});
    }
    let root = frontier.root();
    ensure!(root != checkpoint.claimed().root(), "es la misma historia");
    Ok((u64::try_from(at)?, TreeHead { size, root }))
}

fn sign_with_the_token(stage: &Stage, head: TreeHead) -> Result<SignedCheckpoint> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("forge")
        .arg("--config")
        .arg(stage.world.service_config());
    command.args(["--size", &head.size.to_string()]);
    command.args(["--root", &head.root.to_base64()]);
    let signed = run_ok(command.envs([stage.world.token.environment()]))?;
    Ok(SignedCheckpoint::parse(signed.as_bytes())?)
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = folder.read_dir().context("el testigo no guardó nada")?;
    let first = files.next().context("el testigo no guardó nada")??.path();
    ensure!(
        files.next().is_none(),
        "el testigo guardó más de una prueba"
    );
    Ok(first)
}
