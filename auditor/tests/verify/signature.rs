//! `auditor signature` and `auditor constancia`: what a court types.

use std::path::Path;

use jiff::Timestamp;
use rcgen::CertificateRevocationListParams;
use signing::cms::cades::{self, extend};
use signing::trust::RevocationEvidence;
use simulators::tsa::{Asked, Tsa};

use crate::pki::{Pki, lists};

const DOCUMENT: &[u8] = br#"{"resourceType":"Bundle","type":"collection"}"#;
const SIGNED: &str = "2026-03-02T15:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> (u8, String, String) {
    let files = arguments.iter().map(|argument| {
        if folder.join(argument).is_file() {
            folder.join(argument).into_os_string()
        } else {
            argument.into()
        }
    });
    let arguments = std::iter::once("auditor".into()).chain(files);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = auditor::cli::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (code, text(out), text(err))
}

/// A folder with a signature of each level, and what a court pins.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let (pki, tsa) = (Pki::new(), Tsa::new().unwrap());
    let prescriber = &pki.ana;
    let sign = |digest| prescriber.key.sign(digest);
    let b_b = cades::build(DOCUMENT, at(SIGNED), &prescriber.chain, sign).unwrap();
    let over = Asked::of(&extend::signature_value(&b_b).unwrap()).unwrap();
    let stamp = tsa.draft(&over, at("2026-03-02T15:00:05Z"), 77).unwrap();
    let b_t = extend::add_timestamp(&b_b, &tsa.token(&stamp).unwrap()).unwrap();
    let list = |day| CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2026, 3, day),
        next_update: rcgen::date_time_ymd(2026, 4, day),
        crl_number: rcgen::SerialNumber::from_slice(&[1]),
        issuing_distribution_point: None,
        revoked_certs: vec![],
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    let evidence = |day| {
        let mut crls = lists(&list(day)).to_vec();
        for ca in [tsa.root(), tsa.issuing()] {
            crls.push(list(day).signed_by(ca.issuer()).unwrap().der().to_vec());
        }
        RevocationEvidence {
            crls,
            ocsps: vec![],
        }
    };
    write("document.json", DOCUMENT);
    write("other.json", b"{}");
    write("b.p7s", &b_b);
    write("t.p7s", &b_t);
    write(
        "lt.p7s",
        &extend::add_evidence(&b_t, &[], &evidence(3)).unwrap(),
    );
    write(
        "old.p7s",
        &extend::add_evidence(&b_t, &[], &evidence(1)).unwrap(),
    );
    write("root.der", &pki.root);
    write("tsa.der", tsa.root().der());
    let over = tsa
        .draft(&Asked::of(DOCUMENT).unwrap(), at(SIGNED), 78)
        .unwrap();
    write("constancia.tsr", &tsa.respond(&over).unwrap());
    let mut other = over;
    "1.2.3".clone_into(&mut other.policy);
    write("sello.tsr", &tsa.respond(&other).unwrap());
    folder
}

const PINS: [&str; 4] = ["--anchor", "root.der", "--timestamp-anchor", "tsa.der"];

fn signature(folder: &Path, more: &[&str]) -> (u8, String, String) {
    run(folder, &[&["signature"], more, &PINS[..]].concat())
}

#[test]
fn a_long_term_signature_says_what_it_proves_and_until_when() {
    let folder = folder();
    let with = [
        "lt.p7s",
        "--document",
        "document.json",
        "--require-revocation",
    ];
    let (code, text, err) = signature(folder.path(), &with);
    assert_eq!(code, 0, "{text}{err}");
    for said in [
        "Firma válida sobre este documento",
        "CAdES-B-LT",
        "cédula profesional",
        "Sello de tiempo: 2026-03-02T15:00:05Z, política 2.16.484.101.10.316.1.2, número 4d",
        "posteriores al sello",
        "Existía a más tardar el 2026-03-02T15:00:06.0005Z, por el sello",
        "Vale así hasta el 2048-01-01T00:00:00Z",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let (_, json, _) = signature(folder.path(), &[&with[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["level"], "B-LT");
    assert_eq!(json["existence"], "timestamp");
    assert_eq!(json["revocation_made_at"], "2026-03-03T00:00:00Z");
    assert_eq!(json["document_compared"], true);
}

#[test]
fn data_from_before_the_timestamp_is_said_to_be() {
    let folder = folder();
    let (code, text, _) = signature(folder.path(), &["old.p7s", "--document", "document.json"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("ANTERIORES al sello"), "{text}");
}

#[test]
fn the_time_of_the_ledger_needs_no_timestamp() {
    let folder = folder();
    let given = [
        "b.p7s",
        "--document",
        "document.json",
        "--at",
        "2026-03-02T15:00:02Z",
    ];
    let (code, text, _) = signature(folder.path(), &given);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("por el registro"), "{text}");
    assert!(text.contains("CAdES-B-B"), "{text}");
    let before = [
        "b.p7s",
        "--document",
        "document.json",
        "--at",
        "2020-01-01T00:00:00Z",
    ];
    let (code, text, _) = signature(folder.path(), &before);
    assert_eq!(code, 1);
    assert!(text.contains("todavía no era vigente"), "{text}");
}

#[test]
fn what_is_wrong_is_said_in_spanish_and_by_the_exit_code() {
    let folder = folder();
    let path = folder.path();
    let (code, text, _) = signature(path, &["t.p7s", "--document", "other.json"]);
    assert_eq!(code, 1);
    assert!(
        text.contains("el documento no es el que se firmó"),
        "{text}"
    );

    let (code, text, _) = signature(path, &["t.p7s"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("no se comparó con ningún documento"),
        "{text}"
    );

    let no_time = [
        "signature",
        "t.p7s",
        "--document",
        "document.json",
        "--anchor",
        "root.der",
    ];
    let (code, text, _) = run(path, &no_time);
    assert_eq!(code, 1);
    assert!(text.contains("--timestamp-anchor"), "{text}");

    let nobody = [
        "signature",
        "b.p7s",
        "--document",
        "document.json",
        "--anchor",
        "tsa.der",
    ];
    let (code, text, _) = run(path, &[&nobody[..], &["--at", SIGNED]].concat());
    assert_eq!(code, 1);
    assert!(text.contains("ninguna autoridad fijada"), "{text}");

    let policy = [
        "t.p7s",
        "--document",
        "document.json",
        "--timestamp-policy",
        "1.2.3",
    ];
    let (code, text, _) = signature(path, &policy);
    assert_eq!(code, 1);
    assert!(text.contains("política del sello"), "{text}");

    let incomplete = [
        "t.p7s",
        "--document",
        "document.json",
        "--require-revocation",
    ];
    assert_eq!(signature(path, &incomplete).0, 1);
    for unusable in [
        &["nothing.p7s"][..],
        &["t.p7s", "--at", "ayer"],
        &["t.p7s", "--timestamp-policy", "x"],
        &["t.p7s", "--crl", "document.json"],
    ] {
        let (code, _, err) = signature(path, unusable);
        assert_eq!(code, 2, "{unusable:?}");
        assert!(err.starts_with("auditor: "), "{err}");
    }
}

#[test]
fn a_constancia_and_a_timestamp_that_is_none() {
    let folder = folder();
    let constancia = |file, document| {
        let arguments = ["constancia", file, "--document", document];
        run(folder.path(), &[&arguments[..], &PINS[2..]].concat())
    };
    let (code, text, _) = constancia("constancia.tsr", "document.json");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Constancia NOM-151 válida"), "{text}");
    let (code, text, _) = constancia("constancia.tsr", "other.json");
    assert_eq!(code, 1);
    assert!(text.contains("es de otra cosa"), "{text}");
    let (code, text, _) = constancia("sello.tsr", "document.json");
    assert_eq!(code, 1);
    assert!(text.contains("no una constancia NOM-151"), "{text}");
}
