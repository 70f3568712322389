//! Stock and control books: movements, what a dispensing posts, and what may be read.

mod books;
mod dispensing;
mod facts;
mod files;
mod keeper;
mod posting;
mod read;
mod record;
mod retained_files;
mod returning;
mod sums;

pub use books::{BookPage, ControlBook, RetainedReceta, control_book, retained};
pub(super) use dispensing::{on_shortage, posting_of};
pub use files::{BookFiles, files};
pub use keeper::whose;
pub use read::{Held, Pending, own_stock, pending};
pub use record::{MovementDone, MovementSubmission, preview, record};
pub use retained_files::retained_files;
pub(super) use returning::posting_of_return;
pub use sums::{Balance, By, Consumption, Question, balance, consumption};
