//! Challenges that wait for a passkey's answer.

use activation::Refusal;
use jiff::Timestamp;
use prescription::Cedula;
use sqlx::{AnyConnection, Row};

use super::activation::refused;
use super::error::During;
use super::{Store, StoreError};

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengePurpose {
    /// Consent to digests.
    Authorise,
    /// A new passkey.
    Register,
}

impl ChallengePurpose {
    fn code(self) -> &'static str {
        match self {
            Self::Authorise => "authorise",
            Self::Register => "register",
        }
    }
}

/// A challenge that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenChallenge {
    /// What the passkey must sign.
    pub challenge: [u8; 32],
    /// What made it fresh.
    pub nonce: [u8; 32],
    /// What for.
    pub purpose: ChallengePurpose,
    /// To whom.
    pub cedula: Cedula,
    /// At which client.
    pub client: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Store {
    /// Keeps a challenge until it is answered or ends, and forgets those that ended before `now`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn give_challenge(
        &self,
        given: GivenChallenge,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const NAME: &str = "give-challenge";
        self.writer
            .transaction(NAME, move |connection| {
                let given = given.clone();
                Box::pin(async move {
                    sqlx::query("DELETE FROM activation_challenge WHERE expires_at < $1")
                        .bind(now.as_millisecond())
                        .execute(&mut *connection)
                        .await
                        .during(NAME)?;
                    sqlx::query(
                        "INSERT INTO activation_challenge
                         (challenge, nonce, purpose, cedula, client, expires_at)
                         VALUES ($1, $2, $3, $4, $5, $6)",
                    )
                    .bind(given.challenge.to_vec())
                    .bind(given.nonce.to_vec())
                    .bind(given.purpose.code())
                    .bind(String::from(given.cedula))
                    .bind(given.client)
                    .bind(given.expires_at.as_millisecond())
                    .execute(connection)
                    .await
                    .during(NAME)
                    .map(drop)
                })
            })
            .await
    }

    /// The nonce of a challenge that was given for `purpose` to `cedula` at `client` and waits.
    ///
    /// # Errors
    /// The database failed.
    pub async fn challenge_nonce(
        &self,
        challenge: &[u8; 32],
        purpose: ChallengePurpose,
        (cedula, client): (&Cedula, &str),
        now: Timestamp,
    ) -> Result<Option<[u8; 32]>, StoreError> {
        const NAME: &str = "challenge";
        let row = sqlx::query(
            "SELECT nonce FROM activation_challenge
             WHERE challenge = $1 AND purpose = $2 AND cedula = $3 AND client = $4
               AND expires_at > $5",
        )
        .bind(challenge.to_vec())
        .bind(purpose.code())
        .bind(cedula.as_str().to_owned())
        .bind(client.to_owned())
        .bind(now.as_millisecond())
        .fetch_optional(&self.read)
        .await
        .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let nonce: Vec<u8> = row.try_get(0).during(NAME)?;
        let damaged = |_| StoreError::inconsistent("activation_challenge", "nonce", cedula);
        nonce.try_into().map(Some).map_err(damaged)
    }
}

/// Takes a challenge out: it is answered.
///
/// # Errors
/// [`Refusal::Challenge`] where it is not there any more.
pub(super) async fn answer(
    connection: &mut AnyConnection,
    challenge: &[u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    let answered =
        sqlx::query("DELETE FROM activation_challenge WHERE challenge = $1 AND expires_at > $2")
            .bind(challenge.to_vec())
            .bind(now.as_millisecond())
            .execute(connection)
            .await
            .during("answer-challenge")?;
    if answered.rows_affected() == 1 {
        Ok(())
    } else {
        Err(refused(Refusal::Challenge))
    }
}
