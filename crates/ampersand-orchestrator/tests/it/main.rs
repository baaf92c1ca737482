//! The real process over its real socket: real SQLite, real git, real sandbox.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod abuse;
mod apps;
#[cfg(target_os = "linux")]
mod at_limits;
mod builtin;
mod commands;
mod conflicts;
mod driver;
mod flurries;
mod full_disk;
mod hostile_git;
mod hosts;
mod killed;
mod landing;
mod landing_merged;
mod landing_undone;
mod leaving;
mod limits;
mod many;
mod narrow;
mod overrides;
mod own_commits;
mod radar;
mod recovery;
mod room;
mod two_homes;
mod unfenced;
