//! The master controller and the supervisor of the background process: the conversation, its turns, overrides
//! before models, and the cards that the orchestrator's journal comes to.
//!
//! A library without a face: the window and the terminal show its [`Updates`] and hand it what the person says. It
//! refuses: deciding about tasks (orchestrator), touching a repository, and taking a model's word for an act that
//! is the person's.

mod board;
mod connected;
mod controller;
mod desk;
mod elsewhere;
mod hear;
mod home;
mod hub;
mod inbox;
mod load;
mod lock;
mod logins;
mod order;
pub mod overrides;
mod remote;
mod supervisor;
mod tools;
mod turn;
mod turns;

pub use controller::{Controller, Options};
pub use elsewhere::Opener;
pub use hear::MESSAGE_BYTES_MAX;
pub use hub::Updates;
pub use logins::{connect, connect_reading, has_login, reserve};
pub use remote::Remote;
pub use supervisor::{Connector, Duplex, NotReached, Wire};

/// The id of a wish made now.
fn new_command() -> ampersand_core::CommandId {
    ampersand_core::CommandId::new(uuid::Uuid::now_v7())
}
