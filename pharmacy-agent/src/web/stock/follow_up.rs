//! What may follow an own movement, on screen: its correction, or the folio of its notice.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};

use super::super::form::{Fields, bare_input, field, input, text_of};
use super::super::html::Html;
use super::super::page::{Failure, Page, Verdict, csrf_field, hidden, verdict};
use super::super::screen::Screen;
use super::review::{back_to_stock, declared_html};
use crate::entropy::token;
use crate::show::DeclaredView;
use crate::stock::follow_up::{FollowUpError, Recorded, follow_up, of_number};
use crate::stock::{Measure, MovementOrder};

const TITLE: &str = "Corregir un movimiento";

pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    Path(number): Path<u64>,
) -> Result<Page, Failure> {
    screen
        .blocking(move |screen| page(screen, number, Html::new()))
        .await
}

pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    Path(number): Path<u64>,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Page, Failure> {
    let Form(fields) = form.map_err(|_| Failure::BadForm)?;
    screen.check_csrf(field(&fields, "csrf"))?;
    screen
        .blocking(move |screen| send(screen, number, &fields))
        .await
}

fn page(screen: &Screen, number: u64, headline: Html) -> Result<Page, Failure> {
    let found = match of_number(&screen.counter, number) {
        Ok(found) => found,
        Err(FollowUpError::Store(error)) => return Err(error.into()),
        Err(_) => return Err(Failure::NoSuchPage),
    };
    let mut body =
        headline
            .element("<p>Movimiento ", number, ". ")
            .element("", &found.summary, "</p>");
    if let Some(day) = found.answer.notice_due {
        body = body.push(&notice_form(screen, number, &day.to_string())?);
    }
    if found.is_correctable() {
        body = body.push(&correction_form(screen, number, &found)?);
    }
    Ok(Page {
        title: TITLE,
        body: body.push(&back_to_stock()),
    })
}

fn open(screen: &Screen, number: u64) -> Result<Html, Failure> {
    Ok(Html::new()
        .element(
            "<form method=\"post\" action=\"/stock/movement/",
            number,
            "\">",
        )
        .push(&csrf_field(&screen.csrf))
        .push(&hidden("act", &token()?)))
}

fn notice_form(screen: &Screen, number: u64, day: &str) -> Result<Html, Failure> {
    let due = format!("El aviso a COFEPRIS se da a más tardar el {day}. Anote aquí su folio.");
    Ok(verdict(Verdict::Wait, "FALTA EL AVISO", &due)
        .push(&open(screen, number)?)
        .push(&input(
            "Folio del aviso",
            "notice",
            "",
            "maxlength=\"120\" required",
        ))
        .raw("<button name=\"step\" value=\"notice\">Firmar y anotar el aviso</button></form>"))
}

fn correction_form(screen: &Screen, number: u64, found: &Recorded) -> Result<Html, Failure> {
    let head = "<h2>Corregir</h2><p>Nada se borra: la corrección es un asiento nuevo que quita lo \
                que sobra de éste. Lo que falte se registra como otro movimiento.</p>\
                <div class=\"scroll\"><table class=\"entry\"><thead><tr>\
                <th scope=\"col\">Medicamento</th><th scope=\"col\">Lote</th>\
                <th scope=\"col\">Se registró</th><th scope=\"col\">Unidades que se quitan</th></tr>\
                </thead><tbody>";
    let lines = (1..).zip(&found.order.lines);
    let rows = lines.fold(open(screen, number)?.raw(head), |html, (row, line)| {
        let words = Measure::of_clave(&screen.counter, &line.clave).words(line.units);
        let name = format!("units-{row}");
        let rest = "inputmode=\"numeric\" maxlength=\"9\" class=\"number\"";
        html.element(
            "<tr><td class=\"wide\">",
            screen.counter.medicine_name(&line.clave),
            "</td>",
        )
        .element("<td>", &line.lot, "</td>")
        .element("<td>", words, "</td><td>")
        .push(&bare_input("Unidades que se quitan", &name, "", rest))
        .raw("</td></tr>")
    });
    Ok(rows.raw(
        "</tbody></table></div><button name=\"step\" value=\"correct\">Firmar y corregir</button>\
         </form>",
    ))
}

/// What the form asks for.
fn asked(screen: &Screen, number: u64, fields: &Fields) -> Result<MovementOrder, FollowUpError> {
    let found = of_number(&screen.counter, number)?;
    let now = (screen.now)();
    if field(fields, "step") == Some("notice") {
        return Ok(found.notice(&text_of(fields, "notice"), now));
    }
    let lines = (1..).zip(&found.order.lines);
    let back = lines.map(
        |(row, line)| match text_of(fields, &format!("units-{row}")).as_str() {
            "" => Ok((line.clave.clone(), line.lot.clone(), 0)),
            units => {
                let units = units.parse().map_err(|_| FollowUpError::NotInMovement)?;
                Ok((line.clave.clone(), line.lot.clone(), units))
            }
        },
    );
    found.correction(&back.collect::<Result<Vec<_>, FollowUpError>>()?, now)
}

fn send(screen: &Screen, number: u64, fields: &Fields) -> Result<Page, Failure> {
    let id = text_of(fields, "act")
        .parse()
        .map_err(|_| Failure::BadForm)?;
    let declared =
        asked(screen, number, fields).and_then(|order| follow_up(&screen.counter, &id, &order));
    match declared {
        Ok(declared) => {
            let view = DeclaredView::of(&screen.counter, &declared);
            Ok(Page {
                title: TITLE,
                body: declared_html(&view).push(&back_to_stock()),
            })
        }
        Err(FollowUpError::Store(error)) => Err(error.into()),
        Err(FollowUpError::Declare(error)) => Err(error.into()),
        Err(error) => {
            let stop = verdict(Verdict::Stop, "NO SE CORRIGIÓ", &error.to_string());
            page(screen, number, stop)
        }
    }
}
