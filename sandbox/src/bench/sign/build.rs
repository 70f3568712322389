//! Building the legal signature, without a token.

use anyhow::{Context, Result};
use p256::ecdsa::Signature;
use signing::cms::cades::{build, complete, prepare};

use super::super::bare::Bare;
use super::super::part::{Part, time};
use super::super::professional::{Professional, at, sign};
use super::super::trust::CONTENT;

/// Everything but the signing: the signature of these very attributes is at hand. Its check
/// counts.
///
/// # Errors
/// It does not come to be.
pub(super) fn without_signing() -> Result<Part> {
    let (chain, at) = (Professional::new()?.chain()?, at()?);
    let mut answered = None;
    build(&CONTENT, at, &chain, |digest| {
        let signature = sign(digest)?;
        answered = Some(signature);
        Ok::<_, p256::ecdsa::Error>(signature)
    })
    .map_err(|error| anyhow::anyhow!("{error}"))?;
    let signature = answered.context("nothing was signed")?;
    time(|| {
        let built = build(&CONTENT, at, &chain, |_| {
            Ok::<_, std::convert::Infallible>(signature)
        });
        built.map_err(|error| anyhow::anyhow!("{error}"))
    })
}

/// With a key in memory.
///
/// # Errors
/// It does not come to be.
pub(super) fn in_memory(key: &Bare) -> Result<Part> {
    let (chain, at) = (Professional::new()?.chain()?, at()?);
    time(|| {
        let prepared = prepare(&CONTENT, at, &chain)?;
        let signature = key.sign(prepared.signed_attributes())?;
        let signature = Signature::from_slice(signature.as_ref())?.normalize_s();
        Ok(complete(prepared, &signature.to_bytes())?)
    })
}
