//! The world with the real programs. Needs them built (`cargo build -p rx-service -p auditor -p witness`) and
//! SoftHSM installed, as `cargo xtask test` does.

use sandbox::auditor::{self, Audit};
use sandbox::cast::Person;
use sandbox::client::Client;
use sandbox::pharmacy_key::PharmacyKey;
use sandbox::seed::{HandOver, Line, Prescription, cancellation};
use sandbox::{Who, World, clock, ledger_download, processes};

fn is_built(name: &str) -> bool {
    let built = processes::program(name).is_ok();
    if !built {
        eprintln!("SKIPPED: the program {name} is not built");
    }
    built
}

/// Issues one line; the resource's id and the digest of its QR.
fn issue(
    world: &World,
    ehr: &Client,
    patient: u64,
    line: Line,
) -> anyhow::Result<(String, [u8; 32])> {
    let patient = Person::numbered(patient)?;
    let order = Prescription::new(&patient, &world.prescribers[0], clock::today()?, vec![line]);
    let answer = ehr.post("/fhir/r4/MedicationRequest", &order.to_single())?;
    assert_eq!(answer.status, 201, "{}", answer.describe());
    let qr = ehr.fetch(&format!("/prescriptions/{}/qr.txt", answer.folio()?))?;
    let digest = *signing::qr::read(str::from_utf8(&qr)?)?.qr_digest();
    let id = answer.json()["id"].as_str().unwrap_or_default().to_owned();
    Ok((id, digest))
}

#[test]
fn a_world_survives_its_service_and_is_audited() {
    if !["rx-service", "auditor", "witness"]
        .into_iter()
        .all(is_built)
    {
        return;
    }
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("world");
    let world = World::create(&folder).unwrap();
    let witnesses = world.start_witnesses().unwrap();
    let service = world.start_service().unwrap();
    let ehr = world.client(Who::Ehr).unwrap();
    let line = Line::losartan();
    let clave = line.clave.clone();
    let (id, qr_digest) = issue(&world, &ehr, 1, line).unwrap();
    let (cancelled, _) = issue(&world, &ehr, 2, Line::clonazepam()).unwrap();
    service.kill().unwrap();
    assert!(ehr.get("/livez").is_err());
    witnesses.stop().unwrap();

    // The same world again: the same ports, keys and data, and witnesses that remember.
    drop(world);
    let world = World::create(&folder).unwrap();
    let _witnesses = world.start_witnesses().unwrap();
    let service = world.start_service().unwrap();
    let pharmacy = world.client(Who::Pharmacy1).unwrap();
    let key = PharmacyKey::load(&world.pki.client(Who::Pharmacy1).1).unwrap();
    let hand_over = HandOver {
        request_id: &id,
        clave: &clave,
        packages: 1,
        lot: ("L1", "2029-01"),
        qr_digest,
        at: clock::now(),
    };
    let dispensed = key.dispense(&pharmacy, &hand_over.to_resource()).unwrap();
    assert_eq!(dispensed.status, 201, "{}", dispensed.describe());
    let path = format!("/fhir/r4/MedicationRequest/{cancelled}/$cancel");
    let cedula = world.prescribers[0].cedula;
    let answer = ehr
        .post(&path, &cancellation("patient-request", cedula))
        .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.describe());

    let last = answer.ledger_index().unwrap();
    let client = world.client(Who::Auditor).unwrap();
    ledger_download::wait_for_size(&client, last + 1).unwrap();
    let ledger = parent.path().join("ledger");
    let mirrored = auditor::follow_with_bodies(&world, &ledger).unwrap();
    // Each of the four acts had its batch, and the batch its map head; two keys born and certified,
    // and the special folios assigned and delivered, all before the service ran, were in the first
    // of them or in one of their own.
    assert!((14..=15).contains(&mirrored.size), "{}", mirrored.size);
    assert_eq!(mirrored.cosigned.len(), 2);
    // Anybody else sees the same ledger.
    let public = auditor::follow_publicly(&world, &parent.path().join("public")).unwrap();
    assert_eq!((public.size, &public.root), (mirrored.size, &mirrored.root));
    let audit = Audit {
        bodies: ledger.join("bodies.jsonl"),
        ledger,
        earlier_checkpoint: None,
    };
    let report = audit.run(&world).unwrap();
    assert!(report.clean, "{:?}", report.findings());
    // Four acts on keys, two on special folios, and the four of above.
    assert_eq!(report.json["summary"]["bodies"]["present"], 10);
    service.stop().unwrap();
}

#[test]
fn bodies_are_for_the_auditor_and_issuing_for_the_ehr() {
    if !["rx-service", "witness"].into_iter().all(is_built) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::create(&folder.path().join("world")).unwrap();
    let _witnesses = world.start_witnesses().unwrap();
    let service = world.start_service().unwrap();
    let ehr = world.client(Who::Ehr).unwrap();
    assert_eq!(ehr.get("/ledger/bodies").unwrap().status, 403);
    assert_eq!(
        world
            .client(Who::Auditor)
            .unwrap()
            .get("/ledger/bodies")
            .unwrap()
            .status,
        200
    );
    let patient = Person::numbered(3).unwrap();
    let today = clock::today().unwrap();
    let order = Prescription::new(
        &patient,
        &world.prescribers[0],
        today,
        vec![Line::losartan()],
    );
    let pharmacy = world.client(Who::Pharmacy1).unwrap();
    let answer = pharmacy.post("/fhir/r4", &order.to_bundle()).unwrap();
    assert_eq!(answer.status, 403, "{}", answer.describe());
    // The first prescriber does not work at the other establishment, the second one does.
    let other = world.client(Who::OtherEhr).unwrap();
    let answer = other.post("/fhir/r4", &order.to_bundle()).unwrap();
    assert_eq!(answer.issues()[0].code, "prescriber-not-at-establishment");
    let order = Prescription::new(
        &patient,
        &world.prescribers[1],
        today,
        vec![Line::losartan()],
    );
    assert_eq!(
        other.post("/fhir/r4", &order.to_bundle()).unwrap().status,
        201
    );
    service.stop().unwrap();
}
