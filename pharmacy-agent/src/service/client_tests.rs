//! What goes over the wire, to a TLS server of one answer.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use p256::pkcs8::EncodePrivateKey;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::*;
use crate::fixture::{self, acts};

/// A server that asks for the pharmacy's certificate, answers one request with `answer`, and
/// returns what it received: the version of TLS and the request.
fn server(answer: String) -> (u16, JoinHandle<(Option<rustls::ProtocolVersion>, String)>) {
    let (certificate, key) = fixture::certificate_for(20, "127.0.0.1");
    let key = PrivatePkcs8KeyDer::from(key.to_pkcs8_der().unwrap().as_bytes().to_vec());
    let mut clients = RootCertStore::empty();
    clients
        .add(fixture::client_certificate(9).0.into())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(clients.into(), provider.clone())
        .build()
        .unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![CertificateDer::from(certificate)], key.into())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, socket);
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !is_whole(&request) {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(read) => request.extend_from_slice(&buffer[..read]),
            }
        }
        // A client that does not trust us is gone by now.
        drop(stream.write_all(answer.as_bytes()));
        stream.conn.send_close_notify();
        drop(stream.flush());
        (
            stream.conn.protocol_version(),
            String::from_utf8(request).unwrap(),
        )
    });
    (port, serving)
}

/// An answer with its length.
fn answer(head: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Head and body are there.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}

/// A client of `port`, which believes the certificate of `seed`.
fn client(port: u16, seed: u8) -> (tempfile::TempDir, Service) {
    let (folder, counter) = fixture::counter();
    let mut config = counter.config.clone();
    config.service_url = format!("https://127.0.0.1:{port}");
    config.server_ca = folder.path().join("server.pem");
    let (certificate, _) = fixture::certificate_for(seed, "127.0.0.1");
    std::fs::write(&config.server_ca, fixture::pem(&certificate)).unwrap();
    let service = Service::new(&config, &counter.identity).unwrap();
    (folder, service)
}

#[test]
fn an_act_is_posted_with_its_signature_and_the_pharmacys_certificate() {
    let (port, serving) = server(answer("201 Created\r\nReceta-Receipt: cg==", "{}"));
    let (_folder, service) = client(port, 20);
    let submission = acts::submission();
    let reply = service.dispense(&submission, 1).unwrap();
    assert_eq!(
        (reply.status, reply.receipt.as_deref()),
        (201, Some("cg=="))
    );
    let (version, request) = serving.join().unwrap();
    assert_eq!(version, Some(rustls::ProtocolVersion::TLSv1_3));
    let lower = request.to_lowercase();
    assert!(
        request.starts_with("POST /fhir/r4/MedicationDispense HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        lower.contains("content-type: application/fhir+json\r\n"),
        "{request}"
    );
    assert!(lower.contains("receta-signature: c2ln\r\n"), "{request}");
    assert!(
        request.as_bytes().ends_with(&submission.document),
        "{request}"
    );
}

#[test]
fn the_ledgers_state_is_fetched_as_it_is() {
    let note = "receta.example/libro\n0\n";
    let (port, serving) = server(answer("200 OK", note));
    let (_folder, service) = client(port, 20);
    assert_eq!(service.checkpoint(), Ok(Some(note.as_bytes().to_vec())));
    let (_, request) = serving.join().unwrap();
    assert!(
        request.starts_with("GET /ledger/newest/checkpoint HTTP/1.1\r\n"),
        "{request}"
    );

    let (port, serving) = server(answer("404 Not Found", ""));
    let (_folder, service) = client(port, 20);
    assert_eq!(service.checkpoint(), Ok(None));
    serving.join().unwrap();
}

#[test]
fn the_state_is_asked_for_with_the_qr() {
    let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"code":"business-rule","#
        .to_owned()
        + r#""details":{"text":"No es auténtica."}}]}"#;
    let (port, serving) = server(answer("422 Unprocessable Content", &outcome));
    let (_folder, service) = client(port, 20);
    let refused = service.state("RX1ABC").unwrap_err();
    assert_eq!(
        refused,
        ServiceError::Refused(vec!["No es auténtica.".to_owned()])
    );
    let (_, request) = serving.join().unwrap();
    assert!(
        request.starts_with("POST /verifications HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.ends_with(r#"{"qr":"RX1ABC"}"#), "{request}");
}

#[test]
fn a_server_of_another_authority_is_refused_and_is_no_outage() {
    let (port, serving) = server(answer("200 OK", ""));
    let (_folder, service) = client(port, 21);
    let refused = service.certificates().unwrap_err();
    assert!(matches!(refused, ServiceError::Tls(_)), "{refused}");
    assert!(!refused.is_outage());
    let (_, request) = serving.join().unwrap();
    assert_eq!(request, "");
}
