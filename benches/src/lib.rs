//! Figures, each measured with its alternative in the same run, through the real programs.
//!
//! Standard output carries figures alone; what explains them goes to standard error. Not here: tests, which say
//! whether something is right, where this says how fast it is.

mod agents;
mod figures;
mod history;
pub mod link;
mod load;
mod moment;
mod options;
mod orchestrator;
pub mod sandbox;
pub mod window;
pub mod worktree;
