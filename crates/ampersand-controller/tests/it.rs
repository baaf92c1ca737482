//! The controller as a whole, against a scripted model and an orchestrator that is a journal in memory.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be had ends a test"
)]

mod cards;
mod explained;
mod faults;
mod remote;
mod talk;
mod work;
mod world;
