//! How much a request holds, by estimate, and what stays out when it would hold too much. Pure.

mod estimate;
mod pack;

pub use estimate::{estimate, estimate_message, estimate_request};
pub use pack::{Bounded, Budget, Item, LeftOut, Packed, Priority, bound};
