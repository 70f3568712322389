//! The HSM gone in mid-run: SoftHSM's token directory taken away and brought back.

use receta_tests::evidence::Evidence;
use receta_tests::running::Running;
use sandbox::seed::Line;

use crate::outcome::refused;

#[test]
fn without_its_token_the_service_refuses_and_recovers_when_it_is_back() {
    let mut running = Running::start().unwrap();
    running.goes_on(1).unwrap();
    let tokens = running.world.token.tokens_dir();
    let away = running.folder().join("tokens-away");
    let prescription = running.prescription(2, vec![Line::clonazepam()]).unwrap();
    for round in 0..3 {
        std::fs::rename(&tokens, &away).unwrap();
        let answer = running.ehr.issue(&prescription).unwrap();
        if round == 0 {
            refused(&answer, 503, "hsm-unavailable");
        }
        assert_eq!(running.ehr.client().get("/readyz").unwrap().status, 503);
        assert!(running.is_alive().unwrap());
        std::fs::rename(&away, &tokens).unwrap();
        running.issue(&prescription).unwrap();
        assert_eq!(running.ehr.client().get("/readyz").unwrap().status, 200);
        running.goes_on(10 + round).unwrap();
    }
    let folder = running.scratch().unwrap();
    let evidence = Evidence::download(&running.world, &folder, 5).unwrap();
    assert_eq!(evidence.entries.len(), 5, "a refused request left an entry");
    evidence.verify_tree(&[]).unwrap();
    evidence.audit(&running.world).unwrap();
}
