//! A second service on the same data.

use receta_tests::running::Running;
use sandbox::processes::run;

#[test]
fn a_second_service_on_the_same_data_is_refused_and_the_first_goes_on() {
    let running = Running::start().unwrap();
    let before = running.goes_on(1).unwrap();
    for _ in 0..3 {
        let output = run(running.world.service_command().unwrap().arg("serve")).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        let last = said.trim_end().lines().last().unwrap_or_default();
        assert!(last.contains("another process"), "{said}");
    }
    // The map head of the first batch lies between.
    assert_eq!(running.goes_on(2).unwrap().index, before.index + 2);
}
