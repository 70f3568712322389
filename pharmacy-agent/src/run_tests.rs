//! Whole commands at a counter without a network.

use clap::Parser as _;
use serde_json::Value;

use super::*;
use crate::fixture::{self, counter, now};

/// A configured folder whose database is free again.
fn folder() -> tempfile::TempDir {
    let (folder, counter) = counter();
    drop(counter);
    folder
}

fn command(folder: &tempfile::TempDir, words: &[&str]) -> (Result<bool, String>, String) {
    let config = folder.path().join("counter.toml");
    let config = ["pharmacy-agent", "--config", config.to_str().unwrap()];
    let cli = Cli::try_parse_from(config.iter().chain(words)).unwrap();
    let mut out = Vec::new();
    let result = run(cli, now(), &mut out);
    let result = result
        .map(|code| code == ExitCode::SUCCESS)
        .map_err(|error| error.to_string());
    (result, String::from_utf8(out).unwrap())
}

#[test]
fn a_day_without_a_network() {
    let folder = folder();
    let qr = fixture::qr(&fixture::payload());
    let (result, text) = command(&folder, &["verify", &qr]);
    assert_eq!(result, Ok(true));
    assert!(text.starts_with("AUTÉNTICA"), "{text}");

    let (result, _) = command(&folder, &["status", &qr]);
    assert!(result.unwrap_err().contains("No hay conexión"));

    let line = "2=1:L-9:2027-06";
    let order = [
        "dispense",
        &qr,
        "--line",
        "1=1",
        "--line",
        line,
        "--offline",
        "--json",
    ];
    let (result, text) = command(&folder, &order);
    assert_eq!(result, Ok(true));
    let done: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&done["state"], &done["hand_over"]),
        (&"pending".into(), &true.into())
    );

    let (result, text) = command(&folder, &["queue", "--json"]);
    assert_eq!(result, Ok(true));
    let queued: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(queued[0]["act"], done["act"]);
    assert_eq!(queued[0]["lines"][1]["book"], "antibioticos");

    let (result, text) = command(&folder, &["book"]);
    assert_eq!(result, Ok(false), "the books are the service's");
    assert_eq!(text.matches("No hay conexión").count(), 4, "{text}");
    assert!(text.contains("Por asentar"), "{text}");

    let (result, text) = command(&folder, &["sync"]);
    assert_eq!(result, Ok(false), "an outage is not success");
    assert!(text.contains("sigue pendiente"), "{text}");
    assert!(!text.contains(fixture::PATIENT) && !text.contains("SABC560626"));
}

#[test]
fn a_refused_qr_is_one_line_or_json_and_a_failure() {
    let folder = folder();
    let forged = fixture::qr_by(8, &fixture::payload());
    let (result, text) = command(&folder, &["verify", &forged]);
    assert!(!result.unwrap_err().contains('\n'));
    assert!(text.is_empty());
    let (result, text) = command(&folder, &["verify", &forged, "--json"]);
    assert_eq!(result, Ok(false));
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(said["authentic"], false);
    assert!(said["reason"].as_str().unwrap().contains("certificado"));
}

#[test]
fn scanning_needs_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let (result, text) = command(&folder, &["scan", "rx1abc"]);
    assert_eq!((result, text.as_str()), (Ok(true), "RX1ABC\n"));
    let (result, _) = command(&folder, &["queue"]);
    assert!(result.unwrap_err().contains("counter.toml"));
}

#[test]
fn a_second_program_is_told_that_the_first_has_the_database() {
    let (folder, _counter) = counter();
    let (result, _) = command(&folder, &["queue"]);
    assert!(result.unwrap_err().contains("Otro programa del mostrador"));
}
