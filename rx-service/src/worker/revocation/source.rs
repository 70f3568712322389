//! Which lists and answers there are to fetch: those that certificates name, and the configuration.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use signing::trust::{CertificatePlaces, TrustStore};

use super::fetch::{self, FetchError};
use crate::office::Office;
use crate::store::{Fetched, RevocationKind, StoreError};

/// More lists than a country has.
const MAX_LISTS: usize = 64;

/// Where something about revocation comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A list.
    List {
        /// Its address.
        url: String,
    },
    /// A responder, asked about one certificate.
    Responder {
        /// Its address.
        url: String,
        /// The certificate, DER.
        certificate: Vec<u8>,
    },
}

impl Source {
    /// How the database names it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::List { url } => format!("crl:{url}"),
            Self::Responder { certificate, .. } => {
                format!("ocsp:{}", HEXLOWER.encode(&Sha256::digest(certificate)))
            }
        }
    }

    /// What it gives.
    #[must_use]
    pub fn kind(&self) -> RevocationKind {
        match self {
            Self::List { .. } => RevocationKind::Crl,
            Self::Responder { .. } => RevocationKind::Ocsp,
        }
    }

    /// Its address. It names nobody.
    #[must_use]
    pub fn place(&self) -> &str {
        match self {
            Self::List { url } | Self::Responder { url, .. } => url,
        }
    }

    /// Fetches it. `known` is what it gave before.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn fetch(
        &self,
        office: &Office,
        known: Option<&Fetched>,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let (source, known, office) = (self.clone(), known.cloned(), office.clone());
        let work = move || fetch::fetch(&source, &office, known.as_ref(), now);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| FetchError::Defect(error.to_string()))?
    }
}

/// Every source: the configuration's lists, those that the CAs' and prescribers' certificates name
/// (RFC 5280 §4.2.1.13), and where it is wanted the responders of the prescribers' certificates
/// (§4.2.2.1).
pub(super) async fn known(office: &Office) -> Result<BTreeSet<Source>, StoreError> {
    let mut lists: BTreeSet<String> = office.revocation.crls.iter().cloned().collect();
    let mut sources = BTreeSet::new();
    let prescribers = office.store.certificates().await?;
    let issuers = office.trust.current().issuer_certificates();
    for der in issuers.iter().chain(&prescribers) {
        let places = CertificatePlaces::of(der);
        lists.extend(places.lists.into_iter().filter(|url| is_http(url)));
    }
    if office.revocation.ocsp {
        for certificate in prescribers {
            let places = CertificatePlaces::of(&certificate);
            let url = places.responders.into_iter().find(|url| is_http(url));
            sources.extend(url.map(|url| Source::Responder { url, certificate }));
        }
    }
    if lists.len() > MAX_LISTS {
        tracing::warn!(lists = lists.len(), "more lists than are fetched");
    }
    let lists = lists.into_iter().take(MAX_LISTS);
    sources.extend(lists.map(|url| Source::List { url }));
    Ok(sources)
}

/// Lists and answers are signed: plain HTTP is what CAs use (RFC 5280 §8).
fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// Until when something is good.
pub(super) struct Age {
    pub(super) kind: RevocationKind,
    pub(super) issuer: String,
    pub(super) next_update: Timestamp,
}

pub(super) fn ages(trust: &TrustStore) -> Vec<Age> {
    let name = |spki: &[u8]| HEXLOWER.encode(Sha256::digest(spki).get(..8).unwrap_or_default());
    let mut ages: Vec<_> = trust
        .list_ages()
        .iter()
        .map(|age| Age {
            kind: RevocationKind::Crl,
            issuer: name(&age.issuer_spki),
            next_update: age.next_update,
        })
        .collect();
    if let (_, Some(next_update)) = trust.ocsp_ages() {
        ages.push(Age {
            kind: RevocationKind::Ocsp,
            issuer: "first-to-end".to_owned(),
            next_update,
        });
    }
    ages
}
