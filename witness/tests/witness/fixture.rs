//! A log of numbers with as many histories as needed, and a running witness.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use ledger::{
    AddCheckpoint, Checkpoint, ConsistencyProof, Frontier, Hash, NoteSigner as _, SignedCheckpoint,
    SoftwareSigner, Subtree, TreeHead, WitnessKey, leaf_hash, root_from_subtrees,
};

pub(crate) const ORIGIN: &str = "ledger.example.mx/receta";
pub(crate) const NAME: &str = "testigo.example/unam";

/// A history: the numbers, or from some entry on something else.
#[derive(Clone, Copy)]
pub(crate) struct History {
    pub(crate) differs_from: u64,
}

pub(crate) const HONEST: History = History {
    differs_from: u64::MAX,
};

pub(crate) fn log_key(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

impl History {
    fn hash(self, subtree: Subtree) -> Hash {
        let mut frontier = Frontier::new();
        for number in subtree.index << subtree.height..(subtree.index + 1) << subtree.height {
            let lie = u8::from(number >= self.differs_from);
            let leaf = leaf_hash(&[[lie].as_slice(), &number.to_be_bytes()].concat());
            frontier.push(leaf, &mut |_, _| {});
        }
        frontier.root()
    }

    pub(crate) fn checkpoint(self, size: u64) -> SignedCheckpoint {
        self.checkpoint_by(size, &log_key(1))
    }

    pub(crate) fn checkpoint_by(self, size: u64, key: &SoftwareSigner) -> SignedCheckpoint {
        let read = &mut |subtree| Ok::<_, Infallible>(self.hash(subtree));
        let root = root_from_subtrees(size, read).unwrap();
        let origin = key.verifier_key().name();
        let checkpoint = Checkpoint::new(origin, TreeHead { size, root }).unwrap();
        SignedCheckpoint::sign(checkpoint, key).unwrap()
    }

    /// The request to grow from `old` to `new`.
    pub(crate) fn request(self, old: u64, new: u64) -> AddCheckpoint {
        let read = &mut |subtree| Ok::<_, Infallible>(self.hash(subtree));
        let grows = old > 0 && old < new;
        let proof = grows.then(|| ConsistencyProof::generate(old, new, read).unwrap().path);
        AddCheckpoint::new(old, proof.unwrap_or_default(), self.checkpoint(new)).unwrap()
    }
}

fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_witness"));
    command.args(words);
    command
}

pub(crate) fn run(words: &[&str]) -> Output {
    program(words).output().unwrap()
}

pub(crate) fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn complained(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory with a key, and the file of the log's.
pub(crate) fn prepared() -> (tempfile::TempDir, WitnessKey) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("witness");
    let made = run(&["init", "--name", NAME, "--dir", dir.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    let vkey = format!("{}\n", log_key(1).verifier_key());
    std::fs::write(folder.path().join("log.vkey"), vkey).unwrap();
    let key = told(&made).trim_end().parse().unwrap();
    (folder, key)
}

/// The words that serve a prepared directory on a free port.
pub(crate) fn serve_words(folder: &Path) -> [String; 7] {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let words = ["serve", "--dir", "", "--listen", "127.0.0.1:0", "--log", ""];
    let mut words = words.map(str::to_owned);
    (words[2], words[6]) = (path("witness"), path("log.vkey"));
    words
}

/// A running witness; killed when dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    address: String,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Running {
    pub(crate) fn start(folder: &Path) -> Self {
        let words = serve_words(folder);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = program(&words);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("escuchando en ");
        let address = address.unwrap_or_else(|| panic!("not listening: {line}"));
        Self {
            address: address.to_owned(),
            child,
        }
    }

    pub(crate) fn post(&self, body: &[u8]) -> Result<Answer, ureq::Error> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let url = format!("{}/add-checkpoint", self.address);
        read(agent.post(url).send(body)?)
    }

    pub(crate) fn add(&self, request: &AddCheckpoint) -> Answer {
        self.post(request.to_string().as_bytes()).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        read(agent.get(format!("{}{path}", self.address)).call().unwrap()).unwrap()
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let content_type = response.headers().get("content-type");
    let content_type = content_type.map(|value| value.to_str().unwrap().to_owned());
    Ok(Answer {
        status: response.status().as_u16(),
        content_type: content_type.unwrap_or_default(),
        body: response.body_mut().read_to_string()?,
    })
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
