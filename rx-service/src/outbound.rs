//! How the service asks programs that others run (timestamps, lists, OCSP): over HTTP or HTTPS,
//! bounded in time, without redirects and without a proxy.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// A client that waits for `patience` at most. Statuses other than 200 are for the caller to judge.
pub(crate) fn agent(patience: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent("rx-service")
        .timeout_global(Some(patience))
        .build()
        .new_agent()
}
