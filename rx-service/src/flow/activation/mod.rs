//! The prescriber's fresh consent, without which no key is used: given with a second factor
//! ([`authorise`]), redeemed by the act that it was given for ([`redeem`]).

mod authorise;
mod credential;
mod factors;
mod officer;

use activation::{Refusal, Token, Use};
use jiff::Timestamp;
use prescription::Cedula;

pub use authorise::{Asked, Authorised, FactorAnswer, authorise, get_challenge};
pub use credential::{credential, redeem_request};
pub use factors::{
    NewPasskey, Orderer, enrol_passkey, enrol_totp, factors, passkey_options, remove_factor,
};
pub use officer::{OFFICER, by_code};

use super::FlowError;
use crate::office::Office;

/// The proof that an activation was redeemed for an act of one prescriber: `flow::sign` takes
/// nothing else. It can be made here only, by [`redeem`].
#[derive(Debug)]
pub struct Activated {
    cedula: Cedula,
}

impl Activated {
    /// Whose key may be used.
    #[must_use]
    pub fn cedula(&self) -> &Cedula {
        &self.cedula
    }
}

/// What an act needs its activation for.
#[derive(Debug, Clone, Copy)]
pub struct ActivationUse<'a> {
    /// Fingerprint of the client's certificate; [`OFFICER`] for acts at a terminal.
    pub client: &'a str,
    /// SHA-256 of what is acted on: of the request's body, or of the bytes to sign.
    pub digests: &'a [[u8; 32]],
    /// A medicine of fractions I to III is in it: the activation must cover nothing else.
    pub per_prescription: bool,
}

/// Redeems an activation for an act, exactly once, before the key is used.
///
/// Decide first and redeem last: a refusal by the law then costs no activation. What fails after it
/// (the token does not answer) does cost one: the prescriber authorises again.
///
/// # Errors
/// [`FlowError::Activation`] with the reason; nothing was used.
pub async fn redeem(
    office: &Office,
    cedula: &Cedula,
    token: Option<&str>,
    act: ActivationUse<'_>,
    now: Timestamp,
) -> Result<Activated, FlowError> {
    let token = token.ok_or(Refusal::Missing)?;
    let token = Token::parse(token).ok_or(Refusal::Unknown)?;
    let wanted = Use {
        cedula,
        client: act.client,
        digests: act.digests,
        per_prescription: act.per_prescription,
    };
    office.store.redeem(token.hash(), &wanted, now).await?;
    Ok(Activated {
        cedula: cedula.clone(),
    })
}
