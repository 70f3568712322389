//! Chapter 10: what a single prescription, or its absence, can be proven by; first from the service
//! with the ledger's key alone, then from files, with everything switched off.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use ledger::{CoseReceipt, MapAnswer, MapKey, TileDirectory, VerifierKey, value_hash};
use prescription::BlindedKey;
use prescription::leaf::{Pseudonym, Totals};
use prescription::map::{MappedState, prescription_key, substance_key};
use prescription::state::Phase;
use serde_json::{Value, json};

use super::Stage;
use super::alter::must_be_refused;
use super::counter::quote;
use super::issue::{AllIssued, Issued};
use super::witnesses::Witnessed;
use crate::auditor::{self, Audit};
use crate::cast::Person;
use crate::client::Client;
use crate::ledger_download::entries;
use crate::map_answer::{Proven, verify};
use crate::pki::Who;
use crate::seed::Line;

/// Proof of the clonazepam, and of the place that it left.
pub(super) const PROOF: &str = "proof.json";
pub(super) const ABSENCE: &str = "absence.json";
/// What the first means, for a court.
pub(super) const EXPLANATION: &str = "explanation.txt";
pub(super) const EXPLANATION_PAGE: &str = "explanation.html";
/// Receipt of the clonazepam's issue, RFC 9942.
pub(super) const COSE_RECEIPT: &str = "receipt.cose";

/// What was proven by the service's answers.
pub(super) struct Proved {
    /// The state of the clonazepam.
    pub(super) state: Proven,
    /// That its patient has no active prescription of it.
    pub(super) absence: Proven,
}

pub(super) fn tell(
    stage: &mut Stage,
    audit: &Audit,
    issued: &AllIssued,
    witnessed: &Witnessed,
) -> Result<Proved> {
    stage.narrator.step(10, "prove", "Pruebas");
    let clonazepam = &issued.clonazepam;
    let vkey = stage.world.ledger_key()?;
    let completed = state(stage, clonazepam, &vkey)?;
    let (blinded, absence) = absence(stage, clonazepam, &witnessed.active, &vkey)?;
    cose_receipt(stage, audit, clonazepam, &vkey)?;

    stage.stop_everything()?;
    stage.narrator.say(
        "El servicio y los testigos se detienen. Lo demás se comprueba con archivos, sin red:",
    );
    let file = prove(stage, audit, clonazepam, &blinded)?;
    explain(stage, &file)?;
    must_be_refused(stage, &file)?;
    stage.narrator.finish();
    Ok(Proved {
        state: completed,
        absence,
    })
}

/// "This folio is dispensed, 1 of 1", from the service, and again from the public ledger.
fn state(stage: &mut Stage, issued: &Issued, vkey: &VerifierKey) -> Result<Proven> {
    let path = format!("/prescriptions/{}/state", issued.folio);
    let told: Value = serde_json::from_slice(&stage.client(Who::Ehr)?.fetch(&path)?)?;
    // The key follows from the folio, and the value from what is claimed: neither is believed.
    let key = MapKey(prescription_key(Pseudonym::of(issued.folio)));
    let claimed = MappedState {
        phase: Phase::Completed,
        totals: Totals {
            dispensed: 1,
            prescribed: 1,
        },
    };
    let due = MapAnswer::Present(value_hash(&claimed.encode()));
    let proven = verify(&told, &key, vkey)?;
    ensure!(
        proven.answer == due && told["phase"] == "completed" && told["dispensed"] == 1,
        "el estado del clonazepam no es el que se prueba: {told}"
    );
    stage.narrator.good(&format!(
        "Estado del clonazepam {}, con la llave del libro y nada más: {}, {} de {} envases.",
        issued.folio,
        told["phase_es"].as_str().unwrap_or_default(),
        told["dispensed"],
        told["prescribed"]
    ));
    stage.narrator.detail("prueba:", &sized(&proven));
    let public = ask_publicly(&stage.world.public_client(), &key, vkey)?;
    ensure!(public.answer == due, "el libro público dice otra cosa");
    stage.narrator.good(
        "Quien tiene el folio lo pregunta también al libro público, sin certificado: lo mismo.",
    );
    Ok(proven)
}

fn ask_publicly(client: &Client, key: &MapKey, vkey: &VerifierKey) -> Result<Proven> {
    let hex = data_encoding::HEXLOWER.encode(&key.0);
    let told = serde_json::from_slice(&client.fetch(&format!("/ledger/map/{hex}"))?)?;
    verify(&told, key, vkey)
}

fn sized(proven: &Proven) -> String {
    format!(
        "{} bytes, en un mapa de {} claves comprometido en el asiento {}",
        proven.bytes, proven.keys, proven.index
    )
}

/// "No active prescription of this substance for this patient", and one where there is. Returns the
/// name of the place that is free, and the proof.
fn absence(
    stage: &mut Stage,
    dispensed: &Issued,
    active: &Issued,
    vkey: &VerifierKey,
) -> Result<(String, Proven)> {
    let (is_active, blinded, absence) =
        substance(stage, &dispensed.patient, &Line::clonazepam(), vkey)?;
    ensure!(
        !is_active && absence.answer == MapAnswer::Absent,
        "sigue vigente el clonazepam que se surtió"
    );
    stage.narrator.good(&format!(
        "{} no tiene ninguna receta vigente de clonazepam: ausencia probada ({} bytes).",
        dispensed.patient.full_name(),
        absence.bytes
    ));
    let (is_active, _, proven) = substance(stage, &active.patient, &Line::losartan(), vkey)?;
    ensure!(
        is_active && matches!(proven.answer, MapAnswer::Present(_)),
        "no consta el losartán que se acaba de recetar"
    );
    stage.narrator.good(&format!(
        "{} sí tiene una de losartán: presencia probada. El libro no muestra de quién es la clave.",
        active.patient.full_name()
    ));
    Ok((blinded, absence))
}

/// Whether the service says that there is one, the blinded key, and what is proven of it.
fn substance(
    stage: &Stage,
    patient: &Person,
    line: &Line,
    vkey: &VerifierKey,
) -> Result<(bool, String, Proven)> {
    let question = json!({"curp": patient.curp.as_str(), "clave": line.clave});
    let answer = stage
        .client(Who::Ehr)?
        .post("/substance-proofs", &question)?;
    ensure!(answer.status == 200, "{}", answer.describe());
    let told = answer.json();
    let is_active = told["active"].as_bool().context("no active")?;
    let blinded = told["blinded_key"].as_str().context("no blinded_key")?;
    let bytes = data_encoding::HEXLOWER.decode(blinded.as_bytes())?;
    let bytes = bytes.try_into().ok().context("blinded_key")?;
    let key = MapKey(substance_key(BlindedKey(bytes)));
    Ok((is_active, blinded.to_owned(), verify(&told, &key, vkey)?))
}

/// The same receipt for tools that know COSE (RFC 9942): it proves the entry in the mirror.
fn cose_receipt(
    stage: &mut Stage,
    audit: &Audit,
    issued: &Issued,
    vkey: &VerifierKey,
) -> Result<()> {
    let path = format!("/prescriptions/{}/receipt.cose", issued.folio);
    let bytes = stage.client(Who::Ehr)?.fetch(&path)?;
    let entries = entries(&TileDirectory::open(&audit.ledger)?, issued.index + 1);
    let entry = entries?.pop().context("no entry")?;
    CoseReceipt::decode(&bytes)?.verify_inclusion(&entry, vkey)?;
    stage.narrator.good(&format!(
        "Comprobante COSE (RFC 9942) de su expedición: {} bytes, verificado contra el asiento {}.",
        bytes.len(),
        issued.index
    ));
    Ok(std::fs::write(stage.out.join(COSE_RECEIPT), bytes)?)
}

/// Two files, each made from the mirror and checked by itself.
fn prove(stage: &mut Stage, audit: &Audit, issued: &Issued, blinded: &str) -> Result<PathBuf> {
    let file = stage.out.join(PROOF);
    audit.prove(&stage.world, &issued.folio.to_string(), &file)?;
    let said = auditor::check(&stage.world, &file)?;
    let expected = format!(
        "Prueba válida. Folio {}: surtida por completo, surtidos 1 de 1",
        issued.folio
    );
    ensure!(
        said.success && said.text.starts_with(&expected),
        "auditor check dijo: {}",
        said.text
    );
    stage.narrator.good(&format!(
        "auditor prove escribe {PROOF} ({} bytes); auditor check:",
        file.metadata()?.len()
    ));
    quote(stage, &said);

    let file_of_absence = stage.out.join(ABSENCE);
    audit.prove_absence(&stage.world, blinded, &file_of_absence)?;
    let said = auditor::check(&stage.world, &file_of_absence)?;
    ensure!(said.success, "la ausencia no se comprueba: {}", said.text);
    let first = said.text.lines().next().unwrap_or_default().to_owned();
    stage
        .narrator
        .good(&format!("auditor absence escribe {ABSENCE}: {first}"));
    Ok(file)
}

fn explain(stage: &mut Stage, file: &Path) -> Result<()> {
    let text = auditor::explain(&stage.world, file, false)?;
    for part in ["CONCLUSIÓN", "Testigos. Cofirmaron", "QUÉ NO PRUEBA"] {
        ensure!(text.contains(part), "la explicación no dice «{part}»");
    }
    let lines = text.lines().count();
    std::fs::write(stage.out.join(EXPLANATION), text)?;
    let page = auditor::explain(&stage.world, file, true)?;
    std::fs::write(stage.out.join(EXPLANATION_PAGE), page)?;
    stage.narrator.good(&format!(
        "auditor explain lo explica a un tribunal: {EXPLANATION} ({lines} renglones) y {EXPLANATION_PAGE}."
    ));
    Ok(())
}
