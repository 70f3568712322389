//! The first page: scan, today's acts, what waits.

use std::sync::Arc;

use axum::extract::State;

use super::html::Html;
use super::page::{Failure, Page, csrf_field};
use super::screen::Screen;
use crate::clock::shown_in;
use crate::show::ActView;

pub(super) async fn home(State(screen): State<Arc<Screen>>) -> Result<Page, Failure> {
    screen.blocking(page).await
}

fn page(screen: &Screen) -> Result<Page, Failure> {
    let counter = &screen.counter;
    let zone = &counter.zone;
    let views =
        |acts: Vec<_>| -> Vec<ActView> { acts.iter().map(|act| ActView::of(act, zone)).collect() };
    let store = counter.store();
    let queue = views(store.queue()?);
    let today = views(store.acts_on(counter.day((screen.now)()))?);
    let count = store.certificate_count()?;
    let synced = store.certificates_synced_at()?;
    drop(store);

    let synced = synced.map_or_else(|| "nunca".to_owned(), |at| shown_in(at, zone));
    let body = scan_form(&screen.csrf)
        .raw("<h2>Pendientes y conflictos</h2>")
        .push(&table(&queue, "Nada pendiente, ningún conflicto."))
        .raw("<h2>Surtidos de hoy</h2>")
        .push(&table(&today, "Ninguno todavía."))
        .raw("<h2>Sincronización</h2><p>Certificados de prescriptores: ")
        .text(count)
        .element(". Última descarga: ", synced, ".</p>")
        .raw("<form method=\"post\" action=\"/sync\">")
        .push(&csrf_field(&screen.csrf))
        .raw("<button>Sincronizar ahora</button></form>");
    Ok(Page {
        title: "Escanee la receta",
        body,
    })
}

/// A keyboard-wedge scanner types into the first field and ends with Enter, which sends the form.
fn scan_form(csrf: &str) -> Html {
    Html::new()
        .raw("<form method=\"post\" action=\"/scan\" enctype=\"multipart/form-data\">")
        .push(&csrf_field(csrf))
        .raw("<label for=\"text\">Código QR (apunte el lector aquí)</label>")
        .raw(
            "<input id=\"text\" name=\"text\" autofocus autocomplete=\"off\" spellcheck=\"false\">",
        )
        .raw("<label for=\"image\">O una fotografía (PNG o JPEG)</label>")
        .raw("<input id=\"image\" name=\"image\" type=\"file\" accept=\"image/png,image/jpeg\">")
        .raw("<button>Verificar</button> <a class=\"button quiet\" href=\"/camera\">Usar la cámara</a></form>")
}

fn table(acts: &[ActView], none: &'static str) -> Html {
    if acts.is_empty() {
        return Html::new().element("<p>", none, "</p>");
    }
    let head = "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Folio</th>\
                <th scope=\"col\">Estado</th><th scope=\"col\">Medicamentos</th>\
                <th scope=\"col\">Acto</th></tr></thead><tbody>";
    let rows = acts.iter().fold(Html::new().raw(head), |html, act| {
        let state = if act.state == "conflict" {
            "</td><td class=\"conflict\">"
        } else {
            "</td><td>"
        };
        let html = html
            .element("<tr><td>", &act.folio, state)
            .text(act.state_es);
        let html = if act.offline {
            html.raw(" (sin conexión)")
        } else {
            html
        };
        let html = match &act.reason {
            Some(reason) => html.element("<br>", reason, "</td><td>"),
            None => html.raw("</td><td>"),
        };
        let lines = act.lines.iter().fold(html, |html, line| {
            let html = html.element("<div>", line.text(), "");
            match act.dispensed_id(line) {
                Some(id) => html.element(
                    " <a href=\"/return/",
                    id,
                    "\">Devolver o corregir</a></div>",
                ),
                None => html.raw("</div>"),
            }
        });
        lines.element("</td><td>", &act.act, "</td></tr>")
    });
    rows.raw("</tbody></table></div>")
}
