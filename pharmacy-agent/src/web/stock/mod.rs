//! The stock on screen: what there is, what moves, what is counted.
//!
//! A movement is filled in, revised and signed in three steps of one address. What was filled in
//! travels in the form: nothing is kept here before it is signed.

mod count;
mod draft;
mod follow_up;
mod movement;
mod overview;
mod review;
mod rows;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::screen::Screen;

pub(super) use self::review::declared_html;

/// A form of as many lines as a movement has, or the file in their place.
const MAX_FORM: usize = 1024 * 1024;

pub(super) fn routes() -> Router<Arc<Screen>> {
    Router::new()
        .route("/stock", get(overview::get))
        .route(
            "/stock/movement/{number}",
            get(follow_up::get).post(follow_up::post),
        )
        .route("/stock/count", get(count::get))
        .route("/stock/count/{step}", post(count::post))
        .route("/stock/{verb}", get(movement::get).post(movement::post))
        .layer(DefaultBodyLimit::max(MAX_FORM))
}
