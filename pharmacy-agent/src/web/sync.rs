//! Sync: certificates down, pending acts up.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use serde::Deserialize;

use super::html::Html;
use super::page::{Failure, Page, Verdict, back, verdict};
use super::screen::Screen;
use crate::show::SyncView;

#[derive(Deserialize)]
pub(super) struct SyncForm {
    csrf: String,
}

pub(super) async fn sync(
    State(screen): State<Arc<Screen>>,
    form: Result<Form<SyncForm>, FormRejection>,
) -> Result<Page, Failure> {
    let Form(form) = form.map_err(|_| Failure::BadForm)?;
    screen.check_csrf(Some(&form.csrf))?;
    screen.blocking(page).await
}

fn page(screen: &Screen) -> Result<Page, Failure> {
    let report = crate::sync::sync(&screen.counter, (screen.now)())?;
    let view = SyncView::from(&report);
    let headline = if view.clean {
        verdict(Verdict::Good, "AL CORRIENTE", "Todo se sincronizó.")
    } else {
        verdict(Verdict::Wait, "CON PENDIENTES", "Lea lo que falta.")
    };
    let text = view.text();
    let list = text.lines().fold(Html::new().raw("<ul>"), |html, line| {
        html.element("<li>", line, "</li>")
    });
    Ok(Page {
        title: "Sincronización",
        body: headline.push(&list).raw("</ul>").push(&back()),
    })
}
