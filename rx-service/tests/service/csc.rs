//! The CSC v2 shaped API: consent over HTTP, with a passkey and with one-time codes.

use axum::http::StatusCode;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use rx_service::flow::activation::{OFFICER, Orderer, enrol_totp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use software_authenticator::{OtpApp, answer_json, created_json};

use crate::answer::Answer;
use crate::callers::{Pharmacy, ehr, example, other_ehr};
use crate::consent::{activated, passkey};
use crate::world::{CEDULA, World, with_world};

const AUTHORIZE: &str = "/csc/v2/credentials/authorize";

async fn post(world: &World, path: &str, body: &Value) -> Answer {
    let json = [("content-type", "application/json")];
    world
        .send(&ehr(), "POST", path, &json, body.to_string())
        .await
}

/// The code of an error, which has a text for the person too.
fn error(answer: &Answer) -> String {
    assert!(answer.status.is_client_error(), "{}", answer.text());
    let json = answer.json();
    assert!(
        json["error_description"].as_str().unwrap().len() > 20,
        "{json}"
    );
    json["error"].as_str().unwrap().to_owned()
}

fn by_code(hashes: &[&str], code: &str) -> Value {
    json!({
        "credentialID": CEDULA,
        "numSignatures": hashes.len(),
        "hashes": hashes,
        "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1",
        "authData": [{"id": "OTP", "value": code}],
    })
}

async fn app_of(world: &World) -> OtpApp {
    let ordered = activated(&world.app, "1234567", OFFICER, [1; 32]).await;
    let algorithm = activation::totp::Algorithm::Sha1;
    let cedula = CEDULA.parse().unwrap();
    let by = Orderer::By(&ordered);
    let uri = enrol_totp(&world.app, &cedula, algorithm, by)
        .await
        .unwrap();
    OtpApp::scan(&uri).unwrap()
}

fn seconds(world: &World) -> i64 {
    world.app.now().0.as_second()
}

#[test]
fn a_passkey_authorises_and_the_activation_issues() {
    let name = "csc::a_passkey_authorises_and_the_activation_issues";
    with_world(name, async |world| {
        let order = example("clonazepam");
        let hash = BASE64.encode(&Sha256::digest(order.to_string()));
        let ask = json!({
            "credentialID": CEDULA, "authObjectID": "PASSKEY", "hashes": [hash],
        });
        let asked = post(&world, "/csc/v2/credentials/getChallenge", &ask).await;
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.text());
        let options = asked.json()["publicKey"].clone();
        assert_eq!(options["userVerification"], "required");
        let key = passkey(CEDULA);
        let id = BASE64URL_NOPAD.encode(&key.credential_id());
        assert_eq!(options["allowCredentials"][0]["id"], id.as_str());
        let challenge = asked.json()["challenge"].as_str().unwrap().to_owned();
        let answer = key
            .get(&BASE64URL_NOPAD.decode(challenge.as_bytes()).unwrap())
            .unwrap();
        let give = |hash: &str| {
            json!({
                "credentialID": CEDULA,
                "numSignatures": 1,
                "hashes": [hash],
                "authData": [{"id": "PASSKEY", "value": answer_json(&answer).to_string()}],
                "clientData": "42",
            })
        };
        // Consent to one prescription cannot be turned into consent to another.
        let another = BASE64.encode(&[9; 32]);
        let turned = post(&world, AUTHORIZE, &give(&another)).await;
        assert_eq!(error(&turned), "invalid_request");
        let given = post(&world, AUTHORIZE, &give(&hash)).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());
        assert_eq!(given.json()["expiresIn"], 120);
        assert_eq!(given.json()["clientData"], "42");
        // Nor used again.
        let again = post(&world, AUTHORIZE, &give(&hash)).await;
        assert_eq!(error(&again), "invalid_authentication_data");

        let headers = [
            ("content-type", "application/fhir+json"),
            ("receta-activation", given.json()["SAD"].as_str().unwrap()),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let path = "/fhir/r4/MedicationRequest";
        let issued = world
            .send(&ehr(), "POST", path, &headers, order.to_string())
            .await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());
    });
}

#[test]
fn a_code_serves_once_and_guessing_locks() {
    let name = "csc::a_code_serves_once_and_guessing_locks";
    with_world(name, async |world| {
        let mut app = app_of(&world).await;
        let hash = BASE64.encode(&[1; 32]);
        let code = app.show(seconds(&world)).unwrap();
        let given = post(&world, AUTHORIZE, &by_code(&[&hash], &code)).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());
        let again = post(&world, AUTHORIZE, &by_code(&[&hash], &code)).await;
        assert_eq!(error(&again), "invalid_otp");
        for _ in 0..4 {
            let wrong = post(&world, AUTHORIZE, &by_code(&[&hash], "000000")).await;
            assert_eq!(error(&wrong), "invalid_otp");
        }
        // Locked: not even the right one, until a quarter of an hour has passed.
        let right = app.show(seconds(&world)).unwrap();
        let locked = post(&world, AUTHORIZE, &by_code(&[&hash], &right)).await;
        assert_eq!(error(&locked), "access_denied");
        world.set_time("2026-03-02T15:15:00Z");
        let right = app.show(seconds(&world)).unwrap();
        let given = post(&world, AUTHORIZE, &by_code(&[&hash], &right)).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());

        let metrics = world.get(&ehr(), "/metrics").await.text();
        assert!(
            metrics.contains(r#"receta_activations_total{factor="otp"} 2"#),
            "{metrics}"
        );
        assert!(
            metrics.contains(r#"code="otp-refused",verb="authorise"} 5"#),
            "{metrics}"
        );
        assert!(!metrics.contains(CEDULA));
    });
}

#[test]
fn what_is_asked_for_is_bounded_and_well_formed() {
    let name = "csc::what_is_asked_for_is_bounded_and_well_formed";
    with_world(name, async |world| {
        let hash = BASE64.encode(&[1; 32]);
        let many: Vec<_> = (0..21).map(|fill| BASE64.encode(&[fill; 32])).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let with = |member: &str, value: Value| {
            let mut body = by_code(&[&hash], "000000");
            body[member] = value;
            body
        };
        let otp = json!({"id": "OTP", "value": "000000"});
        for body in [
            by_code(&many, "000000"),
            by_code(&[], "000000"),
            by_code(&[&hash, &hash], "000000"),
            with("numSignatures", json!(2)),
            with("numSignatures", json!("1")),
            with("hashes", json!([BASE64.encode(&[1; 20])])),
            with("hashes", json!(["%"])),
            with("hashAlgorithmOID", json!("1.3.14.3.2.26")),
            with("authData", json!([])),
            with("authData", json!([otp, otp])),
            with("authData", json!([{"id": "PIN", "value": "1"}])),
            with("credentialID", json!("9999999")),
            with("credentialID", json!("'; DROP TABLE activation; --")),
            with("scope", json!("everything")),
            json!([]),
            // The prescriber has no such app.
            by_code(&[&hash], "000000"),
        ] {
            let answer = post(&world, AUTHORIZE, &body).await;
            assert_eq!(error(&answer), "invalid_request", "{body}");
        }
    });
}

#[test]
fn a_credential_is_seen_where_its_owner_works_only() {
    let name = "csc::a_credential_is_seen_where_its_owner_works_only";
    with_world(name, async |world| {
        let told = post(&world, "/csc/v2/info", &json!({})).await.json();
        let methods = told["methods"].as_array().unwrap();
        assert!(methods.contains(&json!("credentials/authorize")), "{told}");
        assert!(!told.to_string().contains("signHash"), "{told}");

        let list = json!({"userID": CEDULA, "credentialInfo": true});
        let listed = post(&world, "/csc/v2/credentials/list", &list).await.json();
        assert_eq!(listed["credentialIDs"], json!([CEDULA]));
        let info = json!({"credentialID": CEDULA, "certificates": "chain", "authInfo": true});
        let info = post(&world, "/csc/v2/credentials/info", &info).await.json();
        assert_eq!(info["SCAL"], "2");
        assert_eq!(info["key"]["curve"], "1.2.840.10045.3.1.7");
        assert_eq!(info["key"]["status"], "enabled");
        assert_eq!(info["multisign"], 20);
        assert_eq!(info["auth"]["objects"].as_array().unwrap().len(), 2);
        assert_eq!(info["cert"]["certificates"].as_array().unwrap().len(), 2);

        // Elsewhere nobody learns that the cédula is enrolled.
        let json_type = [("content-type", "application/json")];
        let body = list.to_string();
        let path = "/csc/v2/credentials/list";
        let elsewhere = world
            .send(&other_ehr(), "POST", path, &json_type, body.clone())
            .await;
        assert_eq!(elsewhere.json()["credentialIDs"], json!([]));
        let pharmacy = Pharmacy::licensed().caller;
        let pharmacy = world.send(&pharmacy, "POST", path, &json_type, body).await;
        assert_eq!(error(&pharmacy), "access_denied");
        for absent in ["signHash", "signDoc"] {
            let path = format!("/csc/v2/signatures/{absent}");
            let answer = post(&world, &path, &json!({})).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
    });
}

#[test]
fn a_passkey_is_added_and_removed_by_consent_only() {
    let name = "csc::a_passkey_is_added_and_removed_by_consent_only";
    with_world(name, async |world| {
        let mut app = app_of(&world).await;
        let options = json!({"credentialID": CEDULA});
        let options = post(&world, "/csc/v2/passkeys/options", &options)
            .await
            .json();
        assert_eq!(options["publicKey"]["attestation"], "none");
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        let challenge = BASE64URL_NOPAD.decode(challenge.as_bytes()).unwrap();
        let new = passkey("a new telephone");
        let created = new.create(&challenge);
        let body = json!({
            "credentialID": CEDULA,
            "label": "teléfono nuevo",
            "credential": created_json(&new.credential_id(), &created),
        });
        let path = "/csc/v2/passkeys/register";
        // A thief with the record's certificate cannot add a passkey.
        assert_eq!(error(&post(&world, path, &body).await), "invalid_request");
        let registered = consented(&world, path, &body, &mut app).await;
        assert_eq!(registered.status, StatusCode::OK, "{}", registered.text());
        let factor = registered.json()["factor"].as_str().unwrap().to_owned();
        // The challenge was answered: not again, under another name.
        let again = consented(&world, path, &body, &mut app).await;
        assert_eq!(error(&again), "invalid_authentication_data");

        let list = json!({"credentialID": CEDULA});
        let listed = post(&world, "/csc/v2/factors/list", &list).await.json();
        assert_eq!(listed["factors"].as_array().unwrap().len(), 3, "{listed}");
        let remove = json!({"credentialID": CEDULA, "factor": factor});
        let path = "/csc/v2/factors/remove";
        assert_eq!(error(&post(&world, path, &remove).await), "invalid_request");
        world.set_time("2026-03-02T15:10:00Z");
        let removed = consented(&world, path, &remove, &mut app).await;
        assert_eq!(removed.status, StatusCode::OK, "{}", removed.text());
        let listed = post(&world, "/csc/v2/factors/list", &list).await.json();
        assert_eq!(listed["factors"].as_array().unwrap().len(), 2, "{listed}");
    });
}

/// Posts with an activation of the body, given with a one-time code.
async fn consented(world: &World, path: &str, body: &Value, app: &mut OtpApp) -> Answer {
    let hash = BASE64.encode(&Sha256::digest(body.to_string()));
    let code = app.show(seconds(world)).unwrap();
    let given = post(world, AUTHORIZE, &by_code(&[&hash], &code)).await;
    assert_eq!(given.status, StatusCode::OK, "{}", given.text());
    let token = given.json()["SAD"].as_str().unwrap().to_owned();
    let headers = [
        ("content-type", "application/json"),
        ("receta-activation", &token),
    ];
    world
        .send(&ehr(), "POST", path, &headers, body.to_string())
        .await
}

/// `oathtool`, a program of other people, shows the codes that we accept.
#[test]
fn oathtool_shows_our_codes() {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let bytes = data_encoding::BASE32_NOPAD
        .decode(secret.as_bytes())
        .unwrap();
    for at in [
        "2026-03-02 15:00:00 UTC",
        "1970-01-01 00:00:59 UTC",
        "2033-05-18 03:33:20 UTC",
    ] {
        for (kind, algorithm) in [
            ("sha1", activation::totp::Algorithm::Sha1),
            ("sha256", activation::totp::Algorithm::Sha256),
        ] {
            let mut command = std::process::Command::new("oathtool");
            command
                .arg(format!("--totp={kind}"))
                .args(["--now", at, "-b", secret]);
            let Ok(output) = command.output() else {
                eprintln!("SKIPPED: oathtool is not installed");
                return;
            };
            assert!(output.status.success());
            let shown = String::from_utf8(output.stdout).unwrap();
            let parsed: jiff::Timestamp = at.replace(" UTC", "Z").parse().unwrap();
            let step = activation::totp::step_at(parsed);
            let ours = activation::totp::code(&bytes, algorithm, step, 6);
            assert_eq!(shown.trim(), ours, "{at} {kind}");
        }
    }
}
