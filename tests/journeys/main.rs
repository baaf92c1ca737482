//! The journeys of the product, end to end through the real programs: one module each.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod answers;
mod bad_input;
#[cfg(target_os = "linux")]
mod builds;
#[cfg(target_os = "linux")]
mod full_disk;
#[cfg(target_os = "linux")]
mod hostile_agents;
mod isolation;
mod j1;
mod j12;
mod j13;
mod j14;
mod j2;
#[cfg(target_os = "linux")]
mod j21;
#[cfg(target_os = "linux")]
mod j22;
#[cfg(unix)]
mod j24;
mod j3;
mod j4;
mod j5;
mod j6;
mod j7;
mod j8;
#[cfg(target_os = "linux")]
mod keys;
#[cfg(target_os = "linux")]
mod landing;
#[cfg(unix)]
mod limits;
mod model_abuse;
mod models;
mod scripts;
mod terminal;
mod worktrees;
