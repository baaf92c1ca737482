//! Which tool carries out a call.

use std::sync::atomic::AtomicBool;

use crate::tool_error::ToolError;
use crate::wire::{Call, Outbound, Reply};
use crate::worktree::Worktree;
use crate::{change, execute, find, list, read, scan, search};

/// Carries out a call that only looks, in the calling process. For systems without a sandbox, where nothing else is
/// done: every other call is refused. `told` gets progress, under the id zero.
pub fn look(
    worktree: &Worktree,
    call: &Call,
    cancelled: &AtomicBool,
    told: &dyn Fn(Outbound),
) -> Result<Reply, ToolError> {
    match call {
        Call::Read(_) | Call::List(_) | Call::Search(_) | Call::Scan | Call::Find(_) => {
            perform(worktree, 0, call, cancelled, told)
        }
        Call::Edit(_) | Call::Write(_) | Call::Delete(_) | Call::Rename(_) | Call::Execute(_) => {
            Err(ToolError::LookOnly)
        }
    }
}

pub(crate) fn perform(
    worktree: &Worktree,
    id: u64,
    call: &Call,
    cancelled: &AtomicBool,
    told: &dyn Fn(Outbound),
) -> Result<Reply, ToolError> {
    let progress = |line, files| told(Outbound::Progress { id, line, files });
    match call {
        Call::Read(asked) => read::read(worktree, asked),
        Call::List(asked) => list::list(worktree, asked),
        Call::Search(asked) => search::search(worktree, asked, cancelled),
        Call::Edit(asked) => change::edit(worktree, asked),
        Call::Write(asked) => change::write(worktree, asked),
        Call::Delete(asked) => change::delete(worktree, asked),
        Call::Rename(asked) => change::rename(worktree, asked),
        Call::Execute(asked) => {
            let emit = |text: String| {
                if !text.is_empty() {
                    told(Outbound::Output { id, text });
                }
            };
            execute::execute(asked, cancelled, emit).map(Reply::Executed)
        }
        Call::Scan => {
            let survey = scan::scan(worktree, cancelled, progress)?;
            Ok(Reply::Scanned {
                survey: Box::new(survey),
            })
        }
        Call::Find(asked) => find::find(worktree, asked, cancelled, progress),
    }
}
