//! Reading: an establishment reads what it issued.

use audit::{Action, Outcome};
use prescription::Folio;

use super::page::Page;
use super::{FlowError, Visitor};
use crate::app::App;
use crate::auth::Role;
use crate::clock::day_number;
use crate::fhir::{MedicationRequestSearch, RequestStatus, systems};
use crate::store::{SearchFilter, StoredPrescription};

/// A page of a search.
pub struct Found {
    /// Newest first.
    pub prescriptions: Vec<StoredPrescription>,
    /// The next page, if there may be more.
    pub next: Option<Page>,
    statuses: Vec<RequestStatus>,
}

impl Found {
    /// Whether the search asked for lines of this status.
    #[must_use]
    pub fn wants(&self, status: RequestStatus) -> bool {
        self.statuses.is_empty() || self.statuses.contains(&status)
    }
}

/// The prescription with this folio, if the caller's establishment issued it. To anybody else it
/// does not exist.
///
/// # Errors
/// [`FlowError::NotFound`], [`FlowError::Forbidden`].
pub async fn read_own(
    app: &App,
    visitor: &Visitor,
    folio: Folio,
) -> Result<StoredPrescription, FlowError> {
    require_ehr(visitor)?;
    let stored = app
        .store
        .prescription(folio)
        .await?
        .ok_or(FlowError::NotFound)?;
    if stored.state.issued.establishment != visitor.caller.clues {
        return Err(FlowError::NotFound);
    }
    let (now, _) = app.now();
    let draw = app.entropy.draw()?;
    let whom = (folio, Some(&stored.state.issued.patient));
    let access = visitor.record(draw.access, now, Action::Read, whom, Outcome::Success)?;
    app.store.record_access(now, access).await?;
    Ok(stored)
}

/// The newest prescriptions of the caller's establishment that match. A page may show fewer lines
/// than `_count`: lines of another status are left out after the page is cut.
///
/// # Errors
/// [`FlowError::Forbidden`], or the database failed.
pub async fn search_own(
    app: &App,
    visitor: &Visitor,
    search: &MedicationRequestSearch,
) -> Result<Found, FlowError> {
    require_ehr(visitor)?;
    let (folios, statuses, next) = match &search.identifier {
        Some(identifier) => {
            let found = by_identifier(app, visitor, &identifier.system, &identifier.value).await?;
            (found.into_iter().collect(), search.statuses.clone(), None)
        }
        None => by_page(app, visitor, page_of(app, search)?).await?,
    };
    let mut prescriptions = Vec::new();
    for folio in folios {
        match read_own(app, visitor, folio).await {
            Ok(stored) => prescriptions.push(stored),
            // A folio of another establishment: for this reader it does not exist. Of what was
            // erased nothing can be found.
            Err(FlowError::NotFound | FlowError::Erased(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Found {
        prescriptions,
        next,
        statuses,
    })
}

async fn by_identifier(
    app: &App,
    visitor: &Visitor,
    system: &str,
    value: &str,
) -> Result<Option<Folio>, FlowError> {
    if system == systems::FOLIO {
        return Ok(value.parse().ok());
    }
    let identifier = format!("{system}|{value}");
    Ok(app
        .store
        .folio_of_request(&visitor.caller.fingerprint, &identifier)
        .await?)
}

/// The page that a search asks for: the one its cursor names, or the first of a new search.
fn page_of(app: &App, search: &MedicationRequestSearch) -> Result<Page, FlowError> {
    if let Some(cursor) = &search.cursor {
        return cursor.parse().map_err(|_| FlowError::NotFound);
    }
    let patient = search
        .patient
        .as_ref()
        .map(|curp| app.store.pseudonym(curp.as_str()));
    Ok(Page {
        count: search.count,
        statuses: search.statuses.clone(),
        written: (
            search.written_from.map_or(i64::MIN, day_number),
            search.written_to.map_or(i64::MAX, day_number),
        ),
        patient: patient.transpose()?,
        after: None,
    })
}

async fn by_page(
    app: &App,
    visitor: &Visitor,
    page: Page,
) -> Result<(Vec<Folio>, Vec<RequestStatus>, Option<Page>), FlowError> {
    let filter = SearchFilter {
        establishment: visitor.caller.clues.clone(),
        patient: page.patient.clone(),
        written: page.written,
        after: page.after,
        limit: i64::from(page.count),
    };
    let hits = app.store.search(&filter).await?;
    let full = hits.len() == usize::from(page.count);
    let next = hits.last().filter(|_| full).map(|last| Page {
        after: Some(*last),
        ..page.clone()
    });
    Ok((
        hits.into_iter().map(|(_, folio)| folio).collect(),
        page.statuses,
        next,
    ))
}

fn require_ehr(visitor: &Visitor) -> Result<(), FlowError> {
    if visitor.caller.role == Role::Ehr {
        Ok(())
    } else {
        Err(FlowError::Forbidden(
            "Sólo el expediente de quien prescribe lee recetas por folio.",
        ))
    }
}
