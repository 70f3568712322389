//! OpenSSL verifies the legal signature, with nothing of ours but the files.

use std::path::Path;
use std::process::{Command, Output};

use prescription::body::Evidence as Signature;
use receta_tests::evidence::Evidence;
use receta_tests::running::Running;
use sandbox::cast::SPECIAL_FOLIOS;
use sandbox::seed::Line;

use crate::program::run;

fn verify(folder: &Path, content: &str, authorities: &Path) -> Output {
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["cms", "-verify", "-cades", "-binary", "-inform", "DER"])
        .args([
            "-in",
            "prescription.p7s",
            "-content",
            content,
            "-purpose",
            "any",
        ])
        .args(["-out", "verified", "-CAfile"])
        .arg(authorities);
    run(&mut command)
}

#[test]
fn openssl_verifies_the_legal_signature_of_every_prescription() {
    let running = Running::start().unwrap();
    let three = vec![Line::amoxicillin(), Line::metformin(), Line::losartan()];
    let morphine = running.prescription(3, vec![Line::morphine()]).unwrap();
    let issued = [
        running
            .issue(&running.prescription(1, three).unwrap())
            .unwrap(),
        running
            .issue(&running.prescription(2, vec![Line::clonazepam()]).unwrap())
            .unwrap(),
        running
            .issue(&morphine.on_special_recetario(SPECIAL_FOLIOS[0]))
            .unwrap(),
    ];
    let folder = running.scratch().unwrap();
    let size = issued.iter().map(|step| step.index + 1).max().unwrap();
    let evidence = Evidence::download(&running.world, &folder, size).unwrap();
    let chain = running.world.pki.professionals_chain();
    for step in &issued {
        let body = &evidence.bodies[&step.index];
        let Signature::Cades { document, cms, .. } = &body.evidence else {
            panic!("an issue without a legal signature");
        };
        std::fs::write(folder.join("prescription.json"), document).unwrap();
        std::fs::write(folder.join("prescription.p7s"), cms).unwrap();
        let verified = verify(&folder, "prescription.json", &chain);
        let said = String::from_utf8_lossy(&verified.stderr);
        assert!(verified.status.success(), "{said}");
        // The content that OpenSSL verified is the document, byte by byte.
        assert_eq!(std::fs::read(folder.join("verified")).unwrap(), *document);

        let mut altered = document.clone();
        let at = altered.len() / 2;
        altered[at] ^= 1;
        std::fs::write(folder.join("altered.json"), &altered).unwrap();
        assert!(!verify(&folder, "altered.json", &chain).status.success());
        // Another authority, whoever it is.
        let other = running.world.pki.tls_ca();
        assert!(
            !verify(&folder, "prescription.json", &other)
                .status
                .success()
        );
    }
}
