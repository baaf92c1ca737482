//! The loop around the clash radar: follows the worktrees in which work may land, has what changed held against the rest,
//! and tells the dispatcher what each will collide with. What is compared with what is decided by the radar itself.

mod place;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use ampersand_core::{Base, Failure, Task, TaskId, TaskState};
use ampersand_git::{Ear, Watches};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{World, pool};
use crate::{
    input::News,
    repository::{attach, off_thread},
};
use place::Place;

/// Whoever has written one file is about to write the next.
const GATHERS_FOR: Duration = Duration::from_millis(150);

/// How often the branch is looked at. Nobody tells when a person commits.
const LOOKS_EVERY: Duration = Duration::from_secs(1);

/// Rests this many times as long as it worked, however much agents write.
const RESTS: u32 = 3;
const RESTS_MOST: Duration = Duration::from_secs(30);

/// A repository that cannot be worked on is tried again after this.
const TRIES_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// A work that may land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Followed {
    pub(crate) task: TaskId,
    pub(crate) title: String,
    pub(crate) repository: String,
    pub(crate) base: Base,
    pub(crate) stands: Stands,
}

/// Where a work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// In a worktree, and may change at any moment.
    Live,
    /// In a commit.
    Committed,
}

impl Followed {
    /// What of a task is followed.
    pub(crate) fn of(task: &Task) -> Option<Self> {
        if !task.may_land() {
            return None;
        }
        let stands = match task.state {
            TaskState::Ready { .. } | TaskState::Landing { .. } | TaskState::Merging { .. } => {
                Stands::Committed
            }
            // Checks may leave what they like in the worktree: it does not land.
            _ if task.state.is_checking() || task.state.merging().is_some() => Stands::Committed,
            _ => Stands::Live,
        };
        Some(Self {
            task: task.id,
            title: task.title.clone(),
            repository: task.repository.clone(),
            base: task.base.clone()?,
            stands,
        })
    }
}

/// Watches until `stop`.
pub(super) async fn run(
    world: Arc<World>,
    mut followed: watch::Receiver<Vec<Followed>>,
    stop: CancellationToken,
) {
    let running = async {
        while watch(&world, &mut followed).await.is_some() {
            tracing::error!("the radar begins anew");
            sleep(TRIES_AGAIN_AFTER).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = running => {}
    }
}

/// Watches until nobody says any more what to follow. Something comes back if what is known was lost before.
async fn watch(world: &Arc<World>, followed: &mut watch::Receiver<Vec<Followed>>) -> Option<Lost> {
    let mut radar = Radars::new(Arc::clone(world)).await;
    let ear = match radar.watches.ear() {
        Ok(ear) => Some(ear),
        Err(error) => {
            tracing::warn!(%error, "no worktree tells what changes in it");
            None
        }
    };
    loop {
        let is_idle = followed.borrow().is_empty() && radar.places.is_empty();
        tokio::select! {
            changed = followed.changed() => changed.ok()?,
            () = hear(ear.as_ref()), if !is_idle => {}
            () = sleep(LOOKS_EVERY), if !is_idle => {}
        }
        sleep(GATHERS_FOR).await;
        let began = Instant::now();
        let now = followed.borrow_and_update().clone();
        if let Err(lost) = radar.turn(now).await {
            return Some(lost);
        }
        sleep((began.elapsed() * RESTS).min(RESTS_MOST)).await;
    }
}

/// A look broke off, and what was known went with it.
struct Lost;

async fn hear(ear: Option<&Ear>) {
    match ear {
        Some(ear) => ear.hear().await,
        None => std::future::pending().await,
    }
}

/// Everything that is followed, by repository.
struct Radars {
    world: Arc<World>,
    watches: Watches,
    places: HashMap<String, Place>,
    /// When it was last found that a repository cannot be worked on.
    refused: HashMap<String, Instant>,
}

impl Radars {
    async fn new(world: Arc<World>) -> Self {
        let folder = place::folder(&world);
        let clearing = off_thread(move || {
            // What an orchestrator before this one left is nobody's.
            if let Err(error) = std::fs::remove_dir_all(folder)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "what the radar left cannot be removed");
            }
            Ok(())
        });
        clearing.await.ok();
        Self {
            world,
            watches: Watches::new(),
            places: HashMap::new(),
            refused: HashMap::new(),
        }
    }

    /// Looks at what has changed and says what follows.
    async fn turn(&mut self, followed: Vec<Followed>) -> Result<(), Lost> {
        let mut wanted: BTreeMap<String, Vec<Followed>> = BTreeMap::new();
        for one in followed {
            wanted.entry(one.repository.clone()).or_default().push(one);
        }
        self.leave(&wanted).await;
        let heard = self.watches.take();
        for (task, dirty) in heard {
            for place in self.places.values_mut() {
                place.heard(&task, &dirty);
            }
        }
        for (repository, followed) in wanted {
            let place = match self.places.remove(&repository) {
                Some(place) => place,
                None => match self.open(&repository).await {
                    Some(place) => place,
                    None => continue,
                },
            };
            match self.look(place, followed).await? {
                Some(place) => drop(self.places.insert(repository, place)),
                None => drop(self.refused.insert(repository, Instant::now())),
            }
        }
        Ok(())
    }

    /// Lets go of repositories in which nothing is followed any more.
    async fn leave(&mut self, wanted: &BTreeMap<String, Vec<Followed>>) {
        let left: Vec<String> = self
            .places
            .keys()
            .filter(|repository| !wanted.contains_key(*repository))
            .cloned()
            .collect();
        for repository in left {
            if let Some(place) = self.places.remove(&repository) {
                place.forget(&mut self.watches);
                let clearing = off_thread(move || {
                    place.remove();
                    Ok(())
                });
                // What stays is removed when this process is started again.
                clearing.await.ok();
            }
        }
    }

    async fn open(&mut self, repository: &str) -> Option<Place> {
        let since = self.refused.get(repository);
        if since.is_some_and(|since| since.elapsed() < TRIES_AGAIN_AFTER) {
            return None;
        }
        let opening = async {
            let attached = attach(repository.to_owned()).await?;
            let worktrees = pool::adopt(&self.world, &attached).await?;
            let folder = place::folder(&self.world);
            off_thread(move || Place::open(attached, worktrees, &folder)).await
        };
        let opened: Result<Place, Failure> = opening.await;
        match opened {
            Ok(place) => {
                self.refused.remove(repository);
                Some(place)
            }
            Err(failure) => {
                tracing::warn!("clashes are not looked for in {repository}: {failure}");
                self.refused.insert(repository.to_owned(), Instant::now());
                None
            }
        }
    }

    /// One repository's turn. It is opened anew the next time if that fails.
    async fn look(
        &mut self,
        mut place: Place,
        followed: Vec<Followed>,
    ) -> Result<Option<Place>, Lost> {
        let mut watches = std::mem::take(&mut self.watches);
        let looking = off_thread(move || {
            let looked = place.look(&followed, &mut watches);
            Ok((place, watches, looked))
        });
        let (mut place, watches, looked) = looking.await.map_err(|failure| {
            tracing::error!("a look at a repository broke off: {failure}");
            Lost
        })?;
        self.watches = watches;
        if let Err(failure) = looked {
            tracing::warn!("clashes are not looked for: {failure}");
            place.forget(&mut self.watches);
            return Ok(None);
        }
        for (task, failure) in place.unfollowed() {
            let task = Some(task);
            let noticed = News::Noticed { task, failure };
            self.world.news.send(noticed).await.ok();
        }
        if let Some(found) = place.judge().await {
            self.world.news.send(News::Clashes { found }).await.ok();
        }
        Ok(Some(place))
    }
}
