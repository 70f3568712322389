//! Take back: a line of an own dispensing comes back, or is put right.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use prescription::Packages;
use prescription::event::{Destination, ReturnReason};

use super::form::{Fields, field, select, text_of};
use super::html::Html;
use super::page::{Failure, Page, Verdict, csrf_field, hidden, verdict};
use super::screen::Screen;
use super::stock::declared_html;
use crate::entropy::token;
use crate::show::DeclaredView;
use crate::take_back::{DispensedId, TakeBack, take_back};

pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    Path(id): Path<String>,
) -> Result<Page, Failure> {
    let of = id.parse().map_err(|_| Failure::NoSuchPage)?;
    screen.blocking(move |screen| form(screen, &of)).await
}

pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    Path(id): Path<String>,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Page, Failure> {
    let of = id.parse().map_err(|_| Failure::NoSuchPage)?;
    let Form(fields) = form.map_err(|_| Failure::BadForm)?;
    screen.check_csrf(field(&fields, "csrf"))?;
    screen
        .blocking(move |screen| send(screen, of, &fields))
        .await
}

/// What this counter handed over of the line: its name, packages and lot.
fn handed_over(screen: &Screen, of: &DispensedId) -> Result<Option<(String, u32, bool)>, Failure> {
    let acts = screen.counter.store().acts_of(of.folio)?;
    let mut acts = acts.iter().filter(|act| act.ledger_index == Some(of.index));
    let lines = acts.next().map(|act| act.act.lines.as_slice());
    let line = lines
        .into_iter()
        .flatten()
        .find(|line| line.line == of.line);
    Ok(line.map(|line| {
        let lot = line.lot.as_deref();
        let lot = lot.map_or_else(String::new, |lot| format!(", lote {lot}"));
        let name = format!("{}{lot}", line.name);
        (name, line.packages.count(), line.unit_doses)
    }))
}

fn form(screen: &Screen, of: &DispensedId) -> Result<Page, Failure> {
    let known = handed_over(screen, of)?;
    let (name, most, unit_doses) = known.unwrap_or_else(|| (String::new(), 1, false));
    let choose = || std::iter::once(("", "— elija —".to_owned()));
    let reasons = ReturnReason::ALL.iter();
    let reasons = reasons.map(|it| (it.code(), it.in_spanish().to_owned()));
    let destinations = Destination::ALL.iter();
    let destinations = destinations.map(|it| (it.code(), it.in_spanish().to_owned()));
    let doses = if unit_doses { "yes" } else { "" };
    let body = Html::new()
        .element("<p>Folio ", of.folio, ", renglón ")
        .element("", of.line, ": ")
        .element("", name, "</p>")
        .raw(
            "<p>Una <strong>corrección</strong> dice que el surtido se registró mal: vuelve a \
             deberse. En una <strong>devolución</strong> el medicamento ya salió: va a cuarentena \
             o a destrucción y no se vuelve a surtir.</p>",
        )
        .element("<form method=\"post\" action=\"/return/", of, "\">")
        .push(&csrf_field(&screen.csrf))
        .push(&hidden("act", &token()?))
        .push(&hidden("unit-doses", doses))
        .raw("<label for=\"packages\">Cuánto vuelve</label>")
        .raw("<input id=\"packages\" name=\"packages\" type=\"number\" min=\"1\" max=\"")
        .element("", most, "\" value=\"")
        .element("", most, "\" autofocus><label for=\"reason\">Razón</label>")
        .push(&select("Razón", "reason", "", choose().chain(reasons)))
        .raw("<label for=\"destination\">Adónde va</label>")
        .push(&select(
            "Adónde va",
            "destination",
            "",
            choose().chain(destinations),
        ))
        .raw("<br><button>Firmar y registrar</button></form>");
    Ok(Page {
        title: "Devolver o corregir",
        body,
    })
}

fn send(screen: &Screen, of: DispensedId, fields: &Fields) -> Result<Page, Failure> {
    let reason = ReturnReason::from_code(&text_of(fields, "reason"));
    let destination = Destination::from_code(&text_of(fields, "destination"));
    let packages = text_of(fields, "packages").parse().ok();
    let (Some(reason), Some(destination), Some(packages)) = (reason, destination, packages) else {
        let stop = "Indique cuánto vuelve, la razón y adónde va.";
        let page = form(screen, &of)?;
        return Ok(Page {
            body: verdict(Verdict::Stop, "FALTAN DATOS", stop).push(&page.body),
            ..page
        });
    };
    let id = text_of(fields, "act")
        .parse()
        .map_err(|_| Failure::BadForm)?;
    let what = TakeBack {
        id,
        of,
        packages: Packages::new(packages),
        unit_doses: text_of(fields, "unit-doses") == "yes",
        reason,
        destination,
    };
    let declared = take_back(&screen.counter, &what, (screen.now)())?;
    let view = DeclaredView::of(&screen.counter, &declared);
    Ok(Page {
        title: "Devolver o corregir",
        body: declared_html(&view).push(&super::page::back()),
    })
}
