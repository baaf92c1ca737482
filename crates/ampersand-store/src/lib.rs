//! What is kept on disk: the orchestrator's journal, the controller's conversation, and agents' output.
//! The only crate that sees sqlx; nothing of SQLite shows through its types.
//!
//! A write is acknowledged once it is committed and synced, and goes on even if its caller stops waiting.
//! Not here: what the rows mean (`ampersand-core`), and where the files lie (whoever opens them).

mod cause;
mod checkpoints;
mod conversation;
mod file;
mod journal;
mod open_error;
mod output;
mod readers;
mod row;
mod rows;
mod writer;

pub use conversation::Conversation;
pub use journal::{AppendError, Batch, Follow, Journal, Snapshot};
pub use open_error::OpenError;
pub use output::{OutputError, OutputLog};
pub use readers::ReadError;
pub use writer::WriteError;
