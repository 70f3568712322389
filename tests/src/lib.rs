//! End to end: what no single room can test about itself.
//!
//! | What | Harness | Tests |
//! |---|---|---|
//! | SIGKILL at random moments under load | [`crash`], `src/bin/soak.rs` | `tests/crash` |
//! | EIO and SIGKILL at each system call of the append path | [`append_path`], `src/bin/append_path.rs` | `tests/append_path` |
//! | Fuzzing of what strangers send | [`fuzz`], `fuzz/` at the root | `tests/fuzz.rs` |
//! | OpenSSL, other QR readers, independent verifiers | | `tests/interop` |
//! | Hostile input and a failing machine | | `tests/hostile` |
//!
//! The programs under test are the built ones: `cargo build -p rx-service -p pharmacy-agent -p
//! auditor --bins` comes first (`cargo xtask test` does it).

pub mod append_path;
pub mod crash;
pub mod ehr;
pub mod evidence;
pub mod fuzz;
pub mod pharmacy;
pub mod random;
pub mod running;
