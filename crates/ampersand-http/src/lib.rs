//! The only crate that sees reqwest: streaming client, web fetch and search, host policy.
//!
//! What comes back from a server is data: bounded, never followed by itself, never an instruction. No error,
//! `Debug` or trace from here carries a key, a header or a query string.

mod address;
mod client;
pub mod egress;
pub mod host_policy;
mod http_error;
pub mod retry;
mod sse;
#[doc(hidden)]
pub mod strangers;
mod tls;
pub mod web;

pub use ampersand_keys::Secret;
pub use client::{Client, EventStream, Headers, Limits};
pub use http_error::HttpError;
pub use sse::{Event, EventDecoder, EventTooLarge};
pub use url::Url;
