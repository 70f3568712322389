//! Dispense: the form of a verified prescription becomes an act.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use prescription::dispense::HandedOver;

use super::form::{Fields, field};
use super::html::Html;
use super::page::{Failure, Page, Verdict, back, verdict};
use super::screen::Screen;
use crate::dispense::{Order, OrderError, dispense as act, handed_over, parse_brand};
use crate::show::OutcomeView;

pub(super) async fn dispense(
    State(screen): State<Arc<Screen>>,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Page, Failure> {
    let Form(fields) = form.map_err(|_| Failure::BadForm)?;
    screen.check_csrf(field(&fields, "csrf"))?;
    screen.blocking(move |screen| page(screen, &fields)).await
}

fn page(screen: &Screen, fields: &Fields) -> Result<Page, Failure> {
    let text = |name| field(fields, name).ok_or(Failure::BadForm);
    let lines = match lines(fields) {
        Ok(lines) => lines,
        Err((line, error)) => {
            let reason = format!("Renglón {line}: {error}. Regrese y corrija.");
            return Ok(result(verdict(Verdict::Stop, "NO SE SURTIÓ", &reason)));
        }
    };
    if lines.is_empty() {
        let reason = "No indicó envases en ningún renglón. Regrese y escríbalos.";
        return Ok(result(verdict(Verdict::Stop, "NO SE SURTIÓ", reason)));
    }
    let order = Order {
        id: text("act")?.parse().map_err(|_| Failure::BadForm)?,
        qr: text("qr")?.to_owned(),
        lines,
        // The service is asked first: the network may be back.
        offline: false,
    };
    Ok(result(match act(&screen.counter, &order, (screen.now)()) {
        Ok(outcome) => outcome_html(&OutcomeView::of(&outcome)),
        Err(error) => verdict(Verdict::Stop, "NO SE SURTIÓ", &error.to_string()),
    }))
}

fn outcome_html(view: &OutcomeView) -> Html {
    let (kind, headline) = match (view.hand_over, view.offline) {
        (true, false) => (Verdict::Good, "SURTIDA"),
        (true, true) => (Verdict::Wait, "SURTIDA SIN CONEXIÓN"),
        (false, _) => (Verdict::Stop, "NO ENTREGUE TODAVÍA"),
    };
    let list = view
        .lines
        .iter()
        .fold(Html::new().raw("<ul>"), |html, line| {
            html.element("<li>", line.text(), "</li>")
        });
    verdict(kind, headline, &view.message)
        .push(&list)
        .element("</ul><p>Folio ", &view.folio, ", acto ")
        .element("", &view.act, "</p>")
}

fn result(body: Html) -> Page {
    Page {
        title: "Surtido",
        body: body.push(&back()),
    }
}

/// The lines with packages; a line left blank is not handed over.
fn lines(fields: &Fields) -> Result<Vec<HandedOver>, (String, OrderError)> {
    let mut lines = Vec::new();
    for (key, packages) in fields {
        let Some(line) = key.strip_prefix("packages-") else {
            continue;
        };
        if packages.trim().is_empty() || packages.trim() == "0" {
            continue;
        }
        let of = |name: &str| {
            field(fields, &format!("{name}-{line}"))
                .unwrap_or_default()
                .trim()
        };
        // A lot that was typed goes before the one that was chosen.
        let (mut lot, mut expiry) = (of("lot"), of("expiry"));
        if let ("", "", Some(chosen)) = (lot, expiry, of("batch").split_once(' ')) {
            (expiry, lot) = chosen;
        }
        let said = |error| (line.to_owned(), error);
        let mut read = handed_over(line, packages.trim(), lot, expiry).map_err(said)?;
        read.brand = parse_brand(of("brand")).map_err(said)?;
        lines.push(read);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn blank_lines_are_left_out_and_mistakes_name_their_line() {
        let read = lines(&fields(&[
            ("packages-1", " 2 "),
            ("lot-1", " A1 "),
            ("expiry-1", "2027-06"),
            ("packages-2", ""),
            ("packages-3", "0"),
        ]))
        .unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].lot.as_deref(), Some("A1"));
        let (line, error) = lines(&fields(&[("packages-2", "dos")])).unwrap_err();
        assert_eq!((line.as_str(), error), ("2", OrderError::Packages));
    }

    #[test]
    fn a_lot_is_chosen_or_typed_and_a_brand_named() {
        let chosen = [
            ("packages-1", "1"),
            ("batch-1", "2027-06-30 A 1"),
            ("brand-1", "Tempra"),
        ];
        let read = lines(&fields(&chosen)).unwrap();
        assert_eq!(read[0].lot.as_deref(), Some("A 1"));
        assert_eq!(read[0].expiry, Some(jiff::civil::date(2027, 6, 30)));
        assert_eq!(read[0].brand.as_deref(), Some("Tempra"));
        let typed = [&chosen[..2], &[("lot-1", "B"), ("expiry-1", "2027-07")]].concat();
        let read = lines(&fields(&typed)).unwrap();
        assert_eq!(
            (read[0].lot.as_deref(), read[0].brand.as_deref()),
            (Some("B"), None)
        );
        let long = "x".repeat(99);
        let (line, error) = lines(&fields(&[("packages-2", "1"), ("brand-2", &long)])).unwrap_err();
        assert_eq!((line.as_str(), error), ("2", OrderError::Brand));
    }
}
