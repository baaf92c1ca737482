//! What the clash radar sees: the trees of worktrees in which agents are at work, and whether two of them join.
//!
//! All it writes goes into a git folder of its own. The person's repository lends its objects and gets nothing: no
//! object, no reference. What decides which trees are held against each other, and when, is elsewhere.

mod filter;
mod live;
mod trials;
mod watches;

pub use live::{Dirty, LiveTree};
pub use trials::{Collision, Joined, Trial, Trials};
pub use watches::{Ear, Watches};
