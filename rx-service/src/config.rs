//! The configuration file. Everything that a deployment chooses is here; nothing is read from the
//! environment.

mod activation;
mod revocation;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use prescription::Clues;
use prescription::law::Parameters;
use serde::Deserialize;

use crate::store::Locked;

pub use self::activation::{Activation, ActivationSection};
pub use self::revocation::{Policy as RevocationPolicy, RevocationSection, TrustSection};

/// What a deployment chooses. `docs/OPERATIONS.md` explains each line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen. Port 0: any free port, printed at start.
    pub listen: SocketAddr,
    /// The address under which clients reach the service, without a final slash; absent:
    /// `https://` and `listen`.
    pub public_url: Option<String>,
    /// The ledger's files and, with SQLite, the database.
    pub data_dir: PathBuf,
    /// `sqlite:…` or `postgres://…`; absent: `receta.db` in `data_dir`.
    pub database: Option<String>,
    /// Time zone of the service, and of establishments in the central zone. The others have their
    /// own: see [`crate::zones`].
    #[serde(default = "mexico_city")]
    pub time_zone: String,
    /// Time zones of single establishments, by CLUES, where they differ from their entity's: such
    /// as those in a border municipality that the catalog does not have.
    #[serde(default)]
    pub establishment_time_zones: BTreeMap<Clues, String>,
    /// TLS.
    pub tls: TlsConfig,
    /// The token.
    pub hsm: HsmSection,
    /// The ledger.
    pub ledger: LedgerSection,
    /// Whose certificates may sign prescriptions.
    pub professionals: TrustSection,
    /// How revocation is watched.
    #[serde(default)]
    pub revocation: RevocationSection,
    /// Who says when a signature existed; absent: signatures stay as they are made.
    pub timestamp: Option<TimestampSection>,
    /// The SAT's authorities, whose e.firmas prescribers may bring along; absent: none.
    #[serde(default)]
    pub efirma: TrustSection,
    /// The institution's key, for QRs of prescribers whose e.firma does not fit one; absent: none.
    pub institution: Option<InstitutionSection>,
    /// Prescriptions that are signed outside.
    #[serde(default)]
    pub own_signature: OwnSignatureSection,
    /// How prescribers activate their keys.
    #[serde(default)]
    pub activation: ActivationSection,
    /// Numbers that the law's text does not give.
    #[serde(default)]
    pub law: Parameters,
    /// The same of stock and control books.
    #[serde(default)]
    pub stock: substances::law::Parameters,
}

/// Certificates of this server and of its clients.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The server's chain, PEM.
    pub certificate: PathBuf,
    /// The server's key, PEM.
    pub key: PathBuf,
    /// The authority of the clients' certificates, PEM.
    pub client_ca: PathBuf,
}

/// The PKCS#11 token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HsmSection {
    /// The vendor's module.
    pub module: PathBuf,
    /// The token's label, where there is one token. Otherwise `tokens`.
    pub token_label: Option<String>,
    /// Tokens that hold the same keys, the preferred one first.
    #[serde(default)]
    pub tokens: Vec<TokenSection>,
    /// A file that holds the PIN, readable by this program alone.
    pub pin_file: PathBuf,
    /// Sessions at work at once.
    #[serde(default = "four")]
    pub sessions: usize,
}

/// One of several tokens with the same keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSection {
    /// Its label.
    pub label: String,
    /// A file that holds its PIN; absent: that of the section.
    pub pin_file: Option<PathBuf>,
}

impl HsmSection {
    /// Label and PIN file of each token, the preferred one first.
    ///
    /// # Errors
    /// [`ConfigError::Tokens`] unless exactly one of `token_label` and `tokens` is there.
    pub fn each_token(&self) -> Result<Vec<(&str, &Path)>, ConfigError> {
        match (&self.token_label, self.tokens.as_slice()) {
            (Some(label), []) => Ok(vec![(label, &self.pin_file)]),
            (None, tokens) if !tokens.is_empty() => Ok(tokens
                .iter()
                .map(|token| {
                    let pin_file = token.pin_file.as_ref().unwrap_or(&self.pin_file);
                    (token.label.as_str(), pin_file.as_path())
                })
                .collect()),
            _ => Err(ConfigError::Tokens),
        }
    }
}

/// The ledger.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSection {
    /// Origin line of the checkpoints, and name of the key: a schema-less URL of the operator.
    pub origin: String,
    /// Milliseconds between public checkpoints.
    #[serde(default = "one_second")]
    pub publish_every_ms: u64,
    /// Labels of the log's keys in the token, newest first. During a rotation there are two, and
    /// both sign.
    #[serde(default = "first_key")]
    pub keys: Vec<String>,
    /// A C2SP tlog-policy: which witnesses must cosign the public checkpoint, and their URLs.
    /// Absent: none.
    pub policy: Option<PathBuf>,
    /// Where to serve the public ledger over plain HTTP, without client certificates, for whoever
    /// follows it; absent: only to the service's own clients.
    pub public_listen: Option<SocketAddr>,
    /// A bucket for the published files; absent: the folder `ledger` in `data_dir`.
    pub store: Option<BucketSection>,
}

/// A bucket that speaks S3, shared by all replicas.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketSection {
    /// Base URL of the server; absent: Amazon's of the region.
    pub endpoint: Option<String>,
    /// Region that requests are signed for.
    pub region: String,
    /// Name of the bucket.
    pub bucket: String,
    /// What the names of all objects begin with.
    #[serde(default)]
    pub prefix: String,
    /// A file with the access key id.
    pub access_key_id_file: PathBuf,
    /// A file with the secret access key, readable by this program alone.
    pub secret_access_key_file: PathBuf,
    /// Whether the endpoint may be plain HTTP.
    #[serde(default)]
    pub allow_http: bool,
    /// Whether the server honours conditional puts. Where it does not, two replicas that publish
    /// at the same moment are not told apart.
    #[serde(default = "yes")]
    pub conditional_puts: bool,
}

/// The institution's key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstitutionSection {
    /// Label of its P-256 key in the token: see `rx-service institution-key`.
    #[serde(default = "institution_key")]
    pub key: String,
    /// Its certificate, PEM or DER, of an authority of the professionals; it represents a legal
    /// person.
    pub certificate: PathBuf,
}

/// Prescriptions that are signed outside.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnSignatureSection {
    /// Seconds in which what was prepared can be completed.
    #[serde(deserialize_with = "lifetime")]
    pub lifetime_seconds: i64,
}

impl Default for OwnSignatureSection {
    fn default() -> Self {
        Self {
            lifetime_seconds: 600,
        }
    }
}

/// A minute to an hour: a prescriber has to read and to type a password, and what was read must
/// not grow old.
fn lifetime<'de, D: serde::Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let seconds = i64::deserialize(from)?;
    if (60..=3600).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(serde::de::Error::custom(
            "own_signature.lifetime_seconds must lie between 60 and 3600",
        ))
    }
}

/// A timestamp authority (RFC 3161): see [`crate::timestamp`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampSection {
    /// Where it answers requests.
    pub url: String,
    /// Its root certificates, PEM or DER.
    pub anchors: Vec<PathBuf>,
    /// Its issuing authorities, PEM or DER.
    #[serde(default)]
    pub issuers: Vec<PathBuf>,
    /// Revocation lists of its CAs, PEM or DER. Read anew for each batch: whoever keeps them
    /// fresh replaces the files.
    #[serde(default)]
    pub crls: Vec<PathBuf>,
    /// The policies that are accepted, as dotted OIDs.
    pub policies: Vec<String>,
    /// The policy to ask for; absent: the authority's own choice, if accepted.
    pub ask_policy: Option<String>,
    /// The hash of the imprint: `sha256`, as NOM-151 prescribes. No other is asked with.
    #[serde(default = "sha256")]
    pub hash: String,
}

fn sha256() -> String {
    "sha256".to_owned()
}

fn mexico_city() -> String {
    "America/Mexico_City".to_owned()
}

fn institution_key() -> String {
    "receta-institution".to_owned()
}

fn four() -> usize {
    4
}

fn yes() -> bool {
    true
}

fn first_key() -> Vec<String> {
    vec!["receta-ledger".to_owned()]
}

fn one_second() -> u64 {
    1000
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that it names, or itself, cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML of this shape.
    #[error("{path}: {message}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
    /// No token is named, or in two ways.
    #[error(
        "[hsm] must have either token_label, for one token, or [[hsm.tokens]] with a label each, \
         for tokens that hold the same keys"
    )]
    Tokens,
}

impl Config {
    /// Reads a configuration file. Relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file and the line.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = String::from_utf8_lossy(&read_file(path)?).into_owned();
        let mut config: Self = toml::from_str(&text).map_err(|error| ConfigError::Shape {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        for file in config.paths() {
            *file = folder.join(&*file);
        }
        Ok(config)
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        let mut paths = vec![
            &mut self.data_dir,
            &mut self.tls.certificate,
            &mut self.tls.key,
            &mut self.tls.client_ca,
            &mut self.hsm.pin_file,
        ];
        let tokens = self.hsm.tokens.iter_mut();
        paths.extend(tokens.filter_map(|token| token.pin_file.as_mut()));
        for section in [&mut self.professionals, &mut self.efirma] {
            paths.extend(&mut section.anchors);
            paths.extend(&mut section.issuers);
            paths.extend(&mut section.crls);
        }
        if let Some(institution) = &mut self.institution {
            paths.push(&mut institution.certificate);
        }
        paths.extend(&mut self.ledger.policy);
        if let Some(timestamp) = &mut self.timestamp {
            paths.extend(&mut timestamp.anchors);
            paths.extend(&mut timestamp.issuers);
            paths.extend(&mut timestamp.crls);
        }
        if let Some(store) = &mut self.ledger.store {
            paths.extend([
                &mut store.access_key_id_file,
                &mut store.secret_access_key_file,
            ]);
        }
        paths
    }

    /// Base of the URLs in answers.
    #[must_use]
    pub fn public_url(&self) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("https://{}", self.listen))
    }

    /// The database's URL.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database
            .clone()
            .unwrap_or_else(|| Locked::sqlite_url(&self.data_dir.join("receta.db")))
    }

    /// The ledger's folder.
    #[must_use]
    pub fn ledger_dir(&self) -> PathBuf {
        self.data_dir.join("ledger")
    }

    /// Time between public checkpoints.
    #[must_use]
    pub fn publish_every(&self) -> Duration {
        Duration::from_millis(self.ledger.publish_every_ms.max(1))
    }
}

/// A file's bytes, or an error that names it.
///
/// # Errors
/// [`ConfigError::Read`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"
        listen = "127.0.0.1:8443"
        data_dir = "data"
        [tls]
        certificate = "server.pem"
        key = "server.key"
        client_ca = "/etc/receta/clients.pem"
        [hsm]
        module = "/usr/lib/softhsm/libsofthsm2.so"
        token_label = "receta"
        pin_file = "pin"
        [ledger]
        origin = "receta.example/ledger"
        [professionals]
        anchors = ["root.pem"]
    "#;

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receta.toml");
        std::fs::write(&file, EXAMPLE).unwrap();
        let config = Config::load(&file).unwrap();
        assert_eq!(config.data_dir, folder.path().join("data"));
        assert_eq!(config.tls.client_ca, Path::new("/etc/receta/clients.pem"));
        assert_eq!(config.law, Parameters::default());
        assert_eq!(config.publish_every(), Duration::from_secs(1));
    }

    #[test]
    fn one_token_or_several_with_the_same_keys() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receta.toml");
        let load = |tokens: &str| {
            let text = EXAMPLE.replace("token_label = \"receta\"", tokens);
            let more = "[[hsm.tokens]]\nlabel = \"a\"\n[[hsm.tokens]]\nlabel = \"b\"\n\
                        pin_file = \"pin-b\"\n";
            let several = if tokens == "both" || tokens.is_empty() {
                format!("{}{more}", text.replace("both", "token_label = \"receta\""))
            } else {
                text
            };
            std::fs::write(&file, several).unwrap();
            Config::load(&file).unwrap()
        };
        let (pin, pin_b) = (folder.path().join("pin"), folder.path().join("pin-b"));
        let one = load("token_label = \"receta\"");
        assert_eq!(one.hsm.each_token().unwrap(), [("receta", pin.as_path())]);
        let two = load("");
        assert_eq!(
            two.hsm.each_token().unwrap(),
            [("a", pin.as_path()), ("b", pin_b.as_path())]
        );
        for wrong in ["both", "sessions = 4"] {
            let error = load(wrong).hsm.each_token().unwrap_err();
            assert!(error.to_string().contains("[[hsm.tokens]]"), "{error}");
        }
    }

    #[test]
    fn a_misspelt_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receta.toml");
        std::fs::write(&file, format!("lissten = 1\n{EXAMPLE}")).unwrap();
        let error = Config::load(&file).unwrap_err().to_string();
        assert!(error.contains("lissten"), "{error}");
    }
}
