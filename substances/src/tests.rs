//! Tests over several modules, and what all tests share.

mod attacks;
pub(crate) mod fixture;
mod histories;
mod lists;
pub(crate) mod op;
mod refusals;
pub(crate) mod visit;
pub(crate) mod world;
