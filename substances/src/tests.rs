//! Tests over several modules, and what all tests share.

mod attacks;
pub(crate) mod fixture;
mod histories;
mod lists;
mod refusals;
pub(crate) mod world;
