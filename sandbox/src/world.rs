//! A whole world in one folder: PKI, token, configurations, enrolled prescribers.
//!
//! ```text
//! SANDBOX            says that the folder is ours, and may be emptied
//! world.json         written last: the world is complete
//! pki/               certificates and keys
//! token/             SoftHSM
//! service/           rx-service.toml, data/, log
//! counter-1/, …      counter.toml, data/, log
//! witness-…/         key, memory, evidence of forks, log
//! ledger.vkey        the ledger's key, as verifiers pin it
//! policy.txt         the same with the witnesses, as verifiers pin them
//! ```

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Result, bail};
use hsm_config::SoftHsm;
use ledger::VerifierKey;
use serde::{Deserialize, Serialize};

use crate::activation::Activator;
use crate::cast::{Prescriber, SPECIAL_FOLIOS, prescribers};
use crate::client::Client;
use crate::clock;
use crate::configuration;
use crate::counter::Counter;
use crate::pki::{Pki, Who};
use crate::port::free_ports;
use crate::processes::{Server, program, run_ok};
use crate::witnesses::{Witness, Witnesses, policy};

const TAG: &str = "SANDBOX";
const COMPLETE: &str = "world.json";
/// What a world consists of. One of another format is made anew.
const FORMAT: u32 = 3;

/// A world. It outlives the programs that run in it.
pub struct World {
    folder: PathBuf,
    /// Of the service; the public ledger and the witnesses are on the next ones.
    port: u16,
    /// Its certificates.
    pub pki: Pki,
    /// Its token.
    pub token: SoftHsm,
    /// Its prescribers, enrolled; the first has the special recetario.
    pub prescribers: [Prescriber; 2],
    /// The prescribers' second factors.
    pub activator: Arc<Activator>,
    /// Who watches its ledger.
    pub witnesses: [Witness; 2],
}

#[derive(Serialize, Deserialize)]
struct Complete {
    format: u32,
    port: u16,
}

impl World {
    /// Makes a world in `folder`, or opens the one that an earlier call completed. What an
    /// interrupted call left is removed first.
    ///
    /// # Errors
    /// The folder holds something else, SoftHSM is not installed, or the service refuses.
    pub fn create(folder: &Path) -> Result<Self> {
        Self::create_on(folder, None)
    }

    /// The same, with the service on a port of choice.
    ///
    /// # Errors
    /// As [`World::create`].
    pub fn create_on(folder: &Path, port: Option<u16>) -> Result<Self> {
        let complete = prepare(folder)?;
        let folder = folder.canonicalize()?;
        let token = SoftHsm::create(&folder.join("token"), "receta-sandbox")?;
        let pki_folder = folder.join("pki");
        let pki = match &complete {
            Some(_) => Pki::open(&pki_folder)?,
            None => Pki::create(&pki_folder, clock::today()?)?,
        };
        let is_new = complete.is_none();
        let port = free_ports(port.or(complete.map(|complete| complete.port)))?;
        let world = Self {
            witnesses: Witness::both(&folder, port + 2),
            activator: Activator::of_world(&folder, port),
            folder,
            port,
            pki,
            token,
            prescribers: prescribers()?,
        };
        world.write_configurations()?;
        if is_new {
            world.make_ledger_keys()?;
        }
        // The ports may be others than before.
        world.write_policy()?;
        if is_new {
            world.enrol()?;
        }
        world.mark_complete()?;
        Ok(world)
    }

    /// A world that is up: nothing in it is written.
    ///
    /// # Errors
    /// There is none in `folder`.
    pub fn open(folder: &Path) -> Result<Self> {
        let complete = read_complete(&folder.join(COMPLETE));
        let Some(complete) = complete else {
            bail!("no world of this version is in {}", folder.display());
        };
        let folder = folder.canonicalize()?;
        let port = complete.port;
        Ok(Self {
            witnesses: Witness::both(&folder, port + 2),
            activator: Activator::of_world(&folder, port),
            token: SoftHsm::create(&folder.join("token"), "receta-sandbox")?,
            pki: Pki::open(&folder.join("pki"))?,
            port,
            folder,
            prescribers: prescribers()?,
        })
    }

    fn mark_complete(&self) -> Result<()> {
        let complete = Complete {
            format: FORMAT,
            port: self.port,
        };
        let complete = serde_json::to_vec(&complete)?;
        Ok(std::fs::write(self.folder.join(COMPLETE), complete)?)
    }

    fn write_configurations(&self) -> Result<()> {
        let parts = configuration::Parts {
            folder: &self.folder,
            base: &self.base(),
            port: self.port,
            public_port: self.port + 1,
            pki: &self.pki,
            token: &self.token,
        };
        configuration::write(&parts)
    }

    /// The ledger's key is born in the HSM, and each witness makes its own.
    fn make_ledger_keys(&self) -> Result<()> {
        let vkey = run_ok(self.service_command()?.arg("ledger-key"))?;
        std::fs::write(self.ledger_vkey(), vkey)?;
        self.witnesses.iter().try_for_each(Witness::init)
    }

    fn write_policy(&self) -> Result<()> {
        let key = self.ledger_key()?;
        let policy = policy(&key, &self.public_ledger(), &self.witnesses)?;
        Ok(std::fs::write(self.policy(), policy)?)
    }

    /// Keys are born in the HSM, certified here, and installed; then the special folios.
    fn enrol(&self) -> Result<()> {
        let today = clock::today()?;
        for prescriber in &self.prescribers {
            let mut arguments = vec!["enrol", "--cedula", prescriber.cedula];
            arguments.extend(["--profession", "physician"]);
            for clues in prescriber.establishments {
                arguments.extend(["--clues", clues]);
            }
            let spki = run_ok(self.service_command()?.args(&arguments))?;
            let certificate = self.pki.certify(prescriber, &spki, today)?;
            let mut command = self.service_command()?;
            command.args(["certify", "--cedula", prescriber.cedula, "--certificate"]);
            run_ok(command.arg(certificate))?;
        }
        let command = || self.service_command();
        self.activator.enrol(&self.prescribers, &command)?;
        let [first, _] = &self.prescribers;
        let mut deliver = self.service_command()?;
        deliver.args(["deliver-folios", "--cedula", first.cedula]);
        for folio in SPECIAL_FOLIOS {
            deliver.args(["--folio", folio]);
        }
        run_ok(&mut deliver).map(drop)
    }

    /// The service's configuration file.
    #[must_use]
    pub fn service_config(&self) -> PathBuf {
        self.folder.join(configuration::SERVICE_FILE)
    }

    /// `rx-service` with this world's configuration and token; the subcommand is the caller's.
    ///
    /// # Errors
    /// The program is not built.
    pub fn service_command(&self) -> Result<Command> {
        let mut command = Command::new(program("rx-service")?);
        command.arg("--config").arg(self.service_config());
        command
            .args(["--log", "warn"])
            .envs([self.token.environment()]);
        Ok(command)
    }

    /// Starts the witnesses and waits until they answer. Without them the service gives receipts,
    /// but publishes no checkpoint.
    ///
    /// # Errors
    /// One does not start; the end of its log.
    pub fn start_witnesses(&self) -> Result<Witnesses> {
        Witnesses::start(&self.witnesses, &self.ledger_vkey())
    }

    /// Starts one witness alone.
    ///
    /// # Errors
    /// It does not start; the end of its log.
    pub fn start_witness(&self, witness: &Witness) -> Result<Server> {
        witness.start(&self.ledger_vkey())
    }

    /// Starts the service and waits until it listens.
    ///
    /// # Errors
    /// It does not start; the end of its log.
    pub fn start_service(&self) -> Result<Server> {
        self.token.mend()?;
        let mut command = self.service_command()?;
        let log = self.folder.join("service/log.jsonl");
        let mut server = Server::start(command.arg("serve"), &log)?;
        let address = server.wait_for_line("listening on ")?;
        let expected = format!("127.0.0.1:{}", self.port);
        if address != expected {
            bail!("the service listens on {address}, not {expected}");
        }
        Ok(server)
    }

    /// A client of the public ledger, without a certificate.
    #[must_use]
    pub fn public_client(&self) -> Client {
        Client::without_certificate(&format!("http://127.0.0.1:{}", self.port + 1))
    }

    /// A client of the service.
    ///
    /// # Errors
    /// A file of the PKI is missing.
    pub fn client(&self, who: Who) -> Result<Client> {
        let (certificate, key) = self.pki.client(who);
        let client = Client::new(&self.base(), &self.pki.tls_ca(), &certificate, &key)?;
        Ok(client.with_activator(Arc::clone(&self.activator)))
    }

    /// The counter of pharmacy 1 or 2.
    ///
    /// # Errors
    /// There is no such counter, or the program is not built.
    pub fn counter(&self, number: u8) -> Result<Counter> {
        Counter::new(&self.folder, number)
    }

    /// The port of the service on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the service listens: `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn base(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Where anybody follows the ledger: `http://127.0.0.1:PORT/ledger`.
    #[must_use]
    pub fn public_ledger(&self) -> String {
        format!("http://127.0.0.1:{}/ledger", self.port + 1)
    }

    /// The world's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The service's data: database and ledger.
    #[must_use]
    pub fn service_data(&self) -> PathBuf {
        self.folder.join("service/data")
    }

    /// The file with the ledger's key (C2SP vkey).
    #[must_use]
    pub fn ledger_vkey(&self) -> PathBuf {
        self.folder.join(configuration::VKEY_FILE)
    }

    /// The ledger's key.
    ///
    /// # Errors
    /// The file is not there.
    pub fn ledger_key(&self) -> Result<VerifierKey> {
        Ok(std::fs::read_to_string(self.ledger_vkey())?
            .trim()
            .parse()?)
    }

    /// The policy (C2SP tlog-policy): the ledger's key, its witnesses, and how many are needed.
    #[must_use]
    pub fn policy(&self) -> PathBuf {
        self.folder.join(configuration::POLICY_FILE)
    }
}

/// Makes the folder ready: what an earlier call completed, or an empty folder with our tag.
fn prepare(folder: &Path) -> Result<Option<Complete>> {
    let tagged = folder.join(TAG).exists();
    if let Some(complete) = read_complete(&folder.join(COMPLETE))
        && tagged
    {
        return Ok(Some(complete));
    }
    let occupied = folder
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !tagged {
        bail!(
            "{} holds something else; choose an empty folder",
            folder.display()
        );
    }
    if tagged {
        std::fs::remove_dir_all(folder)?;
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    std::fs::write(
        folder.join(TAG),
        "Mundo de desarrollo de Receta. Se puede borrar.\n",
    )?;
    Ok(None)
}

/// What a call of this version completed.
fn read_complete(path: &Path) -> Option<Complete> {
    let complete: Complete = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    (complete.format == FORMAT).then_some(complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious.txt");
        std::fs::write(&precious, "mine").unwrap();
        assert!(prepare(folder.path()).is_err());
        assert_eq!(std::fs::read_to_string(precious).unwrap(), "mine");
    }

    #[test]
    fn an_interrupted_world_is_made_anew_and_a_complete_one_kept() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("world");
        assert!(prepare(&folder).unwrap().is_none());
        std::fs::write(folder.join("half"), "").unwrap();
        assert!(prepare(&folder).unwrap().is_none());
        assert!(!folder.join("half").exists());
        let complete = format!(r#"{{"format":{FORMAT},"port":20000}}"#);
        std::fs::write(folder.join(COMPLETE), complete).unwrap();
        std::fs::write(folder.join("kept"), "").unwrap();
        assert_eq!(prepare(&folder).unwrap().unwrap().port, 20000);
        assert!(folder.join("kept").exists());
    }

    #[test]
    fn a_world_of_another_version_is_made_anew() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("world");
        for other in [r#"{"port":20000}"#, r#"{"format":1,"port":20000}"#, "{"] {
            assert!(prepare(&folder).unwrap().is_none());
            std::fs::write(folder.join(COMPLETE), other).unwrap();
            assert!(prepare(&folder).unwrap().is_none(), "{other}");
            assert!(!folder.join(COMPLETE).exists());
        }
    }
}
