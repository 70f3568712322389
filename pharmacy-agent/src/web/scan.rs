//! Scan: a QR typed by a scanner, or a photograph, becomes a verdict and a form.

use std::sync::Arc;

use axum::extract::{Multipart, State};
use jiff::civil::Date;
use prescription::state::Phase;

use super::dispense_form::dispense_form;
use super::html::Html;
use super::page::{Failure, Page, Verdict, back, verdict};
use super::screen::Screen;
use super::transfer;
use crate::scan::scan_bytes;
use crate::service::{ServiceError, StateAnswer};
use crate::show::{Card, StateView};
use crate::status::{KnownState, StatusError, status};

pub(super) async fn scan(
    State(screen): State<Arc<Screen>>,
    multipart: Multipart,
) -> Result<Page, Failure> {
    let form = read_form(multipart).await?;
    screen.check_csrf(form.csrf.as_deref())?;
    screen.blocking(move |screen| page(screen, &form.qr)).await
}

/// The fields of the form; `qr` is the image where there is one, else the text.
pub(super) struct ScanForm {
    pub(super) csrf: Option<String>,
    pub(super) qr: Vec<u8>,
}

pub(super) async fn read_form(mut multipart: Multipart) -> Result<ScanForm, Failure> {
    let (mut csrf, mut text, mut image) = (None, Vec::new(), Vec::new());
    while let Some(field) = multipart.next_field().await.map_err(|_| Failure::BadForm)? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|_| Failure::BadForm)?.to_vec();
        match name.as_str() {
            "csrf" => csrf = String::from_utf8(bytes).ok(),
            "text" => text = bytes,
            "image" => image = bytes,
            _ => return Err(Failure::BadForm),
        }
    }
    let qr = if image.is_empty() { text } else { image };
    Ok(ScanForm { csrf, qr })
}

fn page(screen: &Screen, input: &[u8]) -> Result<Page, Failure> {
    let counter = &screen.counter;
    let now = (screen.now)();
    let text = match scan_bytes(input) {
        Ok(text) => counter.settle(text),
        Err(error) => return Ok(refused("NO SE LEYÓ", &error.to_string())),
    };
    let authentic = match counter.verify(&text) {
        Ok(authentic) => authentic,
        Err(error) => return Ok(refused("NO ES VÁLIDA", &error.to_string())),
    };
    let card = Card::of(counter, &authentic, now);
    let (headline, known) = match status(counter, authentic.prescription(), &text, now) {
        Ok(known) => (live(&card, &known), Some(known)),
        Err(StatusError::Service(error)) if error.is_outage() => (unknown(screen, &error), None),
        Err(error) => return Ok(refused("NO SURTA", &error.to_string())),
    };
    let mut body = headline;
    for warning in &card.warnings {
        body = body.element("<p class=\"warning\">", warning, "</p>");
    }
    body = body.push(&card_html(&card));
    if let Some(known) = &known {
        body = body.push(&state_html(&StateView::of(counter, known.answer.clone())));
    }
    let mut form = dispense_form(screen, &card, known.as_ref(), &text, now)?;
    if let Some(known) = &known {
        form = form
            .push(&transfer::forms(screen, &known.answer, &text)?)
            .push(&own_dispensings(&known.answer, counter.day(now)));
    }
    Ok(Page {
        title: "Receta",
        body: body.push(&form).push(&back()),
    })
}

fn refused(headline: &str, reason: &str) -> Page {
    Page {
        title: "Receta",
        body: verdict(Verdict::Stop, headline, reason).push(&back()),
    }
}

fn live(card: &Card, known: &KnownState) -> Html {
    let signed = format!("Auténtica: {}.", card.signed_by);
    match known.answer.phase {
        Phase::Active | Phase::PartiallyDispensed if !card.expired => {
            let state = known.answer.phase.in_spanish();
            verdict(
                Verdict::Good,
                "AUTÉNTICA",
                &format!("{signed} Está {state}."),
            )
        }
        Phase::Active | Phase::PartiallyDispensed => verdict(
            Verdict::Stop,
            "VENCIDA",
            "La receta es auténtica, pero ya no se surte.",
        ),
        Phase::Suspended => verdict(
            Verdict::Stop,
            "SUSPENDIDA",
            "La receta es auténtica, pero quien la prescribió la suspendió; no se surte por ahora.",
        ),
        Phase::Completed | Phase::Cancelled | Phase::Expired | Phase::None => {
            let state = known.answer.phase.in_spanish().to_uppercase();
            verdict(
                Verdict::Stop,
                &state,
                "La receta es auténtica, pero ya no se surte.",
            )
        }
    }
}

fn unknown(screen: &Screen, error: &ServiceError) -> Html {
    let limits = &screen.counter.config.offline;
    let advice = if limits.allowed {
        "Sólo se surte sin conexión lo que permiten los límites de la farmacia."
    } else {
        "Esta farmacia no surte sin conexión."
    };
    let reason = format!("{error} No se sabe si ya se surtió o se canceló. {advice}");
    verdict(Verdict::Wait, "AUTÉNTICA, SIN CONEXIÓN", &reason)
}

fn card_html(card: &Card) -> Html {
    let establishment = card.establishment.as_deref().unwrap_or("Establecimiento");
    let mut html = Html::new()
        .element("<dl><dt>Folio</dt><dd>", &card.folio, "</dd>")
        .element("<dt>Prescribe</dt><dd>", &card.prescriber, "")
        .element(", cédula ", &card.cedula, "</dd>")
        .element("<dt>Dónde</dt><dd>", establishment, "")
        .element(", CLUES ", &card.clues, "</dd>")
        .element("<dt>Paciente</dt><dd>", &card.patient, "")
        .element("<br>CURP ", &card.curp, "</dd>")
        .element("<dt>Fecha</dt><dd>", &card.written_on, "")
        .element(" (registrada ", &card.sealed_at, ")</dd>");
    if let Some(special) = &card.special_folio {
        html = html.element("<dt>Recetario especial</dt><dd>", special, "</dd>");
    }
    html.raw("</dl>")
}

fn state_html(state: &StateView) -> Html {
    let sentences = state.lines.iter().chain(&state.history);
    let list = sentences.fold(Html::new().raw("<h2>Estado</h2><ul>"), |html, sentence| {
        html.element("<li>", sentence, "</li>")
    });
    list.raw("</ul>")
}

/// The own dispensings that can still be taken back or put right.
fn own_dispensings(state: &StateAnswer, today: Date) -> Html {
    let own = state
        .dispensings
        .iter()
        .filter(|done| done.own && done.returnable_until.is_some_and(|until| today <= until));
    let lines = own.flat_map(|done| &done.lines);
    let left = lines.filter(|line| line.packages > line.returned);
    let returnable: Vec<_> = left
        .filter_map(|line| Some((line, line.id.as_deref()?)))
        .collect();
    if returnable.is_empty() {
        return Html::new();
    }
    let open = Html::new().raw("<h2>Surtido aquí</h2><ul>");
    let list = returnable.iter().fold(open, |html, (line, id)| {
        html.element("<li>Renglón ", line.line, ": ")
            .element("", line.packages - line.returned, " entregados. ")
            .element("<a href=\"/return/", id, "\">Devolver o corregir</a></li>")
    });
    list.raw("</ul>")
}
