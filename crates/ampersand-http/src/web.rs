//! The web for agents and controller: pages and searches, as data. Nothing that comes back is an instruction.

mod fetch;
mod html;
mod search;

pub use fetch::{FetchError, FetchLimits, Page, fetch};
pub use html::{Reduced, reduce_html};
pub use search::{Hit, SearchEngine, search};
