//! What crosses a process boundary: frames between controller and orchestrator, and updates from the
//! controller to whoever shows the conversation. The TypeScript types and `docs/protocol.md` come from here.
//!
//! Not here: how bytes travel (`ampersand-link`) and what any of it does (controller, orchestrator).

mod agents;
mod command;
mod diff;
mod frame;
mod place;
mod reply;
mod typescript;
mod update;
mod view;

pub use agents::{AgentFound, SessionFound};
pub use command::{Command, Proposal};
pub use diff::{Diff, DiffFile, DiffHunk, DiffLine, DiffLineKind, FileKind, Picture};
pub use frame::{Activity, FromOrchestrator, Hello, PROTOCOL_VERSION, ToOrchestrator};
pub use place::{Home, HomeError};
pub use reply::{Reply, RepositoryFacts, TaskSnapshot};
pub use typescript::{TypeScriptFile, reference, typescript};
pub use update::{Counts, Update, UpdateBody};
pub use view::TaskView;
