//! New versions of the catalogs, from the officer's order to what an issue is judged by.

use axum::http::StatusCode;
use cofepris::{CatalogName, LicenceStatus, Warning};
use jiff::civil::{Date, date};
use prescription::body::Evidence;
use prescription::register::{Register, RegisterBody, RegisterLeaf};
use rx_service::flow::catalog::{
    CatalogAct, CatalogProblem, DIFF_FILE, Preview, apply, preview, refresh,
};
use rx_service::office::Office;
use serde_json::Value;
use sha2::{Digest, Sha256};
use signing::cms::cades;
use signing::trust::Trust;

use crate::answer::Answer;
use crate::callers::{auditor, ehr, example, path_of};
use crate::consent;
use crate::world::{CEDULA, World, with_world};

/// The day of the examples.
const TODAY: Date = date(2026, 3, 2);
const OFFICER: &str = "1234567";
const PARACETAMOL: &str = "010.000.0104.00";

async fn shown(office: &Office, name: CatalogName, file: &str, from: Date) -> Preview {
    preview(office, name, file.as_bytes(), from).await.unwrap()
}

async fn applied(office: &Office, name: CatalogName, file: &str, from: Date) -> CatalogAct {
    let preview = shown(office, name, file, from).await;
    ordered(office, preview, OFFICER).await.unwrap()
}

/// Applies by order of an officer with a passkey.
async fn ordered(
    office: &Office,
    preview: Preview,
    by: &str,
) -> Result<CatalogAct, CatalogProblem> {
    let token = consent::officer(office, by, preview.digest()).await;
    apply(office, preview, (&by.parse().unwrap(), token.as_deref())).await
}

/// The lists of the law with clonazepam's class replaced.
fn lists_with_clonazepam_as(class: &str) -> String {
    let base = cofepris::Catalog::embedded().unwrap();
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let mut text = "substance,listed_as,class,valid_from,valid_to\n".to_owned();
    for one in base.listings() {
        let clonazepam = one.substance == "CLONAZEPAM";
        let class = if clonazepam { class } else { one.class.code() };
        let (substance, listed_as) = (&one.substance, &one.listed_as);
        let (from, to) = (day(one.valid_from), day(one.valid_to));
        let row = format!("\"{substance}\",\"{listed_as}\",{class},{from},{to}\n");
        text.push_str(&row);
    }
    text
}

/// Sends the same prescription as a new request.
async fn again(world: &World, mut request: Value) -> Answer {
    request["identifier"][0]["value"] = Value::from("another-request");
    world.post(&ehr(), path_of(&request), &request).await
}

/// The body of the entry with this kind, once the ledger has it.
async fn act_body(world: &World) -> (Value, RegisterBody<CatalogAct>) {
    for _ in 0..200 {
        let text = world.get(&auditor(), "/ledger/bodies").await.text();
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let body =
                data_encoding::BASE64.decode(line["body"].as_str().unwrap_or_default().as_bytes());
            if let Ok(body) = RegisterBody::from_canonical(&body.unwrap_or_default()) {
                return (line, body);
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the ledger does not go on");
}

#[test]
fn an_officer_applies_what_was_shown_and_the_ledger_says_so() {
    with_world(
        "catalog::an_officer_applies_what_was_shown_and_the_ledger_says_so",
        async |world| {
            let (app, name) = (&world.app, CatalogName::NurseList);
            let file = format!("clave\n{PARACETAMOL}\n");
            let act = applied(app, name, &file, TODAY).await;
            assert_eq!((act.counts.added, act.counts.removed), (1, 0));
            assert_eq!(
                act.file,
                data_encoding::HEXLOWER.encode(&Sha256::digest(&file))
            );
            let clave = PARACETAMOL.parse().unwrap();
            assert!(app.catalog.on(TODAY).nurse_may_prescribe(&clave));
            assert!(!app.catalog.on(date(2026, 3, 1)).nurse_may_prescribe(&clave));

            let (line, body) = act_body(&world).await;
            assert_eq!(body.act, act);
            assert_eq!(body.place.register, Register::Catalog);
            assert_eq!(
                (body.place.subject.as_str(), body.place.number),
                ("nurse-list", 1)
            );
            let diff = act.diff.as_ref().unwrap();
            assert_eq!(diff["added"][0]["key"], PARACETAMOL);

            // The officer's own signature over the act, and the leaf over all of it.
            let Evidence::Cades { document, cms, .. } = &body.evidence else {
                panic!("not signed by the officer")
            };
            assert_eq!(*document, serde_json_canonicalizer::to_vec(&act).unwrap());
            let store = app.trust.current();
            let trust = Trust::Store(&store);
            let signed = cades::verify(document, cms, &trust, act.at).unwrap();
            assert_eq!(signed.subject().cedula.as_deref(), Some(OFFICER));
            let index = line["index"].as_u64().unwrap();
            let entries = app.store.sequenced_entries(index, 1).await.unwrap();
            let leaf = RegisterLeaf::decode(&entries[0].leaf).unwrap();
            assert_eq!(leaf.subject.as_deref(), Some("nurse-list"));

            // What the officer saw is kept, and is what was signed.
            let files = app.store.catalog_files(name, 1).await.unwrap();
            let kept = files.iter().find(|file| file.name == DIFF_FILE).unwrap();
            let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&kept.content));
            assert_eq!(digest, act.diff_digest);
        },
    );
}

#[test]
fn only_who_can_sign_today_applies_and_only_what_is_understood() {
    with_world(
        "catalog::only_who_can_sign_today_applies_and_only_what_is_understood",
        async |world| {
            let (app, name) = (&world.app, CatalogName::NurseList);
            let file = format!("clave\n{PARACETAMOL}\n");
            let answer = ordered(app, shown(app, name, &file, TODAY).await, "9999999").await;
            assert!(matches!(answer, Err(CatalogProblem::Flow(_))), "{answer:?}");

            let unread = shown(app, name, "clave\n999.000.0000.00\n", TODAY).await;
            let answer = ordered(app, unread, OFFICER).await;
            assert!(
                matches!(answer, Err(CatalogProblem::RefusedRows(1))),
                "{answer:?}"
            );
            let empty = shown(app, name, "clave\n", TODAY).await;
            let answer = ordered(app, empty, OFFICER).await;
            assert!(
                matches!(answer, Err(CatalogProblem::NoChange)),
                "{answer:?}"
            );
            assert_eq!(app.store.count_catalog_versions().await.unwrap(), 0);

            // Of two that were shown side by side, the second must be looked at again.
            let first = shown(app, name, &file, TODAY).await;
            let second = shown(app, name, &file, TODAY).await;
            ordered(app, first, OFFICER).await.unwrap();
            let answer = ordered(app, second, OFFICER).await;
            assert!(
                matches!(answer, Err(CatalogProblem::Overtaken)),
                "{answer:?}"
            );
        },
    );
}

#[test]
fn a_prescription_is_judged_by_the_version_of_the_day_it_was_written() {
    with_world(
        "catalog::a_prescription_is_judged_by_the_version_of_the_day_it_was_written",
        async |world| {
            let (app, name) = (&world.app, CatalogName::Substances);
            let estupefaciente = lists_with_clonazepam_as("estupefaciente");
            let act = applied(app, name, &estupefaciente, date(2026, 3, 3)).await;
            assert_eq!((act.counts.changed, act.counts.removed), (0, 1));
            assert_eq!(act.counts.reclassified, 2);

            // Written the day before: of fraction II still, which needs no special folio.
            let clonazepam = example("clonazepam");
            world.issue(&clonazepam).await;

            let preview = shown(app, name, &estupefaciente, TODAY).await;
            let from = date(2026, 3, 3);
            assert_eq!(preview.diff.warnings, [Warning::UntilLaterVersion { from }]);
            let act = applied(app, name, &estupefaciente, TODAY).await;
            assert_eq!(act.counts.reclassified, 2);
            let answer = again(&world, clonazepam).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            let codes: Vec<_> = answer.issues().into_iter().map(|(code, _)| code).collect();
            assert!(
                codes.contains(&"special-folio-missing".to_owned()),
                "{codes:?}"
            );
        },
    );
}

#[test]
fn a_suspended_licence_does_not_prescribe() {
    with_world(
        "catalog::a_suspended_licence_does_not_prescribe",
        async |world| {
            let (app, name) = (&world.app, CatalogName::Professionals);
            let registry = |status: &str, from: &str| {
                format!(
                    "CÉDULA,NOMBRE,PROFESIÓN,ESTATUS,DESDE\n{CEDULA},ANA LÓPEZ,MÉDICO,{status},{from}\n"
                )
            };
            let future = preview(
                app,
                name,
                registry("activa", "").as_bytes(),
                date(2026, 3, 3),
            )
            .await;
            assert!(
                matches!(future, Err(CatalogProblem::FutureRegistry)),
                "{future:?}"
            );

            // From tomorrow on: today's prescription is still good.
            let act = applied(app, name, &registry("suspendida", "2026-03-03"), TODAY).await;
            assert_eq!(act.diff, None, "it names persons");
            let clonazepam = example("clonazepam");
            world.issue(&clonazepam).await;

            applied(app, name, &registry("fallecida", "2026-03-02"), TODAY).await;
            let line = app
                .store
                .professional(&CEDULA.parse().unwrap(), TODAY)
                .await;
            assert_eq!(line.unwrap().unwrap().status, LicenceStatus::Deceased);
            let answer = again(&world, clonazepam).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            let codes: Vec<_> = answer.issues().into_iter().map(|(code, _)| code).collect();
            assert!(
                codes.contains(&"prescriber-not-active".to_owned()),
                "{codes:?}"
            );
        },
    );
}

#[test]
fn a_running_service_takes_in_what_another_process_applied() {
    with_world(
        "catalog::a_running_service_takes_in_what_another_process_applied",
        async |world| {
            let clave = PARACETAMOL.parse().unwrap();
            let other = Office::open(world.config(), world.clock.clone())
                .await
                .unwrap();
            let file = format!("clave\n{PARACETAMOL}\n");
            applied(&other, CatalogName::NurseList, &file, TODAY).await;

            assert!(!world.app.catalog.on(TODAY).nurse_may_prescribe(&clave));
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let worker = rx_service::worker::catalog::run(world.app.clone(), async {
                drop(stopped.await);
            });
            let worker = tokio::spawn(worker);
            while !world.app.catalog.on(TODAY).nurse_may_prescribe(&clave) {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            drop(stop);
            worker.await.unwrap();
            assert!(
                !refresh(&world.app).await.unwrap(),
                "nothing is left to take in"
            );

            // And it is there after a restart.
            drop(other);
            let world = world.restart().await;
            assert!(world.app.catalog.on(TODAY).nurse_may_prescribe(&clave));
        },
    );
}
