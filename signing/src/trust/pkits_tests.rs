//! NIST PKITS (Public Key Interoperability Test Suite, 2011) through our path validation.
//! `docs/PKITS.md` is the table of what must come out; here it is asserted row by row.
//!
//! Each test has a store with the suite's anchor, the CAs above the leaf and whichever of all 173
//! lists it believes; a signature brings along the CAs that the store refuses as issuers. The policy
//! is that of the e.firma, because the suite's certificates have its key usage and no purpose.

use std::collections::BTreeMap;
use std::path::Path;

use der::Decode;
use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, SubjectKeyIdentifier};

use super::store::certificate;
use super::test_pki::at;
use super::{AnchorPolicy, IdentityError, RevocationPolicy, TrustError, TrustStore, usage};
use crate::python::vectors_from;

const VECTORS: &str = "cryptography_vectors==50.0.2 \
    --hash=sha256:51641f03a3eb4edbe9fb68e3a3574d25f86aa502d06391fffa886330d02778a0";
const TABLE: &str = "../docs/PKITS.md";

type Files = BTreeMap<String, Vec<u8>>;

/// The files of a folder by their names without ending.
fn files(folder: &Path) -> Files {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

/// A certificate with the key identifiers by which the suite's certificates hang together.
struct Known {
    der: Vec<u8>,
    own: Option<Vec<u8>>,
    issuers: Option<Vec<u8>>,
}

impl Known {
    fn new(der: Vec<u8>) -> Self {
        let Ok(cert) = Certificate::from_der(&der) else {
            // One is beyond our reader, and has a row that says so.
            return Self {
                der,
                own: None,
                issuers: None,
            };
        };
        let tbs = cert.tbs_certificate();
        let own = tbs.get_extension::<SubjectKeyIdentifier>().unwrap();
        let issuers = tbs.get_extension::<AuthorityKeyIdentifier>().unwrap();
        Self {
            own: own.map(|(_, id)| id.0.into()),
            issuers: issuers.and_then(|(_, id)| id.key_identifier.map(Into::into)),
            der,
        }
    }
}

/// The suite.
struct Suite {
    root: Vec<u8>,
    authorities: Vec<Known>,
    lists: Files,
    leaves: Files,
}

impl Suite {
    fn load(folder: &Path) -> Self {
        let mut certificates = files(&folder.join("certs"));
        let root = certificates.remove("TrustAnchorRootCertificate").unwrap();
        let (leaves, authorities): (Files, Files) = certificates
            .into_iter()
            .partition(|(name, _)| name.ends_with("EE"));
        Self {
            root,
            authorities: authorities.into_values().map(Known::new).collect(),
            lists: files(&folder.join("crls")),
            leaves,
        }
    }

    /// The CAs above a leaf, by key.
    fn above(&self, leaf: &[u8]) -> Vec<&[u8]> {
        let mut wanted = vec![Known::new(leaf.to_vec()).issuers];
        let mut above: Vec<&[u8]> = vec![];
        while let Some(id) = wanted.pop() {
            for known in self.authorities.iter().filter(|known| known.own == id) {
                if id.is_some() && !above.contains(&known.der.as_slice()) {
                    above.push(&known.der);
                    wanted.push(known.issuers.clone());
                }
            }
        }
        above
    }

    /// What [`TrustStore::validate`] does, but for whom the certificate names: nobody we know.
    fn judge(&self, leaf: &[u8], at: Timestamp) -> Result<(), TrustError> {
        let mut store = TrustStore::new(RevocationPolicy::Required);
        store.add_anchor(&self.root, AnchorPolicy::Efirma).unwrap();
        let above = self.above(leaf);
        let refused: Vec<&[u8]> = above
            .into_iter()
            .filter(|der| store.add_issuer(der).is_err())
            .collect();
        for list in self.lists.values() {
            // Whichever of them it believes: whose it does not know, it refuses.
            drop(store.add_crl(list));
        }
        let judged = judge(&store, leaf, &refused, at);
        let whole = store.validate(leaf, &refused, at).unwrap_err();
        match &judged {
            // Only these are asked after the name.
            Ok(())
            | Err(TrustError::Revoked | TrustError::RevocationUnknown | TrustError::StaleCrl) => {
                let nameless = IdentityError::MissingCurp;
                assert_eq!(whole, TrustError::Identity(nameless));
            }
            Err(error) => assert_eq!(&whole, error),
        }
        judged
    }
}

fn judge(
    store: &TrustStore,
    leaf: &[u8],
    along: &[&[u8]],
    at: Timestamp,
) -> Result<(), TrustError> {
    let cert = certificate(leaf)?;
    usage::check_leaf(&cert)?;
    let path = store.path(leaf, &cert, along, at)?;
    usage::check_leaf_policy(&cert, path.policy)?;
    store.check_at(&path, at)
}

/// `accepted`, or the name of the error; of the path builder's, its own name inside.
fn outcome(result: Result<(), TrustError>) -> String {
    let Err(error) = result else {
        return "accepted".to_owned();
    };
    let text = format!("{error:?}");
    let mut names = text.split(|c: char| !c.is_ascii_alphanumeric());
    let name = names.next().unwrap();
    match names.next() {
        Some(inner) if !inner.is_empty() => format!("{name}({inner})"),
        _ => name.to_owned(),
    }
}

/// `| number | test | PKITS | here | why |`
struct Row {
    valid: Option<bool>,
    here: String,
    why: String,
}

impl Row {
    fn pkits(&self) -> &'static str {
        match self.valid {
            Some(true) => "valid",
            Some(false) => "invalid",
            None => "by policy",
        }
    }
}

fn table() -> BTreeMap<String, Row> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    let page = std::fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| 4."));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, _, test, pkits, here, why, _] = cells[..] else {
            panic!("not a row: {line}");
        };
        let row = Row {
            valid: match pkits {
                "valid" => Some(true),
                "invalid" => Some(false),
                "by policy" => None,
                other => panic!("{other}: not an outcome"),
            },
            here: here.trim_matches('`').to_owned(),
            why: why.to_owned(),
        };
        (format!("{test}EE"), row)
    })
    .collect()
}

#[test]
fn every_test_of_pkits_ends_as_the_table_says() {
    let Some(folder) = vectors_from(VECTORS, "src/trust/pkits_fetch.py") else {
        return;
    };
    let suite = Suite::load(&folder);
    let mut table = table();
    let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    let mut wrong = vec![];
    for (name, der) in &suite.leaves {
        let here = outcome(suite.judge(der, at()));
        let Some(row) = table.remove(name) else {
            wrong.push(format!("{name} {here}"));
            continue;
        };
        let accepted = here == "accepted";
        *counts.entry((row.pkits(), accepted)).or_default() += 1;
        // Whatever comes out otherwise than in the suite says why.
        let explained = row.valid == Some(accepted) || !row.why.is_empty();
        if here != row.here || !explained {
            wrong.push(format!("{name} {here}"));
        }
    }
    eprintln!("PKITS (expected, accepted here): {counts:?}");
    assert!(
        wrong.is_empty(),
        "not as the table says:\n{}",
        wrong.join("\n")
    );
    let gone: Vec<&String> = table.keys().collect();
    assert!(gone.is_empty(), "not in the suite: {gone:?}");
}
