use std::fs;

use data_encoding::HEXLOWER;
use ledger::{
    InclusionProof, PublishedTree, SignedCheckpoint, TileDirectory, TlogProof, leaf_hash,
};

use crate::site::{Site, log_key};
use crate::world::World;

/// A ledger with the receipt of entry 3 and the entry itself in files.
fn with_receipt() -> (Site, String) {
    let world = World::new();
    let site = world.write();
    let directory = TileDirectory::open(&site.path("ledger")).unwrap();
    let checkpoint = directory.read_checkpoint().unwrap().unwrap();
    let proof: InclusionProof = PublishedTree::new(directory, 7)
        .inclusion_proof(3, 7)
        .unwrap();
    let receipt = TlogProof::new(proof, checkpoint)
        .unwrap()
        .with_extra(b"index 9".to_vec());
    fs::write(site.path("receipt.txt"), receipt.to_string()).unwrap();
    let entry = world.entries[3].leaf.encode();
    fs::write(site.path("entry"), &entry).unwrap();
    (site, HEXLOWER.encode(&leaf_hash(&entry).0))
}

const RECEIPT: [&str; 5] = [
    "receipt",
    "--receipt",
    "receipt.txt",
    "--key",
    "ledger.vkey",
];

#[test]
fn a_receipt_by_entry_or_by_hash() {
    let (site, hash) = with_receipt();
    for which in [["--entry", "entry"], ["--leaf-hash", &hash]] {
        let (code, text, _) = site.run(&[&RECEIPT[..], &which].concat());
        assert_eq!(code, 0, "{text}");
        assert!(
            text.contains("entrada 3") && text.contains("7 entradas"),
            "{text}"
        );
    }
    let (code, json, _) = site.run(&[&RECEIPT[..], &["--entry", "entry", "--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (code, &json["clean"], &json["entry"]),
        (0, &true.into(), &3.into())
    );
}

#[test]
fn a_receipt_of_something_else() {
    let (site, hash) = with_receipt();
    let other = hash.replace(&hash[..2], if hash.starts_with("00") { "11" } else { "00" });
    let (code, text, _) = site.run(&[&RECEIPT[..], &["--leaf-hash", &other]].concat());
    assert_eq!(code, 1);
    assert!(text.contains("NO válido"), "{text}");

    let receipt = fs::read_to_string(site.path("receipt.txt")).unwrap();
    fs::write(
        site.path("receipt.txt"),
        receipt.replace("index 3", "index 2"),
    )
    .unwrap();
    assert_eq!(
        site.run(&[&RECEIPT[..], &["--leaf-hash", &hash]].concat())
            .0,
        1
    );
    fs::write(site.path("receipt.txt"), "nonsense").unwrap();
    assert_eq!(
        site.run(&[&RECEIPT[..], &["--leaf-hash", &hash]].concat())
            .0,
        1
    );
}

#[test]
fn a_receipt_by_another_key() {
    let (site, hash) = with_receipt();
    let receipt = fs::read(site.path("receipt.txt")).unwrap();
    let proof = TlogProof::parse(&receipt).unwrap();
    let claimed = proof.signed_checkpoint().claimed().clone();
    let forged = SignedCheckpoint::sign(claimed, &log_key(8))
        .unwrap()
        .to_string();
    let good = proof.signed_checkpoint().to_string();
    let text = String::from_utf8(receipt).unwrap().replace(&good, &forged);
    fs::write(site.path("receipt.txt"), text).unwrap();
    let (code, text, _) = site.run(&[&RECEIPT[..], &["--leaf-hash", &hash]].concat());
    assert_eq!(code, 1);
    assert!(text.contains("checkpoint"), "{text}");
}

#[test]
fn unusable_arguments_are_one_line_and_exit_2() {
    let (site, _) = with_receipt();
    let verify = ["verify", "--ledger", "ledger", "--key", "ledger.vkey"];
    let mut cases: Vec<Vec<&str>> = vec![
        vec![],
        vec!["verify"],
        vec!["audit"],
        vec!["verify", "--ledger", "nowhere", "--key", "ledger.vkey"],
        vec!["verify", "--ledger", "ledger", "--key", "nowhere"],
        vec!["verify", "--ledger", "ledger", "--key", "root.pem"],
        RECEIPT.to_vec(),
        [&RECEIPT[..], &["--leaf-hash", "abc"]].concat(),
    ];
    for more in [
        ["--bodies", "nowhere"],
        ["--checkpoint", "nowhere"],
        ["--professionals-root", "bodies.jsonl"],
        ["--professionals-issuer", "issuer.pem"],
        ["--pharmacy-ca", "root.pem"],
        ["--unknown", "x"],
    ] {
        cases.push([&verify[..], &more].concat());
    }
    for arguments in cases {
        let (code, out, err) = site.run(&arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(
            err.starts_with("auditor: ") && err.lines().count() == 1,
            "{arguments:?}: {err}"
        );
    }
}

#[test]
fn help_is_an_answer() {
    let (site, _) = with_receipt();
    for arguments in [
        &["--help"][..],
        &["verify", "--help"],
        &["receipt", "--help"],
    ] {
        let (code, out, err) = site.run(arguments);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.contains("Uso: "), "{out}");
    }
}
