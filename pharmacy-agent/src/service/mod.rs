//! The service, as a counter speaks with it: mTLS, JSON, FHIR.
//!
//! `answer`, `state_answer` and `book_answer` read what it says; `client` is the only code of this
//! crate that opens a socket outwards, and `stock_client` asks through it about stock and books.

mod answer;
mod book_answer;
mod client;
mod receipt;
mod state_answer;
mod stock_client;

pub use answer::{Reply, ServiceError};
#[cfg(test)]
pub(crate) use book_answer::tests::BOOK as BOOK_FOR_TESTS;
pub use book_answer::{
    BookPage, ControlBook, EnteredLine, MovementAnswer, RetainedBook, RetainedReceta,
};
pub use client::Service;
pub use receipt::{Receipt, ReceiptError};
pub use state_answer::{
    CancelledAnswer, DispensedAnswer, LineAnswer, ReservedAnswer, StateAnswer, SuspendedAnswer,
};
pub use stock_client::{BookFile, Days};
