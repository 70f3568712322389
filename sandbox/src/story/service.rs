//! Chapter 2: the service, and whom it lets in.

use anyhow::{Result, ensure};

use super::{Stage, tls};
use crate::pki::Who;
use crate::witnesses::Witness;

pub(super) fn tell(stage: &mut Stage) -> Result<()> {
    stage.narrator.step(2, "service", "Servicio");
    stage.start_witnesses()?;
    stage.start_service()?;
    let ehr = stage.client(Who::Ehr)?;
    let ready = ehr.get("/readyz")?;
    ensure!(
        ready.status == 200,
        "el servicio no está listo: {}",
        String::from_utf8_lossy(&ready.body)
    );
    stage.narrator.good(&format!(
        "rx-service en {}: sólo TLS 1.3, con certificado de cliente obligatorio.",
        stage.world.base()
    ));
    let statement = ehr.get("/fhir/r4/metadata")?.json();
    ensure!(
        statement["resourceType"] == "CapabilityStatement",
        "/fhir/r4/metadata no es un CapabilityStatement"
    );
    let version = statement["fhirVersion"].as_str().unwrap_or("?");
    stage.narrator.detail("FHIR", version);
    ensure!(
        tls::refuses_tls_12(stage.world.port())?,
        "el servicio aceptó TLS 1.2"
    );
    stage
        .narrator
        .refused("Un saludo de TLS 1.2 recibe la alerta protocol_version.");
    for (who, what) in [
        (Who::Expired, "certificado vencido"),
        (Who::Foreign, "certificado de otra autoridad"),
    ] {
        let answer = stage.client(who)?.get("/livez");
        ensure!(answer.is_err(), "el servicio dejó entrar un {what}");
        stage
            .narrator
            .refused(&format!("Un {what} no pasa del saludo TLS."));
    }
    let public = stage.world.public_client().get("/livez")?;
    ensure!(
        public.status == 404,
        "el puerto público sirve más que el libro"
    );
    let names = stage.world.witnesses.each_ref().map(Witness::name);
    stage.narrator.good(&format!(
        "El libro, y sólo el libro, es público en {}; lo vigilan {} y {}.",
        stage.world.public_ledger(),
        names[0],
        names[1]
    ));
    stage.narrator.finish();
    Ok(())
}
