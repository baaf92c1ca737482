//! One attempt's strings: the gate for new work, the trees it grew, the words for its agent, and its end.

use std::{
    future::Future,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ampersand_agent::Gate;
use ampersand_core::AttemptLimits;
use ampersand_process::{Tree, TreeError, Usage};
use tokio::{
    sync::{OwnedMutexGuard, RwLock, Semaphore, mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{limits::Ledger, reach::Reach};

/// Words not yet read by an agent; a person who writes more is told that it takes no more.
const WORDS_MAX: usize = 64;

/// How long a kill waits for a sandbox that is being built; one that takes longer dies with its builder.
const GROWING_FOR: Duration = Duration::from_secs(2);

/// Held by the dispatcher's side and by the attempt.
pub(crate) struct Control {
    /// Open while the attempt may start processes and model requests.
    gate: watch::Sender<Gate>,
    /// What was last asked for. The gate closes with it at once and opens after it, when the trees are thawed.
    wanted: Mutex<Gate>,
    /// Freezing and thawing take turns.
    turn: Arc<tokio::sync::Mutex<()>>,
    trees: Mutex<Vec<Tree>>,
    /// Temporary folders of its trees that are on the disk.
    temporary: Mutex<Vec<PathBuf>>,
    /// Locked inside `trees`, never the other way.
    ledger: Mutex<Ledger>,
    reach: Reach,
    /// Held by each launch until its tree is among `trees`.
    growing: RwLock<()>,
    /// Launches of all attempts take turns.
    launches: Arc<Semaphore>,
    words: mpsc::Sender<String>,
    heard: Mutex<Option<mpsc::Receiver<String>>>,
    /// The attempt's own code is to stop where it is.
    end: CancellationToken,
    /// Its trees are gone, so that code may be dropped.
    gone: CancellationToken,
}

impl Control {
    pub(super) fn new(launches: Arc<Semaphore>, ledger: Ledger) -> Arc<Self> {
        let (words, heard) = mpsc::channel(WORDS_MAX);
        Arc::new(Self {
            gate: watch::channel(Gate::Open).0,
            wanted: Mutex::new(Gate::Open),
            turn: Arc::default(),
            trees: Mutex::default(),
            temporary: Mutex::default(),
            ledger: Mutex::new(ledger),
            reach: Reach::new(),
            growing: RwLock::default(),
            launches,
            words,
            heard: Mutex::new(Some(heard)),
            end: CancellationToken::new(),
            gone: CancellationToken::new(),
        })
    }

    pub(crate) fn steer(&self, words: String) -> bool {
        self.words.try_send(words).is_ok()
    }

    /// Where the attempt reads what it is told; once.
    pub(crate) fn take_words(&self) -> Option<mpsc::Receiver<String>> {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Once this has returned nothing starts, and no request of what runs begins.
    pub(crate) fn close_gate(&self) {
        let mut wanted = self.wanted();
        *wanted = Gate::Closed;
        self.reach.hold();
        self.gate.send_replace(Gate::Closed);
    }

    /// Says that the attempt is to go on; nothing does yet.
    pub(crate) fn want_open(&self) {
        *self.wanted() = Gate::Open;
    }

    pub(crate) fn is_wanted_open(&self) -> bool {
        *self.wanted() == Gate::Open
    }

    /// Opens the gate unless it was closed again in the meantime.
    pub(crate) fn open_gate(&self) {
        let wanted = self.wanted();
        if *wanted == Gate::Open {
            self.reach.let_go();
            self.gate.send_replace(Gate::Open);
        }
    }

    fn wanted(&self) -> MutexGuard<'_, Gate> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody else freezes or thaws this attempt until it is dropped. Taken for several in the order of their ids.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// The gate as it opens and closes.
    pub(crate) fn gate(&self) -> watch::Receiver<Gate> {
        self.gate.subscribe()
    }

    /// What it may reach.
    pub(super) const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Waits until the attempt may start something. Cancel-safe.
    pub(crate) async fn pass_gate(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        self.gate
            .subscribe()
            .wait_for(|gate| *gate == Gate::Open)
            .await
            .ok();
    }

    /// Starts something when it is its turn, and takes charge of its tree. Whoever freezes waits for it and freezes what
    /// grew; what still waits for its turn starts nothing while the gate is closed, and nobody waits for it.
    pub(crate) async fn grow<T, E>(
        &self,
        launch: impl Future<Output = Result<T, E>>,
        tree_of: impl FnOnce(&T) -> Tree,
    ) -> Result<T, E> {
        let (turn, growing) = loop {
            self.pass_gate().await;
            // Never closed, so there always is one.
            let turn = self.launches.acquire().await.ok();
            let growing = self.growing.read().await;
            // It may have closed while the turn or a freeze was waited for.
            if *self.gate.borrow() == Gate::Open {
                break (turn, growing);
            }
        };
        let launched = launch.await?;
        self.trees().push(tree_of(&launched));
        drop((turn, growing));
        Ok(launched)
    }

    /// One of its trees writes here too, until it is gone.
    pub(super) fn writes_below(&self, temporary: Option<PathBuf>) {
        self.temporary().extend(temporary);
    }

    /// The temporary folders of its trees that are still there.
    pub(super) fn temporaries(&self) -> Vec<PathBuf> {
        let mut temporary = self.temporary();
        temporary.retain(|folder| folder.is_dir());
        temporary.clone()
    }

    fn temporary(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.temporary
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until every launch that was let through has its tree among the others. The gate is closed before.
    pub(crate) async fn grown(&self) {
        drop(self.growing.write().await);
    }

    pub(crate) fn trees(&self) -> MutexGuard<'_, Vec<Tree>> {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it may use now.
    pub(super) fn allowed(&self) -> AttemptLimits {
        self.ledger().allowed()
    }

    /// What its trees use and what those used that are gone.
    pub(super) async fn used(&self) -> Usage {
        let (trees, mut used) = {
            let trees = self.trees();
            (trees.clone(), self.ledger().past())
        };
        for tree in trees {
            // What cannot be looked at is about to go.
            let Ok(usage) = tree.usage().await else {
                continue;
            };
            used.memory_bytes += usage.memory_bytes;
            used.killed += usage.killed;
            used.processes += usage.processes;
            used.refused += usage.refused;
            used.printed_bytes += usage.printed_bytes;
        }
        used
    }

    /// How many descriptors of all trees watch folders.
    pub(super) async fn watchers(&self) -> u64 {
        let trees = self.trees().clone();
        let mut watchers = 0;
        for tree in trees {
            // What cannot be looked at is about to go.
            watchers += tree.watchers().await.unwrap_or(0);
        }
        watchers
    }

    /// Room on these devices that files take which have no name any more and which its trees hold open, in bytes.
    pub(super) async fn nameless_bytes(&self, devices: &[u64]) -> u64 {
        let trees = self.trees().clone();
        let mut bytes = 0;
        for tree in trees {
            // What cannot be looked at is about to go.
            bytes += tree.nameless_bytes(devices.to_vec()).await.unwrap_or(0);
        }
        bytes
    }

    /// Lets go of trees without processes.
    pub(crate) async fn prune(&self) {
        let trees = self.trees().clone();
        let mut gone = Vec::new();
        for tree in trees {
            if !tree.count().await.is_ok_and(|count| count > 0) {
                let last = tree.usage().await.unwrap_or_default();
                gone.push((tree, last));
            }
        }
        let mut trees = self.trees();
        trees.retain(|tree| !gone.iter().any(|(other, _)| other.is(tree)));
        let mut ledger = self.ledger();
        for (_, last) in &gone {
            ledger.keep(*last);
        }
    }

    /// Ends the attempt: nothing new starts, what is starting is waited for, every tree is killed, and only then its
    /// own code is dropped, as what it holds would die with it uncounted. Returns how many processes that ended. After
    /// an error it can be tried again.
    pub(crate) async fn kill(&self) -> Result<u32, TreeError> {
        self.close_gate();
        timeout(GROWING_FOR, self.grown()).await.ok();
        self.end.cancel();
        let trees = self.trees().clone();
        let mut processes = 0;
        for tree in &trees {
            processes += tree.kill().await?.processes;
        }
        self.trees().clear();
        self.bury();
        Ok(processes)
    }

    /// Lets the attempt's own code be dropped.
    pub(crate) fn bury(&self) {
        self.gone.cancel();
    }

    /// Cancelled once the attempt's own code is to stop.
    pub(super) fn ended(&self) -> CancellationToken {
        self.end.clone()
    }

    /// Runs the attempt's own code. Nothing comes back if it was told to end.
    pub(crate) async fn until_ended<T>(&self, code: impl Future<Output = T>) -> Option<T> {
        let mut code = std::pin::pin!(code);
        tokio::select! {
            biased;
            () = self.end.cancelled() => {
                self.gone.cancelled().await;
                None
            }
            done = &mut code => Some(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use ampersand_core::Meter;
    use futures::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_freeze_waits_for_no_launch_whose_turn_has_not_come() {
        let launches = Arc::new(Semaphore::new(1));
        let ledger = || Ledger::new(Meter::new(AttemptLimits::default(), &[]));
        let first = Control::new(Arc::clone(&launches), ledger());
        let second = Control::new(launches, ledger());
        let (built, building) = oneshot::channel::<Infallible>();
        let no_tree = |_: &Infallible| -> Tree { unreachable!("nothing is launched") };
        let mut under_way = Box::pin(first.grow(building, no_tree));
        assert!((&mut under_way).now_or_never().is_none());
        let never = async { panic!("its gate was closed before its turn came") };
        let mut waits = Box::pin(second.grow::<Infallible, Infallible>(never, no_tree));
        assert!((&mut waits).now_or_never().is_none());

        first.close_gate();
        second.close_gate();
        assert!(first.grown().now_or_never().is_none());
        assert!(second.grown().now_or_never().is_some());

        drop(built);
        under_way.await.unwrap_err();
        assert!((&mut waits).now_or_never().is_none());
        assert!(second.grown().now_or_never().is_some());
    }
}
