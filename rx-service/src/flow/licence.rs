//! Whether a professional may prescribe on a day, by what we enrolled and what the registry says.

use jiff::civil::Date;

use super::FlowError;
use crate::app::App;
use crate::store::StoredPrescriber;

/// Whether the licence of an enrolled prescriber holds on a day. Where no registry was imported, or
/// it does not know the cédula, the enrolment alone counts.
pub(super) async fn is_active(
    app: &App,
    prescriber: &StoredPrescriber,
    on: Date,
) -> Result<bool, FlowError> {
    let registered = app.store.professional(&prescriber.cedula, on).await?;
    let holds = registered.is_none_or(|line| line.status.may_prescribe());
    Ok(prescriber.active && holds)
}
