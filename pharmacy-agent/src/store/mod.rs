//! `counter.db`: what must outlive a crash, and nothing more.
//!
//! | Table | What | Written by |
//! |---|---|---|
//! | `certificate` | prescribers' certificates, by kid | [`Store::put_certificates`] |
//! | `act`, `act_line` | what was handed over, and what the service said of it | [`Store::record_act`], [`Store::confirm_act`], [`Store::refuse_act`] |
//! | `statement` | movements of stock, returns and transfers, and what the service said of them | [`Store::record_statements`], [`Store::confirm_statement`], [`Store::refuse_statement`] |
//! | `stock_count`, `counted_lot` | the physical count under way, and earlier ones | [`Store::begin_count`], [`Store::enter_counted`], [`Store::end_count`] |
//! | `book_entry` | control books of versions before ADR 0021; closed | nobody |
//! | `snapshot` | last state of a prescription that the service told | [`Store::put_snapshot`] |
//! | `ledger_head` | newest state of the ledger that was accepted | [`Store::put_ledger_head`] |
//! | `synced` | when certificates were last downloaded | [`Store::put_certificates`] |
//!
//! No name of a patient and no CURP is in it. The text of a QR, which has both, stays only while
//! its act is pending.

mod act;
mod act_read;
mod act_record;
mod act_settle;
mod certificate;
mod column;
mod connect;
mod count;
mod ledger_head;
mod snapshot;
mod statement;

pub use act::{Act, ActId, ActIdError, ActLine, ActState, Book, Submission};
pub use act_read::{PendingAct, RecordedAct};
pub use certificate::StoredCertificate;
pub use connect::Store;
pub use count::{CountedLot, StockCount};
pub use ledger_head::LedgerHead;
pub use snapshot::Snapshot;
pub use statement::{RecordedStatement, Statement, StatementKind};

/// The database cannot be used, or says something that cannot be.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("Otro programa del mostrador está usando {0}; ciérrelo y repita.")]
    Locked(std::path::PathBuf),
    /// The folder cannot be made.
    #[error("No se puede crear la carpeta {path}: {source}.")]
    Folder {
        /// The folder.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Written by a newer program.
    #[error("La base de datos es de una versión más reciente ({0}); actualice este programa.")]
    Newer(i64),
    /// SQLite before 3.51.3 can lose commits.
    #[error("SQLite {0} puede perder datos; se requiere 3.51.3 o más reciente.")]
    Sqlite(String),
    /// SQLite failed.
    #[error("La base de datos del mostrador falló: {0}.")]
    Database(#[from] rusqlite::Error),
    /// A value that this program did not write.
    #[error("La base de datos está dañada: {table}.{column}; restaure el respaldo.")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A change that should have hit one row did not.
    #[error("La base de datos está dañada: el acto {0} no está pendiente; restaure el respaldo.")]
    NotPending(String),
}
