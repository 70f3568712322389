//! Scan: a QR typed by a scanner, or a photograph, becomes a verdict and a form.

use std::sync::Arc;

use axum::extract::{Multipart, State};
use jiff::Timestamp;
use prescription::LineState;
use prescription::state::Phase;

use super::html::Html;
use super::page::{Failure, Page, Verdict, back, csrf_field, hidden, verdict};
use super::screen::Screen;
use crate::dispense::MAX_LOT;
use crate::entropy::token;
use crate::scan::scan_bytes;
use crate::service::ServiceError;
use crate::show::{Card, CardLine, StateView};
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
struct ScanForm {
    csrf: Option<String>,
    qr: Vec<u8>,
}

async fn read_form(mut multipart: Multipart) -> Result<ScanForm, Failure> {
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
        Ok(text) => text,
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
    let form = dispense_form(screen, &card, known.as_ref(), &text, now)?;
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
    let signed = "Auténtica: firmada por quien prescribe y registrada.";
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

/// A form with every line that can still be filled, or none.
fn dispense_form(
    screen: &Screen,
    card: &Card,
    known: Option<&KnownState>,
    qr: &str,
    now: Timestamp,
) -> Result<Html, Failure> {
    let counter = &screen.counter;
    if known.is_none() && !counter.config.offline.allowed {
        return Ok(lines_html(card));
    }
    let ended = known.is_some_and(|known| known.prescription.ensure_active().is_err());
    let today = counter.day(now);
    let mut fields = Html::new();
    let mut open = 0;
    for line in card.lines.iter().filter(|line| !line.expired && !ended) {
        let state = known.and_then(|known| known.prescription.line(line.line));
        let owed = match state {
            Some((issued, state @ LineState::Open { .. })) if issued.valid_until >= today => {
                state.owed_in_fill(issued).map(|(owed, _)| owed.count())
            }
            Some(_) => continue,
            None => Some(line.packages),
        };
        fields = fields.push(&line_fields(line, owed.unwrap_or_default()));
        open += 1;
    }
    if open == 0 {
        return Ok(lines_html(card));
    }
    let button = if known.is_some() {
        "<button>Surtir</button></form>"
    } else {
        "<button>Surtir sin conexión</button></form>"
    };
    Ok(Html::new()
        .raw("<h2>Surtir</h2><form method=\"post\" action=\"/dispense\" autocomplete=\"off\">")
        .push(&csrf_field(&screen.csrf))
        // Drawn with the form: sending it twice is one act.
        .push(&hidden("act", &token()?))
        .push(&hidden("qr", qr))
        .push(&fields)
        .raw(button))
}

fn line_fields(line: &CardLine, owed: u32) -> Html {
    let number = line.line;
    Html::new()
        .element("<fieldset><legend>Renglón ", number, ": ")
        .element("", &line.medicine, "</legend>")
        .push(&line_html(line))
        .element(
            "<div class=\"row\"><div><label for=\"packages-",
            number,
            "\">",
        )
        .element("Envases (se deben ", owed, ")</label>")
        .element("<input id=\"packages-", number, "\" name=\"packages-")
        .element("", number, "\" type=\"number\" min=\"0\" max=\"")
        .element("", owed, "\" inputmode=\"numeric\"></div>")
        .element("<div><label for=\"lot-", number, "\">Lote</label>")
        .element("<input id=\"lot-", number, "\" name=\"lot-")
        .element("", number, "\" maxlength=\"")
        .element("", MAX_LOT, "\"></div>")
        .element(
            "<div><label for=\"expiry-",
            number,
            "\">Caducidad (AAAA-MM)</label>",
        )
        .element("<input id=\"expiry-", number, "\" name=\"expiry-")
        .element("", number, "\" maxlength=\"10\"></div></div></fieldset>")
}

fn line_html(line: &CardLine) -> Html {
    Html::new()
        .element("<p>", &line.dosage, "<br>")
        .element("", line.supply(), "<br>Vigente hasta ")
        .element("", &line.valid_until, "; clave ")
        .element("", &line.clave, "</p>")
}

/// The lines where nothing is to be filled in.
fn lines_html(card: &Card) -> Html {
    card.lines.iter().fold(Html::new(), |html, line| {
        html.element("<h2>", &line.medicine, "</h2>")
            .push(&line_html(line))
    })
}
