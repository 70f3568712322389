//! A signature of level B-LT, and a verifier ten years later with the network off.

use anyhow::{Result, ensure};
use jiff::Timestamp;
use signing::cms::cades::extend::{add_evidence, add_timestamp, signature_value};
use signing::cms::cades::{Level, LongTermCades, LongTermTrust, Moment, verify_long_term};
use signing::timestamp::{AcceptedPolicies, ObjectIdentifier, TimestampTrust};
use signing::trust::{AnchorPolicy, RevocationEvidence, RevocationPolicy, TrustStore};
use simulators::pki::Authority;
use simulators::tsa::{Asked, POLICY, Tsa};

use super::super::professional::{Professional, at, list_params};
use super::CONTENT;

/// When it is judged.
const LATER: &str = "2036-11-20T16:00:00Z";

/// The signature, and anchors alone.
pub(super) struct LongTerm {
    p7s: Vec<u8>,
    signers: TrustStore,
    timestamps: TimestampTrust,
    now: Timestamp,
}

impl LongTerm {
    /// Brings `p7s` to B-LT by a simulated authority and a list of each CA.
    ///
    /// # Errors
    /// It does not become one.
    pub(super) fn new(professional: &Professional, p7s: &[u8]) -> Result<Self> {
        let tsa = Tsa::new()?;
        let draft = tsa.draft(&Asked::of(&signature_value(p7s)?)?, at()?, 1)?;
        let stamped = add_timestamp(p7s, &tsa.token(&draft)?)?;
        let evidence = RevocationEvidence {
            crls: vec![
                professional.issuing_list(100)?,
                professional.root_list()?,
                list(tsa.issuing())?,
                list(tsa.root())?,
            ],
            ocsps: vec![],
        };
        let mut authorities = TrustStore::new(RevocationPolicy::Required);
        authorities.add_anchor(tsa.root().der(), AnchorPolicy::Timestamp)?;
        let fixture = Self {
            p7s: add_evidence(&stamped, &[], &evidence)?,
            signers: professional.store()?,
            timestamps: TimestampTrust {
                authorities,
                policies: AcceptedPolicies::Listed(vec![ObjectIdentifier::new(POLICY)?]),
            },
            now: LATER.parse()?,
        };
        let level = fixture.verify()?.level();
        ensure!(level == Level::BaselineLt, "the signature is {level:?}");
        Ok(fixture)
    }

    /// Judges it.
    ///
    /// # Errors
    /// It is refused.
    pub(super) fn verify(&self) -> Result<LongTermCades> {
        let trust = LongTermTrust {
            signers: &self.signers,
            timestamps: Some(&self.timestamps),
        };
        let when = Moment {
            ledger: None,
            now: self.now,
        };
        Ok(verify_long_term(&CONTENT, &self.p7s, &trust, when)?)
    }

    /// Length of the signature.
    pub(super) fn bytes(&self) -> usize {
        self.p7s.len()
    }
}

fn list(authority: &Authority) -> Result<Vec<u8>> {
    let params = list_params(0, authority.key_id());
    Ok(params.signed_by(authority.issuer())?.der().to_vec())
}
