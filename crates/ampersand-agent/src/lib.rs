//! The agents: one module per runtime behind one trait, each turning an assignment into a report.
//!
//! What an agent may touch is fenced in by `ampersand-sandbox`, and what it may do beyond is the host's to grant: nothing
//! here decides a policy, keeps a journal or knows the conversation. What an agent says is data.

mod assignment;
mod builtin;
mod command;
mod event;
mod host;
mod offline;
mod outcome;
mod runtime;
mod toolhost;

pub use assignment::Assignment;
pub use event::{Activity, AgentEvent};
pub use host::{Gate, Host, Launch};
pub use outcome::Outcome;
pub use runtime::{AgentRuntime, Attempt, Facts, runtime};
pub use toolhost::find_toolhost;
