//! The whole story, as the reader runs it.

use std::process::Command;

const PROGRAMS: [&str; 4] = ["rx-service", "pharmacy-agent", "auditor", "witness"];

fn sandbox() -> Option<Command> {
    for name in PROGRAMS {
        if sandbox::processes::program(name).is_err() {
            eprintln!("SKIPPED: the program {name} is not built");
            return None;
        }
    }
    Some(Command::new(env!("CARGO_BIN_EXE_sandbox")))
}

#[test]
fn the_story_comes_true_twice_in_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo-out");
    for _ in 0..2 {
        let Some(mut sandbox) = sandbox() else { return };
        let output = sandbox.args(["demo", "--out"]).arg(&out).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{why}");
        let summary = std::fs::read(out.join("summary.json")).unwrap();
        let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
        // Two keys born and certified, six issues, three dispensings, one cancellation, four
        // movements of stock, and the special folios, which were assigned and delivered; nothing of
        // what was refused. Beside them there are the map heads that end the batches.
        assert_eq!(summary["counts"]["events"]["issued"], 6, "{summary}");
        let heads = summary["counts"]["map_heads"].as_u64().unwrap();
        assert_eq!(summary["tree_size"], heads + 20, "{summary}");
        let cosigned = &summary["witnesses"]["cosigned"];
        assert_eq!(cosigned.as_array().unwrap().len(), 2, "{summary}");
        assert_eq!(
            summary["milliseconds"].as_object().unwrap().len(),
            10,
            "{summary}"
        );
    }
}

#[test]
fn the_readers_own_input_is_judged_by_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input.json");
    for (text, expected) in [
        ("{\"resourceType\":\"Patient\"}", "OperationOutcome"),
        ("not json", "OperationOutcome"),
    ] {
        std::fs::write(&input, text).unwrap();
        let Some(mut sandbox) = sandbox() else { return };
        sandbox.args(["demo", "--input"]).arg(&input);
        let output = sandbox
            .arg("--out")
            .arg(folder.path().join("out"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains(expected), "{said}");
    }
}
