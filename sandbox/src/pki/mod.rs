//! A development PKI: professionals, the service, its clients. Everything in it is fictitious and
//! made anew for each world; nothing of it is ever committed.
//!
//! Two hierarchies that never mix: professionals (root, issuing authority, prescribers; keys of the
//! prescribers are born in the HSM and only certified here) and TLS (one authority for the server
//! and its clients).

mod authority;
mod client;
mod professional;
#[cfg(test)]
mod tests;

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use rcgen::{ExtendedKeyUsagePurpose, SanType, SubjectPublicKeyInfo};

use crate::cast::Prescriber;
use authority::{Authority, new_key, tls_leaf};
pub use client::Who;

const ROOT: &str = "professionals-root.pem";
const ISSUING: &str = "professionals-issuing.pem";
const ISSUING_KEY: &str = "professionals-issuing.key";

/// The PKI of a world, in one folder: certificates as `*.pem`, keys as `*.key` (PKCS#8, mode 0600).
pub struct Pki {
    folder: PathBuf,
    professionals: Authority,
}

impl Pki {
    /// Makes every authority and certificate that does not need the HSM.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn create(folder: &Path, today: Date) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        // A day of margin: midnight UTC of today may lie ahead in other time zones.
        let from = today.checked_sub(2.days())?;
        let purposes = professional::purposes();
        let root = Authority::root("Raíz de desarrollo de Receta", &[], from)?;
        let professionals = root.subordinate(
            "AC de profesionales de la salud (desarrollo)",
            &purposes,
            from,
        )?;
        let pki = Self {
            folder: folder.to_owned(),
            professionals,
        };
        pki.write_certificate(ROOT, &root.pem)?;
        pki.write_key("professionals-root.key", &root.key_pem)?;
        pki.write_certificate(ISSUING, &pki.professionals.pem)?;
        pki.write_key(ISSUING_KEY, &pki.professionals.key_pem)?;
        let chain = format!("{}{}", pki.professionals.pem, root.pem);
        pki.write_certificate("professionals-ca.pem", &chain)?;
        pki.create_tls(from)?;
        Ok(pki)
    }

    /// Opens the PKI that a call of [`Pki::create`] made.
    ///
    /// # Errors
    /// A file is missing or damaged.
    pub fn open(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))
        };
        let professionals = Authority::open(read(ISSUING)?, read(ISSUING_KEY)?)?;
        Ok(Self {
            folder: folder.to_owned(),
            professionals,
        })
    }

    fn create_tls(&self, from: Date) -> Result<()> {
        let authority = Authority::root("AC de TLS de desarrollo de Receta", &[], from)?;
        self.write_certificate("tls-ca.pem", &authority.pem)?;
        self.write_key("tls-ca.key", &authority.key_pem)?;
        let validity = (from, from.checked_add(2.years())?);
        let names = vec![
            SanType::DnsName("localhost".try_into()?),
            SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        ];
        let params = tls_leaf(
            "localhost",
            ExtendedKeyUsagePurpose::ServerAuth,
            names,
            validity,
        )?;
        let key = new_key()?;
        self.write_certificate("server.pem", &authority.issue(&params, &key)?)?;
        self.write_key("server.key", &key.serialize_pem())?;

        let foreign = Authority::root("AC ajena", &[], from)?;
        for who in Who::ALL {
            let authority = if who == Who::Foreign {
                &foreign
            } else {
                &authority
            };
            let validity = if who == Who::Expired {
                (from.checked_sub(2.years())?, from)
            } else {
                validity
            };
            self.create_client(authority, who, validity)?;
        }
        Ok(())
    }

    fn create_client(&self, authority: &Authority, who: Who, validity: (Date, Date)) -> Result<()> {
        let names = vec![SanType::URI(who.uri().as_str().try_into()?)];
        let purpose = ExtendedKeyUsagePurpose::ClientAuth;
        let params = tls_leaf(who.name(), purpose, names, validity)?;
        let key = new_key()?;
        self.write_certificate(
            &format!("{}.pem", who.file()),
            &authority.issue(&params, &key)?,
        )?;
        self.write_key(&format!("{}.key", who.file()), &key.serialize_pem())
    }

    /// Certifies the public key (PEM `SubjectPublicKeyInfo`) of a prescriber, and writes the
    /// certificate into the PKI's folder.
    ///
    /// # Errors
    /// The text is not a P-256 public key.
    pub fn certify(&self, who: &Prescriber, spki_pem: &str, today: Date) -> Result<PathBuf> {
        let key = SubjectPublicKeyInfo::from_pem(spki_pem)?;
        let params = professional::params(who, today)?;
        let name = format!("prescriber-{}.pem", who.cedula);
        self.write_certificate(&name, &self.professionals.issue(&params, &key)?)
    }

    /// A file of the PKI.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Root of the professionals.
    #[must_use]
    pub fn professionals_root(&self) -> PathBuf {
        self.path(ROOT)
    }

    /// Issuing authority of the professionals.
    #[must_use]
    pub fn professionals_issuing(&self) -> PathBuf {
        self.path(ISSUING)
    }

    /// Issuing authority and root, in one file.
    #[must_use]
    pub fn professionals_chain(&self) -> PathBuf {
        self.path("professionals-ca.pem")
    }

    /// The certificate of a prescriber, once certified.
    #[must_use]
    pub fn prescriber(&self, cedula: &str) -> PathBuf {
        self.path(&format!("prescriber-{cedula}.pem"))
    }

    /// The authority of the server and its clients.
    #[must_use]
    pub fn tls_ca(&self) -> PathBuf {
        self.path("tls-ca.pem")
    }

    /// Certificate and key of a client.
    #[must_use]
    pub fn client(&self, who: Who) -> (PathBuf, PathBuf) {
        (
            self.path(&format!("{}.pem", who.file())),
            self.path(&format!("{}.key", who.file())),
        )
    }

    fn write_certificate(&self, name: &str, pem: &str) -> Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, pem).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    fn write_key(&self, name: &str, pem: &str) -> Result<()> {
        let path = self.path(name);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        file.write_all(pem.as_bytes())?;
        Ok(())
    }
}
