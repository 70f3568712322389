//! Before and after the signature: what will be stated, and what came of it.

use super::super::html::Html;
use super::super::page::{Failure, Page, Verdict, csrf_field, hidden, verdict};
use super::super::screen::Screen;
use super::draft::carried;
use crate::entropy::token;
use crate::show::DeclaredView;
use crate::stock::submit::submit;
use crate::stock::{Checked, Draft};
use crate::store::{ActId, ActState};

/// What will be signed, to be looked at.
pub(super) fn confirm(
    screen: &Screen,
    draft: &Draft,
    checked: &Checked,
    stock_known: bool,
) -> Result<Page, Failure> {
    let reason = if stock_known {
        "Nada se ha enviado todavía. Compare con el papel y firme."
    } else {
        "Nada se ha enviado todavía. Sin conexión no se comparó con las existencias: quedará \
         pendiente hasta que el servicio responda."
    };
    let body = verdict(Verdict::Wait, "REVISE ANTES DE FIRMAR", reason)
        .push(&head(draft, checked))
        .push(&table(checked))
        .element(
            "<form method=\"post\" action=\"/stock/",
            draft.kind.verb(),
            "\"",
        )
        .raw(" enctype=\"multipart/form-data\">")
        .push(&csrf_field(&screen.csrf))
        // Drawn with the form: sending it twice is one movement.
        .push(&hidden("act", &token()?))
        .push(&carried(draft))
        .raw("<button name=\"step\" value=\"send\" autofocus>Firmar y registrar</button> ")
        .raw("<button class=\"quiet\" name=\"step\" value=\"edit\">Corregir</button></form>");
    Ok(Page {
        title: draft.kind.in_spanish(),
        body,
    })
}

/// Signs, and shows what came of it.
pub(super) fn send(
    screen: &Screen,
    id: &ActId,
    draft: &Draft,
    checked: &Checked,
) -> Result<Page, Failure> {
    let declared = submit(&screen.counter, id, draft, checked)?;
    let view = DeclaredView::of(&screen.counter, &declared);
    let mut body = declared_html(&view);
    if view.state == ActState::Refused.code() {
        body = body
            .element(
                "<form method=\"post\" action=\"/stock/",
                draft.kind.verb(),
                "\"",
            )
            .raw(" enctype=\"multipart/form-data\">")
            .push(&csrf_field(&screen.csrf))
            .push(&carried(draft))
            .raw("<button name=\"step\" value=\"edit\" autofocus>Corregir</button></form>");
    }
    Ok(Page {
        title: draft.kind.in_spanish(),
        body: body.push(&back_to_stock()),
    })
}

/// What came of a statement.
pub(in crate::web) fn declared_html(view: &DeclaredView) -> Html {
    let kind = match view.state {
        "confirmed" => Verdict::Good,
        "refused" => Verdict::Stop,
        _ => Verdict::Wait,
    };
    let list = view.sentences.iter();
    let list = list.fold(Html::new().raw("<ul>"), |html, it| {
        html.element("<li>", it, "</li>")
    });
    verdict(kind, view.headline(), &view.message).push(&list.raw("</ul>"))
}

fn head(draft: &Draft, checked: &Checked) -> Html {
    let (asks, order) = (draft.kind.asks(), &checked.order);
    let mut html = Html::new().raw("<dl>");
    if let (Some((label, _)), Some(document)) = (asks.document, &order.document) {
        html = html
            .element("<dt>", label, "</dt>")
            .element("<dd>", document, "</dd>");
    }
    let other = draft.counterparty.trim().to_uppercase();
    let others = [
        (asks.counterparty_es, other),
        ("Licencia del proveedor", draft.licence.clone()),
        ("Envío", draft.shipment.clone()),
        ("Permiso", draft.permit.clone()),
    ];
    for (label, value) in others.into_iter().filter(|(_, value)| !value.is_empty()) {
        html = html
            .element("<dt>", label, "</dt>")
            .element("<dd>", value, "</dd>");
    }
    for witness in &order.witnesses {
        html = html.element("<dt>Testigo</dt><dd>", witness, "</dd>");
    }
    if let Some(notice) = &order.notice {
        html = html.element("<dt>Aviso a COFEPRIS</dt><dd>", notice, "</dd>");
    }
    html.raw("</dl>")
}

fn table(checked: &Checked) -> Html {
    let head = "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Núm.</th>\
                <th scope=\"col\">Medicamento</th><th scope=\"col\">Lote</th>\
                <th scope=\"col\">Caducidad</th><th scope=\"col\">Cantidad</th></tr></thead><tbody>";
    let rows = checked.lines.iter();
    let rows = rows.fold(Html::new().raw(head), |html, (index, line)| {
        html.element("<tr><td>", index + 1, "</td>")
            .element("<td>", &line.name, "<br><small>")
            .element("", &line.clave, "</small></td>")
            .element("<td>", &line.lot, "</td>")
            .element("<td>", line.expiry, "</td>")
            .element("<td>", line.measure.words(line.units), "</td></tr>")
    });
    rows.raw("</tbody></table></div>")
}

/// The way back.
pub(in crate::web) fn back_to_stock() -> Html {
    Html::new().raw("<p><a class=\"button quiet\" href=\"/stock\">Existencias</a></p>")
}
