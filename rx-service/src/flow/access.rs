//! The record of who looked at what.

use std::net::IpAddr;

use audit::{
    AccessRecord, Action, Actor, OpaqueId, Outcome, RecordId, Resource, ResourceKind, Role,
};
use jiff::Timestamp;
use prescription::leaf::Pseudonym;
use prescription::{Clues, Folio, PatientId};

use super::FlowError;
use crate::app::App;
use crate::auth::{self, Caller};

/// Who asks, and from where.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The authenticated caller.
    pub caller: Caller,
    /// Its address.
    pub origin: IpAddr,
}

impl Visitor {
    /// The record of `action` on a prescription, as JSON.
    pub(super) fn record(
        &self,
        number: u64,
        at: Timestamp,
        action: Action,
        (folio, patient): (Folio, Option<&PatientId>),
        outcome: Outcome,
    ) -> Result<String, FlowError> {
        let pseudonym = data_encoding::HEXLOWER.encode(&Pseudonym::of(folio).0);
        let record = AccessRecord {
            id: RecordId(number),
            at,
            actor: self.actor()?,
            action,
            resource: Resource {
                kind: ResourceKind::Prescription,
                id: Some(opaque(&pseudonym)?),
            },
            patient: patient.cloned(),
            origin: self.origin,
            outcome,
        };
        serde_json::to_string(&record).map_err(FlowError::internal)
    }

    /// The record of `action` on what is known of a patient, as JSON.
    pub(super) fn record_patient(
        &self,
        number: u64,
        at: Timestamp,
        action: Action,
        patient: &PatientId,
        outcome: Outcome,
    ) -> Result<String, FlowError> {
        let record = AccessRecord {
            id: RecordId(number),
            at,
            actor: self.actor()?,
            action,
            resource: Resource {
                kind: ResourceKind::Patient,
                id: Some(opaque(patient.as_str())?),
            },
            patient: Some(patient.clone()),
            origin: self.origin,
            outcome,
        };
        serde_json::to_string(&record).map_err(FlowError::internal)
    }

    /// The record of `action` on the stock and control books of `whose` (`None`: the caller's own),
    /// as JSON.
    pub(super) fn record_book(
        &self,
        number: u64,
        at: Timestamp,
        action: Action,
        whose: Option<&Clues>,
        outcome: Outcome,
    ) -> Result<String, FlowError> {
        let whose = whose.unwrap_or(&self.caller.clues);
        let record = AccessRecord {
            id: RecordId(number),
            at,
            actor: self.actor()?,
            action,
            resource: Resource {
                kind: ResourceKind::ControlBook,
                id: Some(opaque(whose.as_str())?),
            },
            patient: None,
            origin: self.origin,
            outcome,
        };
        serde_json::to_string(&record).map_err(FlowError::internal)
    }

    fn actor(&self) -> Result<Actor, FlowError> {
        let role = match self.caller.role {
            auth::Role::Ehr | auth::Role::Supplier { .. } => Role::System,
            auth::Role::Pharmacy { .. } => Role::Pharmacist,
            auth::Role::Auditor => Role::Auditor,
        };
        Ok(Actor {
            id: opaque(&self.caller.fingerprint)?,
            role,
            site: None,
        })
    }
}

impl Visitor {
    /// Records that `action` on a prescription was refused: what fraud detection reads. A failure
    /// to record it is logged; the refusal stands.
    pub(super) async fn note_refusal(
        &self,
        app: &App,
        action: Action,
        folio: Folio,
        error: &FlowError,
    ) {
        let Some(code) = error.refusal_code() else {
            return;
        };
        if let Err(failed) = self.write_refusal(app, action, folio, code).await {
            tracing::error!(%failed, "a refusal could not be recorded");
        }
    }

    /// The same of stock and control books.
    pub(super) async fn note_book_refusal(&self, app: &App, action: Action, error: &FlowError) {
        let Some(code) = error.refusal_code() else {
            return;
        };
        let written = async {
            let (now, _) = app.now();
            let number = app.entropy.draw()?.access;
            let outcome = Outcome::Refused(opaque(code)?);
            let record = self.record_book(number, now, action, None, outcome)?;
            Ok::<_, FlowError>(app.store.record_access(now, record).await?)
        };
        if let Err(failed) = written.await {
            tracing::error!(%failed, "a refusal could not be recorded");
        }
    }

    async fn write_refusal(
        &self,
        app: &App,
        action: Action,
        folio: Folio,
        code: &str,
    ) -> Result<(), FlowError> {
        let (now, _) = app.now();
        let number = app.entropy.draw()?.access;
        let outcome = Outcome::Refused(opaque(code)?);
        let record = self.record(number, now, action, (folio, None), outcome)?;
        Ok(app.store.record_access(now, record).await?)
    }
}

fn opaque(text: &str) -> Result<OpaqueId, FlowError> {
    text.parse().map_err(FlowError::internal)
}
