//! Time-based one-time passwords (RFC 6238 over RFC 4226): 30-second steps from 1970, six digits.

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use ring::hmac;

use crate::Refusal;

/// Seconds of a step.
pub const STEP_SECONDS: i64 = 30;
/// Digits of a code.
pub const DIGITS: u32 = 6;
/// Steps that a clock may be ahead or behind (RFC 6238 §5.2).
const DRIFT: i64 = 1;
/// Length of a secret in bytes: that of SHA-1 (RFC 4226 §4, R6 recommends 160 bits).
pub const SECRET_LEN: usize = 20;

/// The hash under the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// What every authenticator app computes. HMAC-SHA-1 is not broken by SHA-1's collisions.
    Sha1,
    /// For apps that can.
    Sha256,
}

impl Algorithm {
    /// Its name in `otpauth:` URIs and in the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The algorithm with this name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256]
            .into_iter()
            .find(|known| known.code() == code)
    }

    fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        }
    }
}

/// The step that `at` is in.
#[must_use]
pub fn step_at(at: Timestamp) -> i64 {
    at.as_second().div_euclid(STEP_SECONDS)
}

/// The code of a counter (RFC 4226 §5.3), of `digits` digits, at most nine.
#[must_use]
pub fn code(secret: &[u8], algorithm: Algorithm, counter: i64, digits: u32) -> String {
    let key = hmac::Key::new(algorithm.hmac(), secret);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let mut four = [0; 4];
    for (byte, from) in four.iter_mut().zip(tag.iter().skip(offset)) {
        *byte = *from;
    }
    let digits = digits.min(9);
    let value = (u32::from_be_bytes(four) & 0x7fff_ffff) % 10_u32.pow(digits);
    format!(
        "{value:0width$}",
        width = usize::try_from(digits).unwrap_or(9)
    )
}

/// The step whose code `given` is: one step from `now` at most, and later than `last`, the step of
/// the last code that was accepted.
///
/// # Errors
/// [`Refusal::Otp`].
pub fn check(
    secret: &[u8],
    algorithm: Algorithm,
    given: &str,
    (now, last): (Timestamp, i64),
) -> Result<i64, Refusal> {
    let now = step_at(now);
    let mut found = None;
    // All are compared, so that the time tells nothing.
    for step in now - DRIFT..=now + DRIFT {
        if same(&code(secret, algorithm, step, DIGITS), given) && step > last {
            found = found.or(Some(step));
        }
    }
    found.ok_or(Refusal::Otp)
}

fn same(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    one.len() == other.len() && pairs.fold(0, |found, (a, b)| found | (a ^ b)) == 0
}

/// The `otpauth:` URI that an authenticator app reads (Google's key URI format). `account` and
/// `issuer` must not identify a patient; here they are the cédula and the service.
#[must_use]
pub fn uri(secret: &[u8], algorithm: Algorithm, issuer: &str, account: &str) -> String {
    let (issuer, account) = (percent(issuer), percent(account));
    format!(
        "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm={}&digits={DIGITS}\
         &period={STEP_SECONDS}",
        BASE32_NOPAD.encode(secret),
        algorithm.code(),
    )
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// RFC 4226, appendix D.
    #[test]
    fn rfc_4226_vectors() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, expected) in (0..).zip(codes) {
            let code = code(b"12345678901234567890", Algorithm::Sha1, counter, 6);
            assert_eq!(code, expected, "{counter}");
        }
    }

    /// RFC 6238, appendix B: SHA-1 and SHA-256.
    #[test]
    fn rfc_6238_vectors() {
        let vectors = [
            (59, "94287082", "46119246"),
            (1_111_111_109, "07081804", "68084774"),
            (1_111_111_111, "14050471", "67062674"),
            (1_234_567_890, "89005924", "91819424"),
            (2_000_000_000, "69279037", "90698825"),
            (20_000_000_000, "65353130", "77737706"),
        ];
        for (seconds, sha1, sha256) in vectors {
            let step = step_at(at(seconds));
            let secret = b"12345678901234567890123456789012";
            assert_eq!(code(&secret[..20], Algorithm::Sha1, step, 8), sha1);
            assert_eq!(code(secret, Algorithm::Sha256, step, 8), sha256);
        }
    }

    #[test]
    fn one_step_of_drift_and_no_more() {
        let (secret, now) = ([7; SECRET_LEN], at(1_800_000_000));
        let step = step_at(now);
        let given = |offset: i64| code(&secret, Algorithm::Sha1, step + offset, DIGITS);
        let check = |code: &str| check(&secret, Algorithm::Sha1, code, (now, 0));
        for offset in -1..=1 {
            assert_eq!(check(&given(offset)), Ok(step + offset));
        }
        for offset in [-2, 2] {
            assert_eq!(check(&given(offset)), Err(Refusal::Otp));
        }
        for wrong in ["", "12345", "1234567", "abcdef"] {
            assert_eq!(check(wrong), Err(Refusal::Otp), "{wrong}");
        }
    }

    #[test]
    fn a_step_is_used_once_and_never_an_earlier_one() {
        let (secret, now) = ([7; SECRET_LEN], at(1_800_000_000));
        let step = step_at(now);
        let given = |offset: i64| code(&secret, Algorithm::Sha256, step + offset, DIGITS);
        let check = |code: &str, last| check(&secret, Algorithm::Sha256, code, (now, last));
        assert_eq!(check(&given(0), step - 1), Ok(step));
        assert_eq!(check(&given(0), step), Err(Refusal::Otp));
        assert_eq!(check(&given(-1), step), Err(Refusal::Otp));
        assert_eq!(check(&given(1), step), Ok(step + 1));
    }

    #[test]
    fn the_uri_is_what_apps_read() {
        let uri = uri(
            b"12345678901234567890",
            Algorithm::Sha1,
            "Receta Ñ",
            "7654321",
        );
        assert_eq!(
            uri,
            "otpauth://totp/Receta%20%C3%91:7654321?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Receta%20%C3%91&algorithm=SHA1&digits=6&period=30"
        );
    }
}
