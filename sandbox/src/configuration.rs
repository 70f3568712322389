//! The configuration files of the service and the counters.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, Result};
use hsm_config::SoftHsm;
use serde_json::{Value, json};

use crate::activation::PARTY;
use crate::cast::{PHARMACY_1, PHARMACY_2};
use crate::pki::{Pki, Who};

pub(crate) const SERVICE_FILE: &str = "service/rx-service.toml";
pub(crate) const VKEY_FILE: &str = "ledger.vkey";
pub(crate) const POLICY_FILE: &str = "policy.txt";
/// Origin of the ledger and name of its key.
const ORIGIN: &str = "receta.sandbox/ledger";
/// Milliseconds between public checkpoints: the audience does not wait a second.
const PUBLISH_EVERY_MS: u32 = 200;

/// What the files speak of.
pub(crate) struct Parts<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) base: &'a str,
    pub(crate) port: u16,
    pub(crate) public_port: u16,
    pub(crate) pki: &'a Pki,
    pub(crate) token: &'a SoftHsm,
}

/// File of a counter's configuration, relative to the world.
pub(crate) fn counter_file(number: u8) -> String {
    format!("counter-{number}/counter.toml")
}

/// Writes all files, over those of an earlier start.
pub(crate) fn write(parts: &Parts<'_>) -> Result<()> {
    write_toml(&parts.folder.join(SERVICE_FILE), &service(parts))?;
    let counters = [
        (1, Who::Pharmacy1, PHARMACY_1),
        (2, Who::Pharmacy2, PHARMACY_2),
    ];
    for (number, who, pharmacy) in counters {
        let file = parts.folder.join(counter_file(number));
        write_toml(&file, &counter(parts, who, pharmacy))?;
    }
    Ok(())
}

fn service(parts: &Parts<'_>) -> Value {
    let pki = parts.pki;
    json!({
        "listen": format!("127.0.0.1:{}", parts.port),
        "data_dir": parts.folder.join("service/data"),
        "tls": {
            "certificate": pki.path("server.pem"),
            "key": pki.path("server.key"),
            "client_ca": pki.tls_ca(),
        },
        "hsm": {
            "module": parts.token.module(),
            "token_label": parts.token.label(),
            "pin_file": parts.token.pin_file(),
        },
        "ledger": {
            "origin": ORIGIN,
            "publish_every_ms": PUBLISH_EVERY_MS,
            "policy": parts.folder.join(POLICY_FILE),
            "public_listen": format!("127.0.0.1:{}", parts.public_port),
        },
        "activation": {
            "rp_id": PARTY,
            "origins": [parts.base],
            // The load of many prescribers comes from two here.
            "limits": {"per_hour": 10_000_000},
        },
        "professionals": {
            "anchors": [pki.professionals_root()],
            "issuers": [pki.professionals_issuing()],
        },
    })
}

fn counter(parts: &Parts<'_>, who: Who, (clues, licence): (&str, &str)) -> Value {
    let pki = parts.pki;
    let (certificate, key) = pki.client(who);
    json!({
        "service_url": parts.base,
        "server_ca": pki.tls_ca(),
        "client_certificate": certificate,
        "client_key": key,
        "clues": clues,
        "controlled_licence": licence,
        "data_dir": "data",
        "ledger_policy": parts.folder.join(POLICY_FILE),
        "professionals": {
            "anchors": [pki.professionals_root()],
            "issuers": [pki.professionals_issuing()],
        },
    })
}

fn write_toml(path: &Path, value: &Value) -> Result<()> {
    if let Some(folder) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    let text = toml::to_string(value)?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
