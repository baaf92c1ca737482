//! The agents: one module per runtime behind one trait, each turning an assignment into a report.
//!
//! What an agent may touch is fenced in by `ampersand-sandbox`, and what it may do beyond is the host's to grant: nothing
//! here decides a policy, keeps a journal or knows the conversation. What an agent says is data.

mod acp;
mod assignment;
mod before;
mod builtin;
mod codex;
mod command;
mod discover;
mod event;
pub mod home;
mod host;
mod leads;
mod ledger;
mod offline;
mod outcome;
mod runtime;
mod sessions;
mod set_up;
mod shown;
mod toolhost;
mod vendor;

pub use ampersand_toolhost::visible;
pub use assignment::{Assignment, Vendor, VendorKey, VendorModel};
pub use before::Before;
pub use codex::stand_in as codex_stand_in;
pub use discover::{Discovered, Installed, Place, discover, find, model_problem};
pub use event::{Activity, AgentEvent};
pub use host::{Gate, Host, Launch, until_taken};
pub use outcome::Outcome;
pub use runtime::{AgentRuntime, Attempt, runtime};
pub use sessions::{Session, carry_over, sessions};
pub use set_up::{Checkouts, SetUp, set_up};
pub use toolhost::find_toolhost;
pub use vendor::rpc;
#[doc(hidden)]
pub use vendor::strangers;
