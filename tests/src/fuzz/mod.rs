//! What strangers can send, and what must hold of any bytes: no panic, no unbounded work, and what
//! is accepted has exactly one spelling.
//!
//! Each [`Target`] has a file in `fuzz/fuzz_targets` for `cargo fuzz`, and a bounded run with a
//! plain byte mutator in `tests/fuzz.rs`; `cargo xtask soak --fuzz` runs them for as long as one
//! likes.

pub mod campaign;
mod legal;
pub mod mutate;
mod pki;
mod requests;
mod symbol;
mod timestamps;
mod transparency;
mod trust;
mod witnessing;

/// A parser of strangers' bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Name of its file in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// Feeds it, and holds what it accepts against its invariants, with assertions. Whether it
    /// accepted.
    pub run: fn(&[u8]) -> bool,
    /// Valid samples, made by the real encoders; the same ones each time.
    pub seeds: fn() -> anyhow::Result<Vec<Vec<u8>>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "qr_text",
        run: symbol::text,
        seeds: symbol::text_seeds,
    },
    Target {
        name: "qr_payload",
        run: symbol::payload,
        seeds: symbol::payload_seeds,
    },
    Target {
        name: "cms",
        run: legal::cms,
        seeds: legal::seeds,
    },
    Target {
        name: "ber",
        run: legal::ber,
        seeds: legal::ber_seeds,
    },
    Target {
        name: "cose",
        run: legal::cose,
        seeds: legal::cose_seeds,
    },
    Target {
        name: "crl",
        run: legal::crl,
        seeds: legal::crl_seeds,
    },
    Target {
        name: "fhir_json",
        run: requests::fhir_json,
        seeds: requests::seeds,
    },
    Target {
        name: "leaf",
        run: transparency::leaf,
        seeds: transparency::leaf_seeds,
    },
    Target {
        name: "tlog_proof",
        run: transparency::tlog_proof,
        seeds: transparency::proof_seeds,
    },
    Target {
        name: "checkpoint",
        run: transparency::checkpoint,
        seeds: transparency::checkpoint_seeds,
    },
    Target {
        name: "cose_receipt",
        run: transparency::cose_receipt,
        seeds: transparency::cose_seeds,
    },
    Target {
        name: "map_head",
        run: transparency::map_head,
        seeds: || Ok(transparency::map_head_seeds()),
    },
    Target {
        name: "map_proof",
        run: transparency::map_proof,
        seeds: || Ok(transparency::map_proof_seeds()),
    },
    Target {
        name: "policy",
        run: witnessing::policy,
        seeds: witnessing::policy_seeds,
    },
    Target {
        name: "add_checkpoint",
        run: witnessing::add_checkpoint,
        seeds: witnessing::add_checkpoint_seeds,
    },
    Target {
        name: "shard_list",
        run: witnessing::shard_list,
        seeds: witnessing::shard_list_seeds,
    },
    Target {
        name: "fork",
        run: witnessing::fork,
        seeds: witnessing::fork_seeds,
    },
    Target {
        name: "timestamp",
        run: timestamps::timestamp,
        seeds: timestamps::timestamp_seeds,
    },
    Target {
        name: "extended_signature",
        run: timestamps::extended,
        seeds: timestamps::extended_seeds,
    },
    Target {
        name: "ocsp",
        run: trust::ocsp,
        seeds: trust::ocsp_seeds,
    },
    Target {
        name: "trust_list",
        run: trust::trust_list,
        seeds: trust::trust_list_seeds,
    },
];

/// Runs the target `name`, for the files of `cargo fuzz`.
///
/// # Panics
/// An invariant does not hold: that is what fuzzing looks for.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    assert!(target.is_some(), "there is no target {name}");
    if let Some(target) = target {
        (target.run)(data);
    }
}
