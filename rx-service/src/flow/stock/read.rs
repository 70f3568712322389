//! What an establishment holds, and what is not settled yet.

use audit::{Action, Outcome};
use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{Clave, Clues};
use substances::Book;

use super::{facts, keeper};
use crate::app::App;
use crate::auth::Role;
use crate::flow::{FlowError, Visitor};
use crate::store::{LotBalance, OpenShipment};

/// What is held of one lot.
pub struct Held {
    /// Medicine, lot and units.
    pub lot: LotBalance,
    /// The book of the medicine today.
    pub book: Option<Book>,
    /// It may not be supplied any more.
    pub expired: bool,
}

/// What is not settled yet.
pub struct Pending {
    /// Shipments that have not arrived here.
    pub incoming: Vec<OpenShipment>,
    /// Own shipments that have not arrived there.
    pub outgoing: Vec<OpenShipment>,
    /// Differences that nobody has explained: missing below zero.
    pub unexplained: Vec<LotBalance>,
}

/// What `whose` holds now, of one medicine or of all.
///
/// # Errors
/// [`FlowError::Forbidden`], or the database failed.
pub async fn own_stock(
    app: &App,
    visitor: &Visitor,
    whose: &Clues,
    clave: Option<&Clave>,
) -> Result<(Timestamp, Vec<Held>), FlowError> {
    let (now, today) = note(app, visitor, whose).await?;
    let lots = app.store.lots(whose, clave).await?;
    let held = |lot: LotBalance| Held {
        book: facts::medicine(app, &lot.clave, today).and_then(|medicine| medicine.book),
        expired: lot.expiry < today,
        lot,
    };
    let lots = lots.into_iter().filter(|lot| lot.units != 0);
    Ok((now, lots.map(held).collect()))
}

/// What is on its way to and from `whose`, and what it has not explained.
///
/// # Errors
/// [`FlowError::Forbidden`], or the database failed.
pub async fn pending(app: &App, visitor: &Visitor, whose: &Clues) -> Result<Pending, FlowError> {
    note(app, visitor, whose).await?;
    Ok(Pending {
        incoming: app.store.open_shipments(whose, true).await?,
        outgoing: app.store.open_shipments(whose, false).await?,
        unexplained: app.store.unexplained(whose).await?,
    })
}

/// Records that somebody else's stock or books are read, before they are; an establishment reads
/// its own as it works, and is made known to those who ship to it.
pub(super) async fn note(
    app: &App,
    visitor: &Visitor,
    whose: &Clues,
) -> Result<(Timestamp, Date), FlowError> {
    let (now, _) = app.now();
    let today = app.day_at(whose, now);
    if visitor.caller.role == Role::Auditor {
        let number = app.entropy.draw()?.access;
        let access =
            visitor.record_book(number, now, Action::Read, Some(whose), Outcome::Success)?;
        app.store.record_access(now, access).await?;
    } else {
        keeper::caller(app, visitor).await?;
    }
    Ok((now, today))
}
