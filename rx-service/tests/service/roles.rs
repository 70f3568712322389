//! Who may do what; what others must not even learn to exist.

use axum::http::StatusCode;
use serde_json::json;

use crate::callers::{Pharmacy, auditor, ehr, example, other_ehr, path_of};
use crate::world::with_world;

#[test]
fn each_role_does_its_own_work_only() {
    with_world("roles::each_role_does_its_own_work_only", async |world| {
        let request = example("clonazepam");
        let pharmacy = Pharmacy::licensed();
        for stranger in [&pharmacy.caller, &auditor()] {
            let answer = world.post(stranger, path_of(&request), &request).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
        let folio = world.issue(&request).await;
        let id = folio.replace('-', "");
        let line = format!("/fhir/r4/MedicationRequest/{id}-1");
        assert_eq!(world.get(&ehr(), &line).await.status, StatusCode::OK);
        assert_eq!(
            world.get(&other_ehr(), &line).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            world.get(&pharmacy.caller, &line).await.status,
            StatusCode::FORBIDDEN
        );
        let qr = format!("/prescriptions/{folio}/qr.txt");
        assert_eq!(
            world.get(&other_ehr(), &qr).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            world.get(&ehr(), "/ledger/bodies").await.status,
            StatusCode::FORBIDDEN
        );
        let cancel = format!("{line}/$cancel");
        let answer = world.post(&other_ehr(), &cancel, &example("cancel")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let verified = world
            .post(
                &ehr(),
                "/verifications",
                &json!({"qr": world.qr(&folio).await}),
            )
            .await;
        assert_eq!(verified.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn a_pharmacy_needs_the_qr_its_signature_and_a_licence() {
    with_world(
        "roles::a_pharmacy_needs_the_qr_its_signature_and_a_licence",
        async |world| {
            let folio = world.issue(&example("clonazepam")).await;
            let pharmacy = Pharmacy::licensed();
            let mut act = pharmacy.act(&world, &folio, 1, 1).await;

            let unsigned = world
                .post(&pharmacy.caller, "/fhir/r4/MedicationDispense", &act)
                .await;
            assert_eq!(unsigned.issues()[0].0, "signature-missing");
            let other = Pharmacy::new("HGIMB000262", Some("LS-HGO-0981"));
            let mut borrowed = Pharmacy::licensed();
            borrowed.caller = other.caller.clone();
            let forged = world.post_signed(&borrowed, &act).await;
            assert_eq!(
                forged.issues()[0].0,
                "pharmacy-signature",
                "{}",
                forged.text()
            );

            let unlicensed = Pharmacy::new("HGIMB000245", None);
            let refused = world.post_signed(&unlicensed, &act).await;
            assert_eq!(refused.issues()[0].0, "pharmacy-not-licensed");

            act["identifier"][0]["value"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
            let guessed = world.post_signed(&pharmacy, &act).await;
            assert_eq!(guessed.issues()[0].0, "wrong-qr");
        },
    );
}

#[test]
fn an_establishment_finds_its_own_and_a_curp_never_stands_in_a_url() {
    let name = "roles::an_establishment_finds_its_own_and_a_curp_never_stands_in_a_url";
    with_world(name, async |world| {
        let folio = world.issue(&example("clonazepam")).await;
        let by_folio = format!("/fhir/r4/MedicationRequest?identifier=urn:receta:folio|{folio}");
        let found = world.get(&ehr(), &by_folio.replace('|', "%7C")).await;
        assert_eq!(
            found.json()["entry"].as_array().unwrap().len(),
            1,
            "{}",
            found.text()
        );
        let none = world.get(&other_ehr(), "/fhir/r4/MedicationRequest").await;
        assert!(none.json().get("entry").is_none());
        let curp = "/fhir/r4/MedicationRequest?patient.identifier=HECL580923HHGRRS09";
        assert_eq!(world.get(&ehr(), curp).await.issues()[0].0, "curp-in-url");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let search = "/fhir/r4/MedicationRequest/_search";
        let body =
            "patient.identifier=http%3A%2F%2Fsistema.salud.gob.mx%2Fcurp%7CHECL580923HHGRRS09";
        let found = world.send(&ehr(), "POST", search, &form, body).await;
        assert_eq!(
            found.json()["entry"].as_array().unwrap().len(),
            1,
            "{}",
            found.text()
        );
        let typo = world
            .get(&ehr(), "/fhir/r4/MedicationRequest?stauts=active")
            .await;
        assert_eq!(typo.status, StatusCode::BAD_REQUEST);
    });
}
