//! `GET /substances/consumption` and `GET /substances/balance`, for the authority.

use std::collections::BTreeMap;

use ::substances::Book;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use prescription::{Clave, Clues};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem;
use super::stock::not_a_query;
use crate::app::App;
use crate::clock::month_number;
use crate::flow::Visitor;
use crate::flow::stock::{self, Balance, By, Consumption, Question};

/// Rows of one answer at most.
const MOST: usize = 1000;

/// What is asked. Months are `YYYY-MM`; `after` is the key of the last row of the page before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    by: String,
    from: String,
    to: String,
    clues: Option<Clues>,
    clave: Option<Clave>,
    book: Option<Book>,
    after: Option<String>,
}

impl Asked {
    fn question(&self) -> Option<Question> {
        let by = match self.by.as_str() {
            "substance" => By::Substance,
            "clave" => By::Clave,
            "book" => By::Book,
            "establishment" => By::Establishment,
            "municipality" => By::Municipality,
            "prescriber" => By::Prescriber,
            "month" => By::Month,
            _ => return None,
        };
        let month = |text: &str| {
            let day: Date = format!("{text}-01").parse().ok()?;
            (text.len() == 7).then(|| month_number(day))
        };
        let months = (month(&self.from)?, month(&self.to)?);
        (months.0 <= months.1).then(|| Question {
            by,
            months,
            establishment: self.clues.clone(),
            clave: self.clave.clone(),
            book: self.book,
        })
    }
}

/// What patients received.
pub(super) async fn consumption(
    State(app): State<App>,
    visitor: Visitor,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some((asked, question)) = read(asked) else {
        return wrong();
    };
    match stock::consumption(&app, &visitor, &question).await {
        Ok(rows) => page(
            &asked,
            rows,
            |row: Consumption| json!({"units": row.units, "dispensings": row.dispensings}),
        ),
        Err(error) => problem::flow(&error, None),
    }
}

/// What became of all units.
pub(super) async fn balance(
    State(app): State<App>,
    visitor: Visitor,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    // What is on a shelf is nobody's prescription.
    let read = read(asked).filter(|(_, question)| question.by != By::Prescriber);
    let Some((asked, question)) = read else {
        return not_a_query(
            "Use ?by=substance|clave|book|establishment|municipality|month&from=AAAA-MM&to=AAAA-MM, \
             y si quiere clues, clave, book, after.",
        );
    };
    match stock::balance(&app, &visitor, &question).await {
        Ok(rows) => page(&asked, rows, balance_json),
        Err(error) => problem::flow(&error, None),
    }
}

fn read(asked: Result<Query<Asked>, QueryRejection>) -> Option<(Asked, Question)> {
    let Query(asked) = asked.ok()?;
    let question = asked.question()?;
    Some((asked, question))
}

fn wrong() -> Response {
    not_a_query(
        "Use ?by=substance|clave|book|establishment|municipality|prescriber|month\
         &from=AAAA-MM&to=AAAA-MM, y si quiere clues, clave, book, after.",
    )
}

fn balance_json(row: Balance) -> Value {
    json!({
        "opening": row.opening,
        "opened": row.opened,
        "manufactured": row.manufactured,
        "imported": row.imported,
        "exported": row.exported,
        "bought": row.bought,
        "received": row.received,
        "shipped": row.shipped,
        "dispensed": row.dispensed,
        "returned": row.returned,
        "destroyed": row.destroyed,
        "lost": row.lost,
        "stolen": row.stolen,
        "carried": row.carried,
        "unexplained": row.unexplained,
        "closing": row.closing,
    })
}

/// The rows after the key that was asked for, each with its key.
fn page<T>(asked: &Asked, rows: BTreeMap<String, T>, show: impl Fn(T) -> Value) -> Response {
    let after = asked.after.as_deref().unwrap_or_default();
    let mut rows = rows
        .into_iter()
        .skip_while(|(key, _)| key.as_str() <= after);
    let mut shown = Vec::new();
    let mut last = String::new();
    for (key, row) in rows.by_ref().take(MOST) {
        let mut value = show(row);
        value["key"] = json!(key);
        shown.push(value);
        last = key;
    }
    let mut answer = json!({
        "by": asked.by, "from": asked.from, "to": asked.to, "rows": shown,
    });
    if rows.next().is_some() {
        answer["next"] = json!(last);
    }
    Json(answer).into_response()
}
