//! `rx-service key`: the life of prescribers' keys, and of the keys that wrap them.

mod list;
mod rewrap;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use prescription::key::{RevocationReason, WrappingVerb};
use prescription::{Cedula, Clues};
use rx_service::config::read_file;
use rx_service::flow::activation::Activated;
use rx_service::flow::enrol::{self, NewPrescriber};
use rx_service::flow::key::{self, RevokeOrder, WrappingOrder};
use rx_service::office::Office;

use crate::commands::say;
use crate::officer::Officer;

/// What can be done to keys. All of it may run beside the service, and counts there at once.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Enrol a prescriber: a key is born in the token. Prints its public half (PEM), which goes to the
    /// authority; then `certify`.
    Enrol(EnrolArguments),
    /// Install the authority's certificate on the key that waits for it. From then on it signs, and
    /// the one that signed before is retired: what it signed stays valid.
    Certify {
        #[command(flatten)]
        whose: Whose,
        /// The certificate, PEM or DER.
        #[arg(long)]
        certificate: PathBuf,
    },
    /// Make the next key of a prescriber, to renew a certificate or after a revocation. Prints its
    /// public half (PEM). The old key signs until `certify`: nobody has to wait.
    Rotate {
        #[command(flatten)]
        whose: Whose,
    },
    /// Let a key sign nothing any more, on every replica, from this instant on. In an emergency
    /// leave --by out: stopping a key needs nobody's signature.
    Revoke {
        #[command(flatten)]
        whose: Whose,
        /// Number of the key; without it, the one that signs.
        #[arg(long)]
        key: Option<u32>,
        /// Why.
        #[arg(long, value_enum)]
        reason: Reason,
        /// Since when somebody else may have used it (2026-11-26T10:00:00Z). Prescriptions issued
        /// from then on are not dispensed; earlier ones stay valid.
        #[arg(long)]
        since: Option<Timestamp>,
    },
    /// Destroy a key that does not sign any more. The ledger keeps the digest of what was destroyed.
    Destroy {
        /// Cédula of the prescriber.
        #[arg(long)]
        cedula: Cedula,
        /// Number of the key.
        #[arg(long)]
        key: u32,
        #[command(flatten)]
        officer: Officer,
    },
    /// Record that two persons made a wrapping key in the token (`hsm-config` has the ceremony). New
    /// keys are wrapped under it; then `rewrap` the others.
    WrappingMade(WrappingArguments),
    /// Record that nothing is under a wrapping key any more. Then destroy it in the token: every
    /// old copy of what it wrapped, in backups too, is useless from that moment on.
    WrappingRetired(WrappingArguments),
    /// Wrap every key anew, from under one wrapping key to another, inside the token. May be
    /// stopped with Ctrl-C and goes on where it was.
    Rewrap(rewrap::Arguments),
    /// All keys, one a line: cédula, number, state, wrapping key, since when.
    List {
        /// Only keys in this state: born, certified, retired, revoked or destroyed.
        #[arg(long, value_parser = list::state)]
        state: Option<prescription::key::KeyState>,
    },
    /// The keys of a prescriber, and every act on them with its place in the ledger.
    Show {
        /// Cédula of the prescriber.
        #[arg(long)]
        cedula: Cedula,
    },
}

/// Whose key, and who orders it.
#[derive(Args)]
pub(crate) struct Whose {
    /// Cédula of the prescriber.
    #[arg(long)]
    cedula: Cedula,
    #[command(flatten)]
    officer: Officer,
}

/// Who is enrolled.
#[derive(Args)]
pub(crate) struct EnrolArguments {
    /// Cédula profesional.
    #[arg(long)]
    cedula: Cedula,
    /// physician, homeopath, dentist, veterinarian, nurse or medical-intern.
    #[arg(long, default_value = "physician")]
    profession: String,
    /// CLUES where the prescriber works; may be repeated.
    #[arg(long, required = true)]
    clues: Vec<Clues>,
    /// CURP, which the prescriber's certificates must name; kept sealed.
    #[arg(long)]
    curp: Option<mpi::Curp>,
    /// Make no key: the prescriber signs with their own e.firma only. A key can be made later, by the
    /// same command without this.
    #[arg(long, requires = "curp")]
    without_key: bool,
    #[command(flatten)]
    officer: Officer,
}

/// An act on a wrapping key.
#[derive(Args)]
pub(crate) struct WrappingArguments {
    /// Label of the wrapping key in the token.
    #[arg(long)]
    label: String,
    /// Cédula of a person at the ceremony; given twice, for two persons.
    #[arg(long, required = true)]
    custodian: Vec<Cedula>,
    #[command(flatten)]
    officer: Officer,
}

/// Why a key is revoked.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Reason {
    /// Somebody else could use it.
    KeyCompromise,
    /// The prescriber works elsewhere.
    AffiliationChanged,
    /// The prescriber does not prescribe any more.
    CessationOfOperation,
    /// The authority took the licence away.
    PrivilegeWithdrawn,
    /// The authority revoked the certificate.
    CertificateRevoked,
}

impl From<Reason> for RevocationReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::KeyCompromise => Self::KeyCompromise,
            Reason::AffiliationChanged => Self::AffiliationChanged,
            Reason::CessationOfOperation => Self::CessationOfOperation,
            Reason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
            Reason::CertificateRevoked => Self::CertificateRevoked,
        }
    }
}

impl Whose {
    /// The officer's activation of an order on this prescriber's key; none where nobody orders it.
    async fn order(
        &self,
        office: &Office,
        verb: &str,
        parts: &[&[u8]],
    ) -> Result<Option<Activated>> {
        let parts = [&[self.cedula.as_str().as_bytes()], parts].concat();
        self.officer.order_of(office, verb, &parts).await
    }
}

impl Verb {
    pub(crate) async fn run(self, office: &Office) -> Result<()> {
        match self {
            Self::Enrol(arguments) => arguments.run(office).await,
            Self::Certify { whose, certificate } => {
                let bytes = read_file(&certificate)?;
                let by = whose.order(office, "key-certify", &[&bytes]).await?;
                let act = key::certify(office, &whose.cedula, &bytes, by.as_ref()).await?;
                say(&format!("key {} of {} signs", act.key, whose.cedula))
            }
            Self::Rotate { whose } => {
                let by = whose.order(office, "key-rotate", &[]).await?;
                let spki = key::rotate(office, &whose.cedula, by.as_ref());
                say_public_key(&spki.await?)
            }
            Self::Revoke {
                whose,
                key,
                reason,
                since,
            } => {
                let reason = RevocationReason::from(reason);
                let parts = format!("{key:?} {reason:?} {since:?}");
                let by = whose
                    .order(office, "key-revoke", &[parts.as_bytes()])
                    .await?;
                let order = RevokeOrder {
                    cedula: whose.cedula,
                    key,
                    reason,
                    since,
                };
                let act = key::revoke(office, &order, by.as_ref()).await?;
                say(&format!("key {} of {} revoked", act.key, order.cedula))
            }
            Self::Destroy {
                cedula,
                key,
                officer,
            } => {
                let parts = [cedula.as_str(), &key.to_string()];
                let by = officer.order(office, "key-destroy", &parts).await?;
                let by = by.context("--by is missing: an officer orders it")?;
                key::destroy(office, &cedula, key, &by).await?;
                say(&format!("key {key} of {cedula} destroyed"))
            }
            Self::WrappingMade(arguments) => arguments.run(office, WrappingVerb::Made).await,
            Self::WrappingRetired(arguments) => arguments.run(office, WrappingVerb::Retired).await,
            Self::Rewrap(arguments) => arguments.run(office).await,
            Self::List { state } => list::list(office, state).await,
            Self::Show { cedula } => list::show(office, &cedula).await,
        }
    }
}

impl EnrolArguments {
    pub(crate) async fn run(self, office: &Office) -> Result<()> {
        let parts = [self.cedula.as_str()];
        let by = self.officer.order(office, "key-enrol", &parts).await?;
        let by = by.as_ref();
        // Whoever was enrolled without a key gets the first one now.
        if !self.without_key && office.store.prescriber(&self.cedula).await?.is_some() {
            return say_public_key(&key::enrol(office, &self.cedula, by).await?);
        }
        let new = NewPrescriber {
            cedula: self.cedula.clone(),
            profession: self.profession,
            establishments: self.clues,
            curp: self.curp,
        };
        if self.without_key {
            enrol::enrol_without_key(office, new).await?;
            return say(&format!("{} enrolled without a key", self.cedula));
        }
        say_public_key(&enrol::enrol_by(office, new, by).await?)
    }
}

impl WrappingArguments {
    async fn run(self, office: &Office, what: WrappingVerb) -> Result<()> {
        let two: Result<[Cedula; 2], _> = self.custodian.try_into();
        let custodians = two.ok().context("give --custodian twice: two persons")?;
        let order = WrappingOrder {
            what,
            label: self.label,
            custodians,
        };
        let [one, other] = &order.custodians;
        let parts = [order.label.as_str(), one.as_str(), other.as_str()];
        let verb = match what {
            WrappingVerb::Made => "wrapping-made",
            WrappingVerb::Retired => "wrapping-retired",
        };
        let by = self.officer.order(office, verb, &parts).await?;
        let act = key::act_on_wrapping_key(office, &order, by.as_ref()).await?;
        let word = match what {
            WrappingVerb::Made => "in use",
            WrappingVerb::Retired => "retired: it may be destroyed in the token",
        };
        say(&format!("{} {word}", act.label))
    }
}

/// A public key as the authority takes it.
pub(crate) fn say_public_key(spki: &[u8]) -> Result<()> {
    let ending = x509_cert::der::pem::LineEnding::LF;
    let pem = x509_cert::der::pem::encode_string("PUBLIC KEY", ending, spki);
    say(pem.map_err(anyhow::Error::msg)?.trim_end())
}
