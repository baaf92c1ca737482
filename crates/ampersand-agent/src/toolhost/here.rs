//! Tools that only look, in our own process: what is left where a system offers no sandbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ampersand_toolhost::{Call, Outbound, Reply, Worktree, look};
use tokio::sync::{mpsc, watch};

use super::CallError;
use crate::host::Gate;

pub(super) struct Here {
    worktree: Arc<Worktree>,
    gate: watch::Receiver<Gate>,
}

/// Stops a look that nobody waits for any more.
struct StopsWhenDropped(Arc<AtomicBool>);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Here {
    pub(super) fn new(worktree: Worktree, gate: watch::Receiver<Gate>) -> Self {
        let worktree = Arc::new(worktree);
        Self { worktree, gate }
    }

    pub(super) async fn call<F>(
        &mut self,
        call: Call,
        told: &mut impl FnMut(Outbound) -> F,
    ) -> Result<Reply, CallError>
    where
        F: Future<Output = ()>,
    {
        // One message of room: while the gate is closed nothing is taken out, and the look stands still.
        let (tx, mut rx) = mpsc::channel(1);
        let cancelled = Arc::new(AtomicBool::new(false));
        let _stops = StopsWhenDropped(Arc::clone(&cancelled));
        let worktree = Arc::clone(&self.worktree);
        let looking = tokio::task::spawn_blocking(move || {
            look(&worktree, &call, &cancelled, &|message| {
                drop(tx.blocking_send(message));
            })
        });
        while let Some(message) = rx.recv().await {
            if self
                .gate
                .wait_for(|gate| *gate == Gate::Open)
                .await
                .is_err()
            {
                return Err(CallError::Lost);
            }
            told(message).await;
        }
        match looking.await {
            Ok(answer) => answer.map_err(|error| CallError::Refused(error.failure())),
            Err(_) => Err(CallError::Lost),
        }
    }
}
