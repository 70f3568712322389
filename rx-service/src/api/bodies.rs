//! `GET /ledger/bodies?from=N&limit=M`: event bodies with their salts, for the auditor.

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::json;

use super::problem;
use crate::app::App;
use crate::auth::Role;
use crate::fhir::{Issue, IssueType};
use crate::flow::{FlowError, Visitor};

/// Bodies of one answer at most.
const MOST: u16 = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// Index of the first.
    #[serde(default)]
    from: u64,
    /// How many at most.
    #[serde(default = "most")]
    limit: u16,
}

fn most() -> u16 {
    MOST
}

/// One JSON object a line: `index`, `salt` and `body` in base64; of a body that was destroyed,
/// `index` and `"erased": true`. The signed event that destroyed it is the body of a later entry.
pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    page: Result<Query<Page>, QueryRejection>,
) -> Response {
    if visitor.caller.role != Role::Auditor {
        let error = FlowError::Forbidden("Sólo la autoridad lee los asientos completos.");
        return problem::flow(&error, None);
    }
    let Ok(Query(page)) = page else {
        let text = "Use ?from=<índice>&limit=<1 a 1000>.";
        return problem::malformed(&Issue::error(IssueType::Value, "page", text).into());
    };
    let bodies = match app
        .store
        .bodies(page.from, i64::from(page.limit.min(MOST)))
        .await
    {
        Ok(bodies) => bodies,
        Err(error) => return problem::flow(&error.into(), None),
    };
    let mut lines = String::new();
    for stored in bodies {
        let line = match stored.opened {
            Some(opened) => json!({
                "index": stored.index,
                "salt": BASE64.encode(&opened.salt),
                "body": BASE64.encode(&opened.body),
            }),
            None => json!({"index": stored.index, "erased": true}),
        };
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    ([(CONTENT_TYPE, "application/jsonl")], Body::from(lines)).into_response()
}
