//! What every request shares.

use std::sync::Arc;

use consent::DefaultPolicy;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prescription::law::Parameters;
use prescription::{Clues, Prescription};

use crate::clock::{Clock, day_in};
use crate::config::Config;
use crate::ledger_setup;
use crate::metrics::Metrics;
use crate::office::Office;
use crate::seal_keys::SealKeys;
use crate::timestamp::Stamper;

use crate::worker::sequence::Sequencer;
use crate::zones::{Zones, end_of_day};

/// The service. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// Its parts.
pub struct Parts {
    /// What needs no ledger: database, token, catalog, clock.
    pub office: Office,
    /// The ledger.
    pub sequencer: Sequencer,
    /// The ledger's keys that seal QRs.
    pub seals: SealKeys,
    /// Numbers that the law's text does not give.
    pub law: Parameters,
    /// The same of stock and control books.
    pub stock_law: substances::law::Parameters,
    /// What is allowed without a consent.
    pub consent_policy: DefaultPolicy,
    /// Where the law's days are counted.
    pub zones: Zones,
    /// Who says when a signature existed, where one is configured.
    pub stamper: Option<Stamper>,
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

impl std::ops::Deref for Parts {
    type Target = Office;

    fn deref(&self) -> &Office {
        &self.office
    }
}

impl App {
    /// Opens everything that the configuration names.
    ///
    /// # Errors
    /// What cannot be opened, and what to do about it.
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let zones = Zones::new(&config.time_zone, &config.establishment_time_zones)?;
        let office = Office::open(config, clock).await?;
        let (keys, store) = (&office.keys, &office.store);
        let stamper = config.timestamp.as_ref().map(Stamper::open).transpose()?;
        if stamper.is_some() {
            store.queue_extensions();
        }
        let sequencer = ledger_setup::open_sequencer(config, keys, store).await?;
        Ok(Self(Arc::new(Parts {
            seals: SealKeys::open(keys, sequencer.shards())?,
            sequencer,
            law: config.law.clone(),
            stock_law: config.stock,
            consent_policy: DefaultPolicy::default(),
            stamper,
            zones,
            metrics: Metrics::new()?,
            started: office.clock.now(),
            office,
            public_url: config.public_url(),
        })))
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
