//! Proofs in one file, made from a mirror and checked without it.

use std::fs;

use ledger::{
    MapHead, MapKey, NoteSigner, PrefixMap, SignedCheckpoint, SoftwareSigner, WitnessKey, cosign,
    value_hash,
};
use prescription::map::{MapUpdate, updates};
use prescription::{BlindedKey, MapSecret};

use crate::site::Site;
use crate::world::{World, folio};

/// When the witness cosigns.
const COSIGNED: u64 = 1_783_000_000;

/// The place of a medicine in the world's map: all its patients are one.
pub(crate) fn place(clave: &str) -> BlindedKey {
    MapSecret::new([0x5e; 32]).blind(clave)
}

pub(crate) fn hex(key: BlindedKey) -> String {
    data_encoding::HEXLOWER.encode(&key.0)
}

pub(crate) fn map_of(world: &World) -> PrefixMap {
    let mut map = PrefixMap::new();
    for update in world.entries.iter().flat_map(|entry| updates(&entry.leaf)) {
        match update {
            MapUpdate::Set { key, value } => drop(map.insert(MapKey(key), value_hash(&value))),
            MapUpdate::Release { key, holder } => {
                if map.get(&MapKey(key)) == Some(value_hash(&holder)) {
                    map.remove(&MapKey(key));
                }
            }
        }
    }
    map
}

/// The world's leaves, and after them the head of their map.
pub(crate) fn with_head(world: &World) -> Vec<Vec<u8>> {
    let leaves = world.entries.iter().map(|entry| entry.leaf.encode());
    let mut leaves: Vec<_> = leaves.collect();
    let mut map = map_of(world);
    let head = MapHead {
        entries: leaves.len() as u64,
        keys: map.len(),
        root: map.root(),
    };
    leaves.push(head.encode());
    leaves
}

/// A ledger that ends with its map head, cosigned by one witness, and the policy that demands it.
pub(crate) fn site(world: &World) -> Site {
    let site = world.write_with(&with_head(world));
    cosign_published(&site);
    site
}

fn cosign_published(site: &Site) {
    let witness = SoftwareSigner::from_seed("witness.example/unam", &[7; 32]).unwrap();
    let path = site.path("ledger").join("checkpoint");
    let mut signed = SignedCheckpoint::parse(&fs::read(&path).unwrap()).unwrap();
    let line = cosign(&signed, COSIGNED, &witness).unwrap();
    signed.attach(line).unwrap();
    fs::write(path, signed.to_string()).unwrap();
    let policy = format!(
        "log {}\nwitness unam {}\nquorum unam\n",
        crate::site::log_key(9).verifier_key(),
        WitnessKey::of(witness.verifier_key())
    );
    fs::write(site.path("policy"), policy).unwrap();
}

/// `auditor prove` with the bodies, or without; the file is `proof.json`.
pub(crate) fn prove(site: &Site, n: u8, more: &[&str]) -> (u8, String) {
    let out = site.path("proof.json").display().to_string();
    let folio = folio(n).to_string();
    let arguments = ["prove", &folio, "--mirror", "ledger", "--policy", "policy"];
    let arguments = [&arguments[..], &["--out", &out], more].concat();
    let (code, text, err) = site.run(&arguments);
    (code, text + &err)
}

pub(crate) const SIGNERS: [&str; 6] = [
    "--professionals-root",
    "root.pem",
    "--professionals-issuer",
    "issuer.pem",
    "--pharmacy-ca",
    "clients.pem",
];

pub(crate) fn check(site: &Site, command: &str, more: &[&str]) -> (u8, String) {
    let arguments = [command, "proof.json", "--policy", "policy"];
    let (code, text, err) = site.run(&[&arguments[..], more].concat());
    (code, text + &err)
}

#[test]
fn a_whole_life_with_every_signature() {
    let site = site(&World::new());
    let (code, text) = prove(&site, 1, &["--bodies", "bodies.jsonl"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("3 entradas, 3 con su cuerpo"), "{text}");
    // Nothing but the file and the pins is left.
    fs::remove_dir_all(site.path("ledger")).unwrap();
    let (code, text) = check(&site, "check", &SIGNERS);
    assert_eq!(code, 0, "{text}");
    for words in [
        "Prueba válida",
        "surtidos 6 de 6 envases",
        "cofirmas de testigos: 1",
        "Entrada 4",
        "1 de quien prescribe, 1 de códigos QR, 2 de farmacias; sin verificar: 0",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let (code, json) = check(&site, "check", &["--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["clean"]), (0, &true.into()));
    assert_eq!(json["entries"], serde_json::json!([0, 2, 4]));
    assert_eq!(json["state"]["phase"], "completed");
    assert_eq!(json["signatures"]["unverified"], 4);
}

#[test]
fn an_explanation_for_a_court() {
    let site = site(&World::new());
    assert_eq!(prove(&site, 1, &["--bodies", "bodies.jsonl"]).0, 0);
    let (code, text) = check(&site, "explain", &SIGNERS);
    assert_eq!(code, 0, "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [
        &folio(1).to_string(),
        "CONCLUSIÓN",
        "se surtieron 6 de 6 envases",
        "expedición, 1 de junio de 2026, 10:00:00, hora del centro de México",
        "en el establecimiento HGIMB000011",
        "witness.example/unam (2 de julio de 2026",
        "QUÉ NO PRUEBA",
        "SHA-256",
        "auditor check",
    ] {
        assert!(words.contains(expected), "{expected}: {text}");
    }
    let (code, html) = check(&site, "explain", &["--html"]);
    assert_eq!(code, 0);
    assert!(html.starts_with("<!doctype html>") && html.contains("<h1>Dictamen sobre"));
    assert!(
        html.contains("firmas sin verificar porque no se dio la autoridad"),
        "{html}"
    );
}

#[test]
fn without_bodies_the_leaves_still_prove_the_state() {
    let site = site(&World::new());
    assert_eq!(prove(&site, 2, &[]).0, 0);
    let (code, text) = check(&site, "check", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("cancelada, surtidos 0 de 3 envases"),
        "{text}"
    );
    let (_, text) = check(&site, "explain", &[]);
    assert!(text.contains("no se presentó"), "{text}");
}

#[test]
fn a_folio_that_does_not_exist() {
    let site = site(&World::new());
    let (code, text) = prove(&site, 99, &["--bodies", "bodies.jsonl"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = check(&site, "check", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("No existe receta"), "{text}");
    assert_eq!(check(&site, "explain", &[]).0, 0);
}

fn absence(site: &Site, key: BlindedKey) -> (u8, String) {
    let out = site.path("proof.json").display().to_string();
    let key = hex(key);
    let arguments = ["absence", "--blinded-key", &key, "--mirror", "ledger"];
    let (code, text, err) =
        site.run(&[&arguments[..], &["--policy", "policy", "--out", &out]].concat());
    (code, text + &err)
}

#[test]
fn a_place_that_nobody_holds() {
    let site = site(&World::new());
    for clave in ["040.000.3204.00", "010.000.9999.00"] {
        let (code, text) = absence(&site, place(clave));
        assert_eq!(code, 0, "{text}");
        let (code, text) = check(&site, "check", &[]);
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("Ninguna receta activa"), "{text}");
        let (code, text) = check(&site, "explain", &[]);
        assert!(code == 0 && text.contains(&hex(place(clave))), "{text}");
    }
}

#[test]
fn a_place_that_somebody_holds() {
    let mut world = World::new();
    world.entries.truncate(1);
    let site = site(&world);
    let (code, text) = absence(&site, place("040.000.2612.00"));
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("sí hay una receta activa"), "{text}");
    assert!(!site.path("proof.json").exists());
}

/// The log commits to a map that its leaves do not make.
#[test]
fn a_map_head_that_lies() {
    let world = World::new();
    let mut leaves = with_head(&world);
    let mut head = MapHead::decode(&leaves[7]).unwrap();
    head.root.0[0] ^= 1;
    leaves[7] = head.encode();
    let site = world.write_with(&leaves);
    cosign_published(&site);
    let (code, text) = prove(&site, 1, &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("la raíz del mapa"), "{text}");
}

#[test]
fn a_mirror_that_cannot_prove() {
    let world = World::new();
    let without_head = world.write();
    cosign_published(&without_head);
    let (code, text) = prove(&without_head, 1, &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cabeza de mapa"), "{text}");

    let damaged = site(&world);
    damaged.flip("ledger/tile/entries/000.p/8", 30);
    let (code, text) = prove(&damaged, 1, &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("no dan la raíz firmada"), "{text}");

    let unwitnessed = world.write_with(&with_head(&world));
    fs::copy(site(&world).path("policy"), unwitnessed.path("policy")).unwrap();
    let (code, text) = prove(&unwitnessed, 1, &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("faltan testigos"), "{text}");
}

/// Whose signatures to believe is for whoever checks.
#[test]
fn a_proof_may_be_made_without_a_pin() {
    let site = site(&World::new());
    let out = site.path("proof.json").display().to_string();
    let folio = folio(1).to_string();
    let (code, _, _) = site.run(&["prove", &folio, "--mirror", "ledger", "--out", &out]);
    assert_eq!(code, 0);
    assert_eq!(check(&site, "check", &[]).0, 0);
}

#[test]
fn unusable_arguments() {
    let site = site(&World::new());
    for arguments in [
        &["prove", "7K3M", "--mirror", "ledger", "--out", "x"][..],
        &["prove", "7K3M", "--out", "x"],
        &[
            "absence",
            "--blinded-key",
            "00",
            "--mirror",
            "ledger",
            "--out",
            "x",
        ],
        &[
            "absence",
            "--blinded-key",
            "00000000000000000000000000000000",
            "--mirror",
            "ledger",
            "--out",
            "x",
        ],
        &["check", "nowhere", "--key", "ledger.vkey"],
        &["check", "bodies.jsonl"],
        &[
            "explain",
            "bodies.jsonl",
            "--key",
            "ledger.vkey",
            "--policy",
            "policy",
        ],
        &["check", "bodies.jsonl", "--policy", "root.pem"],
    ] {
        let (code, out, err) = site.run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert_eq!(err.lines().count(), 1, "{arguments:?}: {err}");
    }
}

/// Body and salt are gone; every proof is valid still, and says why.
#[test]
fn destroyed_bodies_leave_the_proof_valid() {
    let mut world = World::new();
    world.erase(1, &[0, 2, 4]);
    let site = site(&world);
    let bodies = fs::read_to_string(site.path("bodies.jsonl")).unwrap();
    let left = bodies.lines().enumerate();
    let left = left.filter(|(index, _)| ![0, 2, 4].contains(index));
    let left = left.map(|(_, line)| format!("{line}\n"));
    fs::write(site.path("bodies.jsonl"), left.collect::<String>()).unwrap();
    let (code, text) = prove(&site, 1, &["--bodies", "bodies.jsonl"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("4 entradas, 1 con su cuerpo"), "{text}");
    let (code, text) = check(&site, "check", &SIGNERS);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("surtidos 6 de 6 envases"), "{text}");
    let (code, text) = check(&site, "explain", &SIGNERS);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(code, 0, "{text}");
    let destroyed = "se destruyó al término de su conservación, como consta en la entrada 7";
    assert_eq!(words.matches(destroyed).count(), 3, "{text}");
    assert!(!words.contains("cuyo cuerpo no se presentó"), "{text}");
}
