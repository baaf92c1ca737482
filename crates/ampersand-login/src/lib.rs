//! Logins that the programs of agents keep on this machine: read where they are, refreshed there, and put in on the way to
//! the model by a proxy, so that whatever runs in a sandbox never has them. And the model behind Codex's: its app server,
//! with nothing in its hands but the tools it is given.
//!
//! A login is used once the settings say so. Nobody is logged in or out here.

mod account;
mod claude;
mod codex;
mod error;
mod held;
mod logins;
mod mind;
mod quota;

pub use account::Account;
pub use error::LoginError;
pub use held::Fresh;
pub use logins::Logins;
pub use mind::CodexMind;
