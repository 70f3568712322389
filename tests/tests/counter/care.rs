//! What may follow a dispensing: return, correction, transfer, suspension; and the brand.

use sandbox::cast::PHARMACY_2;
use sandbox::seed::Line;

use crate::room::Room;

/// The number of the act in what a dispensing said.
fn act_of(said: &str) -> String {
    let (_, rest) = said.split_once("(acto ").unwrap();
    rest.split(')').next().unwrap().to_owned()
}

#[test]
fn a_dispensing_that_was_recorded_by_mistake_is_put_right() {
    let room = Room::open();
    room.clonazepam_arrives();
    let qr = room.receta(1, Line::clonazepam());
    let said = room.must(
        1,
        &["dispense", &qr, "--line", "1=1", "--brand", "1=Rivotril"],
    );
    assert!(said.contains("(Rivotril), lote OLD"), "{said}");
    let act = act_of(&said);
    let back = |reason: &'static str, destination: &'static str| {
        let words = ["return", &act, "--line", "1=1", "--reason", reason];
        let words = [&words[..], &["--destination", destination]].concat();
        room.say(1, &words)
    };
    let refused = back("patient-return", "shelf");
    assert!(
        !refused.success && refused.text.contains("NO SE REGISTRÓ"),
        "{}",
        refused.text
    );
    let done = back("entered-in-error", "shelf");
    assert!(
        done.success && done.text.contains("REGISTRADO"),
        "{}",
        done.text
    );
    let list = room.must(1, &["stock", "list"]);
    assert!(
        list.contains("60 tabletas (2 envases)"),
        "back on the shelf: {list}"
    );
    // In another second it is another return, of what is not handed over any more.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let again = back("entered-in-error", "shelf");
    assert!(!again.success, "{}", again.text);
    let book = room.must(1, &["book", "II"]);
    assert!(book.contains("devolución"), "{book}");
}

#[test]
fn the_rest_that_a_pharmacy_owes_goes_to_another() {
    let room = Room::open();
    let two = Line {
        packages: 2,
        ..Line::losartan()
    };
    let qr = room.receta(2, two);
    room.must(1, &["dispense", &qr, "--line", "1=1"]);
    let status = room.must(1, &["status", &qr]);
    assert!(status.contains("se deben 1 de 2"), "{status}");
    assert!(status.contains("LO DEBE ESTA FARMACIA"), "{status}");
    let refused = room.must_not(2, &["dispense", &qr, "--line", "1=1"]);
    assert!(
        refused.contains("No se surtió") || refused.contains("no aceptó"),
        "{refused}"
    );
    let said = room.must(1, &["transfer", &qr, "--to", PHARMACY_2.0]);
    assert!(said.contains("REGISTRADO"), "{said}");
    let status = room.must(2, &["status", &qr]);
    assert!(status.contains("LO DEBE ESTA FARMACIA"), "{status}");
    room.must(2, &["dispense", &qr, "--line", "1=1"]);
    let status = room.must(2, &["status", &qr]);
    assert!(status.contains("SURTIDA POR COMPLETO"), "{status}");
}
