//! Tells a chain that leads back to itself from one whose anchor is merely not ours.
//!
//! `rustls-webpki` never walks a loop: it does not put a CA into a path twice. It then reports an
//! unknown issuer, which sends whoever reads it looking for a certificate that does not exist.

use der::Decode;
use rustls_pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::name::Name;

/// Whether the issuers of `leaf`, by their names and through `candidates`, lead back to a CA
/// already passed. A CA that certifies itself ends a chain and is no loop.
///
/// Called after no path was found, with the few certificates that came along and those we hold.
pub(super) fn is_loop(leaf: &Certificate, candidates: &[CertificateDer<'_>]) -> bool {
    let cas: Vec<Certificate> = candidates
        .iter()
        .filter_map(|der| Certificate::from_der(der).ok())
        .filter(|ca| ca.tbs_certificate().issuer() != ca.tbs_certificate().subject())
        .collect();
    let mut links: Vec<(&Name, &Name)> = cas
        .iter()
        .map(|ca| {
            (
                ca.tbs_certificate().subject(),
                ca.tbs_certificate().issuer(),
            )
        })
        .collect();
    // What the leaf does not lead to is none of its chain.
    let mut reached = vec![leaf.tbs_certificate().issuer()];
    let mut next = 0;
    while let Some(name) = reached.get(next).copied() {
        next += 1;
        for (_, issuer) in links.iter().filter(|(subject, _)| *subject == name) {
            if !reached.contains(issuer) {
                reached.push(issuer);
            }
        }
    }
    links.retain(|(subject, _)| reached.contains(subject));
    // A link whose issuer has no link of its own ends there; what cannot be taken away is a loop.
    loop {
        let before = links.len();
        let subjects: Vec<&Name> = links.iter().map(|(subject, _)| *subject).collect();
        links.retain(|(_, issuer)| subjects.contains(issuer));
        if links.len() == before {
            return !links.is_empty();
        }
    }
}
