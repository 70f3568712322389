//! `POST /fhir/r4/MedicationRequest/$prepare`: what a prescriber signs, with their own
//! e.firma or with their wrapped key.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use sha2::{Digest, Sha256};

use super::extract::JsonBody;
use super::{answer, issue, overlaps, problem};
use crate::app::App;
use crate::fhir::{self, PrepareAnswer, RequestPaths};
use crate::flow::own::{self, PrepareOrder, Prepared};
use crate::flow::{IssueOrder, Visitor};

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Response {
    let request = match fhir::read_prepare(&body) {
        Ok(request) => request,
        Err(found) => return problem::malformed(&found),
    };
    let paths = RequestPaths::from(&request.issue);
    let digest = Sha256::digest(&request.resource).into();
    let order = PrepareOrder {
        issue: IssueOrder {
            request: request.issue,
            digest,
            // Nothing is signed yet: no key of ours is used.
            activation: None,
        },
        resource: request.resource,
        certificate: request.certificate,
    };
    match own::prepare(&app, &visitor, &order).await {
        Ok(prepared) => answer::resource(StatusCode::OK, describe(&prepared)),
        Err(error) => {
            issue::count(&app, &error);
            overlaps::refused(&app, &order.issue, &error, &paths).await
        }
    }
}

fn describe(prepared: &Prepared) -> serde_json::Value {
    let sha256 = |bytes: &[u8]| Sha256::digest(bytes).into();
    let to_sign = prepared.qr_to_sign.as_deref();
    PrepareAnswer {
        transaction: &prepared.transaction,
        folio: prepared.folio,
        expires_at: prepared.expires_at,
        document: &prepared.document,
        signed_attributes: (
            &prepared.signed_attributes,
            sha256(&prepared.signed_attributes),
        ),
        key: if prepared.remote { "remote" } else { "own" },
        qr_signer: prepared.qr_by().code(),
        qr_payload: &prepared.qr_payload,
        qr_to_sign: to_sign.map(|to_sign| (to_sign, sha256(to_sign))),
    }
    .to_value()
}
