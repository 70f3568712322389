//! Activations: made with a factor, redeemed once per digest.

use std::sync::Arc;

use activation::{Digest, Grant, GrantedDigest, Policy, Refusal, Use};
use jiff::{SignedDuration, Timestamp};
use prescription::Cedula;
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::{Conflict, Store, StoreError};

/// How long an activation is kept after it was made: what an hour's count and a dispute of the same
/// day need.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A factor proved that its owner consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorProof {
    /// A one-time code.
    Otp {
        /// The factor.
        factor: String,
        /// Its step, which no earlier or equal code may have been of.
        step: i64,
    },
    /// A passkey's answer.
    Passkey {
        /// The factor.
        factor: String,
        /// The challenge, which is answered now.
        challenge: [u8; 32],
        /// Its new counter.
        counter: u32,
    },
}

/// An activation to be written.
#[derive(Debug, Clone)]
pub struct NewActivation {
    /// Hash of its token.
    pub token_hash: [u8; 32],
    /// Whose key.
    pub cedula: Cedula,
    /// For which client.
    pub client: String,
    /// For what.
    pub digests: Vec<Digest>,
    /// When.
    pub made_at: Timestamp,
    /// What proved the consent.
    pub proof: FactorProof,
}

impl Store {
    /// Writes an activation and uses up its proof, both or neither. Returns how many the prescriber
    /// made within the last hour, this one with it.
    ///
    /// # Errors
    /// [`Conflict::Activation`]: the code was used, the challenge answered, the counter went back,
    /// the factor removed, or there were too many.
    pub async fn activate(&self, new: NewActivation, policy: Policy) -> Result<u32, StoreError> {
        const NAME: &str = "activate";
        let new = Arc::new(new);
        self.writer
            .transaction(NAME, move |connection| {
                let new = Arc::clone(&new);
                Box::pin(async move {
                    let count = count(connection, &new).await?;
                    if count >= policy.per_hour {
                        return Err(refused(Refusal::TooOften(policy.per_hour)));
                    }
                    forget(connection, &new).await?;
                    use_proof(connection, &new).await?;
                    insert(connection, &new, policy.end(new.made_at)).await?;
                    Ok(count + 1)
                })
            })
            .await
    }

    /// Uses an activation for `act` at `now`, all its digests or none, exactly once each.
    ///
    /// # Errors
    /// [`Conflict::Activation`] with the reason; nothing was used.
    pub async fn redeem(
        &self,
        token_hash: [u8; 32],
        act: &Use<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const NAME: &str = "redeem";
        let wanted = Arc::new(Wanted::of(act));
        self.writer
            .transaction(NAME, move |connection| {
                let wanted = Arc::clone(&wanted);
                Box::pin(async move {
                    let grant = read(connection, &token_hash).await?;
                    let grant = grant.ok_or_else(|| refused(Refusal::Unknown))?;
                    grant.redeem(&wanted.as_use(), now).map_err(refused)?;
                    for digest in &wanted.digests {
                        // Two that redeem at once: the second waits for the first, and finds none.
                        let used = sqlx::query(
                            "UPDATE activation_digest SET used_at = $1
                             WHERE token_hash = $2 AND digest = $3 AND used_at IS NULL",
                        )
                        .bind(now.as_millisecond())
                        .bind(token_hash.to_vec())
                        .bind(digest.to_vec())
                        .execute(&mut *connection)
                        .await
                        .during(NAME)?
                        .rows_affected();
                        if used != 1 {
                            return Err(refused(Refusal::Used));
                        }
                    }
                    // Commit point (with the transaction): a crash after it loses the activation,
                    // never uses it twice; the prescriber authorises again.
                    Ok(())
                })
            })
            .await
    }
}

/// What a transaction that may run again holds of a [`Use`].
struct Wanted {
    cedula: Cedula,
    client: String,
    digests: Vec<Digest>,
    per_prescription: bool,
}

impl Wanted {
    fn of(act: &Use<'_>) -> Self {
        let mut digests = act.digests.to_vec();
        // In one order, so that two that redeem at once do not wait for each other in a circle.
        digests.sort_unstable();
        Self {
            cedula: act.cedula.clone(),
            client: act.client.to_owned(),
            digests,
            per_prescription: act.per_prescription,
        }
    }

    fn as_use(&self) -> Use<'_> {
        Use {
            cedula: &self.cedula,
            client: &self.client,
            digests: &self.digests,
            per_prescription: self.per_prescription,
        }
    }
}

pub(super) fn refused(refusal: Refusal) -> StoreError {
    StoreError::Conflict(Conflict::Activation(refusal))
}

async fn read(
    connection: &mut AnyConnection,
    token_hash: &[u8; 32],
) -> Result<Option<Grant>, StoreError> {
    const NAME: &str = "read-activation";
    let damaged = |column| StoreError::inconsistent("activation", column, "a token's hash");
    let row =
        sqlx::query("SELECT cedula, client, expires_at FROM activation WHERE token_hash = $1")
            .bind(token_hash.to_vec())
            .fetch_optional(&mut *connection)
            .await
            .during(NAME)?;
    let Some(row) = row else { return Ok(None) };
    let (cedula, client): (String, String) = (
        row.try_get("cedula").during(NAME)?,
        row.try_get("client").during(NAME)?,
    );
    let expires_at: i64 = row.try_get("expires_at").during(NAME)?;
    let rows = sqlx::query("SELECT digest, used_at FROM activation_digest WHERE token_hash = $1")
        .bind(token_hash.to_vec())
        .fetch_all(&mut *connection)
        .await
        .during(NAME)?;
    let mut digests = Vec::with_capacity(rows.len());
    for row in rows {
        let digest: Vec<u8> = row.try_get("digest").during(NAME)?;
        let used_at: Option<i64> = row.try_get("used_at").during(NAME)?;
        digests.push(GrantedDigest {
            digest: digest.try_into().map_err(|_| damaged("digest"))?,
            used: used_at.is_some(),
        });
    }
    Ok(Some(Grant {
        cedula: cedula.parse().map_err(|_| damaged("cedula"))?,
        client,
        expires_at: Timestamp::from_millisecond(expires_at).map_err(|_| damaged("expires_at"))?,
        digests,
    }))
}

async fn count(connection: &mut AnyConnection, new: &NewActivation) -> Result<u32, StoreError> {
    const NAME: &str = "count-activations";
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM activation WHERE cedula = $1 AND made_at > $2",
    )
    .bind(new.cedula.as_str().to_owned())
    .bind(before(new.made_at, HOUR))
    .fetch_one(connection)
    .await
    .during(NAME)?;
    let count: i64 = row.try_get(0).during(NAME)?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX - 1))
}

/// Deletes what is older than [`KEPT`] of the same prescriber.
async fn forget(connection: &mut AnyConnection, new: &NewActivation) -> Result<(), StoreError> {
    const NAME: &str = "forget-activations";
    for sql in [
        "DELETE FROM activation_digest WHERE token_hash IN
         (SELECT token_hash FROM activation WHERE cedula = $1 AND made_at < $2)",
        "DELETE FROM activation WHERE cedula = $1 AND made_at < $2",
    ] {
        sqlx::query(sql)
            .bind(new.cedula.as_str().to_owned())
            .bind(before(new.made_at, KEPT))
            .execute(&mut *connection)
            .await
            .during(NAME)?;
    }
    Ok(())
}

fn before(at: Timestamp, duration: SignedDuration) -> i64 {
    at.saturating_sub(duration)
        .map_or(i64::MIN, Timestamp::as_millisecond)
}

async fn use_proof(connection: &mut AnyConnection, new: &NewActivation) -> Result<(), StoreError> {
    const NAME: &str = "use-factor";
    let owner = new.cedula.as_str().to_owned();
    let (query, otherwise) = match &new.proof {
        FactorProof::Otp { factor, step } => {
            let query = sqlx::query(
                "UPDATE activation_factor
                 SET counter = $1, failures = 0, locks = 0, locked_until = 0
                 WHERE id = $2 AND cedula = $3 AND counter < $1 AND removed_at IS NULL",
            );
            let query = query.bind(*step).bind(factor.clone()).bind(owner);
            (query, Refusal::Otp)
        }
        FactorProof::Passkey {
            factor,
            challenge,
            counter,
        } => {
            super::challenge::answer(connection, challenge, new.made_at).await?;
            let query = sqlx::query(
                "UPDATE activation_factor SET counter = $1
                 WHERE id = $2 AND cedula = $3 AND removed_at IS NULL
                   AND (counter < $1 OR (counter = 0 AND $1 = 0))",
            );
            let query = query
                .bind(i64::from(*counter))
                .bind(factor.clone())
                .bind(owner);
            (
                query,
                Refusal::Passkey(activation::webauthn::WebauthnError::Counter),
            )
        }
    };
    let changed = query.execute(connection).await.during(NAME)?;
    if changed.rows_affected() == 1 {
        Ok(())
    } else {
        Err(refused(otherwise))
    }
}

async fn insert(
    connection: &mut AnyConnection,
    new: &NewActivation,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    const NAME: &str = "insert-activation";
    let (FactorProof::Otp { factor, .. } | FactorProof::Passkey { factor, .. }) = &new.proof;
    sqlx::query(
        "INSERT INTO activation (token_hash, cedula, client, factor, made_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.token_hash.to_vec())
    .bind(new.cedula.as_str().to_owned())
    .bind(new.client.clone())
    .bind(factor.clone())
    .bind(new.made_at.as_millisecond())
    .bind(expires_at.as_millisecond())
    .execute(&mut *connection)
    .await
    .during(NAME)?;
    for digest in &new.digests {
        sqlx::query("INSERT INTO activation_digest (token_hash, digest) VALUES ($1, $2)")
            .bind(new.token_hash.to_vec())
            .bind(digest.to_vec())
            .execute(&mut *connection)
            .await
            .during(NAME)?;
    }
    Ok(())
}
