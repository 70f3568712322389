//! Enrolling and removing factors: each by an order that somebody's factor proves, but the first.

use activation::totp::{self, Algorithm};
use activation::webauthn::{self, Registration};
use activation::{Refusal, registration_challenge};
use data_encoding::HEXLOWER;
use prescription::Cedula;

use super::{Activated, OFFICER};
use crate::flow::FlowError;
use crate::office::Office;
use crate::store::{ChallengePurpose, FactorKind, FactorOrder, GivenChallenge, StoredFactor};

/// Who orders a change of factors.
#[derive(Debug, Clone, Copy)]
pub enum Orderer<'a> {
    /// Nobody: only while there is no factor at all, of whomever. The first officer begins so.
    First,
    /// An officer at a terminal, or the owner with a factor that is enrolled already: their
    /// activation for this order was redeemed.
    By(&'a Activated),
}

/// A passkey that a browser made.
#[derive(Debug, Clone, Copy)]
pub struct NewPasskey<'a> {
    /// How its owner calls it.
    pub label: &'a str,
    /// What the browser returned.
    pub given: Registration<'a>,
}

/// Enrols an app with one-time codes and returns its `otpauth:` URI, which is shown once.
///
/// # Errors
/// [`FlowError::NotEnrolled`], [`Refusal::FactorTaken`], [`Refusal::NotFirst`].
pub async fn enrol_totp(
    office: &Office,
    cedula: &Cedula,
    algorithm: Algorithm,
    orderer: Orderer<'_>,
) -> Result<String, FlowError> {
    known(office, cedula).await?;
    let secret = office.entropy.secret::<{ totp::SECRET_LEN }>()?;
    let kind = FactorKind::Totp {
        secret: secret.to_vec(),
        algorithm,
        last_step: 0,
    };
    let (factor, order) = new(office, kind, "app", (orderer, OFFICER))?;
    office
        .store
        .enrol_factor(cedula.clone(), factor, order, None)
        .await?;
    let issuer = &office.activation.relying_party.id;
    Ok(totp::uri(&secret, algorithm, issuer, cedula.as_str()))
}

/// A challenge for the browser to make a passkey with.
///
/// # Errors
/// [`FlowError::NotEnrolled`].
pub async fn passkey_options(
    office: &Office,
    cedula: &Cedula,
    client: &str,
) -> Result<[u8; 32], FlowError> {
    known(office, cedula).await?;
    let (now, _) = office.now();
    let nonce = office.entropy.secret()?;
    let challenge = registration_challenge(&nonce, cedula, client);
    let given = GivenChallenge {
        challenge,
        nonce,
        purpose: ChallengePurpose::Register,
        cedula: cedula.clone(),
        client: client.to_owned(),
        expires_at: office.activation.policy.end(now),
    };
    office.store.give_challenge(given, now).await?;
    Ok(challenge)
}

/// Enrols a passkey that answers the challenge of [`passkey_options`]; returns the factor's
/// identifier.
///
/// # Errors
/// [`FlowError::Activation`] with the reason.
pub async fn enrol_passkey(
    office: &Office,
    cedula: &Cedula,
    client: &str,
    passkey: NewPasskey<'_>,
    orderer: Orderer<'_>,
) -> Result<String, FlowError> {
    known(office, cedula).await?;
    let (now, _) = office.now();
    let claimed = webauthn::claimed_challenge(passkey.given.client_data);
    let claimed = claimed.ok_or(Refusal::Challenge)?;
    let purpose = ChallengePurpose::Register;
    let nonce = office
        .store
        .challenge_nonce(&claimed, purpose, (cedula, client), now)
        .await?
        .ok_or(Refusal::Challenge)?;
    let challenge = registration_challenge(&nonce, cedula, client);
    let party = &office.activation.relying_party;
    let registered = webauthn::register(passkey.given, &challenge, party);
    let kind = FactorKind::Passkey(registered.map_err(Refusal::Passkey)?);
    let (factor, order) = new(office, kind, passkey.label, (orderer, client))?;
    let id = factor.id.clone();
    office
        .store
        .enrol_factor(cedula.clone(), factor, order, Some(challenge))
        .await?;
    Ok(id)
}

/// Removes a factor.
///
/// # Errors
/// [`Refusal::NoFactor`].
pub async fn remove_factor(
    office: &Office,
    cedula: &Cedula,
    id: &str,
    (by, client): (&Activated, &str),
) -> Result<(), FlowError> {
    let (at, _) = office.now();
    let order = FactorOrder {
        by: Some(by.cedula().clone()),
        client: client.to_owned(),
        at,
    };
    let (cedula, id) = (cedula.clone(), id.to_owned());
    if office.store.remove_factor(cedula, id, order).await? {
        Ok(())
    } else {
        Err(Refusal::NoFactor.into())
    }
}

/// The factors that count.
///
/// # Errors
/// The database failed.
pub async fn factors(office: &Office, cedula: &Cedula) -> Result<Vec<StoredFactor>, FlowError> {
    Ok(office.store.factors(cedula).await?)
}

async fn known(office: &Office, cedula: &Cedula) -> Result<(), FlowError> {
    let stored = office.store.prescriber(cedula).await?;
    stored.map(drop).ok_or(FlowError::NotEnrolled)
}

fn new(
    office: &Office,
    kind: FactorKind,
    label: &str,
    (orderer, client): (Orderer<'_>, &str),
) -> Result<(StoredFactor, FactorOrder), FlowError> {
    let (at, _) = office.now();
    let factor = StoredFactor {
        id: HEXLOWER.encode(&office.entropy.secret::<16>()?),
        kind,
        label: label.chars().take(60).collect(),
        enrolled_at: at,
    };
    let order = FactorOrder {
        by: match orderer {
            Orderer::First => None,
            Orderer::By(activated) => Some(activated.cedula().clone()),
        },
        client: client.to_owned(),
        at,
    };
    Ok((factor, order))
}
