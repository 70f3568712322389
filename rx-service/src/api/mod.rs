//! One endpoint, one file: parse, authenticate, call the use case, answer.

mod answer;
mod artifacts;
mod bodies;
mod body;
mod books;
mod cancel;
mod certificates;
mod complete;
mod csc;
mod dispense;
mod extract;
mod health;
mod issue;
mod ledger;
mod metadata;
mod observe;
mod overlaps;
mod own_signature;
mod prepare;
mod prescriber_order;
mod problem;
mod prove;
mod read;
mod resume;
mod search;
mod signature;
mod stock;
mod stock_answer;
mod stock_csv;
mod stock_paths;
mod substances;
mod supply_delivery;
mod suspend;
mod take_back;
mod transaction;
mod transfer;
mod verify;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// Largest request body, in bytes. A prescription of six lines has about 15 kB.
pub const MAX_BODY: usize = 1 << 20;

/// What is public: the ledger, for whoever follows it.
pub fn public_router(app: App) -> Router {
    let observe = axum::middleware::from_fn_with_state(app.clone(), observe::observe);
    ledger_routes().layer(observe).with_state(app)
}

fn ledger_routes() -> Router<App> {
    Router::new()
        .route("/ledger/checkpoint", get(ledger::checkpoint))
        .route("/ledger/tile/{*path}", get(ledger::tile))
        .route("/ledger/shards", get(ledger::shards))
        .route("/ledger/shards/{version}", get(ledger::shards_of))
        .route("/ledger/map/{key}", get(ledger::map))
        .route("/ledger/{shard}/checkpoint", get(ledger::checkpoint_of))
        .route("/ledger/{shard}/tile/{*path}", get(ledger::tile_of))
}

/// All routes.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/fhir/r4", post(transaction::post))
        .route("/fhir/r4/", post(transaction::post))
        .route("/fhir/r4/metadata", get(metadata::get))
        .route(
            "/fhir/r4/MedicationRequest",
            post(issue::post).get(search::get),
        )
        .route("/fhir/r4/MedicationRequest/_search", post(search::post))
        .route("/fhir/r4/MedicationRequest/$prepare", post(prepare::post))
        .route("/fhir/r4/MedicationRequest/$complete", post(complete::post))
        .route("/fhir/r4/MedicationRequest/{id}", get(read::get))
        .route(
            "/fhir/r4/MedicationRequest/{id}/$cancel",
            post(cancel::post),
        )
        .route(
            "/fhir/r4/MedicationRequest/{id}/$suspend",
            post(suspend::post),
        )
        .route(
            "/fhir/r4/MedicationRequest/{id}/$resume",
            post(resume::post),
        )
        .route(
            "/fhir/r4/MedicationRequest/{id}/$transfer",
            post(transfer::post),
        )
        .route(
            "/fhir/r4/MedicationDispense/{id}/$return",
            post(take_back::post),
        )
        .route("/fhir/r4/MedicationDispense", post(dispense::post))
        .route("/fhir/r4/SupplyDelivery", post(supply_delivery::post))
        .route("/prescriptions/{folio}/{artifact}", get(artifacts::get))
        .route("/verifications", post(verify::post))
        .route("/verifications/signature", post(own_signature::post))
        .route("/stock", get(stock::get))
        .route("/stock/pending", get(stock::pending))
        .route("/stock/movements", post(stock::post))
        .route("/stock/movements/csv", post(stock_csv::post))
        .route("/substances/consumption", get(substances::consumption))
        .route("/substances/balance", get(substances::balance))
        .route("/control-books/{book}", get(books::get))
        .route("/control-books/{book}/{list}", get(books::retained))
        .route("/substance-proofs", post(prove::post_substance))
        .route("/certificates", get(certificates::get))
        .merge(csc::routes())
        .route("/ledger/bodies", get(bodies::get))
        .merge(ledger_routes())
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(axum::middleware::from_fn_with_state(
            app.clone(),
            observe::observe,
        ))
        .with_state(app)
}
