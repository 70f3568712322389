//! The counter's screen over the real service, as a browser without scripts uses it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::room::Room;

/// A page and its status.
fn page(address: &str, request: &str) -> (String, String) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn get(address: &str, path: &str) -> (String, String) {
    page(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"),
    )
}

/// A form of fields, as the movement's pages send it.
fn post(address: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body: String = fields.iter().map(part).collect::<String>() + "--b--\r\n";
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    );
    page(address, &(head + &body)).1
}

fn value_of(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn an_arrival_is_filled_in_revised_signed_and_in_the_book() {
    let room = Room::open();
    let counter = room.running.world.counter(1).unwrap();
    let mut server = counter.serve(["--listen", "127.0.0.1:0"]).unwrap();
    let url = server.wait_for_line("Pantalla del mostrador: ").unwrap();
    let address = url
        .trim()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();

    let (_, form) = get(&address, "/stock/arrive");
    let csrf = value_of(&form, "csrf");
    let expiry = Room::line(1, "CZ", 400);
    let expiry = expiry.rsplit_once(':').unwrap().1;
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("rows", "5"),
        ("document", "F-9"),
        ("counterparty", "alm010101aaa"),
        ("medicine-1", "040.000.2612.00"),
        ("lot-1", "CZ"),
        ("expiry-1", expiry),
        ("packages-1", "4"),
        ("step", "check"),
    ];
    let refused = post(&address, "/stock/arrive", &fields);
    assert!(
        refused.contains("HAY QUE CORREGIR") && refused.contains("licencia"),
        "{refused}"
    );
    fields.push(("licence", "LS-99"));
    let confirm = post(&address, "/stock/arrive", &fields);
    assert!(confirm.contains("REVISE ANTES DE FIRMAR"), "{confirm}");
    assert!(confirm.contains("120 tabletas (4 envases)"), "{confirm}");
    let (_, stock) = get(&address, "/stock");
    assert!(
        stock.contains("Nada que mostrar"),
        "nothing was sent: {stock}"
    );

    let act = value_of(&confirm, "act");
    fields.push(("act", act.as_str()));
    fields.retain(|(name, _)| *name != "step");
    fields.push(("step", "send"));
    for _ in 0..2 {
        // Sent twice, it is one movement.
        let done = post(&address, "/stock/arrive", &fields);
        assert!(
            done.contains("REGISTRADO") && done.contains("Movimiento 1."),
            "{done}"
        );
    }
    let (_, stock) = get(&address, "/stock?q=clonaz");
    assert!(stock.contains("120 tabletas (4 envases)"), "{stock}");
    let (_, book) = get(&address, "/book/II");
    assert!(
        book.contains("F-9") && book.contains("<td class=\"number\">120</td>"),
        "{book}"
    );
    let (head, pdf) = get(&address, "/book/II.pdf");
    assert!(
        head.contains("application/pdf") && pdf.starts_with("%PDF-"),
        "{head}"
    );
    let (head, _) = get(&address, "/book/II.csv");
    assert!(
        head.contains("attachment; filename=\"libro-II.csv\""),
        "{head}"
    );
    let (_, retained) = get(&address, "/book/II/retained");
    assert!(retained.contains("Ninguna receta retenida"), "{retained}");
    server.stop().unwrap();
}
