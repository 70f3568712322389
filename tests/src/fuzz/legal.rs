//! What is signed: CMS, DER and BER, COSE and revocation lists from whoever sends one.

use std::sync::LazyLock;

use anyhow::{Context, Result};
use signing::cms::ber;
use signing::cms::cades::{self, SigningChain};
use signing::cose::{Kid, Sign1, sign_detached, verify_detached};
use signing::trust::Trust;

use super::pki::{Key, Pki, at};

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

/// What is rewritten is DER, and no longer; and by rewriting nothing verifies but the one
/// signature.
pub(super) fn ber(data: &[u8]) -> bool {
    let (Some((pki, p7s)), Ok(at)) = (GOOD.as_ref(), at()) else {
        return false;
    };
    if let Ok(der) = ber::to_der(data) {
        assert!(der.len() <= data.len(), "it grew");
        assert_eq!(
            ber::to_der(&der).as_ref(),
            Ok(&der),
            "not what it makes itself"
        );
    }
    let Ok(imported) = ber::import(CONTENT, data) else {
        return false;
    };
    let verified = cades::verify(CONTENT, &imported, &Trust::Store(&pki.trust), at);
    assert!(
        verified.is_err() || imported == *p7s,
        "another file verifies too"
    );
    verified.is_ok()
}

/// In DER; with its outer lengths open; and with the document inside, in two pieces.
pub(super) fn ber_seeds() -> Result<Vec<Vec<u8>>> {
    /// `EncapsulatedContentInfo` of `id-data` without content.
    const DETACHED: [u8; 13] = [
        0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01,
    ];
    let (_, p7s) = good().context("the good signature")?;
    // Three headers with lengths of two octets, the first followed by an OID of eleven octets.
    let rest = &p7s[23..];
    let open = |rest: &[u8]| {
        let oid = &p7s[4..15];
        [&[0x30, 0x80], oid, &[0xa0, 0x80, 0x30, 0x80], rest, &[0; 6]].concat()
    };
    let place = rest
        .windows(DETACHED.len())
        .position(|window| window == DETACHED);
    let place = place.context("the content type")?;
    let (first, second) = CONTENT.split_at(10);
    let pieces = [first, second].map(|piece| {
        let length = piece.len().to_le_bytes()[0];
        [&[0x04, length], piece].concat()
    });
    let attached = [
        &rest[..place],
        &[0x30, 0x80],
        &DETACHED[2..],
        &[0xa0, 0x80, 0x24, 0x80],
        &pieces.concat(),
        &[0; 6],
        &rest[place + DETACHED.len()..],
    ];
    Ok(vec![p7s.clone(), open(rest), open(&attached.concat())])
}

const PAYLOAD: &[u8] = b"receta";
static SPKI: LazyLock<Vec<u8>> = LazyLock::new(|| Key::new(3).spki());

/// One encoding of a message, and none verifies but those that were signed.
pub(super) fn cose(data: &[u8]) -> bool {
    let spki = &*SPKI;
    let Ok(message) = Sign1::parse(data) else {
        assert!(verify_detached(data, PAYLOAD, spki).is_err());
        return false;
    };
    assert_eq!(message.encode(), data, "another encoding");
    let carried = message
        .verify(spki)
        .map(|verified| verified.bytes().to_vec());
    assert!(
        carried.as_deref().is_err() || carried.as_deref() == Ok(PAYLOAD),
        "another payload verifies"
    );
    let detached = verify_detached(data, PAYLOAD, spki).is_ok();
    assert!(!(detached && carried.is_ok()), "both carried and detached");
    carried.is_ok() || detached
}

pub(super) fn cose_seeds() -> Result<Vec<Vec<u8>>> {
    let key = Key::new(3);
    let kid = Kid::of_spki(&key.spki());
    let sign = |digest: [u8; 32]| key.sign_digest(&digest);
    let named = Sign1::sign(Some(kid), PAYLOAD.to_vec(), sign)?;
    let nameless = Sign1::sign(None, PAYLOAD.to_vec(), sign)?;
    // {5: h'07'}
    let with_header = named.with_unprotected(vec![0xa1, 5, 0x41, 7])?;
    Ok(vec![
        named.encode(),
        nameless.encode(),
        with_header.encode(),
        sign_detached(PAYLOAD, kid, sign)?,
    ])
}

/// No list is believed but those that were signed, and none takes a revocation back.
pub(super) fn crl(data: &[u8]) -> bool {
    let (Some((pki, _)), Ok(at)) = (GOOD.as_ref(), at()) else {
        return false;
    };
    let mut trust = pki.trust.clone();
    let added = trust
        .add_issuer(&pki.issuing)
        .and_then(|()| trust.add_crl(data));
    if added.is_err() {
        return false;
    }
    let given_out = data.starts_with(b"-") || pki.crls.iter().any(|crl| crl == data);
    assert!(given_out, "another list is believed");
    let revokes = pki.crls.get(1).is_some_and(|crl| crl == data);
    let verdict = trust.validate(&pki.leaf, &[], at);
    assert_eq!(verdict.is_err(), revokes, "{verdict:?}");
    true
}

pub(super) fn crl_seeds() -> Result<Vec<Vec<u8>>> {
    Ok(Pki::new()?.crls)
}
