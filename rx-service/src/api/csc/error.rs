//! Errors as CSC writes them: 400 and a code, with a text for the person in Spanish.

use activation::Refusal;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::api::problem;
use crate::flow::FlowError;

/// A request of this API that was not done.
#[derive(Debug)]
pub(super) enum CscError {
    /// With a code of CSC.
    Refused(StatusCode, &'static str, String),
    /// A failure of ours, told as everywhere.
    Failed(FlowError),
}

impl CscError {
    /// `invalid_request`.
    pub(super) fn request(text: impl Into<String>) -> Self {
        Self::Refused(StatusCode::BAD_REQUEST, "invalid_request", text.into())
    }
}

impl From<Refusal> for CscError {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::Otp => "invalid_otp",
            Refusal::Passkey(_) | Refusal::Challenge => "invalid_authentication_data",
            Refusal::TooOften(_) | Refusal::Locked(_) => "access_denied",
            Refusal::Missing
            | Refusal::Unknown
            | Refusal::Expired(_)
            | Refusal::OtherPrescriber
            | Refusal::OtherClient
            | Refusal::OtherContent
            | Refusal::Used
            | Refusal::NotAlone
            | Refusal::Digests
            | Refusal::TooMany(_)
            | Refusal::NoFactor
            | Refusal::FactorTaken
            | Refusal::NotFirst => "invalid_request",
        };
        let status = if let Refusal::TooOften(_) = refusal {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            StatusCode::BAD_REQUEST
        };
        Self::Refused(status, code, refusal.in_spanish())
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`problem` lists every variant"
)]
impl From<FlowError> for CscError {
    fn from(error: FlowError) -> Self {
        match error {
            FlowError::Activation(refusal) => refusal.into(),
            FlowError::NotEnrolled => Self::request(
                "credentialID: no hay credencial con esa cédula en este establecimiento.",
            ),
            FlowError::Forbidden(text) => {
                Self::Refused(StatusCode::FORBIDDEN, "access_denied", text.to_owned())
            }
            other => Self::Failed(other),
        }
    }
}

impl IntoResponse for CscError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(status, code, text) => {
                let body = json!({"error": code, "error_description": text});
                (status, Json(body)).into_response()
            }
            Self::Failed(error) => problem::flow(&error, None),
        }
    }
}
