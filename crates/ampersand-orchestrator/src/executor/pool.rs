//! Warm worktrees: adopted after a crash, and refilled while nobody waits.

use std::{
    collections::HashSet,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ampersand_core::Failure;
use ampersand_git::{Budget, Pace, Pool, Refilled, Repository};
use tokio::sync::Mutex;

use super::World;
use crate::{refusal::Refusal, repository::off_thread};

/// What the disk keeps free, whatever the settings allow.
const FREE_BYTES: u64 = 2 << 30;

/// The refilling of all pools: one worktree at a time, so that whoever works has the disk and the processors.
#[derive(Default)]
pub(super) struct Refilling {
    turn: Mutex<()>,
    stop: Arc<AtomicBool>,
}

impl Refilling {
    /// Lets what is being filled end early; nothing more is begun.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Where a repository's worktrees are: named so that two of one name stay apart.
fn folder(world: &World, repository: &Repository) -> PathBuf {
    let root = repository.root();
    let name = root
        .file_name()
        .map_or_else(|| "root".into(), |name| name.to_string_lossy());
    let home = ampersand_protocol::Home::find(Some(root)).map(|home| home.digest());
    let digest = home.unwrap_or_default();
    let folder = format!("{name}-{}", digest.get(..8).unwrap_or_default());
    world.home.worktrees().join(folder)
}

/// The tasks that have a folder in any repository's worktrees.
pub(super) fn tasks_with_folders(world: &World) -> HashSet<String> {
    let below = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
    below(world.home.worktrees())
        .flat_map(|pool| below(pool.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// Puts right, once and before any worktree is made, what a crash left half made or half removed. The folder comes back.
pub(super) async fn adopt(world: &World, repository: &Repository) -> Result<PathBuf, Failure> {
    let folder = folder(world, repository);
    let adopted = {
        let mut all = world.adopted.lock().await;
        Arc::clone(all.entry(folder.clone()).or_default())
    };
    let adopting = adopted.get_or_try_init(|| {
        let pool = Pool::new(repository, &folder);
        off_thread(move || {
            let found = pool.recover().map_err(|error| error.failure())?;
            for found in found {
                tracing::warn!(?found, "a worktree was put right");
            }
            Ok(())
        })
    });
    adopting.await?;
    Ok(folder)
}

/// Fills warm worktrees of a repository until there are as many as the settings say, or no room.
pub(super) async fn refill(world: Arc<World>, repository: Repository) {
    let settings = world.settings().worktrees;
    let budget = Budget {
        count: usize::try_from(settings.warm).unwrap_or(usize::MAX),
        bytes: u64::from(settings.disk_gib) << 30,
        free_bytes: FREE_BYTES,
    };
    let pool = Pool::new(&repository, &folder(&world, &repository));
    let _turn = world.refilling.turn.lock().await;
    loop {
        let (pool, repository) = (pool.clone(), repository.clone());
        let stop = Arc::clone(&world.refilling.stop);
        let filled = off_thread(move || {
            if stop.load(Ordering::Relaxed) {
                return Ok(Refilled::Enough);
            }
            let head = repository.head().map_err(|error| error.failure())?;
            pool.refill(head, budget, Pace::Behind(&stop))
                .map_err(|error| error.failure())
        });
        match filled.await {
            Ok(Refilled::Filled) => {}
            Ok(Refilled::Enough | Refilled::NoRoom) => return,
            Err(failure) => {
                tracing::warn!("no worktree was made ahead of need: {failure}");
                return;
            }
        }
    }
}
