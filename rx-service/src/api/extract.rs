//! What a handler takes from a request: who calls, and the body.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::Response;
use sha2::{Digest, Sha256};

use super::{body, problem};
use crate::auth::{Caller, CallerError};
use crate::flow::{Consent, Visitor};
use crate::server::Origin;

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let caller = parts.extensions.get::<Result<Caller, CallerError>>();
        let origin = parts.extensions.get::<Origin>();
        match (caller, origin) {
            (Some(Ok(caller)), Some(origin)) => Ok(Self {
                caller: caller.clone(),
                origin: origin.0.ip(),
            }),
            (Some(Err(error)), _) => Err(problem::unnamed_caller(*error)),
            _ => Err(problem::unnamed_caller(CallerError::Certificate)),
        }
    }
}

/// The prescriber's activation, as the header `Receta-Activation` carries it.
pub(super) struct Activation(pub(super) Option<String>);

impl Activation {
    /// The consent to a request with this body.
    pub(super) fn of(self, body: &[u8]) -> Consent {
        Consent {
            digest: Sha256::digest(body).into(),
            activation: self.0,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Activation {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get("receta-activation");
        // Another text than ASCII is no activation either: it is refused as an unknown one.
        let text = header.map(|value| value.to_str().unwrap_or_default().to_owned());
        Ok(Self(text))
    }
}

/// The bytes of a JSON body, bounded.
pub(super) struct JsonBody(pub(super) Bytes);

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        check_headers(request.headers())?;
        Ok(Self(body::read(request.into_body()).await?))
    }
}

/// Refuses by its headers what need not be read.
#[expect(
    clippy::result_large_err,
    reason = "the error is the response itself, made once"
)]
fn check_headers(headers: &HeaderMap) -> Result<(), Response> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = header(CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !matches!(kind, "application/fhir+json" | "application/json") {
        return Err(problem::unsupported_media());
    }
    Ok(())
}
