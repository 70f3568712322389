//! Asking the witnesses to cosign the public checkpoint (C2SP tlog-witness).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ledger::{
    AddCheckpoint, AddCheckpointError, AnswerError, Hash, NoteSignature, Policy, PolicyRefusal,
    PolicyWitness, SIZE_MEDIA_TYPE, SignedCheckpoint, read_answer, read_size_answer,
};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use super::{Inner, SequenceError, log_error};

/// Time that a witness has: the public checkpoint goes on without one that is slow.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer of a witness, in bytes: a few signature lines, or a number.
const MAX_ANSWER: u64 = 16 * 1024;

/// Who must cosign the public checkpoint, and what each cosigned last.
pub(super) struct Witnesses {
    policy: Policy,
    agent: Agent,
    /// The size that a witness cosigned last, by its name in the policy. Forgotten at a restart:
    /// the witness itself knows.
    sizes: Mutex<HashMap<String, u64>>,
    /// Those that did not cosign the last time.
    absent: Mutex<HashSet<String>>,
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
enum WitnessError {
    #[error("it does not answer: {0}")]
    Unreachable(String),
    #[error("it answered HTTP {status}: {text}")]
    Refused { status: u16, text: String },
    #[error("it cosigned {theirs} entries already, more than these {ours}")]
    Ahead { theirs: u64, ours: u64 },
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error(transparent)]
    Request(#[from] AddCheckpointError),
    #[error("no consistency proof: {0}")]
    Proof(SequenceError),
}

/// What a witness answered.
enum Answer {
    Cosigned(Vec<u8>),
    /// It cosigned another size last.
    OtherSize(u64),
}

impl Witnesses {
    pub(super) fn new(policy: Policy) -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent("rx-service")
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Self {
            policy,
            agent,
            sizes: Mutex::default(),
            absent: Mutex::default(),
        }
    }

    /// Whether the policy asks for any.
    pub(super) fn are_needed(&self) -> bool {
        self.policy.demands_witnesses()
    }

    /// The checkpoint with the cosignatures that its witnesses give now. All are asked at once.
    ///
    /// # Errors
    /// They do not make up the quorum of the policy.
    pub(super) async fn cosign(
        &self,
        inner: &Arc<Inner>,
        signed: &Arc<SignedCheckpoint>,
    ) -> Result<SignedCheckpoint, PolicyRefusal> {
        let mut cosigned = SignedCheckpoint::clone(signed);
        let asked: Vec<_> = self
            .policy
            .witnesses()
            .iter()
            .filter(|witness| witness.url.is_some())
            .map(|witness| {
                let (inner, signed, witness) =
                    (Arc::clone(inner), Arc::clone(signed), witness.clone());
                let name = witness.name.clone();
                let ask = move || inner.witnesses.ask(&inner, &witness, &signed);
                (name, tokio::task::spawn_blocking(ask))
            })
            .collect();
        for (witness, answer) in asked {
            match answer.await {
                Ok(Ok(cosignature)) => match cosigned.attach(cosignature) {
                    Ok(()) => self.note_absence(witness, None),
                    Err(error) => tracing::warn!(%witness, %error, "a cosignature does not fit"),
                },
                Ok(Err(error)) => self.note_absence(witness, Some(&error)),
                Err(error) => tracing::error!(%witness, %error, "asking a witness"),
            }
        }
        self.policy.verify(&cosigned)?;
        Ok(cosigned)
    }

    /// Makes sure that no witness has cosigned more than this log has: its database would have been
    /// put back to an older state, and whatever it signed from here on would be a second history.
    /// A witness that does not answer does not keep the log from starting.
    ///
    /// # Errors
    /// Which witness knows more.
    pub(super) async fn check_not_behind(
        &self,
        inner: &Arc<Inner>,
        signed: &Arc<SignedCheckpoint>,
    ) -> Result<(), SequenceError> {
        for witness in self
            .policy
            .witnesses()
            .iter()
            .filter(|witness| witness.url.is_some())
        {
            let (asked, signed) = (Arc::clone(inner), Arc::clone(signed));
            let copy = witness.clone();
            let ask = move || asked.witnesses.ask(&asked, &copy, &signed);
            let answer = tokio::task::spawn_blocking(ask).await.map_err(log_error)?;
            let witness = &witness.name;
            match answer {
                Ok(_) => {}
                Err(WitnessError::Ahead { theirs, ours }) => {
                    return Err(log_error(format!(
                        "witness {witness} has cosigned {theirs} entries, the database committed \
                         {ours}: it was restored from an older copy; bring back the newest, do not \
                         append"
                    )));
                }
                Err(error) => tracing::warn!(%witness, %error, "a witness does not say its size"),
            }
        }
        Ok(())
    }

    /// Asks one witness, twice at most: it may have cosigned another size than we remember.
    fn ask(
        &self,
        inner: &Inner,
        witness: &PolicyWitness,
        signed: &SignedCheckpoint,
    ) -> Result<NoteSignature, WitnessError> {
        let size = signed.claimed().size();
        let mut old_size = self.remembered(&witness.name);
        for _ in 0..2 {
            if old_size > size {
                return Err(WitnessError::Ahead {
                    theirs: old_size,
                    ours: size,
                });
            }
            let proof = consistency(inner, old_size, size).map_err(WitnessError::Proof)?;
            let request = AddCheckpoint::new(old_size, proof, signed.clone())?;
            match self.send(witness, &request)? {
                Answer::OtherSize(theirs) => old_size = theirs,
                Answer::Cosigned(text) => {
                    self.remember(&witness.name, size);
                    return Ok(read_answer(&text, signed, &witness.key)?.0);
                }
            }
        }
        Err(WitnessError::Refused {
            status: 409,
            text: "another process asks it at the same time".to_owned(),
        })
    }

    fn send(
        &self,
        witness: &PolicyWitness,
        request: &AddCheckpoint,
    ) -> Result<Answer, WitnessError> {
        let url = witness.url.as_deref().unwrap_or_default();
        let url = format!("{}/add-checkpoint", url.trim_end_matches('/'));
        let unreachable = |error: ureq::Error| WitnessError::Unreachable(error.to_string());
        let mut response = self
            .agent
            .post(url)
            .content_type("text/plain; charset=utf-8")
            .send(request.to_string())
            .map_err(unreachable)?;
        let status = response.status().as_u16();
        let tells_size = response.body().mime_type() == Some(SIZE_MEDIA_TYPE);
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()
            .map_err(unreachable)?;
        match (status, read_size_answer(&body)) {
            (200, _) => Ok(Answer::Cosigned(body)),
            (409, Some(theirs)) if tells_size => Ok(Answer::OtherSize(theirs)),
            _ => Err(WitnessError::Refused {
                status,
                text: String::from_utf8_lossy(&body).chars().take(200).collect(),
            }),
        }
    }

    /// Says once that a witness is away, and once that it is back.
    fn note_absence(&self, witness: String, why: Option<&WitnessError>) {
        let mut absent = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = why {
            if !absent.contains(&witness) {
                tracing::warn!(%witness, %error, "a witness does not cosign");
                absent.insert(witness);
            }
        } else if absent.remove(&witness) {
            tracing::info!(%witness, "a witness cosigns again");
        }
    }

    fn remembered(&self, name: &str) -> u64 {
        let sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.get(name).copied().unwrap_or(0)
    }

    fn remember(&self, name: &str, size: u64) {
        let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.insert(name.to_owned(), size);
    }
}

/// The proof that the tree of `size` entries begins with the one of `old_size`; empty where there
/// is nothing to prove.
fn consistency(inner: &Inner, old_size: u64, size: u64) -> Result<Vec<Hash>, SequenceError> {
    if old_size == 0 || old_size == size {
        return Ok(Vec::new());
    }
    let proof = inner.tree().log.consistency_proof(old_size, size);
    Ok(proof.map_err(log_error)?.path)
}
