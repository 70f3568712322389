//! Sync: certificates come down, pending acts go up. Conflicts are reported, never hidden.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use ledger::WitnessedCheckpoint;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use signing::qr::KeyHolder;
use signing::trust::{TrustStore, TrustedCertificate};

use crate::counter::Counter;
use crate::declare::{Declared, deliver};
use crate::push::{Delivery, push};
use crate::service::ServiceError;
use crate::store::{Act, PendingAct, Statement, Store, StoreError};
use crate::verify::holder_of;
use crate::witnessed::{self, HeadError};

/// How long a told state is kept: longer than any prescription is valid (LGS art. 226, III: six
/// months).
const SNAPSHOT_AGE: SignedDuration = SignedDuration::from_hours(24 * 200);

/// What came down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificateReport {
    /// Certificates that were validated and stored.
    pub stored: usize,
    /// Why others were not, and how many for each reason.
    pub refused: BTreeMap<String, usize>,
}

/// What came of a synchronisation.
#[derive(Debug, Default)]
pub struct SyncReport {
    /// What came down, or why nothing did.
    pub certificates: Option<Result<CertificateReport, ServiceError>>,
    /// The ledger's state, or why it is not accepted. The inner `None`: it has published none yet.
    pub ledger: Option<Result<Option<WitnessedCheckpoint>, HeadError>>,
    /// What went up, oldest first.
    pub deliveries: Vec<(Act, Delivery)>,
    /// Movements, returns and transfers that went up, oldest first.
    pub statements: Vec<(Statement, Declared)>,
}

impl SyncReport {
    /// Whether everything went through: nothing is pending any more, nothing contradicts.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let confirmed =
            |(_, delivery): &(Act, Delivery)| matches!(delivery, Delivery::Confirmed { .. });
        let stated =
            |(_, declared): &(Statement, Declared)| matches!(declared, Declared::Confirmed { .. });
        self.certificates.as_ref().is_none_or(Result::is_ok)
            && self.ledger.as_ref().is_none_or(Result::is_ok)
            && self.deliveries.iter().all(confirmed)
            && self.statements.iter().all(stated)
    }
}

/// Pending acts first: they are what is at stake.
///
/// # Errors
/// [`StoreError`]; a network that fails is in the report.
pub fn sync(counter: &Counter, now: Timestamp) -> Result<SyncReport, StoreError> {
    let (statements, deliveries) = push_pending(counter, now)?;
    let certificates = match counter.service.certificates() {
        Ok(pem) => {
            let validated = validate(&pem, &counter.trust, now);
            Ok(store_validated(validated, &mut counter.store(), now)?)
        }
        Err(error) => Err(error),
    };
    let ledger = witnessed::refresh(counter, now);
    counter.store().forget_snapshots(now - SNAPSHOT_AGE)?;
    Ok(SyncReport {
        certificates: Some(certificates),
        ledger: Some(ledger),
        deliveries,
        statements,
    })
}

/// What went up: statements, and acts.
type Pushed = (Vec<(Statement, Declared)>, Vec<(Act, Delivery)>);

/// Delivers what is pending. Statements first, because what was handed over had arrived before; each
/// oldest first. Stops at the first outage: the rest would fare no better.
///
/// # Errors
/// [`StoreError`].
pub fn push_pending(counter: &Counter, now: Timestamp) -> Result<Pushed, StoreError> {
    let mut statements = Vec::new();
    let pending = counter.store().pending_statements()?;
    for recorded in pending {
        let declared = deliver(counter, &recorded, now)?;
        let outage = matches!(&declared, Declared::Unknown { outage: true, .. });
        statements.push((recorded.statement, declared));
        if outage {
            return Ok((statements, unanswered(counter)?));
        }
    }
    Ok((statements, push_acts(counter, now)?))
}

/// Acts that are not even tried, because the service just did not answer.
fn unanswered(counter: &Counter) -> Result<Vec<(Act, Delivery)>, StoreError> {
    let pending = counter.store().pending_acts()?;
    let untried = ServiceError::Unreachable("el servicio no respondió antes".to_owned());
    let delivery = |act: PendingAct| (act.act, Delivery::Unanswered(untried.clone()));
    Ok(pending.into_iter().map(delivery).collect())
}

fn push_acts(counter: &Counter, now: Timestamp) -> Result<Vec<(Act, Delivery)>, StoreError> {
    let pending = counter.store().pending_acts()?;
    let mut deliveries = Vec::with_capacity(pending.len());
    for act in pending {
        let delivery = push(counter, &act, now)?;
        let outage = matches!(&delivery, Delivery::Unanswered(error) if error.is_outage());
        deliveries.push((act.act, delivery));
        if outage {
            break;
        }
    }
    Ok(deliveries)
}

/// Validates the certificates of a PEM bundle and stores the good ones.
///
/// # Errors
/// [`StoreError`].
pub fn store_certificates(
    pem: &[u8],
    trust: &TrustStore,
    store: &mut Store,
    now: Timestamp,
) -> Result<CertificateReport, StoreError> {
    store_validated(validate(pem, trust, now), store, now)
}

/// Certificates that are good, and the reasons why others are not.
type Validated = (
    Vec<(TrustedCertificate, KeyHolder)>,
    BTreeMap<String, usize>,
);

fn validate(pem: &[u8], trust: &TrustStore, now: Timestamp) -> Validated {
    let mut good = Vec::new();
    let mut refused = BTreeMap::new();
    for der in CertificateDer::pem_slice_iter(pem) {
        let checked = match der {
            Ok(der) => usable(&der, trust, now),
            Err(_) => Err("a PEM block is malformed".to_owned()),
        };
        match checked {
            Ok(certificate) => good.push(certificate),
            Err(reason) => *refused.entry(reason).or_default() += 1,
        }
    }
    (good, refused)
}

fn usable(
    der: &[u8],
    trust: &TrustStore,
    now: Timestamp,
) -> Result<(TrustedCertificate, KeyHolder), String> {
    let trusted = trust
        .validate(der, &[], now)
        .map_err(|error| error.to_string())?;
    let holder = holder_of(&trusted).ok_or("the certificate names no cédula")?;
    Ok((trusted, holder))
}

fn store_validated(
    (good, refused): Validated,
    store: &mut Store,
    now: Timestamp,
) -> Result<CertificateReport, StoreError> {
    store.put_certificates(&good, now)?;
    Ok(CertificateReport {
        stored: good.len(),
        refused,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn only_what_the_pinned_authorities_vouch_for_is_stored() {
        let (_folder, mut store) = Store::temporary();
        let pki = fixture::pki();
        // A leaf, the same again, a certificate of no authority of ours, and a CA.
        let (stranger, _) = fixture::client_certificate(4);
        let stranger = fixture::pem(&stranger);
        let bundle =
            [&pki.leaf_pem, &pki.leaf_pem, &stranger, &pki.issuing_pem].map(String::as_str);
        let report = store_certificates(
            bundle.concat().as_bytes(),
            &pki.trust(),
            &mut store,
            fixture::now(),
        )
        .unwrap();
        assert_eq!(report.stored, 2);
        assert_eq!(report.refused.values().sum::<usize>(), 2);
        assert_eq!(store.certificate_count().unwrap(), 1);
        assert_eq!(
            store.certificates_synced_at().unwrap(),
            Some(fixture::now())
        );
    }

    #[test]
    fn an_expired_certificate_is_not_stored_anew() {
        let (_folder, mut store) = Store::temporary();
        let pki = fixture::pki();
        let late = "2030-01-01T00:00:00Z".parse().unwrap();
        let pem = pki.leaf_pem.as_bytes();
        let report = store_certificates(pem, &pki.trust(), &mut store, late).unwrap();
        assert_eq!((report.stored, report.refused.len()), (0, 1));
    }
}
