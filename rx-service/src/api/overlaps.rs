//! What a refused prescription overlaps with, for the prescriber who must decide.
//!
//! Only who may treat the patient gets here: without consent the rules see nothing of what the patient
//! has, and refuse no overlap. The prescriber learns substance, dates, establishment and folio; not who
//! prescribed, and not the diagnosis. The folio opens nothing by itself: it is what an override names.

use axum::response::Response;
use prescription::{Folio, Refusal};

use super::problem;
use crate::app::App;
use crate::fhir::{Issue, IssueType, RequestPaths, Severity};
use crate::flow::{FlowError, IssueOrder};
use crate::store::{StoreError, Supply};

/// The refusal, with one informational issue for each line of another prescription that it names.
pub(super) async fn refused(
    app: &App,
    order: &IssueOrder,
    error: &FlowError,
    paths: &RequestPaths,
) -> Response {
    let FlowError::Refused(refusals) = error else {
        return problem::flow(error, Some(paths));
    };
    let (status, mut outcome) = problem::table(error, Some(paths));
    let named: Vec<_> = refusals.iter().filter_map(other).collect();
    match supplies(app, order, &named).await {
        Ok(found) => outcome
            .issues
            .extend(found.iter().map(|supply| describe(app, supply))),
        Err(error) => tracing::warn!(%error, "cannot read what the prescription overlaps with"),
    }
    problem::outcome(status, &outcome)
}

/// The other prescription that a refusal names.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "no other refusal is about another prescription"
)]
fn other(refusal: &Refusal) -> Option<Folio> {
    match refusal {
        Refusal::DuplicateSubstance { other, .. } => *other,
        Refusal::SupplyAtHand { other, .. }
        | Refusal::SameGroup { other, .. }
        | Refusal::SameSpecialRecetaOpen { other, .. } => Some(*other),
        _ => None,
    }
}

async fn supplies(
    app: &App,
    order: &IssueOrder,
    named: &[Folio],
) -> Result<Vec<Supply>, StoreError> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let patient = app.store.pseudonym(order.request.patient.curp.as_str())?;
    let today = crate::clock::day_number(order.request.written_on.date);
    let has = app.store.supplies(&patient, today).await?;
    Ok(has
        .into_iter()
        .filter(|supply| named.contains(&supply.folio))
        .collect())
}

fn describe(app: &App, supply: &Supply) -> Issue {
    let clues = &supply.establishment;
    let place = app.catalog.establishment(clues).map_or_else(
        || clues.to_string(),
        |known| format!("{} ({clues})", known.name),
    );
    let left = if supply.remainder.is_zero() {
        "ya no se surte".to_owned()
    } else {
        format!("quedan {} por surtir", supply.remainder)
    };
    let at_hand = supply.held_until.map_or_else(
        || "no se ha entregado nada".to_owned(),
        |until| {
            format!(
                "lo entregado alcanza hasta el {}",
                until.strftime("%d/%m/%Y")
            )
        },
    );
    let text = format!(
        "Receta {} del {}, {place}: {}; {left}; {at_hand}.",
        supply.folio,
        supply.written_on.strftime("%d/%m/%Y"),
        supply.substance.to_lowercase(),
    );
    Issue {
        severity: Severity::Information,
        ..Issue::error(IssueType::Informational, "overlaps-with", text)
    }
}
