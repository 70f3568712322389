//! A bounded run of each fuzz target on stable: damaged samples, and noise.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the functions that tests share fail and tell as tests do"
)]

use receta_tests::fuzz::TARGETS;
use receta_tests::fuzz::mutate::mutate;
use receta_tests::random::Random;

/// Inputs for each target, by what one costs.
fn inputs(name: &str) -> u64 {
    match name {
        "fhir_json" => 15_000,
        "qr_text" => 60_000,
        "map_proof" => 50_000,
        "cms" | "timestamp" | "extended_signature" | "policy" | "add_checkpoint" | "fork" => 40_000,
        _ => 200_000,
    }
}

fn run(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = (target.seeds)().unwrap();
    assert_eq!(
        seeds,
        (target.seeds)().unwrap(),
        "the seeds differ from call to call"
    );
    for seed in &seeds {
        assert!(
            (target.run)(seed),
            "{name}: a seed is refused: {}",
            String::from_utf8_lossy(seed)
        );
    }
    let mut random = Random::new(0x5eed);
    let mut input = Vec::new();
    let mut accepted = 0;
    for number in 0..inputs(name) {
        // Damage upon damage for a while, then from a sample again.
        if number % 3 == 0 || input.is_empty() {
            input.clone_from(&seeds[random.position(seeds.len())]);
        }
        input = mutate(&input, &mut random);
        accepted += u64::from((target.run)(&input));
    }
    for _ in 0..inputs(name) / 10 {
        let length = random.below(400);
        let noise: Vec<u8> = (0..length)
            .map(|_| random.draw().to_le_bytes()[0])
            .collect();
        (target.run)(&noise);
    }
    println!("{name}: {accepted} of {} accepted", inputs(name));
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
            assert_eq!(TARGETS.map(|target| target.name), run);
            for name in run {
                let file = format!("../fuzz/fuzz_targets/{name}.rs");
                let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                assert!(path.is_file(), "{} is missing", path.display());
            }
        }
    };
}

bounded_runs! {
    qr_text qr_payload cms fhir_json leaf tlog_proof checkpoint cose_receipt map_head map_proof
    policy add_checkpoint shard_list fork timestamp extended_signature
}
