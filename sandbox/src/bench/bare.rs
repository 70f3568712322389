//! Bare P-256 by `ring`: what no signature can do without.

use anyhow::{Context, Result};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};

use super::figure::{Figure, share};
use super::part::{Part, time};
use super::professional;
use super::report::Report;

/// About as long as the signed attributes of a CAdES signature.
const MESSAGE: [u8; 300] = [0x5a; 300];

/// A key in memory.
pub(super) struct Bare {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl Bare {
    /// The key of [`professional::sign`].
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn new() -> Result<Self> {
        let random = SystemRandom::new();
        let pkcs8 = professional::pkcs8()?;
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_bytes(), &random);
        let key = key.ok().context("ring refuses the key")?;
        Ok(Self { key, random })
    }

    /// `r ‖ s` over SHA-256 of `message`; S as it falls.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn sign(&self, message: &[u8]) -> Result<ring::signature::Signature> {
        let signature = self.key.sign(&self.random, message);
        signature.ok().context("no signature")
    }

    /// Times signing.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn time_sign(&self) -> Result<Part> {
        time(|| self.sign(&MESSAGE))
    }

    /// Times verifying.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn time_verify(&self) -> Result<Part> {
        let signature = self.sign(&MESSAGE)?;
        time(|| {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_key());
            let verified = key.verify(&MESSAGE, signature.as_ref());
            verified.ok().context("P-256")
        })
    }
}

/// Adds what part of the bare operation's processor time the measured one takes.
pub(super) fn ratio(report: &mut Report, of: &'static str, measured: &Part, limit: &Part) {
    let percent = share(measured.cpu, limit.cpu, 100);
    report.row(format!("CPU / {of}"), Figure::Percent(percent));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bare_operations_work() {
        let bare = Bare::new().unwrap();
        assert!(bare.time_sign().unwrap().cpu > 0);
        let part = bare.time_verify().unwrap();
        assert!(part.times.p50 > 0 && part.times.p50 <= part.times.p99);
    }
}
