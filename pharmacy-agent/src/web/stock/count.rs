//! The physical count on screen: blind, then its differences, then closed.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use jiff::Timestamp;

use super::super::form::{Fields, bare_input, field, select, text_of};
use super::super::html::Html;
use super::super::page::{Failure, Page, Verdict, csrf_field, verdict};
use super::super::screen::Screen;
use super::draft::{self, hidden_numbered};
use super::review::{back_to_stock, declared_html};
use crate::counter::Counter;
use crate::declare::deliver_id;
use crate::show::{CountView, DeclaredView, DifferenceView, LotToCount};
use crate::stock::counting::{self, CountError};
use crate::stock::submit::against;
use crate::stock::{Draft, Kind, Problems, typed_line};
use crate::store::{Book, StockCount};

/// Lots on one sheet.
const SHEET_ROWS: usize = 200;
/// Rows for lots that are on the shelf and not in the books.
const FOUND_ROWS: usize = 3;

pub(super) async fn get(State(screen): State<Arc<Screen>>) -> Result<Page, Failure> {
    screen.blocking(|screen| page(screen, Html::new())).await
}

pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    Path(step): Path<String>,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Page, Failure> {
    let Form(fields) = form.map_err(|_| Failure::BadForm)?;
    screen.check_csrf(field(&fields, "csrf"))?;
    screen
        .blocking(move |screen| {
            let now = (screen.now)();
            match step.as_str() {
                "begin" => begin(screen, &fields, now),
                "enter" => enter(screen, &fields, now),
                "close" => close(screen, &fields, now),
                "abandon" => abandon(screen, now),
                _ => Err(Failure::NoSuchPage),
            }
        })
        .await
}

/// What stands in the way is shown above the page as it is now.
fn refused(screen: &Screen, error: &dyn std::fmt::Display) -> Result<Page, Failure> {
    page(
        screen,
        verdict(Verdict::Stop, "NO SE PUEDE", &error.to_string()),
    )
}

fn begin(screen: &Screen, fields: &Fields, now: Timestamp) -> Result<Page, Failure> {
    let counter = &screen.counter;
    let stock = match counter.service.on_hand() {
        Ok(stock) => stock,
        Err(error) => return refused(screen, &error),
    };
    let (book, today) = (Book::of_wire(&text_of(fields, "book")), counter.day(now));
    let chosen =
        |clave: &_| book.is_none() || typed_line::book_on(&counter.catalog, clave, today) == book;
    match counting::begin(counter, &stock, chosen, now) {
        Ok(_) => page(screen, Html::new()),
        Err(error) => refused(screen, &error),
    }
}

fn enter(screen: &Screen, fields: &Fields, now: Timestamp) -> Result<Page, Failure> {
    let counter = &screen.counter;
    let count = match counting::under_way(counter) {
        Ok(count) => count,
        Err(error) => return refused(screen, &error),
    };
    let draft = draft::read(Kind::Count, fields);
    if draft.lines.iter().all(crate::stock::TypedLine::is_blank) {
        return page(screen, Html::new());
    }
    let checked = match draft.check(&against(counter, None, now)) {
        Ok(checked) => checked,
        Err(problems) => {
            return Ok(count_page(
                screen,
                &count,
                Some((&draft, &problems)),
                Html::new(),
            ));
        }
    };
    let lots: Vec<_> = checked
        .lines
        .into_iter()
        .map(|(_, line)| {
            counting::counted(&count, &(line.clave, line.lot), line.expiry, line.units)
        })
        .collect();
    counter.store().enter_counted(&count.id, &lots)?;
    page(screen, Html::new())
}

fn close(screen: &Screen, fields: &Fields, now: Timestamp) -> Result<Page, Failure> {
    let counter = &screen.counter;
    let statements = match try_close(counter, fields, now) {
        Ok(statements) => statements,
        Err(reason) => return refused(screen, &reason),
    };
    let mut body = Html::new();
    for id in &statements {
        let declared = deliver_id(counter, id, now)?;
        body = body.push(&declared_html(&DeclaredView::of(counter, &declared)));
    }
    Ok(Page {
        title: Kind::Count.in_spanish(),
        body: body.push(&back_to_stock()),
    })
}

fn try_close(
    counter: &Counter,
    fields: &Fields,
    now: Timestamp,
) -> Result<Vec<crate::store::ActId>, String> {
    let said = |error: CountError| error.to_string();
    let count = counting::under_way(counter).map_err(said)?;
    let differences = counting::differences(&count).map_err(said)?;
    let stock = counter
        .service
        .on_hand()
        .map_err(|error| error.to_string())?;
    counting::hold_against(counter, &count, &stock).map_err(said)?;
    let reasons: BTreeMap<_, _> = (1..)
        .zip(&differences)
        .filter_map(|(n, it)| {
            let reason = text_of(fields, &format!("reason-{n}"));
            let reason = substances::CountReason::from_code(&reason)?;
            Some(((it.lot.clave.clone(), it.lot.lot.clone()), reason))
        })
        .collect();
    let statements = counting::close(counter, &count, &reasons, now).map_err(said)?;
    Ok(statements
        .into_iter()
        .map(|statement| statement.id)
        .collect())
}

fn abandon(screen: &Screen, now: Timestamp) -> Result<Page, Failure> {
    let count = counting::under_way(&screen.counter);
    match count.and_then(|count| counting::abandon(&screen.counter, &count, now)) {
        Ok(()) => page(
            screen,
            verdict(Verdict::Wait, "ABANDONADO", "No se registró nada."),
        ),
        Err(error) => refused(screen, &error),
    }
}

/// The count as it stands, or the button that begins one.
fn page(screen: &Screen, headline: Html) -> Result<Page, Failure> {
    match screen.counter.store().count_under_way()? {
        Some(count) => Ok(count_page(screen, &count, None, headline)),
        None => Ok(Page {
            title: Kind::Count.in_spanish(),
            body: headline.push(&begin_form(screen)),
        }),
    }
}

fn begin_form(screen: &Screen) -> Html {
    let all = ("", "Todo".to_owned());
    let books = Book::ALL.map(|book| (book.wire(), book.in_spanish().to_owned()));
    Html::new()
        .raw("<p>Cuente sin ver el saldo del libro: el programa lo guarda al empezar y muestra las \
              diferencias cuando no falte ningún lote. No surta mientras cuenta; lo que se mueva se \
              cuenta de nuevo.</p><form method=\"post\" action=\"/stock/count/begin\">")
        .push(&csrf_field(&screen.csrf))
        .raw("<label for=\"book\">Qué se cuenta</label>")
        .push(&select("Qué se cuenta", "book", "", std::iter::once(all).chain(books)))
        .raw("<br><button autofocus>Empezar el conteo</button></form>")
}

fn count_page(
    screen: &Screen,
    count: &StockCount,
    typed: Option<(&Draft, &Problems)>,
    headline: Html,
) -> Page {
    let view = CountView::of(&screen.counter, count);
    let mut body = headline.element("<p>Empezado el ", &view.begun_at, ".</p>");
    if let Some((_, problems)) = typed {
        let sentences = problems.sentences().join(" ");
        body = body.push(&verdict(Verdict::Stop, "HAY QUE CORREGIR", &sentences));
    }
    if let Some(found) = &view.differences {
        body = body.push(&differences(screen, found));
    }
    body = body
        .push(&sheet(screen, &view, typed.map(|(draft, _)| draft)))
        .raw("<form method=\"post\" action=\"/stock/count/abandon\">")
        .push(&csrf_field(&screen.csrf))
        .raw("<button class=\"quiet\">Abandonar el conteo</button></form>");
    Page {
        title: Kind::Count.in_spanish(),
        body,
    }
}

/// What differs, each with the reasons that can explain it.
fn differences(screen: &Screen, found: &[DifferenceView]) -> Html {
    let open = Html::new()
        .raw("<form method=\"post\" action=\"/stock/count/close\">")
        .push(&csrf_field(&screen.csrf));
    let html = if found.is_empty() {
        open.push(&verdict(
            Verdict::Good,
            "TODO CONCUERDA",
            "Cada lote es el del libro.",
        ))
    } else {
        let reason = "Explique cada diferencia; se asienta con su razón y no se borra.";
        open.push(&verdict(Verdict::Wait, "HAY DIFERENCIAS", reason))
    };
    let html = (1..).zip(found).fold(html, |html, (n, it)| {
        let choose = ("", "— elija la razón —".to_owned());
        let reasons = it
            .reasons
            .iter()
            .map(|(code, text)| (*code, (*text).to_owned()));
        let name = format!("reason-{n}");
        html.element("<fieldset><legend>", &it.medicine, "</legend>")
            .element("<p>", &it.sentence, "</p>")
            .push(&select(
                "Razón",
                &name,
                "",
                std::iter::once(choose).chain(reasons),
            ))
            .raw("</fieldset>")
    });
    html.raw("<button>Firmar y cerrar el conteo</button></form>")
}

/// The sheet: each lot, and rows for what is not in the books. No balance is on it.
fn sheet(screen: &Screen, view: &CountView, typed: Option<&Draft>) -> Html {
    let head = "<div class=\"scroll\"><table class=\"entry\"><thead><tr><th scope=\"col\">Núm.</th>\
                <th scope=\"col\">Medicamento</th><th scope=\"col\">Lote</th>\
                <th scope=\"col\">Caducidad</th><th scope=\"col\">Contado</th>\
                <th scope=\"col\">Envases</th><th scope=\"col\">Sueltas</th></tr></thead><tbody>";
    // What is still to be counted first: a sheet has as many rows as a form may have.
    let mut lots: Vec<_> = view.lots.iter().collect();
    lots.sort_by_key(|lot| lot.counted.is_some());
    lots.truncate(SHEET_ROWS);
    let rows = lots.len() + FOUND_ROWS;
    let html = Html::new()
        .element("<h2>", sheet_title(view.missing), "</h2>")
        .raw("<form method=\"post\" action=\"/stock/count/enter\" autocomplete=\"off\">")
        .push(&csrf_field(&screen.csrf))
        .push(&super::super::page::hidden("rows", &rows.to_string()))
        .raw(head);
    let html = (1..).zip(&lots).fold(html, |html, (row, lot)| {
        html.push(&lot_row(row, lot, typed))
    });
    let html = (lots.len() + 1..=rows).fold(html, |html, row| html.push(&found_row(row, typed)));
    html.raw(
        "</tbody></table></div><p>Los últimos renglones son para lotes que están en el \
              anaquel y no en la lista. Lo que no hay se anota con 0.</p>\
              <button>Anotar lo contado</button></form>",
    )
}

fn sheet_title(missing: usize) -> String {
    match missing {
        0 => "Todo está contado; lo que se escriba de nuevo se corrige".to_owned(),
        1 => "Falta 1 lote por contar".to_owned(),
        missing => format!("Faltan {missing} lotes por contar"),
    }
}

fn was_typed(typed: Option<&Draft>, row: usize) -> crate::stock::TypedLine {
    let line = typed.and_then(|draft| draft.lines.get(row - 1));
    line.cloned().unwrap_or_default()
}

fn lot_row(row: usize, lot: &LotToCount, typed: Option<&Draft>) -> Html {
    let counted = lot.counted_es.as_deref().unwrap_or("por contar");
    Html::new()
        .element("<tr><td>", row, "</td><td class=\"wide\">")
        .element("", &lot.medicine, "<br><small>")
        .element("", &lot.clave, "</small>")
        .push(&hidden_numbered("offered", row, "1"))
        .push(&hidden_numbered("medicine", row, &lot.clave))
        .push(&hidden_numbered("lot", row, &lot.lot))
        .push(&hidden_numbered("expiry", row, &lot.expiry))
        .element("</td><td>", &lot.lot, "</td>")
        .element("<td>", &lot.expiry, "</td>")
        .element("<td>", counted, "</td>")
        .push(&quantities(row, &was_typed(typed, row)))
}

fn found_row(row: usize, typed: Option<&Draft>) -> Html {
    let line = was_typed(typed, row);
    let name = |name: &str| format!("{name}-{row}");
    Html::new()
        .element("<tr><td>", row, "</td><td class=\"wide\">")
        .push(&bare_input(
            "Medicamento",
            &name("medicine"),
            &line.medicine,
            "",
        ))
        .raw("</td><td>")
        .push(&bare_input(
            "Lote",
            &name("lot"),
            &line.lot,
            "maxlength=\"40\"",
        ))
        .raw("</td><td>")
        .push(&bare_input(
            "Caducidad, AAAA-MM",
            &name("expiry"),
            &line.expiry,
            "maxlength=\"10\"",
        ))
        .raw("</td><td></td>")
        .push(&quantities(row, &line))
}

fn quantities(row: usize, line: &crate::stock::TypedLine) -> Html {
    let rest = "inputmode=\"numeric\" maxlength=\"9\" class=\"number\"";
    let name = |name: &str| format!("{name}-{row}");
    Html::new()
        .raw("<td>")
        .push(&bare_input(
            "Envases",
            &name("packages"),
            &line.packages,
            rest,
        ))
        .raw("</td><td>")
        .push(&bare_input(
            "Unidades sueltas",
            &name("units"),
            &line.units,
            rest,
        ))
        .raw("</td></tr>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stock::order::MAX_LINES;

    #[test]
    fn a_whole_sheet_is_no_more_than_a_form_may_have() {
        const { assert!(SHEET_ROWS + FOUND_ROWS <= MAX_LINES) };
    }
}
