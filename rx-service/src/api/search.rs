//! `GET /fhir/r4/MedicationRequest` and `POST …/_search`: what the establishment issued.
//!
//! A search by CURP is a POST: a CURP never stands in a URL, where proxies and logs keep it.

use axum::extract::{Form, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{answer, issue, problem};
use crate::app::App;
use crate::fhir::{self, Issue, IssueType, view};
use crate::flow::{self, FlowError, Found, Visitor};

pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let Ok(pairs) = serde_urlencoded::from_str::<Vec<(String, String)>>(&query) else {
        return not_a_query();
    };
    if pairs.iter().any(|(name, _)| name.starts_with("patient")) {
        let text =
            "La CURP no va en la dirección: busque con POST /fhir/r4/MedicationRequest/_search.";
        let issue = Issue::error(IssueType::NotSupported, "curp-in-url", text);
        return problem::malformed(&issue.into());
    }
    search(&app, &visitor, &pairs).await
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    form: Result<Form<Vec<(String, String)>>, axum::extract::rejection::FormRejection>,
) -> Response {
    match form {
        Ok(Form(pairs)) => search(&app, &visitor, &pairs).await,
        Err(_) => not_a_query(),
    }
}

fn not_a_query() -> Response {
    let text = "Los parámetros de búsqueda no están codificados como formulario.";
    problem::malformed(&Issue::error(IssueType::Structure, "not-a-query", text).into())
}

async fn search(app: &App, visitor: &Visitor, pairs: &[(String, String)]) -> Response {
    let request = match fhir::read_search(pairs) {
        Ok(request) => request,
        Err(found) => return problem::malformed(&found),
    };
    let found = flow::search_own(app, visitor, &request).await;
    match found.and_then(|found| page(&app.public_url, &found)) {
        Ok(bundle) => answer::resource(StatusCode::OK, bundle),
        Err(error) => problem::flow(&error, None),
    }
}

fn page(public_url: &str, found: &Found) -> Result<serde_json::Value, FlowError> {
    let mut views = Vec::new();
    for stored in &found.prescriptions {
        for (number, value) in (1_u8..).zip(issue::views(stored)?) {
            let status = view::status_of(&stored.state, number);
            if status.is_some_and(|status| found.wants(status)) {
                views.push(value);
            }
        }
    }
    let base = format!("{public_url}/fhir/r4");
    let collection = format!("{base}/MedicationRequest");
    let next = found
        .next
        .as_ref()
        .map(|page| format!("{collection}?_cursor={page}"));
    let mut links = vec![("self", collection.as_str())];
    links.extend(next.as_deref().map(|next| ("next", next)));
    Ok(view::searchset(&base, &links, None, views))
}
