//! The legal signature: CMS from whoever sends one.

use std::sync::LazyLock;

use anyhow::{Context, Result};
use signing::cms::cades::{self, SigningChain};
use signing::trust::Trust;

use super::pki::{Pki, at};

const CONTENT: &[u8] = br#"{"resourceType":"Bundle","type":"collection"}"#;

/// The PKI and the one good signature by it.
static GOOD: LazyLock<Option<(Pki, Vec<u8>)>> = LazyLock::new(|| good().ok());

fn good() -> Result<(Pki, Vec<u8>)> {
    let pki = Pki::new()?;
    let chain = SigningChain::new(&pki.leaf, &[&pki.issuing])?;
    let p7s = cades::build(CONTENT, at()?, &chain, |digest| {
        pki.key.sign_digest(&digest)
    })?;
    Ok((pki, p7s))
}

/// No byte of a signature can change without the signature being refused.
pub(super) fn cms(data: &[u8]) -> bool {
    let (Some((pki, p7s)), Ok(at)) = (GOOD.as_ref(), at()) else {
        return false;
    };
    let verified = cades::verify(CONTENT, data, &Trust::Store(&pki.trust), at);
    assert!(
        verified.is_err() || data == p7s,
        "another file verifies too"
    );
    let other_content = cades::verify(b"{}", data, &Trust::Store(&pki.trust), at);
    assert!(other_content.is_err(), "it verifies over another content");
    verified.is_ok()
}

pub(super) fn seeds() -> Result<Vec<Vec<u8>>> {
    let (_, p7s) = good().context("the good signature")?;
    Ok(vec![p7s])
}
