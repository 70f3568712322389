//! `rx-service trust-list`: the program itself, with every reason for which it refuses a list.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::date;
use signing::trust::list::TrustList;

use crate::pki::Pki;
use crate::publisher::{Publisher, first, next};

/// A folder with a configuration, and what was printed by the program.
struct Desk {
    folder: tempfile::TempDir,
    pki: Pki,
}

const CONFIG: &str = r#"
    listen = "127.0.0.1:0"
    data_dir = "data"
    [tls]
    certificate = "server.pem"
    key = "server.key"
    client_ca = "clients.pem"
    [hsm]
    module = "/nowhere.so"
    token_label = "receta"
    pin_file = "pin"
    [ledger]
    origin = "receta.example/ledger"
    [professionals]
    anchors = []
"#;

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pki = Pki::create(folder.path());
        let desk = Self { folder, pki };
        desk.pin(&[7]);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Pins the keys of these publishers.
    fn pin(&self, seeds: &[u8]) {
        let names = seeds.iter().map(|seed| {
            let name = format!("key-{seed}.der");
            std::fs::write(self.path(&name), Publisher::new(*seed).spki()).unwrap();
            format!("\"{name}\"")
        });
        let names: Vec<String> = names.collect();
        self.configure(&format!("[trust_list]\nkeys = [{}]\n", names.join(", ")));
    }

    fn configure(&self, more: &str) {
        std::fs::write(self.path("receta.toml"), format!("{CONFIG}{more}")).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(env!("CARGO_BIN_EXE_rx-service"))
            .arg("--config")
            .arg(self.path("receta.toml"))
            .arg("trust-list")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if output.status.success() {
            Ok(text(output.stdout))
        } else {
            Err(text(output.stderr))
        }
    }

    fn with_file(&self, verb: &str, bytes: &[u8]) -> Result<String, String> {
        let path = self.path("offered.json");
        std::fs::write(&path, bytes).unwrap();
        self.run(&[verb, path.to_str().unwrap()])
    }

    fn apply(&self, list: &TrustList) -> Result<String, String> {
        self.with_file("apply", &Publisher::new(7).file(list))
    }

    fn kept(&self) -> usize {
        let folder = self.path("data/trust-lists");
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }
}

#[test]
fn a_version_is_checked_applied_once_and_shown() {
    let desk = Desk::new();
    let one = first(&desk.pki);
    let said = desk.with_file("check", &Publisher::new(7).file(&one));
    let said = said.unwrap();
    assert!(said.contains("version 1 from 2026-01-01 on"), "{said}");
    assert!(said.contains(&one.digest().unwrap()), "{said}");
    assert!(
        said.contains("professional issuer from … until …: CN=Emisora"),
        "{said}"
    );
    assert_eq!(desk.kept(), 0);
    assert!(
        desk.run(&["status"])
            .unwrap()
            .contains("no version is kept")
    );

    desk.apply(&one).unwrap();
    let later = next(&one, |list| list.effective_from = date(2098, 1, 1));
    desk.apply(&later).unwrap();
    assert_eq!(desk.kept(), 2);
    let said = desk.run(&["status"]).unwrap();
    assert!(said.contains("version 1 counts today"), "{said}");
    assert!(said.contains("version 2 from 2098-01-01 on"), "{said}");
}

#[test]
fn every_version_that_must_not_follow_is_refused_and_nothing_is_kept() {
    let desk = Desk::new();
    let zero = first(&desk.pki);
    let two = next(&zero, |_| {});
    desk.apply(&zero).unwrap();
    desk.apply(&two).unwrap();
    let signed = |change: fn(&mut TrustList)| Publisher::new(7).file(&next(&two, change));
    let authority = |list: &mut TrustList| list.authorities[1].certificate = "MAA=".to_owned();
    let mut huge = signed(|_| {});
    huge.resize((1 << 20) + 1, b' ');
    let cases: [(Vec<u8>, &str); 14] = [
        (
            Publisher::new(7).file(&zero),
            "version 1, and 2 is in use; keep",
        ),
        (
            Publisher::new(7).file(&two),
            "version 2, and 2 is in use; keep",
        ),
        (signed(|list| list.version = 4), "apply those between first"),
        (
            signed(|list| list.previous = None),
            "follows another version 2",
        ),
        (
            signed(|list| list.effective_from = date(2025, 1, 1)),
            "earlier day",
        ),
        (
            signed(|list| list.next_update = "2026-01-02T00:00:00Z".parse().unwrap()),
            "has run out",
        ),
        (
            signed(|list| drop(list.authorities.pop())),
            "leaves out an authority",
        ),
        (signed(|list| list.v = 2), "unknown format"),
        (
            signed(|list| list.authorities.push(list.authorities[0].clone())),
            "names authority 3 twice",
        ),
        (
            signed(|list| {
                list.authorities[0].from = Some("2026-02-01T00:00:00Z".parse().unwrap());
                list.authorities[0].until = Some("2026-01-01T00:00:00Z".parse().unwrap());
            }),
            "ends trust in authority 1 before",
        ),
        (signed(authority), "authority 2 of the trust list"),
        (
            Publisher::new(8).file(&next(&two, |_| {})),
            "does not verify with the pinned key",
        ),
        (b"{}".to_vec(), "malformed"),
        (huge, "too large"),
    ];
    for (file, reason) in cases {
        for verb in ["check", "apply"] {
            let said = desk.with_file(verb, &file).unwrap_err();
            assert!(said.starts_with("rx-service: "), "{said}");
            assert!(said.contains(reason), "{reason}: {said}");
        }
    }
    assert_eq!(desk.kept(), 2);
    let said = desk.run(&["apply", "/nowhere.json"]).unwrap_err();
    assert!(said.contains("/nowhere.json"), "{said}");
}

#[test]
fn a_list_does_not_contradict_the_configuration() {
    let desk = Desk::new();
    let root = desk.pki.root.display();
    desk.configure(&format!(
        "[efirma]\nanchors = [\"{root}\"]\n[trust_list]\nkeys = [\"key-7.der\"]\n"
    ));
    let said = desk.apply(&first(&desk.pki)).unwrap_err();
    assert!(said.contains("authority 1 of the trust list"), "{said}");
    assert_eq!(desk.kept(), 0);
}

#[test]
fn a_configuration_that_pins_nobody_is_told_so() {
    let desk = Desk::new();
    let one = first(&desk.pki);
    for (section, reason) in [
        ("", "no [trust_list]"),
        ("[trust_list]\nkeys = []\n", "keys is empty"),
        ("[trust_list]\nkeys = [\"nothing.pem\"]\n", "nothing.pem"),
        (
            "[trust_list]\nkeys = [\"root.pem\"]\n",
            "no P-256 public key",
        ),
    ] {
        desk.configure(section);
        let said = desk.apply(&one).unwrap_err();
        assert!(said.contains(reason), "{reason}: {said}");
    }
}

#[test]
fn kept_versions_outlive_their_key_and_are_missed_when_altered() {
    let desk = Desk::new();
    let one = first(&desk.pki);
    let two = next(&one, |_| {});
    desk.apply(&one).unwrap();
    // The publisher changes its key: both are pinned, then the new one.
    desk.pin(&[7, 9]);
    let by_new_key = Publisher::new(9).file(&two);
    desk.with_file("apply", &by_new_key).unwrap();
    desk.pin(&[9]);
    let said = desk.run(&["status"]).unwrap();
    assert!(said.contains("version 2 counts today"), "{said}");

    let kept = |version: u64| desk.path(&format!("data/trust-lists/{version:010}.json"));
    let altered = next(&one, |list| list.version = 1);
    let original = swap(&kept(1), &Publisher::new(9).file(&altered));
    let said = desk.run(&["status"]).unwrap_err();
    assert!(
        said.contains("not the one that the version after"),
        "{said}"
    );
    std::fs::remove_file(kept(1)).unwrap();
    let said = desk.run(&["status"]).unwrap_err();
    assert!(said.contains("0000000001.json is missing"), "{said}");
    std::fs::write(kept(1), original).unwrap();
    // Its newest version by a key that is pinned no more.
    desk.pin(&[7]);
    let said = desk.run(&["status"]).unwrap_err();
    assert!(
        said.contains("does not verify with the pinned key"),
        "{said}"
    );
}

fn swap(path: &Path, bytes: &[u8]) -> Vec<u8> {
    let before = std::fs::read(path).unwrap();
    std::fs::write(path, bytes).unwrap();
    before
}
