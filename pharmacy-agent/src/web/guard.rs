//! Who may speak to the screen: a browser on this machine, from a page of this screen.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::camera;
use super::screen::Screen;

/// No script, no image, no font, no frame; forms and style from here alone.
const CSP: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
                   frame-ancestors 'none'";

/// The camera's page: its own script, which speaks to this screen alone.
const CAMERA_CSP: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; \
                          style-src 'self'; form-action 'self'; base-uri 'none'; \
                          frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, CSP),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    (REFERRER_POLICY, "same-origin"),
    // Prescriptions stay out of the browser's disk.
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Refuses foreign hosts and origins; adds the headers to every answer.
///
/// The name in `Host` is checked because a site may point its own name at 127.0.0.1 (DNS
/// rebinding) and would then be of the same origin as this screen.
pub(super) async fn guard(
    State(screen): State<Arc<Screen>>,
    request: Request,
    next: Next,
) -> Response {
    let is_camera = request.uri().path() == camera::PATH;
    let mut response = if is_local(&request, screen.port) {
        next.run(request).await
    } else {
        let text = "Esta pantalla sólo se abre desde este equipo.\n";
        (StatusCode::FORBIDDEN, text).into_response()
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    if is_camera {
        let policy = HeaderValue::from_static(CAMERA_CSP);
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn is_local(request: &Request, port: u16) -> bool {
    let own = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ];
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        (Some(_), Some(_)) => return false,
        (None, _) => request
            .uri()
            .authority()
            .map_or("", |authority| authority.as_str()),
    };
    if !own.iter().any(|own| own == host) {
        return false;
    }
    request.headers().get_all(ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().ok().and_then(|o| o.strip_prefix("http://"));
        origin.is_some_and(|origin| own.iter().any(|own| own == origin))
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn local(host: Option<&str>, origin: Option<&str>) -> bool {
        let mut request = Request::builder().uri("/");
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        is_local(&request.body(Body::empty()).unwrap(), 8080)
    }

    #[test]
    fn only_this_machine_under_its_own_names() {
        for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"] {
            assert!(local(Some(host), None), "{host}");
        }
        for host in [
            "evil.example:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "localhost.evil:8080",
            "",
        ] {
            assert!(!local(Some(host), None), "{host}");
        }
        assert!(!local(None, None));
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        let host = Some("127.0.0.1:8080");
        assert!(local(host, Some("http://127.0.0.1:8080")));
        for origin in [
            "https://evil.example",
            "null",
            "http://127.0.0.1:81",
            "https://127.0.0.1:8080",
        ] {
            assert!(!local(host, Some(origin)), "{origin}");
        }
    }

    #[test]
    fn two_hosts_are_none() {
        let request = Request::builder()
            .header(HOST, "127.0.0.1:8080")
            .header(HOST, "evil.example")
            .body(Body::empty())
            .unwrap();
        assert!(!is_local(&request, 8080));
    }
}
