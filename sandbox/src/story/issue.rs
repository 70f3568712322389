//! Chapter 3: three prescriptions are issued.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use jiff::civil::date;
use ledger::TlogProof;
use mpi::Sex;
use prescription::Folio;
use serde_json::Value;

use super::Stage;
use crate::cast::{Person, SPECIAL_FOLIOS};
use crate::client::Answer;
use crate::narrate::{Narrator, envases};
use crate::pki::Who;
use crate::seed::{Line, Prescription};

/// A prescription of the story.
pub(super) struct Issued {
    pub(super) folio: Folio,
    /// Index of its entry in the ledger.
    pub(super) index: u64,
    pub(super) patient: Person,
}

/// The three of them.
pub(super) struct AllIssued {
    /// Three lines of fraction IV, one of them an antibiotic.
    pub(super) three_lines: Issued,
    /// Fraction II.
    pub(super) clonazepam: Issued,
    /// Fraction I, on the special recetario.
    pub(super) morphine: Issued,
}

pub(super) fn tell(stage: &mut Stage) -> Result<AllIssued> {
    stage.narrator.step(3, "issue", "Emisión");
    let [doctor, _] = stage.world.prescribers.clone();
    let today = stage.today;

    let guadalupe = Person::new(
        ["Guadalupe", "Ramírez", "Ortega"],
        date(1974, 4, 12),
        Sex::Woman,
    )?;
    let lines = vec![Line::amoxicillin(), Line::metformin(), Line::losartan()];
    let order = Prescription::new(&guadalupe, &doctor, today, lines).identified("ACT-2026-000481");
    stage.narrator.say(
        "El expediente envía un Bundle FHIR con tres medicamentos (fracción IV, uno antibiótico):",
    );
    let three_lines = issue(stage, &order, true)?;

    let luis = Person::new(
        ["José Luis", "Hernández", "Cruz"],
        date(1958, 9, 23),
        Sex::Man,
    )?;
    let order = Prescription::new(&luis, &doctor, today, vec![Line::clonazepam()])
        .identified("ACT-2026-000482");
    stage
        .narrator
        .say("Un MedicationRequest de clonazepam (fracción II):");
    let clonazepam = issue(stage, &order, false)?;

    let ernesto = Person::new(["Ernesto", "Bautista", "Peña"], date(1949, 11, 3), Sex::Man)?;
    let order = Prescription::new(&ernesto, &doctor, today, vec![Line::morphine()])
        .identified("ACT-2026-000483")
        .on_special_recetario(SPECIAL_FOLIOS[0]);
    stage
        .narrator
        .say("Y uno de morfina (fracción I), en recetario especial:");
    let morphine = issue(stage, &order, false)?;

    retry(stage, &order, &morphine)?;
    let out = stage.out.clone();
    fetch_artifacts(stage, three_lines.folio, &out)?;
    for issued in [&clonazepam, &morphine] {
        let folder = stage.scratch.join(issued.folio.compact());
        std::fs::create_dir_all(&folder)?;
        fetch_artifacts(stage, issued.folio, &folder)?;
    }
    stage
        .narrator
        .good("Descargados: QR (SVG, PNG, texto), receta imprimible (PDF) y comprobante.");
    stage.narrator.finish();
    Ok(AllIssued {
        three_lines,
        clonazepam,
        morphine,
    })
}

/// One more prescription for the other prescriber's `number`-th patient, without many words.
pub(super) fn issue_another(stage: &Stage, number: u64) -> Result<Issued> {
    let [_, doctor] = &stage.world.prescribers;
    let patient = Person::numbered(number)?;
    let order = Prescription::new(&patient, doctor, stage.today, vec![Line::losartan()])
        .identified(format!("ACT-2026-{:06}", 483 + number));
    send(stage, &order, false)
}

fn issue(stage: &mut Stage, order: &Prescription, in_bundle: bool) -> Result<Issued> {
    let begun = std::time::Instant::now();
    let issued = send(stage, order, in_bundle)?;
    let taken = begun.elapsed();
    describe(&mut stage.narrator, order, &issued);
    stage.narrator.detail(
        "tiempo:",
        &format!("{} ms, firmada y con comprobante", taken.as_millis()),
    );
    Ok(issued)
}

/// Issues, and checks the answer.
fn send(stage: &Stage, order: &Prescription, in_bundle: bool) -> Result<Issued> {
    let ehr = stage.client(Who::Ehr)?;
    let answer = if in_bundle {
        ehr.post("/fhir/r4", &order.to_bundle())?
    } else {
        ehr.post("/fhir/r4/MedicationRequest", &order.to_single())?
    };
    ensure!(
        answer.status == 201,
        "la emisión no respondió 201: {}",
        answer.describe()
    );
    let (folio, index) = check_answer(stage, &answer, order.lines.len(), in_bundle)?;
    Ok(Issued {
        folio,
        index,
        patient: order.patient.clone(),
    })
}

fn describe(narrator: &mut Narrator, order: &Prescription, issued: &Issued) {
    narrator.good(&format!(
        "201: folio {}, asiento {} del libro",
        issued.folio, issued.index
    ));
    for (number, line) in (1_u8..).zip(&order.lines) {
        let text = format!("{}, {}", line.display, envases(u64::from(line.packages)));
        narrator.detail(&format!("renglón {number}:"), &text);
    }
}

/// Folio, links, stored resources and a receipt that verifies.
fn check_answer(
    stage: &Stage,
    answer: &Answer,
    lines: usize,
    in_bundle: bool,
) -> Result<(Folio, u64)> {
    let folio: Folio = answer.folio()?.parse()?;
    for relation in ["qr-svg", "qr-png", "receta-pdf", "receipt"] {
        ensure!(
            answer.link(relation).is_some(),
            "la respuesta no enlaza {relation}"
        );
    }
    let json = answer.json();
    let stored: Vec<&Value> = if in_bundle {
        let entries = json["entry"]
            .as_array()
            .context("transaction-response sin entradas")?;
        let resources = entries.iter().map(|entry| &entry["resource"]);
        resources
            .filter(|resource| resource["resourceType"] == "MedicationRequest")
            .collect()
    } else {
        vec![&json]
    };
    ensure!(
        stored.len() == lines,
        "se enviaron {lines} renglones y volvieron {}",
        stored.len()
    );
    for (number, resource) in (1..).zip(stored) {
        let id = format!("{}-{number}", folio.compact());
        ensure!(
            resource["id"] == id.as_str(),
            "el renglón {number} no tiene el id {id}"
        );
        ensure!(
            resource["groupIdentifier"]["value"] == folio.to_string(),
            "el renglón {number} no lleva el folio"
        );
    }
    let index = answer.ledger_index()?;
    let receipt = TlogProof::parse(answer.receipt()?.as_bytes())?;
    ensure!(
        receipt.claimed_index() == index,
        "el comprobante es de otro asiento"
    );
    receipt
        .signed_checkpoint()
        .verify(&stage.world.ledger_key()?)
        .context("la firma del comprobante")?;
    Ok((folio, index))
}

/// The same request again, as after a lost answer: the same folio, and no second prescription.
fn retry(stage: &mut Stage, order: &Prescription, first: &Issued) -> Result<()> {
    let again = stage
        .client(Who::Ehr)?
        .without_activator()
        .post("/fhir/r4/MedicationRequest", &order.to_single())?;
    ensure!(
        again.status == 200,
        "el reintento no respondió 200: {}",
        again.describe()
    );
    let same =
        again.folio()?.parse::<Folio>()? == first.folio && again.ledger_index()? == first.index;
    ensure!(same, "el reintento emitió otra receta");
    stage
        .narrator
        .good("La misma solicitud otra vez (respuesta perdida): la misma receta, no otra.");
    Ok(())
}

pub(super) fn fetch_artifacts(stage: &Stage, folio: Folio, folder: &Path) -> Result<()> {
    let ehr = stage.client(Who::Ehr)?;
    let starts: [(&str, &str, &[u8]); 5] = [
        ("qr.svg", "qr.svg", b"<"),
        ("qr.png", "qr.png", b"\x89PNG"),
        ("qr.txt", "qr.txt", b"RX1"),
        ("receta.pdf", "receta.pdf", b"%PDF"),
        ("receipt", "receipt.txt", b"c2sp.org/tlog-proof"),
    ];
    for (artifact, file, start) in starts {
        let bytes = ehr.fetch(&format!("/prescriptions/{folio}/{artifact}"))?;
        ensure!(bytes.starts_with(start), "{artifact} no empieza como debe");
        std::fs::write(folder.join(file), bytes)?;
    }
    Ok(())
}
