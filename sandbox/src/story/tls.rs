//! A greeting of TLS 1.2, written by hand: our own TLS stack cannot speak it any more.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::Result;

/// Alert record, fatal, `protocol_version` (RFC 8446 §6.2).
const ALERT: u8 = 21;
const PROTOCOL_VERSION: u8 = 70;
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether the server at this port answers a `ClientHello` that offers TLS 1.2 alone with the alert
/// `protocol_version`.
///
/// # Errors
/// Nobody answers.
pub(super) fn refuses_tls_12(port: u16) -> Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&client_hello())?;
    // Record: type, version (2), length (2); alert: level, description.
    let mut record = [0; 7];
    stream.read_exact(&mut record)?;
    Ok(record[0] == ALERT && record[6] == PROTOCOL_VERSION)
}

/// RFC 5246 §7.4.1.2, without `supported_versions`: version 3.3 is the highest on offer.
fn client_hello() -> Vec<u8> {
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    hello.push(0); // no session
    hello.extend([0, 2, 0xc0, 0x2b]); // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    hello.extend([1, 0]); // no compression
    let extensions = [
        [0, 10, 0, 4, 0, 2, 0, 23], // supported_groups: secp256r1
        [0, 13, 0, 4, 0, 2, 4, 3],  // signature_algorithms: ecdsa_secp256r1_sha256
    ];
    hello.extend([0, 16]);
    hello.extend(extensions.concat());
    // The greeting has 61 bytes: every length fits the last byte of its field.
    let length = u8::try_from(hello.len()).unwrap_or(u8::MAX);
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    record
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// What a server that reads the whole greeting and answers with `answer` is found to be.
    fn against(answer: [u8; 7]) -> bool {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut greeting = vec![0; client_hello().len()];
            stream.read_exact(&mut greeting).unwrap();
            stream.write_all(&answer).unwrap();
        });
        let refused = refuses_tls_12(port).unwrap();
        server.join().unwrap();
        refused
    }

    #[test]
    fn only_the_right_alert_counts() {
        assert!(against([21, 3, 3, 0, 2, 2, 70]));
        assert!(!against([21, 3, 3, 0, 2, 2, 40]));
        assert!(!against([22, 3, 3, 0, 2, 2, 70]));
    }

    #[test]
    fn the_lengths_are_those_of_what_follows() {
        let record = client_hello();
        assert_eq!(usize::from(record[4]), record.len() - 5);
        assert_eq!(usize::from(record[8]), record.len() - 9);
    }
}
