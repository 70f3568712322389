//! Who keeps stock: what a certificate says of an establishment.

use prescription::Clues;
use substances::{Book, EstablishmentFacts, EstablishmentKind};

use crate::app::App;
use crate::auth::Role;
use crate::flow::{FlowError, Visitor};
use crate::store::Keeper;

/// The caller as an establishment that keeps stock, and makes it known to those who ship to it.
///
/// # Errors
/// [`FlowError::Forbidden`] for callers who keep none.
pub(super) async fn caller(app: &App, visitor: &Visitor) -> Result<EstablishmentFacts, FlowError> {
    let keeper = keeper(visitor)?;
    // Written once, and when the certificate says something new.
    if app.store.keeper(&keeper.clues).await?.as_ref() != Some(&keeper) {
        app.store.keep(keeper.clone()).await?;
    }
    facts(keeper)
}

/// The caller as an establishment that keeps stock.
///
/// # Errors
/// As [`caller`].
pub(super) fn facts_of(visitor: &Visitor) -> Result<EstablishmentFacts, FlowError> {
    facts(keeper(visitor)?)
}

/// What is known of another establishment; `None` for one that keeps no stock here.
pub(super) async fn other(
    app: &App,
    clues: &Clues,
) -> Result<Option<EstablishmentFacts>, FlowError> {
    let keeper = app.store.keeper(clues).await?;
    keeper.map(facts).transpose()
}

/// Whose stock and books the caller reads: its own, or as the authority those of `clues`.
///
/// # Errors
/// [`FlowError::Forbidden`].
pub fn whose(visitor: &Visitor, clues: Option<Clues>) -> Result<Clues, FlowError> {
    match (&visitor.caller.role, clues) {
        (Role::Auditor, Some(clues)) => Ok(clues),
        (Role::Auditor, None) => Err(FlowError::Forbidden(
            "Indique de qué establecimiento: ?clues=….",
        )),
        (_, Some(_)) => Err(FlowError::Forbidden(
            "Sólo la autoridad consulta las existencias y los libros de otro establecimiento.",
        )),
        (_, None) => keeper(visitor).map(|keeper| keeper.clues),
    }
}

fn keeper(visitor: &Visitor) -> Result<Keeper, FlowError> {
    let (kind, licence) = match &visitor.caller.role {
        Role::Pharmacy { licence } => (EstablishmentKind::Pharmacy, licence.clone()),
        Role::Supplier { kind, licence } => (*kind, Some(licence.clone())),
        Role::Ehr | Role::Auditor => {
            return Err(FlowError::Forbidden(
                "Sólo una farmacia, un laboratorio o un almacén lleva existencias.",
            ));
        }
    };
    Ok(Keeper {
        clues: visitor.caller.clues.clone(),
        kind: kind.code().to_owned(),
        licence,
    })
}

/// The authority issues a certificate with a licence only to who has a responsable sanitario and
/// the permit of the books (LGS arts. 258 to 260, 375-IV); the register of antibiotics needs
/// neither.
fn facts(keeper: Keeper) -> Result<EstablishmentFacts, FlowError> {
    let licensed = keeper.licence.is_some();
    let books = Book::ALL.into_iter();
    Ok(EstablishmentFacts {
        kind: EstablishmentKind::from_code(&keeper.kind)
            .ok_or_else(|| FlowError::Internal(format!("kind of {}", keeper.clues)))?,
        clues: keeper.clues,
        controlled_licence: licensed,
        responsible: licensed,
        books: books
            .filter(|book| licensed || !book.is_controlled())
            .collect(),
    })
}
