//! Chains that lead nowhere, in circles, or in too many ways, and how long we look at them.

use std::time::Instant;

use rcgen::CertificateParams;

use super::test_pki::{Pki, TestCa, at, issuing_params, leaf_params};
use super::{AnchorPolicy, RevocationPolicy, TrustError, TrustStore};
use crate::nesting::tests::nested;

/// The certificate of `ca`'s name and key by `other`.
fn cross(ca: &CertificateParams, seed: u8, other: &TestCa) -> Vec<u8> {
    other.subordinate(ca.clone(), seed).der
}

#[test]
fn path_loop_of_two_cas() {
    let a = TestCa::root(issuing_params("A"), 21);
    let b = a.subordinate(issuing_params("B"), 22);
    let a_by_b = cross(&a.params, 21, &b);
    let leaf = b.issue(&leaf_params());
    let refused = Pki::new().store().validate(&leaf, &[&a_by_b, &b.der], at());
    assert_eq!(refused, Err(TrustError::PathLoop));
}

#[test]
fn path_loop_of_three_cas_some_of_them_ours() {
    let a = TestCa::root(issuing_params("A"), 21);
    let b = a.subordinate(issuing_params("B"), 22);
    let c = b.subordinate(issuing_params("C"), 23);
    let a_by_c = cross(&a.params, 21, &c);
    let mut store = Pki::new().store();
    store.add_issuer(&b.der).unwrap();
    store.add_issuer(&a_by_c).unwrap();
    let leaf = c.issue(&leaf_params());
    let refused = store.validate(&leaf, &[&c.der], at());
    assert_eq!(refused, Err(TrustError::PathLoop));
}

/// A loop beside the chain is no reason to refuse it, nor to call it a loop.
#[test]
fn only_the_leafs_own_chain_counts() {
    let a = TestCa::root(issuing_params("A"), 21);
    let b = a.subordinate(issuing_params("B"), 22);
    let a_by_b = cross(&a.params, 21, &b);
    let pki = Pki::new();
    let aside = [a_by_b.as_slice(), &b.der, &pki.issuing.der];
    assert!(pki.store().validate(&pki.leaf, &aside, at()).is_ok());
    let unknown = TestCa::root(issuing_params("X"), 24).issue(&leaf_params());
    let refused = pki.store().validate(&unknown, &aside, at());
    assert_eq!(refused, Err(TrustError::UnknownIssuer));
    // A root that certifies itself ends a chain.
    let untrusted = TestCa::root(issuing_params("X"), 24);
    let refused = pki.store().validate(&unknown, &[&untrusted.der], at());
    assert_eq!(refused, Err(TrustError::UnknownIssuer));
}

/// Cross-signed CAs are lawful: the loop between them has a way out to an anchor.
#[test]
fn cross_signed_cas_validate_by_the_way_out() {
    let root = TestCa::root(super::test_pki::ca_params("Raíz"), 1);
    let a = root.subordinate(issuing_params("A"), 21);
    let b = a.subordinate(issuing_params("B"), 22);
    let a_by_b = cross(&a.params, 21, &b);
    let b_by_root = cross(&b.params, 22, &root);
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    store
        .add_anchor(&root.der, AnchorPolicy::Professional)
        .unwrap();
    let leaf = b.issue(&leaf_params());
    let everything = [a_by_b.as_slice(), &b.der, &a.der, &b_by_root];
    assert!(store.validate(&leaf, &everything, at()).is_ok());
    assert!(
        store
            .validate(&leaf, &[&a_by_b, &b.der, &a.der], at())
            .is_ok()
    );
    let refused = store.validate(&leaf, &[&a_by_b, &b.der], at());
    assert_eq!(refused, Err(TrustError::PathLoop));
}

/// A dozen CAs of one name, all by each other's name and none by the anchor's key: every order of
/// them is a path that must be tried. The budget of signatures ends it.
#[test]
fn path_budget_ends_a_maze_of_cas() {
    let pki = Pki::new();
    let maze_ca = |seed: u8| {
        let ca = TestCa::root(pki.root.params.clone(), seed);
        let mut params = pki.root.params.clone();
        params.serial_number = Some(vec![seed].into());
        ca.subordinate(params, seed + 100).der
    };
    let mut store = pki.store();
    for seed in 30..38 {
        store.add_issuer(&maze_ca(seed)).unwrap();
    }
    let brought: Vec<Vec<u8>> = (40..44).map(maze_ca).collect();
    let brought: Vec<&[u8]> = brought.iter().map(Vec::as_slice).collect();
    let forger = TestCa::root(pki.root.params.clone(), 99);
    let started = Instant::now();
    let refused = store.validate(&forger.issue(&leaf_params()), &brought, at());
    let spent = started.elapsed();
    eprintln!("a maze of 12 CAs: {refused:?} after {spent:?}");
    assert_eq!(refused, Err(TrustError::PathBudget));
    // A hundred signatures take some 10 ms; the bound is generous to a busy machine.
    assert!(spent.as_secs() < 5, "{spent:?}");
}

#[test]
fn nesting_is_bounded_in_every_certificate_and_list() {
    let pki = Pki::new();
    let bomb = nested(60_000);
    let mut store = pki.store();
    assert_eq!(store.validate(&bomb, &[], at()), Err(TrustError::TooDeep));
    let brought = store.validate(&pki.leaf, &[&bomb], at());
    assert_eq!(brought, Err(TrustError::TooDeep));
    assert_eq!(store.add_issuer(&bomb), Err(TrustError::TooDeep));
    let anchor = store.add_anchor(&bomb, AnchorPolicy::Professional);
    assert_eq!(anchor, Err(TrustError::TooDeep));
    assert_eq!(store.add_crl(&bomb), Err(TrustError::TooDeep));
}
