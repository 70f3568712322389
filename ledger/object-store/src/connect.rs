//! A client for a server that speaks S3, with bounded patience.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

/// The client's own repetitions of a request, where repeating it is safe or it was not sent.
const RETRIES: usize = 4;
const RETRY_FOR: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// One request with its answer: the largest object is a bundle of 16 MB.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Where the bucket is, and who we are there.
#[derive(Clone)]
pub struct S3Settings {
    /// Base URL of the server; `None` is Amazon's of the region.
    pub endpoint: Option<String>,
    /// Region that requests are signed for.
    pub region: String,
    /// Bucket.
    pub bucket: String,
    /// Public half of the credential.
    pub access_key_id: String,
    /// Secret half of the credential; never shown.
    pub secret_access_key: String,
    /// Whether the endpoint may be plain HTTP: within one machine or an encrypted network.
    pub allow_http: bool,
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket", &self.bucket)
            .field("access_key_id", &self.access_key_id)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

/// A client for the bucket. Nothing is sent yet.
///
/// Makes `ring` the process's provider of TLS if it has none: the client asks for the default one.
///
/// # Errors
/// When a setting cannot be used.
pub fn connect(settings: &S3Settings) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error says that another thread was quicker: there is a provider now.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
    let client = ClientOptions::new()
        .with_connect_timeout(CONNECT_WITHIN)
        .with_timeout(ANSWER_WITHIN);
    let retry = RetryConfig {
        backoff: BackoffConfig {
            init_backoff: FIRST_PAUSE,
            max_backoff: LONGEST_PAUSE,
            ..BackoffConfig::default()
        },
        max_retries: RETRIES,
        retry_timeout: RETRY_FOR,
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.bucket)
        .with_region(&settings.region)
        .with_access_key_id(&settings.access_key_id)
        .with_secret_access_key(&settings.secret_access_key)
        .with_client_options(client)
        .with_retry(retry)
        .with_allow_http(settings.allow_http);
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    Ok(Arc::new(builder.build()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_not_shown() {
        let settings = S3Settings {
            endpoint: None,
            region: "mx-central-1".to_owned(),
            bucket: "receta".to_owned(),
            access_key_id: "AKIAEXAMPLE".to_owned(),
            secret_access_key: "do-not-show".to_owned(),
            allow_http: false,
        };
        let shown = format!("{settings:?} {:?}", connect(&settings).unwrap());
        assert!(shown.contains("receta"), "{shown}");
        assert!(!format!("{settings:?}").contains("do-not-show"), "{shown}");
    }
}
