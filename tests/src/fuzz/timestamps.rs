//! Timestamps: tokens and responses of RFC 3161 from whoever sends them, and signatures extended
//! by whoever had them.

use std::sync::LazyLock;

use anyhow::{Context, Result};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use signing::cms::cades::{self, LongTermTrust, Moment, SigningChain, extend, verify_long_term};
use signing::timestamp::{AcceptedPolicies, TimestampRequest, TimestampTrust};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};
use simulators::tsa::{Asked, Tsa};

use super::pki::{Pki, at};

const MESSAGE: &[u8] = b"lo que ya existia";
const CONTENT: &[u8] = br#"{"resourceType":"Bundle","type":"collection"}"#;

/// What is good, and whom to believe.
struct Good {
    trust: TimestampTrust,
    request: TimestampRequest,
    response: Vec<u8>,
    token: Vec<u8>,
    pki: Pki,
    extended: Vec<u8>,
    at: Timestamp,
}

static GOOD: LazyLock<Option<Good>> = LazyLock::new(|| good().ok());

fn good() -> Result<Good> {
    let (tsa, at) = (Tsa::new()?, at()?);
    let mut authorities = TrustStore::new(RevocationPolicy::WhenListed);
    authorities.add_anchor(tsa.root().der(), AnchorPolicy::Timestamp)?;
    let trust = TimestampTrust {
        authorities,
        policies: AcceptedPolicies::Any,
    };
    let request = TimestampRequest::new(Sha256::digest(MESSAGE).into(), [9; 16], None);
    let response = tsa.answer(&request.to_der()?, at, 7)?;
    let token = tsa.token(&tsa.draft(&Asked::of(MESSAGE)?, at, 8)?)?;

    let pki = Pki::new()?;
    let chain = SigningChain::new(&pki.leaf, &[&pki.issuing])?;
    let p7s = cades::build(CONTENT, at, &chain, |digest| pki.key.sign_digest(&digest))?;
    let over = Asked::of(&extend::signature_value(&p7s)?)?;
    let stamp = tsa.token(&tsa.draft(&over, at, 9)?)?;
    let extended = extend::add_timestamp(&p7s, &stamp)?;
    Ok(Good {
        trust,
        request,
        response,
        token,
        pki,
        extended,
        at,
    })
}

/// Whatever is accepted says what the authority said, over what it was asked.
pub(super) fn timestamp(data: &[u8]) -> bool {
    let Some(good) = GOOD.as_ref() else {
        return false;
    };
    let token = good.trust.verify_token(data, MESSAGE);
    let response = good.trust.verify_response(data, &good.request, good.at);
    for accepted in [&token, &response].into_iter().flatten() {
        assert_eq!(accepted.gen_time(), good.at, "another time");
        assert!(
            accepted.serial() == [7] || accepted.serial() == [8],
            "another token"
        );
    }
    let other = good.trust.verify_token(data, b"otra cosa");
    assert!(other.is_err(), "it is of another message too");
    token.is_ok() || response.is_ok()
}

pub(super) fn timestamp_seeds() -> Result<Vec<Vec<u8>>> {
    let good = good().context("the good timestamps")?;
    Ok(vec![good.token, good.response])
}

/// An extended signature that is accepted proves what the good one proves.
pub(super) fn extended(data: &[u8]) -> bool {
    let Some(good) = GOOD.as_ref() else {
        return false;
    };
    let trust = LongTermTrust {
        signers: &good.pki.trust,
        timestamps: Some(&good.trust),
    };
    let when = Moment {
        ledger: None,
        now: good.at,
    };
    let judged = verify_long_term(CONTENT, data, &trust, when);
    if let Ok(judged) = &judged {
        assert_eq!(judged.cades().signing_time(), good.at);
        let stamp = judged
            .timestamp()
            .map(signing::timestamp::VerifiedTimestamp::gen_time);
        assert!(stamp.is_none_or(|stamp| stamp == good.at), "another time");
    }
    assert!(verify_long_term(b"{}", data, &trust, when).is_err());
    judged.is_ok()
}

pub(super) fn extended_seeds() -> Result<Vec<Vec<u8>>> {
    let good = good().context("the good signature")?;
    Ok(vec![good.extended])
}
