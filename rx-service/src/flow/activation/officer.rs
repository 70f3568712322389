//! Acts of officers at a terminal: authorised with a one-time code, and redeemed like any other.

use prescription::Cedula;

use super::{Asked, FactorAnswer, authorise};
use crate::flow::FlowError;
use crate::office::Office;

/// The client that acts at a terminal are of. No certificate's fingerprint is this text.
pub const OFFICER: &str = "officer";

/// An activation of the officer `by` for `digests`, with the code that the officer's app shows.
///
/// # Errors
/// [`FlowError::Activation`].
pub async fn by_code(
    office: &Office,
    by: &Cedula,
    code: &str,
    digests: &[[u8; 32]],
) -> Result<String, FlowError> {
    let asked = Asked {
        cedula: by.clone(),
        client: OFFICER.to_owned(),
        digests: digests.to_vec(),
    };
    let authorised = authorise(office, &asked, FactorAnswer::Otp(code.trim())).await?;
    Ok(authorised.token)
}
