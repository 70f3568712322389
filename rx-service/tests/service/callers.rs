//! Who calls the service, and the requests they send.

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey;
use rx_service::auth::{Caller, Role};
use serde_json::{Value, json};

use crate::world::{CLUES, World};

/// Where a resource is posted.
pub(crate) fn path_of(value: &Value) -> &'static str {
    if value["resourceType"] == "Bundle" {
        "/fhir/r4"
    } else {
        "/fhir/r4/MedicationRequest"
    }
}

pub(crate) fn example(name: &str) -> Value {
    let path = format!(
        "{}/src/fhir/examples/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn caller(role: Role, clues: &str, spki: Vec<u8>) -> Caller {
    let fingerprint = format!("{}-{clues}", role.code());
    Caller {
        role,
        clues: clues.parse().unwrap(),
        fingerprint,
        certificate: b"certificate of the test".to_vec(),
        spki,
    }
}

pub(crate) fn ehr() -> Caller {
    caller(Role::Ehr, CLUES, Vec::new())
}

pub(crate) fn other_ehr() -> Caller {
    caller(Role::Ehr, "HGIMB000180", Vec::new())
}

/// An establishment in Tijuana: eight hours behind UTC, seven in summer.
pub(crate) const TIJUANA: &str = "BCSSA000017";
/// One in Ciudad Juárez: seven hours behind UTC, six in summer.
pub(crate) const BORDER: &str = "CHSSA000013";

pub(crate) fn ehr_of(clues: &str) -> Caller {
    caller(Role::Ehr, clues, Vec::new())
}

pub(crate) fn auditor() -> Caller {
    caller(Role::Auditor, "DFSSA000001", Vec::new())
}

/// A pharmacy with its key.
pub(crate) struct Pharmacy {
    pub(crate) caller: Caller,
    key: SigningKey,
}

impl Pharmacy {
    pub(crate) fn new(clues: &str, licence: Option<&str>) -> Self {
        let seed = format!("{clues:0<32}").into_bytes();
        let key = SigningKey::from_slice(&seed[..32]).unwrap();
        let spki = p256::PublicKey::from(key.verifying_key())
            .to_public_key_der()
            .unwrap()
            .to_vec();
        let role = Role::Pharmacy {
            licence: licence.map(str::to_owned),
        };
        Self {
            caller: caller(role, clues, spki),
            key,
        }
    }

    pub(crate) fn licensed() -> Self {
        Self::new("HGIMB000064", Some("LS-HGO-0417"))
    }

    pub(crate) fn sign(&self, act: &Value) -> String {
        let bytes = serde_json_canonicalizer::to_vec(act).unwrap();
        let kid = signing::cose::Kid::of_spki(&self.caller.spki);
        let sign = |digest: [u8; 32]| {
            let signature: Signature = self.key.sign_prehash(&digest)?;
            Ok::<[u8; 64], p256::ecdsa::Error>(signature.to_bytes().into())
        };
        let cose = signing::cose::sign_detached(&bytes, kid, sign).unwrap();
        BASE64URL_NOPAD.encode(&cose)
    }

    /// The `MedicationDispense` of one line.
    pub(crate) async fn act(&self, world: &World, folio: &str, line: u8, packages: u32) -> Value {
        let stored = world
            .app
            .store
            .prescription(folio.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        let clave = stored.state.line(line).map_or_else(
            || "040.000.2612.00".to_owned(),
            |(line, _)| line.clave.to_string(),
        );
        let qr = world.qr(folio).await;
        let digest = *signing::qr::read(&qr).unwrap().qr_digest();
        let at = world.app.now().0;
        let mut act = example("dispense");
        act["contained"][0]["code"]["coding"] =
            json!([{"system": "urn:oid:2.16.840.1.113883.3.215.12.8", "code": clave}]);
        act["identifier"][0]["value"] = json!(BASE64URL_NOPAD.encode(&digest));
        let id = format!("{}-{line}", folio.replace('-', ""));
        act["authorizingPrescription"][0]["reference"] = json!(format!("MedicationRequest/{id}"));
        act["quantity"]["value"] = json!(packages);
        act["whenHandedOver"] = json!(at.to_string());
        act
    }
}
