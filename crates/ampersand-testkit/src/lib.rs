//! What tests stand on: a home and a repository of their own, the real programs driven as a person drives them,
//! and a scripted model server on the wire. Development only; nothing that ships depends on it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod desk;
pub mod forge;
pub mod model_server;
mod programs;
mod registry;
mod repository;
#[cfg(target_os = "linux")]
pub mod secrets;
mod tls_front;
#[cfg(target_os = "linux")]
pub mod window;

pub use desk::{Chat, Desk, HELD, Ran, end};
pub use forge::TestForge;
pub use programs::program;
pub use registry::Registry;
pub use repository::TestRepository;
pub use tls_front::TlsFront;
