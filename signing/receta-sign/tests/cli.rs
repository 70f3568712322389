//! The program as a prescriber runs it, against answers of `$prepare` made here.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking; its helpers too"
)]

mod prepared;

use std::path::Path;
use std::process::{Command, Output};

use data_encoding::BASE64;
use prepared::{Signer, answer, answer_with};
use serde_json::Value;
use signing::cms::cades::{Prepared, SigningChain, complete};
use signing::cose::Sign1;

const PASSWORD: &str = "contraseña de prueba";

struct Desk {
    folder: tempfile::TempDir,
    signer: Signer,
}

impl Desk {
    /// A folder with certificate, encrypted key, password and the answer of `$prepare`; `None`
    /// without OpenSSL, which encrypts the key.
    fn new(signer: Signer, encryption: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        std::fs::write(path.join("plain.pk8"), &signer.pkcs8).unwrap();
        std::fs::write(path.join("mia.cer"), &signer.certificate).unwrap();
        std::fs::write(path.join("pass"), format!("{PASSWORD}\n")).unwrap();
        std::fs::write(path.join("prepared.json"), answer(&signer)).unwrap();
        let encrypt = Command::new("openssl")
            .args("pkcs8 -topk8 -inform DER -in plain.pk8 -outform DER -out mia.key".split(' '))
            .args(["-passout", "file:pass"])
            .args(encryption.split(' '))
            .current_dir(path)
            .output();
        let Ok(output) = encrypt else {
            eprintln!("SKIPPED: openssl is not installed");
            return None;
        };
        assert!(output.status.success(), "{}", text(&output.stderr));
        Some(Self { folder, signer })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn sign(&self, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_receta-sign"))
            .args(["sign", "prepared.json", "--certificate", "mia.cer"])
            .args(["--key", "mia.key", "--password-file", "pass", "--yes"])
            .args(more)
            .current_dir(self.path())
            .output()
            .unwrap()
    }

    /// One clear line, and a failure.
    fn refusal(&self) -> String {
        let output = self.sign(&[]);
        assert!(!output.status.success());
        assert!(output.stdout.is_empty(), "nothing was signed");
        let lines = text(&output.stderr);
        lines.lines().last().unwrap().to_owned()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn binary(body: &Value, name: &str) -> Option<Vec<u8>> {
    let list = body["parameter"].as_array().unwrap();
    let found = list.iter().find(|parameter| parameter["name"] == name)?;
    let value = found["valueBase64Binary"].as_str().unwrap();
    Some(BASE64.decode(value.as_bytes()).unwrap())
}

#[test]
fn an_rsa_efirma_signs_the_document_and_shows_it() {
    // As the SAT's: PBKDF2 with HMAC-SHA-1, Triple DES; and as newer software's.
    for encryption in [
        "-v2 des3 -v2prf hmacWithSHA1",
        "-v2 aes-256-cbc -v2prf hmacWithSHA256",
    ] {
        let Some(desk) = Desk::new(Signer::rsa(), encryption) else {
            return;
        };
        let output = desk.sign(&[]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let shown = text(&output.stderr);
        for what in [
            "Receta ",
            "SABC560626MDFLRN01",
            "Clonazepam, tableta 2 mg",
            "la institución",
        ] {
            assert!(shown.contains(what), "{what} in {shown}");
        }
        let body: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(binary(&body, "qrSignature"), None);
        let chain = SigningChain::new(&desk.signer.certificate, &[]).unwrap();
        let attributes = desk.signer.attributes();
        let prepared = Prepared::restore(attributes, &chain).unwrap();
        assert!(complete(prepared, &binary(&body, "signature").unwrap()).is_ok());
    }
}

#[test]
fn a_p_256_key_signs_document_and_qr() {
    let Some(desk) = Desk::new(Signer::p256(), "-v2 aes-256-cbc") else {
        return;
    };
    let output = desk.sign(&[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    let chain = SigningChain::new(&desk.signer.certificate, &[]).unwrap();
    let prepared = Prepared::restore(desk.signer.attributes(), &chain).unwrap();
    assert!(complete(prepared, &binary(&body, "signature").unwrap()).is_ok());
    let qr = binary(&body, "qrSignature").unwrap();
    let payload = Signer::payload().to_cbor().unwrap();
    assert!(Sign1::assemble(&desk.signer.spki(), payload, &qr).is_ok());
}

#[test]
fn wrong_password_another_key_and_an_expired_certificate_are_one_line() {
    let Some(desk) = Desk::new(Signer::rsa(), "-v2 des3 -v2prf hmacWithSHA1") else {
        return;
    };
    std::fs::write(desk.path().join("pass"), "otra").unwrap();
    assert!(desk.refusal().contains("la contraseña no abre la llave"));
    std::fs::write(desk.path().join("pass"), PASSWORD).unwrap();

    let expired = Signer::rsa_of(2020, 2022);
    std::fs::write(desk.path().join("mia.cer"), &expired.certificate).unwrap();
    assert!(desk.refusal().contains("venció"));
    let other = Signer::p256();
    std::fs::write(desk.path().join("mia.cer"), &other.certificate).unwrap();
    std::fs::write(desk.path().join("prepared.json"), answer(&other)).unwrap();
    assert!(desk.refusal().contains("no es la del certificado"));
    std::fs::write(desk.path().join("mia.cer"), "no es un certificado").unwrap();
    assert!(desk.refusal().contains("no se puede leer el certificado"));
}

/// A service that asks for a signature over something else than it shows.
#[test]
fn what_is_signed_is_what_is_shown() {
    let Some(desk) = Desk::new(Signer::p256(), "-v2 aes-256-cbc") else {
        return;
    };
    let refused = |name: &str, value: &str| {
        let changed = answer_with(&desk.signer, name, value);
        std::fs::write(desk.path().join("prepared.json"), changed).unwrap();
        desk.refusal()
    };
    let other = BASE64.encode(br#"{"resourceType":"Bundle"}"#);
    assert!(refused("document", &other).contains("no corresponde con el documento"));
    let attributes = BASE64.encode(&Signer::rsa().attributes());
    assert!(refused("signedAttributes", &attributes).contains("no es para este certificado"));
    let payload = Signer::payload();
    let digest = signing::qr::Payload {
        document_digest: [7; 32],
        ..payload.clone()
    };
    let encoded = BASE64.encode(&digest.to_cbor().unwrap());
    assert!(refused("qrPayload", &encoded).contains("huella del documento"));
    let mut cedula = payload.clone();
    cedula.cedula = "7654321".parse().unwrap();
    let encoded = BASE64.encode(&cedula.to_cbor().unwrap());
    assert!(refused("qrPayload", &encoded).contains("cédula"));
    let mut medicine = payload;
    medicine.lines[0].clave = "010.000.0104.00".parse().unwrap();
    let encoded = BASE64.encode(&medicine.to_cbor().unwrap());
    assert!(refused("qrPayload", &encoded).contains("medicamentos"));
    let anything = BASE64.encode(b"una transferencia bancaria");
    assert!(refused("qrToSign", &anything).contains("bytes por firmar"));
    assert!(refused("expires", "2020-01-01T00:00:00Z").contains("venció"));
}

#[test]
fn nobody_is_asked_for_a_password_as_an_argument() {
    let help = Command::new(env!("CARGO_BIN_EXE_receta-sign"))
        .args(["sign", "--help"])
        .output()
        .unwrap();
    let help = text(&help.stdout);
    assert!(!help.contains("--password <"), "{help}");
    assert!(help.contains("--password-file"), "{help}");
}
