//! Who publishes trust lists.

use std::convert::Infallible;

use data_encoding::BASE64;
use jiff::civil::date;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey;
use rx_service::certificate::to_der;
use signing::cose::{Kid, sign_detached};
use signing::trust::list::{ListedAuthority, ListedPolicy, ListedRole, TrustList};

use crate::pki::Pki;

pub(crate) struct Publisher(SigningKey);

impl Publisher {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    /// The public key, DER.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let key = self.0.verifying_key().to_public_key_der();
        key.unwrap().into_vec()
    }

    /// The file of `list`, signed.
    pub(crate) fn file(&self, list: &TrustList) -> Vec<u8> {
        let sign = |digest: [u8; 32]| -> Result<[u8; 64], Infallible> {
            let signature: Signature = self.0.sign_prehash(&digest).unwrap();
            Ok(signature.normalize_s().to_bytes().into())
        };
        let kid = Kid::of_spki(&self.spki());
        let signature = sign_detached(&list.canonical().unwrap(), kid, sign).unwrap();
        list.file(&signature).unwrap()
    }
}

/// The authorities of `pki`, since the beginning of 2026.
pub(crate) fn first(pki: &Pki) -> TrustList {
    let listed = |path, role| ListedAuthority {
        certificate: BASE64.encode(&to_der(&std::fs::read(path).unwrap())),
        policy: ListedPolicy::Professional,
        role,
        from: None,
        until: None,
    };
    TrustList {
        v: 1,
        version: 1,
        previous: None,
        effective_from: date(2026, 1, 1),
        next_update: "2099-01-01T00:00:00Z".parse().unwrap(),
        authorities: vec![
            listed(&pki.root, ListedRole::Anchor),
            listed(&pki.issuing, ListedRole::Issuer),
        ],
    }
}

/// The version after `list`, with a change.
pub(crate) fn next(list: &TrustList, change: impl FnOnce(&mut TrustList)) -> TrustList {
    let mut next = list.clone();
    next.version += 1;
    next.previous = Some(list.digest().unwrap());
    change(&mut next);
    next
}
