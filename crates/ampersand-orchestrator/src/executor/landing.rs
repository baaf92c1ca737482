//! Landing: one at a time in each repository.

use std::sync::Arc;

use ampersand_core::{Failure, Task};
use ampersand_git::{LandRefusal, LandingKind, Repository};

use super::World;
use crate::{
    input::{LandedAt, News},
    refusal::Refusal,
    repository::{attach, off_thread},
};

/// Whether a landing is a new one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Landing {
    Begins,
    /// An orchestrator before this one was at it; nothing more is moved without a person's word.
    WasCutOff,
}

/// Brings a task's work into the branch that is checked out, or finds out whether it was, and tells how it went.
pub(super) async fn land(world: Arc<World>, task: Task, how: Landing) {
    let turn = {
        let mut landings = world.landings.lock().await;
        Arc::clone(landings.entry(task.repository.clone()).or_default())
    };
    let outcome = {
        let _turn = turn.lock().await;
        match how {
            Landing::Begins => bring_in(&task).await,
            Landing::WasCutOff => look_after(&task).await,
        }
    };
    world
        .news
        .send(News::LandingEnded {
            task: task.id,
            outcome,
        })
        .await
        .ok();
}

/// The repository with whatever a crash left of a landing put right: finished, or taken back.
async fn recovered(task: &Task) -> Result<Repository, Failure> {
    let repository = attach(task.repository.clone()).await?;
    off_thread(move || {
        let found = repository
            .recover_landing()
            .map_err(|error| error.failure())?;
        if let Some(found) = found {
            tracing::warn!(?found, "a landing had been cut off");
        }
        Ok(repository)
    })
    .await
}

/// Finds out whether a landing that a crash cut off took place.
async fn look_after(task: &Task) -> Result<LandedAt, Failure> {
    let repository = recovered(task).await?;
    match repository.landing_preview(&task.id.to_string()).await {
        Err(LandRefusal::AlreadyLanded) => {}
        Err(error) => return Err(error.failure()),
        Ok(_) => {
            return Err(Failure::new(
                "landing_cut_off",
                "The orchestrator ended before the work was in the branch; nothing was changed.",
                "Land it again.",
            ));
        }
    }
    let base = task.base.clone();
    let id = task.id.to_string();
    off_thread(move || {
        let told = |error: ampersand_git::GitFailure| error.failure();
        let (facts, to) = (
            repository.facts().map_err(told)?,
            repository.head().map_err(told)?,
        );
        // The task's own commit at the tip means that the branch went straight on from where the task began.
        let went_straight = repository.task_head(&id).map_err(told)? == Some(to);
        let from = match base {
            Some(base) if went_straight => base.commit,
            _ => repository.resolve("HEAD^1").map_err(told)?.to_string(),
        };
        Ok(LandedAt {
            branch: facts.branch.unwrap_or_default(),
            from,
            to: to.to_string(),
        })
    })
    .await
}

async fn bring_in(task: &Task) -> Result<LandedAt, Failure> {
    let repository = recovered(task).await?;
    let id = task.id.to_string();
    let preview = repository
        .landing_preview(&id)
        .await
        .map_err(|error| error.failure())?;
    let subject = match preview.kind {
        LandingKind::Squash => task.title.clone(),
        LandingKind::FastForward | LandingKind::Merge => format!("Merge {:?}", task.title),
    };
    let message = format!("{subject}\n\nAmpersand-Task: {id}\n");
    let landed = off_thread(move || {
        repository
            .land(&preview, &message)
            .map_err(|error| error.failure())
    })
    .await?;
    Ok(LandedAt {
        branch: landed.branch,
        from: landed.from.to_string(),
        to: landed.to.to_string(),
    })
}
