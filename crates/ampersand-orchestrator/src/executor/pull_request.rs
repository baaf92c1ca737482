//! Work on its way out: put on a branch, worked out, pushed, opened. Nothing here decides; what was allowed is carried out
//! and told.

mod watch;

use std::sync::Arc;

use ampersand_core::{Failure, Opened, PullRequest, PullRequestSettings, RemoteWay, Says, Task};
use ampersand_git::{CommitId, PushTo};
pub(crate) use watch::Watched;
pub(super) use watch::watch;

use super::World;
use crate::{
    going_out::{self, Place, Way},
    input::{Branched, News, NotPushed, Outgoing},
    refusal::Refusal,
    repository::{attach, off_thread},
};

impl World {
    /// What finding the way out needs.
    fn way_out<'a>(
        &'a self,
        settings: &'a PullRequestSettings,
        folder: &'a std::path::Path,
    ) -> Place<'a> {
        Place {
            journal: &self.journal,
            settings,
            folder,
        }
    }
}

async fn tell(world: &World, news: Outgoing) {
    world.news.send(News::Outgoing(news)).await.ok();
}

/// Puts a task's work on a branch of its own.
pub(super) async fn put_on_branch(world: Arc<World>, task: Task, branch: String) {
    let outcome = branched(&world, &task, branch).await;
    let task = task.id;
    tell(&world, Outgoing::Branched { task, outcome }).await;
}

async fn branched(world: &World, task: &Task, branch: String) -> Result<Branched, Failure> {
    let repository = attach(task.repository.clone()).await?;
    let report = world.journal.report(task.id).await?.unwrap_or_default();
    let (id, message) = (task.id.to_string(), going_out::message(task, &report));
    let before = on_branch(&repository, &branch, &id).await?;
    let out = repository.outgoing(&id, before, &message).await;
    let out = out.map_err(|refusal| refusal.failure())?;
    off_thread(move || {
        let put = repository.put_on_branch(&branch, out.tip);
        put.map_err(|refusal| refusal.failure())?;
        let commit = out.tip.to_string();
        Ok(Branched { branch, commit })
    })
    .await
}

/// What of this task stands on that branch already: what comes after goes on top.
async fn on_branch(
    repository: &ampersand_git::Repository,
    branch: &str,
    task: &str,
) -> Result<Option<CommitId>, Failure> {
    let (repository, branch, task) = (repository.clone(), branch.to_owned(), task.to_owned());
    off_thread(move || {
        let stands = repository.resolve(&format!("refs/heads/{branch}")).ok();
        let out = repository.out(&task).map_err(|error| error.failure())?;
        Ok(stands.filter(|stands| out == Some(*stands)))
    })
    .await
}

/// Works out what would be pushed after what was.
pub(super) async fn prepare(world: Arc<World>, task: Task) {
    let Some(pull) = task.pull_request.clone() else {
        return;
    };
    let (settings, folder) = settings(&world);
    let place = world.way_out(&settings, &folder);
    let working = Box::pin(going_out::next(place, &task, &pull));
    let outcome = working.await.map(Box::new);
    let task = task.id;
    tell(&world, Outgoing::Prepared { task, outcome }).await;
}

fn settings(world: &World) -> (PullRequestSettings, std::path::PathBuf) {
    let folder = world.home.root().join(going_out::FOLDER);
    (world.settings().pull_requests, folder)
}

/// Pushes what was allowed, and opens it where it is not. Repeated, it changes nothing.
pub(super) async fn push(world: Arc<World>, task: Task) {
    let Some(pull) = task.pull_request.clone() else {
        return;
    };
    let outcome = Box::pin(pushed(&world, &task, &pull)).await;
    let task = task.id;
    tell(&world, Outgoing::Pushed { task, outcome }).await;
}

async fn pushed(world: &World, task: &Task, pull: &PullRequest) -> Result<Opened, NotPushed> {
    let not_there = |failure| NotPushed {
        failure,
        is_there: false,
    };
    let (settings, folder) = settings(world);
    let place = world.way_out(&settings, &folder);
    let way = going_out::same_way(place, task, pull).await;
    let way = way.map_err(not_there)?;
    bring(&way, pull).await.map_err(not_there)?;
    if let Some(opened) = &pull.opened {
        return Ok(opened.clone());
    }
    let opening = async {
        let says = says(world, task).await?;
        let opened = way.program.open(&pull.branch, &pull.onto, &says).await;
        Ok::<_, Failure>(opened?)
    };
    opening.await.map_err(|failure| NotPushed {
        failure,
        is_there: true,
    })
}

async fn bring(way: &Way, pull: &PullRequest) -> Result<(), Failure> {
    let commit: CommitId = pull
        .tip
        .parse()
        .map_err(|error: ampersand_git::ParseCommitIdError| error.failure())?;
    let to = PushTo {
        url: way.url.clone(),
        branch: pull.branch.clone(),
        is_new: pull.pushed.is_none(),
        identity: (way.url.way() == RemoteWay::Https).then(|| way.program.program().to_owned()),
        environment: way.program.environment(),
    };
    let pushing = way.repository.push(commit, &to);
    pushing.await.map_err(|refusal| refusal.failure())
}

async fn says(world: &World, task: &Task) -> Result<Says, Failure> {
    let report = world.journal.report(task.id).await?.unwrap_or_default();
    Ok(going_out::says(task, &report))
}
