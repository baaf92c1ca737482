//! The Messages wire, as Anthropic defines it.

mod body;
mod decode;

pub(crate) use body::body;
pub(crate) use decode::Decoder;
