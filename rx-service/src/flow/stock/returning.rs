//! What a return posts: what comes back to the pharmacy, in the books of its class.

use prescription::Issued;
use prescription::event::Returned;
use substances::MedicineFacts;
use substances::dispensing::of_return;

use super::{facts, posting};
use crate::app::App;
use crate::flow::FlowError;
use crate::store::Posting;

/// What `returned` does to stock and books; `None` where no book has any of it. It brings units back,
/// so that no balance can stand in its way.
///
/// # Errors
/// [`FlowError::Movement`]: a return that is not of this dispensing.
pub(in crate::flow) fn posting_of_return(
    app: &App,
    issued: &Issued,
    dispensed: &prescription::Dispensed,
    returned: &Returned,
) -> Result<Option<Posting>, FlowError> {
    // What came back is as much as went out: counted by the catalog of that day. The book is today's.
    let medicine = |clave: &_| {
        let today = facts::medicine(app, clave, returned.on)?;
        Some(MedicineFacts {
            units_per_package: facts::units_per_package(app, clave, dispensed.on),
            ..today
        })
    };
    let movement = of_return(issued, dispensed, returned, medicine)
        .map_err(|refusal| FlowError::Movement(vec![refusal]))?;
    movement.map(|movement| posting::of(&movement)).transpose()
}
