//! OpenSSL over our extended signatures. Skipped, visibly, where it is missing.

use std::path::Path;
use std::process::Command;

use super::long_term_tests::Court;
use super::signed_data;
use super::test_signer::CONTENT;

fn openssl(folder: &Path, arguments: &str) -> Option<bool> {
    let run = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output();
    let Ok(output) = run else {
        eprintln!("SKIPPED: openssl is not installed");
        return None;
    };
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Some(output.status.success())
}

fn pem(der: &[u8]) -> String {
    let body = data_encoding::BASE64.encode(der);
    let lines: Vec<_> = body
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// `cms -verify -cades` reads B-T and B-LT, with the embedded lists switched on; `ts -verify` reads
/// the token inside over the signature's value.
#[test]
fn openssl_verifies_both_levels_and_the_token_inside() {
    let court = Court::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("content", CONTENT);
    write("ca.pem", pem(&court.pki.root.der).as_bytes());
    write("tsa.pem", pem(court.stamps.tsa.root().der()).as_bytes());
    let at = crate::trust::test_pki::at().as_second() + 60;
    for p7s in [court.b_t(), court.b_lt()] {
        write("x.p7s", &p7s);
        let verify = format!(
            "cms -verify -cades -binary -inform DER -in x.p7s -content content -CAfile ca.pem \
             -purpose any -out out -attime {at}"
        );
        let Some(verified) = openssl(folder.path(), &verify) else {
            return;
        };
        assert!(verified);
        let parsed = signed_data::parse_extended(&p7s).unwrap();
        write("token", parsed.signer.timestamp.unwrap());
        write("value", parsed.signer.signature);
        let verify =
            format!("ts -verify -data value -in token -token_in -CAfile tsa.pem -attime {at}");
        assert_eq!(openssl(folder.path(), &verify), Some(true));
    }
    // The lists inside are what OpenSSL judges by.
    let verify = format!(
        "cms -verify -cades -binary -inform DER -in x.p7s -content content -CAfile ca.pem \
         -purpose any -out out -crl_check_all -attime {at}"
    );
    assert_eq!(openssl(folder.path(), &verify), Some(true));
    write("x.p7s", &court.b_t());
    assert_eq!(openssl(folder.path(), &verify), Some(false));
}
