//! `auditor signature --trust-list`: authorities out of a signed list, and why a list is refused.

use std::convert::Infallible;
use std::path::Path;

use data_encoding::BASE64;
use jiff::Timestamp;
use jiff::civil::date;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{EncodePublicKey, LineEnding};
use signing::cms::cades;
use signing::cose::{Kid, sign_detached};
use signing::trust::list::{ListedAuthority, ListedPolicy, ListedRole, TrustList};
use simulators::tsa::{Asked, Tsa};

use crate::pki::Pki;

const DOCUMENT: &[u8] = br#"{"resourceType":"Bundle","type":"collection"}"#;
const SIGNED: &str = "2026-03-02T15:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Publisher(SigningKey);

impl Publisher {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    fn pem(&self) -> String {
        let key = self.0.verifying_key();
        key.to_public_key_pem(LineEnding::LF).unwrap()
    }

    fn file(&self, list: &TrustList) -> Vec<u8> {
        let spki = self.0.verifying_key().to_public_key_der().unwrap();
        let sign = |digest: [u8; 32]| -> Result<[u8; 64], Infallible> {
            let signature: Signature = self.0.sign_prehash(&digest).unwrap();
            Ok(signature.normalize_s().to_bytes().into())
        };
        let kid = Kid::of_spki(spki.as_bytes());
        let signature = sign_detached(&list.canonical().unwrap(), kid, sign).unwrap();
        list.file(&signature).unwrap()
    }
}

/// A folder with a signature, one with a timestamp, the publisher's key, and the list of its
/// authorities.
fn folder() -> (tempfile::TempDir, TrustList) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let (pki, tsa) = (Pki::new(), Tsa::new().unwrap());
    let sign = |digest| pki.ana.key.sign(digest);
    let b_b = cades::build(DOCUMENT, at(SIGNED), &pki.ana.chain, sign).unwrap();
    let over = Asked::of(&cades::extend::signature_value(&b_b).unwrap()).unwrap();
    let stamp = tsa.draft(&over, at("2026-03-02T15:00:05Z"), 77).unwrap();
    let b_t = cades::extend::add_timestamp(&b_b, &tsa.token(&stamp).unwrap()).unwrap();
    write("document.json", DOCUMENT);
    write("b.p7s", &b_b);
    write("t.p7s", &b_t);
    write("key.pem", Publisher::new(7).pem().as_bytes());
    write("other.pem", Publisher::new(8).pem().as_bytes());
    let listed = |der: &[u8], policy| ListedAuthority {
        certificate: BASE64.encode(der),
        policy,
        role: ListedRole::Anchor,
        from: None,
        until: None,
    };
    let list = TrustList {
        v: 1,
        version: 3,
        previous: Some("00".repeat(32)),
        effective_from: date(2026, 1, 1),
        next_update: at("2099-01-01T00:00:00Z"),
        authorities: vec![
            listed(&pki.root, ListedPolicy::Professional),
            listed(tsa.root().der(), ListedPolicy::Tsa),
        ],
    };
    (folder, list)
}

fn judge(folder: &Path, list: &[u8], key: &str, more: &[&str]) -> (u8, String, String) {
    std::fs::write(folder.join("list.json"), list).unwrap();
    let pins = ["--trust-list", "list.json", "--trust-list-key", key];
    let arguments = ["signature"].iter().chain(more).chain(&pins).map(|one| {
        let path = folder.join(one);
        if path.is_file() {
            path.into_os_string()
        } else {
            one.into()
        }
    });
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("auditor".into()).chain(arguments);
    let code = auditor::cli::run(arguments, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (code, text(out), text(err))
}

const OF: [&str; 5] = ["b.p7s", "--document", "document.json", "--at", SIGNED];

#[test]
fn signers_and_timestamps_are_believed_as_the_list_says() {
    let (folder, list) = folder();
    let file = Publisher::new(7).file(&list);
    let (code, text, err) = judge(folder.path(), &file, "key.pem", &OF);
    assert_eq!(code, 0, "{text}{err}");
    assert!(text.contains("Lista de confianza: versión 3"), "{text}");
    assert!(!text.contains("ATENCIÓN"), "{text}");
    let stamped = ["t.p7s", "--document", "document.json", "--json"];
    let (code, json, err) = judge(folder.path(), &file, "key.pem", &stamped);
    assert_eq!(code, 0, "{json}{err}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["existence"], "timestamp");
    assert_eq!(json["trust_list"]["version"], 3);
    assert_eq!(json["trust_list"]["sha256"], list.digest().unwrap());
}

#[test]
fn trust_has_a_beginning_and_an_end() {
    let (folder, mut list) = folder();
    list.authorities[0].until = Some(at("2026-03-02T14:59:59Z"));
    let file = Publisher::new(7).file(&list);
    let (code, text, _) = judge(folder.path(), &file, "key.pem", &OF);
    assert_eq!(code, 1);
    assert!(text.contains("ya no era de confianza"), "{text}");
    list.authorities[0].until = Some(at(SIGNED));
    let file = Publisher::new(7).file(&list);
    assert_eq!(judge(folder.path(), &file, "key.pem", &OF).0, 0);
    list.authorities[0].until = None;
    list.authorities[0].from = Some(at("2026-03-02T15:00:01Z"));
    let file = Publisher::new(7).file(&list);
    let (code, text, _) = judge(folder.path(), &file, "key.pem", &OF);
    assert_eq!(code, 1);
    assert!(text.contains("todavía no era de confianza"), "{text}");
}

#[test]
fn an_overdue_list_counts_and_says_so() {
    let (folder, mut list) = folder();
    list.next_update = at("2026-04-01T00:00:00Z");
    let file = Publisher::new(7).file(&list);
    let (code, text, _) = judge(folder.path(), &file, "key.pem", &OF);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("ATENCIÓN"), "{text}");
}

#[test]
fn every_list_that_must_be_refused_leaves_the_signature_unexamined() {
    let (folder, list) = folder();
    let signed = |change: fn(&mut TrustList)| {
        let mut list = list.clone();
        change(&mut list);
        Publisher::new(7).file(&list)
    };
    let good = Publisher::new(7).file(&list);
    let mut huge = good.clone();
    huge.resize((1 << 20) + 1, b' ');
    let twice = |list: &mut TrustList| list.authorities.push(list.authorities[0].clone());
    let inverted = |list: &mut TrustList| {
        list.authorities[0].from = Some(at("2026-02-01T00:00:00Z"));
        list.authorities[0].until = Some(at("2026-01-01T00:00:00Z"));
    };
    let cases: [(Vec<u8>, &str, &str); 9] = [
        (
            good.clone(),
            "other.pem",
            "no la firmó ninguna de las llaves",
        ),
        (good, "document.json", "no es una llave pública P-256"),
        (b"{}".to_vec(), "key.pem", "mal formada"),
        (huge, "key.pem", "demasiado grande"),
        (signed(|list| list.v = 2), "key.pem", "formato más nuevo"),
        (
            signed(twice),
            "key.pem",
            "nombra dos veces a la autoridad 3",
        ),
        (
            signed(inverted),
            "key.pem",
            "la autoridad 1 antes de empezarla",
        ),
        (
            signed(|list| list.authorities[1].certificate = "MAA=".to_owned()),
            "key.pem",
            "su autoridad 2 no sirve",
        ),
        (
            signed(|list| list.effective_from = date(2098, 1, 1)),
            "key.pem",
            "rige hasta el 2098-01-01",
        ),
    ];
    for (file, key, reason) in cases {
        let (code, out, err) = judge(folder.path(), &file, key, &OF);
        assert_eq!((code, out.as_str()), (2, ""), "{reason}: {err}");
        assert!(
            err.starts_with("auditor: ") && err.contains(reason),
            "{err}"
        );
    }
    // A list is nothing without a key to verify it with.
    let mut out = Vec::new();
    let mut err = Vec::new();
    let arguments = ["auditor", "signature", "b.p7s", "--trust-list", "list.json"];
    let code = auditor::cli::run(arguments.map(Into::into), &mut out, &mut err);
    assert_eq!(code, 2);
}
