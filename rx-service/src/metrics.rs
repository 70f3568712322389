//! Counters and timings for Prometheus. Labels are verbs and codes, never identifiers.

use std::time::Duration;

use hsm::TokenStatus;
use prometheus::core::Collector;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use crate::store::ExtensionBacklog;

/// The service's metrics.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    refusals: IntCounterVec,
    activations: IntCounterVec,
    hourly: Histogram,
    tree_size: IntGauge,
    revocation_left: IntGaugeVec,
    token_up: IntGaugeVec,
    token_losses: IntGaugeVec,
    extension_backlog: IntGaugeVec,
    extension_oldest: IntGauge,
}

impl Metrics {
    /// Fresh metrics.
    ///
    /// # Errors
    /// Two metrics of one name: a defect.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let seconds = HistogramOpts::new("receta_request_seconds", "Time to answer, by route")
            .buckets(vec![
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
            ]);
        let hourly = HistogramOpts::new(
            "receta_activations_within_hour",
            "At each activation: how many its prescriber made within the hour",
        )
        .buckets(vec![1.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0]);
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            registered(&registry, IntGaugeVec::new(Opts::new(name, help), labels)?)
        };
        let count = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registered(&registry, counters)
        };
        Ok(Self {
            requests: count(
                "receta_requests_total",
                "Requests by route and status",
                &["route", "status"],
            )?,
            seconds: registered(&registry, HistogramVec::new(seconds, &["route"])?)?,
            refusals: count(
                "receta_refusals_total",
                "Refusals by verb and code",
                &["verb", "code"],
            )?,
            activations: count(
                "receta_activations_total",
                "Activations given, by factor",
                &["factor"],
            )?,
            hourly: registered(&registry, Histogram::with_opts(hourly)?)?,
            tree_size: gauge(
                &registry,
                "receta_ledger_tree_size",
                "Entries under the newest signed head",
            )?,
            revocation_left: gauges(
                "receta_revocation_seconds_left",
                "Seconds until what is held about revocation runs out; below 0 it has",
                &["source", "issuer"],
            )?,
            token_up: gauges(
                "receta_hsm_token_up",
                "1 while the token answers",
                &["token"],
            )?,
            token_losses: gauges(
                "receta_hsm_token_losses",
                "Times the token was lost since the start",
                &["token"],
            )?,
            extension_backlog: gauges(
                "receta_signature_extension_backlog",
                "Signatures that wait for their timestamp or their revocation data",
                &["waiting_for"],
            )?,
            extension_oldest: gauge(
                &registry,
                "receta_signature_extension_oldest_seconds",
                "Age of the oldest signature without a timestamp",
            )?,
            registry,
        })
    }

    /// A request was answered.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        self.requests
            .with_label_values(&[route, &status.to_string()])
            .inc();
        self.seconds
            .with_label_values(&[route])
            .observe(took.as_secs_f64());
    }

    /// A request was refused by a rule.
    pub fn refused(&self, verb: &str, code: &str) {
        self.refusals.with_label_values(&[verb, code]).inc();
    }

    /// A prescriber activated the key, for the `within_hour`-th time in an hour. A burst of one
    /// person shows in the histogram's tail, without saying whose it is.
    pub fn authorised(&self, factor: &str, within_hour: u32) {
        self.activations.with_label_values(&[factor]).inc();
        self.hourly.observe(f64::from(within_hour));
    }

    /// What is held about revocation by a source (`crl`, `ocsp`) of an issuer, by the digest of its
    /// key, is good for so many seconds.
    pub fn revocation_left(&self, source: &str, issuer: &str, seconds: i64) {
        self.revocation_left
            .with_label_values(&[source, issuer])
            .set(seconds);
    }

    /// What is known of each token, by its label.
    pub fn hsm(&self, status: &[TokenStatus]) {
        for token in status {
            let label = [token.label.as_str()];
            self.token_up
                .with_label_values(&label)
                .set(i64::from(token.up));
            let losses = i64::try_from(token.losses).unwrap_or(i64::MAX);
            self.token_losses.with_label_values(&label).set(losses);
        }
    }

    /// How many signatures wait, and for how many seconds the oldest has had no timestamp.
    pub fn extending(&self, backlog: &ExtensionBacklog, oldest: i64) {
        for (waiting_for, count) in [
            ("timestamp", backlog.without_timestamp),
            ("revocation", backlog.without_evidence),
        ] {
            self.extension_backlog
                .with_label_values(&[waiting_for])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        self.extension_oldest.set(oldest);
    }

    /// The text that Prometheus reads.
    ///
    /// # Errors
    /// Encoding failed.
    pub fn render(&self, tree_size: u64) -> Result<String, prometheus::Error> {
        self.tree_size
            .set(i64::try_from(tree_size).unwrap_or(i64::MAX));
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        String::from_utf8(text).map_err(|error| prometheus::Error::Msg(error.to_string()))
    }
}

/// The collector, known to the registry.
fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    collector: C,
) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
    registered(registry, IntGauge::new(name, help)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_route_status_and_code() {
        let metrics = Metrics::new().unwrap();
        metrics.answered("issue", 201, Duration::from_millis(3));
        metrics.refused("issue", "duplicate-substance");
        metrics.hsm(&[TokenStatus {
            label: "receta-a".to_owned(),
            up: false,
            losses: 2,
            last_loss: None,
        }]);
        let text = metrics.render(7).unwrap();
        assert!(
            text.contains(r#"receta_requests_total{route="issue",status="201"} 1"#),
            "{text}"
        );
        assert!(text.contains(r#"code="duplicate-substance""#));
        assert!(text.contains("receta_ledger_tree_size 7"));
        assert!(text.contains(r#"receta_hsm_token_up{token="receta-a"} 0"#));
        assert!(text.contains(r#"receta_hsm_token_losses{token="receta-a"} 2"#));
    }
}
