use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustError, TrustStore};

use super::authority::new_key;
use super::*;
use crate::cast::{PHARMACY_1, prescribers};
use crate::clock;

fn pki() -> (tempfile::TempDir, Pki, Date) {
    let folder = tempfile::tempdir().unwrap();
    let today = clock::today().unwrap();
    let pki = Pki::create(&folder.path().join("pki"), today).unwrap();
    (folder, pki, today)
}

fn der(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).unwrap()
}

#[test]
fn a_certified_prescriber_is_one_whom_the_service_trusts() {
    let (_folder, pki, today) = pki();
    let [doctor, _] = prescribers().unwrap();
    let key = new_key().unwrap();
    // Certified by the PKI as it is read back from its files.
    let again = Pki::open(&pki.folder).unwrap();
    let path = again
        .certify(&doctor, &key.public_key_pem(), today)
        .unwrap();

    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    let root = std::fs::read(pki.professionals_root()).unwrap();
    store.add_anchor(&root, AnchorPolicy::Professional).unwrap();
    let leaf = der(&path);
    assert_eq!(
        store.validate(&leaf, &[], clock::now()),
        Err(TrustError::UnknownIssuer)
    );
    store
        .add_issuer(&std::fs::read(pki.professionals_issuing()).unwrap())
        .unwrap();
    let trusted = store.validate(&leaf, &[], clock::now()).unwrap();
    let identity = trusted.identity();
    assert_eq!(identity.cedula.as_deref(), Some(doctor.cedula));
    assert_eq!(identity.curp, doctor.person.curp.as_str());
    assert_eq!(identity.name, doctor.person.full_name());
    assert_eq!(identity.represents, None);
    // A client's certificate is no professional's.
    let client = der(&pki.client(Who::Ehr).0);
    assert!(store.validate(&client, &[], clock::now()).is_err());
}

#[test]
fn keys_are_for_their_owner_alone() {
    let (_folder, pki, _) = pki();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&pki.folder), 0o700);
    for entry in std::fs::read_dir(&pki.folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "key") {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}

#[test]
fn the_uri_is_the_one_the_service_reads() {
    let (_folder, pki, _) = pki();
    let uri = format!(
        "urn:receta:client:pharmacy:{}:{}",
        PHARMACY_1.0, PHARMACY_1.1
    );
    assert_eq!(Who::Pharmacy1.uri(), uri);
    let bytes = der(&pki.client(Who::Pharmacy1).0);
    assert!(
        bytes
            .windows(uri.len())
            .any(|window| window == uri.as_bytes())
    );
}

fn client(pki: &Pki, who: Who) -> ClientConnection {
    let (certificate, key) = pki.client(who);
    let mut roots = RootCertStore::empty();
    roots.add(der(&pki.tls_ca())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            vec![der(&certificate)],
            PrivateKeyDer::from_pem_file(&key).unwrap(),
        )
        .unwrap();
    ClientConnection::new(Arc::new(config), "127.0.0.1".try_into().unwrap()).unwrap()
}

fn server(pki: &Pki) -> ServerConnection {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(der(&pki.tls_ca())).unwrap();
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(
            vec![der(&pki.path("server.pem"))],
            PrivateKeyDer::from_pem_file(pki.path("server.key")).unwrap(),
        )
        .unwrap();
    ServerConnection::new(Arc::new(config)).unwrap()
}

/// A handshake in memory.
fn handshake(pki: &Pki, who: Who) -> Result<(), rustls::Error> {
    let (mut client, mut server) = (client(pki, who), server(pki));
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}

#[test]
fn tls_lets_our_clients_in_and_nobody_else() {
    let (_folder, pki, _) = pki();
    for who in Who::ALL {
        let result = handshake(&pki, who);
        let stranger = matches!(who, Who::Expired | Who::Foreign);
        assert_eq!(result.is_err(), stranger, "{who:?}: {result:?}");
    }
    let expired = handshake(&pki, Who::Expired).unwrap_err().to_string();
    assert!(expired.contains("expired"), "{expired}");
}
