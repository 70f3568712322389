//! Chapter 4: six requests that must fail, each naming the element and, for a rule of law, the
//! article.

use anyhow::{Context, Result, ensure};

use super::Stage;
use super::issue::AllIssued;
use crate::cast::{Person, SPECIAL_FOLIOS, UNKNOWN_CEDULA};
use crate::client::{Client, Refusal};
use crate::pki::Who;
use crate::seed::{Line, Prescription, wrong_check_digit};

/// A request that must fail, and how.
struct Wrong {
    what: &'static str,
    order: Prescription,
    code: &'static str,
    /// End of the element's `FHIRPath`.
    element: &'static str,
    /// Symbol of the article, where a rule of law refuses.
    law: Option<&'static str>,
}

pub(super) fn tell(stage: &mut Stage, issued: &AllIssued) -> Result<()> {
    stage.narrator.step(4, "refuse", "Rechazos");
    let ehr = stage.client(Who::Ehr)?;
    let before = tree_size(&ehr)?;
    for wrong in six(stage, issued)? {
        let answer = ehr.post("/fhir/r4/MedicationRequest", &wrong.order.to_single())?;
        let status = answer.status;
        ensure!(
            (400..500).contains(&status),
            "{}: {}",
            wrong.what,
            answer.describe()
        );
        let reasons = answer.issues();
        let found = reasons
            .iter()
            .find(|issue| issue.code == wrong.code)
            .with_context(|| {
                format!(
                    "{}: falta el código {}: {}",
                    wrong.what,
                    wrong.code,
                    answer.describe()
                )
            })?;
        check(&wrong, found)?;
        stage
            .narrator
            .refused(&format!("{} (HTTP {status})", wrong.what));
        stage.narrator.detail("→", &found.text);
        stage
            .narrator
            .detail("elemento:", found.expression.as_deref().unwrap_or_default());
        if let Some((_, citation)) = &found.law {
            stage.narrator.detail("fundamento:", citation);
        }
    }
    ensure!(
        tree_size(&ehr)? == before,
        "un rechazo dejó un asiento en el libro"
    );
    stage
        .narrator
        .good("Ningún rechazo dejó asiento en el libro.");
    stage.narrator.finish();
    Ok(())
}

fn check(wrong: &Wrong, found: &Refusal) -> Result<()> {
    let expression = found.expression.as_deref().unwrap_or_default();
    ensure!(
        expression.contains(wrong.element),
        "{}: el elemento es {expression:?} y debía contener {:?}",
        wrong.what,
        wrong.element
    );
    let law = found.law.as_ref().map(|(symbol, _)| symbol.as_str());
    ensure!(
        law == wrong.law,
        "{}: cita {law:?} y debía citar {:?}",
        wrong.what,
        wrong.law
    );
    Ok(())
}

fn tree_size(client: &Client) -> Result<u64> {
    client.get("/readyz")?.json()["tree_size"]
        .as_u64()
        .context("readyz sin tree_size")
}

fn six(stage: &Stage, issued: &AllIssued) -> Result<Vec<Wrong>> {
    let [doctor, other] = &stage.world.prescribers;
    let patient = Person::numbered(41)?;
    let order = |line: Line| Prescription::new(&patient, doctor, stage.today, vec![line]);
    let luis = &issued.clonazepam.patient;
    let same_substance = Prescription::new(luis, other, stage.today, vec![Line::clonazepam()]);
    let mut six = against_the_register(order(Line::losartan()));
    six.push(Wrong {
        what: "Clave que no está en el Compendio",
        order: order(Line::unknown()),
        code: "unknown-clave",
        element: "medicationCodeableConcept",
        law: None,
    });
    six.push(Wrong {
        what: "Fracción II con tres presentaciones",
        order: order(Line {
            packages: 3,
            ..Line::clonazepam()
        }),
        code: "fraction-ii-packages",
        element: "dispenseRequest.quantity",
        law: Some("LGS_226_II"),
    });
    six.push(Wrong {
        what: "Fracción I por treinta y un días",
        order: order(Line {
            days: 31,
            ..Line::morphine()
        })
        .on_special_recetario(SPECIAL_FOLIOS[1]),
        code: "treatment-too-long",
        element: "boundsDuration",
        law: Some("LGS_241_I"),
    });
    six.push(Wrong {
        what: "Segunda receta vigente de la misma substancia (de otro médico)",
        order: same_substance,
        code: "duplicate-substance",
        element: "medicationCodeableConcept",
        law: None,
    });
    Ok(six)
}

/// A good order with a patient who cannot exist, and with a prescriber whom nobody enrolled.
fn against_the_register(good: Prescription) -> Vec<Wrong> {
    let curp = wrong_check_digit(&good.curp);
    vec![
        Wrong {
            what: "CURP con dígito verificador equivocado",
            order: Prescription {
                curp,
                ..good.clone()
            },
            code: "curp-check-digit",
            element: "identifier[0].value",
            law: None,
        },
        Wrong {
            what: "Cédula que no está inscrita",
            order: Prescription {
                cedula: UNKNOWN_CEDULA.to_owned(),
                ..good
            },
            code: "prescriber-not-enrolled",
            element: "requester",
            law: Some("LGS_28_BIS"),
        },
    ]
}
