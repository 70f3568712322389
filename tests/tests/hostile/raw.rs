//! A TLS connection with a client certificate, for requests that no HTTP client would send.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sandbox::{Who, World};

/// How long to wait for the service to act. Much longer than it takes: only a hang is a failure.
const PATIENCE: Duration = Duration::from_mins(3);

pub(crate) struct Raw(StreamOwned<ClientConnection, TcpStream>);

impl Raw {
    pub(crate) fn connect(world: &World, who: Who) -> Self {
        let (certificate, key) = world.pki.client(who);
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(world.pki.tls_ca()).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_file(certificate).unwrap()],
                PrivateKeyDer::from_pem_file(key).unwrap(),
            )
            .unwrap();
        let name = "127.0.0.1".try_into().unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(address(world)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(StreamOwned::new(connection, stream))
    }

    /// Sends; false once the service does not listen any more.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.0
            .write_all(bytes)
            .and_then(|()| self.0.flush())
            .is_ok()
    }

    /// Reads until `text` has arrived.
    pub(crate) fn read_until(&mut self, text: &str) -> String {
        let mut read = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let so_far = String::from_utf8_lossy(&read).into_owned();
            if so_far.contains(text) {
                return so_far;
            }
            match self.0.read(&mut piece) {
                Ok(count) if count > 0 => read.extend(&piece[..count]),
                end => panic!("{end:?} instead of {text:?} after: {so_far}"),
            }
        }
    }

    /// Reads until the service closes the connection.
    pub(crate) fn read_to_end(&mut self) -> String {
        let mut read = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut read) {
            let hangs = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            assert!(!hangs, "the service keeps the connection open");
        }
        String::from_utf8_lossy(&read).into_owned()
    }
}

/// `127.0.0.1:port`.
pub(crate) fn address(world: &World) -> String {
    world.base().replacen("https://", "", 1)
}
