//! Figures, each measured with its alternative in the same run, through the real programs.
//!
//! Standard output carries figures alone; what explains them goes to standard error. Not here: tests, which say
//! whether something is right, where this says how fast it is.

mod agents;
mod figures;
mod history;
pub mod link;
mod load;
#[cfg(target_os = "linux")]
mod memory;
mod moment;
mod options;
mod orchestrator;
pub mod radar;
pub mod sandbox;
pub mod vendors;
pub mod window;
pub mod worktree;
