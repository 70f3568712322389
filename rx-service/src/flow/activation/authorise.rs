//! Consent: a second factor, answered for a list of digests.

use activation::webauthn::{self, Assertion};
use activation::{Digest, Refusal, Token, challenge, totp};
use jiff::Timestamp;
use prescription::Cedula;

use crate::flow::FlowError;
use crate::office::Office;
use crate::store::{
    ChallengePurpose, FactorKind, FactorProof, GivenChallenge, NewActivation, StoredFactor,
};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whose key.
    pub cedula: Cedula,
    /// The client that asks: fingerprint of its certificate.
    pub client: String,
    /// For what.
    pub digests: Vec<Digest>,
}

/// How the prescriber's factor answers.
#[derive(Debug, Clone, Copy)]
pub enum FactorAnswer<'a> {
    /// A one-time code.
    Otp(&'a str),
    /// A passkey's answer, with its credential id.
    Passkey(&'a [u8], Assertion<'a>),
}

/// An activation that was given.
#[derive(Debug)]
pub struct Authorised {
    /// Its text, for the header `Receta-Activation`. It is shown once.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How many the prescriber made within the last hour.
    pub within_hour: u32,
}

/// A challenge for the prescriber's passkey to answer.
///
/// # Errors
/// [`Refusal::Digests`], [`Refusal::TooMany`], [`Refusal::NoFactor`].
pub async fn get_challenge(office: &Office, asked: &Asked) -> Result<[u8; 32], FlowError> {
    let (now, _) = office.now();
    check(office, asked)?;
    let factors = office.store.factors(&asked.cedula).await?;
    if !factors.iter().any(|factor| passkey(factor).is_some()) {
        return Err(Refusal::NoFactor.into());
    }
    let nonce = office.entropy.secret()?;
    let challenge = challenge(&nonce, &asked.cedula, &asked.client, &asked.digests);
    let given = GivenChallenge {
        challenge,
        nonce,
        purpose: ChallengePurpose::Authorise,
        cedula: asked.cedula.clone(),
        client: asked.client.clone(),
        expires_at: office.activation.policy.end(now),
    };
    office.store.give_challenge(given, now).await?;
    Ok(challenge)
}

/// Gives an activation for what is asked, if the factor's answer is right.
///
/// # Errors
/// [`FlowError::Activation`] with the reason.
pub async fn authorise(
    office: &Office,
    asked: &Asked,
    answer: FactorAnswer<'_>,
) -> Result<Authorised, FlowError> {
    let (now, _) = office.now();
    check(office, asked)?;
    let proof = match answer {
        FactorAnswer::Otp(code) => by_otp(office, &asked.cedula, code, now).await?,
        FactorAnswer::Passkey(id, given) => by_passkey(office, asked, (id, given), now).await?,
    };
    let token = Token::new(office.entropy.secret()?);
    let policy = office.activation.policy;
    let new = NewActivation {
        token_hash: token.hash(),
        cedula: asked.cedula.clone(),
        client: asked.client.clone(),
        digests: asked.digests.clone(),
        made_at: now,
        proof,
    };
    Ok(Authorised {
        within_hour: office.store.activate(new, policy).await?,
        token: token.to_text(),
        expires_at: policy.end(now),
    })
}

fn check(office: &Office, asked: &Asked) -> Result<(), Refusal> {
    let count = u64::try_from(asked.digests.len()).unwrap_or(u64::MAX);
    office.activation.policy.check(&asked.digests, count)
}

async fn by_otp(
    office: &Office,
    cedula: &Cedula,
    code: &str,
    now: Timestamp,
) -> Result<FactorProof, FlowError> {
    let factors = office.store.factors(cedula).await?;
    let found = factors.iter().find_map(|factor| match &factor.kind {
        FactorKind::Totp {
            secret,
            algorithm,
            last_step,
        } => Some((factor, secret, *algorithm, *last_step)),
        FactorKind::Passkey(_) => None,
    });
    let (factor, secret, algorithm, last) = found.ok_or(Refusal::NoFactor)?;
    let policy = office.activation.policy;
    // Counted before it is looked at, so that guesses sent at once are counted each.
    office
        .store
        .claim_attempt(factor.id.clone(), policy, now)
        .await?;
    Ok(FactorProof::Otp {
        factor: factor.id.clone(),
        step: totp::check(secret, algorithm, code, (now, last))?,
    })
}

async fn by_passkey(
    office: &Office,
    asked: &Asked,
    (id, given): (&[u8], Assertion<'_>),
    now: Timestamp,
) -> Result<FactorProof, FlowError> {
    let factors = office.store.factors(&asked.cedula).await?;
    let found = factors.iter().find_map(|factor| {
        let passkey = passkey(factor)?;
        (passkey.id == id).then_some((factor, passkey))
    });
    let (factor, passkey) = found.ok_or(Refusal::NoFactor)?;
    // The browser says which challenge was answered; what it must have been is computed here from
    // the digests that are asked for now.
    let claimed = webauthn::claimed_challenge(given.client_data).ok_or(Refusal::Challenge)?;
    let party = (&asked.cedula, asked.client.as_str());
    let purpose = ChallengePurpose::Authorise;
    let nonce = office
        .store
        .challenge_nonce(&claimed, purpose, party, now)
        .await?
        .ok_or(Refusal::Challenge)?;
    let expected = challenge(&nonce, &asked.cedula, &asked.client, &asked.digests);
    if expected != claimed {
        return Err(Refusal::OtherContent.into());
    }
    let relying_party = &office.activation.relying_party;
    let counter = webauthn::verify(given, passkey, &expected, relying_party);
    Ok(FactorProof::Passkey {
        factor: factor.id.clone(),
        challenge: expected,
        counter: counter.map_err(Refusal::Passkey)?,
    })
}

fn passkey(factor: &StoredFactor) -> Option<&webauthn::Passkey> {
    match &factor.kind {
        FactorKind::Passkey(passkey) => Some(passkey),
        FactorKind::Totp { .. } => None,
    }
}
