//! Freezing, thawing and killing attempts, each told as done only after looking.

use std::sync::Arc;

use ampersand_core::{AttemptId, Failure, Task, TaskId, Work};
use ampersand_process::{Tree, freeze_all};
use ampersand_sandbox::Limits;

use super::{World, control::Control, worktree};
use crate::{
    input::{FrozenTree, News},
    refusal::Refusal,
};

/// Freezes all trees of these attempts with one look at the system, then those that were still growing when their
/// gates closed.
pub(super) async fn freeze(world: Arc<World>, attempts: Vec<(TaskId, Arc<Control>)>) {
    let mut turns = Vec::new();
    for (_, control) in &attempts {
        turns.push(control.turn().await);
    }
    let mut found: Vec<Result<u32, Failure>> = attempts.iter().map(|_| Ok(0)).collect();
    let mut known = vec![0; attempts.len()];
    freeze_some(grown_since(&attempts, &mut known), &mut found).await;
    for (_, control) in &attempts {
        control.grown().await;
    }
    freeze_some(grown_since(&attempts, &mut known), &mut found).await;
    drop(turns);
    for (task, control) in &attempts {
        if control.is_wanted_open() {
            // Asked to go on before it stood still.
            thaw(Arc::clone(&world), *task, Arc::clone(control)).await;
        }
    }
    let trees = attempts
        .into_iter()
        .zip(found)
        .map(|((task, _), processes)| FrozenTree { task, processes })
        .collect();
    world.news.send(News::Frozen { trees }).await.ok();
}

/// Freezes what there is of one attempt, untold.
pub(super) async fn freeze_early(control: Arc<Control>) {
    let _turn = control.turn().await;
    let trees = control.trees().clone();
    for result in freeze_all(&trees).await {
        if let Err(error) = result {
            tracing::warn!(%error, "a tree did not freeze at once");
        }
    }
}

/// The trees beyond the first `known` of each attempt, each with the place of its attempt.
fn grown_since(attempts: &[(TaskId, Arc<Control>)], known: &mut [usize]) -> Vec<(usize, Tree)> {
    let mut trees = Vec::new();
    for (at, ((_, control), known)) in attempts.iter().zip(known).enumerate() {
        let all = control.trees();
        trees.extend(all.iter().skip(*known).map(|tree| (at, tree.clone())));
        *known = all.len();
    }
    trees
}

async fn freeze_some(trees: Vec<(usize, Tree)>, found: &mut [Result<u32, Failure>]) {
    let (places, trees): (Vec<usize>, Vec<Tree>) = trees.into_iter().unzip();
    if trees.is_empty() {
        return;
    }
    for (at, result) in places.into_iter().zip(freeze_all(&trees).await) {
        match (&mut found[at], result) {
            (Ok(processes), Ok(frozen)) => *processes += frozen.processes,
            (of, Err(error)) => *of = Err(error.failure()),
            (Err(_), Ok(_)) => {}
        }
    }
}

/// Thaws the trees first and opens the gate after: an agent finds its tools working when it goes on. They may use what
/// the settings say now, and what was granted on top of it.
pub(super) async fn thaw(world: Arc<World>, task: TaskId, control: Arc<Control>) {
    let _turn = control.turn().await;
    if !control.is_wanted_open() {
        return;
    }
    control.ledger().set(world.settings().limits);
    let bounds = Limits::of(&control.allowed()).bounds();
    let trees = control.trees().clone();
    for tree in trees {
        tree.bound(bounds).await;
        if let Err(error) = tree.thaw().await {
            tracing::error!(%task, %error, "a tree cannot be thawed");
        }
    }
    control.open_gate();
}

/// Ends an attempt that stands still. Its worktree and what its agent knows stay as they are.
pub(super) async fn park(
    world: Arc<World>,
    (task, attempt): (TaskId, AttemptId),
    control: Option<Arc<Control>>,
) {
    let killed = match control {
        None => Ok(0),
        Some(control) => control.kill().await,
    };
    let news = News::Parked {
        task,
        attempt,
        failed: killed.err().map(|error| error.failure()),
    };
    world.news.send(news).await.ok();
}

/// Ends an attempt and counts what is kept of its work.
pub(super) async fn kill(world: Arc<World>, task: Task, control: Option<Arc<Control>>) {
    let killed = match &control {
        None => Ok(0),
        Some(control) => control.kill().await,
    };
    let id = task.id;
    let news = match killed {
        Ok(processes) => {
            let files_kept = match (&task.work, task.state.merging()) {
                (Work::App { .. }, _) => {
                    worktree::remove_app(&world, &task).await;
                    0
                }
                (_, None) => worktree::keep_changed(&world, &task).await,
                (_, Some(_)) => 0,
            };
            News::Gone {
                task: id,
                processes,
                files_kept,
                failed: None,
            }
        }
        Err(error) => {
            let failed = Some(error.failure());
            News::Gone {
                task: id,
                processes: 0,
                files_kept: 0,
                failed,
            }
        }
    };
    world.news.send(news).await.ok();
}
