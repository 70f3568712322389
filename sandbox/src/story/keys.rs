//! Chapter 1: keys, certificates, and a token.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::World;
use crate::narrate::Narrator;
use crate::pki::Who;

pub(super) fn tell(narrator: &mut Narrator, folder: &Path) -> Result<World> {
    narrator.step(1, "keys", "Llaves");
    let world = World::create(folder)?;
    narrator.good("PKI de desarrollo: raíz, autoridad de profesionales (sólo firma de documentos) y autoridad TLS.");
    for prescriber in &world.prescribers {
        let certificate = world.pki.prescriber(prescriber.cedula);
        ensure!(
            certificate.is_file(),
            "falta el certificado de la cédula {}",
            prescriber.cedula
        );
        narrator.good(&format!(
            "{}, cédula {}: llave P-256 nacida en el HSM (SoftHSM), certificada y guardada envuelta.",
            prescriber.display(),
            prescriber.cedula
        ));
    }
    let clients = Who::ALL
        .iter()
        .filter(|who| !matches!(who, Who::Expired | Who::Foreign));
    narrator.good(&format!(
        "{} certificados de cliente: expedientes, farmacias, auditoría.",
        clients.count()
    ));
    let vkey = std::fs::read_to_string(world.ledger_vkey())?;
    narrator.good("Llave del libro (Ed25519) en el token. Quien verifica fija esta:");
    narrator.detail("vkey", vkey.trim());
    narrator.finish();
    Ok(world)
}
