//! `up`: the service and one counter, left running with a few prescriptions.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::civil::date;
use mpi::Sex;
use serde::{Deserialize, Serialize};

use crate::World;
use crate::cast::{Person, SPECIAL_FOLIOS};
use crate::clock;
use crate::narrate::Narrator;
use crate::pki::Who;
use crate::processes::{interrupted, program};
use crate::seed::{Line, Prescription};

const SEEDED: &str = "seeded.json";
const EXAMPLE: &str = "example.json";

/// Folios of the prescriptions that were there first.
#[derive(Serialize, Deserialize)]
struct Seeded {
    three_lines: String,
    clonazepam: String,
    morphine: String,
}

/// Starts everything and waits for Ctrl-C.
pub(crate) fn up(folder: &Path, port: Option<u16>) -> Result<()> {
    let mut narrator = Narrator::stdout();
    narrator.say(&format!("Preparando {}…", folder.display()));
    let world = World::create_on(folder, port)?;
    if let Some(port) = port {
        let wanted = format!("https://127.0.0.1:{port}");
        ensure!(
            world.base() == wanted,
            "el puerto {port} está ocupado: elija otro con --port"
        );
    }
    let mut service = world.start_service()?;
    let seeded = seed(&world)?;
    write_example(&world)?;
    for number in [1, 2] {
        let said = world.counter(number)?.run(["sync"])?;
        ensure!(
            said.success,
            "el mostrador {number} no sincronizó: {}",
            said.text
        );
    }
    let mut counter = world.counter(1)?.serve(["--listen", "127.0.0.1:0"])?;
    let counter_url = counter.wait_for_line("Pantalla del mostrador: ")?;
    tell(&mut narrator, &world, &seeded, &counter_url)?;
    while !interrupted() {
        std::thread::sleep(Duration::from_millis(100));
        if interrupted() {
            break;
        }
        let end = |log: String| format!("terminó por su cuenta. Final de su bitácora:\n{log}");
        ensure!(
            service.is_running()?,
            "el servicio {}",
            end(service.log_tail())
        );
        ensure!(
            counter.is_running()?,
            "el mostrador {}",
            end(counter.log_tail())
        );
    }
    narrator.say("Deteniendo…");
    counter.stop()?;
    service.stop()
}

/// Issues the first prescriptions, once in the life of the world.
fn seed(world: &World) -> Result<Seeded> {
    let path = world.folder().join(SEEDED);
    if let Ok(text) = std::fs::read(&path) {
        return serde_json::from_slice(&text).context(SEEDED);
    }
    let [doctor, _] = &world.prescribers;
    let today = clock::today()?;
    let ehr = world.client(Who::Ehr)?;
    let issue = |order: &Prescription| -> Result<String> {
        let answer = ehr.post("/fhir/r4", &order.to_bundle())?;
        ensure!(matches!(answer.status, 200 | 201), "{}", answer.describe());
        Ok(answer.folio()?.to_owned())
    };
    let person = |names, born, sex| Person::new(names, born, sex);
    let ana = person(
        ["Ana Lilia", "Trejo", "Monroy"],
        date(1983, 1, 30),
        Sex::Woman,
    )?;
    let lines = vec![Line::amoxicillin(), Line::metformin(), Line::losartan()];
    let three_lines = Prescription::new(&ana, doctor, today, lines).identified("UP-1");
    let raul = person(["Raúl", "Islas", "Cerón"], date(1966, 6, 11), Sex::Man)?;
    let clonazepam =
        Prescription::new(&raul, doctor, today, vec![Line::clonazepam()]).identified("UP-2");
    let patient = person(["Inés", "Lugo", "Barrera"], date(1951, 10, 2), Sex::Woman)?;
    let morphine = Prescription::new(&patient, doctor, today, vec![Line::morphine()])
        .identified("UP-3")
        .on_special_recetario(SPECIAL_FOLIOS[0]);
    let seeded = Seeded {
        three_lines: issue(&three_lines)?,
        clonazepam: issue(&clonazepam)?,
        morphine: issue(&morphine)?,
    };
    std::fs::write(path, serde_json::to_vec_pretty(&seeded)?)?;
    Ok(seeded)
}

/// A Bundle to post: dated today, for somebody who has no prescription yet.
fn write_example(world: &World) -> Result<()> {
    let [doctor, _] = &world.prescribers;
    let second = clock::now().as_second();
    let patient = Person::numbered(u64::try_from(second)?)?;
    let lines = vec![
        Line::losartan(),
        Line {
            fills: 3,
            ..Line::metformin()
        },
    ];
    let order = Prescription::new(&patient, doctor, clock::today()?, lines)
        .identified(format!("EJEMPLO-{second}"));
    let text = serde_json::to_string_pretty(&order.to_bundle())?;
    Ok(std::fs::write(world.folder().join(EXAMPLE), text)?)
}

fn tell(narrator: &mut Narrator, world: &World, seeded: &Seeded, counter_url: &str) -> Result<()> {
    let agent = program("pharmacy-agent")?;
    let base = world.base();
    let curl = |who: Who| {
        let (certificate, key) = world.pki.client(who);
        format!(
            "curl -sS --tlsv1.3 --cacert '{}' --cert '{}' --key '{}'",
            world.pki.tls_ca().display(),
            certificate.display(),
            key.display()
        )
    };
    let (ehr, auditor) = (curl(Who::Ehr), curl(Who::Auditor));
    let example = world.folder().join(EXAMPLE);
    let example = example.display();
    let three_lines = &seeded.three_lines;
    let qr = world.folder().join("qr.png");
    let counter = world.folder().join("counter-2/counter.toml");
    let lines = [
        String::new(),
        format!("Servicio   {base}"),
        format!("Mostrador  {counter_url}"),
        format!(
            "Certificados y llaves de cliente en {}",
            world.pki.path("").display()
        ),
        format!(
            "Recetas de muestra: {three_lines} (tres renglones), {} (clonazepam), {} (morfina)",
            seeded.clonazepam, seeded.morphine
        ),
        String::new(),
        "Emitir una receta (FHIR R4):".to_owned(),
        format!(
            "  {ehr} -i -H 'Content-Type: application/fhir+json' --data-binary '@{example}' {base}/fhir/r4"
        ),
        "Descargar un QR, la receta impresa y el comprobante:".to_owned(),
        format!(
            "  {ehr} -o '{}' {base}/prescriptions/{three_lines}/qr.png",
            qr.display()
        ),
        format!("  {ehr} -o receta.pdf {base}/prescriptions/{three_lines}/receta.pdf"),
        format!("  {ehr} {base}/prescriptions/{three_lines}/receipt"),
        "Leerlo, verificarlo y preguntar su estado en el mostrador de otra farmacia:".to_owned(),
        format!(
            "  '{}' --config '{}' status '{}'",
            agent.display(),
            counter.display(),
            qr.display()
        ),
        "El libro público, y los actos completos para la autoridad:".to_owned(),
        format!("  {ehr} {base}/ledger/checkpoint"),
        format!("  {auditor} '{base}/ledger/bodies?from=0&limit=10'"),
        "Estado y métricas:".to_owned(),
        format!("  {ehr} {base}/readyz"),
        format!("  {ehr} {base}/metrics"),
        String::new(),
        "Ctrl-C detiene todo; el mundo se conserva.".to_owned(),
    ];
    for line in lines {
        narrator.say(&line);
    }
    Ok(())
}
