//! A prescriber signs outside with their own e.firma: prepare, sign, complete, and what a counter
//! reads of it.

use axum::http::StatusCode;
use data_encoding::BASE64;
use prescription::body::Evidence;
use rx_service::config::InstitutionSection;
use rx_service::flow::enrol::{self, NewPrescriber};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signing::cms::cades;
use signing::cose::Sign1;
use signing::qr::{Payload, QrSigner};
use signing::trust::{AnchorPolicy, RevocationPolicy, SignerKey, Trust, TrustStore};

use crate::answer::{Answer, codes};
use crate::callers::{Pharmacy, ehr, example};
use crate::own_pki::{CEDULA, CURP, OwnKey, Sat, fiel, institution, professional};
use crate::world::{CLUES, World, with_world};

pub(crate) const PREPARE: &str = "/fhir/r4/MedicationRequest/$prepare";
pub(crate) const COMPLETE: &str = "/fhir/r4/MedicationRequest/$complete";

/// A service that trusts the SAT of the tests and has an institution's key; the prescriber has no
/// key in the HSM.
pub(crate) async fn with_sat(world: World) -> (World, Sat) {
    let sat = Sat::create(world.folder.path());
    let key = world
        .app
        .keys
        .hsm
        .ensure_p256("receta-institution")
        .unwrap();
    let path = world.folder.path().join("institution.pem");
    std::fs::write(&path, institution(world.pki(), key.spki())).unwrap();
    drop(key);
    let root = sat.root.clone();
    let world = world
        .restart_with(|config| {
            config.efirma.anchors = vec![root];
            config.institution = Some(InstitutionSection {
                key: "receta-institution".to_owned(),
                certificate: path,
            });
        })
        .await;
    let new = NewPrescriber {
        cedula: CEDULA.parse().unwrap(),
        profession: "physician".to_owned(),
        establishments: vec![CLUES.parse().unwrap()],
        curp: Some(CURP.parse().unwrap()),
    };
    enrol::enrol_without_key(&world.app, new).await.unwrap();
    (world, sat)
}

/// An example, prescribed by the one who signs outside.
pub(crate) fn request(name: &str) -> Value {
    let text = example(name).to_string().replace("7654321", CEDULA);
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn to_prepare(request: &Value, certificate: &[u8]) -> Value {
    json!({"resourceType": "Parameters", "parameter": [
        {"name": "prescription", "resource": request},
        {"name": "certificate", "valueBase64Binary": BASE64.encode(certificate)},
    ]})
}

pub(crate) async fn prepare(world: &World, request: &Value, certificate: &[u8]) -> Value {
    let answer = world
        .post(&ehr(), PREPARE, &to_prepare(request, certificate))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// A parameter of an answer.
pub(crate) fn parameter<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let list = value["parameter"].as_array().unwrap();
    list.iter().find(|parameter| parameter["name"] == name)
}

pub(crate) fn bytes(value: &Value, name: &str) -> Vec<u8> {
    let parameter = parameter(value, name).unwrap();
    let text = parameter["valueBase64Binary"].as_str().unwrap();
    BASE64.decode(text.as_bytes()).unwrap()
}

/// The body of `$complete`.
pub(crate) fn completion(prepared: &Value, parts: &[(&str, &[u8])]) -> Value {
    let transaction = parameter(prepared, "transaction").unwrap()["valueString"].clone();
    let mut list = vec![json!({"name": "transaction", "valueString": transaction})];
    for (name, bytes) in parts {
        list.push(json!({"name": name, "valueBase64Binary": BASE64.encode(bytes)}));
    }
    json!({"resourceType": "Parameters", "parameter": list})
}

pub(crate) async fn complete(world: &World, body: &Value) -> Answer {
    world.post(&ehr(), COMPLETE, body).await
}

/// The evidence of an issue.
async fn evidence(world: &World, folio: &str) -> (Vec<u8>, Vec<u8>, Sign1, Payload) {
    let stored = world.app.store.prescription(folio.parse().unwrap()).await;
    let stored = stored.unwrap().unwrap();
    let Evidence::Cades { document, cms, qr } = stored.bodies[0].evidence.clone() else {
        panic!("no CAdES");
    };
    let message = Sign1::parse(&qr).unwrap();
    let payload = Payload::from_cbor(message.payload().unwrap()).unwrap();
    (document, cms, message, payload)
}

#[test]
fn an_rsa_efirma_signs_and_the_institution_signs_the_qr() {
    with_world(
        "own_signature::an_rsa_efirma_signs_and_the_institution_signs_the_qr",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let key = OwnKey::rsa();
            let certificate = sat.issue(&fiel(), &key);
            let prepared = prepare(&world, &request("clonazepam"), &certificate).await;
            let signer = parameter(&prepared, "qrSigner").unwrap();
            assert_eq!(signer["valueCode"], "institution");
            assert!(parameter(&prepared, "qrToSign").is_none());
            let attributes = bytes(&prepared, "signedAttributes");
            let digest = bytes(&prepared, "signedAttributesDigest");
            assert_eq!(digest, Sha256::digest(&attributes).to_vec());

            let body = completion(&prepared, &[("signature", &key.sign(&attributes))]);
            let answer = complete(&world, &body).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            world.check_receipt(&answer).await;
            let folio = answer.header("receta-folio");
            let promised = &parameter(&prepared, "folio").unwrap()["valueIdentifier"]["value"];
            assert_eq!(*promised, json!(folio));

            // A lost answer: the same again gives the first answer.
            let again = complete(&world, &body).await;
            assert_eq!(again.status, StatusCode::OK, "{}", again.text());
            assert_eq!(again.header("receta-folio"), folio);
            let ledger = "receta-ledger-index";
            assert_eq!(again.header(ledger), answer.header(ledger));
            assert_eq!(again.json(), answer.json());

            let (document, cms, message, payload) = evidence(&world, &folio).await;
            assert_eq!(document, bytes(&prepared, "document"));
            let cades = Sha256::digest(&cms).into();
            assert_eq!(payload.signer, QrSigner::Institution { cades });
            let institution = world.app.institution.as_ref().unwrap().qr_certificate();
            assert_eq!(message.kid().unwrap().as_bytes(), &institution.kid);
            // Who trusts the SAT alone verifies the legal signature.
            let mut store = TrustStore::new(RevocationPolicy::WhenListed);
            let root = std::fs::read(&sat.root).unwrap();
            store.add_anchor(&root, AnchorPolicy::Efirma).unwrap();
            let at = world.app.now().0;
            let verified = cades::verify(&document, &cms, &Trust::Store(&store), at).unwrap();
            assert_eq!(verified.subject().curp, CURP);
            assert!(matches!(verified.signer().key(), SignerKey::Rsa(_)));
            counter_reads(&world, &folio).await;
        },
    );
}

/// A pharmacy verifies the QR online, and finds its certificate among those it downloads.
async fn counter_reads(world: &World, folio: &str) {
    let pharmacy = Pharmacy::licensed();
    let qr = world.qr(folio).await;
    let state = world
        .post(&pharmacy.caller, "/verifications", &json!({"qr": qr}))
        .await;
    assert_eq!(state.status, StatusCode::OK, "{}", state.text());
    assert_eq!(state.json()["phase"], "active");
    let kid = signing::qr::read(&qr).unwrap().kid();
    let listed = world.get(&pharmacy.caller, "/certificates").await.body;
    let der = world.app.store.qr_certificate(*kid.as_bytes()).await;
    let der = der.unwrap().unwrap().certificate;
    let pem = rx_service::certificate::to_pem_bundle(&[der]);
    assert!(String::from_utf8(listed).unwrap().contains(&pem));
}

#[test]
fn a_p_256_certificate_with_the_cedula_signs_the_qr_too() {
    with_world(
        "own_signature::a_p_256_certificate_with_the_cedula_signs_the_qr_too",
        async |world| {
            let (world, _) = with_sat(world).await;
            let key = OwnKey::p256(21);
            let certificate = world.pki().issue(&professional(CEDULA), &key);
            let prepared = prepare(&world, &request("three-lines"), &certificate).await;
            let signer = parameter(&prepared, "qrSigner").unwrap();
            assert_eq!(signer["valueCode"], "prescriber");
            let legal = key.sign(&bytes(&prepared, "signedAttributes"));
            let qr = key.sign(&bytes(&prepared, "qrToSign"));

            let missing = completion(&prepared, &[("signature", &legal)]);
            let refused = complete(&world, &missing).await;
            assert_eq!(codes(&refused), ["qr-signature-missing"]);
            let swapped = [("signature", &qr[..]), ("qrSignature", &legal[..])];
            let refused = complete(&world, &completion(&prepared, &swapped)).await;
            assert_eq!(codes(&refused), ["signature-refused"]);
            let twice = [("signature", &legal[..]), ("qrSignature", &legal[..])];
            let refused = complete(&world, &completion(&prepared, &twice)).await;
            assert_eq!(codes(&refused), ["qr-signature-refused"]);
            let short = [("signature", &legal[..]), ("qrSignature", &qr[..63])];
            let refused = complete(&world, &completion(&prepared, &short)).await;
            assert_eq!(codes(&refused), ["qr-signature-refused"]);

            // What was refused can still be signed well.
            let good = [("signature", &legal[..]), ("qrSignature", &qr[..])];
            let answer = complete(&world, &completion(&prepared, &good)).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            assert_eq!(answer.json()["parameter"].as_array().unwrap().len(), 4);
            let folio = answer.header("receta-folio");
            let (_, _, message, payload) = evidence(&world, &folio).await;
            assert_eq!(payload.signer, QrSigner::Prescriber);
            let spki = rx_service::certificate::spki_of(&certificate).unwrap();
            assert!(message.verify(&spki).is_ok());
            counter_reads(&world, &folio).await;
        },
    );
}

#[test]
fn the_whole_cms_of_other_software_is_taken_in_ber_too() {
    with_world(
        "own_signature::the_whole_cms_of_other_software_is_taken_in_ber_too",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let key = OwnKey::rsa();
            let certificate = sat.issue(&fiel(), &key);
            let prepared = prepare(&world, &request("clonazepam"), &certificate).await;
            let document = bytes(&prepared, "document");

            let (now, _) = world.app.now();
            let cms = |document: &[u8], at| {
                let chain = cades::SigningChain::new(&certificate, &[]).unwrap();
                let own = cades::prepare(document, at, &chain).unwrap();
                let signature = key.sign(own.signed_attributes());
                cades::complete(own, &signature).unwrap()
            };
            let refused = async |cms: &[u8]| {
                let body = completion(&prepared, &[("cades", cms)]);
                codes(&complete(&world, &body).await).remove(0)
            };
            let early = now - jiff::SignedDuration::from_hours(24);
            assert_eq!(refused(&cms(&document, early)).await, "cades-signed-before");
            assert_eq!(refused(&cms(b"otro", now)).await, "document-changed");
            assert_eq!(refused(b"no es CMS").await, "cades-unreadable");

            // Outermost length indefinite, as streaming software writes it.
            let der = cms(&document, now);
            let ber = [&[0x30, 0x80][..], &der[4..], &[0, 0]].concat();
            assert_ne!(der, ber);
            let answer = complete(&world, &completion(&prepared, &[("cades", &ber)])).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            let (_, stored, _, _) = evidence(&world, &answer.header("receta-folio")).await;
            assert_eq!(stored, der, "normalised once");
        },
    );
}

/// What the EHR of a prescriber does, step by step: `docs/EFIRMA.md`.
#[test]
fn receta_sign_signs_what_the_service_prepared() {
    with_world(
        "own_signature::receta_sign_signs_what_the_service_prepared",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let (now, _) = world.app.now();
            for (name, curp, der) in [
                (
                    "clonazepam",
                    "HECL580923HHGRRS09",
                    sat.issue(&fiel(), &OwnKey::rsa()),
                ),
                (
                    "three-lines",
                    "RAOG740412MHGMRD02",
                    world.pki().issue(&professional(CEDULA), &OwnKey::rsa()),
                ),
            ] {
                let certificate = receta_sign::OwnCertificate::read(&der).unwrap();
                certificate.check(now).unwrap();
                let answer = prepare(&world, &request(name), &der).await.to_string();
                let order = receta_sign::Order::read(answer.as_bytes(), &certificate, now).unwrap();
                assert!(order.in_spanish().contains(curp), "{}", order.in_spanish());
                let file = include_bytes!("efirma.key");
                let key = receta_sign::OwnKey::from_file(file, b"12345678a", &certificate);
                let body = order.sign(&key.unwrap()).unwrap();
                let done = complete(&world, &body).await;
                assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
                assert_eq!(done.header("receta-folio"), order.folio);
            }
        },
    );
}

/// A counter of fractions I to III verifies the prescriber's own signature itself.
#[test]
fn whoever_holds_the_qr_gets_the_prescribers_signature() {
    with_world(
        "own_signature::whoever_holds_the_qr_gets_the_prescribers_signature",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let key = OwnKey::rsa();
            let certificate = sat.issue(&fiel(), &key);
            let prepared = prepare(&world, &request("clonazepam"), &certificate).await;
            let signature = key.sign(&bytes(&prepared, "signedAttributes"));
            let body = completion(&prepared, &[("signature", &signature)]);
            let folio = complete(&world, &body).await.header("receta-folio");
            let (document, cms, _, _) = evidence(&world, &folio).await;

            let question = json!({"qr": world.qr(&folio).await});
            let path = "/verifications/signature";
            let pharmacy = Pharmacy::licensed().caller;
            let answer = world.post(&pharmacy, path, &question).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            assert_eq!(answer.json()["document"], json!(BASE64.encode(&document)));
            assert_eq!(answer.json()["cades"], json!(BASE64.encode(&cms)));
            let other = world.post(&ehr(), path, &question).await;
            assert_eq!(other.status, StatusCode::FORBIDDEN);

            // The prescriber signed this QR: there is nothing more to verify.
            let own = world.issue(&example("three-lines")).await;
            let question = json!({"qr": world.qr(&own).await});
            let answer = world.post(&pharmacy, path, &question).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        },
    );
}
