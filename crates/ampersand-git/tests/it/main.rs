//! The crate from outside, against real repositories made by the git program.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod attach;
mod bring;
mod commit;
mod cost;
mod cut_off;
mod diff;
mod follow_up;
mod hostile;
mod import;
mod land;
mod layouts;
mod manner;
mod misled;
mod names;
mod outgoing;
mod pictures;
mod pool;
mod radar;
mod recased;
mod scratch;
mod show;
mod sides;
mod starting_point;
mod submodules;
mod undo;
mod worktree;
