//! A bounded run of each fuzz target on stable: damaged samples, and noise.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the functions that tests share fail and tell as tests do"
)]

use receta_tests::fuzz::TARGETS;
use receta_tests::fuzz::campaign::Campaign;

/// Inputs for each target, by what one costs.
fn inputs(name: &str) -> u64 {
    match name {
        "fhir_json" => 15_000,
        "qr_text" => 60_000,
        "map_proof" => 50_000,
        "cms" | "timestamp" | "ber" | "cose" | "crl" | "policy" | "add_checkpoint" | "fork" => {
            40_000
        }
        "extended_signature" | "ocsp" | "trust_list" => 20_000,
        _ => 200_000,
    }
}

fn run(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let mut campaign = Campaign::new(*target, 0x5eed).unwrap();
    for _ in 0..inputs(name) {
        campaign.step();
    }
    println!(
        "{name}: {} of {} accepted",
        campaign.accepted, campaign.inputs
    );
}

macro_rules! bounded_runs {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )*

        #[test]
        fn every_target_has_its_run_and_its_file() {
            let run = [$(stringify!($name)),*];
            let all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(all, run);
            for name in run {
                let file = format!("../fuzz/fuzz_targets/{name}.rs");
                let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                assert!(path.is_file(), "{} is missing", path.display());
            }
        }
    };
}

bounded_runs! {
    qr_text qr_payload cms ber cose crl fhir_json leaf tlog_proof checkpoint cose_receipt map_head map_proof
    policy add_checkpoint shard_list fork timestamp extended_signature ocsp trust_list
}
