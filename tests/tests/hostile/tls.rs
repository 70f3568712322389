//! Callers without the right certificate or protocol are refused in the handshake, by name.

use std::process::{Command, Stdio};

use receta_tests::running::Running;
use sandbox::Who;

use crate::raw::address;

/// What the client is told.
fn refusal(running: &Running, who: Who) -> String {
    let client = running.world.client(who).unwrap();
    let error = client.get("/livez").expect_err("a stranger was let in");
    format!("{error:#}")
}

/// `openssl s_client`, which sends a request and shows the service's alert.
fn s_client(running: &Running, arguments: &[&str], as_ehr: bool) -> String {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &address(&running.world), "-CAfile"]);
    command.arg(running.world.pki.tls_ca()).args(arguments);
    if as_ehr {
        let (certificate, key) = running.world.pki.client(Who::Ehr);
        command.arg("-cert").arg(certificate).arg("-key").arg(key);
    }
    let request = running.folder().join("request");
    std::fs::write(
        &request,
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .unwrap();
    let input = Stdio::from(std::fs::File::open(request).unwrap());
    // It reads until the service closes, not until its own input ends.
    let output = command.arg("-ign_eof").stdin(input).output();
    let output = output.unwrap_or_else(|error| panic!("openssl: {error}"));
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn expired_and_foreign_certificates_are_refused_in_the_handshake() {
    let running = Running::start().unwrap();
    let expired = refusal(&running, Who::Expired);
    assert!(expired.contains("CertificateExpired"), "{expired}");
    let foreign = refusal(&running, Who::Foreign);
    assert!(foreign.contains("UnknownCA"), "{foreign}");
    running.goes_on(1).unwrap();
}

#[test]
fn a_caller_without_certificate_or_with_an_old_protocol_is_refused() {
    let running = Running::start().unwrap();
    // With certificate and TLS 1.3 the same command is answered.
    let good = s_client(&running, &["-tls1_3"], true);
    assert!(good.contains("HTTP/1.1 200"), "{good}");

    let nobody = s_client(&running, &["-tls1_3"], false).to_lowercase();
    assert!(nobody.contains("certificate required"), "{nobody}");
    assert!(!nobody.contains("http/1.1 200"));

    let old = s_client(&running, &["-tls1_2"], true).to_lowercase();
    assert!(old.contains("protocol version"), "{old}");
    assert!(!old.contains("http/1.1 200"));
    running.goes_on(1).unwrap();
}
