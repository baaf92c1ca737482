//! The Chat Completions wire, as OpenAI defines it and as others take it.

mod body;
mod decode;

pub(crate) use body::{LimitName, body};
pub(crate) use decode::Decoder;
