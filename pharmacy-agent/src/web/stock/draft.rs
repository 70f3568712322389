//! The fields of the form of a movement, and back.

use super::super::form::{Fields, field, text_of};
use super::super::html::Html;
use super::super::page::hidden;
use crate::stock::order::MAX_LINES;
use crate::stock::{Draft, Kind, TypedLine};

/// Rows of an empty form, and how many more a button adds.
pub(super) const ROWS: usize = 5;
/// Names of witnesses that the form asks for.
pub(super) const WITNESS_FIELDS: usize = 3;
/// The fields of a line, in the order of [`values`].
const LINE: [&str; 5] = ["medicine", "lot", "expiry", "packages", "units"];

/// What was filled in. A row that was offered and has no quantity is not meant.
pub(super) fn read(kind: Kind, fields: &Fields) -> Draft {
    let rows = text_of(fields, "rows").parse().unwrap_or(ROWS);
    let rows = rows.min(MAX_LINES + ROWS);
    let line = |row: usize| {
        let of = |name: &str| text_of(fields, &format!("{name}-{row}"));
        let [medicine, lot, expiry, packages, units] = LINE.map(of);
        let offered = field(fields, &format!("offered-{row}")).is_some();
        if offered && packages.is_empty() && units.is_empty() {
            return TypedLine::default();
        }
        TypedLine {
            // The browser's list of medicines writes the clave; what follows it is the name.
            medicine,
            lot,
            expiry,
            packages,
            units,
        }
    };
    let witness = |n: usize| text_of(fields, &format!("witness-{n}"));
    Draft {
        kind,
        document: text_of(fields, "document"),
        counterparty: text_of(fields, "counterparty"),
        licence: text_of(fields, "licence"),
        permit: text_of(fields, "permit"),
        shipment: text_of(fields, "shipment"),
        witnesses: (1..=WITNESS_FIELDS).map(witness).collect(),
        notice: text_of(fields, "notice"),
        lines: (1..=rows).map(line).collect(),
    }
}

/// The draft as hidden fields, for the next step.
pub(super) fn carried(draft: &Draft) -> Html {
    let head = Html::new()
        .push(&hidden("document", &draft.document))
        .push(&hidden("counterparty", &draft.counterparty))
        .push(&hidden("licence", &draft.licence))
        .push(&hidden("permit", &draft.permit))
        .push(&hidden("shipment", &draft.shipment))
        .push(&hidden("notice", &draft.notice))
        .push(&hidden("rows", &draft.lines.len().to_string()));
    let witnesses = (1..).zip(&draft.witnesses);
    let head = witnesses.fold(head, |html, (n, name)| {
        html.push(&hidden_numbered("witness", n, name))
    });
    (1..).zip(&draft.lines).fold(head, |html, (row, line)| {
        let pairs = LINE.into_iter().zip(values(line));
        pairs.fold(html, |html, (name, value)| {
            html.push(&hidden_numbered(name, row, value))
        })
    })
}

/// The fields of a line, in the order of [`LINE`].
fn values(line: &TypedLine) -> [&str; 5] {
    [
        &line.medicine,
        &line.lot,
        &line.expiry,
        &line.packages,
        &line.units,
    ]
}

/// A hidden field of a row.
pub(super) fn hidden_numbered(name: &'static str, row: usize, value: &str) -> Html {
    Html::new()
        .element("<input type=\"hidden\" name=\"", name, "-")
        .element("", row, "\" value=\"")
        .element("", value, "\">")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_reads_back() {
        let line = |n: usize| TypedLine {
            medicine: format!("m\"{n}"),
            lot: "L".to_owned(),
            expiry: "2027-09".to_owned(),
            packages: "1".to_owned(),
            units: String::new(),
        };
        let draft = Draft {
            document: "F<1>".to_owned(),
            counterparty: "X".to_owned(),
            licence: "L".to_owned(),
            permit: "P".to_owned(),
            shipment: "7".to_owned(),
            witnesses: vec!["A".to_owned(), "B".to_owned(), String::new()],
            notice: "N".to_owned(),
            lines: vec![line(1), TypedLine::default(), line(3)],
            ..Draft::blank(Kind::Theft)
        };
        let html = carried(&draft).into_string();
        let mut fields = Fields::new();
        for input in html.split("<input type=\"hidden\" name=\"").skip(1) {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            let value = rest.strip_suffix("\">").unwrap();
            let value = value
                .replace("&quot;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
            fields.push((name.to_owned(), value));
        }
        assert_eq!(read(Kind::Theft, &fields), draft);
    }

    #[test]
    fn an_offered_row_without_a_quantity_is_not_meant() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let mut fields = vec![
            pair("rows", "1"),
            pair("medicine-1", "040.000.2612.00"),
            pair("lot-1", "A"),
            pair("units-1", " "),
        ];
        assert!(!read(Kind::Shipment, &fields).lines[0].is_blank());
        fields.push(pair("offered-1", "1"));
        assert!(read(Kind::Shipment, &fields).lines[0].is_blank());
        fields.push(pair("packages-1", "0"));
        assert!(!read(Kind::Shipment, &fields).lines[0].is_blank());
    }

    #[test]
    fn no_form_makes_this_program_build_a_million_rows() {
        let fields = vec![("rows".to_owned(), "99999999".to_owned())];
        assert_eq!(read(Kind::Purchase, &fields).lines.len(), MAX_LINES + ROWS);
    }
}
