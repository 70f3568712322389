//! The prescriber's wrapped key signs what was prepared for it, by an activation of the two digests
//! that `$prepare` handed out and nothing else: each signature that the key makes was consented to
//! by its own digest.

use sha2::{Digest, Sha256};
use signing::cose::Sign1;

use super::OwnError;
use super::complete::{Made, Step, unchanged};
use crate::flow::FlowError;
use crate::flow::activation::{self, Activated, ActivationUse};
use crate::flow::issue::has_controlled;
use crate::flow::prescriber;
use crate::flow::sign::sign;

/// Decides again, redeems the activation, and signs. `activated` keeps what was redeemed: one
/// consent, however often the same completion is decided again.
///
/// # Errors
/// [`FlowError`], as an issue; [`OwnError::Changed`] where the key was replaced, or anything else
/// would be another prescription now; [`FlowError::Activation`]. Except for that of a token that
/// does not sign, no activation was used.
pub(super) async fn sign_prepared(
    step: &Step<'_>,
    activated: &mut Option<Activated>,
) -> Result<Made, FlowError> {
    let order = step.order;
    if order.signature.is_some() || order.qr.is_some() {
        return Err(OwnError::SignatureSurplus.into());
    }
    let ready = prescriber::ready(step.app, &step.request.requester, step.now).await?;
    if ready.certificate.der() != step.kept.certificate()? {
        return Err(OwnError::Changed.into());
    }
    let draft = step.decide(&ready.stored).await?;
    let (prepared, payload) = unchanged(&draft, &step.kept, &ready.chain)?;
    let to_sign = Sign1::to_be_signed(ready.certificate.spki(), &payload);
    let digests = [prepared.digest(), Sha256::digest(to_sign).into()];
    let redeemed = if let Some(redeemed) = activated.take() {
        redeemed
    } else {
        let act = ActivationUse {
            client: &step.visitor.caller.fingerprint,
            digests: &digests,
            per_prescription: has_controlled(&draft.issued),
        };
        let token = order.activation.as_deref();
        activation::redeem(step.app, &ready.stored.cedula, token, act, step.now).await?
    };
    let redeemed = activated.insert(redeemed);
    // Of the same document, instant, chain and payload: the bytes whose digests were redeemed.
    let (document, signer) = (draft.document, (ready, &*redeemed));
    let signatures = sign(step.app, signer, step.kept.at, document, Some(payload)).await?;
    Ok(Made {
        issued: draft.issued,
        patient: draft.patient.new,
        known: draft.known,
        signatures,
        certificate: None,
    })
}
