//! A world with its service running, for tests that talk to it.

use std::path::Path;

use anyhow::{Context, Result};
use sandbox::cast::Person;
use sandbox::processes::Server;
use sandbox::seed::{Line, Prescription};
use sandbox::witnesses::Witnesses;
use sandbox::{World, clock};
use tempfile::TempDir;

use crate::ehr::{Acknowledged, Ehr};

/// A running service and its witnesses. Dropping it kills them and removes the world.
pub struct Running {
    // Dropped in this order: the service before its files.
    server: Option<Server>,
    _witnesses: Witnesses,
    /// The world.
    pub world: World,
    /// The record of the health centre where both prescribers work.
    pub ehr: Ehr,
    folder: TempDir,
}

impl Running {
    /// Makes a world and starts its witnesses and its service.
    ///
    /// # Errors
    /// A program is not built, or does not start.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let world = World::create(&folder.path().join("world"))?;
        let witnesses = world.start_witnesses()?;
        let server = Some(world.start_service()?);
        let ehr = Ehr::new(&world)?;
        Ok(Self {
            server,
            _witnesses: witnesses,
            world,
            ehr,
            folder,
        })
    }

    /// A folder for the test's own files.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn scratch(&self) -> Result<std::path::PathBuf> {
        let path = self.folder.path().join("scratch");
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// A prescription for the `number`-th invented patient.
    ///
    /// # Errors
    /// None, in practice.
    pub fn prescription(&self, number: u64, lines: Vec<Line>) -> Result<Prescription> {
        let [doctor, _] = &self.world.prescribers;
        let patient = Person::numbered(number)?;
        Ok(Prescription::new(&patient, doctor, clock::today()?, lines)
            .identified(format!("ORD-{number}")))
    }

    /// Issues, which must succeed.
    ///
    /// # Errors
    /// It does not.
    pub fn issue(&self, prescription: &Prescription) -> Result<Acknowledged> {
        Acknowledged::of(&self.ehr.issue(prescription)?)
    }

    /// Issues clonazepam for the `number`-th patient: the sign that the service goes on.
    ///
    /// # Errors
    /// It does not.
    pub fn goes_on(&self, number: u64) -> Result<Acknowledged> {
        self.issue(&self.prescription(number, vec![Line::clonazepam()])?)
            .context("the service does not go on")
    }

    /// Stops the service gracefully.
    ///
    /// # Errors
    /// It does not stop, or says that something is wrong.
    pub fn stop(&mut self) -> Result<()> {
        self.server.take().map_or(Ok(()), Server::stop)
    }

    /// Starts it again, after [`Running::stop`] or after it ended by itself.
    ///
    /// # Errors
    /// It does not start.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.server = Some(self.world.start_service()?);
        Ok(())
    }

    /// Another process in the place of the service, which must have been stopped or is now.
    ///
    /// # Errors
    /// The old one does not stop.
    pub fn replace(&mut self, server: Server) -> Result<()> {
        self.stop()?;
        self.server = Some(server);
        Ok(())
    }

    /// Whether the process is alive.
    ///
    /// # Errors
    /// The operating system does not say.
    pub fn is_alive(&mut self) -> Result<bool> {
        self.server.as_mut().map_or(Ok(false), Server::is_running)
    }

    /// The folder that the world lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
