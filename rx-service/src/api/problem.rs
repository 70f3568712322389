//! The one table from refusals and failures to HTTP status and `OperationOutcome`.

mod element;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use prescription::Refusal;
use prescription::refusal::Field;

use crate::auth::CallerError;
use crate::fhir::{Issue, IssueType, OperationOutcome, RequestPaths};
use crate::flow::FlowError;
use crate::flow::own::OwnError;
use crate::store::StoreError;
use crate::worker::sequence::SequenceError;

/// An `OperationOutcome` as a response.
pub(super) fn outcome(status: StatusCode, outcome: &OperationOutcome) -> Response {
    let mut response = (status, Json(outcome.to_value())).into_response();
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/fhir+json; charset=utf-8"),
    );
    response
}

fn simple(status: StatusCode, kind: IssueType, code: &'static str, text: &str) -> Response {
    outcome(status, &Issue::error(kind, code, text).into())
}

/// The request is not what the API describes.
pub(super) fn malformed(found: &OperationOutcome) -> Response {
    outcome(StatusCode::BAD_REQUEST, found)
}

/// A use case that did not happen.
pub(super) fn flow(error: &FlowError, paths: Option<&RequestPaths>) -> Response {
    let (status, found) = table(error, paths);
    if status.is_server_error() {
        tracing::error!(%error, "request failed");
    }
    outcome(status, &found)
}

/// Status and `OperationOutcome` of a use case that did not happen: here what is about an element of
/// the request, in [`plain`] the rest.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`plain` lists every variant"
)]
pub(super) fn table(
    error: &FlowError,
    paths: Option<&RequestPaths>,
) -> (StatusCode, OperationOutcome) {
    if let Some(found) = element::of(error, paths) {
        return found;
    }
    let at = |field, line| paths.map(|paths| paths.of(field, line));
    match error {
        FlowError::Refused(refusals) => (refused_status(refusals), refused(refusals, paths)),
        FlowError::UnknownClave(lines) => {
            let unknown = |line: &u8| Issue {
                expression: at(Field::Medication, Some(*line)),
                ..Issue::error(IssueType::CodeInvalid, "unknown-clave", UNKNOWN_CLAVE)
            };
            let issues = lines.iter().map(unknown).collect();
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                OperationOutcome { issues },
            )
        }
        FlowError::NotEnrolled | FlowError::Certificate(_) | FlowError::KeyCompromised => {
            prescriber(error, at(Field::Prescriber, None))
        }
        FlowError::SignatureDistrusted(_) | FlowError::RevocationUnknown(_) => distrusted(error),
        FlowError::Activation(refusal) => not_activated(refusal),
        FlowError::Erased(at) => (StatusCode::GONE, erased(*at)),
        FlowError::Own(refused) => own(refused),
        FlowError::Movement(refusals) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            super::stock_paths::of_dispensing(refusals, paths),
        ),
        other => plain(other),
    }
}

/// A signature made outside, or its certificate.
fn own(error: &OwnError) -> (StatusCode, OperationOutcome) {
    let (status, kind) = match error {
        OwnError::UnknownTransaction => (StatusCode::NOT_FOUND, IssueType::NotFound),
        OwnError::Stale | OwnError::Changed => (StatusCode::CONFLICT, IssueType::Conflict),
        OwnError::Institution(_) => (StatusCode::SERVICE_UNAVAILABLE, IssueType::Transient),
        OwnError::Trust(_)
        | OwnError::Represents
        | OwnError::OtherCurp
        | OwnError::OtherCedula
        | OwnError::CurpUnknown
        | OwnError::KeyReused
        | OwnError::Signature(_)
        | OwnError::Cms(_)
        | OwnError::Ber(_)
        | OwnError::OtherCertificate
        | OwnError::SignedBefore
        | OwnError::SignatureMissing
        | OwnError::SignatureSurplus
        | OwnError::QrMissing
        | OwnError::QrSurplus
        | OwnError::Qr(_) => (StatusCode::UNPROCESSABLE_ENTITY, IssueType::Security),
    };
    let issue = Issue {
        law: matches!(error, OwnError::Represents).then_some(prescription::law::LGS_28_BIS),
        ..Issue::error(kind, error.code(), error.in_spanish())
    };
    (status, issue.into())
}

/// The key was not activated: the client asks the prescriber, and sends the same again.
fn not_activated(refusal: &activation::Refusal) -> (StatusCode, OperationOutcome) {
    let status = if let activation::Refusal::TooOften(_) = refusal {
        StatusCode::TOO_MANY_REQUESTS
    } else {
        StatusCode::FORBIDDEN
    };
    let issue = Issue::error(IssueType::Security, refusal.code(), refusal.in_spanish());
    (status, issue.into())
}

fn distrusted(error: &FlowError) -> (StatusCode, OperationOutcome) {
    let (status, kind, code, text) = if matches!(error, FlowError::SignatureDistrusted(_)) {
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            IssueType::Security,
            "signature-distrusted",
            SIGNATURE_DISTRUSTED,
        )
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            IssueType::Transient,
            "revocation-unknown",
            REVOCATION_UNKNOWN,
        )
    };
    (status, Issue::error(kind, code, text).into())
}

fn erased(at: Timestamp) -> OperationOutcome {
    let text = Refusal::AlreadyErased { at }.in_spanish();
    Issue::error(IssueType::NotFound, "erased", text).into()
}

/// Failures that are about no element of the request.
fn plain(error: &FlowError) -> (StatusCode, OperationOutcome) {
    let (status, kind, code, text) = match error {
        FlowError::NotFound => (
            StatusCode::NOT_FOUND,
            IssueType::NotFound,
            "not-found",
            "No existe esa receta.",
        ),
        FlowError::Forbidden(text) => (
            StatusCode::FORBIDDEN,
            IssueType::Forbidden,
            "forbidden",
            *text,
        ),
        FlowError::WrongQr => (
            StatusCode::FORBIDDEN,
            IssueType::Forbidden,
            "wrong-qr",
            "El código QR no es el de esta receta. Pida el original.",
        ),
        FlowError::Qr(error) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            IssueType::Security,
            "qr-refused",
            error.in_spanish(),
        ),
        FlowError::PharmacySignature(_) => (
            StatusCode::FORBIDDEN,
            IssueType::Security,
            "pharmacy-signature",
            "La firma de la farmacia no corresponde con lo enviado y su certificado.",
        ),
        FlowError::IdentifierReused
        | FlowError::Busy(_)
        | FlowError::PatientBusy
        | FlowError::NotSequenced(_) => conflict(error),
        FlowError::StockBusy(_) | FlowError::NoSuchBook(_) | FlowError::TooManyLines => {
            super::stock_paths::plain(error)
        }
        FlowError::Store(_)
        | FlowError::Key(_)
        | FlowError::Hsm(_)
        | FlowError::Ledger(_)
        | FlowError::Entropy(_)
        | FlowError::Internal(_)
        | FlowError::SpecialFolios(_)
        | FlowError::SpecialFolioTaken
        | FlowError::Movement(_)
        | FlowError::Refused(_)
        | FlowError::Activation(_)
        | FlowError::Erased(_)
        | FlowError::UnknownClave(_)
        | FlowError::NotEnrolled
        | FlowError::KeyCompromised
        | FlowError::Certificate(_)
        | FlowError::SignatureDistrusted(_)
        | FlowError::RevocationUnknown(_)
        | FlowError::Own(_)
        | FlowError::UnknownPatient
        | FlowError::Patient(_)
        | FlowError::OtherMedicine(_)
        | FlowError::OtherUnit(_)
        | FlowError::SubstitutionContradicts(_)
        | FlowError::NotNow => failed(error),
    };
    (status, Issue::error(kind, code, text).into())
}

/// Somebody else did something at the same time, or before.
fn conflict(error: &FlowError) -> (StatusCode, IssueType, &'static str, &'static str) {
    let (kind, code, text) = if let FlowError::IdentifierReused = error {
        let text = "El identificador ya se usó para otra solicitud. Use uno nuevo.";
        (IssueType::Conflict, "identifier-reused", text)
    } else if let FlowError::PatientBusy = error {
        let text = "Otra operación cambia lo que tiene este paciente. Intente de nuevo.";
        (IssueType::Transient, "busy", text)
    } else {
        let text = "Otra operación modifica esta receta. Intente de nuevo.";
        (IssueType::Transient, "busy", text)
    };
    (StatusCode::CONFLICT, kind, code, text)
}

/// Failures of ours. The client may try again: what had been committed is recognised.
fn failed(error: &FlowError) -> (StatusCode, IssueType, &'static str, &'static str) {
    let (status, code, text) = if let FlowError::Store(StoreError::Full(_)) = error {
        let text = "El disco del servicio está lleno; no se guardó nada. Avise a quien lo opera.";
        (StatusCode::INSUFFICIENT_STORAGE, "disk-full", text)
    } else if let FlowError::Hsm(_) = error {
        let text =
            "El módulo de firma no responde; no se emitió nada. Intente de nuevo en un momento.";
        (StatusCode::SERVICE_UNAVAILABLE, "hsm-unavailable", text)
    } else if let FlowError::Ledger(SequenceError::Token(_)) = error {
        let text = "Se registró, pero el módulo de firma no responde y aún no hay comprobante. \
                    Envíe lo mismo de nuevo en un momento: no se hará dos veces.";
        (StatusCode::SERVICE_UNAVAILABLE, "receipt-pending", text)
    } else if let FlowError::Ledger(_) = error {
        let text = "El libro de transparencia está detenido. Avise a quien opera el servicio.";
        (StatusCode::SERVICE_UNAVAILABLE, "ledger-stopped", text)
    } else {
        let text =
            "El servicio no pudo completar la operación. Intente de nuevo con la misma solicitud.";
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable", text)
    };
    (status, IssueType::Transient, code, text)
}

const SIGNATURE_DISTRUSTED: &str = "La receta se firmó cuando el certificado de quien firma ya no \
    contaba: fue revocado, o su llave estaba comprometida desde antes. No la surta; pida al paciente \
    que acuda con quien la prescribió.";
const REVOCATION_UNKNOWN: &str = "No se puede comprobar que el certificado de quien firma siga \
    vigente: venció la lista de revocación de su autoridad y no ha llegado otra. No se hizo nada. \
    Avise a quien opera el servicio e intente más tarde.";
const UNKNOWN_CLAVE: &str =
    "La clave no está en el Compendio Nacional de Insumos para la Salud. Revise la clave.";
fn prescriber(error: &FlowError, expression: Option<String>) -> (StatusCode, OperationOutcome) {
    let (code, text) = if matches!(error, FlowError::NotEnrolled) {
        (
            "prescriber-not-enrolled",
            "Quien prescribe no está inscrito en el servicio o no tiene certificado vigente.",
        )
    } else if matches!(error, FlowError::KeyCompromised) {
        (
            "prescriber-key-compromised",
            "La clave con que se firmó esta receta pudo estar en otras manos cuando se expidió. No \
             la surta y avise a quien prescribe.",
        )
    } else {
        (
            "prescriber-certificate",
            "El certificado de quien prescribe no permite firmar hoy. Renuévelo.",
        )
    };
    let issue = Issue {
        expression,
        law: Some(prescription::law::LGS_28_BIS),
        ..Issue::error(IssueType::BusinessRule, code, text)
    };
    (StatusCode::UNPROCESSABLE_ENTITY, issue.into())
}

/// A conflict with the state of the prescription, or a request that the rules do not allow.
fn refused_status(refusals: &[Refusal]) -> StatusCode {
    if refusals
        .iter()
        .all(|refusal| refusal.field() == Field::Prescription)
    {
        StatusCode::CONFLICT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

fn refused(refusals: &[Refusal], paths: Option<&RequestPaths>) -> OperationOutcome {
    match paths {
        Some(paths) => paths.outcome(refusals),
        None => OperationOutcome {
            issues: refusals
                .iter()
                .map(|refusal| Issue {
                    law: refusal.law(),
                    ..Issue::error(
                        IssueType::BusinessRule,
                        refusal.code(),
                        refusal.in_spanish(),
                    )
                })
                .collect(),
        },
    }
}

/// A client certificate that names no caller.
pub(super) fn unnamed_caller(error: CallerError) -> Response {
    tracing::info!(%error, "caller refused");
    simple(
        StatusCode::FORBIDDEN,
        IssueType::Security,
        "unnamed-caller",
        "El certificado de cliente no dice de qué establecimiento es. Pida otro a la autoridad.",
    )
}

/// A body that is not JSON.
pub(super) fn unsupported_media() -> Response {
    simple(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        IssueType::NotSupported,
        "media-type",
        "Envíe JSON: Content-Type application/fhir+json.",
    )
}

/// A body that is not CSV.
pub(super) fn unsupported_csv() -> Response {
    simple(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        IssueType::NotSupported,
        "media-type",
        "Envíe CSV: Content-Type text/csv.",
    )
}

/// A body larger than [`super::MAX_BODY`].
pub(super) fn too_large() -> Response {
    simple(
        StatusCode::PAYLOAD_TOO_LARGE,
        IssueType::TooCostly,
        "too-large",
        "La solicitud excede 1 MiB. Una receta cabe en mucho menos: revise qué se envía.",
    )
}

/// A body that does not arrive.
pub(super) fn too_slow() -> Response {
    simple(
        StatusCode::REQUEST_TIMEOUT,
        IssueType::Transient,
        "too-slow",
        "La solicitud no terminó de llegar; no se hizo nada. Envíela de nuevo.",
    )
}

/// An answer that was not ready in time. What was asked may have happened.
pub(super) fn took_too_long() -> Response {
    simple(
        StatusCode::GATEWAY_TIMEOUT,
        IssueType::Transient,
        "took-too-long",
        "El servicio no terminó a tiempo. Envíe lo mismo de nuevo: no se hará dos veces.",
    )
}

/// A path that does not exist.
pub(super) async fn no_such_route() -> Response {
    simple(
        StatusCode::NOT_FOUND,
        IssueType::NotFound,
        "no-such-route",
        "No existe esa dirección. Consulte /fhir/r4/metadata.",
    )
}

/// A path that exists, with another method.
pub(super) async fn method_not_allowed() -> Response {
    simple(
        StatusCode::METHOD_NOT_ALLOWED,
        IssueType::NotSupported,
        "method-not-allowed",
        "La dirección existe, pero no con ese método. Consulte /fhir/r4/metadata.",
    )
}
