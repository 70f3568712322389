//! Why the ceremony stops, and what to do next; for the people in the room.

use std::path::PathBuf;

use hsm::HsmError;

/// Why the ceremony stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CeremonyError {
    /// Reading a PIN or writing to the terminal failed.
    #[error("no se puede leer o escribir en la terminal: {0}")]
    Terminal(#[source] std::io::Error),
    /// Nothing was typed.
    #[error("no se tecleó ningún PIN; empiece de nuevo")]
    NoPin,
    /// One person under two names of roles.
    #[error("{0} tiene dos papeles; oficial, custodio y testigo deben ser tres personas")]
    SamePerson(String),
    /// A label, a name or the date that would make the minutes ambiguous.
    #[error("{0:?} no puede ir en el acta: debe ser una línea, sin espacios a los lados")]
    NotALine(String),
    /// Two keys under one label.
    #[error("la etiqueta {0} se pidió para dos llaves; dé una a cada una")]
    SameLabel(String),
    /// The minutes are there already.
    #[error("el acta {0} ya existe; no se sobrescribe: dé otro nombre, o compruebe con `check`")]
    MinutesExist(PathBuf),
    /// The minutes cannot be read or written.
    #[error("el acta {path}: {source}")]
    Minutes {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The minutes are not minutes.
    #[error("{0} no es un acta de `ceremony make`")]
    NotMinutes(PathBuf),
    /// Keys that nobody asked for.
    #[error(
        "en el token hay llaves secretas que no son de esta ceremonia: {0}. Quien tuvo el PIN \
         pudo copiar la llave: inicialice el token y empiece de nuevo"
    )]
    Unaccounted(String),
    /// A key is not what the minutes say.
    #[error("{label}: el acta dice {minutes}, el token tiene {token}. No use este token")]
    Differs {
        /// The key's label.
        label: String,
        /// Its fingerprint in the minutes.
        minutes: String,
        /// Its fingerprint now.
        token: String,
    },
    /// Signed inside the token, and something is wrong with it.
    #[error("la llave {0} no quedó confiable: falta el paso del oficial de seguridad")]
    NotTrusted(String),
    /// The token.
    #[error("el token: {0}")]
    Hsm(#[from] HsmError),
}
