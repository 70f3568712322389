//! The rows of the form of a movement: typed, offered, and what is wrong with them.

use std::collections::BTreeMap;

use super::super::form::{bare_input, select};
use super::super::html::Html;
use super::super::screen::Screen;
use super::draft::hidden_numbered;
use crate::stock::{Draft, LineProblem, OnHand, Problems, TypedLine};

/// What there is of each lot, in words: those rows are not typed.
#[derive(Default)]
pub(super) struct Offered(BTreeMap<(String, String), String>);

impl Offered {
    pub(super) fn of(counter: &crate::counter::Counter, stock: &OnHand) -> Self {
        let words = |balance: &crate::stock::Balance| {
            let measure = crate::stock::Measure::of_clave(counter, &balance.clave);
            let key = (balance.clave.to_string(), balance.lot.clone());
            (key, measure.words(balance.units))
        };
        Self(stock.balances.iter().map(words).collect())
    }

    fn there_is(&self, line: &TypedLine) -> Option<&str> {
        let key = (line.medicine.clone(), line.lot.clone());
        self.0.get(&key).map(String::as_str)
    }
}

/// Each line, and below it what is wrong with it.
pub(super) fn lines(
    screen: &Screen,
    draft: &Draft,
    offered: &Offered,
    problems: &Problems,
) -> Html {
    let head = "<div class=\"scroll\"><table class=\"entry\"><thead><tr><th scope=\"col\">Núm.</th>\
                <th scope=\"col\">Medicamento (clave o nombre)</th><th scope=\"col\">Lote</th>\
                <th scope=\"col\">Caducidad</th><th scope=\"col\">Envases</th>\
                <th scope=\"col\">Unidades sueltas</th></tr></thead><tbody>";
    let candidates = problems.candidates();
    let rows = draft.lines.iter().enumerate();
    let rows = rows.fold(Html::new().raw(head), |html, (index, line)| {
        let found = problems.lines.get(&index).map_or(&[][..], Vec::as_slice);
        let html = match found {
            [] => html.raw("<tr>"),
            _ => html.raw("<tr class=\"wrong\">"),
        };
        let row = match (offered.there_is(line), candidates.get(&index)) {
            (Some(there_is), _) => offered_row(screen, index + 1, line, there_is),
            (None, Some(candidates)) => {
                let typed = (
                    line.medicine.as_str(),
                    "— elija la presentación —".to_owned(),
                );
                let known = candidates
                    .iter()
                    .map(|(clave, name)| (clave.as_str(), format!("{name} [{clave}]")));
                let name = format!("medicine-{}", index + 1);
                let options = std::iter::once(typed).chain(known);
                typed_row(index + 1, line, &select("Medicamento", &name, "", options))
            }
            (None, None) => {
                let name = format!("medicine-{}", index + 1);
                let rest = "list=\"medicines\" spellcheck=\"false\"";
                let input = bare_input("Medicamento", &name, &line.medicine, rest);
                typed_row(index + 1, line, &input.push(&name_of(screen, line)))
            }
        };
        html.push(&row).push(&line_problems(found))
    });
    rows.raw("</tbody></table></div>")
}

/// What the clave of a row is called.
fn name_of(screen: &Screen, line: &TypedLine) -> Html {
    let clave = line.medicine.parse().ok();
    let known = clave.filter(|clave| screen.counter.catalog.medicine(clave).is_some());
    match known {
        Some(clave) => {
            Html::new().element("<small>", screen.counter.medicine_name(&clave), "</small>")
        }
        None => Html::new(),
    }
}

fn line_problems(found: &[LineProblem]) -> Html {
    if found.is_empty() {
        return Html::new();
    }
    let list = problem_list(found.iter().map(|problem| format!("{problem}")));
    Html::new()
        .raw("<tr class=\"wrong\"><td></td><td colspan=\"5\">")
        .push(&list)
        .raw("</td></tr>")
}

pub(super) fn problem_list(problems: impl Iterator<Item = String>) -> Html {
    let mut problems = problems.peekable();
    if problems.peek().is_none() {
        return Html::new();
    }
    let open = Html::new().raw("<ul class=\"problems\" role=\"alert\">");
    let list = problems.fold(open, |html, it| html.element("<li>", it, "</li>"));
    list.raw("</ul>")
}

fn typed_row(row: usize, line: &TypedLine, medicine: &Html) -> Html {
    let name = |name: &str| format!("{name}-{row}");
    Html::new()
        .element("<td>", row, "</td><td class=\"wide\">")
        .push(medicine)
        .raw("</td><td>")
        .push(&bare_input(
            "Lote",
            &name("lot"),
            &line.lot,
            "maxlength=\"40\" spellcheck=\"false\"",
        ))
        .raw("</td><td>")
        .push(&bare_input(
            "Caducidad, AAAA-MM",
            &name("expiry"),
            &line.expiry,
            "maxlength=\"10\" placeholder=\"AAAA-MM\"",
        ))
        .push(&quantities(row, line))
}

/// A lot of the own stock: only the quantity is typed.
fn offered_row(screen: &Screen, row: usize, line: &TypedLine, there_is: &str) -> Html {
    let clave = line.medicine.parse().ok();
    let name = clave.map_or_else(String::new, |clave| screen.counter.medicine_name(&clave));
    Html::new()
        .element("<td>", row, "</td><td class=\"wide\">")
        .element("", name, "<br><small>")
        .element("", &line.medicine, "</small>")
        .push(&hidden_numbered("offered", row, "1"))
        .push(&hidden_numbered("medicine", row, &line.medicine))
        .push(&hidden_numbered("lot", row, &line.lot))
        .push(&hidden_numbered("expiry", row, &line.expiry))
        .element("</td><td>", &line.lot, "<br><small>hay ")
        .element("", there_is, "</small></td><td>")
        .text(&line.expiry)
        .push(&quantities(row, line))
}

fn quantities(row: usize, line: &TypedLine) -> Html {
    let name = |name: &str| format!("{name}-{row}");
    let rest = "inputmode=\"numeric\" maxlength=\"9\" class=\"number\"";
    Html::new()
        .raw("</td><td>")
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
