//! The form of a movement: filled in, revised, signed.

use std::sync::Arc;

use axum::extract::{Multipart, Path, Query, State};
use serde::Deserialize;

use super::super::form::{Upload, field, input, read_upload};
use super::super::html::Html;
use super::super::page::{Failure, Page, Verdict, csrf_field, verdict};
use super::super::screen::Screen;
use super::draft::{ROWS, WITNESS_FIELDS, read};
use super::review;
use super::rows::{Offered, lines, problem_list};
use crate::service::ServiceError;
use crate::stock::submit::{against, stock_if_reachable};
use crate::stock::{Counterparty, Draft, Kind, Problems, TypedLine, csv_file};

/// What a link fills in.
#[derive(Deserialize)]
pub(super) struct Prefill {
    #[serde(default)]
    from: String,
    #[serde(default)]
    shipment: String,
}

pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    Path(verb): Path<String>,
    Query(prefill): Query<Prefill>,
) -> Result<Page, Failure> {
    let kind = Kind::of_verb(&verb).ok_or(Failure::NoSuchPage)?;
    screen
        .blocking(move |screen| Ok(start(screen, kind, prefill)))
        .await
}

pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    Path(verb): Path<String>,
    multipart: Multipart,
) -> Result<Page, Failure> {
    let kind = Kind::of_verb(&verb).ok_or(Failure::NoSuchPage)?;
    let upload = read_upload(multipart).await?;
    screen.check_csrf(field(&upload.fields, "csrf"))?;
    screen
        .blocking(move |screen| step(screen, kind, &upload))
        .await
}

/// An empty form, or one that offers what there is.
fn start(screen: &Screen, kind: Kind, prefill: Prefill) -> Page {
    let mut draft = Draft::blank(kind);
    draft.counterparty = prefill.from;
    draft.shipment = prefill.shipment;
    let offered = match offer(screen, &mut draft) {
        Ok(offered) => offered,
        Err(error) => return not_told(kind, &error),
    };
    if draft.lines.is_empty() {
        draft.lines = vec![TypedLine::default(); ROWS];
    }
    form(screen, &draft, &offered, &Problems::default(), Html::new())
}

/// Fills in the rows that the service knows of: what may leave, or what is on its way here.
fn offer(screen: &Screen, draft: &mut Draft) -> Result<Offered, ServiceError> {
    let service = &screen.counter.service;
    if draft.kind.takes() {
        let stock = service.on_hand()?;
        draft.lines = stock.balances.iter().map(offered_line).collect();
        return Ok(Offered::of(&screen.counter, &stock));
    }
    if draft.kind == Kind::Receipt && !draft.counterparty.is_empty() {
        draft.take_from(&service.in_transit()?, &screen.counter.catalog);
    }
    Ok(Offered::default())
}

fn offered_line(balance: &crate::stock::Balance) -> TypedLine {
    TypedLine {
        medicine: balance.clave.to_string(),
        lot: balance.lot.clone(),
        expiry: balance.expiry.to_string(),
        ..TypedLine::default()
    }
}

fn step(screen: &Screen, kind: Kind, upload: &Upload) -> Result<Page, Failure> {
    let counter = &screen.counter;
    let now = (screen.now)();
    let mut draft = read(kind, &upload.fields);
    let stock = match stock_if_reachable(counter) {
        Ok(stock) => stock,
        Err(error) => return Ok(not_told(kind, &error)),
    };
    let offered = stock.as_ref().filter(|_| kind.takes());
    let offered = offered.map_or_else(Offered::default, |it| Offered::of(counter, it));
    if !upload.file.is_empty()
        && let Err(error) = csv_file::fill(&mut draft, &upload.file)
    {
        let reason = format!("No se leyó el archivo: {error}.");
        let alert = verdict(Verdict::Stop, "NO SE LEYÓ", &reason);
        return Ok(form(screen, &draft, &offered, &Problems::default(), alert));
    }
    if let Some(stock) = &stock {
        draft.complete(stock);
    }
    match field(&upload.fields, "step").unwrap_or_default() {
        "rows" => {
            draft
                .lines
                .resize(draft.lines.len() + ROWS, TypedLine::default());
            Ok(form(
                screen,
                &draft,
                &offered,
                &Problems::default(),
                Html::new(),
            ))
        }
        "edit" => Ok(form(
            screen,
            &draft,
            &offered,
            &Problems::default(),
            Html::new(),
        )),
        step @ ("check" | "send") => match draft.check(&against(counter, stock.as_ref(), now)) {
            Err(problems) => {
                let reason = "No se ha enviado nada. Corrija lo señalado y revise otra vez.";
                let alert = verdict(Verdict::Stop, "HAY QUE CORREGIR", reason);
                Ok(form(screen, &draft, &offered, &problems, alert))
            }
            Ok(checked) if step == "check" => {
                review::confirm(screen, &draft, &checked, stock.is_some())
            }
            Ok(checked) => {
                let id = field(&upload.fields, "act").ok_or(Failure::BadForm)?;
                let id = id.parse().map_err(|_| Failure::BadForm)?;
                review::send(screen, &id, &draft, &checked)
            }
        },
        _ => Err(Failure::BadForm),
    }
}

fn not_told(kind: Kind, error: &ServiceError) -> Page {
    let reason = format!("{error} Sin saber qué hay no se puede registrar.");
    Page {
        title: kind.in_spanish(),
        body: verdict(Verdict::Stop, "NO SE PUEDE", &reason).push(&review::back_to_stock()),
    }
}

fn form(
    screen: &Screen,
    draft: &Draft,
    offered: &Offered,
    problems: &Problems,
    headline: Html,
) -> Page {
    let verb = draft.kind.verb();
    let open = Html::new()
        .element("<form method=\"post\" action=\"/stock/", verb, "\"")
        .raw(" enctype=\"multipart/form-data\" autocomplete=\"off\">")
        .push(&csrf_field(&screen.csrf))
        .push(&hidden_rows(draft.lines.len()))
        .push(&head(draft, problems))
        .push(&lines(screen, draft, offered, problems))
        // The first button is the one that Enter presses.
        .raw("<button name=\"step\" value=\"check\">Revisar</button>");
    let body = if draft.kind.takes() {
        open
    } else {
        open.raw(" <button class=\"quiet\" name=\"step\" value=\"rows\">Más renglones</button>")
            .raw("<h2>O desde un archivo</h2>")
            .raw("<label for=\"file\">CSV con columnas <code>clave,lote,caducidad,envases,")
            .raw("unidades</code> (en lugar de los renglones de arriba)</label>")
            .raw("<input id=\"file\" name=\"file\" type=\"file\" accept=\".csv,text/csv\">")
            .raw("<button class=\"quiet\" name=\"step\" value=\"check\">Cargar y revisar</button>")
            .push(&medicines(screen))
    };
    Page {
        title: draft.kind.in_spanish(),
        body: headline.push(&body.raw("</form>")),
    }
}

fn hidden_rows(rows: usize) -> Html {
    super::super::page::hidden("rows", &rows.to_string())
}

/// Document, counterparty, witnesses, notice: what the kind asks for.
fn head(draft: &Draft, problems: &Problems) -> Html {
    let asks = draft.kind.asks();
    let mut html = problem_list(problems.head.iter().map(ToString::to_string));
    html = html.raw("<div class=\"fields\">");
    if let Some((label, must)) = asks.document {
        let rest = if must {
            "maxlength=\"120\" required autofocus"
        } else {
            "maxlength=\"120\" autofocus"
        };
        html = html.push(&input(label, "document", &draft.document, rest));
    }
    if asks.counterparty != Counterparty::Nobody {
        let rest = "maxlength=\"13\" required spellcheck=\"false\"";
        let label = asks.counterparty_es;
        html = html.push(&input(label, "counterparty", &draft.counterparty, rest));
    }
    if asks.counterparty == Counterparty::Supplier {
        let label = "Licencia del proveedor (I a III)";
        html = html.push(&input(
            label,
            "licence",
            &draft.licence,
            "maxlength=\"120\"",
        ));
    }
    if asks.shipment {
        let rest = "maxlength=\"12\" required inputmode=\"numeric\"";
        html = html.push(&input(
            "Número del envío",
            "shipment",
            &draft.shipment,
            rest,
        ));
    }
    if asks.permit {
        let label = "Permiso (fracción I)";
        html = html.push(&input(label, "permit", &draft.permit, "maxlength=\"120\""));
    }
    if asks.witnesses {
        let labels = ["Testigo 1", "Testigo 2", "Testigo 3 (si lo hay)"];
        for (n, label) in (1..=WITNESS_FIELDS).zip(labels) {
            let name = draft.witnesses.get(n - 1).map_or("", String::as_str);
            let rest = "maxlength=\"120\"";
            html = html.push(&input(label, &format!("witness-{n}"), name, rest));
        }
    }
    if asks.notice {
        let rest = "maxlength=\"120\"";
        let label = "Folio del aviso a COFEPRIS (si ya lo dio)";
        html = html.push(&input(label, "notice", &draft.notice, rest));
    }
    html.raw("</div>")
}

/// The medicines that a book keeps, for the browser to complete what is typed.
fn medicines(screen: &Screen) -> Html {
    let catalog = &screen.counter.catalog;
    let booked = catalog.medicines().iter();
    let booked = booked.filter(|medicine| crate::stock::typed_line::may_be_booked(medicine));
    let open = Html::new().raw("<datalist id=\"medicines\">");
    let options = booked.fold(open, |html, medicine| {
        let name = screen.counter.medicine_name(&medicine.clave);
        html.element("<option value=\"", &medicine.clave, "\">")
            .element("", name, "</option>")
    });
    options.raw("</datalist>")
}
