//! Expiry: prescriptions past their validity end by themselves, and the ledger says so.

use prescription::body::Evidence;
use prescription::{Event, expire as rules};

use super::FlowError;
use super::record::record;
use crate::app::App;
use crate::store::{Conflict, NextStep, StoreError};

/// Prescriptions ended in one go.
const AT_ONCE: i64 = 256;

/// Ends up to 256 prescriptions whose last day has passed; returns how many.
///
/// # Errors
/// [`FlowError`].
pub async fn expire_due(app: &App) -> Result<usize, FlowError> {
    let (now, _) = app.now();
    let mut ended = 0;
    for folio in app.store.past_validity(now, AT_ONCE).await? {
        let Some(stored) = app.store.prescription(folio).await? else {
            continue;
        };
        // The law's day is that of the establishment that wrote it.
        let today = app.day_at(&stored.state.issued.establishment, now);
        let Ok(event) = rules::decide(&stored.state, now, today) else {
            continue;
        };
        let event = Event::Expired(event);
        let before = stored.state;
        let after = before.clone().apply(&event);
        let after = after.map_err(FlowError::internal)?;
        let draw = app.entropy.draw()?;
        let (record, _) = record(
            event,
            Evidence::OfLaw,
            stored.version + 1,
            Some(&before),
            &after,
            draw.salt,
        )?;
        let step = NextStep {
            ends_at: app.end_of(&after),
            after,
            record,
            at: now,
            access: None,
        };
        match app.store.advance("expire", step).await {
            Ok(()) => ended += 1,
            // A counter was faster; what it left open comes up again.
            Err(StoreError::Conflict(Conflict::Changed | Conflict::Recorded)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if ended > 0 {
        app.sequencer.wake();
    }
    Ok(ended)
}
