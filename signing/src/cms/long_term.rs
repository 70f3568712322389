//! Judges a signature years later: when it existed, by whose word, and whether its certificate
//! counted then, by what the signature itself brings along.
//!
//! | Given | The certificate is judged at | It holds |
//! |---|---|---|
//! | the ledger's time | that time | as long as the ledger's proof |
//! | a timestamp whose authority still vouches | the timestamp's time | until the authority's path expires |
//! | a timestamp whose authority no longer vouches | – | refused: anyone with the old key could have made it |
//! | neither | now | until the certificate expires |

use jiff::Timestamp;

use super::CmsError;
use super::attributes::SignedAttributes;
use super::build::sha256;
use super::revocation::RevocationInfo;
use super::signed_data::{self, SignedData};
use super::verify::{CLOCK_SKEW, VerifiedCades, split_signer, verify_parsed};
use crate::timestamp::{self, TimestampTrust, VerifiedTimestamp};
use crate::trust::{
    AnchorPolicy, RevocationPolicy, Trust, TrustError, TrustStore, TrustedTimestampAuthority,
};

/// Whom a verifier believes: about who, and about when.
#[derive(Debug, Clone, Copy)]
pub struct LongTermTrust<'a> {
    /// Anchors of those who sign.
    pub signers: &'a TrustStore,
    /// Authorities of time; without them a signature with a timestamp is refused.
    pub timestamps: Option<&'a TimestampTrust>,
}

/// When the verifier judges, and what else it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time of the ledger entry that commits to the signature, where its proof was checked.
    pub ledger: Option<Timestamp>,
    /// The verifier's clock.
    pub now: Timestamp,
}

/// What a signature carries (ETSI EN 319 122-1 §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The signature alone.
    BaselineB,
    /// With a timestamp.
    BaselineT,
    /// With a timestamp and everything that judges both paths below their anchors.
    BaselineLt,
}

/// By whose word the signature existed, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existence {
    /// The ledger's.
    Ledger(Timestamp),
    /// A timestamp authority's, counted from the latest moment its accuracy allows.
    Timestamp(Timestamp),
    /// Nobody's: it exists now.
    Now(Timestamp),
}

impl Existence {
    /// The moment at which the certificate is judged.
    #[must_use]
    pub fn at(self) -> Timestamp {
        match self {
            Self::Ledger(at) | Self::Timestamp(at) | Self::Now(at) => at,
        }
    }
}

/// Proof that a signature was good when it is shown to have existed. Only [`verify_long_term`]
/// makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongTermCades {
    cades: VerifiedCades,
    level: Level,
    existence: Existence,
    timestamp: Option<VerifiedTimestamp>,
    vouching: Result<(), TrustError>,
    evidence_made_at: Option<Timestamp>,
}

impl LongTermCades {
    /// Who signed what.
    #[must_use]
    pub fn cades(&self) -> &VerifiedCades {
        &self.cades
    }

    /// What the signature carries.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// When it existed, and by whose word.
    #[must_use]
    pub fn existence(&self) -> Existence {
        self.existence
    }

    /// Its timestamp, good when it was made.
    #[must_use]
    pub fn timestamp(&self) -> Option<&VerifiedTimestamp> {
        self.timestamp.as_ref()
    }

    /// Why the timestamp's authority no longer vouches, if it does not. `Ok` without a timestamp.
    pub fn vouching(&self) -> &Result<(), TrustError> {
        &self.vouching
    }

    /// When the oldest revocation data inside was made. Older than the timestamp, it could not
    /// know of a revocation just before it.
    #[must_use]
    pub fn evidence_made_at(&self) -> Option<Timestamp> {
        self.evidence_made_at
    }

    /// Until when this can be proved the same way. `None` with the ledger's word, which does not
    /// expire.
    #[must_use]
    pub fn holds_until(&self) -> Option<Timestamp> {
        match (self.existence, &self.timestamp) {
            (Existence::Ledger(_), _) => None,
            (Existence::Timestamp(_), Some(stamp)) => Some(stamp.authority().vouches_until()),
            (Existence::Timestamp(_) | Existence::Now(_), _) => {
                Some(self.cades.signer().not_after())
            }
        }
    }
}

/// Verifies a detached signature of level B, T or LT over exactly the bytes of `content`, with the
/// revocation data that it brings beside what `trust` holds.
///
/// As strict as [`super::cades::verify`]: every certificate must be of one of the two paths, every
/// piece of revocation data by one of their CAs; the timestamp is the only unsigned attribute.
pub fn verify_long_term(
    content: &[u8],
    p7s: &[u8],
    trust: &LongTermTrust<'_>,
    when: Moment,
) -> Result<LongTermCades, CmsError> {
    verify_long_term_digest(sha256(content), p7s, trust, when)
}

/// The digest that a signature says it is over: a claim until [`verify_long_term_digest`] agrees.
pub fn claimed_digest(p7s: &[u8]) -> Result<[u8; 32], CmsError> {
    let parsed = signed_data::parse_extended(p7s)?;
    Ok(SignedAttributes::parse(parsed.signer.signed_attributes)?.message_digest)
}

/// The same for a content of which only the SHA-256 is at hand.
pub fn verify_long_term_digest(
    digest: [u8; 32],
    p7s: &[u8],
    trust: &LongTermTrust<'_>,
    when: Moment,
) -> Result<LongTermCades, CmsError> {
    let parsed = signed_data::parse_extended(p7s)?;
    let (_, others) = split_signer(&parsed.certificates, parsed.signer.sid)?;
    let stamped = match parsed.signer.timestamp {
        Some(token) => Some(check_token(token, &parsed, &others, trust, when.now)?),
        None if parsed.revocation.is_empty() => None,
        None => return Err(CmsError::EmbeddedRevocation),
    };
    let existence = existence(stamped.as_ref(), when)?;

    let store = with_embedded(trust.signers, &others, &parsed.revocation);
    let known = stamped
        .as_ref()
        .map(|stamped| path(stamped.stamp.authority()));
    let known = known.unwrap_or_default();
    let cades = verify_parsed(
        digest,
        &parsed,
        &known,
        &Trust::Store(&store),
        existence.at(),
    )?;
    if let Some(stamped) = &stamped
        && cades
            .signing_time()
            .duration_since(stamped.stamp.gen_time())
            > CLOCK_SKEW
    {
        return Err(CmsError::SigningTimeInFuture);
    }
    let issuers = cades.signer().issuers().iter().map(Vec::as_slice);
    let issuers: Vec<_> = issuers.chain(known.iter().copied().skip(1)).collect();
    check_stray(&parsed.revocation, &issuers)?;
    let level = level(&parsed, &cades, stamped.as_ref(), existence.at());
    let made: Option<Vec<_>> = parsed
        .revocation
        .iter()
        .map(|info| info.made_at())
        .collect();
    let (timestamp, vouching) = match stamped {
        Some(stamped) => (Some(stamped.stamp), stamped.vouching),
        None => (None, Ok(())),
    };
    Ok(LongTermCades {
        cades,
        level,
        existence,
        timestamp,
        vouching,
        evidence_made_at: made.and_then(|made| made.into_iter().min()),
    })
}

/// A timestamp that was good when it was made, and whether its authority still vouches for it.
struct Stamped {
    stamp: VerifiedTimestamp,
    vouching: Result<(), TrustError>,
}

fn check_token(
    token: &[u8],
    parsed: &SignedData<'_>,
    others: &[&[u8]],
    trust: &LongTermTrust<'_>,
    now: Timestamp,
) -> Result<Stamped, CmsError> {
    let timestamps = trust.timestamps.ok_or(CmsError::NoTimestampAuthority)?;
    let inside = timestamp::certificates(token)?;
    let authorities: Vec<_> = others.iter().copied().chain(inside).collect();
    let judged = TimestampTrust {
        authorities: with_embedded(&timestamps.authorities, &authorities, &parsed.revocation),
        policies: timestamps.policies.clone(),
    };
    let stamp = judged.verify_token(token, parsed.signer.signature)?;
    let path = path(stamp.authority());
    let below_anchor = path
        .get(1..path.len().saturating_sub(1))
        .unwrap_or_default();
    // By what is known now: lists that the verifier holds may be newer than those inside. That
    // none reaches today is no news.
    let vouching = match judged.authorities.validate_timestamp_authority(
        stamp.authority().der(),
        below_anchor,
        now,
    ) {
        Ok(_) => Ok(()),
        Err(error) if error.is_want_of_news() => Ok(()),
        Err(error) => Err(error),
    };
    Ok(Stamped { stamp, vouching })
}

fn existence(stamped: Option<&Stamped>, when: Moment) -> Result<Existence, CmsError> {
    match (when.ledger, stamped) {
        (Some(at), _) => Ok(Existence::Ledger(at)),
        (None, None) => Ok(Existence::Now(when.now)),
        (None, Some(stamped)) => match &stamped.vouching {
            Ok(()) => Ok(Existence::Timestamp(stamped.stamp.not_later_than())),
            Err(error) => Err(CmsError::TimestampNoLongerProves(error.clone())),
        },
    }
}

/// The certificate of an authority, then its CAs, the anchor last.
fn path(authority: &TrustedTimestampAuthority) -> Vec<&[u8]> {
    let issuers = authority.issuers().iter().map(Vec::as_slice);
    std::iter::once(authority.der()).chain(issuers).collect()
}

/// A copy that also knows the CAs and the revocation data inside the signature, as far as they
/// are of its paths. Neither is believed on its own: CAs complete paths, data is verified.
fn with_embedded(
    store: &TrustStore,
    certificates: &[&[u8]],
    revocation: &[RevocationInfo<'_>],
) -> TrustStore {
    let mut store = store.clone();
    if revocation.is_empty() {
        return store;
    }
    for der in certificates {
        // A certificate that is no CA completes no path.
        drop(store.add_issuer(der));
    }
    for info in revocation {
        // What is of the other path fails here; what is of neither is found to be stray.
        if let Ok(richer) = store.with_evidence(&info.evidence()) {
            store = richer;
        }
    }
    store
}

/// Every piece is by a CA of the paths.
fn check_stray(revocation: &[RevocationInfo<'_>], issuers: &[&[u8]]) -> Result<(), CmsError> {
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    for der in issuers {
        store.add_issuer(der)?;
    }
    for info in revocation {
        let verified = store.with_evidence(&info.evidence());
        verified.map_err(|_| CmsError::StrayRevocation)?;
    }
    Ok(())
}

/// LT is claimed by nobody: it is what the data inside, and no other, suffices for.
fn level(
    parsed: &SignedData<'_>,
    cades: &VerifiedCades,
    stamped: Option<&Stamped>,
    at: Timestamp,
) -> Level {
    let Some(stamped) = stamped else {
        return Level::BaselineB;
    };
    let signer = cades.signer();
    let signer_path: Vec<&[u8]> = std::iter::once(signer.der())
        .chain(signer.issuers().iter().map(Vec::as_slice))
        .collect();
    let own = alone(&signer_path, signer.policy(), &parsed.revocation);
    let signer_stands = own.is_some_and(|store| store.validate(signer.der(), &[], at).is_ok());
    let authority = stamped.stamp.authority();
    let own = alone(
        &path(authority),
        AnchorPolicy::Timestamp,
        &parsed.revocation,
    );
    let authority_stands = own.is_some_and(|store| {
        let at = stamped.stamp.gen_time();
        store
            .validate_timestamp_authority(authority.der(), &[], at)
            .is_ok()
    });
    if signer_stands && authority_stands {
        Level::BaselineLt
    } else {
        Level::BaselineT
    }
}

/// A store that knows one path and the data inside, and takes nothing on trust.
fn alone(
    path: &[&[u8]],
    policy: AnchorPolicy,
    revocation: &[RevocationInfo<'_>],
) -> Option<TrustStore> {
    let mut store = TrustStore::new(RevocationPolicy::Required);
    let (anchor, below) = path.split_last()?;
    store.add_anchor(anchor, policy).ok()?;
    Some(with_embedded(&store, below, revocation))
}
