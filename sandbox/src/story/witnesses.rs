//! Chapter 8: anybody follows the ledger, and two witnesses see to it that everybody is shown the
//! same one. They are stopped one after the other, and come back.

use anyhow::{Context, Result, ensure};
use ledger::SignedCheckpoint;

use super::issue::{AllIssued, Issued, issue_another};
use super::{COFEPRIS, Stage, UNIVERSIDAD, fork};
use crate::auditor::{Mirrored, follow_publicly};
use crate::ledger_download::{wait_for_size, wait_until};
use crate::pki::Who;

/// What the chapter leaves for the next ones.
pub(super) struct Witnessed {
    /// A patient with an active prescription of losartan.
    pub(super) active: Issued,
    /// What the public ledger is at the end.
    pub(super) mirrored: Mirrored,
    /// Where the public checkpoint stood while no witness was there.
    pub(super) held_back_at: u64,
    /// The entry that the forger's history leaves out.
    pub(super) forged_entry: u64,
}

pub(super) fn tell(stage: &mut Stage, issued: &AllIssued, last_index: u64) -> Result<Witnessed> {
    stage
        .narrator
        .step(8, "witnesses", "Libro público y testigos");
    wait_for_size(&stage.world.public_client(), last_index + 1)?;
    let mirrored = follow(stage, &[COFEPRIS, UNIVERSIDAD])?;
    stage.narrator.good(&format!(
        "Cualquiera sigue el libro por HTTP, sin certificado: auditor follow verifica {} asientos.",
        mirrored.size
    ));
    stage.narrator.detail(
        "su estado firmado (checkpoint) lo cofirman",
        &mirrored.cosigned.join(" y "),
    );
    stage.narrator.detail(
        "política:",
        "basta uno de los dos testigos, cada uno con su llave y su memoria",
    );

    one_is_enough(stage)?;
    let held_back_at = none_is_not(stage)?;
    one_is_back(stage, mirrored.size)?;
    let active = both_are_back(stage)?;
    let mirrored = follow(stage, &[COFEPRIS, UNIVERSIDAD])?;
    stage.narrator.good(&format!(
        "Vuelve también el otro. El mismo espejo llega a {} asientos, cofirmados por los dos.",
        mirrored.size
    ));
    let forged_entry = fork::tell(stage, issued.clonazepam.folio)?;
    stage.narrator.finish();
    Ok(Witnessed {
        active,
        mirrored,
        held_back_at,
        forged_entry,
    })
}

/// The second witness is away: the first one is a quorum.
fn one_is_enough(stage: &mut Stage) -> Result<()> {
    stage.stop_witness(UNIVERSIDAD)?;
    let issued = issue_another(stage, 1)?;
    wait_for_size(&stage.world.public_client(), issued.index + 1)?;
    follow(stage, &[COFEPRIS])?;
    let [_, away] = &stage.world.witnesses;
    let text = format!(
        "Se detiene {}. Otra receta (asiento {}): el checkpoint público avanza, con la cofirma del otro.",
        away.name(),
        issued.index,
    );
    stage.narrator.good(&text);
    Ok(())
}

/// Both are away: prescriptions go on with their receipts, and nothing new is public. The size that
/// stays public.
fn none_is_not(stage: &mut Stage) -> Result<u64> {
    let before = public_size(stage)?;
    stage.stop_witness(COFEPRIS)?;
    let issued = issue_another(stage, 2)?;
    let ehr = stage.client(Who::Ehr)?;
    let reason = wait_until("/readyz does not say what is missing", || {
        let ready = ehr.get("/readyz")?.json();
        let checkpoint = ready["checkpoint"].as_str().context("no checkpoint")?;
        ensure!(ready["ready"] == true, "el servicio ya no está listo");
        Ok((checkpoint != "ok").then(|| checkpoint.to_owned()))
    })?;
    let after = public_size(stage)?;
    ensure!(
        after == before && before <= issued.index,
        "sin testigos el checkpoint público pasó de {before} a {after} asientos"
    );
    stage.narrator.good(&format!(
        "Se detiene también el otro. Se sigue recetando: asiento {}, con su comprobante.",
        issued.index
    ));
    stage.narrator.refused(&format!(
        "Pero lo que nadie atestigua no se publica: el checkpoint público se queda en {before} asientos."
    ));
    stage.narrator.detail("/readyz dice:", &reason);
    Ok(before)
}

/// The witness that was away longest is shown that the ledger did nothing but grow since.
fn one_is_back(stage: &mut Stage, remembered: u64) -> Result<()> {
    let ready = stage.client(Who::Ehr)?.get("/readyz")?.json();
    let signed = ready["tree_size"].as_u64().context("no tree_size")?;
    let status = stage.world.witnesses[UNIVERSIDAD].status()?;
    let expected = format!("asientos:  {remembered}\n");
    ensure!(status.contains(&expected), "el testigo recuerda: {status}");
    stage.start_witness(UNIVERSIDAD)?;
    wait_for_size(&stage.world.public_client(), signed)?;
    let mirrored = follow(stage, &[UNIVERSIDAD])?;
    ensure!(mirrored.size == signed, "el espejo no llegó a {signed}");
    let [_, back] = &stage.world.witnesses;
    let text = format!(
        "Vuelve {}: recuerda {remembered} asientos, se le prueba que son el comienzo de {signed}, y \
         cofirma.",
        back.name()
    );
    stage.narrator.good(&text);
    Ok(())
}

fn both_are_back(stage: &mut Stage) -> Result<Issued> {
    stage.start_witness(COFEPRIS)?;
    let issued = issue_another(stage, 3)?;
    wait_for_size(&stage.world.public_client(), issued.index + 1)?;
    Ok(issued)
}

fn public_size(stage: &Stage) -> Result<u64> {
    let bytes = stage.world.public_client().fetch("/ledger/checkpoint")?;
    Ok(SignedCheckpoint::parse(&bytes)?.claimed().size())
}

/// The auditor's mirror, brought up to date by somebody without a certificate; it must be cosigned
/// by these witnesses and no other.
fn follow(stage: &Stage, witnesses: &[usize]) -> Result<Mirrored> {
    let mirrored = follow_publicly(&stage.world, &stage.out.join("ledger"))?;
    let names = witnesses.iter();
    let names: Vec<_> = names
        .map(|which| stage.world.witnesses[*which].name())
        .collect();
    ensure!(
        mirrored.cosigned == names,
        "debían cofirmar {names:?} y cofirmaron {:?}",
        mirrored.cosigned
    );
    Ok(mirrored)
}
