//! The keys of the token, as the minutes name them.

use data_encoding::HEXLOWER;
use hsm::ceremony::SecretKeyRecord;
use hsm::{Hsm, HsmConfig, HsmError, Secret};

use crate::error::CeremonyError;
use crate::minutes::{Kind, Line};
use crate::{Make, Token};

/// A secret key by its check value.
pub(crate) fn secret_line(kind: Kind, key: &SecretKeyRecord) -> Line {
    Line {
        kind,
        label: key.label.clone(),
        fingerprint: HEXLOWER.encode(&key.check_value),
    }
}

/// The secret keys that were asked for.
pub(crate) fn secrets(make: &Make) -> Vec<(Kind, &str)> {
    let mut secrets = vec![(Kind::Wrapping, make.wrapping_key.as_str())];
    secrets.extend(
        make.data_key
            .iter()
            .map(|label| (Kind::Data, label.as_str())),
    );
    secrets
}

/// Opens the token as the service does, with one session.
pub(crate) fn open(token: &Token, pin: &Secret) -> Result<Hsm, HsmError> {
    Hsm::open(&HsmConfig::single(
        token.module.clone(),
        token.token.clone(),
        pin.clone(),
        1,
    ))
}

/// The public keys of a pair, in full: they are public.
pub(crate) fn pair_line(hsm: &Hsm, kind: Kind, label: &str) -> Result<Line, HsmError> {
    let fingerprint = match kind {
        Kind::Institution => HEXLOWER.encode(hsm.find_p256(label)?.spki()),
        Kind::Ledger | Kind::Wrapping | Kind::Data => {
            HEXLOWER.encode(&hsm.find_ed25519(label)?.public_key())
        }
    };
    Ok(Line {
        kind,
        label: label.to_owned(),
        fingerprint,
    })
}

/// Tries the wrapping key as the service will: proof of the token, a key born, wrapped, used.
pub(crate) fn prove(hsm: &Hsm, label: &str) -> Result<(), CeremonyError> {
    let wrapping = hsm.find_wrapping_key(label)?;
    if !wrapping.is_trusted() {
        return Err(CeremonyError::NotTrusted(label.to_owned()));
    }
    let (wrapped, _) = wrapping.generate_p256()?;
    wrapping.activate(&wrapped)?.sign_digest(&[0; 32])?;
    // Re-wrapping to itself: the key can be brought under its successor one day.
    wrapping.rewrap(&wrapped, &wrapping)?;
    Ok(())
}

/// Every secret key of the token must be one of `lines`, and be there once.
pub(crate) fn account(keys: &[SecretKeyRecord], lines: &[Line]) -> Result<(), CeremonyError> {
    let mut left: Vec<&Line> = lines.iter().filter(|line| line.kind.is_secret()).collect();
    let mut strangers = Vec::new();
    for key in keys {
        match left.iter().position(|line| line.label == key.label) {
            Some(at) => drop(left.swap_remove(at)),
            None => strangers.push(key.label.clone()),
        }
    }
    if strangers.is_empty() {
        Ok(())
    } else {
        Err(CeremonyError::Unaccounted(strangers.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of the wrapping key under the same label must not hide behind the first.
    #[test]
    fn every_key_is_accounted_for_once() {
        let key = |label: &str| SecretKeyRecord {
            label: label.to_owned(),
            check_value: vec![1, 2, 3],
            trusted: true,
        };
        let lines = [secret_line(Kind::Wrapping, &key("w"))];
        assert!(account(&[key("w")], &lines).is_ok());
        for stranger in ["w", "w.draft", "copy"] {
            let error = account(&[key("w"), key(stranger)], &lines).unwrap_err();
            assert!(matches!(error, CeremonyError::Unaccounted(_)), "{stranger}");
        }
    }
}
