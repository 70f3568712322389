//! The one place that draws randomness.

use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};

/// The operating system gives no randomness: nothing can be dispensed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("El sistema operativo no entrega números aleatorios; reinicie el equipo.")]
pub struct NoEntropy;

/// 128 random bits as 32 lower-case hexadecimal digits: the number of an act, a form's token.
pub fn token() -> Result<String, NoEntropy> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| NoEntropy)?;
    Ok(HEXLOWER.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_eq!((one.len(), one == other), (32, false));
    }
}
