//! Believing a token: over which bytes, by whom, under which policy, when.

use const_oid::ObjectIdentifier;
use jiff::{SignedDuration, Timestamp};

use super::info::TstInfo;
use super::token::Token;
use super::{ImprintHash, TimestampError, TimestampRequest, response};
use crate::trust::{TrustStore, TrustedTimestampAuthority};

/// How far an authority's clock may be from ours when it answers. Kerberos' old figure: below it
/// lie badly kept machines, above it lie mistakes.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The policies under which a timestamp is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedPolicies {
    /// Whatever the authority's policy: for whoever only wants to know what a file says.
    Any,
    /// Exactly these.
    Listed(Vec<ObjectIdentifier>),
}

/// Which authorities are believed about time, and under which policies.
#[derive(Debug, Clone)]
pub struct TimestampTrust {
    /// Anchors of [`crate::trust::AnchorPolicy::Timestamp`], with their revocation data.
    pub authorities: TrustStore,
    /// Policies accepted.
    pub policies: AcceptedPolicies,
}

/// Proof that bytes existed when a trusted authority says so. Only [`TimestampTrust`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTimestamp {
    token: Vec<u8>,
    gen_time: Timestamp,
    accuracy: Option<SignedDuration>,
    ordering: bool,
    policy: ObjectIdentifier,
    serial: Vec<u8>,
    hash: ImprintHash,
    authority: TrustedTimestampAuthority,
}

impl VerifiedTimestamp {
    /// The token, DER, as received.
    #[must_use]
    pub fn token(&self) -> &[u8] {
        &self.token
    }

    /// The time stated, UTC, to the fraction the authority gave.
    #[must_use]
    pub fn gen_time(&self) -> Timestamp {
        self.gen_time
    }

    /// How far the true time may lie from the stated one, where the authority says.
    #[must_use]
    pub fn accuracy(&self) -> Option<SignedDuration> {
        self.accuracy
    }

    /// The latest moment at which the bytes can have come into being, by what is stated.
    #[must_use]
    pub fn not_later_than(&self) -> Timestamp {
        let accuracy = self.accuracy.unwrap_or_default();
        self.gen_time
            .saturating_add(accuracy)
            .unwrap_or(self.gen_time)
    }

    /// Whether two tokens of this authority can be ordered by their times alone.
    #[must_use]
    pub fn ordering(&self) -> bool {
        self.ordering
    }

    /// The policy it was made under.
    #[must_use]
    pub fn policy(&self) -> ObjectIdentifier {
        self.policy
    }

    /// The authority's number of it, big endian.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The hash of the message.
    #[must_use]
    pub fn hash(&self) -> ImprintHash {
        self.hash
    }

    /// Who says so.
    #[must_use]
    pub fn authority(&self) -> &TrustedTimestampAuthority {
        &self.authority
    }
}

impl TimestampTrust {
    /// Verifies the answer to `request`, received at `now`.
    ///
    /// # Errors
    /// [`TimestampError`], one variant per reason.
    pub fn verify_response(
        &self,
        response: &[u8],
        request: &TimestampRequest,
        now: Timestamp,
    ) -> Result<VerifiedTimestamp, TimestampError> {
        let token = response::token(response)?;
        let parsed = Token::parse(token)?;
        let info = TstInfo::parse(parsed.info)?;
        match &info.nonce {
            None => return Err(TimestampError::NonceMissing),
            Some(nonce) if *nonce != request.nonce => return Err(TimestampError::NonceMismatch),
            Some(_) => {}
        }
        let hash = imprint_hash(&info)?;
        if hash != ImprintHash::Sha256 {
            return Err(TimestampError::OtherImprintHash);
        }
        if info.imprint.hashed_message.as_bytes() != request.digest {
            return Err(TimestampError::ImprintMismatch);
        }
        if info.gen_time.duration_since(now).abs() > CLOCK_SKEW {
            return Err(TimestampError::ClockDisagrees);
        }
        self.believe(token, &parsed, info, hash)
    }

    /// Verifies a token over `message`, alone: without request, nonce or clock. The authority is
    /// judged at the time that the token states.
    ///
    /// # Errors
    /// [`TimestampError`], one variant per reason.
    pub fn verify_token(
        &self,
        token: &[u8],
        message: &[u8],
    ) -> Result<VerifiedTimestamp, TimestampError> {
        let parsed = Token::parse(token)?;
        let info = TstInfo::parse(parsed.info)?;
        let hash = imprint_hash(&info)?;
        if info.imprint.hashed_message.as_bytes() != hash.digest(message) {
            return Err(TimestampError::ImprintMismatch);
        }
        self.believe(token, &parsed, info, hash)
    }

    fn believe(
        &self,
        token: &[u8],
        parsed: &Token<'_>,
        info: TstInfo,
        hash: ImprintHash,
    ) -> Result<VerifiedTimestamp, TimestampError> {
        if let AcceptedPolicies::Listed(accepted) = &self.policies
            && !accepted.contains(&info.policy)
        {
            return Err(TimestampError::PolicyNotAccepted(info.policy));
        }
        let authority = self.authorities.validate_timestamp_authority(
            parsed.leaf,
            &parsed.others,
            info.gen_time,
        )?;
        if parsed
            .others
            .iter()
            .any(|other| !authority.issuers().iter().any(|issuer| issuer == other))
        {
            return Err(TimestampError::StrayCertificate);
        }
        if !authority.verifies(&parsed.algorithm, &parsed.signed_bytes, parsed.signature) {
            return Err(TimestampError::BadSignature);
        }
        Ok(VerifiedTimestamp {
            token: token.to_vec(),
            gen_time: info.gen_time,
            accuracy: info.accuracy,
            ordering: info.ordering,
            policy: info.policy,
            serial: info.serial,
            hash,
            authority,
        })
    }
}

fn imprint_hash(info: &TstInfo) -> Result<ImprintHash, TimestampError> {
    ImprintHash::of(&info.imprint.hash_algorithm).ok_or(TimestampError::WeakImprint)
}
