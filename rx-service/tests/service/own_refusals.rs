//! Everything that a signature made outside is refused for, each with its reason.

use axum::http::StatusCode;
use p256::ecdsa::Signature;
use rcgen::{CertificateParams, KeyUsagePurpose, date_time_ymd};
use serde_json::json;

use crate::answer::codes;
use crate::callers::{ehr, example, other_ehr, path_of};
use crate::own_pki::{CEDULA, OwnKey, Sat, fiel, name, professional};
use crate::own_signature::{
    COMPLETE, PREPARE, bytes, complete, completion, parameter, prepare, request, to_prepare,
    with_sat,
};
use crate::world::{World, with_world};

/// The code with which `$prepare` refuses a certificate.
async fn refusal(world: &World, certificate: &[u8]) -> String {
    let body = to_prepare(&request("clonazepam"), certificate);
    let answer = world.post(&ehr(), PREPARE, &body).await;
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.text()
    );
    codes(&answer).remove(0)
}

fn changed(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = fiel();
    change(&mut params);
    params
}

/// A certificate of the SAT's own test PKI, or `None` where the shared folder is missing.
fn sat_file(path: &str) -> Option<Vec<u8>> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/efirma-test-certs"
    );
    let read = std::fs::read(format!("{folder}/{path}"));
    if read.is_err() {
        eprintln!("SKIPPED: {folder}/{path} is missing");
    }
    read.ok()
}

#[test]
fn certificates_that_may_not_sign_a_receta() {
    with_world(
        "own_refusals::certificates_that_may_not_sign_a_receta",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let key = OwnKey::rsa();
            let of_sat = async |params| refusal(&world, &sat.issue(&params, &key)).await;
            let seal = changed(|params| {
                params.key_usages = vec![
                    KeyUsagePurpose::DigitalSignature,
                    KeyUsagePurpose::ContentCommitment,
                ];
                name(params, &[2, 5, 4, 11], "Sucursal 1");
            });
            assert_eq!(of_sat(seal).await, "efirma-csd");
            let expired = changed(|params| {
                params.not_before = date_time_ymd(2022, 1, 1);
                params.not_after = date_time_ymd(2026, 3, 1);
            });
            assert_eq!(of_sat(expired).await, "efirma-expired");
            let early = changed(|params| params.not_before = date_time_ymd(2026, 3, 3));
            assert_eq!(of_sat(early).await, "efirma-not-yet-valid");
            let other = changed(|params| name(params, &[2, 5, 4, 5], "HEGT761003MDFRNN09"));
            assert_eq!(of_sat(other).await, "efirma-other-curp");
            let company = changed(|params| {
                name(params, &[2, 5, 4, 45], "EKU9003173C9 / VADA800927DJ3");
            });
            assert_eq!(of_sat(company).await, "efirma-represents-company");
            let cipher = changed(|params| {
                params.key_usages = vec![
                    KeyUsagePurpose::DataEncipherment,
                    KeyUsagePurpose::KeyAgreement,
                ];
            });
            assert_eq!(of_sat(cipher).await, "efirma-not-for-signing");
            let other = world
                .pki()
                .issue(&professional("1234567"), &OwnKey::p256(22));
            assert_eq!(refusal(&world, &other).await, "efirma-other-cedula");
            assert_eq!(refusal(&world, b"0").await, "efirma-malformed");
            // An authority that calls itself as the SAT's.
            let folder = tempfile::tempdir().unwrap();
            let forged = Sat::create(folder.path()).issue(&fiel(), &key);
            let code = refusal(&world, &forged).await;
            assert!(
                ["efirma-unknown-issuer", "efirma-refused"].contains(&code.as_str()),
                "{code}"
            );

            // As the SAT issues them: its seals, and an e.firma of an authority not pinned here.
            for (path, code) in [
                ("EKU9003173C9/fake-csd/EKU9003173C9.cer", "efirma-csd"),
                (
                    "phpcfdi-credentials/CSD01_AAA010101AAA/certificate.cer",
                    "efirma-csd",
                ),
                (
                    "EKU9003173C9/fake-fiel/EKU9003173C9.cer",
                    "efirma-unknown-issuer",
                ),
                (
                    "phpcfdi-credentials/FIEL_AAA010101AAA/certificate.cer",
                    "efirma-expired",
                ),
            ] {
                if let Some(der) = sat_file(path) {
                    assert_eq!(refusal(&world, &der).await, code, "{path}");
                }
            }
        },
    );
}

#[test]
fn a_prescriber_whose_curp_we_do_not_know_brings_no_efirma() {
    with_world(
        "own_refusals::a_prescriber_whose_curp_we_do_not_know_brings_no_efirma",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let certificate = sat.issue(&fiel(), &OwnKey::rsa());
            let body = to_prepare(&example("clonazepam"), &certificate);
            let answer = world.post(&ehr(), PREPARE, &body).await;
            assert_eq!(codes(&answer), ["efirma-curp-unknown"]);
        },
    );
}

#[test]
fn revoked_between_the_two_steps() {
    with_world(
        "own_refusals::revoked_between_the_two_steps",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let key = OwnKey::rsa();
            let certificate = sat.issue(&fiel(), &key);
            let prepared = prepare(&world, &request("clonazepam"), &certificate).await;
            let signature = key.sign(&bytes(&prepared, "signedAttributes"));
            let mut trust = (*world.app.trust.current()).clone();
            trust.add_crl(&sat.crl()).unwrap();
            world.app.trust.replace(trust);

            let body = completion(&prepared, &[("signature", &signature)]);
            assert_eq!(codes(&complete(&world, &body).await), ["efirma-revoked"]);
            assert_eq!(refusal(&world, &certificate).await, "efirma-revoked");
        },
    );
}

#[test]
fn only_this_key_over_these_bytes_completes() {
    with_world(
        "own_refusals::only_this_key_over_these_bytes_completes",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let key = OwnKey::rsa();
            let certificate = sat.issue(&fiel(), &key);
            let prepared = prepare(&world, &request("clonazepam"), &certificate).await;
            let attributes = bytes(&prepared, "signedAttributes");
            let good = key.sign(&attributes);
            let refused = async |parts: &[(&str, &[u8])]| {
                let answer = complete(&world, &completion(&prepared, parts)).await;
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
                codes(&answer).remove(0)
            };
            let other = OwnKey::other_rsa().sign(&attributes);
            assert_eq!(refused(&[("signature", &other)]).await, "signature-refused");
            let document = key.sign(&bytes(&prepared, "document"));
            assert_eq!(
                refused(&[("signature", &document)]).await,
                "signature-refused"
            );
            assert_eq!(
                refused(&[("signature", &good[1..])]).await,
                "signature-refused"
            );
            let surplus = [("signature", &good[..]), ("qrSignature", &good[..])];
            assert_eq!(refused(&surplus).await, "qr-signature-surplus");

            let answer = complete(&world, &completion(&prepared, &[("signature", &good)])).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            // The transaction is over: another body under its name is another request.
            let after = complete(&world, &completion(&prepared, &[("signature", &other)])).await;
            assert_eq!(codes(&after), ["identifier-reused"]);
        },
    );
}

#[test]
fn a_high_s_is_refused_with_its_own_words() {
    with_world(
        "own_refusals::a_high_s_is_refused_with_its_own_words",
        async |world| {
            let (world, _) = with_sat(world).await;
            let key = OwnKey::p256(23);
            let certificate = world.pki().issue(&professional(CEDULA), &key);
            let prepared = prepare(&world, &request("clonazepam"), &certificate).await;
            let low = key.sign(&bytes(&prepared, "signedAttributes"));
            let (r, s) = Signature::from_slice(&low).unwrap().split_scalars();
            let high = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
            let qr = key.sign(&bytes(&prepared, "qrToSign"));
            let parts = [
                ("signature", &high.to_bytes()[..]),
                ("qrSignature", &qr[..]),
            ];
            let answer = complete(&world, &completion(&prepared, &parts)).await;
            assert_eq!(codes(&answer), ["signature-refused"]);
            assert!(answer.text().contains("S alta"), "{}", answer.text());
        },
    );
}

#[test]
fn a_transaction_is_its_clients_for_ten_minutes() {
    with_world(
        "own_refusals::a_transaction_is_its_clients_for_ten_minutes",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let key = OwnKey::rsa();
            let certificate = sat.issue(&fiel(), &key);
            let prepared = prepare(&world, &request("clonazepam"), &certificate).await;
            let expires = &parameter(&prepared, "expires").unwrap()["valueInstant"];
            assert_eq!(*expires, json!("2026-03-02T15:10:00Z"));
            let signature = key.sign(&bytes(&prepared, "signedAttributes"));
            let body = completion(&prepared, &[("signature", &signature)]);

            let stolen = world.post(&other_ehr(), COMPLETE, &body).await;
            assert_eq!(stolen.status, StatusCode::NOT_FOUND);
            assert_eq!(codes(&stolen), ["transaction-unknown"]);
            world.set_time("2026-03-02T15:10:01Z");
            let late = complete(&world, &body).await;
            assert_eq!(late.status, StatusCode::CONFLICT);
            assert_eq!(codes(&late), ["transaction-expired"]);
            world.set_time("2026-03-02T15:10:00Z");
            let in_time = complete(&world, &body).await;
            assert_eq!(in_time.status, StatusCode::CREATED, "{}", in_time.text());
            // A retry is answered whenever it comes.
            world.set_time("2026-03-02T18:00:00Z");
            assert_eq!(complete(&world, &body).await.status, StatusCode::OK);
        },
    );
}

/// The law is asked again: what another prescriber issued meanwhile counts.
#[test]
fn the_facts_of_the_moment_decide() {
    with_world(
        "own_refusals::the_facts_of_the_moment_decide",
        async |world| {
            let (world, sat) = with_sat(world).await;
            let key = OwnKey::rsa();
            let certificate = sat.issue(&fiel(), &key);
            let prepared = prepare(&world, &request("clonazepam"), &certificate).await;
            let meanwhile = example("clonazepam");
            let issued = world.post(&ehr(), path_of(&meanwhile), &meanwhile).await;
            assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());

            let signature = key.sign(&bytes(&prepared, "signedAttributes"));
            let body = completion(&prepared, &[("signature", &signature)]);
            let answer = complete(&world, &body).await;
            assert!(!answer.status.is_success(), "{}", answer.text());
            assert!(
                codes(&answer)[0].starts_with("duplicate"),
                "{}",
                answer.text()
            );
        },
    );
}
