//! Slow, partial and oversized requests.

use receta_tests::running::Running;
use sandbox::Who;

use crate::outcome::refused;
use crate::raw::Raw;

const HEAD: &str = "POST /fhir/r4/MedicationRequest HTTP/1.1\r\nHost: localhost\r\n\
                    Content-Type: application/fhir+json\r\n";

#[test]
fn twenty_megabytes_are_refused_and_not_kept() {
    let running = Running::start().unwrap();
    let length = 20 << 20;
    let client = running.ehr.client();
    let body = vec![b' '; length];
    let answer = client
        .post_bytes("/fhir/r4/MedicationRequest", body, &[])
        .unwrap();
    refused(&answer, 413, "too-large");

    // Chunk by chunk, without saying how much there will be.
    let mut chunked = Raw::connect(&running.world, Who::Ehr);
    assert!(chunked.send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").as_bytes()));
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..length / 0x10000 {
        assert!(chunked.send(chunk.as_bytes()));
    }
    assert!(chunked.send(b"0\r\n\r\n"));
    assert!(chunked.read_until("too-large").starts_with("HTTP/1.1 413 "));

    // Beyond all measure: the connection is cut.
    let mut endless = Raw::connect(&running.world, Who::Ehr);
    assert!(endless.send(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").as_bytes()));
    assert!(
        (0..20_000).any(|_| !endless.send(chunk.as_bytes())),
        "1.3 GB were taken"
    );
    running.goes_on(1).unwrap();
}

#[test]
fn slow_and_partial_requests_hold_up_nobody_and_are_cut_off() {
    let running = Running::start().unwrap();
    let connect = || Raw::connect(&running.world, Who::Ehr);
    let mut slow_heads: Vec<_> = (0..10).map(|_| connect()).collect();
    for slow in &mut slow_heads {
        assert!(slow.send(b"POST /fhir/r4/MedicationRequest HTTP/1.1\r\nHost: loc"));
    }
    let mut slow_bodies: Vec<_> = (0..10).map(|_| connect()).collect();
    for slow in &mut slow_bodies {
        assert!(slow.send(format!("{HEAD}Content-Length: 1000\r\n\r\n{{\"reso").as_bytes()));
    }
    // Gone in the middle of a request.
    for _ in 0..10 {
        let mut gone = connect();
        assert!(gone.send(format!("{HEAD}Content-Length: 1000\r\n\r\n{{\"reso").as_bytes()));
    }
    for number in 1..10 {
        running.goes_on(number).unwrap();
    }
    for slow in &mut slow_heads {
        assert!(
            !slow.read_to_end().contains(" 20"),
            "half a request was answered"
        );
    }
    for slow in &mut slow_bodies {
        let answer = slow.read_until("too-slow");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    running.goes_on(10).unwrap();
}

#[test]
fn what_is_not_http_is_not_answered_as_if_it_were() {
    let running = Running::start().unwrap();
    for garbage in [
        &b"\x00\x01\x02\x03\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /fhir/r4/metadata\r\n\r\n",
        b"POST /fhir/r4 HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /fhir/r4 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let mut raw = Raw::connect(&running.world, Who::Ehr);
        assert!(raw.send(garbage));
        let answer = raw.read_to_end();
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
    }
    running.goes_on(1).unwrap();
}
