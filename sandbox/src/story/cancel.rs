//! Chapter 6: the prescriber cancels the morphine, and the counter refuses it.

use anyhow::{Result, ensure};

use super::Stage;
use super::counter::{dispense_must_fail, must_say, paper_of};
use super::issue::AllIssued;
use crate::pki::Who;
use crate::seed::cancellation;

pub(super) fn tell(stage: &mut Stage, issued: &AllIssued) -> Result<()> {
    stage.narrator.step(6, "cancel", "Cancelación");
    let [doctor, other] = stage.world.prescribers.clone();
    let folio = issued.morphine.folio;
    let path = format!("/fhir/r4/MedicationRequest/{}-1/$cancel", folio.compact());
    let ehr = stage.client(Who::Ehr)?;

    let stranger = ehr.post(&path, &cancellation("therapy-changed", other.cedula))?;
    ensure!(
        (400..500).contains(&stranger.status),
        "otro médico canceló: {}",
        stranger.describe()
    );
    stage.narrator.refused(&format!(
        "Otro médico no puede cancelarla: {}",
        stranger.describe()
    ));

    let answer = ehr.post(&path, &cancellation("therapy-changed", doctor.cedula))?;
    ensure!(
        answer.status == 200,
        "la cancelación falló: {}",
        answer.describe()
    );
    let resource = answer.json();
    ensure!(
        resource["status"] == "cancelled",
        "el recurso no quedó cancelado"
    );
    let index = answer.ledger_index()?;
    let reason = resource["statusReason"]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    stage.narrator.good(&format!(
        "{} cancela la morfina ({reason}), asiento {index}.",
        doctor.display()
    ));

    let png = paper_of(stage, folio);
    let said = dispense_must_fail(stage, 1, &png, &[(1, 1)])?;
    must_say(&said, "cancel")?;
    stage.narrator.refused("El mostrador la rechaza:");
    stage.narrator.detail("→", &said);
    stage.narrator.finish();
    Ok(())
}
