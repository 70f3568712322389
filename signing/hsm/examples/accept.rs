//! Acceptance check of a token: does it do everything that the `hsm` crate asks of it?
//!
//! ```text
//! cargo run -p hsm --example accept -- MODULE TOKEN_LABEL PIN_FILE
//! ```
//!
//! It leaves four keys named `acceptance-…` on the token; run it on one that is initialised again
//! afterwards. See `hsm-config/README.md`.

use std::io::Write;
use std::process::ExitCode;

use hsm::{Hsm, HsmConfig, HsmError, Secret};

type Check = (&'static str, fn(&Hsm) -> Result<(), HsmError>);

const CHECKS: [Check; 5] = [
    ("random numbers and sign of life", |hsm| {
        hsm.random(32)?;
        hsm.health()
    }),
    (
        "P-256 in the token (CKM_EC_KEY_PAIR_GEN, CKM_ECDSA)",
        |hsm| {
            hsm.ensure_p256("acceptance-p256")?
                .sign_digest(&[1; 32])
                .map(drop)
        },
    ),
    (
        "Ed25519 in the token (CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA)",
        |hsm| {
            hsm.ensure_ed25519("acceptance-ed25519")?
                .sign(b"acceptance")
                .map(drop)
        },
    ),
    ("sealing (CKM_AES_KEY_GEN, CKM_AES_GCM)", |hsm| {
        let key = hsm.ensure_data_key("acceptance-data")?;
        key.open(b"context", &key.seal(b"context", &[7; 32])?)
            .map(drop)
    }),
    (
        "wrapped keys (CKM_AES_KEY_WRAP_PAD, CKA_UNWRAP_TEMPLATE)",
        |hsm| {
            let wrapping = hsm.ensure_wrapping_key("acceptance-wrapping")?;
            let (wrapped, _) = wrapping.generate_p256()?;
            wrapping.activate(&wrapped)?.sign_digest(&[1; 32]).map(drop)
        },
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [module, token_label, pin_file] => accept(module, token_label, pin_file),
        _ => Err("usage: accept MODULE TOKEN_LABEL PIN_FILE".into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn accept(
    module: &str,
    token_label: &str,
    pin_file: &str,
) -> Result<bool, Box<dyn std::error::Error>> {
    let pin = Secret::new(std::fs::read_to_string(pin_file)?.trim().to_owned());
    let token_label = token_label.to_owned();
    let hsm = Hsm::open(&HsmConfig::single(module.into(), token_label, pin, 2))?;
    let mut out = std::io::stdout();
    let mut all_well = true;
    for (what, check) in CHECKS {
        match check(&hsm) {
            Ok(()) => writeln!(out, "ok      {what}")?,
            Err(error) => {
                all_well = false;
                writeln!(out, "MISSING {what}: {error}")?;
            }
        }
    }
    Ok(all_well)
}
