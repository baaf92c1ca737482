//! Language models on the wire, and the offline rules that serve when there is none.
//!
//! A model is asked with our own [`Request`] and answers with our own [`Delta`]s; no provider's shape leaves this
//! crate. What a model says is data: nothing here acts on it, and no request is repeated once its answer began.

mod chat;
mod gathered;
mod messages;
mod mind;
mod model;
mod model_error;
pub mod offline;
mod request;
mod responses;
#[doc(hidden)]
pub mod strangers;
pub mod tokens;
mod wire;

pub use ampersand_core::Api;
pub use ampersand_http::{Client, Secret};
pub use mind::{Answer, Mind, Talk};
pub use model::{Deltas, Endpoint, Model};
pub use model_error::ModelError;
pub use request::{Call, Delta, Message, Request, Stop, ToolSpec};
