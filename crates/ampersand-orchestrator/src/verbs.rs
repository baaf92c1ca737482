//! What can be asked of the orchestrator and changes something: one verb, one file. Each decides only, on the
//! state in memory; the dispatcher writes the changes down and carries them out.

mod answer;
mod cancel;
mod continue_session;
mod discard;
mod keep_side;
mod land;
mod narrow;
mod open_pull_request;
mod pause;
mod propose;
mod put_back;
mod put_on_branch;
mod resolve;
mod restart;
mod restart_unsafe;
mod resume;
mod rewind;
mod run_app;
mod show;
mod steer;
mod submit_plan;
mod trust;
mod undo;
mod undo_landing;
mod unwatch;
mod watch;

use ampersand_core::{Actor, Failure, Task, TaskId, Verb};

pub(crate) use answer::answer;
pub(crate) use cancel::{UNDO_FOR, cancel};
pub(crate) use continue_session::continue_session;
pub(crate) use discard::discard;
pub(crate) use keep_side::keep_side;
pub(crate) use land::land;
pub(crate) use narrow::narrow;
pub(crate) use open_pull_request::open_pull_request;
pub(crate) use pause::pause;
pub(crate) use propose::propose;
pub(crate) use put_back::put_back;
pub(crate) use put_on_branch::{propose_branch, put_on_branch};
pub(crate) use resolve::resolve;
pub(crate) use restart::restart;
pub(crate) use restart_unsafe::restart_unsafe;
pub(crate) use resume::resume;
pub(crate) use rewind::rewind;
pub(crate) use run_app::run_app;
pub(crate) use show::show;
pub(crate) use steer::steer;
pub(crate) use submit_plan::submit_plan;
pub(crate) use trust::trust;
pub(crate) use undo::undo;
pub(crate) use undo_landing::undo_landing;
pub(crate) use unwatch::unwatch;
pub(crate) use watch::watch;

use crate::state::State;

/// The task, if the verb makes sense for it now.
fn allowed(state: &State, id: TaskId, verb: Verb, does: &str) -> Result<Task, Failure> {
    let task = state.task(id)?;
    let verbs = task.verbs();
    if verbs.contains(&verb) {
        return Ok(task.clone());
    }
    let word = task.state.word().replace('_', " ");
    let possible: Vec<&str> = verbs.iter().map(|verb| verb.spoken()).collect();
    let hint = if possible.is_empty() {
        "Nothing is left to do with it; plan a new task instead.".to_owned()
    } else {
        format!("Possible now: {}.", possible.join(", "))
    };
    Err(Failure::new(
        "not_possible_now",
        format!("{:?} is {word}, so it cannot be {does}.", task.title),
        hint,
    ))
}

/// Those of `ids` for which the verb makes sense, in their order. All of them unknown is an error, so that a
/// mistyped id is never taken for "nothing to do".
fn those_allowed(state: &State, ids: &[TaskId], verb: Verb) -> Result<Vec<TaskId>, Failure> {
    for id in ids {
        state.task(*id)?;
    }
    let allows = |id: &&TaskId| {
        state
            .task(**id)
            .is_ok_and(|task| task.verbs().contains(&verb))
    };
    Ok(ids.iter().filter(allows).copied().collect())
}

/// Who a verb came from when it can only come from a person.
const PERSON: Actor = Actor::Person;
