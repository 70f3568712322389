//! Stock: what arrives, leaves and is counted besides what is dispensed.
//!
//! A [`Draft`] is what somebody filled in, on the screen, in a CSV file or on the command line;
//! [`Draft::check`] says everything that is wrong with it, line by line, before anything is signed.
//! What is right becomes a [`MovementOrder`], which is signed, durable and then delivered. What the
//! books allow is decided by the service alone: what is checked here only spares a journey.

pub mod amount;
pub mod counting;
pub mod csv_file;
pub mod draft;
pub mod follow_up;
pub mod kind;
pub mod on_hand;
pub mod order;
pub mod problem;
pub mod submit;
pub mod typed_line;

pub use self::amount::Measure;
pub use self::draft::{Against, Checked, Draft};
pub use self::kind::{Asks, Counterparty, Kind};
pub use self::on_hand::{Balance, InTransit, OnHand};
pub use self::order::{MovementOrder, OrderLine};
pub use self::problem::{HeadProblem, Problems};
pub use self::typed_line::{LineProblem, StockLine, TypedLine};
