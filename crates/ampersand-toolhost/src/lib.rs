//! The tools of the built-in agent, and the small process that runs them inside a sandbox: files, search, programs, scan.
//!
//! It talks JSON lines over its standard input and output, has no network and no async runtime, and decides nothing: what
//! an attempt may do is the sandbox's to enforce and the orchestrator's to ask. The other end lives in `ampersand-agent`.

mod change;
mod execute;
mod find;
mod folder;
mod list;
mod output;
mod perform;
mod read;
mod redact;
mod scan;
mod search;
mod serve;
mod tool_error;
mod walk;
mod wire;
mod worktree;

pub use ampersand_core::visible;
pub use output::Kept;
pub use perform::look;
pub use redact::redacted;
pub use scan::{Amount, Dependency, Language, Place, Secret, Survey};
pub use serve::{ServeError, serve};
pub use tool_error::ToolError;
pub use walk::Skipped;
pub use wire::{
    Call, Delete, Edit, Ended, Execute, Executed, Find, Inbound, List, MAX_LINE_BYTES, Outbound,
    Read, Rename, Reply, Search, Write,
};
pub use worktree::Worktree;

/// The argument by which the tool process gives up starting programs, before it does anything else.
pub const DENY_EXEC: &str = "--deny-exec";
