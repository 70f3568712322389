//! From the invoice to the control book, between two pharmacies, and the count.

use sandbox::cast::{PHARMACY_1, PHARMACY_2};
use sandbox::seed::Line;

use crate::room::{CLONAZEPAM, Room};

#[test]
fn from_the_invoice_to_the_book() {
    let room = Room::open();
    // Nothing is sent of what is wrong, and everything that is wrong is said.
    let wrong = [
        "stock",
        "arrive",
        "--invoice",
        "F-1",
        "--supplier",
        "Almacén",
        "--line",
        "clonazepam=1:A:2020-01",
        "--line",
        "040.000.2612.00=x:B:2090-01",
    ];
    let said = room.must_not(1, &wrong);
    for part in [
        "NO SE ENVIÓ NADA",
        "RFC",
        "elija una clave",
        "Renglón 2: la cantidad es un número",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(room.must(1, &["stock", "list"]).contains("Sin existencias"));
    room.clonazepam_arrives();

    // The lot that expires first goes, without being typed.
    let qr = room.receta(1, Line::clonazepam());
    let said = room.must(1, &["dispense", &qr, "--line", "1=1"]);
    assert!(
        said.contains("SURTIDA") && said.contains("lote OLD"),
        "{said}"
    );
    let list = room.must(1, &["stock", "list"]);
    assert!(
        list.contains("lote OLD") && list.contains("30 tabletas (1 envase)"),
        "{list}"
    );

    let book = room.must(1, &["book", "II"]);
    for part in [
        "adquisición",
        "surtido",
        "saldo    330",
        "receta retenida núm. 1",
        "con ALM0",
    ] {
        assert!(book.contains(part), "{part}: {book}");
    }
    let retained = room.must(1, &["book", "II", "--retained"]);
    assert!(
        retained.contains("Clonazepam") && retained.trim_start().starts_with('1'),
        "{retained}"
    );
    let csv = room.must(1, &["book", "II", "--csv"]);
    assert!(csv.contains("OLD") && csv.lines().count() > 3, "{csv}");
    let pdf = room.say(1, &["book", "II", "--pdf"]);
    assert!(
        pdf.success && pdf.text.starts_with("%PDF-"),
        "{}",
        pdf.last_line()
    );
}

#[test]
fn without_stock_nothing_controlled_is_handed_over() {
    let room = Room::open();
    let qr = room.receta(1, Line::clonazepam());
    let handed = Room::line(1, "GHOST", 300).replace(CLONAZEPAM, "1");
    let said = room.must_not(1, &["dispense", &qr, "--line", &handed]);
    assert!(said.contains("xistencia"), "{said}");
    room.clonazepam_arrives();
    let said = room.must_not(1, &["dispense", &qr, "--line", &handed]);
    assert!(said.contains("xistencia"), "{said}");
    room.must(1, &["dispense", &qr, "--line", "1=1"]);
}

#[test]
fn what_is_shipped_is_under_way_until_it_is_received() {
    let room = Room::open();
    room.clonazepam_arrives();
    // The receiver is known to the service since it has called.
    room.must(2, &["stock", "list"]);
    let line = format!("{CLONAZEPAM}=3:NEW");
    let to = PHARMACY_2.0;
    let ship = [
        "stock",
        "ship",
        "--to",
        to,
        "--document",
        "R-1",
        "--line",
        &line,
    ];
    let said = room.must(1, &ship);
    assert!(said.contains("Quedan 210 tabletas"), "{said}");
    let pending = room.must(2, &["stock", "pending"]);
    assert!(
        pending.contains("remisión R-1") && pending.contains("90 tabletas"),
        "{pending}"
    );
    let (from, less) = (PHARMACY_1.0, Room::line(2, "NEW", 700));
    let said = room.must(2, &["stock", "receive", "--from", from, "--line", &less]);
    assert!(said.contains("Quedan 60 tabletas (2 envases)"), "{said}");
    // What did not arrive stays in sight of both.
    let pending = room.must(1, &["stock", "pending"]);
    assert!(pending.contains("30 tabletas"), "{pending}");
    room.must(2, &["stock", "receive", "--from", from]);
    let pending = room.must(2, &["stock", "pending"]);
    assert!(!pending.contains("R-1"), "{pending}");
    let said = room.must_not(1, &ship[..6]);
    assert!(said.contains("ningún renglón"), "{said}");
}

#[test]
fn what_is_destroyed_or_stolen_leaves_with_its_papers() {
    let room = Room::open();
    room.clonazepam_arrives();
    let line = format!("{CLONAZEPAM}=1:OLD");
    let one = [
        "stock",
        "destroy",
        "--acta",
        "A-1",
        "--witness",
        "Ana Ruiz",
        "--line",
        &line,
    ];
    let said = room.must_not(1, &one);
    assert!(said.contains("al menos 2 testigos"), "{said}");
    let both = [&one[..], &["--witness", "Luis Soto"]].concat();
    room.must(1, &both);
    let stolen = ["stock", "stolen", "--acta", "D-1", "--line", &line];
    let said = room.must(1, &stolen);
    assert!(said.contains("FALTA EL AVISO A COFEPRIS"), "{said}");
    room.must(1, &["stock", "notice", "3", "--notice", "AV-1"]);
    let said = room.must_not(1, &["stock", "lost", "--line", &line]);
    assert!(
        said.contains("NO SE ENVIÓ NADA") && said.contains("no hay"),
        "{said}"
    );
    let book = room.must(1, &["book", "II"]);
    assert!(
        book.contains("destrucción") && book.contains("robo"),
        "{book}"
    );
    // An arrival that was typed wrong is put right by a new entry.
    let one_less = format!("{CLONAZEPAM}=1:NEW");
    let said = room.must(1, &["stock", "correct", "1", "--line", &one_less]);
    assert!(said.contains("Quedan 270 tabletas"), "{said}");
    let log = room.must(1, &["stock", "log"]);
    assert!(log.contains("Destrucción ante testigos, A-1"), "{log}");
}

#[test]
fn a_count_is_blind_and_closes_with_its_reasons() {
    let room = Room::open();
    room.clonazepam_arrives();
    let said = room.must(1, &["stock", "count", "begin", "--book", "II"]);
    assert!(
        said.contains("POR CONTAR") && !said.contains("300"),
        "{said}"
    );
    let counted = |lot: &str, quantity: &str| format!("{CLONAZEPAM}={quantity}:{lot}");
    let said = room.must(
        1,
        &["stock", "count", "enter", "--line", &counted("OLD", "2")],
    );
    assert!(said.contains("Faltan 1 por contar"), "{said}");
    // A dispensing moves the books while the shelf is being counted.
    let qr = room.receta(1, Line::clonazepam());
    room.must(1, &["dispense", &qr, "--line", "1=1"]);
    room.must(
        1,
        &["stock", "count", "enter", "--line", &counted("NEW", "9+29")],
    );
    let reason = format!("{CLONAZEPAM}:NEW=breakage");
    let said = room.must_not(1, &["stock", "count", "close", "--reason", &reason]);
    assert!(said.contains("se movieron 1 lotes"), "{said}");
    let said = room.must(
        1,
        &["stock", "count", "enter", "--line", &counted("OLD", "1")],
    );
    assert!(said.contains("FALTAN 1 tableta"), "{said}");
    let said = room.must_not(1, &["stock", "count", "close"]);
    assert!(said.contains("Falta la razón de 1"), "{said}");
    let said = room.must(1, &["stock", "count", "close", "--reason", &reason]);
    assert!(said.contains("REGISTRADO"), "{said}");
    let list = room.must(1, &["stock", "list"]);
    assert!(list.contains("299 tabletas"), "{list}");
}
