//! Who calls: the client certificate says so.

mod caller;
mod tls;

pub use caller::{Caller, CallerError, Role};
pub use tls::{TlsError, server_config};
