//! `up`: the service, its witnesses and one counter, left running with a few prescriptions.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use data_encoding::HEXLOWER;
use jiff::civil::date;
use mpi::Sex;
use prescription::leaf::Pseudonym;
use prescription::map::prescription_key;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::World;
use crate::cast::{Person, SPECIAL_FOLIOS};
use crate::clock;
use crate::narrate::Narrator;
use crate::pki::Who;
use crate::processes::{interrupted, program};
use crate::seed::{Line, Prescription};
use crate::witnesses::Witness;

/// Packages of each medicine that the pharmacies have.
const PACKAGES: u32 = 20;
const SEEDED: &str = "seeded.json";
const EXAMPLE: &str = "example.json";
/// Where the lines to paste keep a mirror of the ledger.
const MIRROR: &str = "mirror";

/// Folios of the prescriptions that were there first.
#[derive(Serialize, Deserialize)]
struct Seeded {
    three_lines: String,
    clonazepam: String,
    /// Whose the clonazepam is.
    curp: String,
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
            "del puerto {port} en adelante no hay cuatro libres: elija otro con --port"
        );
    }
    let mut witnesses = world.start_witnesses()?;
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
    let lines = Lines {
        world: &world,
        seeded: &seeded,
    };
    lines.tell(&mut narrator, &counter_url)?;
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
        ensure!(
            witnesses.are_running()?,
            "un testigo terminó por su cuenta; su bitácora está en {}",
            folder.display()
        );
    }
    narrator.say("Deteniendo…");
    counter.stop()?;
    service.stop()?;
    witnesses.stop()
}

/// Prints an activation of the bytes of `file` by whoever signs them, in the world that is up.
pub(crate) fn activation(folder: &Path, file: &Path) -> Result<()> {
    let world = World::open(folder)?;
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let body = serde_json::from_slice(&bytes).context("el archivo no es JSON")?;
    let cedula = software_authenticator::requester(&body);
    let cedula = cedula.context("la solicitud no dice quién la firma")?;
    let ehr = world.client(Who::Ehr)?;
    let digest = Sha256::digest(&bytes).into();
    let token = world.activator.token(&ehr, cedula, &[digest])?;
    Narrator::stdout().say(&token);
    Ok(())
}

/// Issues the first prescriptions, once in the life of the world.
fn seed(world: &World) -> Result<Seeded> {
    let path = world.folder().join(SEEDED);
    if let Ok(text) = std::fs::read(&path) {
        return serde_json::from_slice(&text).context(SEEDED);
    }
    crate::stock::open(world, PACKAGES)?;
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
        curp: raul.curp.as_str().to_owned(),
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

/// What to type, and where.
struct Lines<'w> {
    world: &'w World,
    seeded: &'w Seeded,
}

impl Lines<'_> {
    fn tell(&self, narrator: &mut Narrator, counter_url: &str) -> Result<()> {
        let parts = [
            self.addresses(counter_url),
            self.prescriptions()?,
            self.public_ledger()?,
            self.proofs()?,
            self.end(),
        ];
        for line in parts.concat() {
            narrator.say(&line);
        }
        Ok(())
    }

    fn addresses(&self, counter_url: &str) -> Vec<String> {
        let (world, seeded) = (self.world, self.seeded);
        let witness = |witness: &Witness| format!("{} en {}", witness.name(), witness.url());
        let [one, other] = world.witnesses.each_ref().map(witness);
        vec![
            String::new(),
            format!("Servicio       {}", world.base()),
            format!("Mostrador      {counter_url}"),
            format!("Libro público  {}", world.public_ledger()),
            format!("Testigos       {one}; {other}"),
            format!(
                "Política       {} (basta un testigo)",
                world.policy().display()
            ),
            format!("Certificados   {}", world.pki.path("").display()),
            format!(
                "Recetas        {} (tres renglones), {} (clonazepam), {} (morfina)",
                seeded.three_lines, seeded.clonazepam, seeded.morphine
            ),
            String::new(),
        ]
    }

    fn prescriptions(&self) -> Result<Vec<String>> {
        let (base, folio) = (self.world.base(), &self.seeded.three_lines);
        let ehr = self.curl(Who::Ehr);
        let (example, qr) = (self.file(EXAMPLE), self.file("qr.png"));
        let counter = self.file("counter-2/counter.toml");
        let agent = program("pharmacy-agent")?;
        let activation = self.activation(&example)?;
        Ok(vec![
            "Emitir una receta (FHIR R4). Quien prescribe autoriza antes esos bytes, con su llave de acceso:".to_owned(),
            format!(
                "  {ehr} -i -H 'Content-Type: application/fhir+json' -H \"Receta-Activation: $({activation})\" --data-binary @{example} {base}/fhir/r4"
            ),
            "Descargar un QR, la receta impresa y el comprobante (C2SP, y COSE: RFC 9942):"
                .to_owned(),
            format!("  {ehr} -o {qr} {base}/prescriptions/{folio}/qr.png"),
            format!("  {ehr} -o receta.pdf {base}/prescriptions/{folio}/receta.pdf"),
            format!("  {ehr} {base}/prescriptions/{folio}/receipt"),
            format!("  {ehr} -o receipt.cose {base}/prescriptions/{folio}/receipt.cose"),
            "Leerlo, verificarlo y preguntar su estado en el mostrador de otra farmacia:"
                .to_owned(),
            format!("  '{}' --config {counter} status {qr}", agent.display()),
        ])
    }

    /// What anybody may do, without a certificate, and the authority with one.
    fn public_ledger(&self) -> Result<Vec<String>> {
        let (world, public) = (self.world, self.world.public_ledger());
        let (certificate, key) = world.pki.client(Who::Auditor);
        let follow = |url: &str| -> Result<String> {
            let (auditor, mirror) = (program("auditor")?, self.file(MIRROR));
            Ok(format!(
                "  '{}' follow --once --url {url} --mirror {mirror} --policy '{}'",
                auditor.display(),
                world.policy().display()
            ))
        };
        Ok(vec![
            "Seguir el libro público, sin certificado, en un espejo verificado:".to_owned(),
            format!("  curl -sS {public}/checkpoint"),
            follow(&public)?,
            "Lo mismo con los actos completos, como la autoridad:".to_owned(),
            format!(
                "{} --bodies --ca '{}' --cert '{}' --client-key '{}'",
                follow(&format!("{}/ledger", world.base()))?,
                world.pki.tls_ca().display(),
                certificate.display(),
                key.display()
            ),
        ])
    }

    fn proofs(&self) -> Result<Vec<String>> {
        let (world, seeded) = (self.world, self.seeded);
        let (ehr, base, folio) = (self.curl(Who::Ehr), world.base(), &seeded.clonazepam);
        let auditor = format!("'{}'", program("auditor")?.display());
        let policy = format!("--policy '{}'", world.policy().display());
        let signers = format!(
            "--professionals-root '{}' --professionals-issuer '{}' --pharmacy-ca '{}'",
            world.pki.professionals_root().display(),
            world.pki.professionals_issuing().display(),
            world.pki.tls_ca().display()
        );
        let (mirror, proof) = (self.file(MIRROR), self.file("proof.json"));
        let bodies = self.file(&format!("{MIRROR}/bodies.jsonl"));
        let key = prescription_key(Pseudonym::of(folio.parse()?));
        let question = json!({"curp": seeded.curp, "clave": Line::clonazepam().clave});
        Ok(vec![
            "Probar una receta del espejo, comprobar la prueba sin red y explicarla a un tribunal:".to_owned(),
            format!("  {auditor} prove {folio} --mirror {mirror} {policy} --bodies {bodies} --out {proof}"),
            format!("  {auditor} check {proof} {policy} {signers}"),
            format!("  {auditor} explain {proof} {policy} {signers}"),
            "El estado de una receta con su prueba; el mismo, del libro público; y si el paciente tiene otra vigente:".to_owned(),
            format!("  {ehr} {base}/prescriptions/{folio}/state"),
            format!("  curl -sS {}/map/{}", world.public_ledger(), HEXLOWER.encode(&key)),
            format!("  {ehr} -H 'Content-Type: application/json' -d '{question}' {base}/substance-proofs"),
        ])
    }

    fn end(&self) -> Vec<String> {
        let (ehr, base) = (self.curl(Who::Ehr), self.world.base());
        vec![
            "Estado y métricas:".to_owned(),
            format!("  {ehr} {base}/readyz"),
            format!("  {ehr} {base}/metrics"),
            String::new(),
            "Ctrl-C detiene todo; el mundo se conserva.".to_owned(),
        ]
    }

    /// The command that prints an activation of a file.
    fn activation(&self, file: &str) -> Result<String> {
        let sandbox = std::env::current_exe()?;
        let dir = self.world.folder().display();
        Ok(format!(
            "'{}' activation --dir '{dir}' {file}",
            sandbox.display()
        ))
    }

    fn curl(&self, who: Who) -> String {
        let pki = &self.world.pki;
        let (certificate, key) = pki.client(who);
        format!(
            "curl -sS --tlsv1.3 --cacert '{}' --cert '{}' --key '{}'",
            pki.tls_ca().display(),
            certificate.display(),
            key.display()
        )
    }

    /// A file of the world, quoted for a shell.
    fn file(&self, name: &str) -> String {
        format!("'{}'", self.world.folder().join(name).display())
    }
}
