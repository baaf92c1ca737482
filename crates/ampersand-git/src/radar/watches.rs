//! Which folders of worktrees tell when something in them changes, where the system can tell.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod none;

#[cfg(target_os = "linux")]
pub use linux::{Ear, Watches};
#[cfg(not(target_os = "linux"))]
pub use none::{Ear, Watches};
