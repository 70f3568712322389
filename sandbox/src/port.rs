//! A free port for the service.
//!
//! The service keeps its port when it is killed and started again, so that counters and clients
//! need no new configuration. The port is therefore chosen here, and below the ports that the
//! operating system gives to outgoing connections: a client that tries while the service is down
//! could otherwise be given the very port that it connects to.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use anyhow::{Context, Result, bail};
use ring::rand::{SecureRandom, SystemRandom};

const PORTS: Range<u16> = 20_000..32_000;
const ATTEMPTS: usize = 200;

/// `wanted` if it is free, else any free port.
///
/// # Errors
/// No port is free.
pub(crate) fn free_port(wanted: Option<u16>) -> Result<u16> {
    if let Some(wanted) = wanted.filter(|port| is_free(*port)) {
        return Ok(wanted);
    }
    let random = SystemRandom::new();
    for _ in 0..ATTEMPTS {
        let mut bytes = [0; 2];
        random.fill(&mut bytes).ok().context("no randomness")?;
        let port = PORTS.start + u16::from_be_bytes(bytes) % (PORTS.end - PORTS.start);
        if is_free(port) {
            return Ok(port);
        }
    }
    bail!("no free port between {} and {}", PORTS.start, PORTS.end)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_not_given() {
        let port = free_port(None).unwrap();
        assert!(PORTS.contains(&port));
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert_ne!(free_port(Some(port)).unwrap(), port);
    }
}
