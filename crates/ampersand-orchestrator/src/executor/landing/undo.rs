//! Undoing a landing, in its turn among the landings of its repository; and finding out what became of it after a crash.

use std::sync::Arc;

use ampersand_core::{Failure, Task, TaskState};
use ampersand_git::{CommitId, LandingStands};

use super::{Landing, recover, turn};
use crate::{
    executor::World,
    input::News,
    refusal::Refusal,
    repository::{attach_again, off_thread},
};

/// Takes a task's work out of the branch again, or finds out whether it was, and tells how it went.
pub(in crate::executor) async fn undo(world: Arc<World>, task: Task, how: Landing) {
    let _turn = turn(&world, &task).await;
    let news = News::UndoEnded {
        task: task.id,
        outcome: outcome(&world, &task, how).await,
    };
    world.news.send(news).await.ok();
}

async fn outcome(world: &World, task: &Task, how: Landing) -> Result<(), Failure> {
    let TaskState::Undoing { commit, back } = &task.state else {
        return Ok(());
    };
    let commits: Result<[CommitId; 2], _> = (|| Ok([back.from.parse()?, commit.parse()?]))();
    let [from, to] = commits.map_err(|error: ampersand_git::ParseCommitIdError| error.failure())?;
    let (id, branch) = (task.id.to_string(), back.branch.clone());
    let repository = attach_again(task.repository.clone()).await?;
    let recovered = recover(world, &repository).await;
    match how {
        Landing::Begins => {
            recovered?;
            let undoing = move || {
                let undone = repository.undo_landing(&id, &branch, [from, to]);
                undone.map_err(|error| error.failure())
            };
            off_thread(undoing).await
        }
        Landing::WasCutOff => {
            let look = move || {
                let stands = repository.landing_stands(&branch, to);
                stands.map_err(|error| error.failure())
            };
            match off_thread(look).await? {
                // The branch is without it, whatever became of files and index.
                LandingStands::No => {
                    if let Err(failure) = recovered {
                        let task = Some(task.id);
                        world.news.send(News::Noticed { task, failure }).await.ok();
                    }
                    Ok(())
                }
                LandingStands::AtTip | LandingStands::Below => Err(cut_off()),
            }
        }
    }
}

fn cut_off() -> Failure {
    Failure::new(
        "undo_landing_cut_off",
        "The background process ended before the landing was undone; nothing was changed.",
        "Undo it again.",
    )
}
