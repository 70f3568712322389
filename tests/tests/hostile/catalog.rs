//! A catalog that is replaced under a running service: it takes it in without a restart, and what is
//! not understood, not seen, or no workbook at all changes nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use receta_tests::running::Running;
use sandbox::processes::run;
use sandbox::seed::Line;

/// The service's program with these arguments: whether it succeeded, and all it said.
fn service(running: &Running, arguments: &[&str]) -> (bool, String) {
    let mut command = running.world.service_command().unwrap();
    let output = run(command.args(arguments)).unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

fn catalog(
    running: &Running,
    verb: &str,
    name: &str,
    file: &Path,
    more: &[&str],
) -> (bool, String) {
    let today = sandbox::clock::today().unwrap().to_string();
    let file = file.to_str().unwrap();
    let mut arguments = vec!["catalog", verb, "--catalog", name, "--file", file];
    arguments.extend(["--effective-from", &today]);
    arguments.extend(more);
    service(running, &arguments)
}

#[test]
fn a_running_service_takes_in_a_suspension_that_an_officer_signed() {
    let running = Running::start().unwrap();
    running.goes_on(1).unwrap();
    let [doctor, officer] = &running.world.prescribers;
    let by = ["--by", officer.cedula];
    let folder = running.scratch().unwrap();
    let file = folder.join("profesionales.csv");
    let registry = format!(
        "Cédula,Nombre,Profesión,Estatus,Desde\n{},SUSPENDIDA DE PRUEBA,MÉDICO,Suspendida,2020-01-01\n",
        doctor.cedula
    );
    std::fs::write(&file, registry).unwrap();

    let (ok, said) = catalog(&running, "diff", "professionals", &file, &[]);
    assert!(ok && said.contains("Altas: 1"), "{said}");
    let (ok, said) = catalog(&running, "apply", "professionals", &file, &by);
    assert!(!ok && said.contains("nothing was applied"), "{said}");
    running.goes_on(2).unwrap();

    let code = running.world.activator.code(officer.cedula).unwrap();
    let yes = ["--by", officer.cedula, "--yes", "--otp", &code];
    let (ok, said) = catalog(&running, "apply", "professionals", &file, &yes);
    assert!(ok && said.contains("professionals applied"), "{said}");
    let (ok, said) = catalog(&running, "apply", "professionals", &file, &yes);
    assert!(!ok && said.contains("changes nothing"), "{said}");

    // The registry is asked at every issue: the very next one is refused.
    let clonazepam = running.prescription(3, vec![Line::clonazepam()]).unwrap();
    let answer = running.ehr.issue(&clonazepam).unwrap();
    let said = answer.json().to_string();
    assert!(said.contains("prescriber-not-active"), "{said}");

    // The service that runs gives the act its place in the ledger.
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let (ok, said) = service(&running, &["catalog", "list"]);
        assert!(ok && said.contains("professionals 1 from"), "{said}");
        if said.contains("ledger entry") {
            break;
        }
        assert!(Instant::now() < until, "{said}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn files_that_are_something_else_change_nothing() {
    let running = Running::start().unwrap();
    let folder = running.scratch().unwrap();
    let yes = ["--by", running.world.prescribers[1].cedula, "--yes"];
    for (name, bytes, expected) in [
        ("empty", &b""[..], "the columns are missing"),
        ("image", b"\x89PNG\r\n\x1a\n\0\0", "cannot read the file"),
        (
            "no-workbook",
            b"PK\x03\x04 but nothing behind it",
            "cannot read the file",
        ),
        (
            "latin-1",
            b"clave\n010.000.0104.00\n\xd1\n",
            "cannot read the file",
        ),
        (
            "unknown",
            b"clave\n999.999.9999.99\n",
            "1 rows were refused",
        ),
    ] {
        let file = folder.join(name);
        std::fs::write(&file, bytes).unwrap();
        let (ok, said) = catalog(&running, "apply", "nurse-list", &file, &yes);
        assert!(!ok && said.contains(expected), "{name}: {said}");
    }
    let (ok, said) = service(&running, &["catalog", "list"]);
    assert!(ok && said.trim().is_empty(), "{said}");
    running.goes_on(1).unwrap();
}
