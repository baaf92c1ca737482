//! The real window on a screen and a bus of its own, driven as a person drives it.

mod desktop;
mod driver;
mod host;

use std::time::Duration;

pub use desktop::{Desktop, system_program};
pub use driver::{Driver, children, kill};
pub use host::{Host, Shown};

/// Beyond this a test is stuck.
pub const PATIENCE: Duration = Duration::from_secs(60);
