//! The form under a receta: what is handed over of each line, of which lot and which brand.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::LineState;

use super::form::{input, select};
use super::html::Html;
use super::page::{Failure, csrf_field, hidden};
use super::screen::Screen;
use crate::dispense::first_out::lot_for;
use crate::entropy::token;
use crate::service::LineAnswer;
use crate::show::{Card, CardLine};
use crate::status::KnownState;
use crate::stock::{Measure, OnHand};
use crate::store::Book;

/// A form with every line that can be filled today, or none.
pub(super) fn dispense_form(
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
    // Without the stock, lots are typed.
    let stock = known.and_then(|_| counter.service.on_hand().ok());
    let mut fields = Html::new();
    let mut open = 0;
    for line in card.lines.iter().filter(|line| !line.expired && !ended) {
        let owed = match known {
            Some(known) => match owed_today(known, line.line, today) {
                Some(owed) => owed,
                None => continue,
            },
            None => Owed {
                quantity: line.packages,
                unit_doses: false,
                brand: None,
            },
        };
        fields = fields.push(&line_fields(screen, line, &owed, stock.as_ref(), today));
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

/// What is owed of a line.
struct Owed {
    quantity: u32,
    unit_doses: bool,
    /// The brand that was prescribed, and whether another may go in its place.
    brand: Option<(String, bool)>,
}

/// What is owed of a line, if it can be filled here today; why it cannot, the state says above.
fn owed_today(known: &KnownState, line: u8, today: Date) -> Option<Owed> {
    let (issued, state) = known.prescription.line(line)?;
    let answer = known
        .answer
        .lines
        .iter()
        .find(|answer| answer.line == line)?;
    let open = matches!(state, LineState::Open { .. }) && issued.valid_until >= today;
    let waits = answer.next_fill_on.is_some_and(|day| day > today);
    if !open || waits || is_owed_elsewhere(answer, today) {
        return None;
    }
    let (owed, _) = state.owed_in_fill(issued)?;
    let brand = answer.brand.clone();
    Some(Owed {
        quantity: owed.count(),
        unit_doses: known.answer.in_unit_doses(),
        brand: brand.map(|brand| (brand, answer.substitution_allowed)),
    })
}

fn is_owed_elsewhere(answer: &LineAnswer, today: Date) -> bool {
    let reserved = answer.reserved.as_ref();
    reserved.is_some_and(|it| !it.here && it.until.is_none_or(|until| today <= until))
}

fn line_fields(
    screen: &Screen,
    line: &CardLine,
    owed: &Owed,
    stock: Option<&OnHand>,
    today: Date,
) -> Html {
    let number = line.line;
    let batches = batches(screen, line, owed, stock, today);
    let typed_lot = if batches == Html::new() {
        "Lote"
    } else {
        "Otro lote"
    };
    let unit = if owed.unit_doses {
        "Dosis unitarias"
    } else {
        "Envases"
    };
    Html::new()
        .element("<fieldset><legend>Renglón ", number, ": ")
        .element("", &line.medicine, "</legend>")
        .push(&line_html(line))
        .element(
            "<div class=\"row\"><div><label for=\"packages-",
            number,
            "\">",
        )
        .element("", unit, "")
        .element(" (se deben ", owed.quantity, ")</label>")
        .element("<input id=\"packages-", number, "\" name=\"packages-")
        .element("", number, "\" type=\"number\" min=\"0\" max=\"")
        .element("", owed.quantity, "\" inputmode=\"numeric\"></div>")
        .push(&batches)
        .push(&input(
            typed_lot,
            &format!("lot-{number}"),
            "",
            "maxlength=\"40\"",
        ))
        .push(&input(
            "Caducidad (AAAA-MM)",
            &format!("expiry-{number}"),
            "",
            "maxlength=\"10\"",
        ))
        .push(&brand_field(number, owed))
        .raw("</div></fieldset>")
}

/// The lots on the shelf, the first to expire first; typing another stays possible.
fn batches(
    screen: &Screen,
    line: &CardLine,
    owed: &Owed,
    stock: Option<&OnHand>,
    today: Date,
) -> Html {
    let (Some(stock), Ok(clave)) = (stock, line.clave.parse()) else {
        return Html::new();
    };
    if Book::of(line.fraction, line.antibiotic).is_none() {
        return Html::new();
    }
    let lots = stock.to_hand_over(&clave, today);
    if lots.is_empty() {
        return Html::new().raw(
            "<p class=\"warning\">No hay existencias registradas de este medicamento. Registre su \
             llegada en «Existencias» antes de surtirlo.</p>",
        );
    }
    let measure = Measure::of_clave(&screen.counter, &clave);
    let wanted = if owed.unit_doses {
        Some(u64::from(owed.quantity))
    } else {
        measure.units(u64::from(owed.quantity), 0)
    };
    let first = wanted.and_then(|units| lot_for(stock, &clave, units, today));
    let first = first.or(lots.first().copied());
    let value = |lot: &crate::stock::Balance| format!("{} {}", lot.expiry, lot.lot);
    let chosen = first.map(value).unwrap_or_default();
    let options: Vec<_> = lots
        .iter()
        .map(|lot| {
            let words = measure.words(lot.units);
            let text = format!("{}, caduca {}, hay {words}", lot.lot, lot.expiry);
            (value(lot), text)
        })
        .collect();
    let name = format!("batch-{}", line.line);
    let options = options
        .iter()
        .map(|(value, text)| (value.as_str(), text.clone()));
    let typed = std::iter::once(("", "otro: lo escribo".to_owned()));
    Html::new()
        .element(
            "<div class=\"broad\"><label for=\"",
            &name,
            "\">Lote en existencia (primero el que caduca antes)",
        )
        .raw("</label>")
        .push(&select(
            "Lote en existencia",
            &name,
            &chosen,
            options.chain(typed),
        ))
        .raw("</div>")
}

/// Which brand is handed over: blank is the generic.
fn brand_field(number: u8, owed: &Owed) -> Html {
    let label = match &owed.brand {
        None => "Marca entregada (vacío: genérico)",
        Some((_, true)) => "Marca entregada (se puede sustituir; vacío: genérico)",
        Some((_, false)) => "Marca entregada (no se sustituye)",
    };
    let prescribed = owed.brand.as_ref().map_or("", |(brand, _)| brand.as_str());
    input(
        label,
        &format!("brand-{number}"),
        prescribed,
        "maxlength=\"80\"",
    )
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixture::{answer, verified};
    use crate::service::ReservedAnswer;
    use crate::status::{issued, prescription_in};

    fn known(change: impl FnOnce(&mut LineAnswer)) -> KnownState {
        let fresh = prescription::Prescription::new(issued(&verified()).unwrap());
        let mut answer = answer(&fresh);
        change(&mut answer.lines[0]);
        let prescription = prescription_in(&verified(), &answer).unwrap();
        KnownState {
            answer,
            prescription,
        }
    }

    #[test]
    fn a_refill_waits_for_its_day_and_what_another_owes_is_not_offered() {
        let today = date(2026, 11, 23);
        let owed = |known: &KnownState| owed_today(known, 1, today).map(|owed| owed.quantity);
        assert_eq!(owed(&known(|_| {})), Some(2));
        let next = |day| move |line: &mut LineAnswer| line.next_fill_on = Some(day);
        assert_eq!(owed(&known(next(date(2026, 11, 24)))), None);
        assert_eq!(owed(&known(next(today))), Some(2));
        let reserved = |here, until| {
            move |line: &mut LineAnswer| {
                line.reserved = Some(ReservedAnswer {
                    pharmacy: "HGFAR000002".parse().unwrap(),
                    here,
                    since: date(2026, 11, 20),
                    until,
                    retained: until.is_none(),
                });
            }
        };
        assert_eq!(owed(&known(reserved(true, Some(today)))), Some(2));
        assert_eq!(owed(&known(reserved(false, Some(today)))), None);
        assert_eq!(
            owed(&known(reserved(false, None))),
            None,
            "the receta is there"
        );
        let over = Some(date(2026, 11, 22));
        assert_eq!(owed(&known(reserved(false, over))), Some(2));
    }
}
