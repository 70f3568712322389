//! What an officer looks at: the keys of a prescriber, and the acts on them.

use prescription::Cedula;
use prescription::body::Evidence;
use prescription::key::KeyAct;
use prescription::register::{Register, RegisterBody};

use crate::flow::FlowError;
use crate::office::Office;
use crate::store::StoredPrescriber;

/// Acts read at once.
const PAGE: i64 = 256;

/// An act on a key.
#[derive(Debug, Clone)]
pub struct KeyActLine {
    /// Its number in the prescriber's series.
    pub number: u64,
    /// Its index in the ledger, where it has one already.
    pub index: Option<u64>,
    /// What was done.
    pub act: KeyAct,
    /// An officer signed it.
    pub signed: bool,
}

/// The prescriber with all keys.
///
/// # Errors
/// [`FlowError::NotEnrolled`].
pub async fn show(office: &Office, cedula: &Cedula) -> Result<StoredPrescriber, FlowError> {
    let stored = office.store.prescriber(cedula).await?;
    stored.ok_or(FlowError::NotEnrolled)
}

/// The acts on a prescriber's keys, in order.
///
/// # Errors
/// The database failed, or a body does not parse.
pub async fn acts(office: &Office, cedula: &Cedula) -> Result<Vec<KeyActLine>, FlowError> {
    let mut lines = Vec::new();
    loop {
        let from = lines.last().map_or(1, |line: &KeyActLine| line.number + 1);
        let store = &office.store;
        let page = store
            .acts(Register::Key, cedula.as_str(), from, PAGE)
            .await?;
        if page.is_empty() {
            return Ok(lines);
        }
        for stored in page {
            let body = RegisterBody::<KeyAct>::from_canonical(&stored.body);
            let body = body.map_err(FlowError::internal)?;
            lines.push(KeyActLine {
                number: stored.number,
                index: stored.index,
                act: body.act,
                signed: matches!(body.evidence, Evidence::Cades { .. }),
            });
        }
    }
}
