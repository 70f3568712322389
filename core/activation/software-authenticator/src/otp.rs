//! An app that shows one-time codes (RFC 6238, SHA-1, six digits, 30 seconds).

use data_encoding::BASE32_NOPAD;
use ring::hmac;

/// The app, with one account.
pub struct OtpApp {
    key: hmac::Key,
    last: i64,
}

impl OtpApp {
    /// Reads the `otpauth:` URI of an enrolment; `None` for another one.
    #[must_use]
    pub fn scan(uri: &str) -> Option<Self> {
        let (_, query) = uri.strip_prefix("otpauth://totp/")?.split_once('?')?;
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let algorithm = match value("algorithm")? {
            "SHA1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "SHA256" => hmac::HMAC_SHA256,
            _ => return None,
        };
        if value("digits")? != "6" || value("period")? != "30" {
            return None;
        }
        let secret = BASE32_NOPAD.decode(value("secret")?.as_bytes()).ok()?;
        Some(Self {
            key: hmac::Key::new(algorithm, &secret),
            last: 0,
        })
    }

    /// A code that the service has not seen yet and accepts at `seconds` since 1970: of the step
    /// before, of this one or of the next. `None` where all three were shown: wait.
    pub fn show(&mut self, seconds: i64) -> Option<String> {
        let now = seconds.div_euclid(30);
        let step = (now - 1..=now + 1).find(|step| *step > self.last)?;
        self.last = step;
        Some(self.code(step))
    }

    /// The step whose code was shown last; 0 for none.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.last
    }

    /// Goes on after the code of this step.
    #[must_use]
    pub fn after(mut self, last: i64) -> Self {
        self.last = last;
        self
    }

    /// The code of a step.
    #[must_use]
    pub fn code(&self, step: i64) -> String {
        let tag = hmac::sign(&self.key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[tag.len() - 1] & 15);
        let value = tag[offset..offset + 4]
            .iter()
            .fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
        format!("{:06}", (value & 0x7fff_ffff) % 1_000_000)
    }
}
