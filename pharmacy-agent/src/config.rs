//! The configuration file of a counter. Nothing is read from the environment.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use prescription::{Clues, Fraction};
use serde::Deserialize;

/// What a pharmacy chooses. Relative paths start at the folder of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the service is: `https://host:port`.
    pub service_url: String,
    /// The authority of the service's TLS certificate, PEM. No other authority is believed.
    pub server_ca: PathBuf,
    /// The pharmacy's certificate chain, PEM.
    pub client_certificate: PathBuf,
    /// The pharmacy's key: P-256, PKCS#8, PEM. It opens TLS and signs each dispensing.
    pub client_key: PathBuf,
    /// The pharmacy's CLUES.
    pub clues: Clues,
    /// Number of its sanitary licence for estupefacientes and psicotrópicos, if it has one.
    pub controlled_licence: Option<String>,
    /// Where `counter.db` lives.
    pub data_dir: PathBuf,
    /// The ledger's key in a file of one line, a C2SP vkey. No other ledger is believed, and no
    /// witness is asked for.
    pub ledger_vkey: Option<PathBuf>,
    /// Instead of one key: a C2SP tlog-policy, with the ledger's keys and its witnesses.
    pub ledger_policy: Option<PathBuf>,
    /// How old the witnesses' word may be when fractions I to III are dispensed, in hours.
    #[serde(default = "a_day")]
    pub witnessed_max_age_hours: u32,
    /// Time zone in which the law's days are counted.
    #[serde(default = "mexico_city")]
    pub time_zone: String,
    /// Whose certificates may sign prescriptions.
    pub professionals: Professionals,
    /// The SAT's authorities, for recetas that were signed with an e.firma; absent: none.
    #[serde(default)]
    pub efirma: Professionals,
    /// What may be dispensed without a network.
    #[serde(default)]
    pub offline: OfflineLimits,
}

/// Trust in prescribers' certificates.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Professionals {
    /// Root authorities, PEM.
    pub anchors: Vec<PathBuf>,
    /// Issuing authorities, PEM.
    #[serde(default)]
    pub issuers: Vec<PathBuf>,
    /// Revocation lists, one PEM block or DER each.
    #[serde(default)]
    pub crls: Vec<PathBuf>,
}

/// The pharmacy's policy for dispensing without a network. It can only narrow the law.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfflineLimits {
    /// Whether anything is dispensed without a network.
    pub allowed: bool,
    /// Fractions that are: IV and below.
    pub fractions: Vec<Fraction>,
    /// Packages of one line, at most.
    pub max_packages: u32,
    /// Acts that may wait for the network, at most.
    pub max_pending: u32,
}

impl Default for OfflineLimits {
    /// Nothing: a pharmacy opts in.
    fn default() -> Self {
        Self {
            allowed: false,
            fractions: vec![Fraction::IV, Fraction::V, Fraction::VI],
            max_packages: 2,
            max_pending: 50,
        }
    }
}

fn a_day() -> u32 {
    24
}

fn mexico_city() -> String {
    "America/Mexico_City".to_owned()
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that it names, or itself, cannot be read.
    #[error("No se puede leer {path}: {source}.")]
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
        /// What is wrong, with its line.
        message: String,
    },
    /// A value that cannot be used.
    #[error("{path}: {field}: {problem}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        field: &'static str,
        /// What is wrong, and what to write.
        problem: &'static str,
    },
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read_text(path)?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| ConfigError::Shape {
            path: path.to_owned(),
            message: error
                .to_string()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        })?;
        config
            .check()
            .map_err(|(field, problem)| ConfigError::Value {
                path: path.to_owned(),
                field,
                problem,
            })?;
        config.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    fn check(&mut self) -> Result<(), (&'static str, &'static str)> {
        while self.service_url.ends_with('/') {
            self.service_url.pop();
        }
        if !self.service_url.starts_with("https://") {
            return Err(("service_url", "debe empezar con https://"));
        }
        if TimeZone::get(&self.time_zone).is_err() {
            return Err((
                "time_zone",
                "no es una zona horaria, como America/Mexico_City",
            ));
        }
        if self.ledger_vkey.is_some() == self.ledger_policy.is_some() {
            return Err((
                "ledger_vkey",
                "indique ledger_vkey o ledger_policy, uno de los dos",
            ));
        }
        if self
            .offline
            .fractions
            .iter()
            .any(|fraction| fraction.is_controlled())
        {
            return Err((
                "offline.fractions",
                "las fracciones I a III sólo se surten en línea",
            ));
        }
        if self.professionals.anchors.is_empty() {
            return Err((
                "professionals.anchors",
                "indique al menos una autoridad raíz",
            ));
        }
        Ok(())
    }

    fn resolve(&mut self, folder: &Path) {
        let own = [
            &mut self.server_ca,
            &mut self.client_certificate,
            &mut self.client_key,
            &mut self.data_dir,
        ];
        let ledger = [&mut self.ledger_vkey, &mut self.ledger_policy];
        let own = own.into_iter().chain(ledger.into_iter().flatten());
        let sections = [&mut self.professionals, &mut self.efirma];
        let lists = sections.into_iter().flat_map(|section| {
            [
                &mut section.anchors,
                &mut section.issuers,
                &mut section.crls,
            ]
        });
        for path in own.chain(lists.flatten()) {
            // `join` leaves an absolute path as it is.
            *path = folder.join(&*path);
        }
    }
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| in_file(path, source))
}

/// The bytes of a file.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|source| in_file(path, source))
}

fn in_file(path: &Path, source: std::io::Error) -> ConfigError {
    ConfigError::Read {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
service_url = "https://receta.example:8443/"
server_ca = "ca.pem"
client_certificate = "/etc/counter/pharmacy.pem"
client_key = "pharmacy.key"
clues = "HGFAR000001"
controlled_licence = "LS-1"
data_dir = "data"
ledger_vkey = "ledger.vkey"
[professionals]
anchors = ["root.pem"]
issuers = ["issuing.pem"]
[offline]
allowed = true
fractions = ["IV"]
max_packages = 3
"#;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("/srv/counter.toml"))
    }

    #[test]
    fn paths_start_at_the_folder_of_the_file() {
        let config = parse(WHOLE).unwrap();
        assert_eq!(config.service_url, "https://receta.example:8443");
        assert_eq!(config.data_dir, Path::new("/srv/data"));
        assert_eq!(
            config.client_certificate,
            Path::new("/etc/counter/pharmacy.pem")
        );
        assert_eq!(
            config.professionals.issuers,
            [Path::new("/srv/issuing.pem")]
        );
        assert_eq!(config.offline.max_packages, 3);
        assert_eq!(config.offline.max_pending, 50);
        assert_eq!(config.time_zone, "America/Mexico_City");
        assert_eq!(config.witnessed_max_age_hours, 24);
        let policy = parse(&WHOLE.replace("ledger_vkey", "ledger_policy")).unwrap();
        let path = Path::new("/srv/ledger.vkey");
        assert_eq!(policy.ledger_policy.as_deref(), Some(path));
    }

    #[test]
    fn the_example_is_a_configuration() {
        let config = parse(include_str!("../counter.example.toml")).unwrap();
        assert!(config.offline.allowed);
    }

    #[test]
    fn offline_is_off_unless_chosen() {
        let (text, _) = WHOLE.split_once("[offline]").unwrap();
        assert!(!parse(text).unwrap().offline.allowed);
    }

    #[test]
    fn each_mistake_is_named_in_one_line() {
        for (from, to, named) in [
            ("https://", "http://", "service_url"),
            ("[\"IV\"]", "[\"III\"]", "offline.fractions"),
            ("[\"root.pem\"]", "[]", "professionals.anchors"),
            ("[\"IV\"]", "[\"VII\"]", "VII"),
            ("HGFAR000001", "hgfar", "CLUES"),
            ("data_dir", "datadir", "datadir"),
            ("ledger_vkey = \"ledger.vkey\"\n", "", "uno de los dos"),
            (
                "ledger_vkey",
                "ledger_policy = \"policy.txt\"\nledger_vkey",
                "uno de los dos",
            ),
            (
                "[professionals]",
                "time_zone = \"Marte\"\n[professionals]",
                "time_zone",
            ),
        ] {
            let message = parse(&WHOLE.replace(from, to)).unwrap_err().to_string();
            assert!(message.contains(named), "{message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Config::load(Path::new("/nonexistent/counter.toml")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/counter.toml"));
    }
}
