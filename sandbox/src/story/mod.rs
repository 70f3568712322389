//! The story of `cargo xtask demo`: ten chapters, each told and each checked. Where the system
//! does not do what the narration says, the story ends with an error.

mod alter;
mod audit;
mod cancel;
mod counter;
mod fork;
mod issue;
mod keys;
mod outputs;
mod own_input;
mod prove;
mod refuse;
mod service;
mod shelves;
mod substances;
mod tamper;
mod tls;
mod witnesses;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::civil::Date;

use crate::World;
use crate::client::Client;
use crate::clock;
use crate::narrate::Narrator;
use crate::pki::Who;
use crate::processes::Server;
pub(crate) use fork::{ForgeArguments, forge};

/// The first witness of the world, and the second.
const COFEPRIS: usize = 0;
const UNIVERSIDAD: usize = 1;

/// What the demo is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The reader's own FHIR resource or Bundle, instead of the story.
    pub input: Option<PathBuf>,
    /// Where the results go.
    pub out: PathBuf,
}

/// Where the story plays.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) narrator: Narrator,
    /// `demo-out/`.
    pub(crate) out: PathBuf,
    /// A place for what the reader does not need.
    pub(crate) scratch: PathBuf,
    pub(crate) today: Date,
    service: Option<Server>,
    witnesses: [Option<Server>; 2],
}

impl Stage {
    pub(crate) fn client(&self, who: Who) -> Result<Client> {
        self.world.client(who)
    }

    pub(crate) fn start_service(&mut self) -> Result<()> {
        self.service = Some(self.world.start_service()?);
        Ok(())
    }

    pub(crate) fn stop_service(&mut self) -> Result<()> {
        self.service
            .take()
            .context("the service does not run")?
            .stop()
    }

    fn start_witness(&mut self, which: usize) -> Result<()> {
        let witness = &self.world.witnesses[which];
        self.witnesses[which] = Some(self.world.start_witness(witness)?);
        Ok(())
    }

    fn stop_witness(&mut self, which: usize) -> Result<()> {
        self.witnesses[which]
            .take()
            .context("the witness does not run")?
            .stop()
    }

    fn start_witnesses(&mut self) -> Result<()> {
        [COFEPRIS, UNIVERSIDAD]
            .into_iter()
            .try_for_each(|which| self.start_witness(which))
    }

    fn stop_witnesses(&mut self) -> Result<()> {
        [COFEPRIS, UNIVERSIDAD]
            .into_iter()
            .try_for_each(|which| self.stop_witness(which))
    }

    /// The service first, which publishes once more at its end.
    fn stop_everything(&mut self) -> Result<()> {
        self.stop_service()?;
        self.stop_witnesses()
    }
}

/// Tells the story in a world of its own, which is gone afterwards.
///
/// # Errors
/// The first thing that is not as the narration says.
pub fn demo(options: &Options) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("receta-demo-").tempdir()?;
    demo_in(options, folder.path(), Narrator::stdout())
}

/// Tells the story in a world in `folder`.
///
/// # Errors
/// As [`demo`].
pub fn demo_in(options: &Options, folder: &Path, mut narrator: Narrator) -> Result<()> {
    let own_input = options.input.as_deref().map(own_input::read).transpose()?;
    let out = outputs::prepare(&options.out)?;
    narrator.say("Receta: de la solicitud de quien prescribe a la prueba de quien audita.");
    narrator.say("Toda persona, cédula y CURP de esta historia es inventada.");
    let world = keys::tell(&mut narrator, &folder.join("world"))?;
    let scratch = folder.join("scratch");
    std::fs::create_dir_all(&scratch)?;
    let today = clock::today()?;
    let mut stage = Stage {
        world,
        narrator,
        out,
        scratch,
        today,
        service: None,
        witnesses: [None, None],
    };
    let told = chapters(&mut stage, own_input);
    told.with_context(|| match stage.service.as_ref().map(Server::log_tail) {
        Some(log) if !log.is_empty() => format!("final de la bitácora del servicio:\n{log}\n"),
        Some(_) | None => "la historia no se cumplió".to_owned(),
    })
}

/// Every chapter after the first.
fn chapters(stage: &mut Stage, own_input: Option<Vec<u8>>) -> Result<()> {
    service::tell(stage)?;
    if let Some(input) = own_input {
        own_input::tell(stage, input)?;
        stage.stop_everything()
    } else {
        let issued = issue::tell(stage)?;
        let first_checkpoint = audit::remember(stage, &issued)?;
        refuse::tell(stage, &issued)?;
        counter::tell(stage, &issued)?;
        cancel::tell(stage, &issued)?;
        let last_index = shelves::tell(stage)?;
        let witnessed = witnesses::tell(stage, &issued, last_index)?;
        let audited = audit::tell(stage, &first_checkpoint, &witnessed)?;
        let proved = prove::tell(stage, &audited.audit, &issued, &witnessed)?;
        let told = outputs::Told {
            issued,
            witnessed,
            audited,
            proved,
        };
        outputs::finish(stage, &told)
    }
}
