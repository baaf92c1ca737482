//! Showing a task's work in the person's checkout and putting it back, in turn with the landings of its repository.

use std::sync::Arc;

use ampersand_core::{Failure, Task, TaskId};
use ampersand_git::{LandRefusal, Repository, Shown};

use super::{fit, look, recovered, take_edits, turn};
use crate::{executor::World, input::News, refusal::Refusal, repository::off_thread};

/// Puts a task's work into the checkout and tells how that went.
pub(in crate::executor) async fn show(world: Arc<World>, task: Task) {
    let _turn = turn(&world, &task).await;
    let news = News::Shown {
        task: task.id,
        outcome: put_there(&world, &task).await,
    };
    world.news.send(news).await.ok();
}

/// Puts the checkout back and tells how that went.
pub(in crate::executor) async fn put_back(world: Arc<World>, task: Task) {
    let _turn = turn(&world, &task).await;
    let outcome = match recovered(&world, &task).await {
        Ok(repository) => take_away(&task, repository).await,
        Err(failure) => Err(failure),
    };
    let news = News::PutBack {
        task: task.id,
        outcome,
    };
    world.news.send(news).await.ok();
}

/// Makes way for landing this task: what is shown of it goes, and what is shown of another is in the way.
pub(super) async fn make_way(
    world: &World,
    task: &Task,
    repository: &Repository,
) -> Result<(), Failure> {
    let Some(shown) = shown(world, repository).await? else {
        return Ok(());
    };
    if shown.task != task.id.to_string() {
        return Err(LandRefusal::Shown.failure());
    }
    let outcome = take_away(task, repository.clone()).await;
    let refused = outcome.clone().map(drop);
    let news = News::PutBack {
        task: task.id,
        outcome,
    };
    world.news.send(news).await.ok();
    refused
}

/// What is shown that this home is to put back. What another home shows is that one's to put back, and in the way; what
/// nobody's journal knows of any more, as its home is gone or began anew, is put back here.
async fn shown(world: &World, repository: &Repository) -> Result<Option<Shown>, Failure> {
    let of = repository.clone();
    let shown = off_thread(move || of.shown().map_err(|error| error.failure())).await?;
    let Some(shown) = shown else {
        return Ok(None);
    };
    let known = match shown.task.parse() {
        Ok(id) => world.journal.task(TaskId::new(id)).await?.is_some(),
        Err(_) => false,
    };
    if known {
        return Ok(Some(shown));
    }
    let Some(home) = shown.home else {
        return Err(LandRefusal::Shown.failure());
    };
    if home != world.home.root() && home.is_dir() {
        return Err(LandRefusal::ShownElsewhere { home }.failure());
    }
    let repository = repository.clone();
    let back = off_thread(move || repository.put_back().map_err(|error| error.failure())).await?;
    tracing::warn!(?back, home = %home.display(), "what a home showed that is gone was put back");
    Ok(None)
}

async fn put_there(world: &World, task: &Task) -> Result<u32, Failure> {
    let repository = fit(world, task).await?;
    shown(world, &repository).await?;
    take_edits(world, task, &repository).await?;
    let preview = look(world, &repository, task).await.map_err(said)?;
    let home = world.home.root().to_owned();
    let shown = off_thread(move || Ok(repository.show(&preview, &home))).await?;
    Ok(shown.map_err(said)?.files)
}

/// Files of the person's that stay as they are.
async fn take_away(task: &Task, repository: Repository) -> Result<Vec<String>, Failure> {
    let id = task.id.to_string();
    off_thread(move || {
        let shown = repository.shown().map_err(|error| error.failure())?;
        // Shown since by another task, once this one had been put back.
        if shown.is_some_and(|shown| shown.task != id) {
            return Ok(Vec::new());
        }
        let back = repository.put_back().map_err(|error| error.failure())?;
        Ok(back.map(|back| back.kept).unwrap_or_default())
    })
    .await
}

/// A refusal in the words of somebody who wants to see it.
fn said(refusal: LandRefusal) -> Failure {
    let mut failure = refusal.failure();
    failure.hint = failure.hint.replace("land again", "show it again");
    failure
}
