//! What there is, what is on its way, what was stated lately, and the doors to everything else.

use std::sync::Arc;

use axum::extract::{Query, State};
use jiff::SignedDuration;
use serde::Deserialize;

use super::super::form::input;
use super::super::html::Html;
use super::super::page::{Failure, Page, Verdict, hidden, verdict};
use super::super::screen::Screen;
use crate::show::{StatementRow, lots, unexplained_text};
use crate::stock::follow_up::Recorded;
use crate::stock::on_hand::Shipment;
use crate::stock::{InTransit, Kind, Measure, OnHand};

/// How far back the list of statements goes.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What to look for.
#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    Query(search): Query<Search>,
) -> Result<Page, Failure> {
    screen
        .blocking(move |screen| page(screen, search.q.trim()))
        .await
}

fn page(screen: &Screen, query: &str) -> Result<Page, Failure> {
    let counter = &screen.counter;
    let mut body = doors();
    match (counter.service.on_hand(), counter.service.in_transit()) {
        (Ok(stock), Ok(transit)) => {
            body = body
                .push(&incoming(screen, &transit))
                .push(&on_hand(screen, &stock, query))
                .push(&open_ends(screen, &transit));
        }
        (Err(error), _) | (_, Err(error)) => {
            body = body.push(&verdict(
                Verdict::Wait,
                "SIN EXISTENCIAS",
                &error.to_string(),
            ));
        }
    }
    Ok(Page {
        title: "Existencias",
        body: body.push(&lately(screen)?),
    })
}

fn doors() -> Html {
    let open = Html::new().raw("<nav class=\"doors\" aria-label=\"Movimientos\">");
    let links = Kind::ALL.into_iter().fold(open, |html, kind| {
        html.element(
            "<a class=\"button quiet\" href=\"/stock/",
            kind.verb(),
            "\">",
        )
        .element("", kind.in_spanish(), "</a> ")
    });
    links.raw("</nav>")
}

/// What is on its way here, shipment by shipment.
fn incoming(screen: &Screen, transit: &InTransit) -> Html {
    let html = Html::new().raw("<h2>Por recibir</h2>");
    if transit.incoming.is_empty() {
        return html.raw("<p>Nada en camino.</p>");
    }
    transit.incoming.iter().fold(html, |html, it| {
        let html = html
            .element("<h3>De ", &it.from, ", ")
            .element("", it.title(), "</h3>")
            .push(&goods(screen, it))
            .raw("<form method=\"get\" action=\"/stock/receive\">")
            .push(&hidden("from", it.from.as_str()))
            .push(&hidden("shipment", &it.number.to_string()));
        html.raw("<button>Recibir</button></form>")
    })
}

fn goods(screen: &Screen, shipment: &Shipment) -> Html {
    let lines = shipment.lines.iter();
    let list = lines.fold(Html::new().raw("<ul>"), |html, goods| {
        let words = Measure::of_clave(&screen.counter, &goods.clave).words(goods.units);
        html.element("<li>", &goods.medicine, ", lote ")
            .element("", &goods.lot, ": ")
            .element("", words, "</li>")
    });
    list.raw("</ul>")
}

fn on_hand(screen: &Screen, stock: &OnHand, query: &str) -> Html {
    let counter = &screen.counter;
    let today = counter.day((screen.now)());
    let found = found(screen, stock, query);
    let lots = lots(counter, &found, today);
    let html = Html::new()
        .raw("<h2>En existencia</h2><form method=\"get\" action=\"/stock\" class=\"search\">")
        .push(&input(
            "Medicamento (nombre o clave)",
            "q",
            query,
            "type=\"search\"",
        ))
        .raw("<button class=\"quiet\">Buscar</button></form>");
    if lots.is_empty() {
        return html.raw("<p>Nada que mostrar.</p>");
    }
    let head = "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Medicamento</th>\
                <th scope=\"col\">Libro</th><th scope=\"col\">Lote</th>\
                <th scope=\"col\">Caducidad</th><th scope=\"col\">Hay</th></tr></thead><tbody>";
    let rows = lots.iter().fold(html.raw(head), |html, lot| {
        let balance = &lot.balance;
        let html = html
            .element("<tr><td>", &balance.medicine, "<br><small>")
            .element("", &balance.clave, "</small></td>")
            .element(
                "<td>",
                balance.book.as_deref().map_or("–", book_name),
                "</td>",
            )
            .element("<td>", &balance.lot, "</td><td>")
            .text(balance.expiry);
        let html = if lot.expired {
            html.raw("<br><strong class=\"conflict\">CADUCADO</strong>")
        } else {
            html
        };
        html.element("</td><td>", &lot.quantity_es, "</td></tr>")
    });
    rows.raw("</tbody></table></div>")
}

fn book_name(wire: &str) -> &str {
    match wire {
        "antibiotics" => "Antibióticos",
        other => other,
    }
}

/// The lots whose medicine answers the query, by name or clave; all of them where it is blank.
fn found(screen: &Screen, stock: &OnHand, query: &str) -> OnHand {
    let mut found = stock.clone();
    if query.is_empty() {
        return found;
    }
    let catalog = &screen.counter.catalog;
    let named = catalog.search(query, catalog.medicines().len());
    found.balances.retain(|balance| {
        balance.clave.as_str().starts_with(query)
            || named.iter().any(|medicine| medicine.clave == balance.clave)
    });
    found
}

/// What was sent and not confirmed, and what nobody has explained.
fn open_ends(screen: &Screen, transit: &InTransit) -> Html {
    let mut html = Html::new();
    if !transit.outgoing.is_empty() {
        html = html.raw("<h2>Enviado, sin confirmar</h2>");
        for it in &transit.outgoing {
            html = html
                .element("<h3>A ", &it.to, ", ")
                .element("", it.title(), "</h3>")
                .push(&goods(screen, it));
        }
    }
    if !transit.unexplained.is_empty() {
        html = html.raw("<h2>Diferencias por explicar</h2><ul>");
        for it in &transit.unexplained {
            let sentence = unexplained_text(&screen.counter, it);
            html = html.element("<li class=\"conflict\">", sentence, "</li>");
        }
        html = html.raw("</ul>");
    }
    html
}

/// What this counter stated in the last days.
fn lately(screen: &Screen) -> Result<Html, Failure> {
    let counter = &screen.counter;
    let recorded = counter.store().statements_since((screen.now)() - LATELY)?;
    let html = Html::new().raw("<h2>Registrado en este mostrador, últimos siete días</h2>");
    if recorded.is_empty() {
        return Ok(html.raw("<p>Nada.</p>"));
    }
    let head = "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Cuándo</th>\
                <th scope=\"col\">Qué</th><th scope=\"col\">Estado</th></tr></thead><tbody>";
    let rows = recorded.iter().rev().fold(html.raw(head), |html, it| {
        let row = StatementRow::of(it, &counter.zone);
        let html = html
            .element("<tr><td>", &row.at, "</td>")
            .element("<td>", &row.summary, "</td>")
            .element("<td>", row.state_es, "");
        let html = match &row.reason {
            Some(reason) => html.element("<br>", reason, ""),
            None => html,
        };
        let html = match Recorded::of(it) {
            Some(movement) if movement.answer.notice_due.is_some() => html
                .element(
                    "<br><a href=\"/stock/movement/",
                    movement.answer.number,
                    "\">",
                )
                .raw("Anotar el aviso o corregir</a>"),
            Some(movement) if movement.is_correctable() => html
                .element(
                    "<br><a href=\"/stock/movement/",
                    movement.answer.number,
                    "\">",
                )
                .raw("Corregir</a>"),
            Some(_) | None => html,
        };
        html.raw("</td></tr>")
    });
    Ok(rows.raw("</tbody></table></div>"))
}
