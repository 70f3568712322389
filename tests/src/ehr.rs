//! An electronic health record that issues prescriptions and keeps what it was answered.

use anyhow::{Result, ensure};
use prescription::Folio;
use sandbox::client::{Answer, Client};
use sandbox::seed::Prescription;
use sandbox::{Who, World};

/// An acknowledged step: what whoever took it holds in hands.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// The prescription.
    pub folio: Folio,
    /// Index in the ledger.
    pub index: u64,
    /// The receipt, a C2SP tlog-proof.
    pub receipt: String,
}

impl Acknowledged {
    /// Reads the headers of an answer with status 200 or 201.
    ///
    /// # Errors
    /// Another status, or a header is missing.
    pub fn of(answer: &Answer) -> Result<Self> {
        ensure!(matches!(answer.status, 200 | 201), "{}", answer.describe());
        Ok(Self {
            folio: answer.folio()?.parse()?,
            index: answer.ledger_index()?,
            receipt: answer.receipt()?,
        })
    }
}

/// The record of the health centre where both prescribers work.
#[derive(Clone)]
pub struct Ehr {
    client: Client,
}

impl Ehr {
    /// The record.
    ///
    /// # Errors
    /// It has no certificate.
    pub fn new(world: &World) -> Result<Self> {
        Ok(Self {
            client: world.client(Who::Ehr)?,
        })
    }

    /// Issues, in a Bundle where there are several lines.
    ///
    /// # Errors
    /// No answer.
    pub fn issue(&self, prescription: &Prescription) -> Result<Answer> {
        if prescription.lines.len() == 1 {
            self.client
                .post("/fhir/r4/MedicationRequest", &prescription.to_single())
        } else {
            self.client.post("/fhir/r4", &prescription.to_bundle())
        }
    }

    /// The text of a prescription's QR.
    ///
    /// # Errors
    /// There is no such prescription.
    pub fn qr(&self, folio: Folio) -> Result<String> {
        Ok(String::from_utf8(self.artifact(folio, "qr.txt")?)?)
    }

    /// `qr.png`, `receta.pdf`, …
    ///
    /// # Errors
    /// There is no such prescription.
    pub fn artifact(&self, folio: Folio, name: &str) -> Result<Vec<u8>> {
        self.client.fetch(&format!("/prescriptions/{folio}/{name}"))
    }

    /// A line as it is today.
    ///
    /// # Errors
    /// There is none.
    pub fn line(&self, folio: Folio, number: u8) -> Result<serde_json::Value> {
        let path = format!("/fhir/r4/MedicationRequest/{}-{number}", folio.compact());
        Ok(serde_json::from_slice(&self.client.fetch(&path)?)?)
    }

    /// Its client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}
