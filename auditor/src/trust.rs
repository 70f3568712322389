//! Whose checkpoints are believed: a pinned key of the log, or a policy with witnesses.

use ledger::{
    Checkpoint, Policy, PolicyRefusal, SignedCheckpoint, TreeHead, VerifiedCosignature, VerifierKey,
};

use crate::verify::checkpoint_in_spanish;

/// What whoever runs the program pins: a C2SP tlog-policy, if only of one key and no witness.
#[derive(Debug, Clone)]
pub struct LogTrust(Policy);

/// Evidence that a checkpoint satisfies a [`LogTrust`]. Only [`LogTrust`] makes one.
#[derive(Debug, Clone)]
pub struct TrustedCheckpoint {
    signed: SignedCheckpoint,
    key: VerifierKey,
    cosignatures: Vec<VerifiedCosignature>,
    witnessed_at: Option<u64>,
}

/// Why a checkpoint is not believed, in Spanish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Distrust(String);

impl LogTrust {
    /// Believes the log of `key`, and asks for no witness.
    #[must_use]
    pub fn of_key(key: VerifierKey) -> Self {
        Self(Policy::of_log(key))
    }

    /// Believes what the policy believes.
    #[must_use]
    pub fn of_policy(policy: Policy) -> Self {
        Self(policy)
    }

    /// Identity of the first log: the one that all messages are about.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.0.logs().first().map_or("", |log| log.key.name())
    }

    /// The log's keys.
    #[must_use]
    pub fn keys(&self) -> Vec<VerifierKey> {
        self.0.logs().iter().map(|log| log.key.clone()).collect()
    }

    /// The logs that are named, each once, in the order of the policy.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        let mut origins: Vec<String> = Vec::new();
        for log in self.0.logs() {
            if !origins.iter().any(|origin| origin == log.key.name()) {
                origins.push(log.key.name().to_owned());
            }
        }
        origins
    }

    /// The same witnesses and quorum, for the log with this origin alone: by the keys that are
    /// pinned for it, and by `keys` of its own.
    ///
    /// # Errors
    /// [`Distrust`] where that is no policy: no key, or too many.
    pub fn of_origin(&self, origin: &str, keys: &[VerifierKey]) -> Result<Self, Distrust> {
        let mut own: Vec<&VerifierKey> = Vec::new();
        for key in self.0.logs().iter().map(|log| &log.key).chain(keys) {
            if key.name() == origin && !own.contains(&key) {
                own.push(key);
            }
        }
        if own.is_empty() {
            return Err(Distrust(format!("no hay llave del registro «{origin}»")));
        }
        // A policy is made of its text only.
        let logs = own.iter().map(|key| format!("log {key}\n"));
        let text = self.0.to_string();
        let rest = text.split_inclusive('\n');
        let rest = rest.filter(|line| !line.starts_with("log "));
        let text: String = logs.chain(rest.map(str::to_owned)).collect();
        let policy = Policy::parse(&text).map_err(|reason| Distrust(reason.to_string()))?;
        Ok(Self(policy))
    }

    /// Whether a checkpoint needs any witness.
    #[must_use]
    pub fn demands_witnesses(&self) -> bool {
        self.0.demands_witnesses()
    }

    /// Checks signature, origin and the quorum of witnesses.
    ///
    /// # Errors
    /// [`Distrust`], which says what is wrong or missing.
    pub fn verify(&self, signed: &SignedCheckpoint) -> Result<TrustedCheckpoint, Distrust> {
        let witnessed = self
            .0
            .verify(signed)
            .map_err(|reason| self.distrust(&reason))?;
        Ok(TrustedCheckpoint {
            signed: signed.clone(),
            key: witnessed.key().clone(),
            cosignatures: witnessed.cosignatures().to_vec(),
            witnessed_at: witnessed.witnessed_at(),
        })
    }

    /// Checks signature and origin only: what the log signed binds it, whoever else did.
    ///
    /// # Errors
    /// [`Distrust`].
    pub fn verify_log(&self, signed: &SignedCheckpoint) -> Result<TrustedCheckpoint, Distrust> {
        let mut refusal = PolicyRefusal::UnknownLog {
            origin: signed.claimed().origin().to_owned(),
        };
        for log in self.0.logs() {
            match signed.verify(&log.key) {
                Ok(_) => return Ok(self.signed_by(signed, &log.key)),
                Err(reason) if log.key.name() == signed.claimed().origin() => {
                    refusal = PolicyRefusal::Log(reason);
                }
                Err(_) => {}
            }
        }
        Err(self.distrust(&refusal))
    }

    fn signed_by(&self, signed: &SignedCheckpoint, key: &VerifierKey) -> TrustedCheckpoint {
        let witnesses = self.0.witnesses().iter();
        TrustedCheckpoint {
            signed: signed.clone(),
            key: key.clone(),
            cosignatures: witnesses
                .filter_map(|witness| witness.key.verify(signed).ok())
                .collect(),
            witnessed_at: None,
        }
    }

    /// Reads a checkpoint and checks it as [`LogTrust::verify_log`] does.
    ///
    /// # Errors
    /// [`Distrust`].
    pub fn read_log(&self, bytes: &[u8]) -> Result<TrustedCheckpoint, Distrust> {
        self.verify_log(&parse(bytes)?)
    }

    /// Reads a checkpoint and checks it as [`LogTrust::verify`] does.
    ///
    /// # Errors
    /// [`Distrust`].
    pub fn read(&self, bytes: &[u8]) -> Result<TrustedCheckpoint, Distrust> {
        self.verify(&parse(bytes)?)
    }

    fn distrust(&self, refusal: &PolicyRefusal) -> Distrust {
        Distrust(match refusal {
            PolicyRefusal::UnknownLog { origin } => {
                format!("es del registro «{origin}», no de «{}»", self.origin())
            }
            PolicyRefusal::Log(reason) => checkpoint_in_spanish(reason),
            PolicyRefusal::Witness { witness, reason } => {
                format!("la cofirma del testigo «{witness}» no es válida (detalle: {reason})")
            }
            PolicyRefusal::NoQuorum { quorum, cosigned } => {
                let cosigned = if cosigned.is_empty() {
                    "nadie".to_owned()
                } else {
                    cosigned.join(", ")
                };
                format!("faltan testigos: no se reúne «{quorum}» (lo cofirmó: {cosigned})")
            }
        })
    }
}

fn parse(bytes: &[u8]) -> Result<SignedCheckpoint, Distrust> {
    SignedCheckpoint::parse(bytes).map_err(|reason| Distrust(checkpoint_in_spanish(&reason)))
}

impl TrustedCheckpoint {
    /// The checkpoint with its signatures, as published.
    #[must_use]
    pub fn signed(&self) -> &SignedCheckpoint {
        &self.signed
    }

    /// What the log signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        self.signed.claimed()
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.signed.claimed().head()
    }

    /// The key of the log that signed.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The witnesses of the policy that cosigned, by the names of their keys.
    #[must_use]
    pub fn cosignatures(&self) -> &[VerifiedCosignature] {
        &self.cosignatures
    }

    /// The time, in seconds since 1970, as of which the quorum vouches for it. `None` where none
    /// is demanded, or only the log's signature was asked for.
    #[must_use]
    pub fn witnessed_at(&self) -> Option<u64> {
        self.witnessed_at
    }
}
