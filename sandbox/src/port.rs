//! Free ports for a world: consecutive, so that whoever chooses the first knows the others.
//!
//! The service keeps its ports when it is killed and started again, so that counters and clients
//! need no new configuration. They are therefore chosen here, and below the ports that the
//! operating system gives to outgoing connections: a client that tries while the service is down
//! could otherwise be given the very port that it connects to.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use anyhow::{Context, Result, bail};
use ring::rand::{SecureRandom, SystemRandom};

/// Ports of a world: the service, the public ledger, and two witnesses.
pub(crate) const PORTS_OF_A_WORLD: u16 = 4;
const PORTS: Range<u16> = 20_000..32_000;
const ATTEMPTS: usize = 200;

/// The first of the ports from `wanted` on if all are free, else of any that are.
///
/// # Errors
/// No ports are free.
pub(crate) fn free_ports(wanted: Option<u16>) -> Result<u16> {
    if let Some(wanted) = wanted.filter(|first| are_free(*first)) {
        return Ok(wanted);
    }
    let places = (PORTS.end - PORTS.start) / PORTS_OF_A_WORLD;
    let random = SystemRandom::new();
    for _ in 0..ATTEMPTS {
        let mut bytes = [0; 2];
        random.fill(&mut bytes).ok().context("no randomness")?;
        let first = PORTS.start + u16::from_be_bytes(bytes) % places * PORTS_OF_A_WORLD;
        if are_free(first) {
            return Ok(first);
        }
    }
    bail!("no free ports between {} and {}", PORTS.start, PORTS.end)
}

fn are_free(first: u16) -> bool {
    let port = |offset| first.checked_add(offset);
    (0..PORTS_OF_A_WORLD).all(|offset| port(offset).is_some_and(|port| bind(port).is_ok()))
}

fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_in_use_are_not_given() {
        let first = free_ports(None).unwrap();
        assert!(PORTS.contains(&first));
        let _held = bind(first + PORTS_OF_A_WORLD - 1).unwrap();
        assert_ne!(free_ports(Some(first)).unwrap(), first);
    }

    #[test]
    fn the_last_port_has_no_others_after_it() {
        assert_ne!(free_ports(Some(u16::MAX)).unwrap(), u16::MAX);
    }
}
