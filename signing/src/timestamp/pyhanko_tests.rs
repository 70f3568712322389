//! certomancer as an independent authority over HTTP, pyHanko as an independent client and
//! verifier. Skipped, visibly, where they cannot be had.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use simulators::http::{Response, Server};
use simulators::tsa::Tsa;

use super::openssl_tests::{folder, pem};
use super::test_tsa::{MESSAGE, Stamps, at, request};
use super::{ImprintHash, TimestampError, nom151};
use crate::cms::long_term_tests::Court;
use crate::python::python_with;

const SCRIPT: &str = "src/timestamp/pyhanko_judge.py";

fn python() -> Option<PathBuf> {
    let packages = ["pyHanko==0.35.2", "certomancer==0.16.0", "requests==2.32.5"];
    python_with("timestamps", &packages)
}

fn command(python: &Path, verb: &str, folder: &Path) -> Command {
    let mut command = Command::new(python);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT);
    command.arg("-B").arg(script).arg(verb).arg(folder);
    command
}

fn said(mut command: Command) -> String {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// One request over HTTP, and the body of the answer.
fn post(address: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST / HTTP/1.0\r\nContent-Type: application/timestamp-query\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    answer.split_off(end + 4)
}

/// Its tokens name the certificate by SHA-1 (RFC 2634), carry a signing time and a directory name,
/// and give fractions of a second: all of it allowed, none of it ours.
#[test]
fn we_verify_an_answer_of_certomancer() {
    let Some(python) = python() else { return };
    let stamps = Stamps::new();
    let folder = folder(&stamps);
    std::fs::write(folder.path().join("at"), format!("{}.25", at().as_second())).unwrap();
    let mut serving = command(&python, "serve", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    let mut lines = BufReader::new(serving.stdout.take().unwrap());
    lines.read_line(&mut address).unwrap();
    let answer = post(address.trim(), &request().to_der().unwrap());
    drop(serving.stdin.take());
    assert!(serving.wait().unwrap().success());

    let verified = stamps
        .trust
        .verify_response(&answer, &request(), at())
        .unwrap();
    assert_eq!(
        verified.gen_time(),
        at() + jiff::SignedDuration::from_millis(250)
    );
    assert_eq!(verified.hash(), ImprintHash::Sha256);
    assert!(nom151::verify(&answer, MESSAGE, &stamps.trust).is_ok());
    let other = nom151::verify(&answer, b"otro", &stamps.trust);
    assert_eq!(other, Err(TimestampError::ImprintMismatch));
}

/// pyHanko's client checks nonce, imprint and structure of what the simulated authority answers.
#[test]
fn pyhanko_takes_a_timestamp_of_the_simulated_authority() {
    let Some(python) = python() else { return };
    let stamps = Stamps::new();
    let folder = folder(&stamps);
    let tsa = Tsa::new().unwrap();
    let handler = move |request: &simulators::http::Request| {
        let answer = tsa.answer(&request.body, at(), 5).unwrap();
        Response::ok("application/timestamp-reply", answer)
    };
    let server = Server::start("127.0.0.1:0", Arc::new(handler)).unwrap();
    std::fs::write(folder.path().join("url"), server.url()).unwrap();
    assert_eq!(said(command(&python, "stamp", folder.path())), "stamped\n");
    let token = std::fs::read(folder.path().join("token")).unwrap();
    let verified = stamps.trust.verify_token(&token, MESSAGE).unwrap();
    assert_eq!(verified.gen_time(), at());
}

#[test]
fn pyhanko_verifies_our_extended_signatures() {
    let Some(python) = python() else { return };
    let court = Court::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("message", crate::cms::test_signer::CONTENT);
    write("at", (at().as_second() + 60).to_string().as_bytes());
    write("ca.pem", pem("CERTIFICATE", &court.pki.root.der).as_bytes());
    write(
        "tsa.pem",
        pem("CERTIFICATE", court.stamps.tsa.root().der()).as_bytes(),
    );
    write("b-t.p7s", &court.b_t());
    write("b-lt.p7s", &court.b_lt());
    let due = format!(
        "valid=True trusted=True stamp=True stamp_trusted=True at={}",
        at().as_second()
    );
    let said = said(command(&python, "verify", folder.path()));
    assert_eq!(said, format!("b-lt {due}\nb-t {due}\n"));
}
