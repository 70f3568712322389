//! The signer's clock against the ledger's: what a thief's clock says decides nothing.

use super::CmsError;
use super::cades::{build, verify};
use super::test_signer::{CONTENT, chain, sign};
use crate::trust::test_pki::{Pki, TestCa, at, leaf_revoked};
use crate::trust::{Trust, TrustError};

#[test]
fn a_clock_set_back_does_not_help_a_thief() {
    let pki = Pki::new();
    let mut params = TestCa::crl_params();
    params.revoked_certs = vec![leaf_revoked(5)];
    let mut store = pki.store();
    store.add_issuer(&pki.issuing.der).unwrap();
    store.add_crl(&pki.issuing.crl(&params)).unwrap();
    // Revoked on the first of May; the thief's clock says April, the ledger June.
    let april = "2026-04-15T12:00:00Z".parse().unwrap();
    let p7s = build(CONTENT, april, &chain(&pki), sign).unwrap();
    let trust = Trust::Store(&store);
    let refused = verify(CONTENT, &p7s, &trust, at()).unwrap_err();
    assert_eq!(refused, CmsError::Trust(TrustError::Revoked));
    // The very same bytes, had the ledger taken them in April.
    assert!(verify(CONTENT, &p7s, &trust, april).is_ok());
}
