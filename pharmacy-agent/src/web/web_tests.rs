//! Pages as a browser gets them, at a counter without a network.

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::*;
use crate::fixture;

const CSRF: &str = "0123456789abcdef0123456789abcdef";
const OWN: &str = "127.0.0.1:8080";

fn screen() -> (tempfile::TempDir, Router) {
    let (folder, counter) = fixture::counter();
    let screen = Screen {
        counter: Arc::new(counter),
        csrf: CSRF.to_owned(),
        port: 8080,
        now: fixture::now,
    };
    (folder, router(Arc::new(screen)))
}

async fn send(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let policy = response.headers().get(CONTENT_SECURITY_POLICY).unwrap();
    assert!(policy.to_str().unwrap().starts_with("default-src 'none'"));
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn get_page(path: &str) -> Request<Body> {
    Request::get(path)
        .header(HOST, OWN)
        .body(Body::empty())
        .unwrap()
}

fn scan_of(csrf: &str, text: &str) -> Request<Body> {
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    // As browsers do, an empty file comes with the text.
    let body = [part("csrf", csrf), part("text", text), part("image", "")].concat() + "--b--\r\n";
    Request::post("/scan")
        .header(HOST, OWN)
        .header(ORIGIN, format!("http://{OWN}"))
        .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body))
        .unwrap()
}

fn dispense_of(csrf: &str, qr: &str, rest: &str) -> Request<Body> {
    let form = "application/x-www-form-urlencoded";
    Request::post("/dispense")
        .header(HOST, OWN)
        .header(CONTENT_TYPE, form)
        .body(Body::from(format!(
            "csrf={csrf}&act={}&qr={qr}&{rest}",
            "a".repeat(32)
        )))
        .unwrap()
}

#[tokio::test]
async fn a_receta_from_scan_to_queue() {
    let (_folder, router) = screen();
    let (status, home) = send(&router, get_page("/")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(home.contains("autofocus") && home.contains("Certificados de prescriptores: 1"));

    let qr = fixture::qr(&fixture::payload());
    let (_, page) = send(&router, scan_of(CSRF, &format!("{}\n", qr.to_lowercase()))).await;
    assert!(page.contains("AUTÉNTICA, SIN CONEXIÓN"), "{page}");
    assert!(
        page.contains("LUCÍA &lt;b&gt;NÚÑEZ&lt;/b&gt; &amp; HIJA"),
        "escaped"
    );
    assert!(!page.contains("<b>NÚÑEZ"), "{page}");
    assert!(page.contains("name=\"packages-2\"") && page.contains("Surtir sin conexión"));

    let rest = "packages-1=1&packages-2=1&lot-2=%3Cscript%3E&expiry-2=2027-06";
    let (_, page) = send(&router, dispense_of(CSRF, &qr, rest)).await;
    assert!(page.contains("SURTIDA SIN CONEXIÓN"), "{page}");
    let (_, again) = send(&router, dispense_of(CSRF, &qr, rest)).await;
    assert!(
        again.contains("SURTIDA SIN CONEXIÓN"),
        "a reload is the same act"
    );

    let (_, home) = send(&router, get_page("/")).await;
    assert!(home.contains("pendiente (sin conexión)"), "{home}");
    assert!(home.contains("lote &lt;script&gt;") && !home.contains("<script"));
    let (_, book) = send(&router, get_page("/book/antibiotics")).await;
    assert!(
        book.contains("NO SE PUEDE MOSTRAR") && book.contains("Por asentar"),
        "{book}"
    );
    assert!(!book.contains("<script"));
}

#[tokio::test]
async fn a_forged_qr_is_refused_in_large_letters() {
    let (_folder, router) = screen();
    let forged = fixture::qr_by(8, &fixture::payload());
    let (_, page) = send(&router, scan_of(CSRF, &forged)).await;
    assert!(
        page.contains("NO ES VÁLIDA") && !page.contains("action=\"/dispense\""),
        "{page}"
    );
    let (_, page) = send(&router, scan_of(CSRF, "hola <b>")).await;
    assert!(
        page.contains("NO ES VÁLIDA") && !page.contains("<b>"),
        "{page}"
    );
    let (_, page) = send(&router, scan_of(CSRF, "")).await;
    assert!(page.contains("NO SE LEYÓ"), "{page}");
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let (_folder, router) = screen();
    let qr = fixture::qr(&fixture::payload());
    let forms = [
        scan_of("", &qr),
        scan_of(&"0".repeat(32), &qr),
        dispense_of("", &qr, "packages-1=1"),
    ];
    for form in forms {
        let (status, _) = send(&router, form).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let (_, home) = send(&router, get_page("/")).await;
    assert!(home.contains("Nada pendiente"));
}

#[tokio::test]
async fn foreign_names_and_sites_see_nothing() {
    let (_folder, router) = screen();
    let rebound = Request::get("/")
        .header(HOST, "evil.example:8080")
        .body(Body::empty())
        .unwrap();
    let (status, body) = send(&router, rebound).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(!body.contains(CSRF));
    let (status, _) = send(&router, get_page("/nada")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, css) = send(&router, get_page("/style.css")).await;
    assert!(status.is_success() && css.contains(".verdict"));
}

#[tokio::test]
async fn a_blank_order_and_a_mistake_are_explained() {
    let (_folder, router) = screen();
    let qr = fixture::qr(&fixture::payload());
    for (rest, said) in [
        ("packages-1=", "No indicó envases"),
        ("packages-1=x", "Renglón 1: los envases"),
    ] {
        let (_, page) = send(&router, dispense_of(CSRF, &qr, rest)).await;
        assert!(page.contains(said), "{page}");
    }
    let (status, _) = send(&router, dispense_of(CSRF, &qr, "packages-1=1&act=b")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[test]
fn other_machines_are_not_let_in() {
    let (_folder, counter) = fixture::counter();
    let refused = serve(counter, "0.0.0.0:0".parse().unwrap(), &mut Vec::new());
    assert!(matches!(refused, Err(ServeError::NotLocal(_))));
}

fn movement_of(verb: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let part = |(name, value): &(&str, &str)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = fields.iter().map(part).collect::<String>() + "--b--\r\n";
    Request::post(format!("/stock/{verb}"))
        .header(HOST, OWN)
        .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body))
        .unwrap()
}

#[tokio::test]
async fn a_movement_is_revised_before_it_is_signed_and_waits_for_the_network() {
    let (_folder, router) = screen();
    let (status, form) = send(&router, get_page("/stock/arrive")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(form.contains("list=\"medicines\"") && form.contains("type=\"file\""));
    let mut fields = vec![
        ("csrf", CSRF),
        ("rows", "5"),
        ("document", "F-1"),
        ("counterparty", "ALM010101AAA"),
        ("licence", "LS-99"),
        ("medicine-2", "clonazepam"),
        ("lot-2", "<b>"),
        ("expiry-2", "2027-09"),
        ("packages-2", "2"),
        ("step", "check"),
    ];
    let (_, wrong) = send(&router, movement_of("arrive", &fields)).await;
    assert!(wrong.contains("HAY QUE CORREGIR") && wrong.contains("elija la presentación"));
    assert!(
        wrong.contains("value=\"&lt;b&gt;\"") && !wrong.contains("\"<b>"),
        "{wrong}"
    );
    fields[5] = ("medicine-2", fixture::CONTROLLED);
    let (_, confirm) = send(&router, movement_of("arrive", &fields)).await;
    assert!(confirm.contains("REVISE ANTES DE FIRMAR"), "{confirm}");
    assert!(confirm.contains("60 tabletas (2 envases)") && confirm.contains("Sin conexión"));
    let (_, stock) = send(&router, get_page("/stock")).await;
    assert!(
        stock.contains("SIN EXISTENCIAS") && stock.contains("<p>Nada.</p>"),
        "{stock}"
    );

    let act = "a".repeat(32);
    fields.pop();
    fields.extend([("act", act.as_str()), ("step", "send")]);
    for _ in 0..2 {
        let (_, done) = send(&router, movement_of("arrive", &fields)).await;
        assert!(
            done.contains("QUEDA PENDIENTE") && done.contains("no lo repita"),
            "{done}"
        );
    }
    let (_, stock) = send(&router, get_page("/stock")).await;
    assert_eq!(
        stock.matches("Llegada de proveedor, F-1").count(),
        1,
        "one movement: {stock}"
    );
}

#[tokio::test]
async fn a_file_of_lines_takes_the_place_of_the_rows() {
    let (_folder, router) = screen();
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{CSRF}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"step\"\r\n\r\ncheck\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\n\
         clave;lote;caducidad;envases\n010.000.2128.00;A;2027-06;3\n999.999.9999.99;;x;y\n\r\n--b--\r\n"
    );
    let upload = Request::post("/stock/opening")
        .header(HOST, OWN)
        .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body))
        .unwrap();
    let (_, page) = send(&router, upload).await;
    assert!(
        page.contains("no está en el catálogo") && page.contains("falta el lote"),
        "{page}"
    );
    assert!(page.contains("value=\"010.000.2128.00\"") && page.contains("value=\"2027-06\""));
}

#[tokio::test]
async fn pages_of_the_stock_need_their_token_and_their_verb() {
    let (_folder, router) = screen();
    let (status, _) = send(&router, movement_of("arrive", &[("step", "send")])).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = send(&router, movement_of("erase", &[("csrf", CSRF)])).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for (path, said) in [
        ("/stock/ship", "No hay conexión"),
        ("/stock/count", "Empezar el conteo"),
        ("/book", "Registro de antibióticos"),
        ("/book/II/retained", "NO SE PUEDE MOSTRAR"),
        ("/book/II.pdf", "NO SE PUEDE MOSTRAR"),
    ] {
        let (status, page) = send(&router, get_page(path)).await;
        assert!(
            status == StatusCode::OK && page.contains(said),
            "{path}: {page}"
        );
    }
    for path in [
        "/book/IV",
        "/stock/erase",
        "/return/x",
        "/book/II?from=ayer",
    ] {
        let (status, _) = send(&router, get_page(path)).await;
        assert!(status.is_client_error(), "{path}");
    }
}

#[tokio::test]
async fn a_return_is_asked_for_with_its_reason() {
    let (_folder, router) = screen();
    let id = format!("/return/{}-44-1", fixture::payload().folio.compact());
    let (_, form) = send(&router, get_page(&id)).await;
    assert!(
        form.contains("se registró por error") && form.contains("en cuarentena"),
        "{form}"
    );
    let back = |rest: &str| {
        Request::post(&id)
            .header(HOST, OWN)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!(
                "csrf={CSRF}&act={}&{rest}",
                "b".repeat(32)
            )))
            .unwrap()
    };
    let (_, page) = send(&router, back("packages=1&destination=shelf")).await;
    assert!(page.contains("FALTAN DATOS"), "{page}");
    let rest = "packages=1&destination=shelf&reason=entered-in-error";
    let (_, page) = send(&router, back(rest)).await;
    assert!(page.contains("QUEDA PENDIENTE"), "{page}");
}
