//! A scripted model server on raw TCP, for each API a model may have: it says what its script says, breaks in every way a real one does,
//! and remembers what it was asked. Nothing in it waits for a clock; a stream is held open by a [`Gate`].

mod accounts;
mod gate;
mod reply;
mod script;
mod server;
mod shape;
mod voice;
mod web;
mod wire;

pub use gate::Gate;
pub use script::{Reply, Rule, Script, Shape, Step, When};
pub use server::{ModelServer, Recorded};
pub use voice::Api;
pub use web::{Canned, WebServer};

#[cfg(test)]
mod tests;
