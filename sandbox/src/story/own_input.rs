//! `demo --input FILE`: the reader's own resource or Bundle takes the same path.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use prescription::Folio;
use serde_json::Value;

use super::{Stage, audit, counter, issue, outputs};
use crate::cast::SPECIAL_FOLIOS;
use crate::client::Answer;
use crate::pki::Who;

/// The bytes of the reader's file: whatever they are, the service judges them.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("no se puede leer {}", path.display()))
}

pub(super) fn tell(stage: &mut Stage, input: Vec<u8>) -> Result<()> {
    stage.narrator.step(3, "issue", "Su solicitud");
    let path = endpoint(&input);
    stage
        .narrator
        .say(&format!("POST {path}, {} bytes", input.len()));
    let answer = stage.client(Who::Ehr)?.post_bytes(path, input, &[])?;
    if answer.status != 201 {
        return refused(stage, &answer);
    }
    let folio: Folio = answer.folio()?.parse()?;
    let index = answer.ledger_index()?;
    stage
        .narrator
        .good(&format!("201: folio {folio}, asiento {index} del libro"));
    stage
        .narrator
        .say(&serde_json::to_string_pretty(&answer.json())?);
    let out = stage.out.clone();
    issue::fetch_artifacts(stage, folio, &out)?;

    stage.narrator.step(5, "counter", "Mostrador");
    counter::verify_paper(stage, 1, &out.join("qr.png"))?;

    stage.narrator.step(9, "audit", "Auditoría");
    let (downloaded, files) = audit::download(stage, index + 1, None)?;
    let report = files.run(&stage.world)?;
    ensure!(
        report.clean,
        "la auditoría encontró irregularidades: {:?}",
        report.findings()
    );
    stage.narrator.good(&format!(
        "auditor verify: ÍNTEGRO, {} asiento(s).",
        downloaded.size
    ));
    outputs::write_evidence(stage, index)?;
    outputs::copy_trust(stage, &cedula(&answer.json()).unwrap_or_default())?;
    stage.narrator.finish();
    stage
        .narrator
        .good(&format!("Los resultados están en {}", out.display()));
    Ok(())
}

/// Where a resource of this type goes; what cannot be read goes to the transaction endpoint, which
/// says what is wrong with it.
fn endpoint(input: &[u8]) -> &'static str {
    let value: Value = serde_json::from_slice(input).unwrap_or(Value::Null);
    match value["resourceType"].as_str() {
        Some("MedicationRequest") => "/fhir/r4/MedicationRequest",
        Some("MedicationDispense") => "/fhir/r4/MedicationDispense",
        _ => "/fhir/r4",
    }
}

/// The cédula in the answer, whether one resource or a Bundle.
fn cedula(answer: &Value) -> Option<String> {
    let entries = answer["entry"].as_array().cloned().unwrap_or_default();
    let resources = entries
        .iter()
        .map(|entry| &entry["resource"])
        .chain([answer]);
    let cedulas =
        resources.filter_map(|resource| resource["requester"]["identifier"]["value"].as_str());
    cedulas.map(str::to_owned).next()
}

fn refused(stage: &mut Stage, answer: &Answer) -> Result<()> {
    stage.narrator.refused(&format!(
        "RECHAZADA (HTTP {}). OperationOutcome:",
        answer.status
    ));
    let json = answer.json();
    let text = if json.is_null() {
        String::from_utf8_lossy(&answer.body).into_owned()
    } else {
        serde_json::to_string_pretty(&json)?
    };
    stage.narrator.say(&text);
    let [first, second] = &stage.world.prescribers;
    let hint = format!(
        "En este mundo prescriben las cédulas {} y {}; hoy es {}; los folios de recetario especial \
         de la primera son {} a {}.",
        first.cedula, second.cedula, stage.today, SPECIAL_FOLIOS[0], SPECIAL_FOLIOS[3]
    );
    stage.narrator.say(&hint);
    stage.narrator.finish();
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn anything_goes_somewhere_that_judges_it() {
        assert_eq!(
            endpoint(br#"{"resourceType":"MedicationRequest"}"#),
            "/fhir/r4/MedicationRequest"
        );
        for text in [
            r#"{"resourceType":"Bundle"}"#,
            r#"{"resourceType":"Patient"}"#,
            "{",
            "",
        ] {
            assert_eq!(endpoint(text.as_bytes()), "/fhir/r4");
        }
    }

    #[test]
    fn the_signer_is_found_in_either_answer() {
        let single = json!({"requester": {"identifier": {"value": "1"}}});
        let bundle = json!({"entry": [{"response": {}}, {"resource": single}]});
        assert_eq!(cedula(&single).as_deref(), Some("1"));
        assert_eq!(cedula(&bundle).as_deref(), Some("1"));
        assert_eq!(cedula(&json!({})), None);
    }
}
