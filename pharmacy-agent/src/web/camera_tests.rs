//! The camera's page in a real browser, whose camera is a film of a receta.

use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST};
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use signing::qr::QrSymbol;
use tower::ServiceExt as _;

use super::*;
use crate::fixture;

const CSRF: &str = "0123456789abcdef0123456789abcdef";

fn screen(port: u16) -> (tempfile::TempDir, Router) {
    let (folder, counter) = fixture::counter();
    let screen = Screen {
        counter: Arc::new(counter),
        csrf: CSRF.to_owned(),
        port,
        now: fixture::now,
    };
    (folder, router(Arc::new(screen)))
}

async fn get(router: &Router, path: &str) -> axum::response::Response {
    let request = Request::get(path)
        .header(HOST, "127.0.0.1:8080")
        .body(Body::empty());
    router.clone().oneshot(request.unwrap()).await.unwrap()
}

#[tokio::test]
async fn the_camera_alone_has_a_script_and_it_speaks_to_nobody_else() {
    let (_folder, router) = screen(8080);
    for (path, scripts) in [("/", false), ("/camera", true), ("/book", false)] {
        let answer = get(&router, path).await;
        let policy = answer.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(policy.contains("script-src 'self'"), scripts, "{path}");
        assert!(
            !policy.contains("unsafe") && !policy.contains("http"),
            "{path}: {policy}"
        );
        let page = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let page = String::from_utf8_lossy(&page).into_owned();
        assert_eq!(
            page.contains("<script src=\"/camera.js\""),
            scripts,
            "{path}"
        );
    }
}

async fn post_frame(router: &Router, csrf: &str, image: &[u8]) -> (StatusCode, Vec<u8>) {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"f\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(image);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let request = Request::post("/scan/frame")
        .header(HOST, "127.0.0.1:8080")
        .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(Body::from(body));
    let answer = router.clone().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status();
    (
        status,
        to_bytes(answer.into_body(), 1 << 20)
            .await
            .unwrap()
            .to_vec(),
    )
}

#[tokio::test]
async fn a_frame_is_read_or_there_is_no_content() {
    let (_folder, router) = screen(8080);
    let text = fixture::qr(&fixture::payload());
    let png = QrSymbol::draw(&text).unwrap().to_png(4).unwrap();
    assert_eq!(
        post_frame(&router, CSRF, &png).await,
        (StatusCode::OK, text.into_bytes())
    );
    for nothing in [&b"GIF89a"[..], b"", &png[..png.len() / 2]] {
        assert_eq!(
            post_frame(&router, CSRF, nothing).await.0,
            StatusCode::NO_CONTENT
        );
    }
    assert_eq!(post_frame(&router, "", &png).await.0, StatusCode::FORBIDDEN);
}

/// A film of one frame, which Chromium repeats: YUV4MPEG2, 1280 by 720, the code a little off the
/// middle on grey paper.
fn film(text: &str) -> Vec<u8> {
    const SIZE: (usize, usize) = (1280, 720);
    const MODULE: usize = 6;
    let (width, dark) = QrSymbol::draw(text).unwrap().modules();
    let mut luma = vec![170_u8; SIZE.0 * SIZE.1];
    for (y, row) in luma.chunks_mut(SIZE.0).enumerate() {
        for (x, grey) in row.iter_mut().enumerate() {
            let at = |pixel: usize, off: usize| (pixel / MODULE).checked_sub(off);
            if let (Some(x), Some(y)) = (at(x, 50), at(y, 12))
                && x < width
                && y < width
                && dark[y * width + x]
            {
                *grey = 40;
            }
        }
    }
    let mut film = String::new();
    write!(
        film,
        "YUV4MPEG2 W{} H{} F10:1 Ip A1:1 C420jpeg\nFRAME\n",
        SIZE.0, SIZE.1
    )
    .unwrap();
    let mut film = film.into_bytes();
    film.extend(luma);
    film.resize(film.len() + SIZE.0 * SIZE.1 / 2, 128);
    film
}

/// Ends the browser that the test began, and no other.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn browser(folder: &std::path::Path, film: &std::path::Path, url: &str) -> Option<Browser> {
    let browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-port=0",
        ])
        .args([
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
        ])
        .arg(format!(
            "--use-file-for-fake-video-capture={}",
            film.display()
        ))
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    browser.ok().map(Browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_reads_the_receta_that_its_camera_sees() {
    static FRAMES: AtomicUsize = AtomicUsize::new(0);
    static SEEN: std::sync::Mutex<String> = std::sync::Mutex::new(String::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (folder, router) = screen(address.port());
    // Looks over the screen's shoulder: frames that come, and the page that a scan ends in.
    let looking = router.layer(axum::middleware::from_fn(
        |request: Request, next: Next| async {
            let path = request.uri().path().to_owned();
            let answer = next.run(request).await;
            if path == "/scan/frame" {
                FRAMES.fetch_add(1, Ordering::SeqCst);
            }
            if path != "/scan" {
                return answer;
            }
            let page = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            *SEEN.lock().unwrap() = String::from_utf8_lossy(&page).into_owned();
            Body::from(page).into_response()
        },
    ));
    let serving = tokio::spawn(async move { axum::serve(listener, looking).await });
    let path = folder.path().join("camera.y4m");
    std::fs::write(&path, film(&fixture::qr(&fixture::payload()))).unwrap();
    let url = format!("http://{address}/camera");
    let Some(browser) = browser(folder.path(), &path, &url) else {
        eprintln!("SKIPPED: chromium is not installed");
        return;
    };
    let begun = Instant::now();
    while SEEN.lock().unwrap().is_empty() && begun.elapsed() < Duration::from_secs(90) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(browser);
    serving.abort();
    let page = SEEN.lock().unwrap().clone();
    let frames = FRAMES.load(Ordering::SeqCst);
    assert!(
        page.contains("AUTÉNTICA, SIN CONEXIÓN"),
        "{frames} frames, then: {page}"
    );
}
