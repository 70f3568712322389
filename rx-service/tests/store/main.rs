//! The store on both its databases. Every test runs on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot reach its database should stop"
)]

mod access;
mod activation;
mod advance;
mod append;
mod bodies;
mod catalog;
mod consent;
mod database;
mod enrol;
mod erase;
mod expire;
mod extension;
mod fixture;
mod group;
mod issue;
mod issue_conflicts;
mod issue_races;
mod key;
mod load;
mod model;
mod open;
mod patient;
mod register;
mod retry;
mod search;
mod sequence;
mod setting;
mod shard;
mod special_folio;
mod stock;
mod supply;

/// Makes two tests of each function `async fn name(db: Database)`: `sqlite::name`, on a new file,
/// and `postgres::name`, on a new database.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(crate::database::Database::sqlite().await).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(crate::database::Database::postgres().await).await;
                }
            )+
        }
    };
}
use on_both;
