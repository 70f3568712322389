//! The one place that draws randomness.

use prescription::{Folio, MapSecret};
use ring::rand::{SecureRandom, SystemRandom};

/// The operating system gives no randomness: nothing can be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no randomness")]
pub struct NoEntropy;

/// What a step of a prescription needs to be drawn for it.
#[derive(Debug, Clone, Copy)]
pub struct Draw {
    /// Salt of the event's commitment.
    pub salt: [u8; 32],
    /// Number of the access record.
    pub access: u64,
}

/// A source of randomness.
#[derive(Debug, Clone)]
pub struct Entropy(SystemRandom);

impl Default for Entropy {
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy {
    /// A new folio.
    ///
    /// # Errors
    /// [`NoEntropy`].
    pub fn folio(&self) -> Result<Folio, NoEntropy> {
        Ok(Folio::from_random(self.bytes()?))
    }

    /// A name that nobody guesses: 32 hexadecimal digits.
    ///
    /// # Errors
    /// [`NoEntropy`].
    pub fn name(&self) -> Result<String, NoEntropy> {
        Ok(data_encoding::HEXLOWER.encode(&self.bytes::<16>()?))
    }

    /// The secret of a patient who is new.
    ///
    /// # Errors
    /// [`NoEntropy`].
    pub fn map_secret(&self) -> Result<MapSecret, NoEntropy> {
        Ok(MapSecret::new(self.bytes()?))
    }

    /// Salt and record number of a step.
    ///
    /// # Errors
    /// [`NoEntropy`].
    pub fn draw(&self) -> Result<Draw, NoEntropy> {
        Ok(Draw {
            salt: self.bytes()?,
            access: u64::from_be_bytes(self.bytes()?) >> 1,
        })
    }

    /// A secret, or the nonce of a challenge.
    ///
    /// # Errors
    /// [`NoEntropy`].
    pub fn secret<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        self.bytes()
    }

    fn bytes<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes).map_err(|_| NoEntropy)?;
        Ok(bytes)
    }
}
