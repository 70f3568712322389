//! The program itself on a SoftHSM token, with the PINs out of a pipe.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; a panic is how a test fails"
)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use hsm_config::SoftHsm;

struct Room {
    folder: tempfile::TempDir,
    token: SoftHsm,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = SoftHsm::create(&folder.path().join("hsm"), "receta-one").unwrap();
        Self { folder, token }
    }

    fn run(&self, arguments: &[&str], label: &str, pins: &[&str]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ceremony"))
            .args(arguments)
            .args(["--token", label, "--module"])
            .arg(self.token.module())
            .arg("--minutes")
            .arg(self.minutes())
            .envs([self.token.environment()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        for pin in pins {
            // A program that refused already reads no more.
            match writeln!(input, "{pin}") {
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
                written => written.unwrap(),
            }
        }
        drop(input);
        child.wait_with_output().unwrap()
    }

    fn make(&self, officer: &str, pins: &[&str]) -> Output {
        self.make_with(&[], officer, pins)
    }

    fn make_with(&self, more: &[&str], officer: &str, pins: &[&str]) -> Output {
        let mut arguments = vec![
            "make",
            "--wrapping-key",
            "w-2026",
            "--data-key",
            "data",
            "--institution-key",
            "inst",
            "--ledger-key",
            "ledger",
            "--custodian",
            "Luis Paz",
            "--witness",
            "Eva Sol",
            "--date",
            "26 de noviembre de 2026, 10:00",
            "--officer",
            officer,
        ];
        arguments.extend(more);
        self.run(&arguments, "receta-one", pins)
    }

    fn minutes(&self) -> std::path::PathBuf {
        self.folder.path().join("acta.txt")
    }

    fn so_pin(&self) -> String {
        self.token.so_pin().unwrap()
    }
}

fn text(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

#[test]
fn a_ceremony_and_its_check_on_the_clone() {
    let room = Room::new();
    let (so, user) = (room.so_pin(), room.token.pin().to_owned());
    let made = room.make("Ana Mar", &[&so, &user]);
    assert!(made.status.success(), "{}", text(&made));
    let minutes = std::fs::read_to_string(room.minutes()).unwrap();
    for expected in [
        "Ana Mar",
        "Luis Paz",
        "Eva Sol",
        "ENSAYO",
        "LLAVE envoltura w-2026 ",
    ] {
        assert!(minutes.contains(expected), "{expected}: {minutes}");
    }
    for secret in [&so, &user] {
        assert!(
            !minutes.contains(secret.as_str()),
            "a PIN is in the minutes"
        );
        assert!(!text(&made).contains(secret.as_str()), "a PIN was shown");
    }
    // The backup holds the same keys.
    room.token.clone_token("receta-two").unwrap();
    for label in ["receta-one", "receta-two"] {
        let checked = room.run(&["check"], label, &[&user]);
        assert!(checked.status.success(), "{}", text(&checked));
        assert_eq!(text(&checked).matches("igual").count(), 4);
    }
    let again = room.make("Ana Mar", &[&so, &user]);
    assert!(
        text(&again).contains("no se sobrescribe"),
        "{}",
        text(&again)
    );
    // Minutes of another ceremony.
    let line = minutes
        .lines()
        .find(|line| line.starts_with("LLAVE envoltura"));
    let other = minutes.replace(line.unwrap(), "LLAVE envoltura w-2026 000000");
    std::fs::write(room.minutes(), other).unwrap();
    let checked = room.run(&["check"], "receta-one", &[&user]);
    assert!(
        text(&checked).contains("el acta dice 000000"),
        "{}",
        text(&checked)
    );
    assert!(!checked.status.success());
}

#[test]
fn nobody_does_it_alone() {
    let room = Room::new();
    let (so, user) = (room.so_pin(), room.token.pin().to_owned());
    // One person in two roles; each with the other's PIN; an empty PIN.
    let alone = room.make("luis paz", &[&so, &user]);
    assert!(text(&alone).contains("dos papeles"), "{}", text(&alone));
    for pins in [[&user, &user], [&so, &so]] {
        let refused = room.make("Ana Mar", &[pins[0], pins[1]]);
        assert!(!refused.status.success());
        assert!(
            text(&refused).contains("refused the PIN"),
            "{}",
            text(&refused)
        );
    }
    let silent = room.make("Ana Mar", &["", ""]);
    assert!(text(&silent).contains("no se tecleó"), "{}", text(&silent));
    assert!(
        !Path::new(&room.minutes()).exists(),
        "no minutes of a failure"
    );
    // What was interrupted goes on: here after the last step but the minutes.
    let elsewhere = room.folder.path().join("acta.txt");
    std::os::unix::fs::symlink("/nonexistent/acta", &elsewhere).unwrap();
    let interrupted = room.make("Ana Mar", &[&so, &user]);
    assert!(!interrupted.status.success(), "{}", text(&interrupted));
    std::fs::remove_file(&elsewhere).unwrap();
    // A second officer's step would make another key, and is told so.
    let another = room.make("Ana Mar", &[&so, &user]);
    assert!(
        text(&another).contains("already has a key"),
        "{}",
        text(&another)
    );
    let made = room.make_with(&["--sealed"], "Ana Mar", &[&user]);
    assert!(made.status.success(), "{}", text(&made));
}
