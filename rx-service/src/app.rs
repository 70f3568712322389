//! What every request shares.

use std::sync::Arc;

use consent::DefaultPolicy;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prescription::law::Parameters;
use prescription::{Clues, Prescription};
use signing::trust::{RevocationPolicy, TrustStore};

use crate::catalogs::Catalogs;
use crate::clock::{Clock, day_in};
use crate::config::{Config, read_file};
use crate::entropy::Entropy;
use crate::flow::{PrescriberCache, catalog};
use crate::keys::Keys;
use crate::ledger_setup;
use crate::metrics::Metrics;
use crate::seal_keys::SealKeys;
use crate::store::{Locked, Store};
use crate::worker::sequence::Sequencer;
use crate::zones::{Zones, end_of_day};

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// Its parts.
pub struct Parts {
    /// Medicines and establishments, by day.
    pub catalog: Catalogs,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Entropy,
    /// The token's keys.
    pub keys: Keys,
    /// The database.
    pub store: Store,
    /// The ledger.
    pub sequencer: Sequencer,
    /// The ledger's keys that seal QRs.
    pub seals: SealKeys,
    /// Whose certificates may sign prescriptions.
    pub trust: TrustStore,
    /// Issuing authorities, DER: what a signature carries beside the signer's certificate.
    pub issuers: Vec<Vec<u8>>,
    /// Prescribers ready to sign.
    pub prescribers: PrescriberCache,
    /// Numbers that the law's text does not give.
    pub law: Parameters,
    /// The same of stock and control books.
    pub stock_law: substances::law::Parameters,
    /// What is allowed without a consent.
    pub consent_policy: DefaultPolicy,
    /// The service's own time zone. The law's days are counted where an establishment is:
    /// [`App::zone_of`].
    pub zone: TimeZone,
    /// Where the law's days are counted.
    pub zones: Zones,
    /// Counters and timings.
    pub metrics: Metrics,
    /// When the service started.
    pub started: Timestamp,
    /// Base of the URLs in answers, without a final slash.
    pub public_url: String,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Opens everything that the configuration names.
    ///
    /// # Errors
    /// What cannot be opened, and what to do about it.
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&config.data_dir)?;
        let zone = TimeZone::get(&config.time_zone)?;
        let zones = Zones::new(&config.time_zone, &config.establishment_time_zones)?;
        let (trust, issuers) = open_trust(config)?;
        let keys = Keys::open(config)?;
        let database = Locked::open(&config.database_url()).await?;
        let store = keys.unlock(database).await?;
        let catalog = catalog::load(&store).await?;
        let sequencer = ledger_setup::open_sequencer(config, &keys, &store).await?;
        let started = clock.now();
        Ok(Self(Arc::new(Parts {
            catalog,
            clock,
            entropy: Entropy::default(),
            seals: SealKeys::open(&keys, sequencer.shards())?,
            keys,
            store,
            sequencer,
            trust,
            issuers,
            prescribers: PrescriberCache::default(),
            law: config.law.clone(),
            stock_law: config.stock.clone(),
            consent_policy: DefaultPolicy::default(),
            zone,
            zones,
            metrics: Metrics::new()?,
            started,
            public_url: config.public_url(),
        })))
    }

    /// The present instant and the day on it in the service's own zone. The law's days are those of
    /// [`App::day_at`].
    #[must_use]
    pub fn now(&self) -> (Timestamp, Date) {
        let now = self.clock.now();
        (now, day_in(now, &self.zone))
    }

    /// The time zone of an establishment.
    #[must_use]
    pub fn zone_of(&self, clues: &Clues) -> &TimeZone {
        self.zones.of(clues, self.catalog.establishment(clues))
    }

    /// The law's day at `at` where an establishment is.
    #[must_use]
    pub fn day_at(&self, clues: &Clues, at: Timestamp) -> Date {
        day_in(at, self.zone_of(clues))
    }

    /// The instant at which the validity of a prescription ends: where it was written, the midnight
    /// after its last day.
    #[must_use]
    pub fn end_of(&self, prescription: &Prescription) -> Timestamp {
        let zone = self.zone_of(&prescription.issued.establishment);
        end_of_day(prescription.valid_until(), zone)
    }
}

/// The trust store of prescribers, and the issuing authorities in DER.
fn open_trust(config: &Config) -> anyhow::Result<(TrustStore, Vec<Vec<u8>>)> {
    let mut trust = TrustStore::new(RevocationPolicy::WhenListed);
    for path in &config.professionals.anchors {
        trust.add_anchor(
            &read_file(path)?,
            signing::trust::AnchorPolicy::Professional,
        )?;
    }
    let mut issuers = Vec::new();
    for path in &config.professionals.issuers {
        let pem = read_file(path)?;
        trust.add_issuer(&pem)?;
        issuers.push(crate::certificate::to_der(&pem));
    }
    for path in &config.professionals.crls {
        trust.add_crl(&read_file(path)?)?;
    }
    Ok((trust, issuers))
}
