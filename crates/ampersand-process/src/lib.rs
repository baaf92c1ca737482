//! The only crate that spawns: starts a program with nothing inherited, reads its lines within bounds, and freezes,
//! thaws or kills its whole tree. Gives back what this process needs no more, and
//! removes what such programs left. It decides no policy: what may run, and how it is fenced in, is the sandbox's to say.

mod child;
pub mod lines;
mod memory;
pub mod program;
mod remove;
mod spawn;
mod spec;
mod tree;

pub use child::{Child, Exit, Output, WaitError};
pub use memory::give_memory_back;
pub use remove::{remove_folder, remove_folder_in};
pub use spawn::{SpawnError, spawn, spawn_detached, spawn_tree};
#[cfg(windows)]
pub use spawn::{Standing, leave_standing, succeed};
pub use spec::{Bounds, Keeps, Limits, Spec, Stdin, Usage};
#[cfg(windows)]
pub use spec::{Container, Logon};
#[cfg(target_os = "linux")]
pub use tree::end_descendants;
pub use tree::{Frozen, Gone, Tree, TreeError, freeze_all, keeps};
#[cfg(all(unix, not(target_os = "linux")))]
pub use tree::{watch, watched_by};
